"""Waybills as their pages show them: rows, facts, timeline, orders, and their events as sentences."""

from typing import Any

from django.urls import reverse

from dispatch_console.console.groups.kinds import Detail, Fact, Moment, OrderLine, Telling
from dispatch_console.console.groups.waybill_custody import custody
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.states import CarrierType
from routes.commands.waybill_proofs import STAGES
from routes.commands.waybill_rules import ACTS, ways_out
from routes.models import Waybill, WaybillOutcome, WaybillStatus
from routes.models.waybill import ENDS, MOMENTS, ON_THE_WAY, OVER
from routes.reading import waybills as reading

ASSIGNMENT_WORDS = {
    "carrier": "By the carrier",
    "unassigned": "No driver",
    "intended": "Intended",
    "assigned": "Assigned",
}
OUTCOME_TONES = {
    WaybillOutcome.RECEIVED: "good",
    WaybillOutcome.STAGED: "good",
    WaybillOutcome.DELIVERED: "good",
    WaybillOutcome.RETURNED: "quiet",
    WaybillOutcome.RELEASED: "quiet",
}


def rows(waybills: list[Waybill]) -> list[dict[str, Any]]:
    found = []
    for waybill, row in zip(waybills, reading.waybill_rows(waybills), strict=True):
        carrier = CarrierType(waybill.carrier_type).label
        reference = f" · {waybill.carrier_reference}" if waybill.carrier_reference else ""
        times = {name: getattr(waybill, name) for name in row if name.endswith("_at")}
        assignment = ASSIGNMENT_WORDS[waybill.assignment_status]
        found.append({**row, **times, "carrier": f"{carrier}{reference}", "assignment": assignment})
    return found


def detail(waybill: Waybill, actor: Actor) -> Detail:
    """Six queries."""
    load = reading.loads([waybill])[waybill.pk]
    lines = [_line(item, waybill) for item in reading.item_rows(waybill, actor)]
    return Detail(
        group=waybill,
        subtitle=f"{waybill.place('origin')} → {waybill.place('destination')}",
        facts=_facts(waybill, load),
        moments=_moments(waybill),
        lines=lines,
        offers=reading.offers(waybill, actor, carried=load["carried"]),
        chips=[(CarrierType(waybill.carrier_type).label, "quiet")],
        points=[_point(waybill, end) for end in ENDS if waybill.point(end)[0] is not None],
        notices=_notices(waybill, load),
        template="console/waybills/body.html",
        more={"offers_here": f"Only at {waybill.place('origin')}", **custody(waybill, actor, lines)},
    )


def dialog(name: str, waybill: Waybill, actor: Actor) -> dict[str, Any]:
    act = ACTS[name]
    context: dict[str, Any] = {"explains": act.explains}
    if name == "switch" and waybill.status not in ON_THE_WAY:
        context["reason_needs"] = []
    if name == "cancel" and waybill.status in ON_THE_WAY:
        context["explains"] = "The packages stay with whoever has them: each order goes on by itself, as it is."
    elif name == "cancel":
        context["explains"] = "Its orders are free again, pending and without a driver."
    if "codes" in act.asks:
        items = reading.item_rows(waybill, actor)
        context["lines"] = [_line(item, waybill) for item in items if not item["outcome"]]
    if name in STAGES:
        context |= {"upload_url": reverse("waybill-proofs", args=[waybill.label]), "stage": STAGES[name].value}
    return context


def form_values(waybill: Waybill | None) -> dict[str, Any]:
    """The draft's fields as the form shows them; a new one begins with the own fleet."""
    if waybill is None:
        return {"carrier_type": CarrierType.INTERNAL.value, "origin_kind": "warehouse", "destination_kind": "warehouse"}
    names = ["carrier_type", "carrier_reference", "notes", "driver_id"]
    values = {name: getattr(waybill, name) for name in names}
    values["driver_name"] = waybill.driver.name if waybill.driver else ""
    for end in ENDS:
        part = reading.end_part(waybill, end)
        values[f"{end}_kind"] = part["kind"]
        for name in ("warehouse_id", "address", "latitude", "longitude"):
            values[f"{end}_{name}"] = getattr(waybill, f"{end}_{name}")
    return values


def _facts(waybill: Waybill, load: dict[str, int]) -> list[Fact]:
    carrier = CarrierType(waybill.carrier_type).label
    facts = [
        Fact("Origin", waybill.place("origin"), note=_kind(waybill, "origin")),
        Fact("Destination", waybill.place("destination"), note=_kind(waybill, "destination")),
        Fact("Carrier", carrier, note=waybill.carrier_reference),
    ]
    if waybill.is_internal:
        intended = " (intended)" if waybill.assignment_status == "intended" else ""
        facts.append(Fact("Driver", f"{waybill.driver.name}{intended}" if waybill.driver else "No driver"))
        facts.append(Fact("Vehicle", waybill.vehicle.name if waybill.vehicle else "–"))
    facts.append(Fact("Load", _load_words(load)))
    if waybill.received_by or waybill.proof_note:
        facts.append(Fact("Received by", waybill.received_by or "–", note=waybill.proof_note))
    if waybill.closing_reason:
        facts.append(Fact("Reason", waybill.closing_reason))
    if waybill.notes:
        facts.append(Fact("Notes", waybill.notes))
    facts.append(Fact("Created by", waybill.created_by))
    return facts


def _load_words(load: dict[str, int]) -> str:
    words = f"{load['orders']} {'order' if load['orders'] == 1 else 'orders'}, "
    words += f"{load['units']} {'unit' if load['units'] == 1 else 'units'}"
    return f"{words}; {load['returned']} returned" if load["returned"] else words


def _moments(waybill: Waybill) -> list[Moment]:
    """Milestones in their order; those that this waybill will not reach are left out."""
    found = [Moment("Drafted", waybill.created_at, waybill.created_by)]
    if waybill.is_internal and waybill.assigned_at:
        found.append(Moment("Assigned", waybill.assigned_at, waybill.driver.name if waybill.driver else ""))
    for status, column in MOMENTS.items():
        at = getattr(waybill, column)
        skipped = status == WaybillStatus.PICKED_UP and not waybill.is_internal
        is_end = status == WaybillStatus.CANCELLED or (waybill.status in OVER and at is None)
        if at is not None or not (skipped or is_end):
            label = "Dispatched" if column == "dispatched_at" and not waybill.is_internal else None
            found.append(Moment(label or WaybillStatus(status).label, at))
    return sorted(found, key=lambda moment: (moment.at is None, moment.at or waybill.created_at))


def _line(item: dict[str, Any], waybill: Waybill) -> OrderLine:
    outcome = item["outcome"]
    if not outcome and waybill.status == WaybillStatus.RECEIVED:
        return OrderLine(item["order"], "", "bad", "Did not arrive")
    label = WaybillOutcome(outcome).label if outcome else ""
    tone = OUTCOME_TONES[WaybillOutcome(outcome)] if outcome else "quiet"
    return OrderLine(item["order"], label, tone, item["reason"])


def _notices(waybill: Waybill, load: dict[str, int]) -> list[tuple[str, str]]:
    if waybill.status == WaybillStatus.RECEIVED and load["carried"]:
        orders = "1 order" if load["carried"] == 1 else f"{load['carried']} orders"
        return [("bad", f"{orders} did not arrive. {ways_out(waybill)} each before closing.")]
    return []


def _kind(waybill: Waybill, end: str) -> str:
    warehouse = getattr(waybill, f"{end}_warehouse")
    return warehouse.address if warehouse is not None else ""


def _point(waybill: Waybill, end: str) -> dict[str, Any]:
    latitude, longitude = waybill.point(end)
    role = "pickup" if end == "origin" else "dropoff"
    shape = "warehouse" if getattr(waybill, f"{end}_warehouse_id") else role
    return {"role": role, "shape": shape, "label": waybill.place(end), "lat": latitude, "lng": longitude, "end": end}


# Events


def telling(event: Event) -> Telling:
    word = event.kind.removeprefix("waybill.")
    before, after = event.data.get("before", {}), event.data.get("after", {})
    codes = after.get("codes") or before.get("codes") or []
    orders = "1 order" if len(codes) == 1 else f"{len(codes)} orders"
    names = after.get("names", {})
    old, new = names.get(str(before.get("driver")), "the driver"), names.get(str(after.get("driver")), "the driver")
    given = f"Sealed with {orders}" + (", and given to its driver" if after.get("driver") else "")
    missing = after.get("missing") or []
    received = f"Received {orders}" + (f"; {len(missing)} did not arrive" if missing else "")
    tellings: dict[str, tuple[str, str, str]] = {
        "created": ("plus", "accent", "Drafted"),
        "edited": ("edit", "quiet", f"Edited {_fields(after)}"),
        "orders_added": ("plus", "accent", f"Added {orders}"),
        "orders_removed": ("minus", "warn", f"Took {orders} out"),
        "sealed": ("lock", "accent", given),
        "assigned": ("driver", "accent", f"Assigned to {new}"),
        "switched": ("swap", "accent", f"Switched from {old} to {new}"),
        "unassigned": ("driver", "warn", f"Taken off {old}"),
        "picked_up": ("package", "move", "Picked up"),
        "in_transit": ("arrow-right", "move", "In transit"),
        "received": ("warehouse", "good", received),
        "returned": ("return", "warn", f"Returned {orders}"),
        "let_go": ("link", "warn", f"Let go of {orders} that did not arrive"),
        "closed": ("check", "good", "Closed"),
        "cancelled": ("error", "bad", f"Cancelled; {orders} set free" if codes else "Cancelled"),
    }
    icon, tone, sentence = tellings[word]
    return Telling(icon, tone, sentence, codes)


def _fields(after: dict[str, Any]) -> str:
    names = sorted({name.split("_")[0] if name.split("_")[0] in ENDS else name.replace("_", " ") for name in after})
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "nothing"
