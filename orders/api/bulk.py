"""One action on many orders in one request: a rehearsal, or a stored run that is over when it is answered."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.fields import TextField
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import ApiView, read_body, read_no_parameters
from orders import bulk
from orders.access import MAY_READ, require
from orders.bulk.rows import Verdict
from orders.models import BulkRow, BulkRun, BulkState, RowOutcome

TAGS = ["bulk"]
# Refused by the run itself, with its own code, not as a field that is too long.
LONGEST_LIST = 10 * bulk.MOST_CODES


class BulkRowSerializer(serializers.Serializer):
    code = serializers.CharField()
    verdict = serializers.ChoiceField(choices=RowOutcome.choices)
    error_code = serializers.CharField(allow_blank=True, help_text="Stable, for machines; empty unless failed.")
    message = serializers.CharField(allow_blank=True, help_text="Why, for people; empty unless failed.")
    version = serializers.IntegerField(allow_null=True, help_text="After it was done; in a rehearsal, as it is.")
    status = serializers.CharField(allow_blank=True)


class BulkAnswerSerializer(serializers.Serializer):
    run = serializers.IntegerField(allow_null=True, help_text="The run's number; null for a rehearsal.")
    state = serializers.ChoiceField(choices=BulkState.choices)
    rows = BulkRowSerializer(many=True, help_text="One per code, in the order they were sent.")


def codes_field(**more: Any) -> serializers.ListField:
    child = TextField(max_length=24)
    return serializers.ListField(child=child, max_length=LONGEST_LIST, help_text=f"{bulk.MOST_CODES} at most.", **more)


class BulkView(ApiView):
    input_class: type[serializers.Serializer]
    action: str

    def post(self, request: Request) -> Response:
        require(self.actor, MAY_READ)
        read_no_parameters(request)
        values = read_body(self.input_class, request).validated_data
        codes, rehearse = values.pop("codes"), values.pop("rehearse")
        if rehearse:
            verdicts = bulk.rehearse(self.actor, action=self.action, params=values, codes=codes)
            return Response(rehearsal_item(verdicts))
        run, _ = bulk.create(
            self.actor, action=self.action, params=values, codes=codes, token=idempotency_key(request), at_once=True
        )
        return Response(run_answer(run))


def rehearsal_item(verdicts: list[tuple[str, Verdict]]) -> dict[str, Any]:
    failed = sum(verdict.outcome == RowOutcome.FAILED for _, verdict in verdicts)
    state = BulkState.PARTIAL if failed else BulkState.SUCCESS
    return {
        "run": None,
        "state": BulkState.FAILED if failed == len(verdicts) else state,
        "rows": [_row(code, verdict) for code, verdict in verdicts],
    }


def run_answer(run: BulkRun) -> dict[str, Any]:
    rows = BulkRow.objects.filter(run=run).order_by("position")
    return {"run": run.number, "state": run.state, "rows": [stored_row(row) for row in rows]}


def stored_row(row: BulkRow) -> dict[str, Any]:
    return {
        "code": row.code,
        "verdict": row.outcome,
        "error_code": row.error_code,
        "message": row.message,
        "version": row.version_after if row.outcome == RowOutcome.DONE else row.version,
        "status": row.status,
    }


def _row(code: str, verdict: Verdict) -> dict[str, Any]:
    names = ("error_code", "message", "version", "status")
    return {"code": code, "verdict": verdict.outcome, **{name: getattr(verdict, name) for name in names}}


def input_with(action: bulk.BulkAction, **fields: Any) -> type[serializers.Serializer]:
    """The action's own input, and what else an address takes."""
    return type(f"Bulk{_camel(action.name)}Input", (action.input_class,), fields)


def _camel(name: str) -> str:
    return name.title().replace("-", "")


def bulk_view(action: bulk.BulkAction) -> type[BulkView]:
    fields: Mapping[str, Any] = {
        "codes": codes_field(),
        "rehearse": serializers.BooleanField(
            default=False, help_text="True: only say per order what would happen; nothing is written."
        ),
    }
    input_class = input_with(action, **fields)
    operation = extend_schema(
        operation_id=f"orders_bulk_{action.name.replace('-', '_')}",
        summary=f"{action.label}, many orders",
        description="Runs order by order, each with its own checks and transaction. A failed row names its reason and "
        "leaves its order as it was; the others go on. The run is kept under `/bulk-runs/`, and the same "
        "Idempotency-Key gives the same run.",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=input_class,
        responses=BulkAnswerSerializer,
    )
    view = type(f"Bulk{_camel(action.name)}View", (BulkView,), {"input_class": input_class, "action": action.name})
    return extend_schema_view(post=operation)(view)


# Those of this floor; apps above add addresses for their own, or are reached through `/bulk-runs/`.
BULK_VIEWS = {name: bulk_view(action) for name, action in bulk.REGISTRY.items()}
