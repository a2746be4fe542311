"""Everything the order drawer shows, as its templates ask for it."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from dispatch_console.console.context import initials
from dispatch_console.console.order.buttons import Button, buttons
from dispatch_console.console.order.ends import End, end_of
from dispatch_console.console.order.grouping import Grouping
from dispatch_console.console.order.history import Entry
from dispatch_console.console.order.kin import Kin, kin_of
from dispatch_console.console.order.promise import Promise
from dispatch_console.console.order.reading import AssignmentLine, Reading, Seen, read_order
from dispatch_console.console.order.showing import Cash, FailedAttempt, Shown, Trouble
from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.geo import haversine_metres
from dispatch_console.core.models import Tenant
from orders import offers
from orders.actions.cash import Due, due
from orders.actions.pin import MOST_TRIES, pin_of, wants_pin
from orders.actions.proving import in_words, needed
from orders.commands import why_not_undo
from orders.legs import whole_code
from orders.models import Order
from orders.states import CashStage, PaymentStatus, Stage

BUTTONS = 3
PAYMENT_TONES = {
    PaymentStatus.PENDING: "warn",
    PaymentStatus.PAID: "good",
    PaymentStatus.FAILED: "bad",
    PaymentStatus.REFUNDED: "quiet",
}


@dataclass(frozen=True)
class Detail:
    """One order as the drawer shows it to one actor."""

    reading: Reading
    actor: Actor

    @property
    def order(self) -> Order:
        return self.reading.order

    # What can be done

    @cached_property
    def offers(self) -> dict[str, offers.Offer]:
        return {offer["name"]: offer for offer in offers.offers(self.order, self.actor) if offer["is_allowed"]}

    @cached_property
    def _bar(self) -> list[Button]:
        return buttons(self.offers, first=self._first)

    @property
    def _first(self) -> str:
        if self.order.package_with_driver:
            return "return"
        return "try-again" if self.order.attempt_failed else ""

    @property
    def buttons(self) -> list[Button]:
        return self._bar[:BUTTONS]

    @property
    def more(self) -> list[Button]:
        return self._bar[BUTTONS:]

    @property
    def may_act(self) -> bool:
        return bool(self.offers)

    @property
    def may_create(self) -> bool:
        return self.actor.may("orders.create")

    @cached_property
    def promise(self) -> Promise:
        return Promise(self.order, self.actor, clock.now())

    # Where

    @cached_property
    def pickup(self) -> End:
        return end_of(self.reading, "pickup")

    @cached_property
    def dropoff(self) -> End:
        return end_of(self.reading, "dropoff")

    @property
    def metres(self) -> float | None:
        one, other = self.pickup, self.dropoff
        if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
            return None
        return haversine_metres(one.latitude, one.longitude, other.latitude, other.longitude)

    @cached_property
    def position(self) -> Seen | None:
        """Where the driver, or whoever still holds the package, was seen last."""
        return self.reading.seen if self.actor.may("drivers.view") else None

    @property
    def is_position_stale(self) -> bool:
        oldest = self.promise.now - timedelta(minutes=self.order.tenant.stale_position_minutes)
        return self.position is not None and self.position.recorded_at < oldest

    # With whom, what, and for how much

    @property
    def may_see_drivers(self) -> bool:
        return self.actor.may("drivers.view")

    @property
    def driver_initials(self) -> str:
        return initials(self.order.driver.name) if self.order.driver else ""

    @cached_property
    def why_this_driver(self) -> dict[str, Any] | None:
        """What spoke for the driver who has the order, as it was kept then; for those who dispatch."""
        if not self.actor.may("orders.assign"):
            return None
        return next((line.explanation for line in self.assignments if line.is_live), None)

    # Its relatives

    @cached_property
    def kin(self) -> Kin:
        return kin_of(self.order, self.actor)

    @property
    def parent_code(self) -> str:
        return whole_code(self.order.code)

    @property
    def shows_return(self) -> bool:
        asks = {"request-return", "approve-return"} & self.offers.keys()
        return bool(self.kin.returns or self.kin.requests or asks) or (
            self.order.wants_replacement and self.order.is_open
        )

    @property
    def grouping(self) -> Grouping:
        return Grouping(self.order, self.actor)

    # Proof and money

    @property
    def proof_words(self) -> str:
        return in_words(needed(self.order, Stage.DELIVERY))

    @property
    def pickup_proof_words(self) -> str:
        return in_words(needed(self.order, Stage.PICKUP))

    @property
    def proofs(self) -> list[Shown]:
        return self.reading.proofs

    @property
    def pictures(self) -> list[Shown]:
        return [proof for proof in self.proofs if proof.is_picture]

    @property
    def texts(self) -> list[Shown]:
        """Scans, the PIN that was right, and notes that stand for proof."""
        return [proof for proof in self.proofs if not proof.is_picture]

    @property
    def attempts(self) -> list[FailedAttempt]:
        return self.reading.attempts

    @property
    def exceptions(self) -> list[Trouble]:
        return self.reading.exceptions

    @property
    def cash(self) -> list[Cash]:
        return self.reading.cash

    @property
    def has_door_times(self) -> bool:
        order = self.order
        return bool(order.arrived_pickup_at or order.arrived_dropoff_at or order.picked_up_at or self.attempts)

    @property
    def pin(self) -> str:
        """To be told to the receiver; drivers never see this page."""
        is_open = self.order.is_open and wants_pin(self.order)
        return pin_of(self.order) if is_open and self.actor.may("orders.pin") else ""

    @property
    def pin_tries_left(self) -> int:
        return max(MOST_TRIES - self.order.pin_tries, 0)

    @property
    def cash_due(self) -> list[tuple[str, Due]]:
        """What is to be collected at each end of an order that is still open."""
        ends = [
            ("from the sender at the pickup", CashStage.PICKUP),
            ("from the receiver at the door", CashStage.DROPOFF),
        ]
        taken = {line.stage for line in self.reading.cash if not line.is_void}
        found = [(words, due(self.order, stage, is_assigned=True)) for words, stage in ends if stage not in taken]
        return [(words, money) for words, money in found if money.amount and self.order.is_open]

    @property
    def payment_tone(self) -> str:
        return PAYMENT_TONES.get(PaymentStatus(self.order.payment_status), "quiet")

    @property
    def items(self) -> list[dict[str, Any]]:
        return self.reading.items

    @cached_property
    def total_weight(self) -> float | None:
        known = [line["weight"] * line["quantity"] for line in self.items if line["weight"] is not None]
        return round(sum(known), 3) if known else None

    @property
    def has_unknown_weights(self) -> bool:
        return any(line["weight"] is None for line in self.items)

    # What happened

    @property
    def assignments(self) -> list[AssignmentLine]:
        return self.reading.assignments

    @property
    def entries(self) -> list[Entry]:
        return self.reading.entries

    @property
    def event_total(self) -> int:
        # Every event raises the version by one, so the version is their number.
        return self.order.version

    @property
    def has_older_events(self) -> bool:
        return self.event_total > len(self.entries)

    @cached_property
    def why_not_undo(self) -> str:
        return why_not_undo(self.entries[0].event, self.order, self.actor) if self.entries else ""

    @property
    def offers_undo(self) -> bool:
        """Shown to those who can do something with the order; it says why not, where it is not possible."""
        return self.may_act and bool(self.entries)

    # For the browser

    @property
    def focus(self) -> dict[str, Any]:
        """What the page's modules keep of the open order: for keys, live changes and the small map."""
        order, position = self.order, self.position
        return {
            "id": order.pk,
            "code": order.code,
            "version": order.version,
            "type": order.type,
            "status": order.status,
            "driver": {"id": order.driver_id, "name": order.driver.name} if order.driver else None,
            "holder": {"id": order.holder_id, "name": order.holder.name} if order.holder else None,
            "on_hold": order.on_hold,
            "held_by": order.held_by,
            "carrier_type": order.carrier_type,
            "leg": order.leg,
            "flow": order.flow,
            "return_status": order.return_status,
            "actions": list(self.offers),
            "ends": [self.pickup.point, self.dropoff.point],
            "position": None
            if position is None
            else {
                "driver_id": position.driver_id,
                "lat": position.latitude,
                "lng": position.longitude,
                "recorded_at": clock.iso(position.recorded_at),
            },
        }


def read_detail(actor: Actor, tenant: Tenant, code: str) -> Detail:
    return Detail(reading=read_order(actor, tenant, code), actor=actor)
