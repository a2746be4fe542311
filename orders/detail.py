"""Everything about one order and its history, as plain JSON values."""

from typing import Any

from django.db.models import QuerySet

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.models import Assignment, Order, PackageItem
from orders.offers import offers, undo_offer
from orders.rows import rows_for

STREAM = "order"


def order_detail(order: Order, actor: Actor) -> dict[str, Any]:
    """The row with what a list leaves out: full notes, items, assignments, and what can be done now."""
    policy = order.service.policy
    return {
        **rows_for([order.pk])[order.pk],
        "notes": order.notes,
        "instructions": order.instructions,
        "pickup_notes": order.pickup_notes,
        "dropoff_notes": order.dropoff_notes,
        "policy": policy
        and {
            "name": policy.name,
            "delivery_photo": policy.delivery_photo,
            "delivery_signature": policy.delivery_signature,
        },
        "items": [_item(item) for item in order.items.all()],
        "assignments": assignments(order),
        "actions": offers(order, actor),
        "undo": undo_offer(order),
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
            "created_at": clock.iso(row.created_at),
            "responded_at": clock.iso(row.responded_at),
            "ended_at": clock.iso(row.ended_at),
        }
        for row in rows
    ]


def order_events(order: Order) -> QuerySet[Event]:
    return Event.objects.filter(stream=STREAM, object_id=order.pk)


def event_item(event: Event) -> dict[str, Any]:
    """One event as the API tells it."""
    return {
        "id": event.pk,
        "number": event.number,
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
