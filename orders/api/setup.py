"""What orders are made of and explained with: delivery services and managed reasons."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.views import ApiView, filter_parameters, page_of, page_parameters, read_no_parameters
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.filtering import IdsFilter, StrictFilterSet, TextFilter, WordsFilter, YesNoFilter
from dispatch_console.core.keyset import Sort
from orders.api.serializers import NamedSerializer
from orders.models import DeliveryService, Reason, ServiceLevel
from orders.states import OrderType, ReasonKind

TAGS = ["setup"]
SERVICE_SORTS = {"name": Sort("name"), "code": Sort("code")}
REASON_SORTS = {"position": Sort("position"), "label": Sort("label")}


class ServiceFilter(StrictFilterSet):
    search = TextFilter("name", "code", help_text="Text in name or code.")
    level = WordsFilter("level", words=ServiceLevel.values, help_text="Service levels.")
    active = YesNoFilter("is_active", help_text="Services in use only, or those that are not.")
    id = IdsFilter("pk", help_text="Service ids.")


class ReasonFilter(StrictFilterSet):
    kind = WordsFilter("kind", words=ReasonKind.values, help_text="What the reason explains.")


class ServiceSerializer(NamedSerializer):
    code = serializers.CharField()
    level = serializers.ChoiceField(choices=ServiceLevel.choices)
    order_types = serializers.ListField(
        child=serializers.ChoiceField(choices=OrderType.choices), help_text="Empty: any."
    )
    min_units = serializers.IntegerField()
    max_units = serializers.IntegerField()
    default_price = serializers.CharField()
    promise_minutes = serializers.IntegerField(allow_null=True)
    requires_vehicle = serializers.BooleanField()
    requires_staging = serializers.BooleanField()
    vehicle_kinds = serializers.ListField(child=serializers.CharField(), help_text="Empty: any.")
    is_active = serializers.BooleanField()


class ReasonSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=ReasonKind.choices)
    label = serializers.CharField()  # type: ignore[assignment]


def service_item(service: DeliveryService) -> dict[str, Any]:
    return {
        "id": service.pk,
        "name": service.name,
        "code": service.code,
        "level": service.level,
        "order_types": service.order_types,
        "min_units": service.min_units,
        "max_units": service.max_units,
        "default_price": str(service.default_price),
        "promise_minutes": service.promise_minutes,
        "requires_vehicle": service.requires_vehicle,
        "requires_staging": service.requires_staging,
        "vehicle_kinds": service.vehicle_kinds,
        "is_active": service.is_active,
    }


def reason_item(reason: Reason) -> dict[str, Any]:
    return {"id": reason.pk, "kind": reason.kind, "label": reason.label}


class ServiceList(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="services_list",
        summary="List delivery services",
        tags=TAGS,
        parameters=[*filter_parameters(ServiceFilter), *page_parameters(SERVICE_SORTS, default="name")],
        responses=page_of(ServiceSerializer, "ServicePage"),
    )
    def get(self, request: Request) -> Response:
        rows = DeliveryService.objects.visible_to(self.actor)
        return self.page(rows, ServiceFilter, SERVICE_SORTS, service_item, default="name")


class ServiceDetail(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="services_read", summary="Read one delivery service", tags=TAGS, responses=ServiceSerializer
    )
    def get(self, request: Request, service_id: int) -> Response:
        read_no_parameters(request)
        service = DeliveryService.objects.visible_to(self.actor).filter(pk=service_id).first()
        if service is None:
            raise NotVisible("There is no such delivery service.")
        return Response(service_item(service))


class ReasonList(ApiView):
    @extend_schema(
        operation_id="reasons_list",
        summary="List the reasons to choose from",
        description="Other words are accepted too; these are the tenant's own.",
        tags=TAGS,
        parameters=[*filter_parameters(ReasonFilter), *page_parameters(REASON_SORTS, default="position")],
        responses=page_of(ReasonSerializer, "ReasonPage"),
    )
    def get(self, request: Request) -> Response:
        rows = Reason.objects.visible_to(self.actor).filter(is_active=True)
        return self.page(rows, ReasonFilter, REASON_SORTS, reason_item, default="position")
