"""The receipt: what was ordered, what it costs, what is collected, and room for two signatures."""

from orders.printing import marks
from orders.printing.content import Company, End, Printed, units_words, weight_words
from orders.printing.drawing import Box

ITEMS_SHOWN = 6


def receipt(box: Box, order: Printed, company: Company) -> None:
    """Made for A6."""
    right = box.part(left=box.room - 92)
    marks.qr(box.canvas, order.code, x=box.left + box.room - 46, y=box.top - 46, size=46)
    right.room -= 52
    head = box.part(room=box.room - 54)
    head.line(company.name, size=11, bold=True)
    head.line("Delivery receipt", size=8.5, grey=0.38)
    head.text(order.code, size=14, smallest=9, lines=1, bold=True)
    box.top = min(head.top, box.top - 48)
    box.small(" · ".join(filter(None, [company.moment(order.created_at), order.service, order.reference])))
    box.rule(weight=1)
    half = box.room / 2 - 6
    ends = [box.part(room=half), box.part(left=half + 12)]
    _end(ends[0], "FROM", order.pickup)
    _end(ends[1], "TO", order.dropoff)
    box.top = min(end.top for end in ends)
    box.rule()
    _items(box, order)
    box.rule()
    _money(box, order, company)
    _signatures(box, order)


def _end(box: Box, caption: str, end: End) -> None:
    box.small(caption)
    box.text(end.name, size=8.5, smallest=7, lines=2, bold=True)
    box.text(end.place, size=8, smallest=6.8, lines=3)
    if end.phone:
        box.line(end.phone, size=7.5)


def _items(box: Box, order: Printed) -> None:
    box.small("CONTENT")
    for item in order.items[:ITEMS_SHOWN]:
        amount = box.part(left=box.room - 60)
        amount.line(weight_words(item.weight and item.weight * item.quantity), size=8, align="right")
        box.part(room=box.room - 64).line(f"{item.quantity:,} × {item.name}", size=8)
        box.top = amount.top
    if len(order.items) > ITEMS_SHOWN:
        box.line(f"and {len(order.items) - ITEMS_SHOWN} more", size=8)
    total = ", ".join(filter(None, [units_words(order.units), weight_words(order.weight)]))
    box.line(total, size=8, bold=True)


def _money(box: Box, order: Printed, company: Company) -> None:
    rows = [("Delivery fee", company.money(order.fee), f"{order.payment}, {order.fee_by.lower()} pays")]
    if order.goods:
        rows.append(("Goods", company.money(order.goods), "cash on delivery"))
    for name, amount, how in rows:
        value = box.part(left=box.room - 84)
        value.line(amount, size=8.5, align="right")
        box.part(room=box.room - 88).line(f"{name} ({how})", size=8.5)
        box.top = value.top
    if order.collect:
        value = box.part(left=box.room - 110)
        value.line(company.money(order.collect), size=11, bold=True, align="right")
        box.part(room=box.room - 112).line("To collect at the door", size=11, bold=True)
        box.top = value.top


def _signatures(box: Box, order: Printed) -> None:
    half = box.room / 2 - 8
    for left, caption in ((0.0, f"Driver{f': {order.driver}' if order.driver else ''}"), (half + 16, "Received by")):
        field = box.part(left=left, room=half)
        field.top = box.bottom + 12
        field.canvas.setStrokeGray(0)
        field.canvas.setLineWidth(0.5)
        field.canvas.line(field.left, field.top, field.left + field.room, field.top)
        field.small(caption)
