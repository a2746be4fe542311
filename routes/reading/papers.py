"""What waybills and trips are printed as: a manifest to sign custody on, a run sheet for a driver to follow."""

from collections.abc import Iterable
from decimal import Decimal

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Tenant
from orders.models import Order
from orders.printing import content
from orders.printing.content import Company, End, Printed
from orders.printing.sheets import Column, Sheet
from orders.states import CarrierType
from routes.models import StopKind, WaybillItem
from routes.models.waybill import ENDS, WaybillOutcome
from routes.reading.trip_stops import STATES, read_stops
from routes.reading.trips import get_trip
from routes.reading.waybills import get_waybill

MANIFEST = (
    Column("No.", 5, "right"),
    Column("Order", 13),
    Column("Barcode", 16),
    Column("Receiver", 20),
    Column("To", 30),
    Column("Units", 7, "right"),
    Column("Weight", 9, "right"),
    Column("Collect", 13, "right"),
    Column("Checked", 9),
)
RUN = (
    Column("No.", 5, "right"),
    Column("Stop", 11),
    Column("Order", 12),
    Column("Who", 20),
    Column("Where", 32),
    Column("Notes", 24),
    Column("Units", 7, "right"),
    Column("Collect", 14, "right"),
    Column("Due", 9),
    Column("Done at", 10),
)


def manifest(actor: Actor, label: str) -> Sheet:
    """The waybill with every order it carries, in the sequence they were added in; two or three queries for them."""
    waybill = get_waybill(actor, label)
    company = _company(actor)
    visible = Order.objects.visible_to(actor)
    items = list(
        WaybillItem.objects.filter(waybill=waybill, order__in=visible).order_by("id").values_list("order_id", "outcome")
    )
    outcomes = dict(items)
    found = list(content.read(visible, [pk for pk, _ in items]))
    by_code = dict(visible.filter(pk__in=outcomes).values_list("code", "pk"))
    rows = []
    for number, order in enumerate(found, start=1):
        outcome = outcomes[by_code[order.code]]
        rows.append(
            (
                str(number),
                order.code,
                order.barcode,
                order.dropoff.name,
                _place(order.dropoff),
                f"{order.units:,}",
                content.weight_words(order.weight),
                company.money(order.collect) if order.collect else "",
                WaybillOutcome(outcome).label if outcome else "",
            )
        )
    facts = [
        ("FROM", _of_place(waybill, "origin")),
        ("TO", _of_place(waybill, "destination")),
        ("STATUS", waybill.get_status_display()),
        ("DRIVER", waybill.driver.name if waybill.driver else ""),
        ("VEHICLE", waybill.vehicle.name if waybill.vehicle else ""),
        ("CARRIER", _carrier(waybill.carrier_type, waybill.carrier_reference)),
        ("SEALED", company.moment(waybill.sealed_at)),
        ("RECEIVED BY", waybill.received_by),
        ("NOTES", waybill.notes),
    ]
    return Sheet(
        company=company.name,
        title="Waybill",
        code=waybill.label,
        subtitle=f"{waybill.place('origin')} to {waybill.place('destination')}",
        facts=facts,
        columns=MANIFEST,
        rows=rows,
        totals=_totals(found, company),
        signatures=("Handed over by, date and time", "Driver", "Received by, date and time"),
        printed_at=company.moment(clock.now()),
    )


def run_sheet(actor: Actor, label: str) -> Sheet:
    """The trip stop by stop, with what to know and to collect at each."""
    trip = get_trip(actor, label)
    company = _company(actor)
    stops = read_stops([trip], actor)[trip.pk]
    ids = list(dict.fromkeys(stop.row["id"] for stop in stops))
    orders = {order.code: order for order in content.read(Order.objects.visible_to(actor), ids)}
    rows = []
    for stop in stops:
        order = orders.get(stop.code)
        if order is None:
            continue
        is_pickup = stop.kind == StopKind.PICKUP
        end = order.pickup if is_pickup else order.dropoff
        notes = [end.notes, "" if is_pickup else order.instructions]
        rows.append(
            (
                str(stop.place),
                "Pick up" if is_pickup else "Drop off",
                order.code,
                ", ".join(filter(None, [end.name, end.phone])),
                _place(end),
                " · ".join(filter(None, notes)),
                f"{order.units:,}",
                company.money(order.collect) if order.collect and not is_pickup else "",
                company.clock(order.due_at) if not is_pickup else "",
                "" if stop.state == "waiting" else STATES[stop.state],
            )
        )
    return Sheet(
        company=company.name,
        title="Trip",
        code=trip.label,
        subtitle=trip.get_type_display(),
        facts=[
            ("DRIVER", trip.driver.name if trip.driver else "no driver yet"),
            ("VEHICLE", trip.vehicle.name if trip.vehicle else ""),
            ("STATUS", trip.get_status_display()),
            ("STARTED", company.moment(trip.started_at)),
            ("NOTES", trip.notes),
        ],
        columns=RUN,
        rows=rows,
        totals=f"{len(rows)} {'stop' if len(rows) == 1 else 'stops'}, {_totals(list(orders.values()), company)}",
        signatures=("Driver", "Cash handed over, date and time"),
        printed_at=company.moment(clock.now()),
    )


def _company(actor: Actor) -> Company:
    return Company.of(Tenant.objects.get(pk=actor.tenant_id))


def _place(end: End) -> str:
    return f"{end.place} ({end.zone})" if end.zone else end.place


def _of_place(waybill: object, end: str) -> str:
    assert end in ENDS
    warehouse = getattr(waybill, f"{end}_warehouse")
    return f"{warehouse.name}, {warehouse.address}" if warehouse is not None else getattr(waybill, f"{end}_address")


def _carrier(carrier: str, reference: str) -> str:
    word = CarrierType(carrier).label
    return f"{word}, {reference}" if reference else word


def _totals(orders: Iterable[Printed], company: Company) -> str:
    orders = list(orders)
    units = sum(order.units for order in orders)
    collect = sum((order.collect for order in orders), Decimal(0))
    weight = sum((order.weight for order in orders if order.weight), Decimal(0))
    words = [f"{len(orders):,} {'order' if len(orders) == 1 else 'orders'}", content.units_words(units)]
    if weight:
        words.append(content.weight_words(weight))
    if collect:
        words.append(f"{company.money(collect)} to collect")
    return ", ".join(words)
