"""Who takes part in the invented day: customers who send, hubs, drivers at work, and the actors behind the acts."""

import random
from datetime import datetime

from dispatch_console.core import access
from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.geocoding.base import Place
from dispatch_console.core.models import ApiKey, Customer, Membership, Tenant
from dispatch_console.core.permissions import RoleKind
from dispatch_console.region.demo import drafts, plan, streets
from dispatch_console.region.demo.names import GOODS
from drivers.models import Driver, DriverStatus

EACH_NTH_COMES_LATER = 12
MOST_WORKERS = 40  # a crowd made for load tests has no past


class People:
    """The actors behind the acts, made once each."""

    def __init__(self, tenant: Tenant, partner: ApiKey, chance: random.Random) -> None:
        members = Membership.objects.filter(tenant=tenant).select_related("user__driver", "tenant", "custom_role")
        actors = {member: access.actor_for_member(member, source=Source.CONSOLE) for member in members}
        self._chance = chance
        self.dispatchers = [
            actor
            for member, actor in actors.items()
            if actor and member.role == RoleKind.DISPATCHER and member.all_teams
        ]
        self.drivers: dict[int, Actor] = {
            actor.driver_id: actor for actor in actors.values() if actor and actor.driver_id
        }
        found = access.actor_for_key(partner)
        if found is None:
            raise ValueError("The partner's key has no actor.")
        self.partner = found

    def who(self, act: plan.Act) -> Actor:
        if act.by == "driver" and act.driver_id is not None:
            return self.drivers[act.driver_id]
        return self.partner if act.by == "partner" else self._chance.choice(self.dispatchers)


def senders_of(tenant: Tenant) -> list[drafts.Sender]:
    found = []
    for customer in Customer.objects.filter(tenant=tenant, is_active=True).prefetch_related("addresses").order_by("pk"):
        kind = customer.external_reference.partition("-")[0].lower()
        doors = tuple(
            drafts.Stop(each.text, (each.latitude, each.longitude))
            for each in sorted(customer.addresses.all(), key=lambda each: each.pk)
            if each.latitude is not None and each.longitude is not None
        )
        if kind in GOODS and doors:
            found.append(drafts.Sender(customer.pk, kind, doors))
    return found


def hubs_of(tenant: Tenant) -> list[drafts.Stop]:
    return [
        drafts.Stop(hub.name, (hub.latitude, hub.longitude), warehouse_id=hub.pk)
        for hub in tenant.warehouses.filter(is_active=True).order_by("pk")
    ]


def workers_of(tenant: Tenant, since: datetime, chance: random.Random) -> list[plan.Worker]:
    drivers = Driver.objects.filter(tenant=tenant, status=DriverStatus.ACTIVE, primary_vehicle__isnull=False)
    workers = []
    rows = drivers.select_related("primary_vehicle").prefetch_related("allowed_zones").order_by("pk")[:MOST_WORKERS]
    for position, driver in enumerate(rows, start=1):
        vehicle, home = driver.primary_vehicle, streets.draw(chance)
        if vehicle is None or position % EACH_NTH_COMES_LATER == 0:
            continue
        workers.append(
            plan.Worker(
                driver_id=driver.pk,
                vehicle=vehicle.kind,
                capacity=vehicle.capacity_units,
                zones=None if driver.all_zones else frozenset(zone.pk for zone in driver.allowed_zones.all()),
                place=(home.lat, home.lng),
                free_at=since,
            )
        )
    return workers


def stop_at(place: Place) -> drafts.Stop:
    return drafts.Stop(place.label, (place.lat, place.lng))
