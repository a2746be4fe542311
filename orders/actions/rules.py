"""Rules a guard is made of: each says in Python and in SQL the same thing, and why not in a sentence."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q

from orders.models import Order
from orders.states import DONE, CarrierType, Status


@dataclass(frozen=True, slots=True)
class Why:
    """A refusal: a stable machine code and a sentence for a person."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition on an order; `test` and `condition` must agree (the generated matrix test holds them together)."""

    code: str
    test: Callable[[Order], bool]
    condition: Q
    sentence: Callable[[Order], str]

    def why_not(self, order: Order) -> Why | None:
        return None if self.test(order) else Why(self.code, self.sentence(order))


@dataclass(frozen=True, slots=True)
class Guard:
    """All rules must hold; the first that does not gives the refusal."""

    rules: tuple[Rule, ...] = ()

    def why_not(self, order: Order) -> Why | None:
        for rule in self.rules:
            if why := rule.why_not(order):
                return why
        return None

    def q(self) -> Q:
        """The same guard as a condition, for bulk selections."""
        combined = Q()
        for rule in self.rules:
            combined &= rule.condition
        return combined


def words(order: Order) -> str:
    return Status(order.status).label.lower()


def status_in(*statuses: Status, hint: str = "") -> Rule:
    allowed = " or ".join(Status(status).label.lower() for status in statuses)
    return Rule(
        code="status_locked",
        test=lambda order: order.status in statuses,
        condition=Q(status__in=statuses),
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

NOT_IN_GROUP = Rule(
    code="held_by_group",
    test=lambda order: order.held_by == "",
    condition=Q(held_by=""),
    sentence=lambda order: (
        f"Order {order.code} belongs to {order.held_by.replace(':', ' ')}. Act on that group instead."
    ),
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
