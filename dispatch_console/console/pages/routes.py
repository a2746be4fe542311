"""Routes and their sessions in the console: what the shared pages need to know of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dispatch_console.console.groups import routes as shown
from dispatch_console.console.groups import sessions as shown_sessions
from dispatch_console.console.groups.kinds import Column, Detail, Filter, GroupKindPages, Step, Tab, Telling, warehouses
from dispatch_console.console.pages.groups import group_urls, parsed
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.models import Event, Tenant
from orders.states import GroupKind
from routes.commands import routes, session_members, session_opening, session_steps, session_undo
from routes.commands.change import Changed
from routes.inputs import routes as inputs
from routes.models import Route, RouteSession
from routes.models.route import RouteKind
from routes.reading import routes as reading
from routes.reading import sessions as session_reading
from routes.reading.lists import Listing
from routes.session_undo import undo_offer

MOMENTS = tuple((name, name.replace("_", " ").capitalize()) for name in session_reading.TIMES)
Act = tuple[type[Any], Callable[..., Changed]]


def _version(given: Any) -> tuple[dict[str, Any], int | None]:
    values = dict(given.validated_data)
    return values, values.pop("version", None)


class RoutePages(GroupKindPages):
    kind = RouteKind.ROUTE  # type: ignore[assignment]
    plural = "routes"
    title = "Routes"
    icon = "route"
    words = "route,routes"
    default_ordering = "name"
    sibling = ("All sessions", "console:sessions")
    search_words = "Search by name or number"
    hidden = frozenset({"inactive"})
    statuses = {
        "assigned": Tab("Assigned", "good"),
        "unassigned": Tab("Unassigned", "warn"),
        "inactive": Tab("Out of use", "quiet"),
    }
    columns = (
        Column("label", "Number", "label", sort="label"),
        Column("name", "Name", sort="name"),
        Column("status", "Status", "status", sort="status"),
        Column("pickup", "Pickup", "place", sort="pickup"),
        Column("dropoff", "Dropoff", "place", sort="dropoff"),
        Column("driver", "Driver", "driver", sort="driver"),
        Column("vehicle", "Vehicle", shown=False),
        Column("schedule", "Schedule", sort="schedule"),
        Column("active_orders", "Active orders", "number", sort="active_orders"),
        Column("open_session", "Open session"),
        Column("is_active", "In use", "yes", shown=False),
        Column("starts_on", "Starts on", sort="starts_on", shown=False),
        Column("capacity", "Capacity", "number", shown=False),
        Column("notes", "Notes", shown=False),
        Column("created_at", "Created", "time", sort="created_at", shown=False),
        Column("updated_at", "Updated", "time", sort="updated_at"),
    )
    filters = (
        Filter("driver", "Driver", kind="driver"),
        Filter("warehouse", "Warehouse", kind="warehouse"),
        Filter("days", "Days", kind="days", choices=(("created", "Created"), ("updated", "Updated"))),
    )
    steps = (
        Step("details", "Details", template="console/routes/details.html"),
        Step("orders", "Orders", kind="orders"),
    )
    acts: Mapping[str, Act] = {
        "add": (inputs.AddOrdersInput, session_opening.add_orders),
        "open-session": (inputs.OpenSessionInput, session_opening.open_session),
        "switch-driver": (inputs.RouteDriverInput, routes.switch_driver),
        "deactivate": (inputs.RouteActInput, routes.deactivate),
        "reactivate": (inputs.RouteActInput, routes.reactivate),
        "delete": (inputs.RouteActInput, routes.delete),
    }

    def listing(self, actor: Actor, params: Mapping[str, str]) -> Listing:
        return reading.read_routes(actor, params)

    def rows(self, groups: Sequence[Any]) -> list[dict[str, Any]]:
        return shown.rows(list(groups))

    def get(self, actor: Actor, label: str) -> Route:
        return reading.get_route(actor, label)

    def detail(self, group: Route, actor: Actor, tenant: Tenant) -> Detail:
        return shown.detail(group, actor, tenant.zone_info)

    def telling(self, event: Event) -> Telling:
        return shown_sessions.telling(event) if event.stream == GroupKind.SESSION else shown.telling(event)

    def eligible(self, group: Route, actor: Actor, params: Mapping[str, str]) -> dict[str, Any]:
        return reading.eligible(group, actor, params)

    def dialog(self, name: str, group: Route, actor: Actor) -> dict[str, Any]:
        return {"explains": shown.EXPLAINS.get(name, ""), "reason_needs": []}

    def act(
        self, name: str, label: str, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str
    ) -> Changed:
        if name == "remove":
            values, _ = _version(parsed(inputs.SessionOrdersInput(data=content)))
            opened = reading.open_session(reading.get_route(actor, label))
            return session_members.remove_orders(opened.label, actor=actor, key=key, **values)
        if name not in self.acts:
            raise NotVisible("There is no such action.")
        given, command = self.acts[name]
        values, version = _version(parsed(given(data=content)))
        return command(label, actor=actor, version=version, key=key, **values)

    def after(self, done: Changed) -> str:
        if isinstance(done.group, RouteSession):
            return SESSIONS.url("", done.group.label)
        return self.url() if done.group.deleted_at is not None else super().after(done)

    def create(self, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str) -> Changed:
        values, _ = _version(parsed(inputs.NewRouteInput(data=shown.form_content(dict(content)))))
        return routes.create(values, actor=actor, key=key)

    def edit(self, label: str, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str) -> Changed:
        given = parsed(inputs.RouteEditInput(data=shown.form_content(dict(content)), partial=True))
        values, version = _version(given)
        return routes.edit(label, values, actor=actor, version=version, key=key)

    def form(self, group: Route | None, actor: Actor) -> dict[str, Any]:
        return {"values": shown.form_values(group, actor), "warehouses": warehouses(actor)}


class SessionPages(GroupKindPages):
    kind = GroupKind.SESSION
    plural = "sessions"
    title = "Route sessions"
    icon = "route"
    words = "session,sessions"
    search_words = "Search by number or route"
    destination = "routes"
    sibling = ("Routes", "console:routes")
    statuses = shown_sessions.TABS
    columns = (
        Column("label", "Number", "label", sort="label"),
        Column("status", "Status", "status", sort="status"),
        Column("route", "Route"),
        Column("pickup", "Pickup", "place"),
        Column("dropoff", "Dropoff", "place"),
        Column("driver", "Driver", "driver", sort="driver"),
        Column("orders", "Orders", "number"),
        Column("live", "Not over", "number"),
        Column("units", "Units", "number", shown=False),
        Column("scheduled_for", "Scheduled", "time", shown=False),
        Column("created_at", "Opened", "time", sort="created_at"),
        Column("started_at", "Started", "time", sort="started_at"),
        Column("picked_up_at", "Picked up", "time", sort="picked_up_at", shown=False),
        Column("in_transit_at", "In transit", "time", sort="in_transit_at", shown=False),
        Column("completed_at", "Completed", "time", sort="completed_at"),
        Column("cancelled_at", "Cancelled", "time", sort="cancelled_at", shown=False),
        Column("updated_at", "Updated", "time", sort="updated_at", shown=False),
    )
    filters = (
        Filter("route", "Route number", kind="text"),
        Filter("driver", "Driver", kind="driver"),
        Filter(
            "days",
            "Days",
            kind="days",
            choices=(
                ("created", "Opened"),
                *((name, name.replace("_", " ").capitalize()) for name in session_reading.TIMES),
            ),
        ),
    )
    acts: Mapping[str, Act] = {
        "remove-orders": (inputs.SessionOrdersInput, session_members.remove_orders),
        "start": (inputs.SessionActInput, session_steps.start),
        "pick-up": (inputs.SessionNoteInput, session_steps.pick_up),
        "depart": (inputs.SessionActInput, session_steps.depart),
        "complete": (inputs.CompleteInput, session_steps.complete),
        "cancel": (inputs.SessionReasonInput, session_steps.cancel),
        "undo": (inputs.SessionActInput, session_undo.undo),
        "switch-driver": (inputs.SessionDriverInput, session_members.switch_driver),
    }

    def listing(self, actor: Actor, params: Mapping[str, str]) -> Listing:
        return session_reading.read_sessions(actor, params)

    def rows(self, groups: Sequence[Any]) -> list[dict[str, Any]]:
        return shown_sessions.rows(list(groups))

    def get(self, actor: Actor, label: str) -> RouteSession:
        return session_reading.get_session(actor, label)

    def detail(self, group: RouteSession, actor: Actor, tenant: Tenant) -> Detail:
        return shown_sessions.detail(group, actor)

    def telling(self, event: Event) -> Telling:
        return shown_sessions.telling(event)

    def dialog(self, name: str, group: RouteSession, actor: Actor) -> dict[str, Any]:
        return shown_sessions.dialog(name, group, actor)

    def act(
        self, name: str, label: str, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str
    ) -> Changed:
        if name not in self.acts:
            raise NotVisible("There is no such action.")
        given, command = self.acts[name]
        if name == "remove-orders" and "codes" not in content:  # the dialog says “all” by saying nothing
            content = {**content, "codes": session_reading.get_session(actor, label).member_codes()}
        values, version = _version(parsed(given(data=content)))
        return command(label, actor=actor, version=version, key=key, **values)

    def undo(self, done: Changed, actor: Actor) -> dict[str, Any] | None:
        return undo_offer(done.group, done.event, actor)


SESSIONS = SessionPages()
urlpatterns = [*group_urls(RoutePages()), *group_urls(SESSIONS)]
