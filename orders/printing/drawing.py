"""A box of a page to draw in: text from the top down, rules, and shaded fields."""

from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas

from orders.printing.fitting import Block, cut, fit
from orders.printing.fonts import BOLD, PLAIN, width

GREY = 0.38


@dataclass(slots=True)
class Box:
    """Points from the lower left corner; `top` moves down as things are drawn."""

    canvas: Canvas
    left: float
    bottom: float
    room: float
    top: float

    def part(self, *, left: float = 0, room: float | None = None, bottom: float | None = None) -> "Box":
        """A column of this box, from where it has come to now."""
        return Box(
            self.canvas,
            self.left + left,
            self.bottom if bottom is None else bottom,
            self.room - left if room is None else room,
            self.top,
        )

    def skip(self, points: float) -> None:
        self.top -= points

    def rule(self, *, weight: float = 0.6, above: float = 4, below: float = 4) -> None:
        self.skip(above)
        self.canvas.setStrokeGray(0)
        self.canvas.setLineWidth(weight)
        self.canvas.line(self.left, self.top, self.left + self.room, self.top)
        self.skip(below)

    def small(self, text: str, *, size: float = 6.5, grey: float = GREY) -> None:
        """A caption."""
        self.line(text, size=size, grey=grey)

    def line(self, text: str, *, size: float, bold: bool = False, grey: float = 0, align: str = "left") -> None:
        font = BOLD if bold else PLAIN
        self.block(Block([cut(text, font, size, self.room)], font, size), grey=grey, align=align)

    def text(
        self, text: str, *, size: float, lines: int, smallest: float = 0, bold: bool = False, grey: float = 0
    ) -> None:
        """Broken into at most so many lines; nothing is drawn for an empty text."""
        if text.strip():
            font = BOLD if bold else PLAIN
            self.block(fit(text, font, room=self.room, size=size, smallest=smallest or size, lines=lines), grey=grey)

    def block(self, block: Block, *, grey: float = 0, align: str = "left") -> None:
        self.canvas.setFillGray(grey)
        self.canvas.setFont(block.font, block.size)
        for line in block.lines:
            self.top -= block.leading
            x = self.left
            if align != "left":
                spare = self.room - width(line, block.font, block.size)
                x += spare if align == "right" else spare / 2
            self.canvas.drawString(x, self.top + block.size * 0.28, line)

    def banner(self, text: str, *, size: float, height: float) -> None:
        """White on black: what nobody may overlook."""
        self.top -= height
        self.canvas.setFillGray(0)
        self.canvas.rect(self.left, self.top, self.room, height, stroke=0, fill=1)
        block = fit(text, BOLD, room=self.room - 8, size=size, smallest=6, lines=1)
        self.canvas.setFillGray(1)
        self.canvas.setFont(block.font, block.size)
        spare = self.room - width(block.lines[0], block.font, block.size)
        self.canvas.drawString(self.left + spare / 2, self.top + (height - block.size * 0.7) / 2, block.lines[0])

    def frame(self, *, weight: float = 0.6) -> None:
        self.canvas.setStrokeGray(0)
        self.canvas.setLineWidth(weight)
        self.canvas.rect(self.left, self.bottom, self.room, self.top - self.bottom, stroke=1, fill=0)
