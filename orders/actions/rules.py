"""Rules a guard is made of: each says in Python and in SQL the same thing, and why not in a sentence."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q

from orders import groups, legs
from orders.models import Order
from orders.states import DONE, CarrierType, GroupKind, Leg, Status


@dataclass(frozen=True, slots=True)
class Why:
    """A refusal: a stable machine code and a sentence for a person; `instead` is the order to act on, where known."""

    code: str
    sentence: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition on an order; `test` and `condition` must agree (the generated matrix test holds them together)."""

    code: str
    test: Callable[[Order], bool]
    condition: Q
    sentence: Callable[[Order], str]
    instead: Callable[[Order], str] | None = None

    def why_not(self, order: Order) -> Why | None:
        if self.test(order):
            return None
        return Why(self.code, self.sentence(order), self.instead(order) if self.instead else "")


@dataclass(frozen=True, slots=True)
class Guard:
    """All rules must hold; the first that does not gives the refusal.

    `of_parents`: it may be done on a staged order itself. Everything else is done on one of its legs, and on the second
    one only when the first has brought the package to the warehouse.
    """

    rules: tuple[Rule, ...] = ()
    of_parents: bool = False

    def why_not(self, order: Order, *, group: str = "", with_parent: bool = False) -> Why | None:
        """`group` is the group that acts: its lock on its own orders does not bind itself.

        `with_parent`: done to a leg because it is done to the whole order.
        """
        is_own = group != "" and group == order.held_by
        rules: tuple[Rule, ...] = self.rules if self.of_parents else (*BEING_WORKED, *self.rules)
        for rule in rules:
            if (is_own and rule in NOT_IN_GROUP) or (with_parent and rule is NOT_A_LEG):
                continue
            if why := rule.why_not(order):
                return why
        return None

    def q(self) -> Q:
        """The same guard as a condition, for bulk selections."""
        combined = Q() if self.of_parents else READY
        for rule in self.rules:
            combined &= rule.condition
        return combined


def words(order: Order) -> str:
    return Status(order.status).label.lower()


def status_in(*statuses: Status, hint: str = "", also: tuple[Status, ...] = ()) -> Rule:
    """`also` are statuses that only few orders have, so that the sentence need not speak of them."""
    allowed = " or ".join(Status(status).label.lower() for status in statuses)
    return Rule(
        code="status_locked",
        test=lambda order: order.status in (*statuses, *also),
        condition=Q(status__in=(*statuses, *also)),
        sentence=lambda order: (
            f"Order {order.code} is {words(order)}; this needs an order that is {allowed}.{' ' + hint if hint else ''}"
        ),
    )


def status_not_in(*statuses: Status, sentence: Callable[[Order], str] | None = None) -> Rule:
    return Rule(
        code="status_locked",
        test=lambda order: order.status not in statuses,
        condition=~Q(status__in=statuses),
        sentence=sentence or (lambda order: f"Order {order.code} is already {words(order)}."),
    )


def _instead_of_parent(order: Order) -> str:
    leg = legs.working_leg(order)
    return (
        f"Order {order.code} is carried in two legs. Act on {leg.code}, the leg "
        f"{Leg(leg.leg).label.lower()}, which is {words(leg)}."
    )


NOT_A_PARENT = Rule(
    code="act_on_leg",
    test=lambda order: not order.is_parent,
    condition=Q(staging_warehouse__isnull=True),
    sentence=_instead_of_parent,
    instead=lambda order: legs.working_leg(order).code,
)
NOT_A_LEG = Rule(
    code="act_on_parent",
    test=lambda order: order.leg == "",
    condition=Q(leg=""),
    sentence=lambda order: (
        f"Order {order.code} is one leg of {legs.whole_code(order.code)}. Do this to the whole order there."
    ),
    instead=lambda order: legs.whole_code(order.code),
)
STAGED_FIRST = Rule(
    code="awaits_staging",
    test=lambda order: not order.awaits_staging,
    condition=Q(awaits_staging=False),
    sentence=lambda order: (
        f"Order {order.code} starts at the warehouse, and its package is not there yet. "
        f"{legs.sibling_code(order, Leg.INBOUND)} has to be staged first."
    ),
    instead=lambda order: legs.sibling_code(order, Leg.INBOUND),
)
BEING_WORKED = (NOT_A_PARENT, STAGED_FIRST)
# What can be worked as far as legs are concerned: no parent, and no leg whose package is not there yet.
READY = NOT_A_PARENT.condition & STAGED_FIRST.condition
ENDS_AT_RECEIVER = Rule(
    code="stage_instead",
    test=lambda order: order.leg != Leg.INBOUND,
    condition=~Q(leg=Leg.INBOUND),
    sentence=lambda order: f"Order {order.code} ends at the warehouse. Stage it there; it has no receiver.",
)

INTERNAL_CARRIER = Rule(
    code="carrier_not_internal",
    test=lambda order: order.carrier_type == CarrierType.INTERNAL,
    condition=Q(carrier_type=CarrierType.INTERNAL),
    sentence=lambda order: (
        f"Order {order.code} is carried by {CarrierType(order.carrier_type).label.lower()} carrier, which is not "
        "your own fleet: its driver and progress are the carrier's to report."
    ),
)

NO_DRIVER = Rule(
    code="already_assigned",
    test=lambda order: order.driver_id is None,
    condition=Q(driver__isnull=True),
    sentence=lambda order: f"Order {order.code} is already assigned to {order.driver}. Switch the driver instead.",
)

HAS_DRIVER = Rule(
    code="no_active_assignment",
    test=lambda order: order.driver_id is not None,
    condition=Q(driver__isnull=False),
    sentence=lambda order: f"Order {order.code} has no driver. Assign a driver first.",
)

TAKES_A_DRIVER = Rule(
    code="status_locked",
    test=lambda order: order.status not in DONE,
    condition=~Q(status__in=DONE),
    sentence=lambda order: f"Order {order.code} is {words(order)} and takes no driver any more.",
)

NOT_ON_HOLD = Rule(
    code="on_hold",
    test=lambda order: not order.on_hold,
    condition=Q(on_hold=False),
    sentence=lambda order: f"Order {order.code} is on hold ({order.hold_reason}). Release it first.",
)

ON_HOLD = Rule(
    code="not_on_hold",
    test=lambda order: order.on_hold,
    condition=Q(on_hold=True),
    sentence=lambda order: f"Order {order.code} is not on hold.",
)


def _not_in(kind: GroupKind, code: str, advice: str) -> Rule:
    return Rule(
        code=code,
        test=lambda order: not groups.is_in(order.held_by, kind),
        condition=~Q(held_by__startswith=f"{kind}:"),
        sentence=lambda order: f"Order {order.code} is in {groups.words(order.held_by)}. {advice}",
    )


# A waybill is a chain of custody: nothing happens to its orders one by one.
NOT_IN_WAYBILL = _not_in(
    GroupKind.WAYBILL, "in_active_waybill", "Act on the waybill, or take the order out while it is a draft."
)
# A trip or a session of a route says who drives; each order still has its own pickup, delivery and outcome.
NOT_IN_TRIP = _not_in(GroupKind.TRIP, "in_trip", "Act on the trip, or take the order out of it first.")
NOT_IN_SESSION = _not_in(GroupKind.SESSION, "in_session", "Act on the session, or take the order out of it first.")
NOT_IN_GROUP = (NOT_IN_WAYBILL, NOT_IN_TRIP, NOT_IN_SESSION)

IN_GROUP = Rule(
    code="not_in_group",
    test=lambda order: order.held_by != "",
    condition=~Q(held_by=""),
    sentence=lambda order: f"Order {order.code} is in no waybill, trip or route session.",
)

PACKAGE_AT_PICKUP_OR_DROPPED = Rule(
    code="status_locked",
    test=lambda order: order.status == Status.PENDING or order.holder_dropped_it,
    condition=Q(status=Status.PENDING)
    | Q(status__in=(Status.PICKED_UP, Status.IN_TRANSIT), holder__isnull=False, driver__isnull=True),
    sentence=lambda order: (
        f"Order {order.code} is {words(order)}; a driver can be assigned to a pending order, "
        "or to a package whose driver dropped it."
    ),
)

PACKAGE_IN_HANDS = Rule(
    code="nothing_to_return",
    test=lambda order: order.status in (Status.PICKED_UP, Status.IN_TRANSIT) or order.package_with_driver,
    condition=Q(status__in=(Status.PICKED_UP, Status.IN_TRANSIT)) | Q(status=Status.CANCELLED, holder__isnull=False),
    sentence=lambda order: (
        f"Order {order.code} is {words(order)} and no driver holds its package, so there is nothing to return."
    ),
)
