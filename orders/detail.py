"""Everything about one order and its history, as plain JSON values."""

from typing import Any

from django.db.models import QuerySet

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.exceptions import exception_item
from orders.models import Assignment, Attempt, Collection, Order, OrderException, PackageItem, Proof, ReturnRequest
from orders.offers import offers, undo_offer
from orders.proofs import proof_item, what_is_needed
from orders.rows import rows_for

STREAM = "order"
POLICY_WISHES = (
    "pickup_photo",
    "pickup_signature",
    "pickup_barcode",
    "delivery_photo",
    "delivery_signature",
    "delivery_barcode",
    "delivery_pin",
)


def order_detail(order: Order, actor: Actor) -> dict[str, Any]:
    """The row with what a list leaves out: full notes, items, assignments, and what can be done now."""
    policy = order.service.policy
    return {
        **rows_for([order.pk])[order.pk],
        "legs": legs(order, actor),
        "returns": [_relative(back) for back in order.return_orders.select_related("driver").order_by("pk")],
        "return_requests": return_requests(order),
        "notes": order.notes,
        "instructions": order.instructions,
        "pickup_notes": order.pickup_notes,
        "dropoff_notes": order.dropoff_notes,
        "policy": policy and {"name": policy.name, **{name: getattr(policy, name) for name in POLICY_WISHES}},
        "items": [_item(item) for item in order.items.all()],
        "assignments": assignments(order),
        "actions": offers(order, actor),
        "undo": undo_offer(order),
        "arrived_pickup_at": clock.iso(order.arrived_pickup_at),
        "arrived_dropoff_at": clock.iso(order.arrived_dropoff_at),
        "received_by": order.received_by,
        "proofs": proofs(order, actor),
        "attempts": attempts(order),
        "collections": collections(order),
        "exceptions": exceptions(order),
        "needed": what_is_needed(order),
    }


def legs(order: Order, actor: Actor) -> list[dict[str, Any]]:
    """Both legs of a staged order, also for one of the legs itself; inbound first."""
    parent_id = order.pk if order.is_parent else order.parent_id
    if parent_id is None:
        return []
    found = Order.objects.visible_to(actor).filter(parent=parent_id).select_related("driver").order_by("leg")
    return [{**_relative(leg), "leg": leg.leg, "is_locked": leg.awaits_staging} for leg in found]


def return_requests(order: Order) -> list[dict[str, Any]]:
    """Newest first."""
    rows = ReturnRequest.objects.filter(order=order).select_related("return_order")
    return [
        {
            "status": row.status,
            "reason": row.reason,
            "note": row.note,
            "requested_by": row.requested_by,
            "requested_at": clock.iso(row.requested_at),
            "decided_by": row.decided_by,
            "decided_at": clock.iso(row.decided_at),
            "decision": row.decision,
            "return_order": row.return_order.code if row.return_order else None,
        }
        for row in rows
    ]


def _relative(order: Order) -> dict[str, Any]:
    return {
        "code": order.code,
        "status": order.status,
        "driver": {"id": order.driver.pk, "name": order.driver.name} if order.driver else None,
    }


def assignments(order: Order) -> list[dict[str, Any]]:
    """Who had the order, oldest first."""
    rows = Assignment.objects.filter(order=order).select_related("driver", "vehicle").order_by("id")
    return [
        {
            "driver": {"id": row.driver_id, "name": row.driver.name},
            "vehicle": row.vehicle.name if row.vehicle else None,
            "status": row.status,
            "assigned_by": row.assigned_by,
            "reason": row.reason,
            "warnings": row.warnings,
            "explanation": row.explanation,
            "is_automatic": row.is_automatic,
            "created_at": clock.iso(row.created_at),
            "responded_at": clock.iso(row.responded_at),
            "ended_at": clock.iso(row.ended_at),
        }
        for row in rows
    ]


def proofs(order: Order, actor: Actor) -> list[dict[str, Any]]:
    """What was shown for the order, oldest first; a driver gets the own."""
    rows = Proof.objects.filter(order=order)
    if actor.driver_id is not None:
        rows = rows.filter(driver_id=actor.driver_id)
    return [proof_item(proof) for proof in rows]


def attempts(order: Order) -> list[dict[str, Any]]:
    """The tries that failed, oldest first."""
    return [
        {
            "stage": row.stage,
            "driver": {"id": row.driver_id, "name": row.driver.name},
            "reason": row.reason,
            "note": row.note,
            "by": row.reported_by,
            "created_at": clock.iso(row.created_at),
            "withdrawn_at": clock.iso(row.withdrawn_at),
        }
        for row in Attempt.objects.filter(order=order).select_related("driver")
    ]


def collections(order: Order) -> list[dict[str, Any]]:
    """The cash taken for the order, oldest first."""
    return [
        {
            "stage": row.stage,
            "status": row.status,
            "amount": str(row.amount),
            "goods": str(row.goods),
            "fee": str(row.fee),
            "due": str(row.due),
            "differs": row.differs,
            "difference_reason": row.difference_reason,
            "collected_at": clock.iso(row.collected_at),
        }
        for row in Collection.objects.filter(order=order).order_by("id")
    ]


def exceptions(order: Order) -> list[dict[str, Any]]:
    """What went wrong with the order, oldest first."""
    rows = OrderException.objects.filter(order=order).select_related("driver")
    return [exception_item(row, code=order.code) for row in rows]


def order_events(order: Order) -> QuerySet[Event]:
    return Event.objects.filter(stream=STREAM, object_id=order.pk)


def event_item(event: Event) -> dict[str, Any]:
    """One event as the API tells it."""
    return {
        "id": event.pk,
        "number": event.number,
        "stream": event.stream,
        "kind": event.kind,
        "code": event.object_code,
        "version": event.version,
        "actor": event.actor_label,
        "actor_kind": event.actor_kind,
        "source": event.source,
        "source_id": event.source_id,
        "reason": event.reason,
        "note": event.note,
        "occurred_at": clock.iso(event.occurred_at),
        # The JSON column keeps its own order of names: a replayed answer must equal the first one.
        "changes": sorted(event.changes, key=lambda change: str(change["field"])),
        "names": event.data.get("names", {}),
        "undoes": event.data.get("undoes"),
    }


def _item(item: PackageItem) -> dict[str, Any]:
    sizes = {name: getattr(item, name) for name in ("weight", "length", "width", "height")}
    return {
        "name": item.name,
        "description": item.description,
        "quantity": item.quantity,
        **{name: None if value is None else str(value) for name, value in sizes.items()},
    }
