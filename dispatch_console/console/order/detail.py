"""Everything the order drawer shows, as its templates ask for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from dispatch_console.console.context import initials
from dispatch_console.console.navigation import address
from dispatch_console.console.order.buttons import Button, buttons
from dispatch_console.console.order.history import Entry
from dispatch_console.console.order.kin import Kin, kin_of
from dispatch_console.console.order.reading import AssignmentLine, Reading, Seen, read_order
from dispatch_console.console.order.showing import Cash, FailedAttempt, Shown, Trouble
from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.geo import haversine_metres
from dispatch_console.core.models import Tenant
from orders import groups, offers
from orders.actions.cash import Due, due
from orders.actions.grouping import JoinGroup
from orders.actions.pin import MOST_TRIES, pin_of, wants_pin
from orders.actions.proving import in_words, needed
from orders.commands import why_not_undo
from orders.legs import whole_code
from orders.models import Order, OrderEta
from orders.states import DONE, CashStage, PaymentStatus, Stage, Status
from routes.commands.grouping import PERMISSION as GROUPS
from routes.commands.session_opening import READY
from routes.commands.trip_rules import ELIGIBLE
from routes.models.waybill import CARRIERS

BUTTONS = 3
PAYMENT_TONES = {
    PaymentStatus.PENDING: "warn",
    PaymentStatus.PAID: "good",
    PaymentStatus.FAILED: "bad",
    PaymentStatus.REFUNDED: "quiet",
}


@dataclass(frozen=True, slots=True)
class End:
    """One end of the order."""

    name: str
    place: str
    warehouse: dict[str, Any] | None
    zone: dict[str, Any] | None
    latitude: float | None
    longitude: float | None
    contact: str
    phone: str
    notes: str

    @property
    def is_on_map(self) -> bool:
        return self.latitude is not None and self.longitude is not None

    @property
    def short(self) -> str:
        """The street and number, or the warehouse: what a title has room for."""
        return self.place.split(",")[0]

    @property
    def point(self) -> dict[str, Any]:
        shape = "warehouse" if self.warehouse is not None else self.name
        return {"role": self.name, "shape": shape, "label": self.place, "lat": self.latitude, "lng": self.longitude}


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

    # The promise

    @cached_property
    def now(self) -> datetime:
        return clock.now()

    @property
    def is_closed(self) -> bool:
        return self.order.status in DONE

    @property
    def due_tone(self) -> str:
        due = self.order.due_at
        if due is None or self.is_closed:
            return ""
        if due < self.now:
            return "late"
        if self.expected_late:
            return "soon"
        return "soon" if due < self.now + timedelta(minutes=self.order.tenant.late_risk_minutes) else ""

    @property
    def outcome_against_promise(self) -> timedelta | None:
        """How long before (positive) or after its promise a delivered order arrived."""
        order = self.order
        if order.status != Status.DELIVERED or order.due_at is None or order.closed_at is None:
            return None
        return order.due_at - order.closed_at

    @cached_property
    def eta(self) -> OrderEta | None:
        """When the driver who has it is expected."""
        if not self.order.is_open or self.order.driver_id is None:
            return None
        return OrderEta.objects.visible_to(self.actor).filter(pk=self.order.pk, driver=self.order.driver_id).first()

    @property
    def expected_late(self) -> timedelta | None:
        """By how much the promise will be missed, where that is to be feared."""
        due = self.order.due_at
        if self.eta is None or self.eta.dropoff_at is None or due is None:
            return None
        late = self.eta.dropoff_at - due
        return late if late >= timedelta(minutes=1) else None

    @property
    def promise_source(self) -> str:
        """What the promised time rests on."""
        if self.order.scheduled_delivery_at is not None:
            return "the scheduled delivery"
        return f"the service {self.order.service.name}: {self.order.service.promise_minutes} min"

    # Where

    @cached_property
    def pickup(self) -> End:
        return self._end("pickup")

    @cached_property
    def dropoff(self) -> End:
        return self._end("dropoff")

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
        oldest = self.now - timedelta(minutes=self.order.tenant.stale_position_minutes)
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
    def fits_waybill(self) -> bool:
        """Whether it could go on a drafted waybill, as far as the order itself tells."""
        order = self.order
        is_free = order.status == Status.PENDING and order.carrier_type in CARRIERS
        return self.actor.may(GROUPS) and is_free and JoinGroup.guard.why_not(order) is None

    @property
    def fits_trip(self) -> bool:
        """Whether it could come onto a planned trip, as far as the order itself tells."""
        return self.actor.may(GROUPS) and ELIGIBLE.why_not(self.order) is None

    @property
    def fits_route(self) -> bool:
        """Whether it could go on a route, as far as the order itself tells."""
        return self.actor.may(GROUPS) and self.order.driver_id is None and READY.why_not(self.order) is None

    @property
    def group_words(self) -> str:
        """`waybill:WB00012` -> `waybill WB00012`"""
        return groups.words(self.order.held_by)

    @property
    def group_url(self) -> str:
        """The page of the group, where that kind has one."""
        kind, _, label = self.order.held_by.partition(":")
        return address(f"console:{kind}", label) if kind else ""

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

    def _end(self, name: str) -> End:
        order = self.order
        warehouse = self.reading.warehouses[name]
        return End(
            name=name,
            place=getattr(order, f"{name}_address") if warehouse is None else warehouse["name"],
            warehouse=warehouse,
            zone=self.reading.zones[name],
            latitude=getattr(order, f"{name}_latitude"),
            longitude=getattr(order, f"{name}_longitude"),
            contact=getattr(order, f"{name}_contact"),
            phone=getattr(order, f"{name}_phone"),
            notes=getattr(order, f"{name}_notes"),
        )


def read_detail(actor: Actor, tenant: Tenant, code: str) -> Detail:
    return Detail(reading=read_order(actor, tenant, code), actor=actor)
