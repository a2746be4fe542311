"""Which zones a point lies in: an index in memory per tenant, rebuilt when a zone has changed."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import shapely
from django.db import connection
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from dispatch_console.core import geo
from dispatch_console.core.models import Zone

logger = logging.getLogger(__name__)

KEPT_INDEXES = 200

Direction = Literal["inbound", "outbound"]


@dataclass(frozen=True, slots=True)
class ZoneHit:
    """A zone that holds a point."""

    id: int
    code: str
    name: str
    square_metres: float
    allows_inbound: bool
    allows_outbound: bool
    hub_warehouse_id: int | None

    def allows(self, direction: Direction) -> bool:
        return self.allows_inbound if direction == "inbound" else self.allows_outbound


class ZoneIndex:
    """The active zones of one tenant at one moment."""

    def __init__(self, zones: list[tuple[ZoneHit, BaseGeometry]]) -> None:
        zones = sorted(zones, key=lambda zone: (zone[0].square_metres, zone[0].code))
        self._hits = [hit for hit, _ in zones]
        geometries = [geometry for _, geometry in zones]
        shapely.prepare(geometries)
        self._tree = shapely.STRtree(geometries)

    def __len__(self) -> int:
        return len(self._hits)

    def at(self, latitude: float, longitude: float) -> list[ZoneHit]:
        """Every zone with this point inside or on its edge, the smallest first."""
        found = self._tree.query(shapely.Point(longitude, latitude), predicate="intersects")
        return [self._hits[position] for position in sorted(found.tolist())]

    def best(self, latitude: float, longitude: float, *, direction: Direction) -> ZoneHit | None:
        """The smallest zone at this point that is open in this direction."""
        return next((hit for hit in self.at(latitude, longitude) if hit.allows(direction)), None)


_indexes: dict[int, tuple[tuple[int, str], ZoneIndex]] = {}
_storing = threading.Lock()


def zone_index(tenant_id: int) -> ZoneIndex:
    """The tenant's current index; hold on to it while looking up many points of one import."""
    version = _version(tenant_id)
    kept = _indexes.get(tenant_id)
    if kept is not None and kept[0] == version:
        return kept[1]
    # Built from what is read after the version: at worst newer than it says, and then built again next time.
    index = ZoneIndex(list(_active_zones(tenant_id)))
    with _storing:
        _indexes.pop(tenant_id, None)
        _indexes[tenant_id] = (version, index)
        while len(_indexes) > KEPT_INDEXES:
            del _indexes[next(iter(_indexes))]
    return index


def zones_at(tenant_id: int, latitude: float, longitude: float) -> list[ZoneHit]:
    """Every active zone of the tenant at this point, the smallest first."""
    return zone_index(tenant_id).at(latitude, longitude)


def zone_for(tenant_id: int, latitude: float, longitude: float, *, direction: Direction) -> int | None:
    """The id of the smallest active zone at this point where work may end (inbound) or start (outbound)."""
    hit = zone_index(tenant_id).best(latitude, longitude, direction=direction)
    return hit.id if hit else None


def _version(tenant_id: int) -> tuple[int, str]:
    """Changes with every write to any zone of the tenant, whoever made it and however.

    Row versions (`xmin`, and `ctid` for two writes in one transaction) see bulk updates and plain SQL too, which
    `updated_at` would miss. One short query: the outlines themselves lie outside the rows that it reads.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(hashtextextended(id::text || ctid::text || xmin::text, 0)), 0)::text "
            "FROM core_zone WHERE tenant_id = %s",
            [tenant_id],
        )
        count, fingerprint = cursor.fetchone()
    return count, fingerprint


def _active_zones(tenant_id: int) -> Iterator[tuple[ZoneHit, BaseGeometry]]:
    for zone in Zone.objects.filter(tenant_id=tenant_id, is_active=True):
        try:
            geometry = shape(zone.geometry)
        except (ShapelyError, TypeError, ValueError, KeyError, AttributeError):
            # Only plain SQL can put one there; one bad outline must not close all other zones.
            logger.exception("The outline of a zone is not GeoJSON.", extra={"zone_id": zone.pk})
            continue
        hit = ZoneHit(
            id=zone.pk,
            code=zone.code,
            name=zone.name,
            square_metres=geo.square_metres(geometry),
            allows_inbound=zone.allows_inbound,
            allows_outbound=zone.allows_outbound,
            hub_warehouse_id=zone.hub_warehouse_id,
        )
        yield hit, geometry
