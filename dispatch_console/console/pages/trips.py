"""Trips in the console: what the shared pages need to know of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from dispatch_console.console.groups import trips as shown
from dispatch_console.console.groups.kinds import Column, Detail, Filter, GroupKindPages, Step, Tab, Telling
from dispatch_console.console.pages.groups import group_urls, parsed
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.models import Event, Tenant
from orders.states import GroupKind
from routes.commands import trips
from routes.commands.change import Changed
from routes.commands.trip_acts import COMMANDS
from routes.commands.trip_changes import Done
from routes.inputs.trips import INPUTS, TripEditInput, TripInput
from routes.models import Trip, TripStatus, TripType
from routes.reading import trips as reading
from routes.reading.lists import Listing

DAYS = tuple((name, name.capitalize()) for name in ("created", "updated", *reading.MOMENTS))


class TripPages(GroupKindPages):
    kind = GroupKind.TRIP
    plural = "trips"
    title = "Trips"
    icon = "trip"
    words = "trip,trips"
    paper = ("Print the run sheet", "trip-run-sheet")
    styles = ("css/trips.css",)
    statuses = {
        TripStatus.PLANNED: Tab("Planned", "accent"),
        TripStatus.IN_PROGRESS: Tab("In progress", "move"),
        TripStatus.COMPLETED: Tab("Completed", "good"),
        TripStatus.CANCELLED: Tab("Cancelled", "bad"),
    }
    columns = (
        Column("label", "Number", "label", sort="label"),
        Column("status", "Status", "status", sort="status"),
        Column("type", "Type", sort="type"),
        Column("orders", "Orders", "number"),
        Column("driver", "Driver", "driver"),
        Column("vehicle", "Vehicle"),
        Column("notes", "Notes", sort="notes"),
        Column("started_at", "Started", "time", sort="started_at"),
        Column("completed_at", "Completed", "time", sort="completed_at"),
        Column("created_at", "Created", "time", sort="created_at"),
        Column("updated_at", "Updated", "time", sort="updated_at", shown=False),
        Column("created_by", "Created by", shown=False),
    )
    filters = (
        Filter("type", "Type", choices=tuple(TripType.choices)),
        Filter("driver", "Driver", kind="driver"),
        Filter("vehicle_name", "Vehicle", kind="text"),
        Filter("orders", "Orders", kind="number"),
        Filter("notes", "Notes", kind="text"),
        Filter("days", "Days", kind="days", choices=DAYS),
    )
    steps = (
        Step("details", "Details", template="console/trips/details.html"),
        Step("orders", "Orders", kind="orders"),
        Step("stops", "Stops", kind="review"),
    )

    def listing(self, actor: Actor, params: Mapping[str, str]) -> Listing:
        return reading.read_trips(actor, params)

    def rows(self, groups: Sequence[Any]) -> list[dict[str, Any]]:
        return shown.rows(groups)

    def get(self, actor: Actor, label: str) -> Trip:
        return reading.get_trip(actor, label)

    def detail(self, group: Trip, actor: Actor, tenant: Tenant) -> Detail:
        return shown.detail(group, actor)

    def telling(self, event: Event) -> Telling:
        return shown.telling(event)

    def eligible(self, group: Trip, actor: Actor, params: Mapping[str, str]) -> dict[str, Any]:
        return reading.eligible(group, actor, params)

    def dialog(self, name: str, group: Trip, actor: Actor) -> dict[str, Any]:
        return shown.dialog(name, group)

    def act(
        self, name: str, label: str, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str
    ) -> Changed:
        if name not in INPUTS or name == "edit":
            raise NotVisible("There is no such action.")
        given = parsed(INPUTS[name](data=content))
        version = given.validated_data["version"]
        return changed(COMMANDS[name](label, actor=actor, version=version, key=key, **given.arguments()))

    def create(self, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str) -> Changed:
        return changed(trips.create(**parsed(TripInput(data=content)).arguments(), actor=actor, key=key))

    def edit(self, label: str, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str) -> Changed:
        given = parsed(TripEditInput(data=content, partial=True))
        version = given.validated_data.get("version")
        return changed(trips.edit(label, actor=actor, version=version, key=key, **given.arguments()))

    def form(self, group: Trip | None, actor: Actor) -> dict[str, Any]:
        return {"values": shown.form_values(group), "types": TYPES}


TYPES = (
    (TripType.MULTI_DROPOFF.value, TripType.MULTI_DROPOFF.label, "Fetches everything first, then brings it to many."),
    (TripType.MULTI_PICKUP.value, TripType.MULTI_PICKUP.label, "Fetches from many, then brings everything."),
    (TripType.MIXED.value, TripType.MIXED.label, "Pickups and dropoffs in any sequence."),
)


def changed(done: Done) -> Changed[Trip]:
    return Changed(done.trip, done.event, done.is_replay)


urlpatterns = group_urls(TripPages())
