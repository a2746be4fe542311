"""Text that must fit a box: broken between words, made smaller where that helps, and cut with an ellipsis at last."""

from dataclasses import dataclass

from orders.printing.fonts import printable, width

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one font and size, ready to be drawn; `is_cut` where something is left out."""

    lines: list[str]
    font: str
    size: float
    is_cut: bool = False

    @property
    def leading(self) -> float:
        return self.size * 1.22

    @property
    def height(self) -> float:
        return self.leading * len(self.lines)


def fit(text: str, font: str, *, room: float, size: float, smallest: float, lines: int) -> Block:
    """The text in at most `lines` lines of `room` points: in the largest size from `size` down that holds it whole."""
    text = printable(text)
    tried = size
    while tried > smallest:
        found = _broken(text, font, tried, room)
        if len(found) <= lines:
            return Block(found, font, tried)
        tried -= 0.5
    found = _broken(text, font, smallest, room)
    if len(found) <= lines:
        return Block(found, font, smallest)
    kept = found[:lines]
    kept[-1] = cut(f"{kept[-1]} {found[lines]}", font, smallest, room)
    return Block(kept, font, smallest, is_cut=True)


def cut(text: str, font: str, size: float, room: float) -> str:
    """One line of at most `room` points; an ellipsis says that there was more."""
    text = printable(text)
    if width(text, font, size) <= room:
        return text
    while text and width(text + ELLIPSIS, font, size) > room:
        text = text[:-1]
    return text.rstrip(" ,.;-") + ELLIPSIS


def _broken(text: str, font: str, size: float, room: float) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}".strip()
        if width(longer, font, size) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _pieces(word, font, size, room)
        lines += whole
    return [*lines, line] if line else lines


def _pieces(word: str, font: str, size: float, room: float) -> list[str]:
    """A word that is longer than a line, in pieces that are not."""
    pieces, piece = [], ""
    for letter in word:
        if piece and width(piece + letter, font, size) > room:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]
