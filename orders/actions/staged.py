"""A new order that passes through a warehouse: which warehouse, and the two legs it is carried in."""

from datetime import datetime, timedelta
from typing import Any

from dispatch_console.core import geo
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Warehouse
from orders import legs
from orders.actions import form_rules
from orders.actions.lookups import DIRECT, Lookups
from orders.models import Order, StagingRule
from orders.states import Direction, Leg, OrderType

# Warehouses that are equally far, to the metre, are a choice for a person.
SAME_PLACE_METRES = 1.0
LONGEST_BARCODE = 38  # the legs' have two characters more
NEEDS_ITEMS = "A staged order needs at least one package item: the warehouse receives what is registered. Add one."
COPIED = (
    *("tenant_id", "team_id", "type", "status", "carrier_type", "bulk_group", "created_at", "updated_at"),
    *("customer_id", "customer_name", "customer_phone", "service_id", "unit_size", "priority", "instructions", "notes"),
)
PLACE_PARTS = ("address", "warehouse_id", "latitude", "longitude", "zone_id", "contact", "phone", "notes")


def set_staging(order: Order, chosen_id: int | None, items: Any, actor: Actor, *, lookups: Lookups = DIRECT) -> None:
    """Set the warehouse the checked new order passes through, if it is to pass through one.

    Raises Invalid with the fields `staging_warehouse_id` and `items`, or Refused where the service leaves the choice
    to a rule that finds none.
    """
    needs_staging = order.service.requires_staging
    if chosen_id is None and not needs_staging:
        return
    if order.type != OrderType.PICKUP_DELIVERY:
        if chosen_id is None:
            raise Invalid.fields(
                service_id=f"{order.service.name} moves packages through a staging warehouse, which only "
                "pickup & delivery orders do. Choose that type, or another service."
            )
        raise Invalid.fields(
            staging_warehouse_id="Only pickup & delivery orders pass through a staging warehouse. Leave it empty."
        )
    faults: dict[str, str] = {}
    if chosen_id is not None:
        found = lookups.record(Warehouse, chosen_id, actor)
        if not isinstance(found, Warehouse) or not found.is_active:
            faults["staging_warehouse_id"] = "There is no such warehouse in use. Choose one from the list."
        else:
            order.staging_warehouse = found
    elif order.service.staging_rule == StagingRule.CHOSEN:
        faults["staging_warehouse_id"] = f"{order.service.name} needs a staging warehouse. Choose one."
    else:
        order.staging_warehouse = _by_rule(order, actor)
    if why := _why_not_between(order):
        faults["staging_warehouse_id"] = why
    if not items:
        faults["items"] = NEEDS_ITEMS
    if len(order.barcode) > LONGEST_BARCODE:
        faults["barcode"] = f"The barcode of a staged order has {LONGEST_BARCODE} characters at most."
    if faults:
        raise Invalid(
            next(iter(faults.values())),
            code="staging_incomplete",
            details={"fields": {name: [sentence] for name, sentence in faults.items()}},
        )


def check_edited(order: Order, changes: dict[str, Any]) -> None:
    """What must still hold when a staged order is edited as a whole."""
    if "items" in changes and not changes["items"]:
        raise Invalid.fields(items=NEEDS_ITEMS)
    if why := _why_not_between(order):
        end = next(end for end in form_rules.ENDS if f"{end}_warehouse_id" in changes)
        raise Invalid.fields(**{f"{end}_warehouse_id": why})


def _why_not_between(order: Order) -> str:
    for end in form_rules.ENDS:
        if order.staging_warehouse_id and order.staging_warehouse_id == getattr(order, f"{end}_warehouse_id"):
            return f"The {end} is the staging warehouse. Choose another for one of the two."
    return ""


def make_legs(parent: Order) -> tuple[Order, Order]:
    """The unsaved legs of a parent that is not saved either, each with its places, its money and its due time."""
    inbound, outbound = (_leg(parent, leg) for leg in Leg)
    return inbound, outbound


def _leg(parent: Order, leg: Leg) -> Order:
    order = Order(
        code=legs.leg_code(parent.code, leg),
        barcode=legs.leg_code(parent.barcode, leg),
        leg=leg,
        direction=Direction.INBOUND if leg == Leg.INBOUND else Direction.OUTBOUND,
        awaits_staging=leg == Leg.OUTBOUND,
        # The exchange of a replacement happens where the forward order ends.
        wants_replacement=parent.wants_replacement and leg == Leg.OUTBOUND,
        flow=parent.flow,
        **{name: getattr(parent, name) for name in COPIED},
        **legs.money_of(leg, vars(parent)),
    )
    order.tenant, order.service = parent.tenant, parent.service
    own, other = ("pickup", "dropoff") if leg == Leg.INBOUND else ("dropoff", "pickup")
    for part in PLACE_PARTS:
        setattr(order, f"{own}_{part}", getattr(parent, f"{own}_{part}"))
    setattr(order, f"{other}_warehouse", parent.staging_warehouse)
    if leg == Leg.INBOUND:
        order.scheduled_pickup_at = parent.scheduled_pickup_at
    else:
        order.scheduled_delivery_at = parent.scheduled_delivery_at
    form_rules.place(order)
    order.due_at = due_of(leg, parent)
    return order


def due_of(leg: str, parent: Order) -> datetime | None:
    """What was promised for the whole is promised for the outbound leg; the inbound leg gets the first half of it."""
    if parent.due_at is None or leg == Leg.OUTBOUND:
        return parent.due_at
    start = max(parent.scheduled_pickup_at or parent.created_at, parent.created_at)
    return start + max(parent.due_at - start, timedelta(0)) / 2


def save_family(parent: Order, both: tuple[Order, Order], items: list[dict[str, Any]]) -> None:
    """Store the legs before their parent, so that locking by id takes them first; each gets the items."""
    for order in (*both, parent):
        order.save(force_insert=True)
        form_rules.replace_items(order, items)
    Order.objects.filter(pk__in=[leg.pk for leg in both]).update(parent=parent)
    for leg in both:
        leg.parent = parent


def _by_rule(order: Order, actor: Actor) -> Warehouse:
    name = order.service.name
    known = Warehouse.objects.visible_to(actor).filter(is_active=True)
    if order.service.staging_rule == StagingRule.DEFAULT:
        found = known.filter(is_default_staging=True).first()
        if found is None:
            raise _unresolved(
                f"{name} goes through the default staging warehouse, and there is none in use. Choose a warehouse, or "
                "ask an admin to mark one as the default."
            )
        return found
    latitude, longitude = order.pickup_latitude, order.pickup_longitude
    if latitude is None or longitude is None:
        raise _unresolved(f"{name} goes through the warehouse nearest to the pickup, which has no coordinates.")
    ends = {order.pickup_warehouse_id, order.dropoff_warehouse_id}
    far = sorted(
        (geo.haversine_metres(latitude, longitude, each.latitude, each.longitude), each.pk, each)
        for each in known
        if each.pk not in ends
    )
    if not far:
        raise _unresolved(f"{name} goes through a warehouse, and there is none in use. Ask an admin to add one.")
    if len(far) > 1 and far[1][0] - far[0][0] < SAME_PLACE_METRES:
        raise _unresolved(
            f"{name} goes through the warehouse nearest to the pickup; {far[0][2].name} and {far[1][2].name} are "
            "equally near. Choose one.",
            code="staging_ambiguous",
        )
    return far[0][2]


def _unresolved(sentence: str, *, code: str = "staging_unresolved") -> Refused:
    return Refused(sentence, code=code, details={"fields": {"staging_warehouse_id": [sentence]}})
