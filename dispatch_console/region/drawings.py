"""Invented pictures for the demo: parcels at front doors, and signatures. No camera and no person is behind them."""

import math
import random
from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

DIFFERENT = 8
WALLS = ("#d9cfc1", "#c7d0d4", "#e4d8c8", "#b9c4b0", "#d8c3b8", "#cfd6dd", "#e0d3b0", "#c9bcc9")
DOORS = ("#6b3f2a", "#24445c", "#3c5a3a", "#7a2f2b", "#3a3a44", "#8a6a3a", "#2f4f4f", "#54306b")


def door_photo(chance: random.Random) -> bytes:
    """A parcel on a doorstep, as JPEG."""
    return _door(chance.randrange(DIFFERENT))


def signature(chance: random.Random) -> bytes:
    """A name that nobody can read, as PNG."""
    return _signature(chance.randrange(DIFFERENT))


@cache
def _door(number: int) -> bytes:
    chance = random.Random(f"door {number}")
    image = Image.new("RGB", (960, 1280), WALLS[number % len(WALLS)])
    draw = ImageDraw.Draw(image)
    for row in range(0, 1000, 40):
        for column in range(-60 if row % 80 else 0, 960, 120):
            shade = chance.randrange(-8, 9)
            colour = tuple(max(0, min(255, part + shade)) for part in image.getpixel((5, 5)))  # type: ignore[union-attr]
            draw.rectangle((column, row, column + 117, row + 37), fill=colour)
    draw.rectangle((0, 1000, 960, 1280), fill="#8d8a86")
    left = chance.randrange(250, 400)
    draw.rectangle((left - 18, 242, left + 378, 1000), fill="#f1ede4")
    draw.rectangle((left, 260, left + 360, 1000), fill=DOORS[number % len(DOORS)])
    draw.rectangle((left + 60, 320, left + 300, 520), fill="#a8c4d6")
    draw.ellipse((left + 312, 640, left + 338, 666), fill="#d8b24a")
    draw.polygon([(left - 40, 1000), (left + 400, 1000), (left + 440, 1060), (left - 80, 1060)], fill="#6f6a63")
    width, height = chance.randrange(180, 300), chance.randrange(130, 220)
    start = left + chance.randrange(20, 120)
    draw.rectangle((start, 1040 - height, start + width, 1040), fill="#b98b56")
    draw.rectangle((start + width // 2 - 12, 1040 - height, start + width // 2 + 12, 1040), fill="#d9c08e")
    draw.rectangle((start + 14, 1060 - height, start + 86, 1110 - height), fill="#f7f5ef")
    return _encoded(image, "JPEG", quality=80)


@cache
def _signature(number: int) -> bytes:
    chance = random.Random(f"signature {number}")
    image = Image.new("RGB", (600, 240), "white")
    draw = ImageDraw.Draw(image)
    phase, slant = chance.uniform(0, 6), chance.uniform(-0.1, 0.25)
    waves = [(chance.uniform(12, 46), chance.uniform(0.015, 0.07)) for _ in range(3)]
    points = []
    for x in range(60, 540, 3):
        y = 120 - slant * (x - 300) + sum(size * math.sin(speed * x + phase) for size, speed in waves) * (1 - x / 900)
        points.append((x + 14 * math.sin(x / 13 + phase), y))
    draw.line(points, fill="#16233f", width=4, joint="curve")
    draw.line([(70, 205), (500, 196)], fill="#16233f", width=3)
    return _encoded(image, "PNG")


def _encoded(image: Image.Image, file_format: str, **options: int) -> bytes:
    out = BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()
