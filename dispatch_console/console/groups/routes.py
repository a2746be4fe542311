"""Routes as the console shows them: rows, page, form and the sentences of their history."""

from datetime import datetime, tzinfo
from typing import Any

from django.urls import reverse

from dispatch_console.console.groups.kinds import Detail, Fact, Moment, OrderLine, Telling
from dispatch_console.console.groups.points import point
from dispatch_console.console.groups.sessions import TABS
from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event, Team
from orders.states import ReasonKind
from routes.commands.route_values import ENDS
from routes.models import Route, RouteSession, SessionStatus
from routes.reading import routes as reading
from routes.reading import sessions as session_reading

DAYS = tuple(enumerate(reading.DAYS, start=1))
SESSIONS_SHOWN = 12
NAMES = {
    "schedule_time": "schedule", "schedule_days": "schedule", "starts_on": "start date", "capacity": "capacity",
    "pickup": "pickup", "dropoff": "dropoff", "team": "team", "notes": "notes", "name": "name",
}  # fmt: skip


def rows(routes: list[Route]) -> list[dict[str, Any]]:
    found = []
    for route, row in zip(routes, reading.route_rows(routes), strict=True):
        words = row["schedule"]["words"]
        times = {"created_at": route.created_at, "updated_at": route.updated_at}
        found.append({**row, **times, "schedule": words, "vehicle": row["vehicle"] and row["vehicle"]["name"]})
    return found


def detail(route: Route, actor: Actor, zone: tzinfo) -> Detail:
    """Its sessions, the latest first, and the orders of the open one. Eight queries."""
    row = reading.route_rows([route])[0]
    sessions = list(
        RouteSession.objects.filter(route=route)
        .select_related(*session_reading.RELATED)
        .order_by("-pk")[:SESSIONS_SHOWN]
    )
    counts = reading.session_counts(route)
    return Detail(
        group=route,
        subtitle=route.name,
        facts=_facts(row, zone),
        moments=_moments(route, sessions),
        lines=_lines(sessions, actor),
        offers=offers(route, row, actor),
        points=[{**point(end, row[end]), "end": end} for end in ENDS],
        notices=[("warn", row["problem"])] if row["problem"] else [],
        template="console/routes/sessions.html",
        more={
            "sessions": [
                {**each, "tab": TABS[each["status"]], "at": session.updated_at, "made_at": session.created_at}
                for each, session in zip(session_reading.session_rows(sessions), sessions, strict=True)
            ],
            "summary": [(tab, counts[status]) for status, tab in TABS.items() if counts[status]],
            "open_session": row["open_session"],
            "takes_orders": route.is_active and not row["problem"],
            "total": sum(counts.values()),
            "all_url": f"{reverse('console:sessions')}?route={route.label}",
            "offers_here": "Starts at the route's pickup",
        },
    )


def offers(route: Route, row: dict[str, Any], actor: Actor) -> list[dict[str, Any]]:
    """What can be done with a route, and why not."""
    is_open, problem = row["open_session"] is not None, row["problem"] or ("" if route.is_active else "Out of use.")
    busy = f"Session {row['open_session']} is still open. Start it or cancel it first." if is_open else ""
    switch: dict[str, Any] = {"asks": ["driver_id", "reason"], "reason_kind": ReasonKind.SWITCH, "key": "a"}
    label = "Switch driver" if route.driver_id else "Choose driver"
    found: list[dict[str, Any]] = [
        _offer("edit", "Edit"),
        _offer("add", "Add orders", why=problem),
        _offer("open-session", "Open session", why=problem or busy, key="o"),
        _offer("switch-driver", label, **switch),
    ]
    if route.is_active:
        found.append(_offer("deactivate", "Take out of use", why=busy))
    else:
        found.append(_offer("reactivate", "Put into use"))
    found.append(_offer("delete", "Delete", why=busy, is_dangerous=True))
    if not actor.may("groups.manage"):
        for offer in found:
            offer |= {"is_allowed": False, "code": "forbidden", "why_not": "Your role does not allow this."}
    return found


EXPLAINS = {
    "open-session": "The next run begins to take orders. Orders that are added to the route open one by themselves.",
    "switch-driver": "The open session and its orders go to this driver, too. Started sessions stay as they are.",
    "deactivate": "No new sessions, by hand or by schedule. Sessions that have started go on.",
    "reactivate": "The schedule counts from now on.",
    "delete": "The route is gone from every list. Its sessions and their history stay.",
}


def form_values(route: Route | None, actor: Actor) -> dict[str, Any]:
    teams = list(Team.objects.visible_to(actor).order_by("name").values("id", "name"))
    if actor.team_ids is not None:
        teams = [team for team in teams if team["id"] in actor.team_ids]
    if route is None:
        return {"pickup_kind": "warehouse", "dropoff_kind": "address", "days": _days([]), "teams": teams}
    values: dict[str, Any] = {
        name: getattr(route, name) for name in ("name", "notes", "capacity", "starts_on", "team_id")
    }
    values["schedule_time"] = route.schedule_time.strftime("%H:%M") if route.schedule_time else ""
    values["driver_name"] = route.driver.name if route.driver else ""
    for end in ENDS:
        values[f"{end}_kind"] = reading.end_part(route, end)["kind"]
        for name in ("warehouse_id", "address", "latitude", "longitude"):
            values[f"{end}_{name}"] = getattr(route, f"{end}_{name}")
    return {**values, "days": _days(route.schedule_days), "teams": teams, "is_edit": True}


def form_content(content: dict[str, Any]) -> dict[str, Any]:
    """What the form sends as what the input takes: seven ticks are a list of days."""
    days = [day for day, _ in DAYS if content.get(f"day_{day}")]
    kept = {name: value for name, value in content.items() if not name.startswith("day_")}
    if kept.get("team_id") == "":
        kept["team_id"] = None
    return {**kept, "schedule_days": days}


def telling(event: Event) -> Telling:
    before, after = event.data.get("before", {}), event.data.get("after", {})
    changed = sorted({NAMES.get(name, NAMES.get(name.split("_")[0], name)) for name in before})
    old, new = before.get("driver_name") or "nobody", after.get("driver_name") or "nobody"
    along = f", and session {after['session']} with it" if after.get("session") else ""
    tellings: dict[str, tuple[str, str, str]] = {
        "created": ("plus", "accent", "Made"),
        "edited": ("edit", "quiet", f"Edited: {', '.join(changed) or 'nothing changed'}"),
        "driver_switched": ("swap", "accent", f"Driver changed from {old} to {new}{along}"),
        "deactivated": ("pause", "warn", "Taken out of use"),
        "reactivated": ("play", "good", "Put into use again"),
        "deleted": ("trash", "bad", "Deleted"),
    }
    return Telling(*tellings[event.kind.removeprefix("route.")])


def _offer(name: str, label: str, *, why: str = "", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "key": "",
        "is_dangerous": False,
        "is_allowed": not why,
        "code": "refused" if why else "",
        "why_not": why,
        "asks": [],
        "reason_kind": "",
        **more,
    }


def _days(chosen: list[int]) -> list[dict[str, Any]]:
    return [{"number": day, "name": name, "is_on": day in chosen} for day, name in DAYS]


def _facts(row: dict[str, Any], zone: tzinfo) -> list[Fact]:
    vehicle, driver = row["vehicle"], row["driver"]
    units = f"{vehicle['capacity_units']} units" if vehicle else ""
    facts = [
        Fact("Pickup", row["pickup"]["label"]),
        Fact("Dropoff", row["dropoff"]["label"]),
        Fact("Driver", driver["name"] if driver else "No driver"),
        Fact("Vehicle", vehicle["name"] if vehicle else "–", note=units),
        Fact("Schedule", row["schedule"]["words"] or "By hand only"),
    ]
    if row["schedule"]["next_at"]:
        at = datetime.fromisoformat(row["schedule"]["next_at"]).astimezone(zone)
        facts.append(Fact("Next session", f"{at:%a} {at.day} {at:%b %H:%M}"))
    if row["starts_on"]:
        facts.append(Fact("Starts on", row["starts_on"]))
    facts.append(Fact("Capacity", f"{row['capacity']} units" if row["capacity"] else "As the vehicle holds"))
    facts.append(Fact("Active orders", str(row["active_orders"])))
    if row["notes"]:
        facts.append(Fact("Notes", row["notes"]))
    facts.append(Fact("Created by", row["created_by"]))
    return facts


def _moments(route: Route, sessions: list[RouteSession]) -> list[Moment]:
    """When the lane was made, and its latest runs."""
    latest = [Moment(session.label, session.created_at, TABS[session.status].label) for session in sessions[:4]]
    return [*latest, Moment("Created", route.created_at, route.created_by)]


def _lines(sessions: list[RouteSession], actor: Actor) -> list[OrderLine]:
    """The orders of the open session."""
    opened = next((session for session in sessions if session.status == SessionStatus.OPEN), None)
    if opened is None:
        return []
    return [OrderLine(item["order"]) for item in session_reading.item_rows(opened, actor)]
