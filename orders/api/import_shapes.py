"""What imports look like over REST: their JSON, and the inputs of their steps."""

from typing import Any

from rest_framework import serializers

from dispatch_console.core import clock
from dispatch_console.core.api.fields import TextField
from orders.importing import jobs
from orders.importing.cells import MOST_COLUMNS
from orders.importing.fields import FIELDS
from orders.importing.looking import Look
from orders.importing.mapping import LONGEST_VALUE, missing
from orders.importing.text_files import DELIMITERS, ENCODINGS
from orders.models import DateOrder, ImportFinding, ImportJob, ImportState

LAST_ROW = 1_048_576


class ImportSerializer(serializers.Serializer):
    label = serializers.CharField(help_text="Such as IMP-00012; it names the import in addresses.")  # type: ignore[assignment]
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ImportState.choices)
    name = serializers.CharField(help_text="The file's own name.")
    size = serializers.IntegerField(help_text="Bytes.")
    format = serializers.ChoiceField(choices=["csv", "xls", "xlsx"], help_text="What the content is.")
    encoding = serializers.CharField(allow_blank=True)
    delimiter = serializers.CharField(allow_blank=True)
    sheet = serializers.CharField(allow_blank=True)
    sheets = serializers.ListField(child=serializers.CharField())
    heading_row = serializers.IntegerField()
    headings = serializers.ListField(child=serializers.CharField(), help_text="The columns, from place 0.")
    mapping = serializers.JSONField(help_text="By field: `column` (a place or null) and `value`.")
    date_order = serializers.ChoiceField(choices=DateOrder.choices)
    finds_places = serializers.BooleanField()
    bulk_group = serializers.CharField(help_text="All created orders carry it.")
    total = serializers.IntegerField(help_text="Rows; an estimate until the review has read the file.")
    checked = serializers.IntegerField()
    valid = serializers.IntegerField()
    invalid = serializers.IntegerField()
    warned = serializers.IntegerField(help_text="Valid rows with a warning.")
    created = serializers.IntegerField(help_text="Orders created.")
    held = serializers.IntegerField(help_text="Rows that were not created.")
    problems = serializers.DictField(child=serializers.IntegerField(), help_text="Rows by error or warning code.")
    problem = serializers.CharField(allow_blank=True, help_text="Why it failed.")
    problem_code = serializers.CharField(allow_blank=True)
    actor = serializers.CharField()
    has_file = serializers.BooleanField(help_text="Files are removed after a while.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()


class ShownRowSerializer(serializers.Serializer):
    row = serializers.IntegerField(help_text="As a spreadsheet program numbers it.")
    cells = serializers.ListField(child=serializers.CharField(allow_blank=True))


class PreviewSerializer(serializers.Serializer):
    headings = serializers.ListField(child=serializers.CharField())
    heading_row = serializers.IntegerField()
    rows = ShownRowSerializer(many=True, help_text="The first ones.")
    mapping = serializers.JSONField(help_text="A guess, or what was chosen for such a file the last time.")
    is_remembered = serializers.BooleanField()
    date_order = serializers.ChoiceField(choices=DateOrder.choices)
    missing = serializers.DictField(child=serializers.CharField(), help_text="Needed fields that nothing fills.")


class FindingSerializer(serializers.Serializer):
    row = serializers.IntegerField()
    is_error = serializers.BooleanField(help_text="An error keeps the row out, a warning does not.")
    field = serializers.CharField(allow_blank=True)
    column = serializers.CharField(allow_blank=True, help_text="The file's heading.")
    value = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    message = serializers.CharField()


class SourceInput(serializers.Serializer):
    column = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MOST_COLUMNS, help_text="A place from 0."
    )
    value = TextField(
        required=False,
        allow_blank=True,
        default="",
        max_length=LONGEST_VALUE,
        help_text="For all rows; with a column: for its empty cells.",
    )


class MappingInput(serializers.Serializer):
    fields_ = serializers.DictField(
        child=SourceInput(),
        required=False,
        default=dict,
        help_text=f"Fields: {', '.join(each.name for each in FIELDS)}.",
    )
    sheet = TextField(required=False, allow_blank=True, default="", max_length=100)
    encoding = serializers.ChoiceField(choices=list(ENCODINGS.items()), required=False)
    delimiter = serializers.ChoiceField(choices=list(DELIMITERS.items()), required=False)
    heading_row = serializers.IntegerField(required=False, min_value=1, max_value=LAST_ROW)
    date_order = serializers.ChoiceField(choices=DateOrder.choices, required=False)
    finds_places = serializers.BooleanField(default=True, help_text="Look up the coordinates of addresses.")
    bulk_group = TextField(required=False, allow_blank=True, default="", max_length=jobs.LONGEST_GROUP)
    version = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**31 - 1)

    def get_fields(self) -> dict[str, serializers.Field]:
        # `fields` is a word of the serializer itself.
        return {name.rstrip("_"): declared for name, declared in super().get_fields().items()}


class VersionInput(serializers.Serializer):
    version = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**31 - 1)


IMPORT_NAMES = [str(name) for name in ImportSerializer().fields if name not in ("actor", "has_file")]
FINDING_NAMES = [str(name) for name in FindingSerializer().fields]


def import_item(job: ImportJob) -> dict[str, Any]:
    item = {name: getattr(job, name) for name in IMPORT_NAMES}
    moments = {name: clock.iso(value) for name, value in item.items() if name.endswith("_at")}
    return item | moments | {"actor": job.actor_label, "has_file": job.has_file}


def finding_item(finding: ImportFinding) -> dict[str, Any]:
    return {name: getattr(finding, name) for name in FINDING_NAMES}


def preview_item(seen: Look) -> dict[str, Any]:
    return {
        "headings": seen.headings,
        "heading_row": seen.heading_row,
        "rows": seen.rows,
        "mapping": seen.guess,
        "is_remembered": seen.is_remembered,
        "date_order": seen.date_order,
        "missing": missing(seen.guess),
    }
