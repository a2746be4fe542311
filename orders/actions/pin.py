"""The delivery PIN: four digits that the receiver says at the door, judged and counted under the order's lock."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.conf import settings
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Refused
from dispatch_console.core.models import Event
from orders.actions.base import Action, CannotUndo
from orders.actions.rules import NOT_IN_WAYBILL, Guard, Rule, status_in
from orders.models import Order
from orders.states import Leg, ProofKind, Stage, Status

MOST_TRIES = 5
_SALT = "orders.delivery_pin"

PIN_LOCKED = Rule(
    code="pin_not_locked",
    test=lambda order: order.pin_tries >= MOST_TRIES,
    condition=Q(pin_tries__gte=MOST_TRIES),
    sentence=lambda order: f"The PIN of order {order.code} is not locked.",
)


def pin_of(order: Order) -> str:
    """The order's PIN. It is stored nowhere: it follows from the order and the site's secret key."""
    return _derived(order, settings.SECRET_KEY)


def is_right(order: Order, pin: str) -> bool:
    # A receiver who was told the PIN before the secret key was rotated still knows the right one.
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(_derived(order, key), pin) for key in keys)


def wants_pin(order: Order) -> bool:
    policy = order.service.policy
    if policy is None or order.is_parent or order.leg == Leg.INBOUND:  # nobody receives those
        return False
    return ProofKind.PIN in policy.needed(Stage.DELIVERY)


def is_locked(order: Order) -> bool:
    return order.pin_tries >= MOST_TRIES


def sealed(pin: str) -> str:
    """What a stored input keeps of a PIN: enough to tell two inputs apart, and of no use without the secret key."""
    return salted_hmac(f"{_SALT}.input", pin, algorithm="sha256").hexdigest()[:16] if pin else ""


def _derived(order: Order, secret: str | bytes) -> str:
    digest = salted_hmac(_SALT, str(order.pk), secret=secret, algorithm="sha256").hexdigest()
    return f"{int(digest, 16) % 10_000:04d}"


def locked_refusal(order: Order) -> Refused:
    return Refused(
        f"The PIN of order {order.code} is locked after {MOST_TRIES} wrong tries. Ask your dispatcher to unlock it.",
        code="pin_locked",
        details={"tries_left": 0},
    )


@dataclass(frozen=True, kw_only=True)
class RefusePin(Action):
    """A delivery with a wrong PIN: it is counted and kept in the history, and the delivery is refused.

    Nobody asks for this by name; a delivery turns into it under the lock, so that no guess escapes the count.
    """

    name: ClassVar[str] = "refuse-pin"
    label: ClassVar[str] = "Wrong PIN"
    event: ClassVar[str] = "order.pin_refused"
    permission: ClassVar[str] = "orders.status"
    own_work: ClassVar[bool] = True

    act: Action

    def check(self, order: Order, actor: Actor) -> None:
        # A PIN is judged only when nothing else is wrong: otherwise one could be tried without being counted.
        if why := self.act.guard.why_not(order):
            raise Refused(why.sentence, code=why.code)
        self.act.check(order, actor)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.pin_tries += 1
        return ["pin_tries"]

    def refusal(self, order: Order) -> dict[str, Any]:
        left = MOST_TRIES - order.pin_tries
        if left <= 0:
            error = locked_refusal(order)
        else:
            tries = "1 try is" if left == 1 else f"{left} tries are"
            sentence = f"This is not the PIN of order {order.code}. {tries} left."
            error = Refused(sentence, code="pin_wrong", details={"tries_left": left, "fields": {"pin": [sentence]}})
        # The count has raised the version: whoever tries again does so on that one.
        return {"code": error.code, "message": error.message, "details": error.details | {"version": order.version + 1}}

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("A wrong PIN stays counted. Unlock the PIN to give the driver new tries.")


@dataclass(frozen=True, kw_only=True)
class UnlockPin(Action):
    """Give new tries after a PIN was locked by wrong ones."""

    name: ClassVar[str] = "unlock-pin"
    label: ClassVar[str] = "Unlock PIN"
    event: ClassVar[str] = "order.pin_unlocked"
    permission: ClassVar[str] = "orders.pin"
    guard: ClassVar[Guard] = Guard(
        (status_in(Status.ASSIGNED, Status.PICKED_UP, Status.IN_TRANSIT), PIN_LOCKED, NOT_IN_WAYBILL)
    )

    note: str = ""

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        order.pin_tries = 0
        return ["pin_tries"]

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("New tries cannot be taken back: wrong ones lock the PIN again by themselves.")
