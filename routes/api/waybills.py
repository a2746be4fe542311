"""Waybills over the API: list, make, read, and everything that is done with one."""

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.views import (
    ApiView,
    filter_parameters,
    page_body,
    page_of,
    page_parameters,
    read_body,
    read_no_parameters,
    read_version,
)
from orders import codes  # noqa: F401 (registers the converter of codes, which labels look like)
from orders.api.outcomes import ANSWER_HEADERS, REPLAY_HEADER, WRITE_HEADERS, etag
from routes.api import waybill_shapes as shapes
from routes.api.driver_waybills import OwnWaybill, OwnWaybills, own_act
from routes.api.waybill_proofs import OwnWaybillPicture, OwnWaybillProofs, WaybillPicture, WaybillProofs
from routes.commands import waybills
from routes.commands.change import Changed
from routes.commands.waybill_acts import COMMANDS
from routes.commands.waybill_rules import ACTS
from routes.inputs.waybills import INPUTS, WaybillFields
from routes.models import Waybill
from routes.reading.lists import MOST, NEWEST
from routes.reading.waybills import (
    SORTS,
    WaybillFilter,
    eligible,
    get_waybill,
    read_waybills,
    waybill_detail,
    waybill_rows,
)

TAGS = ["waybills"]
HEADERS = [*WRITE_HEADERS, *ANSWER_HEADERS]
ANSWERS = {200: shapes.WaybillOutcomeSerializer, **shapes.REFUSALS}
COUNTS = {"counts": serializers.DictField(child=serializers.IntegerField(), help_text="Per status, all else equal.")}


class WaybillList(ApiView):
    required_permission = {"GET": "orders.view", "POST": "groups.manage"}

    @extend_schema(
        operation_id="waybills_list",
        summary="List waybills",
        description="`counts` obeys every filter but that of the status.",
        tags=TAGS,
        parameters=[*filter_parameters(WaybillFilter), *page_parameters(SORTS, default=NEWEST, most=MOST)],
        responses=page_of(shapes.WaybillRowSerializer, "WaybillPage", COUNTS),
    )
    def get(self, request: Request) -> Response:
        found = read_waybills(self.actor, request.query_params)
        body = page_body(
            request,
            waybill_rows(found.groups),
            next_cursor=found.next_cursor,
            total=found.total,
            total_is_capped=found.is_capped,
        )
        return Response({**body, "counts": found.counts})

    @extend_schema(
        operation_id="waybills_create",
        summary="Draft a waybill",
        description="From exactly one place to exactly one other. Orders are added to the draft; sealing locks them.",
        tags=TAGS,
        parameters=[
            *WRITE_HEADERS[1:],
            *ANSWER_HEADERS,
            OpenApiParameter("Location", str, OpenApiParameter.HEADER, response=[201], description="The new waybill."),
        ],
        request=WaybillFields,
        responses={201: shapes.WaybillOutcomeSerializer}
        | {code: shapes.REFUSALS[code] for code in (400, 403, 409, 422)},
        examples=shapes.example("create"),
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        values = read_body(WaybillFields, request).values()
        done = waybills.create(values, actor=self.actor, key=idempotency_key(request))
        answer = outcome(self, done)
        answer.status_code = status.HTTP_201_CREATED
        answer["Location"] = reverse("waybill", [done.group.label], request=request)
        return answer


class WaybillDetail(ApiView):
    required_permission = {"GET": "orders.view", "PATCH": "groups.manage"}

    @extend_schema(
        operation_id="waybills_get",
        summary="Read one waybill with its orders, hand-overs, returns and timeline",
        description="`actions` says of every act whether it is possible now, and why not.",
        tags=TAGS,
        parameters=ANSWER_HEADERS[:1],
        responses=shapes.WaybillDetailSerializer,
    )
    def get(self, request: Request, waybill_label: str) -> Response:
        read_no_parameters(request)
        waybill = get_waybill(self.actor, waybill_label)
        return Response(waybill_detail(waybill, self.actor), headers={"ETag": etag(waybill.version)})

    @extend_schema(
        operation_id="waybills_edit",
        summary="Edit a draft",
        description="Only the fields that are sent. An end that becomes an address stops being a warehouse.",
        tags=TAGS,
        parameters=HEADERS,
        request=WaybillFields,
        responses=ANSWERS,
        examples=shapes.example("edit"),
    )
    def patch(self, request: Request, waybill_label: str) -> Response:
        read_no_parameters(request)
        body = read_body(WaybillFields, request, partial=True)
        version = read_version(request, body.validated_data.get("version"))
        key = idempotency_key(request)
        return outcome(self, waybills.edit(waybill_label, body.values(), actor=self.actor, version=version, key=key))


class WaybillEligible(ApiView):
    required_permission = "groups.manage"

    @extend_schema(
        operation_id="waybills_eligible",
        summary="Which orders could go on a draft?",
        description="Pending orders of its carrier that are in no other group, newest first.",
        tags=TAGS,
        parameters=[
            OpenApiParameter("search", str, description="As in the list of orders."),
            OpenApiParameter("zone", str, description="Zone ids, of either end."),
            OpenApiParameter(
                "here", {"type": "string", "enum": ["1"]}, description="Only with their pickup at the origin."
            ),
            OpenApiParameter(
                "code", str, description="Codes or barcodes, separated by commas: these orders, with why not."
            ),
            *page_parameters(most=MOST),
        ],
        responses=shapes.EligiblePageSerializer,
    )
    def get(self, request: Request, waybill_label: str) -> Response:
        return Response(eligible(get_waybill(self.actor, waybill_label), self.actor, request.query_params))


class WaybillAct(ApiView):
    """Base of the acts on one waybill: `act` is the name of its input and command."""

    required_permission = "groups.manage"
    act: str

    def post(self, request: Request, waybill_label: str) -> Response:
        read_no_parameters(request)
        body = read_body(INPUTS[self.act], request)
        version = read_version(request, body.validated_data["version"])
        key = idempotency_key(request)
        done = COMMANDS[self.act](waybill_label, **body.arguments(), actor=self.actor, version=version, key=key)
        return outcome(self, done)


def outcome(view: ApiView, done: Changed[Waybill]) -> Response:
    """The waybill as it is now."""
    waybill = get_waybill(view.actor, done.group.label)
    headers = {"ETag": etag(waybill.version)} | ({REPLAY_HEADER: "true"} if done.is_replay else {})
    refused = [
        {"code": refusal.code, "error_code": refusal.error_code, "message": refusal.message} for refusal in done.refused
    ]
    return Response({"waybill": waybill_detail(waybill, view.actor), "refused": refused}, headers=headers)


def act_view(name: str) -> type[WaybillAct]:
    more: dict[str, Any] = {"examples": shapes.example(name)} if shapes.EXAMPLES[name] else {}
    document = extend_schema(
        operation_id=f"waybills_{name.replace('-', '_')}",
        summary=f"{ACTS[name].label}: a waybill",
        description=COMMANDS[name].__doc__ or "",
        tags=TAGS,
        parameters=HEADERS,
        request=INPUTS[name],
        responses=ANSWERS,
        **more,
    )
    word = name.title().replace("-", "")
    return extend_schema_view(post=document)(type(f"Waybill{word}", (WaybillAct,), {"act": name}))


AT = "waybills/<order_code:waybill_label>/"
OWN = f"driver/{AT}"
PICTURE_AT = "{}proofs/<uuid:picture_id>/<slug:size>/"
urlpatterns: list[URLPattern] = [
    path("waybills/", WaybillList.as_view(), name="waybills"),
    path(AT, WaybillDetail.as_view(), name="waybill"),
    path(f"{AT}eligible/", WaybillEligible.as_view(), name="waybill-eligible"),
    path(f"{AT}proofs/", WaybillProofs.as_view(), name="waybill-proofs"),
    path(PICTURE_AT.format(AT), WaybillPicture.as_view(), name="waybill-picture"),
    *(path(f"{AT}{name}/", act_view(name).as_view(), name=f"waybill-{name}") for name in COMMANDS),
    path("driver/waybills/", OwnWaybills.as_view(), name="own-waybills"),
    path(OWN, OwnWaybill.as_view(), name="own-waybill"),
    path(f"{OWN}proofs/", OwnWaybillProofs.as_view(), name="own-waybill-proofs"),
    path(PICTURE_AT.format(OWN), OwnWaybillPicture.as_view(), name="own-waybill-picture"),
    *(
        path(f"{OWN}{name}/", own_act(name).as_view(), name=f"own-waybill-{name}")
        for name in COMMANDS
        if ACTS[name].of_driver
    ),
]
