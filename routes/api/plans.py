"""Planning over the API: have trips worked out, look at them, apply them or throw them away."""

from typing import Any

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
from dispatch_console.core.filtering import StrictFilterSet, WordsFilter
from dispatch_console.core.keyset import Sort
from routes.commands import grouping, plan_apply, plan_back, plans
from routes.inputs.plans import ApplyInput, PlanInput
from routes.models import PlanKind, PlanRun, PlanState
from routes.plans.asking import ask
from routes.plans.waiting import why_waiting

TAGS = ["planning"]
SORTS = {"number": Sort("number")}

BUILD = OpenApiExample(
    "Trips for all waiting orders of a day",
    request_only=True,
    value={"filters": {"day": "2026-11-23"}, "driver_ids": [3, 7], "goal": "time", "may_be_late": 15, "seconds": 10},
)
INSERT = OpenApiExample(
    "Who takes a late order best", request_only=True, value={"kind": "insert", "codes": ["ORD-000042"]}
)
RESEQUENCE = OpenApiExample(
    "A driver's remaining stops in a better sequence",
    request_only=True,
    value={"kind": "resequence", "driver_ids": [3]},
)


class PlanStopSerializer(serializers.Serializer):
    code = serializers.CharField()
    kind = serializers.ChoiceField(choices=["pickup", "dropoff"])
    at = serializers.DateTimeField(help_text="Picked up, or at the door.")
    done = serializers.DateTimeField()
    wait_minutes = serializers.IntegerField(help_text="Waited for until the pickup is ready.")
    promise = serializers.DateTimeField(allow_null=True)
    late_minutes = serializers.IntegerField()
    load = serializers.IntegerField(help_text="Units on board when leaving.")
    metres = serializers.IntegerField(help_text="From the stop before.")
    is_new = serializers.BooleanField()
    place = serializers.CharField()
    version = serializers.IntegerField(help_text="Of the order, as it was planned.")
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)


class PlanPresentSerializer(serializers.Serializer):
    stops = serializers.IntegerField()
    metres = serializers.IntegerField()
    late_minutes = serializers.IntegerField()
    done_at = serializers.DateTimeField(allow_null=True)


class PlanDriverSerializer(serializers.Serializer):
    driver_id = serializers.IntegerField()
    driver = serializers.CharField()
    vehicle = serializers.CharField(allow_blank=True)
    capacity = serializers.IntegerField(allow_null=True)
    trip = serializers.CharField(allow_blank=True, help_text="The trip that gets these stops; empty: a new one.")
    is_started = serializers.BooleanField(help_text="The trip is driven already: these are the stops left of it.")
    trip_version = serializers.IntegerField(allow_null=True)
    is_online = serializers.BooleanField()
    changes = serializers.BooleanField(help_text="Whether the plan changes anything for this driver.")
    start = serializers.DictField()
    fixed = serializers.ListField(child=serializers.DictField(), help_text="Done first, and not planned.")
    stops = PlanStopSerializer(many=True)
    rests = serializers.ListField(child=serializers.DictField())
    free_at = serializers.DateTimeField(help_text="When the planned stops can begin.")
    done_at = serializers.DateTimeField(allow_null=True)
    metres = serializers.IntegerField()
    late_minutes = serializers.IntegerField()
    peak = serializers.IntegerField(help_text="Most units on board at once.")
    added = serializers.ListField(child=serializers.CharField())
    taken_off = serializers.ListField(child=serializers.CharField())
    moved = serializers.IntegerField(help_text="Own stops that change places.")
    now = PlanPresentSerializer(help_text="Without the plan.")
    line = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    faults = serializers.ListField(child=serializers.CharField())


class PlanRuleSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="promise, window, shift, capacity, break, vehicle, zone, no_coordinates, …")
    label = serializers.CharField()  # type: ignore[assignment]
    sentence = serializers.CharField()


class PlanWayOutSerializer(serializers.Serializer):
    rule = serializers.CharField(help_text="Which rule would have to give way.")
    driver_id = serializers.IntegerField()
    driver = serializers.CharField()
    dropoff_at = serializers.DateTimeField()
    amount = serializers.IntegerField(help_text="Minutes; units for the capacity.")
    delayed = serializers.ListField(child=serializers.DictField(), help_text="Whose promises it would break.")
    sentence = serializers.CharField()


class PlanLeftOutSerializer(serializers.Serializer):
    code = serializers.CharField()
    customer = serializers.CharField(allow_blank=True)
    place = serializers.CharField(allow_blank=True)
    rules = PlanRuleSerializer(many=True)
    ways_out = PlanWayOutSerializer(many=True, help_text="The least painful first.")


class PlanChoiceSerializer(serializers.Serializer):
    driver_id = serializers.IntegerField()
    driver = serializers.CharField()
    metres = serializers.IntegerField(help_text="More to drive.")
    minutes = serializers.IntegerField(help_text="Longer work.")
    dropoff_at = serializers.DateTimeField()
    late_minutes = serializers.IntegerField()
    stops_before = serializers.IntegerField()
    trip = serializers.CharField(allow_blank=True)
    cost = serializers.IntegerField(help_text="What it adds by the goal: seconds or metres.")


class PlanSummarySerializer(serializers.Serializer):
    planned = serializers.IntegerField()
    unplanned = serializers.IntegerField()
    drivers = serializers.IntegerField(help_text="Drivers for whom something changes.")
    metres = serializers.IntegerField()
    metres_now = serializers.IntegerField()
    late_orders = serializers.IntegerField()
    late_minutes = serializers.IntegerField()
    late_minutes_now = serializers.IntegerField()
    iterations = serializers.IntegerField()
    roads = serializers.CharField(help_text="What travel times rest on.")
    is_estimate = serializers.BooleanField()


class PlanResultSerializer(serializers.Serializer):
    summary = PlanSummarySerializer()
    drivers = PlanDriverSerializer(many=True)
    unplanned = PlanLeftOutSerializer(many=True)
    choices = PlanChoiceSerializer(many=True, help_text="For one order to insert: the best place per driver.")
    notes = serializers.ListField(child=serializers.CharField())
    reckoned_at = serializers.DateTimeField()


class PlanSerializer(serializers.Serializer):
    number = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=PlanKind.choices)
    state = serializers.ChoiceField(choices=PlanState.choices)
    state_label = serializers.CharField()
    orders = serializers.IntegerField()
    drivers = serializers.IntegerField()
    options = serializers.DictField()
    progress = serializers.DictField(help_text="share, iterations, cost, drivers, unplanned: of the best so far.")
    message = serializers.CharField(allow_blank=True, help_text="Why it failed.")
    trips = serializers.ListField(child=serializers.CharField(), help_text="What applying it made or changed.")
    actor = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    applied_at = serializers.DateTimeField(allow_null=True)
    applied_by = serializers.CharField(allow_blank=True)


class PlanRefusalSerializer(serializers.Serializer):
    label = serializers.CharField(help_text="The trip, or the order.")  # type: ignore[assignment]
    code = serializers.CharField()
    message = serializers.CharField()


class PlanDetailSerializer(PlanSerializer):
    waits_for = serializers.CharField(allow_blank=True, help_text="Why the search has not begun yet.")
    stayed = PlanRefusalSerializer(many=True, help_text="What had moved on when the plan was taken back, and why.")
    result = PlanResultSerializer(allow_null=True)


class PlanTakenBackSerializer(PlanDetailSerializer):
    refused = PlanRefusalSerializer(many=True, help_text="The same as `stayed`.")


class PlanFilter(StrictFilterSet):
    state = WordsFilter("state", words=PlanState.values, help_text="States.")
    kind = WordsFilter("kind", words=PlanKind.values, help_text="Kinds.")

    class Meta:
        model = PlanRun
        fields: list[str] = []


def plan_item(run: PlanRun) -> dict[str, Any]:
    return {
        "number": run.number,
        "kind": run.kind,
        "state": run.state,
        "state_label": run.get_state_display(),
        "orders": len(run.codes),
        "drivers": len(run.driver_ids),
        "options": run.options,
        "progress": run.progress,
        "message": run.message,
        "trips": run.applied.get("trips", []),
        "actor": run.actor_label,
        "created_at": clock.iso(run.created_at),
        "finished_at": clock.iso(run.finished_at),
        "applied_at": clock.iso(run.applied_at),
        "applied_by": run.applied_by,
    }


def plan_detail(run: PlanRun) -> dict[str, Any]:
    stayed = run.applied.get("stayed", [])
    return {**plan_item(run), "waits_for": why_waiting(run), "stayed": stayed, "result": run.result}


class PlanList(ApiView):
    required_permission = "groups.manage"

    @extend_schema(
        operation_id="plans_list",
        summary="List plans",
        tags=TAGS,
        parameters=[*filter_parameters(PlanFilter), *page_parameters(SORTS, default="-number")],
        responses=page_of(PlanSerializer, "PlanPage"),
    )
    def get(self, request: Request) -> Response:
        grouping.require(self.actor)
        return self.page(PlanRun.objects.visible_to(self.actor), PlanFilter, SORTS, plan_item, default="-number")

    @extend_schema(
        operation_id="plans_create",
        summary="Work out trips",
        description="Nothing changes until the plan is applied. Building trips goes on in the background (202: read it "
        "again); inserting and re-sequencing are answered at once (201). Loaded packages never change the van, "
        "stops that are under way come first, and what was promised to others holds.",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=PlanInput,
        responses={200: PlanDetailSerializer, 201: PlanDetailSerializer, 202: PlanDetailSerializer},
        examples=[BUILD, INSERT, RESEQUENCE],
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        grouping.require(self.actor)
        body = read_body(PlanInput, request)
        values = body.validated_data
        run, is_replay = ask(
            kind=values["kind"],
            codes=values.get("codes"),
            filters=values.get("filters"),
            driver_ids=values["driver_ids"],
            options=body.options(),
            actor=self.actor,
            key=idempotency_key(request),
        )
        code = status.HTTP_202_ACCEPTED if run.is_at_work else status.HTTP_201_CREATED
        return Response(plan_detail(run), status=status.HTTP_200_OK if is_replay else code)


class PlanDetail(ApiView):
    @extend_schema(operation_id="plans_read", summary="Read a plan", tags=TAGS, responses=PlanDetailSerializer)
    def get(self, request: Request, plan_number: int) -> Response:
        read_no_parameters(request)
        return Response(plan_detail(plans.find(plan_number, self.actor)))


def _act(operation: str, summary: str, *, request: Any = None, description: str = "", answer: Any = None) -> Any:
    return extend_schema(
        operation_id=f"plans_{operation}",
        summary=summary,
        description=description,
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=request,
        responses=answer or PlanDetailSerializer,
    )


class PlanCancel(ApiView):
    @_act("cancel", "Stop working a plan out", description="A plan that is ready already is answered as it is.")
    def post(self, request: Request, plan_number: int) -> Response:
        read_no_parameters(request)
        read_no_body(request)
        return Response(plan_detail(plans.cancel(plan_number, actor=self.actor)))


class PlanApply(ApiView):
    @_act(
        "apply",
        "Apply a plan",
        request=ApplyInput,
        description="Makes and changes its trips in one transaction, or nothing. When an order or a driver's work is "
        "no longer as it was planned for, it is refused with `plan_outdated` and names per driver what moved.",
    )
    def post(self, request: Request, plan_number: int) -> Response:
        read_no_parameters(request)
        driver_ids = read_body(ApplyInput, request).validated_data["driver_ids"]
        key = idempotency_key(request)
        return Response(plan_detail(plan_apply.apply(plan_number, actor=self.actor, key=key, driver_ids=driver_ids)))


class PlanDiscard(ApiView):
    @_act("discard", "Throw a plan away")
    def post(self, request: Request, plan_number: int) -> Response:
        read_no_parameters(request)
        read_no_body(request)
        return Response(plan_detail(plans.discard(plan_number, actor=self.actor)))


class PlanTakeBack(ApiView):
    @_act(
        "take_back",
        "Take an applied plan back",
        description="Calls off the trips it made, gives trips it changed their old stops, unassigns what it assigned "
        "and returns what it took from other drivers; what has moved on since stays and is named.",
        answer=PlanTakenBackSerializer,
    )
    def post(self, request: Request, plan_number: int) -> Response:
        read_no_parameters(request)
        read_no_body(request)
        run, refused = plan_back.take_back(plan_number, actor=self.actor)
        return Response({**plan_detail(run), "refused": refused})
