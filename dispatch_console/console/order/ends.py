"""The two ends of an order as the drawer shows them."""

from dataclasses import dataclass
from typing import Any

from dispatch_console.console.order.reading import Reading


@dataclass(frozen=True, slots=True)
class End:
    """One end of the order."""

    name: str
    place: str
    warehouse: dict[str, Any] | None
    zone: dict[str, Any] | None
    latitude: float | None
    longitude: float | None
    contact: str
    phone: str
    notes: str

    @property
    def is_on_map(self) -> bool:
        return self.latitude is not None and self.longitude is not None

    @property
    def short(self) -> str:
        """The street and number, or the warehouse: what a title has room for."""
        return self.place.split(",")[0]

    @property
    def point(self) -> dict[str, Any]:
        shape = "warehouse" if self.warehouse is not None else self.name
        return {"role": self.name, "shape": shape, "label": self.place, "lat": self.latitude, "lng": self.longitude}


def end_of(reading: Reading, name: str) -> End:
    order = reading.order
    warehouse = reading.warehouses[name]
    return End(
        name=name,
        place=getattr(order, f"{name}_address") if warehouse is None else warehouse["name"],
        warehouse=warehouse,
        zone=reading.zones[name],
        latitude=getattr(order, f"{name}_latitude"),
        longitude=getattr(order, f"{name}_longitude"),
        contact=getattr(order, f"{name}_contact"),
        phone=getattr(order, f"{name}_phone"),
        notes=getattr(order, f"{name}_notes"),
    )
