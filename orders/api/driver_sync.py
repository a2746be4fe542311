"""Acts made without network, over the API: one round trip brings the phone's acts in and its work out."""

import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import clock
from dispatch_console.core.api.errors import invalid_fields
from dispatch_console.core.api.fields import MomentField
from dispatch_console.core.api.views import ApiView, read_body, read_no_parameters
from dispatch_console.core.errors import Invalid
from drivers.api.devices import api_key_of
from drivers.devices import device_of
from orders import driver_work, sync
from orders.actions import Action
from orders.api.driver import TAGS
from orders.api.driver_jobs import WorkSerializer
from orders.codes import OrderCodeConverter
from orders.inputs import INPUTS
from orders.models import Verdict
from orders.next_step import ACTS

KNOWN_ACTS = (*ACTS, sync.SKIP)
MOST_INPUT = 8_000  # characters of JSON
LARGEST_SEQUENCE = 2**53 - 1  # what every phone can count to


class PhoneTimeField(serializers.DateTimeField):
    """The phone's own clock, whatever it says: a wrong one must not lose the work that was done."""

    def to_internal_value(self, value: Any) -> Any:
        try:
            return super().to_internal_value(value)
        except (OverflowError, ValueError):
            raise serializers.ValidationError("Give a time such as 2026-11-22T09:14:03.120Z.") from None


class ActInput(serializers.Serializer):
    id = serializers.UUIDField(help_text="Made on the phone, one for each act.")
    sequence = serializers.IntegerField(
        min_value=1, max_value=LARGEST_SEQUENCE, help_text="Counted on the phone since it signed in: 1, 2, 3 …"
    )
    made_at = PhoneTimeField(help_text="The phone's clock when the driver did it.")
    act = serializers.ChoiceField(choices=KNOWN_ACTS)
    order = serializers.RegexField(
        rf"^{OrderCodeConverter.regex}$", required=False, allow_blank=True, default="", help_text="The order's code."
    )
    version = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**31 - 1,
        help_text="The version the driver was looking at; it never refuses an act, it tells what changed since.",
    )
    input = serializers.DictField(required=False, default=dict, help_text="As for the same act under `orders/`.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["act"] != sync.SKIP and not attrs["order"]:
            raise serializers.ValidationError({"order": ["Name the order."]})
        return attrs

    def validate_input(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(json.dumps(value)) > MOST_INPUT:
            raise serializers.ValidationError(f"An input may have {MOST_INPUT} characters at most.")
        return value


class SyncInput(serializers.Serializer):
    sent_at = MomentField(help_text="The phone's clock now: how wrong it is follows from it.")
    acts = serializers.ListField(
        child=serializers.JSONField(allow_null=True), help_text=f"{sync.MOST_ACTS} at most; may be empty."
    )

    def validate_acts(self, value: list[Any]) -> list[Any]:
        if len(value) > sync.MOST_ACTS:
            raise serializers.ValidationError(
                f"These are {len(value)} acts; send {sync.MOST_ACTS} at most at once. Split them in any way."
            )
        return value


class SyncRequestSerializer(serializers.Serializer):
    """For the API document: the acts as they are read one by one."""

    sent_at = serializers.DateTimeField(help_text="The phone's clock now: how wrong it is follows from it.")
    acts = ActInput(many=True, help_text=f"{sync.MOST_ACTS} at most; may be empty.")


class ChangeSinceSerializer(serializers.Serializer):
    version = serializers.IntegerField()
    kind = serializers.CharField()
    actor = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    reason = serializers.CharField(allow_blank=True)


class VerdictSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    sequence = serializers.IntegerField()
    act = serializers.CharField()
    order = serializers.CharField(allow_blank=True)
    verdict = serializers.ChoiceField(
        choices=Verdict.choices, help_text="All but `waiting` are final: the same id gets the same answer for ever."
    )
    code = serializers.CharField(allow_blank=True, help_text="Why not, for programs.")
    message = serializers.CharField(allow_blank=True, help_text="Why not, for the driver.")
    version = serializers.IntegerField(allow_null=True, help_text="The order's version after it.")
    status = serializers.CharField(allow_blank=True)
    changes = ChangeSinceSerializer(many=True, help_text="What others did since the version the act was made on.")
    details = serializers.DictField()


class MalformedSerializer(serializers.Serializer):
    index = serializers.IntegerField(help_text="Its place in the list that was sent, from 0.")
    id = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class Sync(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_sync",
        summary="Send acts made without network, and get the work",
        description="Send the acts in any order, any number of times, in any pieces: each has its effect once and "
        "keeps its verdict. They are carried out in the phone's own sequence; one with a gap before it waits. An act "
        "that cannot be read is named in `malformed` and loses none of the others; when not one can be taken the "
        "answer is 400. Needs the token of a signed-in device.",
        tags=TAGS,
        request=SyncRequestSerializer,
        responses=inline_serializer(
            "SyncAnswer",
            {
                "server_time": serializers.DateTimeField(),
                "skew_seconds": serializers.FloatField(help_text="Add it to the phone's clock to get ours."),
                "last_sequence": serializers.IntegerField(help_text="All acts up to it have their final verdict."),
                "verdicts": VerdictSerializer(many=True),
                "malformed": MalformedSerializer(many=True),
                "work": WorkSerializer(),
            },
        ),
        examples=[
            OpenApiExample(
                "Two acts from the basement",
                request_only=True,
                value={
                    "sent_at": "2026-11-22T09:20:00.000Z",
                    "acts": [
                        {
                            "id": "6b0d6f1e-0c3c-4f0a-8a39-0d1f0f1f8b11",
                            "sequence": 41,
                            "made_at": "2026-11-22T09:14:03.120Z",
                            "act": "arrive",
                            "order": "D-10482",
                            "version": 5,
                        },
                        {
                            "id": "f0f5b0a7-65a4-4a1e-9a44-d7b2c2b4c9d2",
                            "sequence": 42,
                            "made_at": "2026-11-22T09:15:40.000Z",
                            "act": "deliver",
                            "order": "D-10482",
                            "version": 5,
                            "input": {"recipient": "A. Beck", "pin": "4711"},
                        },
                    ],
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        device = device_of(api_key_of(request))
        asked = read_body(SyncInput, request).validated_data
        acts, malformed = read_acts(asked["acts"])
        if malformed and not acts:
            raise Invalid(
                f"None of these acts can be read. The first: {malformed[0].message}",
                details={"malformed": [vars_of(problem) for problem in malformed]},
            )
        malformed += sync.receive(device, acts, sent_at=asked["sent_at"], actor=self.actor, build=build)
        device.refresh_from_db()
        return Response(
            {
                "server_time": clock.iso(clock.now()),
                "skew_seconds": device.skew_seconds,
                "last_sequence": device.last_sequence,
                "verdicts": sync.answers(device, [act.id for _, act in acts]),
                "malformed": [vars_of(problem) for problem in sorted(malformed, key=lambda problem: problem.index)],
                "work": driver_work.work(self.actor),
            }
        )


def read_acts(raw: list[Any]) -> tuple[list[tuple[int, sync.Act]], list[sync.Problem]]:
    """The acts with their places in the list, and those that cannot be read."""
    acts, malformed = [], []
    for index, value in enumerate(raw):
        serializer = ActInput(data=value)
        unknown = sorted(set(value) - set(serializer.fields)) if isinstance(value, dict) else []
        if not serializer.is_valid() or unknown:
            error = invalid_fields(serializer.errors or {unknown[0][:40]: ["There is no such field here."]})
            own_id = str(value.get("id", ""))[:40] if isinstance(value, dict) else ""
            malformed.append(sync.Problem(index, own_id, "malformed", error.message, error.details["fields"]))
            continue
        found = serializer.validated_data
        act = sync.Act(
            id=found["id"],
            sequence=found["sequence"],
            name=found["act"],
            made_at=found["made_at"],
            code=found["order"],
            version=found["version"],
            input=found["input"],
        )
        acts.append((index, act))
    return acts, malformed


def build(name: str, values: Mapping[str, Any]) -> Action:
    """The action of an act's name and input, checked as the same act under `orders/` would be."""
    serializer = INPUTS[name](data=dict(values))
    if unknown := sorted(set(values) - set(serializer.fields)):
        raise Invalid.fields(**{unknown[0][:40]: "There is no such field here."})
    if not serializer.is_valid():
        raise invalid_fields(serializer.errors)
    return serializer.to_action()


def vars_of(problem: sync.Problem) -> dict[str, Any]:
    return {
        "index": problem.index,
        "id": problem.id,
        "code": problem.code,
        "message": problem.message,
        "fields": problem.fields,
    }
