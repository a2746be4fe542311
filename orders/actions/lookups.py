"""What the rules of the order form ask of the database: one query each, or all answers gathered for many orders."""

from collections.abc import Mapping, Sequence
from typing import Any

from dispatch_console.core import places
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Customer, Warehouse
from orders.models import DeliveryService, Order

Reference = Customer | DeliveryService | Warehouse


class Lookups:
    """Asks when asked: for one order."""

    def record(self, model: type[Reference], pk: int, actor: Actor) -> Reference | None:
        """The customer, service or warehouse, where the actor may see it; used or not."""
        rows = model._default_manager.visible_to(actor).filter(pk=pk)
        if model is Customer and actor.customer_id is not None:
            rows = rows.filter(pk=actor.customer_id)
        found: Reference | None = rows.first()
        return found

    def holder_of_reference(self, order: Order) -> str | None:
        """The code of another order of the tenant with the same external reference."""
        return (
            Order.objects.filter(tenant_id=order.tenant_id, external_reference=order.external_reference)
            .exclude(pk=order.pk)
            .values_list("code", flat=True)
            .first()
        )

    def zone_id(self, order: Order, latitude: float, longitude: float, *, direction: places.Direction) -> int | None:
        return places.zone_for(order.tenant_id, latitude, longitude, direction=direction)


DIRECT = Lookups()


class Gathered(Lookups):
    """The answers for many orders, read at once; what the orders before it in the same batch take counts as taken."""

    def __init__(self, forms: Sequence[Mapping[str, Any]], barcodes: set[str], actor: Actor) -> None:
        self._tenant_id = actor.tenant_id
        self._records: dict[tuple[type[Reference], int], Reference] = {}
        self._gather(Customer, _ids(forms, "customer_id"), actor)
        self._gather(DeliveryService, _ids(forms, "service_id"), actor)
        self._gather(Warehouse, _ids(forms, "pickup_warehouse_id", "dropoff_warehouse_id"), actor)
        self._references = self._taken("external_reference", {form.get("external_reference") or "" for form in forms})
        self._barcodes = self._taken("barcode", barcodes)
        self._zones = places.zone_index(actor.tenant_id)
        self._zone_ids: dict[tuple[float, float, str], int | None] = {}

    def record(self, model: type[Reference], pk: int, actor: Actor) -> Reference | None:
        return self._records.get((model, pk))

    def holder_of_reference(self, order: Order) -> str | None:
        return self._references.get(order.external_reference)

    def zone_id(self, order: Order, latitude: float, longitude: float, *, direction: places.Direction) -> int | None:
        # Asked twice for each order: once to place it, once for what is worth a warning.
        point = (latitude, longitude, direction)
        if point not in self._zone_ids:
            hit = self._zones.best(latitude, longitude, direction=direction)
            self._zone_ids[point] = hit.id if hit else None
        return self._zone_ids[point]

    def has_barcode(self, barcode: str) -> bool:
        return barcode in self._barcodes

    def take(self, order: Order) -> None:
        self._barcodes[order.barcode] = order.code
        if order.external_reference:
            self._references[order.external_reference] = order.code

    def _gather(self, model: type[Reference], ids: set[int], actor: Actor) -> None:
        rows = model._default_manager.visible_to(actor).filter(pk__in=ids)
        if model is Customer and actor.customer_id is not None:
            rows = rows.filter(pk=actor.customer_id)
        if ids:
            self._records.update(((model, row.pk), row) for row in rows)

    def _taken(self, column: str, values: set[str]) -> dict[str, str]:
        rows = Order.objects.filter(tenant_id=self._tenant_id, **{f"{column}__in": values - {""}})
        return dict(rows.values_list(column, "code"))


def _ids(forms: Sequence[Mapping[str, Any]], *names: str) -> set[int]:
    found: set[Any] = {form.get(name) for form in forms for name in names}
    return found - {None}
