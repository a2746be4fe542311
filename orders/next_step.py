"""The one thing a driver does next with an order, what it needs, and what else is possible: any app can be dumb.

Nothing is read here. Whoever asks about many orders collects `Known` for all of them at once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict
from urllib.parse import quote

from dispatch_console.core import clock
from orders import groups
from orders.actions import (
    Accept,
    Action,
    AddNote,
    AddProof,
    Arrive,
    Deliver,
    Depart,
    FailAttempt,
    PickUp,
    RaiseException,
    Reject,
    Return,
    SelfAssign,
    SelfUnassign,
    StageAtWarehouse,
    TryAgain,
    WithdrawAttempt,
    cash,
    proving,
)
from orders.models import Order
from orders.states import MOVING, AssignmentStatus, CashStage, GroupKind, Leg, ReasonKind, Stage, Status


class Need(TypedDict, total=False):
    """One input of an act: `kind` is photo, signature, barcode, pin, cash, reason or note.

    Of `photo` and `signature` the uploaded proof's id goes into `proof_ids`; the others name their `field`. Of cash,
    `amount` is what is due, as a string with two decimals. `choices` are the tenant's own words for a reason;
    `only_choices` says that no others will do.
    """

    kind: str
    field: str
    stage: str
    amount: str
    currency: str
    choices: list[str]
    only_choices: bool


class Place(TypedDict):
    """Where to go. No coordinates means that nobody knows the point: then there is no navigation either."""

    end: str
    label: str
    lat: float | None
    lng: float | None
    notes: str
    contact: str
    phone: str
    navigation: str
    map: str


class Window(TypedDict):
    """`opens_at` is when it is scheduled, `due_at` what was promised to the receiver."""

    opens_at: str | None
    due_at: str | None


class Step(TypedDict):
    act: str
    label: str
    needs: list[Need]


class NextStep(Step):
    place: Place | None
    window: Window


class Todo(TypedDict):
    """`next` is the one button; where it is empty, `waiting_for` says why. `others` are the small ones."""

    next: NextStep | None
    waiting_for: str
    others: list[Step]


@dataclass(frozen=True, slots=True)
class Known:
    """What the steps of orders depend on beyond the orders themselves."""

    driver_id: int
    currency: str
    self_assign: bool
    self_unassign: bool
    reasons: Mapping[str, list[str]] = field(default_factory=dict)
    shown: Mapping[tuple[int, str], Collection[str]] = field(default_factory=dict)  # (order, stage): kinds of proof


LABELS: dict[str, str] = {
    Accept.name: "Accept",
    Reject.name: "Reject",
    SelfAssign.name: "Take this order",
    SelfUnassign.name: "Give back",
    Arrive.name: "I am there",
    PickUp.name: "Picked up",
    Depart.name: "Start to the receiver",
    Deliver.name: "Delivered",
    StageAtWarehouse.name: "Brought to the warehouse",
    FailAttempt.name: "It did not work",
    TryAgain.name: "Try again",
    WithdrawAttempt.name: "Failed by mistake",
    Return.name: "Brought back",
    RaiseException.name: "Report a problem",
    AddNote.name: "Add a note",
}
# Possible with everything that the driver works on.
ALWAYS: tuple[type[Action], ...] = (RaiseException, AddNote)
# Every act of a driver; proof that comes late has no button of its own.
ACTS = (*LABELS, AddProof.name)


def todo(order: Order, known: Known) -> Todo:
    """What the driver can do with an order, by its status, its policy and the tenant's rules.

    `order.service.policy` must be at hand where many are asked.
    """
    if order.package_with_driver:
        return _todo(order, known, Return, place=_place(order, "pickup"))
    if order.driver_id is None and order.status == Status.PENDING:
        return _todo(order, known, SelfAssign, place=_place(order, "pickup"))
    if order.driver_id != known.driver_id:
        if order.holder_id == known.driver_id:
            return _wait("You still have the package. Dispatch decides who carries on; hand it over as they say.")
        return _wait("")
    if order.assignment_status == AssignmentStatus.PENDING:
        return _todo(order, known, Accept, Reject, place=_place(order, "pickup"))
    if order.on_hold:
        return _wait(f"On hold ({order.hold_reason}). Dispatch releases it.")
    if groups.is_in(order.held_by, GroupKind.WAYBILL):
        return _wait(f"Goes on with {groups.words(order.held_by)}.")
    back: list[type[Action]] = [SelfUnassign] if known.self_unassign else []
    if order.attempt_failed:
        possible: list[type[Action]] = [TryAgain, WithdrawAttempt, *_return(order), *back, *ALWAYS]
        sentence = "Reported as failed. Dispatch decides what comes next."
        return _wait(sentence, *(_step(act, order, known) for act in possible))
    if order.status == Status.ASSIGNED:
        acts = [PickUp] if order.arrived_pickup_at else [Arrive, PickUp]
        return _todo(order, known, *acts, FailAttempt, *back, *ALWAYS, place=_place(order, "pickup"))
    if order.status in MOVING:
        start: list[type[Action]] = [Depart] if order.status == Status.PICKED_UP else []
        last: type[Action] = StageAtWarehouse if order.leg == Leg.INBOUND else Deliver
        acts = [*start, last] if order.arrived_dropoff_at else [*start, Arrive, last]
        return _todo(order, known, *acts, FailAttempt, Return, *back, *ALWAYS, place=_place(order, "dropoff"))
    return _wait("")


def _todo(order: Order, known: Known, first: type[Action], *others: type[Action], place: Place) -> Todo:
    opens_at = order.scheduled_pickup_at if place["end"] == "pickup" else order.scheduled_delivery_at
    step: NextStep = {**_step(first, order, known), "place": place, "window": _window(opens_at, order.due_at)}
    return {"next": step, "waiting_for": "", "others": [_step(act, order, known) for act in others]}


def _wait(sentence: str, *others: Step) -> Todo:
    return {"next": None, "waiting_for": sentence, "others": list(others)}


def _return(order: Order) -> list[type[Action]]:
    return [Return] if order.status in MOVING else []


def _window(opens_at: datetime | None, due_at: datetime | None) -> Window:
    return {"opens_at": clock.iso(opens_at), "due_at": clock.iso(due_at)}


def _step(act: type[Action], order: Order, known: Known) -> Step:
    to_warehouse = act is Depart and order.leg == Leg.INBOUND
    label = "Start to the warehouse" if to_warehouse else LABELS[act.name]
    return {"act": act.name, "label": label, "needs": _needs(act, order, known)}


def _needs(act: type[Action], order: Order, known: Known) -> list[Need]:
    if act is PickUp:
        return [*_proofs(order, Stage.PICKUP, known), *_cash(order, CashStage.PICKUP, known)]
    if act is Deliver:
        return [*_proofs(order, Stage.DELIVERY, known), *_cash(order, CashStage.DROPOFF, known)]
    needs: list[Need] = []
    if kind := act.reason_kind_for(order):
        choices = list(known.reasons.get(ReasonKind(kind), []))
        needs.append({"kind": "reason", "field": "reason", "choices": choices})
        if act is RaiseException and choices:
            needs[-1]["only_choices"] = True
    if act is AddNote or (act is SelfUnassign and order.status in MOVING):
        needs.append({"kind": "note", "field": "note"})
    return needs


def _proofs(order: Order, stage: Stage, known: Known) -> list[Need]:
    have = known.shown.get((order.pk, stage), ())
    fields = {"barcode": "barcode", "pin": "pin"}
    return [
        {"kind": kind.value, "field": fields.get(kind, "proof_ids"), "stage": stage.value}
        for kind in proving.needed(order, stage)
        if kind not in have
    ]


def _cash(order: Order, stage: CashStage, known: Known) -> list[Need]:
    amount = cash.due(order, stage).amount
    if not amount:
        return []
    return [{"kind": "cash", "field": "collected", "amount": f"{amount:.2f}", "currency": known.currency}]


def _place(order: Order, end: str) -> Place:
    def of(column: str) -> Any:
        return getattr(order, f"{end}_{column}")

    warehouse = of("warehouse")
    label = of("address") if warehouse is None else warehouse.name
    lat, lng = of("latitude"), of("longitude")
    has_point = lat is not None and lng is not None
    return {
        "end": end,
        "label": label,
        "lat": lat,
        "lng": lng,
        "notes": of("notes"),
        "contact": of("contact"),
        "phone": of("phone"),
        # Every phone knows what to do with a geo address; the other one is for a browser.
        "navigation": f"geo:{lat:.6f},{lng:.6f}?q={lat:.6f},{lng:.6f}({quote(label)})" if has_point else "",
        "map": f"https://www.openstreetmap.org/directions?route=%3B{lat:.6f}%2C{lng:.6f}" if has_point else "",
    }
