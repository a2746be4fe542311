"""An order offered to several drivers at once, wave by wave: the first to accept gets it.

These stand in no list of buttons: whom to ask is chosen by the ranking above, which brings the drivers along.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Forbidden, Refused
from dispatch_console.core.models import Event
from orders.actions.assignments import locked_driver, open_assignment
from orders.actions.base import Action, CannotUndo
from orders.actions.rules import INTERNAL_CARRIER, NO_DRIVER, NOT_IN_GROUP, NOT_ON_HOLD, Guard, status_in
from orders.models import Assignment, Offer, OfferAnswer, OfferSearch, Order, SearchOutcome
from orders.models.order import OrderQuerySet
from orders.states import AssignmentStatus, Status

OFFERABLE = Guard((INTERNAL_CARRIER, status_in(Status.PENDING), NO_DRIVER, NOT_ON_HOLD, *NOT_IN_GROUP))


@dataclass(frozen=True, kw_only=True)
class WaveAction(Action):
    permission: ClassVar[str] = "orders.assign"

    @classmethod
    def inverse(cls, event: Event) -> Action:
        raise CannotUndo("Drivers have been asked already. Stop the offers, or unassign the order.")


def live_search(order: Order) -> OfferSearch | None:
    return OfferSearch.objects.filter(order=order, ended_at__isnull=True).first()


def end(search: OfferSearch, outcome: SearchOutcome, answer: OfferAnswer) -> None:
    """Nobody can accept any more; who was still asked gets `answer`."""
    now = clock.now()
    search.ended_at, search.outcome = now, outcome
    search.save(update_fields=["ended_at", "outcome"])
    search.offers.filter(answer=OfferAnswer.OPEN).update(answer=answer, answered_at=now)


def ask(search: OfferSearch, order: Order, driver_ids: Iterable[int], seconds: int) -> None:
    now = clock.now()
    search.wave_ends_at = now + timedelta(seconds=seconds)
    # The engine raises the version after this action.
    search.order_version = order.version + 1
    search.save()
    Offer.objects.bulk_create(
        Offer(
            tenant_id=order.tenant_id,
            search=search,
            order=order,
            driver_id=driver_id,
            wave=search.wave,
            offered_at=now,
            expires_at=search.wave_ends_at,
        )
        for driver_id in driver_ids
    )


@dataclass(frozen=True, kw_only=True)
class OfferNearby(WaveAction):
    """Ask these drivers; the first to accept gets the order."""

    name: ClassVar[str] = "offer-nearby"
    label: ClassVar[str] = "Offer to drivers nearby"
    event: ClassVar[str] = "order.offered_nearby"
    guard: ClassVar[Guard] = OFFERABLE

    driver_ids: tuple[int, ...]
    radius: int
    seconds: int

    def content(self) -> dict[str, Any]:
        """Whom to ask is looked for anew with each repeat of a request, which is the same request all the same."""
        return {}

    def check(self, order: Order, actor: Actor) -> None:
        search = live_search(order)
        if search is not None and search.order_version == order.version:
            raise Refused(f"Order {order.code} is being offered already. Stop that first.", code="already_offered")
        if not self.driver_ids:
            raise Refused(
                f"No driver within {self.radius} m may take order {order.code} now. Assign one from the list.",
                code="nobody_nearby",
            )

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        if (former := live_search(order)) is not None:
            end(former, SearchOutcome.CHANGED, OfferAnswer.WITHDRAWN)
        search = OfferSearch(
            tenant_id=order.tenant_id,
            order=order,
            started_by=actor.label,
            started_at=clock.now(),
            radius=self.radius,
        )
        ask(search, order, self.driver_ids, self.seconds)
        return []


@dataclass(frozen=True, kw_only=True)
class OfferFurther(WaveAction):
    """The next wave: those who have not answered are not asked any longer. Only the installation itself does this."""

    name: ClassVar[str] = "offer-further"
    label: ClassVar[str] = "Offer to the next drivers"
    event: ClassVar[str] = "order.offered_further"
    guard: ClassVar[Guard] = OFFERABLE

    wave: int
    driver_ids: tuple[int, ...]
    radius: int
    seconds: int

    def check(self, order: Order, actor: Actor) -> None:
        require_over(order, wave=self.wave - 1)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        search = require_over(order, wave=self.wave - 1)
        search.offers.filter(answer=OfferAnswer.OPEN).update(answer=OfferAnswer.EXPIRED, answered_at=clock.now())
        search.wave, search.radius = self.wave, self.radius
        ask(search, order, self.driver_ids, self.seconds)
        return []


@dataclass(frozen=True, kw_only=True)
class EndOffers(WaveAction):
    """Everybody was asked and nobody took it. Only the installation itself does this."""

    name: ClassVar[str] = "end-offers"
    label: ClassVar[str] = "Nobody took it"
    event: ClassVar[str] = "order.offered_in_vain"

    wave: int

    def check(self, order: Order, actor: Actor) -> None:
        require_over(order, wave=self.wave)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        end(require_over(order, wave=self.wave), SearchOutcome.NOBODY, OfferAnswer.EXPIRED)
        return []


@dataclass(frozen=True, kw_only=True)
class StopOffers(WaveAction):
    """Ask nobody any longer."""

    name: ClassVar[str] = "stop-offers"
    label: ClassVar[str] = "Stop offering"
    event: ClassVar[str] = "order.offers_stopped"

    def check(self, order: Order, actor: Actor) -> None:
        if live_search(order) is None:
            raise Refused(f"Order {order.code} is not being offered.", code="not_offered")

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        if (search := live_search(order)) is not None:
            end(search, SearchOutcome.STOPPED, OfferAnswer.WITHDRAWN)
        return []


@dataclass(frozen=True, kw_only=True)
class AnswerOffer(WaveAction):
    """Base of a driver's answers: the order of an offer may be tried by whoever was asked."""

    permission: ClassVar[str] = "work.own"

    offer_id: int

    def reachable(self, actor: Actor) -> OrderQuerySet:
        mine = Offer.objects.filter(pk=self.offer_id, driver=actor.driver_id, tenant_id=actor.tenant_id)
        return Order.objects.filter(pk__in=mine.values("order"))

    def open_offer(self, order: Order, actor: Actor) -> Offer:
        """The offer while it stands; read under the order's lock, which every answer takes."""
        if actor.driver_id is None:
            raise Forbidden("Only the driver who was asked can answer.")
        offer = Offer.objects.select_related("search").get(pk=self.offer_id, driver=actor.driver_id)
        is_live = offer.search.ended_at is None and offer.search.order_version == order.version
        if offer.search.outcome == SearchOutcome.TAKEN and offer.answer != OfferAnswer.ACCEPTED:
            raise Refused(f"Somebody else was faster: order {order.code} is taken.", code="offer_taken")
        if not is_live or offer.answer != OfferAnswer.OPEN or offer.expires_at <= clock.now():
            raise Refused(f"The offer of order {order.code} is over.", code="offer_expired")
        return offer


@dataclass(frozen=True, kw_only=True)
class TakeOffer(AnswerOffer):
    """The driver takes the order; nobody else can any more."""

    name: ClassVar[str] = "take-offer"
    label: ClassVar[str] = "Take the offered order"
    event: ClassVar[str] = "order.offer_taken"

    def check(self, order: Order, actor: Actor) -> None:
        self.open_offer(order, actor)
        if why := OFFERABLE.why_not(order):
            raise Refused(why.sentence, code=why.code)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        offer, now = self.open_offer(order, actor), clock.now()
        driver = locked_driver(order, actor.driver_id, actor)
        changed = open_assignment(order, driver, actor, needs_acceptance=False)
        Assignment.objects.filter(order=order, ended_at__isnull=True).update(
            status=AssignmentStatus.ACCEPTED, responded_at=now
        )
        offer.answer, offer.answered_at = OfferAnswer.ACCEPTED, now
        offer.save(update_fields=["answer", "answered_at"])
        end(offer.search, SearchOutcome.TAKEN, OfferAnswer.WITHDRAWN)
        order.assignment_status = AssignmentStatus.ACCEPTED
        order.status = Status.ASSIGNED
        return [*changed, "status"]


@dataclass(frozen=True, kw_only=True)
class RefuseOffer(AnswerOffer):
    """The driver does not want the order; the others are still asked."""

    name: ClassVar[str] = "refuse-offer"
    label: ClassVar[str] = "Refuse the offered order"
    event: ClassVar[str] = "order.offer_refused"

    reason: str = ""

    def check(self, order: Order, actor: Actor) -> None:
        self.open_offer(order, actor)

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        offer = self.open_offer(order, actor)
        offer.answer, offer.reason, offer.answered_at = OfferAnswer.REFUSED, self.reason, clock.now()
        offer.save(update_fields=["answer", "reason", "answered_at"])
        # A refusal is an event of the order, not a change of what is offered.
        offer.search.order_version = order.version + 1
        offer.search.save(update_fields=["order_version"])
        return []


def require_over(order: Order, *, wave: int) -> OfferSearch:
    """The search whose wave has run its time, or has been answered by all."""
    search = live_search(order)
    if search is None or search.order_version != order.version or search.wave != wave:
        raise Refused(f"Order {order.code} is not in wave {wave} of its offers.", code="not_offered")
    if search.wave_ends_at > clock.now() and search.offers.filter(answer=OfferAnswer.OPEN).exists():
        raise Refused(f"Wave {wave} of order {order.code} is still open.", code="offer_open")
    return search
