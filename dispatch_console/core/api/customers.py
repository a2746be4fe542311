"""Customers and their address books."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.actor import Actor
from dispatch_console.core.api.fields import LatitudeField, LongitudeField, TextField
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import (
    ApiView,
    filter_parameters,
    page_of,
    page_parameters,
    read_body,
    read_no_parameters,
)
from dispatch_console.core.errors import Forbidden, Invalid, NotVisible
from dispatch_console.core.filtering import IdsFilter, StrictFilterSet, TextFilter, YesNoFilter
from dispatch_console.core.keyset import Sort
from dispatch_console.core.models import Customer, CustomerAddress

TAGS = ["customers"]
SORTS = {"name": Sort("name")}
ADDRESS_SORTS = {"label": Sort("label"), "text": Sort("text")}
MOST_ADDRESSES = 500


class CustomerFilter(StrictFilterSet):
    search = TextFilter(
        "name", "phone", "email", "external_reference", help_text="Text in name, phone, email or reference."
    )
    active = YesNoFilter("is_active", help_text="Customers in use only, or those that are not.")
    id = IdsFilter("pk", help_text="Customer ids.")


class AddressFilter(StrictFilterSet):
    search = TextFilter("label", "text", "contact_name", help_text="Text in label, address or contact.")


class CustomerSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    phone = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    external_reference = serializers.CharField(allow_blank=True)
    team_id = serializers.IntegerField(allow_null=True)
    is_active = serializers.BooleanField()


class AddressSerializer(serializers.Serializer):
    """One entry of an address book."""

    id = serializers.IntegerField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    text = serializers.CharField()
    lat = serializers.FloatField(allow_null=True)
    lng = serializers.FloatField(allow_null=True)
    contact_name = serializers.CharField(allow_blank=True)
    contact_phone = serializers.CharField(allow_blank=True)
    notes = serializers.CharField(allow_blank=True)


class CustomerDetailSerializer(CustomerSerializer):
    addresses = AddressSerializer(many=True)


class AddressInput(serializers.Serializer):
    label = TextField(max_length=80, required=False, allow_blank=True, default="")  # type: ignore[assignment]
    text = TextField(max_length=300, help_text="The address on one line.")
    lat = LatitudeField(required=False, allow_null=True, default=None)
    lng = LongitudeField(required=False, allow_null=True, default=None)
    contact_name = TextField(max_length=120, required=False, allow_blank=True, default="")
    contact_phone = TextField(max_length=40, required=False, allow_blank=True, default="")
    notes = TextField(max_length=500, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if (attrs["lat"] is None) != (attrs["lng"] is None):
            raise Invalid.fields(lat="Give both coordinates, or neither.")
        return attrs


def visible_customers(actor: Actor) -> QuerySet[Customer]:
    """A partner limited to one customer sees only that one."""
    rows = Customer.objects.visible_to(actor)
    return rows if actor.customer_id is None else rows.filter(pk=actor.customer_id)


def get_customer(actor: Actor, customer_id: int) -> Customer:
    customer = visible_customers(actor).filter(pk=customer_id).first()
    if customer is None:
        raise NotVisible("There is no such customer.")
    return customer


def customer_item(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.pk,
        "name": customer.name,
        "phone": customer.phone,
        "email": customer.email,
        "external_reference": customer.external_reference,
        "team_id": customer.team_id,
        "is_active": customer.is_active,
    }


def address_item(address: CustomerAddress) -> dict[str, Any]:
    return {
        "id": address.pk,
        "label": address.label,
        "text": address.text,
        "lat": address.latitude,
        "lng": address.longitude,
        "contact_name": address.contact_name,
        "contact_phone": address.contact_phone,
        "notes": address.notes,
    }


class CustomerList(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="customers_list",
        summary="List customers",
        tags=TAGS,
        parameters=[*filter_parameters(CustomerFilter), *page_parameters(SORTS, default="name")],
        responses=page_of(CustomerSerializer, "CustomerPage"),
    )
    def get(self, request: Request) -> Response:
        return self.page(visible_customers(self.actor), CustomerFilter, SORTS, customer_item, default="name")


class CustomerDetail(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="customers_read",
        summary="Read one customer with the address book",
        tags=TAGS,
        responses=CustomerDetailSerializer,
    )
    def get(self, request: Request, customer_id: int) -> Response:
        read_no_parameters(request)
        customer = get_customer(self.actor, customer_id)
        addresses = customer.addresses.all()[:MOST_ADDRESSES]
        return Response({**customer_item(customer), "addresses": [address_item(address) for address in addresses]})


class CustomerAddresses(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="customers_addresses",
        summary="Search a customer's address book",
        tags=TAGS,
        parameters=[*filter_parameters(AddressFilter), *page_parameters(ADDRESS_SORTS, default="label")],
        responses=page_of(AddressSerializer, "AddressPage"),
    )
    def get(self, request: Request, customer_id: int) -> Response:
        rows = get_customer(self.actor, customer_id).addresses.all()
        return self.page(rows, AddressFilter, ADDRESS_SORTS, address_item, default="label")

    @extend_schema(
        operation_id="customers_add_address",
        summary="Add an address to a customer's book",
        description="Naturally idempotent: an entry that is there already is answered with 200 and not added again.",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=AddressInput,
        responses={200: AddressSerializer, 201: AddressSerializer},
    )
    def post(self, request: Request, customer_id: int) -> Response:
        read_no_parameters(request)
        if not (self.actor.may("orders.create") or self.actor.may("orders.edit")):
            raise Forbidden("Your role does not allow adding addresses.", details={"permission": "orders.create"})
        customer = get_customer(self.actor, customer_id)
        values = read_body(AddressInput, request).validated_data
        columns = {"latitude": values.pop("lat"), "longitude": values.pop("lng"), **values}
        with transaction.atomic():
            address, is_new = CustomerAddress.objects.get_or_create(
                tenant_id=customer.tenant_id, customer=customer, **columns
            )
        return Response(address_item(address), status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)
