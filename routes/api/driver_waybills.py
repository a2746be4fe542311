"""A driver's own waybills, for the driver app: what is on them, and the acts that are the driver's."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.actor import Actor
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.views import ApiView, read_body, read_no_parameters, read_version
from orders.api.outcomes import ANSWER_HEADERS, REPLAY_HEADER, WRITE_HEADERS, etag
from routes.api import waybill_shapes as shapes
from routes.commands.waybill_acts import COMMANDS
from routes.commands.waybill_rules import ACTS, why_not
from routes.inputs.waybills import INPUTS
from routes.models import Waybill
from routes.models.waybill import OVER
from routes.reading.waybills import RELATED, get_waybill, item_rows, items_of, loads, own_waybills, waybill_row

TAGS = ["driver"]
MOST_SHOWN = 50


def own_part(waybill: Waybill, load: dict[str, int], items: list[dict[str, Any]]) -> dict[str, Any]:
    """The waybill with its orders, and the one act that comes next."""
    possible = [
        act.name for act in ACTS.values() if act.of_driver and not why_not(act, waybill, carried=load["carried"])
    ]
    return {
        **waybill_row(waybill, load),
        "next": possible[0] if possible else "",
        "items": items,
    }


class OwnWaybills(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_waybills",
        summary="Which waybills do I have?",
        description="Those that still go on, oldest first, with their orders, units and what was returned. `next` is "
        "the act that comes next; where it is empty, there is nothing for the driver to do.",
        tags=TAGS,
        responses=inline_serializer("OwnWaybills", {"results": shapes.OwnWaybillSerializer(many=True)}),
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        found = list(
            own_waybills(self.actor).exclude(status__in=OVER).select_related(*RELATED).order_by("pk")[:MOST_SHOWN]
        )
        counted, items = loads(found), items_of(found, self.actor)
        return Response({"results": [own_part(each, counted[each.pk], items[each.pk]) for each in found]})


class OwnWaybill(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_waybill",
        summary="Read one of my waybills",
        tags=TAGS,
        parameters=ANSWER_HEADERS[:1],
        responses=shapes.OwnWaybillSerializer,
    )
    def get(self, request: Request, waybill_label: str) -> Response:
        read_no_parameters(request)
        return answer(waybill_label, self.actor)


class OwnWaybillAct(ApiView):
    required_permission = "work.own"
    act: str

    def post(self, request: Request, waybill_label: str) -> Response:
        read_no_parameters(request)
        get_waybill(self.actor, waybill_label, rows=own_waybills(self.actor))
        body = read_body(INPUTS[self.act], request)
        version = read_version(request, body.validated_data["version"])
        key = idempotency_key(request)
        done = COMMANDS[self.act](waybill_label, **body.arguments(), actor=self.actor, version=version, key=key)
        return answer(waybill_label, self.actor, is_replay=done.is_replay)


def answer(label: str, actor: Actor, *, is_replay: bool = False) -> Response:
    waybill = get_waybill(actor, label, rows=own_waybills(actor))
    headers = {"ETag": etag(waybill.version)} | ({REPLAY_HEADER: "true"} if is_replay else {})
    return Response(own_part(waybill, loads([waybill])[waybill.pk], item_rows(waybill, actor)), headers=headers)


def own_act(name: str) -> type[OwnWaybillAct]:
    document = extend_schema(
        operation_id=f"driver_waybill_{name.replace('-', '_')}",
        summary=f"{ACTS[name].label}: my waybill",
        description=COMMANDS[name].__doc__ or "",
        tags=TAGS,
        parameters=[*WRITE_HEADERS, *ANSWER_HEADERS],
        request=INPUTS[name],
        responses={200: shapes.OwnWaybillSerializer, **shapes.REFUSALS},
    )
    word = name.title().replace("-", "")
    return extend_schema_view(post=document)(type(f"OwnWaybill{word}", (OwnWaybillAct,), {"act": name}))
