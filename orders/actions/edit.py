"""Editing an order's form fields while its status still allows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Event
from orders import legs
from orders.actions import form_rules, staged
from orders.actions.base import Action
from orders.actions.eligibility import check_driver
from orders.actions.lookups import DIRECT, Lookups
from orders.actions.rules import NOT_A_LEG, NOT_IN_WAYBILL, Guard, status_in, words
from orders.models import Order
from orders.states import Flow, Leg, OrderType, Status

OF_BOTH_LEGS = ("customer_id", "service_id", "unit_size", "priority", "instructions", "notes", "items")
MONEY = frozenset({"payer", "payment_method", "cod_amount", "delivery_fee"})
PROMISING = frozenset({"service_id", "scheduled_pickup_at", "scheduled_delivery_at"})


@dataclass(frozen=True, kw_only=True)
class Edit(Action):
    """Change form fields. `changes` maps column names of `form_rules.EDITABLE` to new values.

    In draft and pending everything may change; once a driver is assigned only what does not alter the contract, and
    the driver is checked again.
    """

    name: ClassVar[str] = "edit"
    label: ClassVar[str] = "Edit"
    event: ClassVar[str] = "order.edited"
    permission: ClassVar[str] = "orders.edit"
    key: ClassVar[str] = "e"
    guard: ClassVar[Guard] = Guard(
        (
            NOT_A_LEG,
            status_in(
                Status.DRAFT,
                Status.PENDING,
                Status.ASSIGNED,
                hint="From pickup on, the order can no longer be edited.",
                also=(Status.STAGED,),
            ),
            NOT_IN_WAYBILL,
        ),
        of_parents=True,
    )

    changes: dict[str, Any]

    def check(self, order: Order, actor: Actor) -> None:
        if unknown := sorted(set(self.changes) - set(form_rules.EDITABLE)):
            raise Invalid.fields(**dict.fromkeys(unknown, "This field cannot be edited."))
        if order.status not in (Status.ASSIGNED, Status.STAGED):
            return
        is_staged = order.status == Status.STAGED
        columns = (*form_rules.LOCKED_ONCE_ASSIGNED, *(("unit_size",) if is_staged else ()))
        locked = [name for name in columns if name in self.changes and self.changes[name] != getattr(order, name)]
        if is_staged and "items" in self.changes:
            locked.append("items")
        if locked:
            names = ", ".join(name.removesuffix("_id").replace("_", " ") for name in locked)
            what, advice = ("assigned", " Unassign the driver first.")
            if is_staged:
                what, advice = ("staged at the warehouse", "")
            raise Refused(
                f"Order {order.code} is {what}, so its {names} can no longer change.{advice}",
                code="field_locked",
                details={"fields": {name: [f"Locked once the order is {what}."] for name in locked}},
            )

    def for_leg(self, leg: Order, *, is_undo: bool) -> Action | None:
        """The leg's own end, what is said of the package, and its part of the money."""
        end, moment = (
            ("pickup", "scheduled_pickup_at") if leg.leg == Leg.INBOUND else ("dropoff", "scheduled_delivery_at")
        )
        own = [name for name in self.changes if name.startswith(f"{end}_")]
        if leg.status not in (Status.DRAFT, Status.PENDING, Status.ASSIGNED):
            if own:
                sentence = f"Order {leg.code} is {words(leg)}: its {end} can no longer change."
                raise Refused(sentence, code="status_locked", details={"fields": {name: [sentence] for name in own}})
            return None
        whole: Any = leg.parent
        changes = {name: self.changes[name] for name in (*own, *OF_BOTH_LEGS) if name in self.changes}
        if self.changes.keys() & MONEY:
            changes |= legs.money_of(leg.leg, vars(whole))
        if self.changes.keys() & PROMISING:  # the due times of both legs follow
            changes[moment] = getattr(whole, moment)
        return Edit(changes=changes) if changes else None

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        before = {name: getattr(order, name) for name in self.changes if name != "items"}
        form_rules.fill(order, self.changes, actor)
        self._forget_coordinates_of_warehouse_ends(order, before)
        form_rules.place(order)
        form_rules.check(order, changed={name for name in before if getattr(order, name) != before[name]})
        if order.is_parent:
            staged.check_edited(order, self.changes)
        if order.parent is not None:
            order.due_at = staged.due_of(order.leg, order.parent)
        else:
            form_rules.promise(order, since=order.created_at)
        if order.driver is not None:
            check_driver(order, order.driver, vehicle=order.vehicle)
        if "items" in self.changes:
            form_rules.replace_items(order, self.changes["items"])
        columns = [name.removesuffix("_id") for name in self.changes if name != "items"]
        return [*columns, *form_rules.PLACED_COLUMNS, "due_at", "customer_name", "customer_phone", "team"]

    def _forget_coordinates_of_warehouse_ends(self, order: Order, before: dict[str, Any]) -> None:
        """An end that stops being a warehouse must not keep the warehouse's coordinates."""
        for end in form_rules.ENDS:
            left_warehouse = before.get(f"{end}_warehouse_id") and getattr(order, f"{end}_warehouse_id") is None
            if left_warehouse and f"{end}_latitude" not in self.changes:
                setattr(order, f"{end}_latitude", None)
                setattr(order, f"{end}_longitude", None)

    @classmethod
    def inverse(cls, event: Event) -> Action:
        before = event.data["before"]
        changes: dict[str, Any] = {}
        for name, value in before.items():
            if name == "items":
                changes[name] = value
                continue
            field = Order._meta.get_field(name)
            column = field.attname  # type: ignore[union-attr]
            if column in form_rules.EDITABLE:
                changes[column] = field.target_field.to_python(value) if field.is_relation else field.to_python(value)  # type: ignore[union-attr]
        return Edit(changes=changes)


@dataclass(frozen=True, kw_only=True)
class NewOrder:
    """The input of creation: the type, the form values, and whether it starts as a draft."""

    type: str
    values: dict[str, Any]
    is_draft: bool = False
    carrier_type: str = "internal"
    barcode: str = ""
    bulk_group: str = ""
    driver_id: int | None = None
    staging_warehouse_id: int | None = None
    wants_replacement: bool = False

    def build(self, *, tenant_id: int, code: str, barcode: str, actor: Actor, lookups: Lookups = DIRECT) -> Order:
        """The unsaved order, checked and placed; raises Invalid or Refused. A staged one still lacks its legs."""
        now = clock.now()
        order = Order(
            tenant_id=tenant_id,
            code=code,
            barcode=barcode,
            type=self.type,
            status=Status.DRAFT if self.is_draft else Status.PENDING,
            carrier_type=self.carrier_type,
            bulk_group=self.bulk_group,
            created_at=now,
            updated_at=now,
        )
        if self.wants_replacement:
            if self.type != OrderType.PICKUP_DELIVERY:
                raise Invalid.fields(wants_replacement="Only pickup & delivery orders bring a replacement.")
            order.wants_replacement, order.flow = True, Flow.FORWARD
        form_rules.fill(order, self.values, actor, lookups=lookups)
        form_rules.place(order, lookups=lookups)
        items = self.values.get("items")
        staged.set_staging(order, self.staging_warehouse_id, items, actor, lookups=lookups)
        form_rules.check(order, changed=self.values, lookups=lookups)
        if self.values.get("delivery_fee") is None:
            order.delivery_fee = order.service.default_price
        order.team_id = order.team_id or order.service.team_id
        form_rules.promise(order, since=now)
        return order
