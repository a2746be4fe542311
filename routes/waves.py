"""Offers in waves: whom to ask next, by the ranking, in a circle that widens until somebody takes the order."""

import logging
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef

from dispatch_console.core import clock
from dispatch_console.core.access import system_actor
from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.errors import DomainError, Refused
from orders import access, commands
from orders.actions.rules import READY
from orders.actions.waves import EndOffers, OfferFurther, OfferNearby, StopOffers
from orders.commands import Outcome
from orders.expiry import withdraw_outdated
from orders.models import AssignmentMode, FulfilmentPolicy, Offer, OfferAnswer, OfferSearch, Order, SearchOutcome
from orders.states import CarrierType, Status
from routes.candidates import MOST_JUDGED, candidates
from routes.models import DispatchSettings
from routes.models.settings import settings_of
from routes.rounds import of_mode

logger = logging.getLogger(__name__)

LABEL = "Offers to drivers nearby"
MOST_AT_ONCE = 200
# An order that nobody took is offered again by itself after this time.
AGAIN_AFTER = timedelta(minutes=5)


def start(code: str, *, actor: Actor, key: str = "", version: int | None = None) -> Outcome:
    """Offer the order to the best few within the first radius."""
    access.require(actor, "orders.assign")
    order, settings = access.get_order(actor, code), settings_of(actor.tenant_id)
    # Looked for before the lock, as the order is now: a repeat finds the first answer by its key.
    radius = round(settings.wave_radius)
    action = OfferNearby(
        driver_ids=_nearest(order, actor, settings, radius), radius=radius, seconds=settings.wave_seconds
    )
    if not action.driver_ids and (wider := _widened(order, actor, settings, radius, wave=1)):
        action = OfferNearby(driver_ids=wider[0], radius=wider[1], seconds=settings.wave_seconds)
    return commands.perform(action, code=code, actor=actor, key=key, version=version)


def stop(code: str, *, actor: Actor, key: str = "", version: int | None = None) -> Outcome:
    return commands.perform(StopOffers(), code=code, actor=actor, key=key, version=version)


def state(order: Order) -> dict[str, Any] | None:
    """The last search for a driver with everybody who was asked; None when there was none. Two queries."""
    search = OfferSearch.objects.filter(order=order).order_by("-pk").first()
    if search is None:
        return None
    is_live = search.ended_at is None and search.order_version == order.version
    asked = search.offers.select_related("driver").order_by("pk")
    return {
        "is_live": is_live,
        "wave": search.wave,
        "radius": search.radius,
        "started_by": search.started_by,
        "started_at": clock.iso(search.started_at),
        "wave_ends_at": clock.iso(search.wave_ends_at),
        "ended_at": clock.iso(search.ended_at),
        "outcome": search.outcome or ("" if is_live else SearchOutcome.CHANGED.value),
        "offers": [
            {
                "driver_id": offer.driver_id,
                "name": offer.driver.name,
                "wave": offer.wave,
                "answer": offer.answer,
                "answer_words": OfferAnswer(offer.answer).label,
                "reason": offer.reason,
                "offered_at": clock.iso(offer.offered_at),
                "expires_at": clock.iso(offer.expires_at),
                "answered_at": clock.iso(offer.answered_at),
            }
            for offer in asked
        ],
    }


def sweep() -> int:
    """Everything whose time has come; how many orders moved on. Any number of workers may do this at once."""
    withdraw_outdated()
    now = clock.now()
    waiting = Offer.objects.filter(search=OuterRef("pk"), answer=OfferAnswer.OPEN, expires_at__gt=now)
    over = OfferSearch.objects.filter(~Exists(waiting), ended_at__isnull=True).select_related("order__tenant")
    count = sum(_goes_on(search) for search in over.order_by("wave_ends_at")[:MOST_AT_ONCE])
    return count + sum(_begin(tenant_id) for tenant_id in sorted(_companies()))


def _goes_on(search: OfferSearch) -> bool:
    order, actor = search.order, _actor(search.tenant_id)
    settings = settings_of(search.tenant_id)
    wave = search.wave
    action: OfferFurther | EndOffers = EndOffers(wave=wave)
    if wider := _widened(order, actor, settings, search.radius, wave=wave):
        action = OfferFurther(wave=wave + 1, driver_ids=wider[0], radius=wider[1], seconds=settings.wave_seconds)
    try:
        commands.perform(action, code=order.code, actor=actor, key=f"wave:{search.pk}:{wave}")
    except DomainError as refusal:  # taken, stopped or changed in between
        logger.info("The offers of %s do not go on: %s", order.code, refusal.message)
        return False
    return True


def _widened(
    order: Order, actor: Actor, settings: DispatchSettings, radius: float, *, wave: int
) -> tuple[tuple[int, ...], int] | None:
    """Whom to ask next and within which radius: a circle without anybody new is passed over."""
    for step in range(1, settings.most_waves - wave + 1):
        wide = round(radius * settings.wave_growth**step)
        if found := _nearest(order, actor, settings, wide):
            return found, wide
    return None


def _nearest(order: Order, actor: Actor, settings: DispatchSettings, radius: float) -> tuple[int, ...]:
    """The best of the ranking on duty within the radius who were not asked in the search that runs."""
    asked = set(Offer.objects.filter(order=order.pk, search__ended_at__isnull=True).values_list("driver_id", flat=True))
    found = [
        each.driver.pk
        for each in candidates(order, actor, limit=MOST_JUDGED).candidates
        if not each.is_blocked
        and each.driver.is_online
        and not each.is_stale
        and each.metres is not None
        and each.metres <= radius
        and each.driver.pk not in asked
    ]
    return tuple(found[: settings.wave_size])


def _companies() -> set[int]:
    """Where something is offered by itself."""
    policies = FulfilmentPolicy.objects.filter(assignment_mode=AssignmentMode.OFFERS, tenant__is_active=True)
    companies = DispatchSettings.objects.filter(assignment_mode=AssignmentMode.OFFERS, tenant__is_active=True)
    return {*policies.values_list("tenant_id", flat=True), *companies.values_list("tenant_id", flat=True)}


def _begin(tenant_id: int) -> int:
    """Orders of services that offer by themselves, unless a person stopped that or nobody took it a moment ago."""
    actor, settings, now = _actor(tenant_id), settings_of(tenant_id), clock.now()
    searches = OfferSearch.objects.filter(order=OuterRef("pk"))
    lately = searches.filter(outcome=SearchOutcome.NOBODY, ended_at__gt=now - AGAIN_AFTER)
    orders = Order.objects.visible_to(actor).filter(
        READY,
        of_mode(AssignmentMode.OFFERS, settings),
        ~Exists(searches.filter(ended_at__isnull=True)),
        ~Exists(searches.filter(outcome=SearchOutcome.STOPPED)),
        ~Exists(lately),
        status=Status.PENDING,
        driver__isnull=True,
        carrier_type=CarrierType.INTERNAL,
        on_hold=False,
        held_by="",
    )
    count = 0
    urgent = orders.order_by(F("due_at").asc(nulls_last=True), "pk")
    for code, version in list(urgent.values_list("code", "version")[:MOST_AT_ONCE]):
        try:
            start(code, actor=actor, version=version)
            count += 1
        except Refused as refusal:
            logger.info("%s is not offered: %s", code, refusal.message)
    return count


def _actor(tenant_id: int) -> Actor:
    return system_actor(tenant_id, label=LABEL, source=Source.TASK)
