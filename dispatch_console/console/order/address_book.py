"""What the order form offers while a customer or an address is typed: those used before come before all others."""

from typing import Any

from django.db.models import Max, Q

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Customer, CustomerAddress
from orders.access import visible_orders
from orders.models.order import OrderQuerySet

MOST = 8
RECENT_ORDERS = 200


def customers(actor: Actor, text: str) -> list[dict[str, Any]]:
    """Customers in use whose name, phone or reference holds every word; without a text, those of the latest orders."""
    rows = Customer.objects.visible_to(actor).filter(is_active=True)
    if text:
        for word in text.split():
            rows = rows.filter(
                Q(name__icontains=word) | Q(phone__icontains=word) | Q(external_reference__icontains=word)
            )
        found = list(rows.order_by("name")[: MOST + 1])
    else:
        latest = _latest(visible_orders(actor), "customer_id", MOST)
        by_id = rows.in_bulk(latest)
        found = [by_id[pk] for pk in latest if pk in by_id]
    return [{"id": row.pk, "name": row.name, "phone": row.phone, "email": row.email} for row in found]


def saved_addresses(actor: Actor, customer_id: int, text: str) -> list[dict[str, Any]]:
    """Entries of the customer's address book."""
    rows = CustomerAddress.objects.visible_to(actor).filter(
        customer__in=Customer.objects.visible_to(actor).filter(pk=customer_id)
    )
    for word in text.split():
        rows = rows.filter(Q(text__icontains=word) | Q(label__icontains=word) | Q(contact_name__icontains=word))
    return [
        {
            "label": row.text,
            "detail": " · ".join(filter(None, (row.label, row.contact_name))),
            "lat": row.latitude,
            "lng": row.longitude,
            "contact": row.contact_name,
            "phone": row.contact_phone,
            "notes": row.notes,
        }
        for row in rows[:MOST]
    ]


def recent_addresses(actor: Actor, customer_id: int, end: str, text: str) -> list[dict[str, Any]]:
    """Where the customer's latest orders began or ended, the latest first, each address once."""
    rows = visible_orders(actor).filter(customer_id=customer_id).exclude(**{f"{end}_address": ""})
    names = ("address", "latitude", "longitude", "contact", "phone", "notes")
    latest = rows.order_by("-created_at", "-id").values_list(*(f"{end}_{name}" for name in names))[:RECENT_ORDERS]
    found: dict[str, dict[str, Any]] = {}
    wanted = text.casefold().split()
    for address, latitude, longitude, contact, phone, notes in latest:
        if address in found or not all(word in address.casefold() for word in wanted):
            continue
        found[address] = {
            "label": address,
            "detail": contact,
            "lat": latitude,
            "lng": longitude,
            "contact": contact,
            "phone": phone,
            "notes": notes,
        }
        if len(found) == MOST:
            break
    return list(found.values())


def _latest(orders: OrderQuerySet, column: str, limit: int) -> list[int]:
    """The distinct values of a column in the latest orders, the latest first."""
    recent = orders.order_by("-created_at", "-id").values("pk")[:RECENT_ORDERS]
    rows = orders.filter(pk__in=recent).order_by().values(column).annotate(latest=Max("pk")).order_by("-latest")
    return [row[column] for row in rows[:limit]]
