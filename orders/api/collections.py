"""The cash that drivers collected, for those who account for it."""

from django.db.models import F, Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.views import ApiView, filter_parameters, page_of, page_parameters
from dispatch_console.core.filtering import (
    IdsFilter,
    MomentFilter,
    NumberFilter,
    StrictFilterSet,
    TextFilter,
    WordsFilter,
    YesNoFilter,
)
from dispatch_console.core.keyset import moment, money
from orders.cash import collection_item, visible_collections
from orders.models import Collection
from orders.states import CashStage, CollectionStatus

TAGS = ["cash"]
SORTS = {"collected_at": moment("collected_at"), "amount": money("amount")}


class DiffersFilter(YesNoFilter):
    def condition(self, value: bool) -> Q:
        same = Q(amount=F("due"))
        return ~same if value else same


class CollectionFilter(StrictFilterSet):
    status = WordsFilter("status", words=CollectionStatus.values, help_text="Statuses; `collected` is with drivers.")
    stage = WordsFilter("stage", words=CashStage.values, help_text="At the pickup or the dropoff.")
    driver = IdsFilter("driver_id", help_text="Driver ids.")
    customer = IdsFilter("customer_id", help_text="Customer ids.")
    order = TextFilter("order__code", help_text="Text in the order's code.")
    differs = DiffersFilter(help_text="Another amount than what was due was taken.")
    amount_min = NumberFilter("amount", "gte", help_text="Amounts of at least.")
    amount_max = NumberFilter("amount", "lte", help_text="Amounts of at most.")
    collected_after = MomentFilter("collected_at", "gte", help_text="Collected at or after.")
    collected_before = MomentFilter("collected_at", "lt", help_text="Collected before; a date takes the whole day in.")

    class Meta:
        model = Collection
        fields: list[str] = []


class PersonSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()


class CollectionSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    order = serializers.CharField(help_text="The order's code.")
    driver = PersonSerializer()
    customer = PersonSerializer()
    stage = serializers.ChoiceField(choices=CashStage.choices)
    status = serializers.ChoiceField(choices=CollectionStatus.choices)
    amount = serializers.DecimalField(max_digits=10, decimal_places=2, help_text="Taken: goods and fee together.")
    goods = serializers.DecimalField(max_digits=10, decimal_places=2)
    fee = serializers.DecimalField(max_digits=10, decimal_places=2)
    due = serializers.DecimalField(max_digits=10, decimal_places=2, help_text="What the order asked for.")
    differs = serializers.BooleanField(help_text="Another amount than what was due was taken.")
    difference_reason = serializers.CharField(allow_blank=True)
    reference = serializers.CharField(allow_blank=True)
    notes = serializers.CharField(allow_blank=True)
    collected_by = serializers.CharField()
    collected_at = serializers.DateTimeField()
    remitted_at = serializers.DateTimeField(allow_null=True)
    settled_at = serializers.DateTimeField(allow_null=True)
    voided_at = serializers.DateTimeField(allow_null=True)


class CollectionList(ApiView):
    @extend_schema(
        operation_id="collections_list",
        summary="List collected cash",
        description="Drivers see their own collections, dispatchers those of the orders they see.",
        tags=TAGS,
        parameters=[*filter_parameters(CollectionFilter), *page_parameters(SORTS, default="-collected_at")],
        responses=page_of(CollectionSerializer, "CollectionPage"),
    )
    def get(self, request: Request) -> Response:
        rows = visible_collections(self.actor).select_related("order", "driver", "customer")
        return self.page(rows, CollectionFilter, SORTS, collection_item, default="-collected_at")
