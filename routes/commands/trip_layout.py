"""The sequence of a trip's stops: how orders become stops, and which sequences cannot be driven. No database."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dispatch_console.core.errors import Invalid, Refused
from routes.models.trip import StopKind, TripType

MOST_ORDERS = 200


class PlannedStop(NamedTuple):
    """One end of one order; `kind` is a `StopKind`."""

    code: str
    kind: str


Steps = Sequence[PlannedStop]


def codes_of(steps: Iterable[PlannedStop]) -> list[str]:
    """The orders of a sequence, each once, as they first appear."""
    return list(dict.fromkeys(step.code for step in steps))


def laid_out(trip_type: str, codes: Iterable[str]) -> list[PlannedStop]:
    """Stops for orders that are only listed: a multi trip fetches all first, a mixed one goes order by order."""
    codes = list(codes)
    if trip_type == TripType.MIXED:
        return [PlannedStop(code, kind) for code in codes for kind in (StopKind.PICKUP, StopKind.DROPOFF)]
    return [PlannedStop(code, kind) for kind in (StopKind.PICKUP, StopKind.DROPOFF) for code in codes]


def appended(trip_type: str, steps: Steps, codes: Iterable[str]) -> list[PlannedStop]:
    """The same stops with orders added after them; on a multi trip the new pickups go before the first dropoff."""
    new = laid_out(trip_type, codes)
    if trip_type == TripType.MIXED:
        return [*steps, *new]
    return [step for kind in (StopKind.PICKUP, StopKind.DROPOFF) for step in (*steps, *new) if step.kind == kind]


def check(trip_type: str, steps: Steps) -> None:
    """Refuse a sequence that names an end twice or not at all, or brings something before it is fetched."""
    codes = codes_of(steps)
    if len(codes) > MOST_ORDERS:
        raise Refused(f"A trip takes {MOST_ORDERS} orders at most; these are {len(codes)}.", code="too_many_orders")
    place = {step: number for number, step in enumerate(steps)}
    is_once_each = len(place) == len(steps) == 2 * len(codes)
    if not is_once_each or any(step.kind not in StopKind.values for step in steps):
        raise Invalid.fields(stops="Name the pickup and the dropoff of every order exactly once.")
    for code in codes:
        if place[PlannedStop(code, StopKind.DROPOFF)] < place[PlannedStop(code, StopKind.PICKUP)]:
            raise Refused(
                f"Order {code} would be delivered before it is picked up. Put its pickup first.",
                code="pickup_after_dropoff",
                details={"order": code},
            )
    late = first_late_pickup(steps)
    if trip_type != TripType.MIXED and late is not None:
        raise Refused(
            f"A {TripType(trip_type).label.lower()} trip fetches everything first, and order {late.code} would be "
            "picked up after a delivery. Make the trip mixed, or move that pickup forward.",
            code="pickups_come_first",
            details={"order": late.code},
        )


def first_late_pickup(steps: Steps) -> PlannedStop | None:
    """The first pickup behind a dropoff, which only a mixed trip may have."""
    dropoffs = [number for number, step in enumerate(steps) if step.kind == StopKind.DROPOFF]
    behind = steps[dropoffs[0] :] if dropoffs else []
    return next((step for step in behind if step.kind == StopKind.PICKUP), None)


def named_orders(steps: Steps, wanted: Steps) -> None:
    """Refuse another set of stops where only their sequence may change, naming what is missing or foreign."""
    missing = [code for code in codes_of(steps) if code not in set(codes_of(wanted))]
    foreign = [code for code in codes_of(wanted) if code not in set(codes_of(steps))]
    if not missing and not foreign:
        return
    sentence = "Name every stop of the trip exactly once."
    if missing:
        sentence += f" Missing: {', '.join(missing[:5])}."
    if foreign:
        sentence += f" Not on this trip: {', '.join(code[:24] for code in foreign[:5])}."
    raise Invalid.fields(stops=sentence)


def rest_in_sequence(steps: Steps, over: Steps, wanted: Steps) -> list[PlannedStop]:
    """The stops of a trip that is driven: what is finished comes first and stays as it is, then the rest as `wanted`.

    `wanted` names every stop once, or only those that are left. Refused when a finished stop would move, which also
    tells whoever arranged the stops on an older picture that the driver has gone on.
    """
    is_over, named = set(over), set(wanted)
    rest = [step for step in wanted if step not in is_over]
    if len(named) != len(wanted) or set(rest) != set(steps) - is_over:
        missing = [step for step in steps if step not in is_over and step not in named]
        which = f" Missing: {', '.join(_named(step) for step in missing[:5])}." if missing else ""
        raise Invalid.fields(stops=f"Name every stop that is left exactly once.{which}")
    named_over = [step for step in wanted if step in is_over]
    begun = next((number for number, step in enumerate(steps) if step not in is_over), len(steps))
    pairs = [*zip(steps[:begun], wanted, strict=False), *zip(over, named_over, strict=False)]
    if named_over and (len(named_over) != len(over) or any(step != now for step, now in pairs)):
        moved = next((step for step, now in pairs if step != now), named_over[0])
        moved = moved if len(named_over) == len(over) else named_over[0]
        raise Refused(
            f"The {_named(moved)} is finished: finished stops stay where they are, before what is left. "
            "Look at the trip and arrange the stops after them.",
            code="stop_finished",
            details={"order": moved.code, "kind": moved.kind},
        )
    return [*over, *rest]


def _named(step: PlannedStop) -> str:
    return f"{step.kind} of {step.code}"
