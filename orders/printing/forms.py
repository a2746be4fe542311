"""The forms that can be printed of orders, each with its papers: how large, and how many on a sheet."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import inch, mm
from reportlab.pdfgen.canvas import Canvas

from dispatch_console.core.errors import Invalid
from orders.printing.content import Company, Printed
from orders.printing.drawing import Box
from orders.printing.fonts import register
from orders.printing.labels import barcode_label, shipping_label
from orders.printing.receipts import receipt

Draw = Callable[[Box, Printed, Company], None]


@dataclass(frozen=True, slots=True)
class Paper:
    """A page of `size` points with `columns` × `rows` fields; `margin` is around the sheet, `inset` inside a field."""

    label: str
    size: tuple[float, float]
    columns: int = 1
    rows: int = 1
    margin: tuple[float, float] = (0, 0)
    inset: float = 9

    @property
    def fields(self) -> int:
        return self.columns * self.rows

    def box(self, canvas: Canvas, place: int) -> Box:
        """The field at this place of a page, counted from 0, row by row."""
        row, column = divmod(place, self.columns)
        width = (self.size[0] - 2 * self.margin[0]) / self.columns
        height = (self.size[1] - 2 * self.margin[1]) / self.rows
        left = self.margin[0] + column * width + self.inset
        top = self.size[1] - self.margin[1] - row * height - self.inset
        return Box(canvas, left, top - height + 2 * self.inset, width - 2 * self.inset, top)


@dataclass(frozen=True, slots=True)
class Form:
    name: str
    label: str
    draw: Draw
    papers: dict[str, Paper]

    def paper(self, name: str) -> Paper:
        """The paper of that name, or the first; raises Invalid."""
        if not name:
            return next(iter(self.papers.values()))
        if name not in self.papers:
            raise Invalid.fields(paper=f"{self.label} are printed on: {', '.join(self.papers)}.")
        return self.papers[name]


FORMS = {
    form.name: form
    for form in (
        Form(
            "labels",
            "Shipping labels",
            shipping_label,
            {
                "thermal": Paper("Thermal, 4 × 6 inches", (4 * inch, 6 * inch), inset=12),
                "a4": Paper("A4 sheet, 4 labels", A4, columns=2, rows=2, inset=14),
            },
        ),
        Form(
            "barcodes",
            "Barcode labels",
            barcode_label,
            {
                "thermal": Paper("Thermal, 57 × 32 mm", (57 * mm, 32 * mm), inset=6),
                "a4": Paper("A4 sheet, 24 labels", A4, columns=3, rows=8, margin=(0, 0.5 * mm), inset=9),
            },
        ),
        Form(
            "receipts",
            "Receipts",
            receipt,
            {
                "a6": Paper("A6, one each", (A4[0] / 2, A4[1] / 2), inset=16),
                "a4": Paper("A4 sheet, 4 receipts", A4, columns=2, rows=2, inset=16),
            },
        ),
    )
}


def known(name: str) -> Form:
    """The form of that name; raises Invalid."""
    if name not in FORMS:
        raise Invalid.fields(form=f"There is no form “{name[:40]}”. Known: {', '.join(FORMS)}.")
    return FORMS[name]


def write(
    out: IO[bytes],
    form: Form,
    paper: Paper,
    orders: Iterable[Printed],
    company: Company,
    *,
    used: int = 0,
    drawn: Callable[[], None] | None = None,
) -> int:
    """The whole file; how many orders are in it. `used` fields of the first sheet are left free, as they are gone.

    `drawn` is called after each order, for progress.
    """
    register()
    canvas = Canvas(out, pagesize=paper.size, pageCompression=1)
    canvas.setTitle(f"{form.label}, {company.name}")
    canvas.setAuthor(company.name)
    place, count = used % paper.fields, 0
    for order in orders:
        if place == paper.fields:
            canvas.showPage()
            place = 0
        form.draw(paper.box(canvas, place), order, company)
        place += 1
        count += 1
        if drawn is not None:
            drawn()
    canvas.showPage()
    canvas.save()
    return count
