"""A driver's run over the API: its orders in sequence, changing that sequence, and handing it to another driver."""

from typing import Any

from django.urls import URLPattern, path, reverse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import stream
from dispatch_console.core.api.fields import IdField, TextField
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import ApiView, read_body, read_no_parameters, read_version
from drivers.selectors import get_driver
from orders import access, handover, rearrange, sequence
from orders.api.outcomes import ERROR_REFERENCE, REPLAY_HEADER, etag
from orders.api.serializers import OrderRowSerializer
from orders.handover import MOST_ORDERS, HandOver
from orders.rows import rows_for
from orders.sequence import Run

TAGS = ["drivers"]
RUN_VERSION = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The version of the run, as the ETag of its reading gave it (`"7"`). Refused with 412 and what became '
    "of the run when the driver has progressed or somebody else was faster. The body's `version` says the same.",
)
RUN_ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=True, description="The version of the run, quoted."
)
REFUSALS: dict[int, Any] = {
    400: OpenApiResponse(ERROR_REFERENCE, "The input is wrong; `details.fields` says where."),
    403: OpenApiResponse(ERROR_REFERENCE, "The role does not allow it."),
    404: OpenApiResponse(ERROR_REFERENCE, "No such driver, or not yours to see."),
    409: OpenApiResponse(ERROR_REFERENCE, "The state of an order or of the other driver does not allow it now."),
    412: OpenApiResponse(
        ERROR_REFERENCE,
        "The run has changed since: `details` says which orders `left` and why, which are `new` or `fixed` now, the "
        "`codes` in their present order and the latest `changes`.",
    ),
    422: OpenApiResponse(ERROR_REFERENCE, "The idempotency key was used for something else."),
}


class CodesField(serializers.ListField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=TextField(max_length=24), max_length=MOST_ORDERS, **kwargs)

    def to_internal_value(self, data: Any) -> list[Any]:
        codes = super().to_internal_value(data)
        if len(set(codes)) < len(codes):
            raise serializers.ValidationError("Name each order once.")
        return codes


def _version(help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=2**31 - 1, help_text=help_text
    )


class SequenceInput(serializers.Serializer):
    codes = CodesField(help_text="Every open order of the run once, in the order in which to work them off.")
    version = _version("The version of the run that was arranged; needed here or as If-Match.")


class HandOverInput(serializers.Serializer):
    to_driver_id = IdField(help_text="The driver who takes over.")
    reason = TextField(max_length=200, help_text="Kept with every order.")
    codes = CodesField(
        required=False, allow_null=True, default=None, help_text="Only these orders; else the whole run."
    )
    rehearse = serializers.BooleanField(default=False, help_text="Say what would become of each order and do nothing.")
    leave_blocked = serializers.BooleanField(
        default=False, help_text="Orders that cannot go stay behind. Else one of them stops the whole act."
    )
    version = _version("The version of the run you are looking at; refused with 412 when it has changed.")


class StopSerializer(serializers.Serializer):
    code = serializers.CharField()
    is_fixed = serializers.BooleanField(help_text="It cannot be moved to another place.")
    why_fixed = serializers.CharField(allow_blank=True, help_text="A sentence.")
    order = OrderRowSerializer()


class RunSerializer(serializers.Serializer):
    """A run: the open orders of a driver, the next one first."""

    driver_id = serializers.IntegerField()
    version = serializers.IntegerField(help_text="Of this picture of the run: another number after any change of it.")
    stops = StopSerializer(many=True)
    hidden = serializers.IntegerField(help_text="Orders of the run that are not yours to see.")
    stream_number = serializers.IntegerField(help_text="The live stream's number before the run was read.")


class RunUndoSerializer(serializers.Serializer):
    method = serializers.ChoiceField(choices=["PUT", "POST"])
    url = serializers.CharField()
    body = serializers.DictField(help_text="Send it with an idempotency key of its own.")


class RearrangedSerializer(RunSerializer):
    message = serializers.CharField()
    undo = RunUndoSerializer(allow_null=True, help_text="The request that takes it back, while nothing else happens.")


class HandOverRowSerializer(serializers.Serializer):
    code = serializers.CharField()
    verdict = serializers.ChoiceField(choices=["done", "possible", "blocked"])
    error_code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True, help_text="Why it cannot go, as a sentence.")
    warnings = serializers.ListField(child=serializers.CharField(), help_text="What speaks against the new driver.")


class HandOverSerializer(serializers.Serializer):
    from_driver_id = serializers.IntegerField()
    to_driver_id = serializers.IntegerField()
    rehearsed = serializers.BooleanField()
    rows = HandOverRowSerializer(many=True)
    packages_kept = serializers.ListField(
        child=serializers.CharField(), help_text="Cancelled orders whose package the former driver has to bring back."
    )
    message = serializers.CharField()
    undo = RunUndoSerializer(allow_null=True, help_text="The request that hands the orders back.")


class DriverSequence(ApiView):
    required_permission = "drivers.view"

    @extend_schema(
        operation_id="drivers_sequence_get",
        summary="Read a driver's open orders in sequence",
        description="What is under way comes first, then the orders as a dispatcher arranged them, then the rest by "
        "due time: what the driver sees.",
        parameters=[RUN_ETAG],
        responses=RunSerializer,
        tags=TAGS,
    )
    def get(self, request: Request, driver_id: int) -> Response:
        read_no_parameters(request)
        access.require(self.actor, access.MAY_READ)
        number = stream.head(self.actor.tenant_id)
        run = sequence.run_of(get_driver(self.actor, driver_id), self.actor)
        return Response({**_run(run), "stream_number": number}, headers={"ETag": etag(run.version)})

    @extend_schema(
        operation_id="drivers_sequence_set",
        summary="Change the sequence of a driver's run",
        description="The whole list of codes. Orders that are under way or belong to a group keep their places.",
        parameters=[RUN_VERSION, IDEMPOTENCY_KEY_PARAMETER, RUN_ETAG],
        request=SequenceInput,
        responses={200: RearrangedSerializer, **REFUSALS},
        examples=[OpenApiExample("Swap two stops", {"codes": ["10002", "10001"], "version": 7}, request_only=True)],
        tags=TAGS,
    )
    def put(self, request: Request, driver_id: int) -> Response:
        read_no_parameters(request)
        asked = read_body(SequenceInput, request).validated_data
        number = stream.head(self.actor.tenant_id)
        done = rearrange.change_sequence(
            driver_id,
            codes=asked["codes"],
            version=read_version(request, asked["version"]),
            actor=self.actor,
            key=idempotency_key(request),
        )
        undo = None
        if done.event is not None and sorted(done.before) == sorted(done.run.codes):
            body = {"codes": done.before, "version": done.run.version}
            undo = {"method": "PUT", "url": reverse("driver-sequence", args=[driver_id]), "body": body}
        name = done.run.driver.name
        said = f"{name}'s stops are in the new order." if done.event else f"{name}'s stops already have this order."
        headers = {"ETag": etag(done.run.version)} | _replay_header(done.is_replay)
        return Response({**_run(done.run), "stream_number": number, "message": said, "undo": undo}, headers=headers)


class DriverHandOver(ApiView):
    required_permission = "drivers.view"

    @extend_schema(
        operation_id="drivers_hand_over",
        summary="Hand a driver's run to another driver",
        description="All open orders, or those named, are switched in one transaction and keep their order, after the "
        "other driver's own. `rehearse` gives the verdict on each order first. Undo hands them back.",
        parameters=[RUN_VERSION, IDEMPOTENCY_KEY_PARAMETER],
        request=HandOverInput,
        responses={200: HandOverSerializer, **REFUSALS},
        examples=[OpenApiExample("A driver falls ill", {"to_driver_id": 7, "reason": "Fell ill"}, request_only=True)],
        tags=TAGS,
    )
    def post(self, request: Request, driver_id: int) -> Response:
        read_no_parameters(request)
        asked = read_body(HandOverInput, request).validated_data
        done = handover.hand_over(
            driver_id,
            to_driver_id=asked["to_driver_id"],
            reason=asked["reason"],
            codes=asked["codes"],
            version=read_version(request, asked["version"]),
            rehearse=asked["rehearse"],
            leave_blocked=asked["leave_blocked"],
            actor=self.actor,
            key=idempotency_key(request),
        )
        return Response(_handed_over(done), headers=_replay_header(done.is_replay))


def _run(run: Run) -> dict[str, Any]:
    rows = rows_for([order.pk for order in run.shown]) if run.shown else {}
    stops = []
    for order in run.shown:
        if (row := rows.get(order.pk)) is not None:
            why = sequence.why_fixed(order)
            stops.append({"code": order.code, "is_fixed": bool(why), "why_fixed": why, "order": row})
    hidden = len(run.work) - len(run.shown)
    return {"driver_id": run.driver.pk, "version": run.version, "stops": stops, "hidden": hidden}


def _handed_over(done: HandOver) -> dict[str, Any]:
    moved = [row.code for row in done.rows if row.verdict != "blocked"]
    count = f"{len(moved)} {'order' if len(moved) == 1 else 'orders'}"
    giver, taker = done.from_driver, done.to_driver
    undo = None
    if done.event is None:
        said = f"{taker.name} can take {count} of {len(done.rows)}."
    else:
        said = f"{count} went from {giver.name} to {taker.name}."
        body = {"to_driver_id": giver.pk, "codes": moved, "reason": "Undone", "version": done.taken_version}
        undo = {"method": "POST", "url": reverse("driver-hand-over", args=[taker.pk]), "body": body}
    return {
        "from_driver_id": giver.pk,
        "to_driver_id": taker.pk,
        "rehearsed": done.event is None,
        "rows": [
            {
                "code": row.code,
                "verdict": row.verdict,
                "error_code": row.error_code,
                "message": row.message,
                "warnings": list(row.warnings),
            }
            for row in done.rows
        ],
        "packages_kept": done.packages_kept,
        "message": said,
        "undo": undo,
    }


def _replay_header(is_replay: bool) -> dict[str, str]:
    return {REPLAY_HEADER: "true"} if is_replay else {}


urlpatterns: list[URLPattern] = [
    path("drivers/<int:driver_id>/sequence/", DriverSequence.as_view(), name="driver-sequence"),
    path("drivers/<int:driver_id>/hand-over/", DriverHandOver.as_view(), name="driver-hand-over"),
]
