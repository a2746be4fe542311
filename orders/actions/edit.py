"""Editing an order's form fields while its status still allows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.models import Event
from orders.actions import form_rules
from orders.actions.base import Action
from orders.actions.eligibility import check_driver
from orders.actions.rules import NOT_IN_GROUP, Guard, status_in
from orders.models import Order
from orders.states import Status


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
            status_in(
                Status.DRAFT, Status.PENDING, Status.ASSIGNED, hint="From pickup on, the order can no longer be edited."
            ),
            NOT_IN_GROUP,
        )
    )

    changes: dict[str, Any]

    def check(self, order: Order, actor: Actor) -> None:
        if unknown := sorted(set(self.changes) - set(form_rules.EDITABLE)):
            raise Invalid.fields(**dict.fromkeys(unknown, "This field cannot be edited."))
        if order.status != Status.ASSIGNED:
            return
        locked = [
            name
            for name in form_rules.LOCKED_ONCE_ASSIGNED
            if name in self.changes and self.changes[name] != getattr(order, name)
        ]
        if locked:
            names = ", ".join(name.removesuffix("_id").replace("_", " ") for name in locked)
            raise Refused(
                f"Order {order.code} is assigned, so its {names} can no longer change. Unassign the driver first.",
                code="field_locked",
                details={"fields": {name: ["Locked once a driver is assigned."] for name in locked}},
            )

    def apply(self, order: Order, actor: Actor) -> Iterable[str]:
        before = {name: getattr(order, name) for name in self.changes if name != "items"}
        form_rules.fill(order, self.changes, actor)
        self._forget_coordinates_of_warehouse_ends(order, before)
        form_rules.place(order)
        form_rules.check(order, changed={name for name in before if getattr(order, name) != before[name]})
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

    def build(self, *, tenant_id: int, code: str, barcode: str, actor: Actor) -> Order:
        """The unsaved order, checked and placed; raises Invalid or Refused."""
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
        if self.staging_warehouse_id is not None:
            raise form_rules.staging_not_available("This order")
        form_rules.fill(order, self.values, actor)
        form_rules.check(order, changed=self.values)
        if self.values.get("delivery_fee") is None:
            order.delivery_fee = order.service.default_price
        order.team_id = order.team_id or order.service.team_id
        form_rules.place(order)
        form_rules.promise(order, since=now)
        return order
