"""What came of a planning as plain values: stored with the run, drawn by the console, answered by the API."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dispatch_console.core import clock
from orders.models import Order
from routes.planning.tours.insertion import cost_of
from routes.planning.tours.problem import Step
from routes.planning.tours.schedule import Tour, Visit, walk
from routes.plans import reasons
from routes.plans.deciding import Decided
from routes.plans.scene import Duty, Scene
from routes.stops import point_of


def told(scene: Scene, decided: Decided, zone: ZoneInfo) -> dict[str, Any]:
    """The result as `PlanRun.result` keeps it. Roads are asked for the lines to draw: never call it under a lock."""
    plan, now = decided.plan, decided.now
    parts = [_part(scene, duty, plan.tours[duty.id], now.tours[duty.id]) for duty in _sorted(scene, decided)]
    unplanned = [reasons.left_out(code, *why, scene) for code, why in scene.left_out.items()]
    unplanned += [reasons.explained(leftover, scene, zone) for leftover in decided.leftovers]
    explained = {each["code"] for each in unplanned}
    unplanned += [
        {"code": code, "rules": [], "ways_out": []}
        for code in plan.unplanned
        if code in scene.new and code not in explained
    ]
    for each in unplanned:
        each |= _words(scene.asked.get(each["code"]))
    late = [visit for tour in plan.tours.values() for visit in tour.visits if visit.late]
    return {
        "summary": {
            "planned": sum(1 for code in scene.new if code not in set(plan.unplanned)),
            "unplanned": len(unplanned),
            "drivers": sum(1 for part in parts if part["changes"]),
            "metres": plan.metres,
            "metres_now": now.metres,
            "late_orders": len({visit.task for visit in late}),
            "late_minutes": _minutes(plan.late),
            "late_minutes_now": _minutes(now.late),
            "iterations": plan.iterations,
            "roads": scene.source,
            "is_estimate": scene.estimated,
        },
        "drivers": parts,
        "unplanned": unplanned,
        "choices": [_choice(scene, decided, place) for place in decided.choices],
        "notes": _notes(scene),
        "reckoned_at": clock.iso(scene.now),
    }


def _sorted(scene: Scene, decided: Decided) -> list[Duty]:
    """Those with work first, by name."""
    duties = scene.duties.values()
    return sorted(duties, key=lambda duty: (not decided.plan.tours[duty.id].visits, duty.driver.name, duty.driver.pk))


def _part(scene: Scene, duty: Duty, tour: Tour, before: Tour) -> dict[str, Any]:
    old, new = set(before.tasks), set(tour.tasks)
    vehicle = duty.driver.primary_vehicle
    return {
        "driver_id": duty.driver.pk,
        "driver": duty.driver.name,
        "vehicle": "" if vehicle is None else vehicle.name,
        "capacity": None if vehicle is None else vehicle.capacity_units,
        "trip": duty.trip.label if duty.trip else "",
        "trip_version": duty.trip.version if duty.trip else None,
        "is_started": duty.is_started,
        "is_online": duty.driver.is_online,
        "changes": tour.steps != before.steps,
        "start": _point(duty.start),
        "fixed": [_fixed(stop.order.code, stop.kind, stop.point) for stop in duty.fixed],
        "stops": [_stop(scene, visit, old) for visit in tour.visits],
        "rests": [
            {"begin": _at(scene, each.begin), "done": _at(scene, each.done), "after": each.after} for each in tour.rests
        ],
        "free_at": _at(scene, tour.begin),
        "done_at": _at(scene, tour.done) if tour.visits else None,
        "metres": tour.metres,
        "late_minutes": _minutes(tour.late),
        "peak": max((visit.load for visit in tour.visits), default=0),
        "added": [code for code in tour.tasks if code not in old],
        "taken_off": [code for code in before.tasks if code not in new],
        "moved": _moved(before.steps, tour.steps),
        "now": {
            "stops": len(before.visits),
            "metres": before.metres,
            "late_minutes": _minutes(before.late),
            "done_at": _at(scene, before.done) if before.visits else None,
        },
        "line": _line(scene, duty, tour.visits),
        "faults": list(tour.faults),
    }


def _stop(scene: Scene, visit: Visit, old: set[str]) -> dict[str, Any]:
    order = scene.orders[visit.task]
    point = point_of(order, visit.end)
    promise = order.due_at if visit.end == "dropoff" else None
    # A pickup's time is when it is done, its counter included; a door's when the driver is there.
    return {
        "code": visit.task,
        "kind": visit.end,
        "at": _at(scene, visit.begin),
        "done": _at(scene, visit.done),
        "wait_minutes": _minutes(visit.begin - visit.arrival),
        "promise": clock.iso(promise),
        "late_minutes": _minutes(visit.late),
        "load": visit.load,
        "metres": visit.metres,
        "is_new": visit.task not in old,
        "place": _place(order, visit.end),
        "version": order.version,
        **_point(point),
    }


def _words(order: Order | None) -> dict[str, Any]:
    if order is None:
        return {"customer": "", "place": ""}
    return {"customer": order.customer_name, "place": _place(order, "dropoff")}


def _place(order: Order, end: str) -> str:
    contact = getattr(order, f"{end}_contact") or (order.customer_name if end == "dropoff" else "")
    address = getattr(order, f"{end}_address")
    if not address:
        warehouse = getattr(order, f"{end}_warehouse")
        address = warehouse.name if warehouse is not None else ""
    return ", ".join(part for part in (contact, address) if part)


def _point(point: tuple[float, float] | None) -> dict[str, float | None]:
    return {"latitude": None, "longitude": None} if point is None else {"latitude": point[0], "longitude": point[1]}


def _fixed(code: str, kind: str, point: tuple[float, float]) -> dict[str, Any]:
    return {"code": code, "kind": kind, **_point(point)}


def _line(scene: Scene, duty: Duty, visits: Sequence[Visit]) -> list[list[float]]:
    if not visits:
        return []
    points = [duty.start, *(stop.point for stop in duty.fixed), *(scene.points[visit.location] for visit in visits)]
    known = [point for point in points if point is not None]
    if len(known) < 2:
        return []
    return [
        [round(latitude, 5), round(longitude, 5)]
        for latitude, longitude in scene.networks[duty.network].shape(known).line
    ]


def _moved(before: Sequence[Step], after: Sequence[Step]) -> int:
    """How many of the driver's own stops come at another place among themselves."""
    stay = set(before) & set(after)
    old = [step for step in before if step in stay]
    new = [step for step in after if step in stay]
    return sum(1 for one, other in zip(old, new, strict=True) if one != other)


def _choice(scene: Scene, decided: Decided, place: Any) -> dict[str, Any]:
    """One driver who could take the order that is inserted, with what it costs."""
    problem = decided.plan.problem
    vehicle, duty = problem.vehicle[place.vehicle], scene.duties[place.vehicle]
    (code,) = scene.new
    before = decided.now.tours[place.vehicle]
    after = walk(problem, vehicle, place.steps)
    own = next(visit for visit in after.visits if visit.task == code and visit.end == "dropoff")
    return {
        "driver_id": duty.driver.pk,
        "driver": duty.driver.name,
        "metres": after.metres - before.metres,
        "minutes": _minutes(max(after.done - max(before.done, after.begin), 0)),
        "dropoff_at": _at(scene, own.begin),
        "late_minutes": _minutes(own.late),
        "stops_before": next(number for number, visit in enumerate(after.visits) if visit.task == code),
        "trip": duty.trip.label if duty.trip else "",
        "cost": cost_of(problem, vehicle, place.steps) - cost_of(problem, vehicle, before.steps),
    }


def _notes(scene: Scene) -> list[str]:
    found = [f"Travel times: {scene.source}."]
    if scene.options.on_duty:
        found.append(f"Of {scene.options.on_duty} drivers on duty, the {len(scene.duties)} nearest were looked at.")
    unseen = [duty.driver.name for duty in scene.duties.values() if duty.start is None]
    if unseen:
        found.append(f"Without a position, as if they stood at their first stop: {_named(unseen)}.")
    later = [trip.label for duty in scene.duties.values() for trip in duty.later]
    if later:
        found.append(f"Left as planned, after this plan: {_named(later)}.")
    started = [duty.trip.label for duty in scene.duties.values() if duty.trip and duty.is_started]
    if started:
        found.append(f"Driven already, so only the stops that are left of it: {_named(started)}.")
    open_ended = [duty.driver.name for duty in scene.duties.values() if not _has_end(scene, duty)]
    if open_ended and scene.duties:
        found.append(f"No end of the shift is known: {_named(open_ended)}.")
    return found


def _has_end(scene: Scene, duty: Duty) -> bool:
    return bool(scene.options.ends_at) or duty.standing.shift_end is not None


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:4])
    return shown + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _at(scene: Scene, seconds: int) -> str:
    return clock.iso(scene.now + timedelta(seconds=seconds))


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)
