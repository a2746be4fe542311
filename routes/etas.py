"""Times of arrival of a company's open orders, reckoned anew for the drivers whose place or work has changed.

Nothing here is an event: the rows are written in bulk, and open consoles hear of what moved by a minute or more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef

from dispatch_console.core import clock, realtime
from dispatch_console.core.geo import haversine_metres
from dispatch_console.core.models import Tenant
from dispatch_console.core.realtime import EtaRow
from drivers.models import Driver
from orders.groups import Places
from orders.models import Order, OrderEta
from orders.sequence import is_at_door
from routes.models import DispatchSettings, EtaBasis
from routes.models.settings import settings_of
from routes.picture import is_moving, work_of
from routes.planning.arrivals import Halt, any_so_far, arrivals
from routes.roads.base import Point, Travel
from routes.roads.cache import digest
from routes.roads.choosing import kind_of, profile_of, roads_of
from routes.stops import Stop, minutes_until, stops_of
from routes.turns import only_one

# The first half of the advisory lock's number.
LOCK = 0x6574_6173
# A driver who has come that far, or for whom that long nothing was reckoned, is looked at again.
NOTABLE_METRES = 150.0
REFRESHED_AFTER = timedelta(minutes=2)
# Smaller changes are neither written nor told: nobody reads seconds.
NOTABLE = timedelta(minutes=1)
BATCH = 1000


@dataclass
class Run:
    """A driver on duty with a position and open work."""

    driver: Driver
    work: list[Order]
    stops: list[Stop]
    digest: str

    @property
    def place(self) -> Point:
        return (self.driver.position.latitude, self.driver.position.longitude)


@dataclass
class Changes:
    written: list[OrderEta] = field(default_factory=list)
    gone: list[OrderEta] = field(default_factory=list)
    told: list[EtaRow] = field(default_factory=list)
    bases: list[EtaBasis] = field(default_factory=list)


def companies() -> list[int]:
    """Ids of the companies in which somebody drives, or of which some times are still kept."""
    on_duty = Driver.objects.filter(tenant=OuterRef("pk"), is_online=True, position__isnull=False)
    kept = OrderEta.objects.filter(tenant=OuterRef("pk"))
    active = Tenant.objects.filter(Exists(on_duty) | Exists(kept), is_active=True)
    return list(active.order_by("pk").values_list("pk", flat=True))


def refresh(tenant_id: int) -> int | None:
    """Bring the times of arrival up to date; how many changed notably, None while another process is at it.

    Up to nine reading and four writing queries, however many orders and drivers there are; roads are asked between
    the two, outside any transaction. Repeating it is harmless.
    """
    with only_one(LOCK, tenant_id) as is_mine:
        return _refresh(tenant_id) if is_mine else None


def _refresh(tenant_id: int) -> int:
    now, tenant, settings = clock.now(), Tenant.objects.get(pk=tenant_id), settings_of(tenant_id)
    on_duty = Driver.objects.filter(tenant=tenant_id, is_online=True, position__isnull=False)
    drivers = {driver.pk: driver for driver in on_duty.select_related("primary_vehicle", "position")}
    work, places = work_of(drivers)
    runs = [_run(drivers[pk], orders, places, settings) for pk, orders in sorted(work.items())]
    bases = {basis.driver_id: basis for basis in EtaBasis.objects.filter(tenant=tenant_id)}
    known = {eta.order_id: eta for eta in _known(tenant_id)}
    due = [run for run in runs if _is_due(run, bases.get(run.driver.pk), now)]
    changes = Changes(bases=[_basis(run, now) for run in due])
    old = timedelta(minutes=tenant.stale_position_minutes)
    for run, legs in zip(due, _legs(due, settings), strict=True):
        _compare(run, legs, known, now, old, changes)
    _drop_the_rest(runs, due, known, changes)
    _write(changes)
    realtime.publish_etas(tenant_id, changes.told)
    return len(changes.told)


def _known(tenant_id: int) -> Iterable[OrderEta]:
    known = OrderEta.objects.filter(tenant=tenant_id)
    return known.annotate(of_team=F("order__team_id"), of_customer=F("order__customer_id"))


def _run(driver: Driver, orders: list[Order], places: dict[int, Places], settings: DispatchSettings) -> Run:
    stops = stops_of(orders, settings, places)
    # The places of trips and every version: whatever changes the run changes this.
    said = repr([(stop.kind, stop.order.pk, stop.order.version) for stop in stops])
    return Run(driver, orders, stops, digest(said))


def _is_due(run: Run, basis: EtaBasis | None, now: datetime) -> bool:
    if basis is None or basis.work != run.digest or now - basis.computed_at >= REFRESHED_AFTER:
        return True
    return haversine_metres(basis.latitude, basis.longitude, *run.place) >= NOTABLE_METRES


def _basis(run: Run, now: datetime) -> EtaBasis:
    latitude, longitude = run.place
    return EtaBasis(
        driver=run.driver,
        tenant_id=run.driver.tenant_id,
        work=run.digest,
        latitude=latitude,
        longitude=longitude,
        computed_at=now,
    )


def _legs(runs: list[Run], settings: DispatchSettings) -> list[tuple[Travel, ...]]:
    """The ways of each run, from where the driver is: one question for all drivers of a profile."""
    by_profile: dict[str, list[int]] = {}
    for number, run in enumerate(runs):
        by_profile.setdefault(profile_of(kind_of(run.driver)), []).append(number)
    found: dict[int, tuple[Travel, ...]] = {}
    for numbers in by_profile.values():
        roads = roads_of(settings, kind_of(runs[numbers[0]].driver))
        chains = [[runs[number].place, *(stop.point for stop in runs[number].stops)] for number in numbers]
        found.update(zip(numbers, roads.chains(chains), strict=True))
    return [found[number] for number in range(len(runs))]


def _compare(
    run: Run,
    legs: tuple[Travel, ...],
    known: dict[int, OrderEta],
    now: datetime,
    old: timedelta,
    changes: Changes,
) -> None:
    is_lost = now - run.driver.position.recorded_at > old
    moments = arrivals(_halt(stop, leg, now) for stop, leg in zip(run.stops, legs, strict=True))
    doubts = any_so_far([is_lost or leg.is_estimate for leg in legs])
    found = {order.pk: _blank(order, run.driver, now) for order in run.work}
    last: Stop | None = None
    moment = 0.0
    for stop, minutes, is_doubtful in zip(run.stops, moments, doubts, strict=True):
        # Several packages at one door are one visit, and the driver comes once.
        if last is None or (last.kind, last.point) != (stop.kind, stop.point):
            moment = minutes
        last = stop
        eta = found[stop.order.pk]
        arrived = _arrived(stop)
        setattr(eta, f"{stop.kind}_at", arrived or now + timedelta(minutes=moment))
        eta.is_estimate |= is_doubtful and arrived is None
    for order in run.work:
        eta, before = found[order.pk], known.get(order.pk)
        if before is None or _differs(eta, before):
            changes.written.append(eta)
            changes.told.append(_told(eta, order))


def _halt(stop: Stop, leg: Travel, now: datetime) -> Halt:
    arrived = _arrived(stop)
    ready = stop.order.scheduled_pickup_at if stop.kind == "pickup" else None
    not_before = float("-inf") if ready is None else minutes_until(ready, now)
    if arrived is None:
        return Halt(leg.minutes, stop.service, not_before)
    # The driver stands there: what is left of the time it takes.
    return Halt(0.0, max(stop.service + minutes_until(arrived, now), 0.0), not_before)


def _arrived(stop: Stop) -> datetime | None:
    """When the driver came to this stop, if that is where they are."""
    order = stop.order
    if not is_at_door(order) or (stop.kind == "dropoff") != is_moving(order):
        return None
    return order.arrived_dropoff_at if stop.kind == "dropoff" else order.arrived_pickup_at


def _blank(order: Order, driver: Driver, now: datetime) -> OrderEta:
    return OrderEta(order_id=order.pk, tenant_id=driver.tenant_id, driver_id=driver.pk, computed_at=now)


def _differs(eta: OrderEta, before: OrderEta) -> bool:
    if (eta.driver_id, eta.is_estimate) != (before.driver_id, before.is_estimate):
        return True
    for one, other in ((eta.pickup_at, before.pickup_at), (eta.dropoff_at, before.dropoff_at)):
        if (one is None) != (other is None) or (one is not None and other is not None and abs(one - other) >= NOTABLE):
            return True
    return False


def _drop_the_rest(runs: Iterable[Run], due: Iterable[Run], known: dict[int, OrderEta], changes: Changes) -> None:
    """Times of orders that are no longer in work, and of drivers who went off duty."""
    kept = {order.pk for run in runs for order in run.work}
    changes.gone = [eta for pk, eta in known.items() if pk not in kept]
    changes.told += [
        EtaRow(eta.order_id, None, None, False, None, eta.of_team, eta.of_customer)  # type: ignore[attr-defined]
        for eta in changes.gone
    ]


def _told(eta: OrderEta, order: Order) -> EtaRow:
    return EtaRow(
        order_id=eta.order_id,
        pickup_at=clock.iso(eta.pickup_at),
        dropoff_at=clock.iso(eta.dropoff_at),
        is_estimate=eta.is_estimate,
        driver_id=eta.driver_id,
        team_id=order.team_id,
        customer_id=order.customer_id,
    )


def _write(changes: Changes) -> None:
    """Always in the order of their keys, so that no two processes wait for each other."""
    if changes.gone:
        OrderEta.objects.filter(pk__in=[eta.order_id for eta in changes.gone]).delete()
    _upsert(OrderEta, sorted(changes.written, key=lambda eta: eta.order_id), "order")
    _upsert(EtaBasis, sorted(changes.bases, key=lambda basis: basis.driver_id), "driver")


def _upsert(model: Any, rows: list[Any], key: str) -> None:
    if rows:
        columns = [each.name for each in model._meta.fields if each.name != key]
        model.objects.bulk_create(
            rows, batch_size=BATCH, update_conflicts=True, unique_fields=[key], update_fields=columns
        )
