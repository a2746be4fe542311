"""Stored bulk runs: make one over codes or filters, look at it, carry it out, stop it, retry it, take it back."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import clock
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import (
    ApiView,
    filter_parameters,
    page_of,
    page_parameters,
    read_body,
    read_no_body,
    read_no_parameters,
)
from dispatch_console.core.errors import Invalid
from dispatch_console.core.filtering import StrictFilterSet, WordsFilter, YesNoFilter
from dispatch_console.core.keyset import Sort
from orders import bulk
from orders.access import MAY_READ, require
from orders.api.bulk import BulkRowSerializer, codes_field, stored_row
from orders.bulk.registry import known
from orders.models import BulkRow, BulkRun, BulkState, RowOutcome
from orders.spreadsheets import csv_text
from orders.states import Status

TAGS = ["bulk"]
RUN_SORTS = {"number": Sort("number")}
ROW_SORTS = {"position": Sort("position"), "code": Sort("code")}
HEADINGS = ("Position", "Order", "Outcome", "Reason code", "Reason", "Status", "Version")


class BulkRunSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    action = serializers.CharField()
    label = serializers.CharField(help_text="What it does, in words.")  # type: ignore[assignment]
    params = serializers.JSONField()
    filters = serializers.CharField(allow_blank=True, help_text="The filters the set was made of, as a query.")
    state = serializers.ChoiceField(choices=BulkState.choices)
    state_label = serializers.CharField()
    stop_wanted = serializers.BooleanField()
    total = serializers.IntegerField()
    possible = serializers.IntegerField(help_text="Checked, and not carried out yet.")
    done = serializers.IntegerField()
    failed = serializers.IntegerField()
    actor = serializers.CharField()
    is_own = serializers.BooleanField(help_text="Whether the caller made it; nobody else can carry it out.")
    retry_of = serializers.IntegerField(allow_null=True)
    undo_of = serializers.IntegerField(allow_null=True)
    undone_by = serializers.ListField(
        child=serializers.IntegerField(), help_text="The runs that took changes of this one back, the first one first."
    )
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class BulkRunRowSerializer(BulkRowSerializer):
    position = serializers.IntegerField()


class OwnFilter(YesNoFilter):
    def condition(self, value: bool) -> Q:
        actor = self.parent.actor
        own = Q(actor_kind=actor.kind, actor_id=actor.id)
        return own if value else ~own


class BulkRunFilter(StrictFilterSet):
    state = WordsFilter("state", words=BulkState.values, help_text="States.")
    own = OwnFilter(help_text="Only the caller's own runs, or only those of others.")

    class Meta:
        model = BulkRun
        fields: list[str] = []


class BulkRowFilter(StrictFilterSet):
    verdict = WordsFilter("outcome", words=RowOutcome.values, help_text="What became of the orders.")

    class Meta:
        model = BulkRow
        fields: list[str] = []


def run_item(run: BulkRun, actor: Any) -> dict[str, Any]:
    names = ("number", "action", "label", "params", "filters", "state", "stop_wanted", "total", "possible")
    return {
        **{name: getattr(run, name) for name in names},
        "state_label": run.get_state_display(),
        "done": run.done,
        "failed": run.failed,
        "actor": run.actor_label,
        "is_own": (run.actor_kind, run.actor_id) == (actor.kind, actor.id),
        "retry_of": run.retry_of.number if run.retry_of else None,
        "undo_of": run.undo_of.number if run.undo_of else None,
        "undone_by": sorted(back.number for back in run.undos.all() if back.done),
        "created_at": clock.iso(run.created_at),
        "started_at": clock.iso(run.started_at),
        "finished_at": clock.iso(run.finished_at),
    }


class NewBulkRunInput(serializers.Serializer):
    action = serializers.CharField(max_length=40, help_text=f"One of: {', '.join(sorted(bulk.REGISTRY))}.")
    params = serializers.DictField(
        required=False, default=dict, help_text="The action's input, as its own address takes it."
    )
    codes = codes_field(required=False)
    filters = serializers.DictField(
        child=serializers.CharField(max_length=2000, allow_blank=True),
        required=False,
        help_text=f"Instead of codes: every order that these filters of the list leave, {bulk.MOST_ORDERS:,} at most.",
    )
    at_once = serializers.BooleanField(default=False, help_text="Carry it out without a check to look at first.")

    def validate(self, values: dict[str, Any]) -> dict[str, Any]:
        if ("codes" in values) == ("filters" in values):
            raise serializers.ValidationError({"codes": ["Give either codes or filters."]})
        return values


class ExecuteInput(serializers.Serializer):
    count = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=2**31 - 1,
        help_text="The number of orders that was confirmed; refused when it is another one now.",
    )  # fmt: skip


class RemoveInput(serializers.Serializer):
    codes = codes_field(required=False, default=list)
    failed = serializers.BooleanField(default=False, help_text="Everything that cannot be done.")


class RetryInput(serializers.Serializer):
    at_once = serializers.BooleanField(default=True, help_text="False: check first, and wait to be carried out.")


NEW_RUN = OpenApiExample(
    "Leftovers of the day to the next working day",
    request_only=True,
    value={"action": "reschedule", "params": {"reason": "Left over"}, "filters": {"status": "open", "day": "today"}},
)


class BulkRunList(ApiView):
    @extend_schema(
        operation_id="bulk_runs_list",
        summary="List bulk runs",
        tags=TAGS,
        parameters=[*filter_parameters(BulkRunFilter), *page_parameters(RUN_SORTS, default="-number")],
        responses=page_of(BulkRunSerializer, "BulkRunPage"),
    )
    def get(self, request: Request) -> Response:
        require(self.actor, "orders.view")
        runs = BulkRun.objects.visible_to(self.actor).select_related("retry_of", "undo_of").prefetch_related("undos")
        return self.page(runs, BulkRunFilter, RUN_SORTS, lambda run: run_item(run, self.actor), default="-number")

    @extend_schema(
        operation_id="bulk_runs_create",
        summary="Check one action on many orders, or carry it out at once",
        description="The run checks every order without changing it, and waits to be carried out. Over "
        f"{bulk.MOST_CODES} orders are worked on in the background: read the run again to see how far it is.",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=NewBulkRunInput,
        responses={200: BulkRunSerializer, 201: BulkRunSerializer},
        examples=[NEW_RUN],
    )
    def post(self, request: Request) -> Response:
        require(self.actor, MAY_READ)
        read_no_parameters(request)
        values = read_body(NewBulkRunInput, request).validated_data
        action = known(values["action"])
        body = action.input_class(data=values["params"])
        if unknown := sorted(set(values["params"]) - set(body.fields)):
            raise Invalid.fields(params=f"“{action.label}” has no input “{unknown[0][:40]}”.")
        body.is_valid(raise_exception=True)
        run, is_replay = bulk.create(
            self.actor,
            action=action.name,
            params=values["params"],
            codes=values.get("codes"),
            filters=values.get("filters"),
            token=idempotency_key(request),
            at_once=values["at_once"],
        )
        code = status.HTTP_200_OK if is_replay else status.HTTP_201_CREATED
        return Response(run_item(run, self.actor), status=code)


class BulkRunDetail(ApiView):
    @extend_schema(operation_id="bulk_runs_read", summary="Read a bulk run", tags=TAGS, responses=BulkRunSerializer)
    def get(self, request: Request, run_number: int) -> Response:
        read_no_parameters(request)
        return Response(run_item(bulk.get_run(self.actor, run_number), self.actor))


class BulkRunRows(ApiView):
    @extend_schema(
        operation_id="bulk_runs_rows",
        summary="List what became of each order",
        tags=TAGS,
        parameters=[*filter_parameters(BulkRowFilter), *page_parameters(ROW_SORTS, default="position")],
        responses=page_of(BulkRunRowSerializer, "BulkRunRowPage"),
    )
    def get(self, request: Request, run_number: int) -> Response:
        rows = BulkRow.objects.filter(run=bulk.get_run(self.actor, run_number))
        return self.page(rows, BulkRowFilter, ROW_SORTS, row_item, default="position")


def row_item(row: BulkRow) -> dict[str, Any]:
    return {"position": row.position, **stored_row(row)}


class BulkRunFile(ApiView):
    @extend_schema(
        operation_id="bulk_runs_file",
        summary="Download what became of each order, as CSV",
        tags=TAGS,
        responses={(200, "text/csv"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, run_number: int) -> HttpResponseBase:
        read_no_parameters(request)
        run = bulk.get_run(self.actor, run_number)
        response = HttpResponse("".join(csv_lines(run)), content_type="text/csv; charset=utf-8")
        response.headers["Content-Disposition"] = f'attachment; filename="bulk-run-{run.number}.csv"'
        return response


def csv_lines(run: BulkRun) -> Iterator[str]:
    """The file, row by row. It begins with a byte order mark, without which Excel misreads umlauts."""
    out = io.StringIO()
    writer = csv.writer(out)
    out.write("\ufeff")
    writer.writerow(HEADINGS)
    for row in BulkRow.objects.filter(run=run).order_by("position").iterator(chunk_size=2000):
        words = Status(row.status).label if row.status in Status.values else ""
        outcome = RowOutcome(row.outcome).label
        cells = (row.position, row.code, outcome, row.error_code, row.message, words, stored_row(row)["version"])
        writer.writerow([csv_text(cell) for cell in cells])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


class BulkRunAct(ApiView):
    """What the acts on a run have in common."""


def _act(operation: str, summary: str, request: Any, *, description: str = "") -> Any:
    return extend_schema(
        operation_id=f"bulk_runs_{operation}",
        summary=summary,
        description=description,
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=request,
        responses={200: BulkRunSerializer, 201: BulkRunSerializer},
    )


class BulkRunExecute(BulkRunAct):
    @_act(
        "execute",
        "Carry out a checked run",
        ExecuteInput,
        description="Every order is checked again when its turn comes. Asked again, a run answers as it is.",
    )
    def post(self, request: Request, run_number: int) -> Response:
        read_no_parameters(request)
        body = read_body(ExecuteInput, request)
        return Response(run_item(bulk.execute(self.actor, run_number, count=body.validated_data["count"]), self.actor))


class BulkRunRemove(BulkRunAct):
    @_act("remove", "Take orders out of a checked run", RemoveInput)
    def post(self, request: Request, run_number: int) -> Response:
        read_no_parameters(request)
        values = read_body(RemoveInput, request).validated_data
        if not values["codes"] and not values["failed"]:
            raise Invalid.fields(codes="Name the orders to take out, or all that failed.")
        return Response(run_item(bulk.remove(self.actor, run_number, **values), self.actor))


class BulkRunCancel(BulkRunAct):
    @_act("cancel", "Stop a run before its next order", None, description="What was done stays done.")
    def post(self, request: Request, run_number: int) -> Response:
        read_no_parameters(request)
        read_no_body(request)
        return Response(run_item(bulk.cancel(self.actor, run_number), self.actor))


class BulkRunRetry(BulkRunAct):
    @_act("retry", "Try the failures of a run again, as a new run", RetryInput)
    def post(self, request: Request, run_number: int) -> Response:
        read_no_parameters(request)
        at_once = read_body(RetryInput, request).validated_data["at_once"]
        return _made(self, *bulk.retry(self.actor, run_number, token=idempotency_key(request), at_once=at_once))


class BulkRunUndo(BulkRunAct):
    @_act(
        "undo",
        "Take a run back, as a new run",
        None,
        description="Each order's change is taken back by its inverse, the last first, where nobody changed the order "
        "since (`stale_version`) and while the company's time for undoing lasts (`cannot_undo`).",
    )
    def post(self, request: Request, run_number: int) -> Response:
        read_no_parameters(request)
        read_no_body(request)
        return _made(self, *bulk.undo(self.actor, run_number, token=idempotency_key(request)))


def _made(view: ApiView, run: BulkRun, is_replay: bool) -> Response:
    code = status.HTTP_200_OK if is_replay else status.HTTP_201_CREATED
    return Response(run_item(run, view.actor), status=code)
