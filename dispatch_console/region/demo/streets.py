"""Real doors for invented people: addresses of the region's index, drawn by town."""

import math
import random
from functools import cache
from pathlib import Path

from dispatch_console.core.geocoding.address_index import AddressIndex
from dispatch_console.core.geocoding.base import Place

DATA = Path(__file__).resolve().parent.parent / "data"

# How much of the day's work a town gives: people live and shop more in the valley than on the mountain.
WEIGHTS = {
    "Vaduz": 22,
    "Schaan": 22,
    "Triesen": 14,
    "Balzers": 12,
    "Eschen": 11,
    "Mauren": 9,
    "Triesenberg": 6,
    "Ruggell": 6,
    "Gamprin": 5,
    "Schellenberg": 3,
    "Planken": 2,
}


@cache
def _doors() -> dict[str, list[Place]]:
    index = AddressIndex.load(DATA / "addresses.json.gz")
    towns: dict[str, list[Place]] = {town: [] for town in WEIGHTS}
    for street in index.streets:
        if street.city in towns:
            towns[street.city] += [street.place(house) for house in street.houses.values()]
    return towns


def draw(chance: random.Random, *, towns: tuple[str, ...] = ()) -> Place:
    """A door in one of the towns, or anywhere in the country."""
    chosen = towns or tuple(WEIGHTS)
    town = chance.choices(chosen, weights=[WEIGHTS[each] for each in chosen])[0]
    return chance.choice(_doors()[town])


def draw_near(chance: random.Random, point: tuple[float, float]) -> Place:
    """A door that people around a point would order to: mostly close by, sometimes across the country."""
    candidates = [draw(chance) for _ in range(chance.choice((2, 4, 8)))]
    return min(candidates, key=lambda each: math.hypot((each.lat - point[0]) * 111, (each.lng - point[1]) * 75))
