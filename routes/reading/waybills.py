"""Waybills as lists, details and pickers show them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, NotVisible
from dispatch_console.core.filtering import ConditionFilter, IdsFilter, TextFilter, WordsField, WordsFilter
from dispatch_console.core.keyset import Sort, moment
from dispatch_console.core.models import Event
from orders.actions.grouping import JoinGroup
from orders.models import Order
from orders.rows import OrderRow, rows_for
from orders.states import Status
from routes.commands.waybill_members import why_not_on
from routes.commands.waybill_rules import ACTS, may, why_not
from routes.models import Waybill, WaybillItem, WaybillStatus
from routes.models.waybill import CARRIERS, ENDS
from routes.reading.eligible import eligible_page
from routes.reading.hand_overs import hand_over_item, hand_overs_and_returns, return_item
from routes.reading.lists import GroupFilter, Listing, moments, read_list, visible

RELATED = ("origin_warehouse", "destination_warehouse", "driver", "vehicle")
MOMENTS = ("assigned", "sealed", "picked_up", "dispatched", "received", "closed", "cancelled")
MOST_EVENTS = 100
SORTS = {
    "created_at": moment("created_at"),
    "updated_at": moment("updated_at"),
    "label": Sort("number"),
    "status": Sort("status"),
    **{f"{name}_at": moment(f"{name}_at", nullable=True) for name in MOMENTS},
}


class WarehouseFilter(IdsFilter):
    """At either end, or at the one that the parameter `direction` names."""

    def condition(self, value: list[int | None]) -> Q:
        direction = self.parent.data.get("direction", "")
        self.columns = {
            "outbound": ("origin_warehouse",),
            "inbound": ("destination_warehouse",),
        }.get(direction, ("origin_warehouse", "destination_warehouse"))
        return super().condition(value)


class DirectionFilter(ConditionFilter):
    """Seen from a warehouse: `outbound` begins in one, `inbound` ends in one."""

    field_class = WordsField

    def condition(self, value: list[str]) -> Q:
        found = Q()
        for word in value:
            end = "origin" if word == "outbound" else "destination"
            found |= Q(**{f"{end}_warehouse__isnull": False})
        return found


class WaybillFilter(GroupFilter):
    status = WordsFilter("status", words=WaybillStatus.values, help_text="Statuses.")
    carrier_type = WordsFilter("carrier_type", words=[str(word) for word in CARRIERS], help_text="Carrier types.")
    carrier_reference = TextFilter("carrier_reference", help_text="Text in the carrier's reference.")
    driver = IdsFilter("driver", allow_none=True, help_text="Driver ids, or `none`.")
    warehouse = WarehouseFilter("warehouse", help_text="Warehouse ids, at either end or at the one of `direction`.")
    direction = DirectionFilter(
        words=["outbound", "inbound"],
        help_text="`outbound`: a warehouse (that of `warehouse`, if given) is the origin; `inbound`: the destination.",
    )
    locals().update(moments(*MOMENTS))


def read_waybills(actor: Actor, params: Mapping[str, str]) -> Listing[Waybill]:
    return read_list(
        visible(Waybill, actor),
        params,
        actor=actor,
        filters=WaybillFilter,
        sorts=SORTS,
        statuses=WaybillStatus.values,
        related=RELATED,
    )


def get_waybill(actor: Actor, label: str, *, rows: QuerySet[Waybill] | None = None) -> Waybill:
    """One waybill; another company's, another team's and a missing one look the same."""
    found = visible(Waybill, actor) if rows is None else rows
    waybill = found.select_related(*RELATED).filter(label=label).first()
    if waybill is None:
        raise NotVisible(f"There is no waybill {label[:24]}.")
    return waybill


def own_waybills(actor: Actor) -> QuerySet[Waybill]:
    """The waybills a driver has: given for good, so none that is still a draft."""
    if actor.driver_id is None:
        raise Forbidden("Only a driver has waybills of their own: use the key of a driver's account.")
    return Waybill.objects.visible_to(actor).filter(driver=actor.driver_id).exclude(status=WaybillStatus.DRAFTED)


def loads(waybills: Iterable[Waybill]) -> dict[int, dict[str, int]]:
    """Orders, orders still carried, returned ones and units of each waybill. One query."""
    rows = Waybill.objects.filter(pk__in=[waybill.pk for waybill in waybills]).order_by()
    found = rows.annotate(
        orders=Count("items"),
        carried=Count("items", filter=Q(items__outcome="")),
        returned=Count("items", filter=Q(items__outcome="returned")),
        units=Sum("items__order__unit_size", default=0),
    )
    names = ("orders", "carried", "returned", "units")
    return {row["pk"]: {name: row[name] for name in names} for row in found.values("pk", *names)}


def waybill_rows(waybills: list[Waybill]) -> list[dict[str, Any]]:
    """The rows of a list, in its order."""
    counted = loads(waybills)
    return [waybill_row(waybill, counted[waybill.pk]) for waybill in waybills]


def waybill_row(waybill: Waybill, load: Mapping[str, int]) -> dict[str, Any]:
    """One waybill as JSON. Times are ISO 8601 in UTC; `orders` counts all it has, `carried` those still on it."""
    times = ("created_at", "updated_at", *(f"{name}_at" for name in MOMENTS))
    return {
        "label": waybill.label,
        "version": waybill.version,
        "status": waybill.status,
        "assignment_status": waybill.assignment_status,
        "carrier_type": waybill.carrier_type,
        "carrier_reference": waybill.carrier_reference,
        **{end: end_part(waybill, end) for end in ENDS},
        "driver": None if waybill.driver is None else {"id": waybill.driver_id, "name": waybill.driver.name},
        "vehicle": None if waybill.vehicle is None else waybill.vehicle.name,
        "notes": waybill.notes,
        **load,
        "created_by": waybill.created_by,
        **{name: iso(getattr(waybill, name)) for name in times},
        "handed_over_by": waybill.handed_over_by,
        "received_by": waybill.received_by,
        "proof_note": waybill.proof_note,
        "closing_reason": waybill.closing_reason,
    }


def end_part(waybill: Waybill, end: str) -> dict[str, Any]:
    warehouse_id = getattr(waybill, f"{end}_warehouse_id")
    latitude, longitude = waybill.point(end)
    return {
        "kind": "address" if warehouse_id is None else "warehouse",
        "label": waybill.place(end),
        "warehouse_id": warehouse_id,
        "lat": latitude,
        "lng": longitude,
    }


def iso(value: Any) -> str | None:
    return None if value is None else clock.iso(value)


def items_of(waybills: Iterable[Waybill], actor: Actor) -> dict[int, list[dict[str, Any]]]:
    """The orders on each waybill that the actor may see, as added, with what became of each. Three queries."""
    found: dict[int, list[dict[str, Any]]] = {waybill.pk: [] for waybill in waybills}
    columns = ("waybill_id", "order_id", "outcome", "reason", "settled_at", "added_at")
    items = list(WaybillItem.objects.filter(waybill__in=found).order_by("pk").values(*columns))
    rows = rows_for({item["order_id"] for item in items})
    for item in items:
        row = rows[item["order_id"]]
        if actor.team_ids is None or row["team_id"] is None or row["team_id"] in actor.team_ids:
            times = {name: iso(item[name]) for name in ("added_at", "settled_at")}
            found[item["waybill_id"]].append(
                {"order": row, "outcome": item["outcome"], "reason": item["reason"], **times}
            )
    return found


def item_rows(waybill: Waybill, actor: Actor) -> list[dict[str, Any]]:
    return items_of([waybill], actor)[waybill.pk]


def offers(waybill: Waybill, actor: Actor, *, carried: int) -> list[dict[str, Any]]:
    """Every act with whether it is possible now, and why not."""
    found = []
    for act in ACTS.values():
        why = why_not(act, waybill, carried=carried)
        code, sentence = (why.code, why.sentence) if why else ("", "")
        if not why and not may(act, actor):
            code, sentence = "forbidden", f"Your role does not allow “{act.label.lower()}”."
        found.append(
            {
                "name": act.name,
                "label": act.label,
                "key": act.key,
                "is_dangerous": act.is_dangerous,
                "is_allowed": not sentence,
                "code": code,
                "why_not": sentence,
                "asks": list(act.asks),
                "reason_kind": act.reason_kind,
            }
        )
    return found


def eligible(waybill: Waybill, actor: Actor, params: Mapping[str, str]) -> dict[str, Any]:
    """Orders that may go on the draft, newest first. `here=1`: only those whose pickup is its origin."""

    def narrowed(rows: QuerySet[Order]) -> QuerySet[Order]:
        rows = rows.filter(JoinGroup.guard.q(), carrier_type=waybill.carrier_type, status=Status.PENDING)
        if params.get("here") != "1":
            return rows
        if waybill.origin_warehouse_id is not None:
            return rows.filter(pickup_warehouse=waybill.origin_warehouse_id)
        return rows.filter(pickup_address__iexact=waybill.origin_address.strip())

    return eligible_page(
        actor,
        params,
        narrowed=narrowed,
        why_not=lambda order: why_not_on(order, waybill),
        warning=lambda row: _elsewhere(row, waybill),
    )


def _elsewhere(row: OrderRow, waybill: Waybill) -> str:
    here = row["pickup"]["label"] == waybill.place("origin")
    return "" if here else f"Its pickup is {row['pickup']['label']}, not the origin."


def waybill_detail(waybill: Waybill, actor: Actor) -> dict[str, Any]:
    """The row with its orders, what can be done with it, its hand-overs and returns, and its history, newest first."""
    given, returned = hand_overs_and_returns(waybill, actor)
    load = loads([waybill])[waybill.pk]
    events = Event.objects.filter(tenant_id=waybill.tenant_id, stream=waybill.KIND, object_id=waybill.pk)
    return {
        **waybill_row(waybill, load),
        "items": item_rows(waybill, actor),
        "actions": offers(waybill, actor, carried=load["carried"]),
        "hand_overs": [hand_over_item(each) for each in given],
        "returns": [return_item(each) for each in returned],
        "timeline": [event_part(event) for event in events.order_by("-version")[:MOST_EVENTS]],
    }


def event_part(event: Event) -> dict[str, Any]:
    before, after = event.data.get("before", {}), event.data.get("after", {})
    return {
        "version": event.version,
        "kind": event.kind,
        "actor": event.actor_label,
        "source": event.source,
        "reason": event.reason,
        "note": str(event.data.get("input", {}).get("note", "")),
        "codes": after.get("codes") or before.get("codes") or [],
        "occurred_at": iso(event.occurred_at),
    }
