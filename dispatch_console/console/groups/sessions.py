"""Sessions of routes as the console shows them."""

from typing import Any

from django.urls import reverse

from dispatch_console.console.groups.kinds import Detail, Fact, Moment, OrderLine, Tab, Telling
from dispatch_console.console.groups.points import point
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event
from orders.states import Status
from routes.commands.session_rules import ACTS
from routes.models import RouteSession, SessionStatus
from routes.models.session import MOMENTS, RUNNING
from routes.reading import sessions as reading

TABS: dict[str, Tab] = {
    SessionStatus.OPEN: Tab("Open", "accent"),
    SessionStatus.STARTED: Tab("Started", "warn"),
    SessionStatus.PICKED_UP: Tab("Picked up", "move"),
    SessionStatus.IN_TRANSIT: Tab("In transit", "move"),
    SessionStatus.COMPLETED: Tab("Completed", "good"),
    SessionStatus.CANCELLED: Tab("Cancelled", "bad"),
}
OUTCOMES = {
    Status.DELIVERED: ("Delivered", "good"),
    Status.STAGED: ("Staged", "good"),
    Status.RETURNED: ("Returned", "quiet"),
    Status.CANCELLED: ("Cancelled", "bad"),
}


def rows(sessions: list[RouteSession]) -> list[dict[str, Any]]:
    found = []
    for session, row in zip(sessions, reading.session_rows(sessions), strict=True):
        times = {name: getattr(session, name) for name in row if name.endswith("_at") or name == "scheduled_for"}
        route = row["route"]
        found.append({**row, **times, "route": route["name"], "pickup": route["pickup"], "dropoff": route["dropoff"]})
    return found


def detail(session: RouteSession, actor: Actor) -> Detail:
    """Seven queries."""
    load = reading.loads([session])[session.pk]
    row = reading.session_row(session, load)
    offers = reading.offers(session, actor, live=load["live"])
    add = next(offer for offer in offers if offer["name"] == "add-orders")
    picker = reverse("console:route-edit", args=[session.route.label])
    return Detail(
        group=session,
        subtitle=f"{session.route.name}: {row['route']['pickup']['label']} → {row['route']['dropoff']['label']}",
        facts=_facts(session, row),
        moments=_moments(session),
        lines=[_line(item) for item in reading.item_rows(session, actor)],
        # Adding has the picker of the route's page.
        offers=[offer for offer in offers if offer is not add],
        points=[{**point(end, row["route"][end]), "end": end} for end in ("pickup", "dropoff")],
        template="console/routes/session_orders.html",
        more={"add_url": f"{picker}?step=orders" if add["is_allowed"] else ""},
    )


def dialog(name: str, session: RouteSession, actor: Actor) -> dict[str, Any]:
    context: dict[str, Any] = {"explains": ACTS[name].explains}
    if name == "remove-orders":
        lines = [_line(item) for item in reading.item_rows(session, actor)]
        context["lines"] = [line for line in lines if line.row["status"] == Status.ASSIGNED]
    if name == "complete":
        context |= {"extra_template": "console/routes/cash_field.html", "cash": reading.cash_due(session)}
    if name == "switch-driver" and session.status in RUNNING[:2]:
        context["reason_needs"] = []
    return context


def telling(event: Event) -> Telling:
    before, after = event.data.get("before", {}), event.data.get("after", {})
    old, new = before.get("driver_name"), after.get("driver_name")
    codes = after.get("codes") or []
    orders = "1 order" if len(codes) == 1 else f"{len(codes)} orders"
    cause = event.data.get("input", {})
    by = f", as order {cause['order']} is" if cause.get("order") else ""
    opened = "Opened by the schedule" if after.get("scheduled_for") else "Opened"
    back = SessionStatus(after["status"]).label.lower() if after.get("status") else ""
    tellings: dict[str, tuple[str, str, str]] = {
        "opened": ("plus", "accent", opened),
        "orders_added": ("plus", "accent", f"Added {orders}"),
        "orders_removed": ("minus", "warn", f"Took {orders} out"),
        "started": ("play", "accent", f"Started{by}"),
        "picked_up": ("package", "move", f"Picked up{by}"),
        "departed": ("arrow-right", "move", f"In transit{by}"),
        "completed": ("check", "good", f"Completed{by}"),
        "went_back": ("undo", "warn", f"Back to {back}{by}"),
        "step_undone": ("undo", "warn", f"Step taken back: {back} again"),
        "cancelled": ("error", "bad", f"Cancelled; {orders} set free" if codes else "Cancelled"),
        "driver_switched": (
            "swap",
            "accent",
            f"Switched from {old} to {new}",
        ),
    }
    icon, tone, sentence = tellings[event.kind.removeprefix("session.")]
    return Telling(icon, tone, sentence, codes)


def _facts(session: RouteSession, row: dict[str, Any]) -> list[Fact]:
    route = row["route"]
    units = f"{row['units']} of {row['capacity']} units" if row["capacity"] else f"{row['units']} units"
    ended = [f"{row[name]} {name}" for name in ("delivered", "returned", "cancelled") if row[name]]
    facts = [
        Fact("Route", f"{route['label']} {route['name']}", url=reverse("console:route", args=[route["label"]])),
        Fact("Pickup", route["pickup"]["label"]),
        Fact("Dropoff", route["dropoff"]["label"]),
        Fact("Driver", row["driver"]["name"]),
        Fact("Vehicle", row["vehicle"] or "–"),
        Fact("Orders", str(row["orders"]), note=", ".join(ended)),
        Fact("Load", units),
    ]
    if due := reading.cash_due(session):
        what = "1 order" if due["orders"] == 1 else f"{due['orders']} orders"
        facts.append(Fact("To collect", f"{due['currency']} {due['amount']}", note=what))
    if row["notes"]:
        facts.append(Fact("Notes", row["notes"]))
    facts.append(Fact("Opened by", row["created_by"]))
    return facts


def _moments(session: RouteSession) -> list[Moment]:
    found = [Moment("Opened", session.created_at, session.created_by)]
    is_cancelled = session.status == SessionStatus.CANCELLED
    for status, column in MOMENTS.items():
        at = getattr(session, column)
        if at is not None or (not is_cancelled and status != SessionStatus.CANCELLED):
            found.append(Moment(SessionStatus(status).label, at))
    return found


def _line(item: dict[str, Any]) -> OrderLine:
    label, tone = OUTCOMES.get(item["order"]["status"], ("", "quiet"))
    row = item["order"]
    note = "Failed: decide what comes next" if row.get("attempt_failed") else ("On hold" if row.get("on_hold") else "")
    return OrderLine(row, label, "bad" if note and not label else tone, "" if label else note)
