"""The filters of order lists: one vocabulary for the console's address, the API, counts and export."""

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from dispatch_console.core import clock
from dispatch_console.core.filtering import (
    MAX_TEXT,
    ConditionFilter,
    DayField,
    IdsFilter,
    MomentFilter,
    NumberFilter,
    StrictFilterSet,
    TextFilter,
    WordsField,
    WordsFilter,
    YesNoFilter,
    day_bounds,
)
from drivers.models import Driver, Vehicle
from orders.actions.rules import READY
from orders.attention import ATTENTION_WORDS, attention_condition
from orders.models import DeliveryService, Order
from orders.searching import search_condition
from orders.states import (
    DONE,
    MOVING,
    OPEN,
    OWN_FLEET,
    AssignmentStatus,
    CarrierType,
    Direction,
    Flow,
    Leg,
    OrderType,
    Payer,
    PaymentMethod,
    PaymentStatus,
    Priority,
    ReturnStatus,
    Status,
)

# An order of the own fleet that a driver should have and none has: waiting at pickup, or dropped on the way.
UNASSIGNED = READY & Q(status__in=(Status.PENDING, *MOVING), driver__isnull=True, carrier_type__in=OWN_FLEET)
# The parent of two legs that is still to be carried on from its warehouse.
STAGED_PARENT = Q(status=Status.STAGED, staging_warehouse__isnull=False)
# A staged order is work as its two legs, and one order as it was booked.
PARTS = {
    "work": Q(staging_warehouse__isnull=True),
    "booked": Q(leg=""),
    "all": Q(),
}
# Whoever asks for an order by name, or for a request that only whole orders have, finds parents and legs.
NAMING = ("search", "code", "codes", "barcode", "external_reference", "return_status")
STATUS_GROUPS = {
    "open": Q(status__in=OPEN),
    "done": Q(status__in=DONE),
    "moving": Q(status__in=MOVING),
    "unassigned": UNASSIGNED,
}

DAY = Coalesce("due_at", "created_at")
MOST_CODES = 500


def status_condition(words: list[str], *, with_parents: bool = True) -> Q:
    """Statuses and groups of statuses, any of which may hold."""
    groups = STATUS_GROUPS
    if with_parents:  # else the partial index of open orders answers
        groups = {**groups, "open": groups["open"] | STAGED_PARENT, "done": groups["done"] & ~STAGED_PARENT}
    found = Q(status__in=plain) if (plain := [word for word in words if word not in groups]) else Q()
    for word in words:
        found |= groups.get(word, Q())
    return found


class StatusFilter(ConditionFilter):
    field_class = WordsField

    def condition(self, value: list[str]) -> Q:
        # Lists without parts, such as a driver's own orders, have no parents either.
        return status_condition(value, with_parents=getattr(self.parent, "shown_parts", "work") != "work")


class AttentionFilter(ConditionFilter):
    field_class = WordsField

    def condition(self, value: list[str]) -> Q:
        found, now = Q(), clock.now()
        for word in value:
            found |= attention_condition(word, now=now, late_risk_minutes=self.parent.tenant.late_risk_minutes)
        return found


class SearchFilter(ConditionFilter):
    field_class = forms.CharField

    def condition(self, value: str) -> Q:
        return search_condition(value)


class CodesField(forms.CharField):
    def clean(self, value: Any) -> list[str]:
        codes = [code.strip() for code in super().clean(value).split(",") if code.strip()]
        if len(codes) > MOST_CODES:
            raise forms.ValidationError(f"Give {MOST_CODES} codes at most; these are {len(codes)}.")
        return codes


class CodesFilter(ConditionFilter):
    """Exactly these orders, for a selection."""

    field_class = CodesField

    def condition(self, value: list[str]) -> Q:
        return Q(code__in=value)


class IndexedTextFilter(TextFilter):
    """Text in a column that is part of `search_text`, whose index narrows the search first."""

    def condition(self, value: str) -> Q:
        return super().condition(value) & Q(search_text__contains=value.lower())


class NameFilter(ConditionFilter):
    """Text in the name of a related record; the few records that match are looked up first."""

    field_class = forms.CharField

    def __init__(self, column: str, model: type[Any], **kwargs: Any) -> None:
        super().__init__(column, max_length=MAX_TEXT, **kwargs)
        self.related = model

    def condition(self, value: str) -> Q:
        named = self.related.objects.filter(tenant_id=self.parent.actor.tenant_id, name__icontains=value)
        return Q(**{f"{self.field_name}__in": named.values("pk")})


class ZoneNameFilter(ConditionFilter):
    field_class = forms.CharField

    def condition(self, value: str) -> Q:
        either = Q()
        for end in ("pickup", "dropoff"):
            either |= Q(**{f"{end}_zone__name__icontains": value}) | Q(**{f"{end}_zone__code__iexact": value})
        return either


class PartsFilter(ConditionFilter):
    """Only says which; `OrderFilter.filtered` also decides where it was not given."""

    field_class = forms.ChoiceField

    def condition(self, value: str) -> Q:
        return Q()


class DayFilter(ConditionFilter):
    field_class = DayField

    def condition(self, value: str | date) -> Q:
        start, end = day_bounds(value, self.parent.tenant.zone_info)
        return Q(day__gte=start, day__lt=end)

    def filter(self, qs: Any, value: Any) -> Any:
        return super().filter(qs.alias(day=DAY) if value else qs, value)


class LocatedFilter(YesNoFilter):
    def condition(self, value: bool) -> Q:
        on_the_map = Q(pickup_latitude__isnull=False) | Q(dropoff_latitude__isnull=False)
        return on_the_map if value else ~on_the_map


# Filters that may leave few orders of many: worth gathering what is left before sorting it.
_NARROWING = """
    search code codes barcode external_reference customer_name customer_phone pickup dropoff zone_name driver_name
    vehicle_name service_name notes bulk_group customer driver zone warehouse day located
"""
NARROWING = frozenset(_NARROWING.split())


class OrderFilter(StrictFilterSet):
    """Everything an order list can be narrowed by. Different parameters must all hold; values of one are alternatives.

    Ids and words are separated by commas. Text parameters mean "contains", whatever the case.
    """

    parts = PartsFilter(
        choices=[(word, word) for word in PARTS],
        help_text="How staged orders are shown: work (their legs, without the parents), booked (the parents, without "
        "their legs) or all. Without it: all where an order is asked for by name (search, code, codes, barcode, "
        "external_reference) or a return_status, else work.",
    )
    leg = WordsFilter("leg", words=Leg.values, help_text="Legs of staged orders: inbound or outbound.")
    locked = YesNoFilter("awaits_staging", help_text="Outbound legs whose package is not at the warehouse yet.")
    flow = WordsFilter("flow", words=Flow.values, help_text="Orders with a replacement (forward), or returns.")
    return_status = WordsFilter(
        "return_status", words=ReturnStatus.values, help_text="How the request for a return stands."
    )
    type = WordsFilter("type", words=OrderType.values, help_text="Order types.")
    status = StatusFilter(
        words=[*Status.values, *STATUS_GROUPS],
        help_text="Statuses, or the groups open, done, moving (picked up or in transit) and unassigned "
        "(own fleet, should have a driver and has none).",
    )
    attention = AttentionFilter(
        words=ATTENTION_WORDS,
        help_text="What needs a look: late (due time passed), at_risk (due within the tenant's risk minutes, or "
        "the driver is expected after that), held, attempt_failed (the last try at a door failed and nobody has "
        "decided), exception (one is open), "
        "holder_dropped (picked up, driver taken off), package_with_driver (cancelled after pickup), or any.",
    )
    assignment = WordsFilter("assignment_status", words=AssignmentStatus.values, help_text="Assignment statuses.")
    carrier = WordsFilter("carrier_type", words=CarrierType.values, help_text="Carrier types.")
    direction = WordsFilter("direction", words=Direction.values, help_text="Inbound or outbound.")
    driver = IdsFilter("driver_id", allow_none=True, help_text="Driver ids, or none.")
    customer = IdsFilter("customer_id", help_text="Customer ids.")
    service = IdsFilter("service_id", help_text="Delivery service ids.")
    team = IdsFilter("team_id", allow_none=True, help_text="Team ids, or none.")
    zone = IdsFilter(
        "pickup_zone_id", "dropoff_zone_id", allow_none=True, help_text="Zone ids; either end may lie in the zone."
    )
    warehouse = IdsFilter(
        "pickup_warehouse_id", "dropoff_warehouse_id", help_text="Warehouse ids; either end may be the warehouse."
    )
    payment_method = WordsFilter("payment_method", words=PaymentMethod.values, help_text="Payment methods.")
    payer = WordsFilter("payer", words=Payer.values, help_text="Who pays.")
    payment_status = WordsFilter("payment_status", words=PaymentStatus.values, help_text="Payment statuses.")
    priority = WordsFilter(
        "priority", words=[str(value) for value in Priority.values], help_text="Priorities: 1 urgent to 4 low."
    )
    on_hold = YesNoFilter("on_hold", help_text="Held orders only, or none of them.")
    proof_missing = YesNoFilter("proof_missing", help_text="Delivered without the proof the policy asks for.")
    located = LocatedFilter(help_text="Whether at least one end has coordinates, so that the map can show it.")

    day = DayFilter(help_text="Due (else created) on this day of the tenant: today, yesterday, tomorrow or a date.")
    created_after = MomentFilter("created_at", "gte", help_text="Created at or after.")
    created_before = MomentFilter("created_at", "lt", help_text="Created before; a date takes the whole day in.")
    updated_after = MomentFilter("updated_at", "gte", help_text="Changed at or after.")
    updated_before = MomentFilter("updated_at", "lt", help_text="Changed before.")
    due_after = MomentFilter("due_at", "gte", help_text="Due at or after.")
    due_before = MomentFilter("due_at", "lt", help_text="Due before; a date takes the whole day in.")
    closed_after = MomentFilter("closed_at", "gte", help_text="Closed at or after.")
    closed_before = MomentFilter("closed_at", "lt", help_text="Closed before; a date takes the whole day in.")
    cod_min = NumberFilter("cod_amount", "gte", help_text="Cash on delivery of at least.")
    cod_max = NumberFilter("cod_amount", "lte", help_text="Cash on delivery of at most.")
    fee_min = NumberFilter("delivery_fee", "gte", help_text="Delivery fee of at least.")
    fee_max = NumberFilter("delivery_fee", "lte", help_text="Delivery fee of at most.")

    search = SearchFilter(
        max_length=MAX_TEXT,
        help_text="Every word occurs in the code, barcode, reference, customer, phone, receiver or an address. "
        "Separators in codes and phone numbers do not matter.",
    )
    codes = CodesFilter(max_length=MOST_CODES * 25, help_text=f"Exactly these codes, {MOST_CODES} at most.")
    code = IndexedTextFilter("code", help_text="Text in the code.")
    barcode = IndexedTextFilter("barcode", help_text="Text in the barcode.")
    external_reference = IndexedTextFilter("external_reference", help_text="Text in the external reference.")
    customer_name = IndexedTextFilter("customer_name", help_text="Text in the customer's name.")
    customer_phone = IndexedTextFilter("customer_phone", help_text="Text in the customer's phone number.")
    pickup = TextFilter("pickup_address", "pickup_warehouse__name", help_text="Text in the pickup place.")
    dropoff = TextFilter("dropoff_address", "dropoff_warehouse__name", help_text="Text in the dropoff place.")
    zone_name = ZoneNameFilter(max_length=MAX_TEXT, help_text="Text in a zone's name, or its code; either end.")
    driver_name = NameFilter("driver_id", Driver, help_text="Text in the driver's name.")
    vehicle_name = NameFilter("vehicle_id", Vehicle, help_text="Text in the vehicle's name.")
    service_name = NameFilter("service_id", DeliveryService, help_text="Text in the delivery service's name.")
    notes = TextFilter("notes", "instructions", help_text="Text in the notes or instructions.")
    bulk_group = django_filters.CharFilter("bulk_group", max_length=60, help_text="Exactly this bulk group.")

    class Meta:
        model = Order
        fields: list[str] = []

    @property
    def shown_parts(self) -> str:
        chosen = str(self.data.get("parts") or "")
        return chosen if chosen in PARTS else "all" if any(self.data.get(name) for name in NAMING) else "work"

    def filtered(self) -> QuerySet:
        return super().filtered().filter(PARTS[self.shown_parts])
