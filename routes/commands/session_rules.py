"""What can be done with a session, when, and why not: buttons, addresses and commands read the same declarations."""

from dataclasses import dataclass

from dispatch_console.core.errors import Refused
from orders.actions.rules import Why
from orders.states import ReasonKind
from routes.models import Route, RouteSession, SessionStatus
from routes.models.group import Group, GroupQuerySet
from routes.models.session import BEFORE_PICKUP, RUNNING

OPEN, STARTED, PICKED_UP, IN_TRANSIT = RUNNING
AFTER_PICKUP_ADVICE = (
    "Its packages are with the driver: deliver or return each order, report an exception, or cancel the order itself."
)


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `needs_live`: only with orders that are not over. `of_driver`: its own driver may do it, too."""

    name: str
    label: str
    statuses: tuple[SessionStatus, ...]
    needs_live: bool = False
    of_driver: bool = False
    is_step: bool = False
    asks: tuple[str, ...] = ()
    reason_kind: str = ""
    is_dangerous: bool = False
    key: str = ""
    explains: str = ""


ACTS: dict[str, Act] = {
    act.name: act
    for act in (
        Act("add-orders", "Add orders", (OPEN,), asks=("codes",), key="o"),
        Act(
            "start",
            "Start",
            (OPEN,),
            needs_live=True,
            of_driver=True,
            is_step=True,
            key="s",
            explains="The run begins. Orders that come later go into the route's next session.",
        ),
        Act(
            "pick-up",
            "Picked up",
            (STARTED,),
            needs_live=True,
            of_driver=True,
            is_step=True,
            asks=("note",),
            key="p",
            explains="Every order that still waits at the pickup is with the driver. After this none can be taken out.",
        ),
        Act(
            "depart",
            "In transit",
            (PICKED_UP,),
            of_driver=True,
            is_step=True,
            key="i",
            explains="The driver is on the way with all packages.",
        ),
        Act(
            "complete",
            "Complete",
            (IN_TRANSIT,),
            of_driver=True,
            is_step=True,
            asks=("cash", "note"),
            key="d",
            explains="Everything that is still in transit is delivered. What was returned or cancelled stays as it is.",
        ),
        Act(
            "switch-driver",
            "Switch driver",
            RUNNING,
            asks=("driver_id", "reason"),
            reason_kind=ReasonKind.SWITCH,
            key="a",
            explains="This run and all of its orders. The route keeps its driver for the next one.",
        ),
        Act(
            "remove-orders",
            "Take orders out",
            BEFORE_PICKUP,
            asks=("codes", "reason"),
            reason_kind=ReasonKind.UNASSIGN,
            explains="They go back to the queue, without a driver.",
        ),
        Act(
            "cancel",
            "Cancel session",
            BEFORE_PICKUP,
            asks=("reason",),
            reason_kind=ReasonKind.CANCEL,
            is_dangerous=True,
            explains="Orders go back to the queue, without a driver. What was picked up already stays with the driver.",
        ),
    )
}


def why_not(act: Act, session: RouteSession, *, live: int, for_driver: bool = False) -> Why | None:
    """Why the act is not possible now. `live` is how many of the session's orders are not over."""
    start, words = start_of_sentence(session), SessionStatus(session.status).label.lower()
    if session.status not in RUNNING:
        return Why("session_over", f"{start} is {words} already.")
    if session.status not in act.statuses:
        if act.statuses == BEFORE_PICKUP:
            return Why(
                "after_pickup", f"{start} is {words}; this is possible until the pickup only. {AFTER_PICKUP_ADVICE}"
            )
        needed = act.statuses[0].label.lower()
        return Why("step_not_allowed", f"{start} is {words}; “{act.label}” needs a session that is {needed}.")
    if act.needs_live and not live:
        advice = "Call dispatch." if for_driver else "Add orders to the route first."
        return Why("session_empty", f"{start} has no orders. {advice}")
    return None


def require(name: str, session: RouteSession, *, live: int, for_driver: bool = False) -> None:
    if why := why_not(ACTS[name], session, live=live, for_driver=for_driver):
        raise Refused(why.sentence, code=why.code, details={"status": session.status, "version": session.version})


def start_of_sentence(group: Group) -> str:
    return f"{group.words[:1].upper()}{group.words[1:]}"


def open_of(route: Route) -> GroupQuerySet:
    """Its open session: one at most."""
    return RouteSession.objects.filter(route=route, status=SessionStatus.OPEN)


def lock_open(route: Route) -> RouteSession | None:
    """The open session of a locked route, locked as well."""
    return open_of(route).select_for_update(of=("self",), no_key=True).first()
