"""The font of all papers: Fira Sans, which a package brings, with Latin, Greek and Cyrillic letters."""

import unicodedata
from functools import cache

import fontpkg_fira_sans
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "FiraSans", "FiraSans-Bold"
FILES = {PLAIN: "FiraSans-Regular.ttf", BOLD: "FiraSans-SemiBold.ttf"}
# Stands for a letter that the font does not have.
MISSING = "\u25a1"


@cache
def register() -> None:
    """Make the fonts known, once per process; each file keeps only the letters it uses."""
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(fontpkg_fira_sans.ROOT / "files" / file)))


@cache
def _letters() -> frozenset[int]:
    register()
    return frozenset(pdfmetrics.getFont(PLAIN).face.charToGlyph)


def printable(text: str) -> str:
    """The text in composed letters and on one line; what the font cannot draw becomes a box, control characters go."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    kept = (letter for letter in composed if unicodedata.category(letter)[0] != "C")
    return "".join(letter if ord(letter) in _letters() else MISSING for letter in kept)


def width(text: str, font: str, size: float) -> float:
    return float(pdfmetrics.stringWidth(text, font, size))
