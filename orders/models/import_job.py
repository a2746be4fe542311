"""Imports: a file on its way to orders, what is wrong with its rows, and how its columns were mapped the last time."""

import uuid
from pathlib import PurePath

from django.db import models

from dispatch_console.core.actor import ActorKind, Source
from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import StoredWorkQuerySet


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", "Uploaded"
    MAPPED = "mapped", "Columns mapped"
    REVIEWING = "reviewing", "Being checked"
    REVIEWED = "reviewed", "Checked"
    RUNNING = "running", "Creating orders"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


class DateOrder(models.TextChoices):
    DAY_FIRST = "dmy", "Day first: 31.12.2026"
    MONTH_FIRST = "mdy", "Month first: 12/31/2026"


AT_WORK = (ImportState.REVIEWING, ImportState.RUNNING)
OVER = (ImportState.DONE, ImportState.CANCELLED, ImportState.FAILED)
# Columns can be mapped anew until orders are created.
CHANGEABLE = (ImportState.UPLOADED, ImportState.MAPPED, ImportState.REVIEWED)


def upload_path(job: "ImportJob", filename: str) -> str:
    """A path that nobody can guess; the name the file came with is kept in the row only."""
    return f"imports/{job.tenant_id}/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()[:8]}"


class ImportJob(models.Model):
    """One file. `number` counts the company's imports; `label` (IMP-00012) names it to people and in history.

    `mapping` is {field: {"column": place from 0 or null, "value": for all rows or for empty cells}}; `headings` are the
    columns' names. `total` is an estimate until a check has read the whole file. `position` is the last row of the
    file whose result is stored: it moves in the transaction that creates the orders, so a run that was killed goes on
    behind it. `worker` and `heartbeat_at` are the lease of the process at work. `version` rises with every change a
    person makes. `problems` counts what is wrong by code. The files are removed at `expires_at`.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=20)
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.UPLOADED)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=160)
    source = models.CharField(max_length=12, choices=Source.choices)
    key = models.CharField(max_length=120, blank=True)
    digest = models.CharField(max_length=64)

    file = models.FileField(upload_to=upload_path, blank=True)
    name = models.CharField(max_length=160)
    size = models.PositiveIntegerField()
    format = models.CharField(max_length=4)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    sheet = models.CharField(max_length=100, blank=True)
    sheets = models.JSONField(default=list)
    heading_row = models.PositiveIntegerField(default=1)
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    date_order = models.CharField(max_length=3, choices=DateOrder.choices, default=DateOrder.DAY_FIRST)
    finds_places = models.BooleanField(default=True)
    bulk_group = models.CharField(max_length=60, blank=True)

    total = models.PositiveIntegerField(default=0)
    checked = models.PositiveIntegerField(default=0)
    valid = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)
    warned = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=dict)
    problem = models.CharField(max_length=600, blank=True)
    problem_code = models.CharField(max_length=40, blank=True)
    places = models.FileField(upload_to=upload_path, blank=True)

    worker = models.CharField(max_length=36, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    objects = StoredWorkQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="import_number_once_per_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "actor_kind", "actor_id", "key"],
                condition=~models.Q(key=""),
                nulls_distinct=False,
                name="one_import_per_key",
            ),
        ]
        indexes = [
            models.Index(fields=["heartbeat_at"], condition=models.Q(state__in=AT_WORK), name="import_at_work"),
            models.Index(fields=["expires_at"], condition=~models.Q(file=""), name="import_by_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.name}"

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def has_file(self) -> bool:
        return bool(self.file)


class ImportFinding(models.Model):
    """Something about one row: an error keeps the row out, a warning does not. Only the first of many are kept.

    `row` is the number a person sees in a spreadsheet program; `field` is the import's, `column` the file's heading.
    """

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="findings")
    row = models.PositiveIntegerField()
    is_error = models.BooleanField()
    field = models.CharField(max_length=40, blank=True)
    column = models.CharField(max_length=80, blank=True)
    value = models.CharField(max_length=120, blank=True)
    code = models.CharField(max_length=40)
    message = models.CharField(max_length=600)

    class Meta:
        ordering = ["job", "row", "id"]
        indexes = [models.Index(fields=["job", "is_error", "row"], name="import_finding_by_row")]

    def __str__(self) -> str:
        return f"row {self.row}: {self.message}"


class ImportMapping(models.Model):
    """The mapping last used for files with these headings; `signature` is their digest."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    signature = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    used_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "signature"], name="one_mapping_per_headings")]

    def __str__(self) -> str:
        return self.signature[:12]
