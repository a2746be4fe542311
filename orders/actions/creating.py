"""Creating an order in a transaction that the caller has opened: built by the rules of the form, stored, told once."""

from typing import Any

from django.db import IntegrityError

from dispatch_console.core import events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, Invalid
from dispatch_console.core.models import Event, Tenant
from orders.actions import NewOrder, staged
from orders.actions.assignments import locked_driver, open_assignment
from orders.actions.form_rules import duplicate_reference, place, replace_items
from orders.actions.lookups import DIRECT, Lookups
from orders.actions.writing import STREAM
from orders.models import Order
from orders.states import Status

# The order, its event, and sentences worth a warning.
Created = tuple[Order, Event, list[str]]


def built(new: NewOrder, *, number: int, tenant: Tenant, actor: Actor, lookups: Lookups = DIRECT) -> Order:
    """The unsaved order with its code and barcode, by all rules of the form."""
    for name in ("customer_id", "service_id"):
        if new.values.get(name) is None:
            what = {"customer_id": "customer", "service_id": "delivery service"}[name]
            raise Invalid.fields(**{name: f"Choose the {what}."})
    code, barcode = f"{tenant.order_prefix}{number}", new.barcode or f"{number:012d}"
    order = new.build(tenant_id=tenant.pk, code=code, barcode=barcode, actor=actor, lookups=lookups)
    order.tenant = tenant
    return order


def create(new: NewOrder, *, number: int, tenant: Tenant, actor: Actor, key: str) -> Created:
    """Store one order with its event; a staged one with both its legs."""
    order = built(new, number=number, tenant=tenant, actor=actor)
    if order.is_parent:
        return _create_staged(order, new, actor, key)
    order.save(force_insert=True)
    if items := new.values.get("items"):
        replace_items(order, items)
    warnings = place(order)
    _give_at_once(order, new, actor)
    return order, events.record(**telling(order, new, actor, key)), warnings


def _create_staged(order: Order, new: NewOrder, actor: Actor, key: str) -> Created:
    both = staged.make_legs(order)
    warnings = place(order)
    staged.save_family(order, both, new.values["items"])
    inbound, outbound = both
    _give_at_once(inbound, new, actor)
    for leg in (inbound, outbound):
        events.record(**telling(leg, new, actor, ""))
    if inbound.driver_id is not None:
        order.status = inbound.status
        order.save(update_fields=["status"])
    return order, events.record(**telling(order, new, actor, key)), warnings


def _give_at_once(order: Order, new: NewOrder, actor: Actor) -> None:
    """To the driver named when it is created, if any."""
    if new.driver_id is not None:
        if not actor.may("orders.assign"):
            raise Forbidden("Your role does not allow assigning drivers.", details={"permission": "orders.assign"})
        if new.is_draft:
            raise Invalid.fields(driver_id="A draft takes no driver. Confirm it first, or leave the driver empty.")
        driver = locked_driver(order, new.driver_id, actor)
        open_assignment(order, driver, actor, needs_acceptance=order.tenant.drivers_accept)
        order.status = Status.ASSIGNED
        order.save(update_fields=["driver", "vehicle", "assignment_status", "status"])


def content_of(new: NewOrder) -> dict[str, object]:
    """What was asked, as the event keeps it and repeats are compared by."""
    content = {"type": new.type, "values": new.values, "is_draft": new.is_draft, "driver_id": new.driver_id}
    if new.staging_warehouse_id is not None:
        content["staging_warehouse_id"] = new.staging_warehouse_id
    return content | ({"wants_replacement": True} if new.wants_replacement else {})


def telling(order: Order, new: NewOrder, actor: Actor, key: str) -> dict[str, Any]:
    """The event of a creation, for `events.record`."""
    content = content_of(new)
    return {
        "actor": actor,
        "stream": STREAM,
        "object_id": order.pk,
        "object_code": order.code,
        "version": order.version,
        "kind": "order.created",
        "team_id": order.team_id,
        "data": {"input": content, "before": {}, "after": {"status": order.status, "driver": order.driver_id}},
        "key": key,
        "fingerprint": events.fingerprint("create", content) if key else "",
    }


def may_create(actor: Actor) -> None:
    if not actor.may("orders.create"):
        raise Forbidden("Your role does not allow creating orders.", details={"permission": "orders.create"})


def understood(error: IntegrityError, values: dict[str, object]) -> Exception:
    """A unique index that two writers met at, as the refusal a person understands."""
    text = str(error)
    if "order_reference_once_per_tenant" in text:
        return duplicate_reference(str(values.get("external_reference", "")))
    if "order_barcode_once_per_tenant" in text:
        return barcode_taken(str(values.get("barcode")))
    return error


def barcode_taken(barcode: str) -> Invalid:
    return Invalid.fields(barcode=f"The barcode “{barcode}” is already used by another order.")
