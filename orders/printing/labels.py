"""The shipping label: from, to, what to collect, and the codes that a scanner reads. And the small barcode label."""

from orders.printing import marks
from orders.printing.content import Company, End, Printed, units_words, weight_words
from orders.printing.drawing import Box
from orders.printing.fitting import fit
from orders.printing.fonts import BOLD

QR_SIZE = 66
BARCODE_HEIGHT = 42


def shipping_label(box: Box, order: Printed, company: Company) -> None:
    """Made for 4 × 6 inches; on a quarter of an A4 sheet it is the same, a little smaller."""
    _head(box, order, company)
    box.rule(weight=1)
    _from(box, order)
    box.rule()
    foot = box.bottom + BARCODE_HEIGHT + 24
    _to(box, order, down_to=foot + QR_SIZE + 16)
    box.top = foot + QR_SIZE + 12
    box.rule(above=0, below=0, weight=1)
    _codes(box, order, company, foot=foot)
    _barcode(box, order)


def _head(box: Box, order: Printed, company: Company) -> None:
    start = box.top
    right = box.part(left=box.room * 0.58)
    right.line(order.service, size=9.5, bold=True, align="right")
    right.line(" · ".join(filter(None, [order.priority, order.leg])), size=7.5, align="right")
    left = box.part(room=box.room * 0.57)
    left.line(company.name, size=12, bold=True)
    left.small(company.moment(order.created_at))
    box.top = min(left.top, right.top, start - 24)


def _from(box: Box, order: Printed) -> None:
    box.small("FROM")
    box.line(order.pickup.name, size=9, bold=True)
    box.text(order.pickup.place, size=8.5, smallest=7, lines=2)
    if order.pickup.phone:
        box.line(order.pickup.phone, size=8)


def _to(box: Box, order: Printed, *, down_to: float) -> None:
    zone = order.dropoff.zone
    column = box.part(room=box.room - (62 if zone else 0))
    if zone:
        mark = box.part(left=box.room - 58, room=58, bottom=box.top - 40)
        mark.frame(weight=1.2)
        mark.skip(1)
        mark.part(left=3, room=52).line("ZONE", size=6, grey=0.38, align="center")
        mark.skip(10)
        inside = mark.part(left=3, room=52)
        inside.block(fit(zone, BOLD, room=52, size=20, smallest=8, lines=2), align="center")
    column.small("TO")
    column.text(order.dropoff.name, size=15, smallest=9, lines=2, bold=True)
    column.skip(1)
    column.text(order.dropoff.place, size=13.5, smallest=8.5, lines=3)
    if order.dropoff.phone:
        column.line(order.dropoff.phone, size=11)
    box.top = min(column.top, box.top - 40 if zone else box.top)
    notes = " · ".join(filter(None, [order.dropoff.notes, order.instructions]))
    left = int((box.top - down_to - 4) // 10)
    if notes and left > 0:
        box.skip(3)
        box.text(notes, size=8.2, smallest=6.5, lines=min(4, left))


def _codes(box: Box, order: Printed, company: Company, *, foot: float) -> None:
    marks.qr(box.canvas, order.code, x=box.left, y=foot + 5, size=QR_SIZE)
    column = box.part(left=QR_SIZE + 12)
    column.skip(3)
    column.text(order.code, size=20, smallest=10, lines=1, bold=True)
    facts = [units_words(order.units), weight_words(order.weight), order.reference and f"Ref. {order.reference}"]
    column.line(" · ".join(filter(None, facts)), size=8.5)
    if order.due_at is not None:
        column.line(f"Due {company.moment(order.due_at)}", size=8.5)
    if order.collect:
        column.skip(3)
        column.banner(f"COLLECT {company.money(order.collect)}", size=12.5, height=19)


def _barcode(box: Box, order: Printed) -> None:
    marks.barcode(
        box.canvas, order.barcode, x=box.left, y=box.bottom + 12, room=box.room, height=BARCODE_HEIGHT, widest=1.4
    )
    text = box.part(bottom=box.bottom)
    text.top = box.bottom + 11
    text.line(order.barcode, size=8.5, align="center")


def barcode_label(box: Box, order: Printed, company: Company) -> None:
    """Small: the code, whose it is, and the bars; made for 57 × 32 mm."""
    head = box.part(room=box.room * 0.6)
    head.text(order.code, size=11, smallest=7, lines=1, bold=True)
    side = box.part(left=box.room * 0.6)
    side.skip(2)
    side.line(" · ".join(filter(None, [order.dropoff.zone, units_words(order.units)])), size=7, align="right")
    box.top = head.top
    box.line(_short(order.dropoff), size=6.8)
    height = max(16.0, box.top - box.bottom - 12)
    marks.barcode(box.canvas, order.barcode, x=box.left, y=box.bottom + 9, room=box.room, height=height, widest=1.2)
    text = box.part(bottom=box.bottom)
    text.top = box.bottom + 8.5
    text.line(order.barcode, size=6.8, align="center")


def _short(end: End) -> str:
    return f"{end.name}, {end.place}" if end.place else end.name
