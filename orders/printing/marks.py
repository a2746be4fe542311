"""Barcodes and QR codes, drawn as vectors so that every printer prints them sharp."""

from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.pdfgen.canvas import Canvas

# Below this a hand scanner begins to fail: about 0.19 mm.
NARROWEST_BAR = 0.54
QUIET_MODULES = 10


def barcode(canvas: Canvas, text: str, *, x: float, y: float, room: float, height: float, widest: float = 1.3) -> float:
    """A Code 128 with its lower left corner in the middle of `room` points; returns its width, quiet zones included.

    Codes that only such a symbol without enough room could hold are left out: what cannot be scanned is not printed.
    """
    encodable = text.encode("ascii", "ignore").decode()
    if not encodable or encodable != text:
        return 0.0
    modules = Code128(text, barWidth=1, barHeight=height, quiet=0).width + 2 * QUIET_MODULES
    bar = min(widest, room / modules)
    if bar < NARROWEST_BAR:
        return 0.0
    symbol = Code128(text, barWidth=bar, barHeight=height, quiet=0)
    canvas.setFillGray(0)
    symbol.drawOn(canvas, x + (room - symbol.width) / 2, y)
    return float(modules * bar)


def qr(canvas: Canvas, text: str, *, x: float, y: float, size: float) -> None:
    """A QR code as one path, row by row; the quiet zone is the caller's."""
    code = QrCodeWidget(text, barLevel="M").qr
    code.make()
    count = code.getModuleCount()
    side = size / count
    path = canvas.beginPath()
    for row in range(count):
        column = 0
        while column < count:
            if not code.isDark(row, column):
                column += 1
                continue
            start = column
            while column < count and code.isDark(row, column):
                column += 1
            path.rect(x + start * side, y + size - (row + 1) * side, (column - start) * side, side)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)
