"""The delivery that brings something back: after a replacement, or by an approved return request."""

from django.db import transaction

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError, Refused
from dispatch_console.core.models import Warehouse
from orders import groups
from orders.actions import form_rules
from orders.actions.assignments import locked_driver, open_assignment
from orders.actions.closing import Cancel
from orders.actions.rules import words
from orders.actions.staged import PLACE_PARTS
from orders.actions.writing import STREAM, refused, write
from orders.kinship import return_code
from orders.models import DeliveryService, Order, ReturnRequest
from orders.states import Direction, Flow, OrderType, Payer, PaymentMethod, ReturnStatus, Status

BEFORE_PICKUP = (Status.DRAFT, Status.PENDING, Status.ASSIGNED)
TAKEN_BACK = "The delivery was taken back"


def whole(order: Order) -> Order:
    """The order as it was booked: what goes back comes from there, not from one of its legs."""
    return order if order.parent is None else order.parent


def open_return(
    source: Order, actor: Actor, *, why: str, service: DeliveryService | None = None, to: Warehouse | None = None
) -> Order:
    """Create the delivery from the source's dropoff back to its pickup, or to a warehouse; the sender pays by wallet.

    The caller has locked the source. Its code follows from the source's, so that nothing goes back twice.
    """
    now, number = clock.now(), source.return_orders.count() + 1
    service = service or source.service
    order = Order(
        tenant_id=source.tenant_id,
        team_id=source.team_id,
        code=return_code(source.code, number),
        barcode=return_code(source.barcode, number),
        type=OrderType.DELIVERY,
        status=Status.PENDING,
        carrier_type=source.carrier_type,
        direction=Direction.INBOUND,
        flow=Flow.RETURN,
        source_order=source,
        customer_id=source.customer_id,
        customer_name=source.customer_name,
        customer_phone=source.customer_phone,
        service=service,
        payer=Payer.SENDER,
        payment_method=PaymentMethod.WALLET,
        delivery_fee=service.default_price,
        unit_size=source.unit_size,
        priority=source.priority,
        instructions=source.instructions,
        bulk_group=source.bulk_group,
        created_at=now,
        updated_at=now,
    )
    order.tenant = source.tenant
    for part in PLACE_PARTS:
        setattr(order, f"pickup_{part}", getattr(source, f"dropoff_{part}"))
        if to is None:
            setattr(order, f"dropoff_{part}", getattr(source, f"pickup_{part}"))
    if to is not None:
        order.dropoff_warehouse = to
    form_rules.place(order)
    form_rules.promise(order, since=now)
    order.save(force_insert=True)
    form_rules.replace_items(order, form_rules.items_of(source))
    _tell_created(order, actor, why)
    return order


def open_replacement(order: Order, actor: Actor) -> None:
    """The forward delivery is done: what it replaces goes back, with the driver who is there where that is possible."""
    source = whole(order)
    if _live(source).exists():
        return
    back = open_return(source, actor, why="replacement")
    if order.driver_id is None:
        return
    try:
        with transaction.atomic():
            driver = locked_driver(back, order.driver_id, actor)
            open_assignment(back, driver, actor, needs_acceptance=False)
            back.status = Status.ASSIGNED
            back.save(update_fields=["driver", "vehicle", "assignment_status", "status"])
    except DomainError:
        # Then it waits in the queue like any other order; the delivery itself is not held up by it.
        return


def close_returns(order: Order, actor: Actor) -> None:
    """The delivery is taken back: a replacement's return that has not begun is called off, anything else refuses."""
    source = whole(order)
    if source.return_status in (ReturnStatus.PENDING, ReturnStatus.APPROVED):
        raise Refused(
            f"A return of order {source.code} is {ReturnStatus(source.return_status).label.lower()}. "
            "Withdraw that first.",
            code="return_asked",
            details={"order": source.code},
        )
    for back in _live(source).select_for_update(no_key=True).order_by("pk"):
        if back.status not in BEFORE_PICKUP:
            raise Refused(
                f"Order {back.code}, which goes back from {source.code}, is {words(back)}. The delivery has happened.",
                code="return_started",
                details={"order": back.code},
            )
        cancel = Cancel(reason=TAKEN_BACK)
        if why := cancel.guard.why_not(back):
            raise refused(why, back)
        groups.tell(back.held_by, write(cancel, back, actor), actor)


def _live(source: Order):  # type: ignore[no-untyped-def]
    asked = ReturnRequest.objects.filter(order=source).values("return_order")
    live = Order.objects.filter(source_order=source).exclude(status=Status.CANCELLED)
    return live.exclude(pk__in=asked.filter(return_order__isnull=False))


def _tell_created(order: Order, actor: Actor, why: str) -> None:
    events.record(
        actor=actor,
        stream=STREAM,
        object_id=order.pk,
        object_code=order.code,
        version=order.version,
        kind="order.created",
        team_id=order.team_id,
        data={
            "input": {"source": order.source_order.code if order.source_order else "", "why": why},
            "before": {},
            "after": {"status": order.status, "driver": order.driver_id},
        },
    )
