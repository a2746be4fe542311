"""A person's own saved views: named filters, columns and sorting."""

import json
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.actor import Actor, ActorKind
from dispatch_console.core.api.fields import TextField
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import (
    ApiView,
    filter_parameters,
    page_of,
    page_parameters,
    read_body,
    read_no_parameters,
)
from dispatch_console.core.errors import Forbidden, Invalid, NotVisible, Refused
from dispatch_console.core.filtering import StrictFilterSet, WordsFilter
from dispatch_console.core.keyset import Sort
from orders.access import visible_orders
from orders.filters import OrderFilter
from orders.models import SavedView
from orders.selectors import SORTS as ORDER_SORTS
from orders.states import OrderType

TAGS = ["saved views"]
SORTS = {"name": Sort("name")}
MOST_VIEWS = 100
MOST_COLUMNS = 100
MOST_COLUMN_TEXT = 20_000


class SavedViewFilter(StrictFilterSet):
    queue = WordsFilter("queue", words=OrderType.values, help_text="The queue a view belongs to.")


class SavedViewSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    queue = serializers.CharField(allow_blank=True)
    query = serializers.CharField(allow_blank=True, help_text="The filter part of the console's address.")
    columns = serializers.JSONField(help_text="The table's columns, in order.")
    is_default = serializers.BooleanField()


class SavedViewInput(serializers.Serializer):
    name = TextField(max_length=60)
    queue = serializers.ChoiceField(
        choices=OrderType.choices, required=False, allow_blank=True, default="", help_text="Empty: all orders."
    )
    query = TextField(
        max_length=2000, required=False, allow_blank=True, default="", help_text="Such as `status=open&zone=3`."
    )
    columns = serializers.ListField(
        child=serializers.JSONField(), required=False, max_length=MOST_COLUMNS, default=list
    )
    is_default = serializers.BooleanField(required=False, default=False, help_text="Opens with the queue.")

    def validate_columns(self, columns: list[Any]) -> list[Any]:
        if not all(isinstance(column, str | dict) for column in columns):
            raise serializers.ValidationError("Each column is a name or an object.")
        if len(json.dumps(columns)) > MOST_COLUMN_TEXT:
            raise serializers.ValidationError("The column settings are too long.")
        return columns


def own_views(actor: Actor) -> QuerySet[SavedView]:
    """Views belong to people: an integration has none."""
    if actor.kind != ActorKind.USER or not actor.may("orders.view"):
        raise Forbidden("Saved views belong to people who work in the console.")
    return SavedView.objects.visible_to(actor).filter(user_id=actor.id)  # type: ignore[misc]


def check_query(actor: Actor, query: str) -> None:
    """Refuse a view that could not be opened later."""
    asked = QueryDict(query)
    OrderFilter(asked, visible_orders(actor), actor=actor).filtered()
    if (ordering := asked.get("ordering", "")) and ordering.removeprefix("-") not in ORDER_SORTS:
        raise Invalid.fields(query=f"Order by one of: {', '.join(ORDER_SORTS)}.")


def view_item(view: SavedView) -> dict[str, Any]:
    return {
        "id": view.pk,
        "name": view.name,
        "queue": view.queue,
        "query": view.query,
        "columns": view.columns,
        "is_default": view.is_default,
    }


def save(actor: Actor, view: SavedView) -> None:
    """Store a view; a new default takes the place of the old one."""
    try:
        with transaction.atomic():
            if view.is_default:
                own_views(actor).filter(queue=view.queue, is_default=True).exclude(pk=view.pk).update(is_default=False)
            view.save()
    except IntegrityError as error:
        if "one_default_view_per_queue" in str(error):
            raise Refused("Another view became the default at the same moment. Try again.") from error
        sentence = f"You already have a view named “{view.name}” here. Choose another name."
        raise Refused(sentence, code="duplicate_name", details={"fields": {"name": [sentence]}}) from error


class SavedViewList(ApiView):
    @extend_schema(
        operation_id="views_list",
        summary="List your saved views",
        tags=TAGS,
        parameters=[*filter_parameters(SavedViewFilter), *page_parameters(SORTS, default="name")],
        responses=page_of(SavedViewSerializer, "SavedViewPage"),
    )
    def get(self, request: Request) -> Response:
        return self.page(own_views(self.actor), SavedViewFilter, SORTS, view_item, default="name")

    @extend_schema(
        operation_id="views_create",
        summary="Save a view",
        description="Naturally idempotent: a view that is there already with the same content is answered with 200.",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=SavedViewInput,
        responses={200: SavedViewSerializer, 201: SavedViewSerializer},
    )
    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        views = own_views(self.actor)
        values = read_body(SavedViewInput, request).validated_data
        check_query(self.actor, values["query"])
        if (twin := views.filter(**values).first()) is not None:
            return Response(view_item(twin))
        if views.count() >= MOST_VIEWS:
            raise Refused(f"You have {MOST_VIEWS} saved views, the most there can be. Delete one first.")
        view = SavedView(tenant_id=self.actor.tenant_id, user_id=self.actor.id, **values)  # type: ignore[misc]
        save(self.actor, view)
        return Response(view_item(view), status=status.HTTP_201_CREATED)


class SavedViewDetail(ApiView):
    @extend_schema(operation_id="views_read", summary="Read a saved view", tags=TAGS, responses=SavedViewSerializer)
    def get(self, request: Request, view_id: int) -> Response:
        read_no_parameters(request)
        return Response(view_item(self.view(view_id)))

    @extend_schema(
        operation_id="views_edit",
        summary="Change a saved view",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=SavedViewInput,
        responses=SavedViewSerializer,
    )
    def patch(self, request: Request, view_id: int) -> Response:
        read_no_parameters(request)
        view = self.view(view_id)
        body = read_body(SavedViewInput, request, partial=True)
        for name in request.data:
            setattr(view, name, body.validated_data[name])
        check_query(self.actor, view.query)
        save(self.actor, view)
        return Response(view_item(view))

    @extend_schema(
        operation_id="views_delete",
        summary="Delete a saved view",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        responses={204: None},
    )
    def delete(self, request: Request, view_id: int) -> Response:
        read_no_parameters(request)
        self.view(view_id).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    def view(self, view_id: int) -> SavedView:
        view = own_views(self.actor).filter(pk=view_id).first()
        if view is None:
            raise NotVisible("There is no such saved view.")
        return view
