"""The geocoder of a region that the installation holds itself: no network, type-ahead, forgiving of typing errors."""

import math
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from rapidfuzz.distance import OSA

from dispatch_console.core.geocoding.address_index import AddressIndex, Street, streets_by_postcode
from dispatch_console.core.geocoding.base import LONGEST_TEXT, Place
from dispatch_console.core.geocoding.folding import words

HOUSE_WITHIN = 60.0
STREET_WITHIN = 400.0
EXACT, PREFIX, INSIDE, MISTYPED = 1.0, 0.9, 0.55, 0.7
LEAST_SCORE = 0.3
_HOUSE_NUMBER = re.compile(r"^\d{1,4}[a-z]?$")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found: a street or a named place, with the words of its name and of its town."""

    item: Street | Place
    name: tuple[str, ...]
    town: tuple[str, ...]
    weight: float


class RegionProvider:
    """Answers from an address index file."""

    def __init__(self, path: Path) -> None:
        self._index = AddressIndex.load(path)
        self._entries = [*map(_street_entry, self._index.streets), *map(_place_entry, self._index.places)]
        self._postcodes = streets_by_postcode(self._index.streets)
        self._posting: dict[str, list[int]] = defaultdict(list)
        for number, entry in enumerate(self._entries):
            for word in {*entry.name, *entry.town}:
                self._posting[word].append(number)
        self._matches = lru_cache(maxsize=4096)(self._match_vocabulary)

    def search(self, text: str, *, limit: int = 8, near: tuple[float, float] | None = None) -> list[Place]:
        wanted, house_number, postcode = self._read(text[:LONGEST_TEXT])
        if not wanted and not postcode:
            return []
        towns = self._postcodes.get(postcode)
        scored = []
        for number, score in self._score(wanted, towns).items():
            entry = self._entries[number]
            if towns is not None and entry.item.city not in towns:
                continue
            if near:
                score -= min(0.15, _kilometers(near, _point(entry.item)) * 0.015)
            if house_number:
                score += _number_bonus(entry.item, house_number)
            scored.append((-score, number))
        scored.sort()
        found: list[Place] = []
        for _, number in scored:
            found += self._expand(self._entries[number].item, house_number)
            if len(found) >= limit:
                break
        return found[:limit]

    def reverse(self, lat: float, lng: float) -> Place | None:
        house = self._index.nearest_house(lat, lng, within=HOUSE_WITHIN)
        if house:
            return house
        street = self._index.nearest_street(lat, lng, within=STREET_WITHIN)
        return replace(street, lat=round(lat, 6), lng=round(lng, 6)) if street else None

    def _read(self, text: str) -> tuple[list[str], str, str]:
        """The words to look for, the house number and the postcode among them."""
        wanted, house_number, postcode = [], "", ""
        for word in words(text):
            if word in self._postcodes and not postcode:
                postcode = word
            elif _HOUSE_NUMBER.match(word) and not house_number:
                house_number = word
            else:
                wanted.append(word)
        return wanted, house_number, postcode

    def _score(self, wanted: list[str], towns: set[str] | None) -> dict[int, float]:
        """Entries by how well they fit; every word must be found, unless nothing then is."""
        if not wanted:
            return {
                number: entry.weight
                for number, entry in enumerate(self._entries)
                if isinstance(entry.item, Place) and entry.item.kind == "place" and entry.item.city in (towns or ())
            }
        hits: dict[int, dict[str, tuple[float, str]]] = defaultdict(dict)
        for word in wanted:
            for found, score in self._matches(word):
                for number in self._posting[found]:
                    best = hits[number].get(word)
                    if best is None or score > best[0]:
                        hits[number][word] = (score, found)
        distinct = len(set(wanted))
        complete = {number: each for number, each in hits.items() if len(each) == distinct}
        return {
            number: score
            for number, each in (complete or hits).items()
            if (score := self._fit(self._entries[number], each, distinct)) >= LEAST_SCORE
        }

    def _fit(self, entry: Entry, hits: dict[str, tuple[float, str]], asked: int) -> float:
        fit = sum(score for score, _ in hits.values()) / asked
        named = {found for _, found in hits.values()}
        covered = sum(len(word) for word in entry.name if word in named) / (sum(map(len, entry.name)) or 1)
        # Only the town fits: the village itself is meant, hardly each of its streets.
        return fit * (0.55 + 0.45 * covered) * entry.weight if covered else fit * 0.35 * entry.weight

    def _match_vocabulary(self, word: str) -> tuple[tuple[str, float], ...]:
        errors = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
        found = []
        for known in self._posting:
            if known == word:
                found.append((known, EXACT))
            elif known.startswith(word):
                found.append((known, PREFIX * (0.85 + 0.15 * len(word) / len(known))))
            elif len(word) >= 4 and word in known:
                found.append((known, INSIDE))
            elif errors:
                # Type-ahead: the beginning of a longer word may be mistyped too.
                distance = min(
                    OSA.distance(word, known, score_cutoff=errors),
                    OSA.distance(word, known[: len(word)], score_cutoff=errors) + 0.5 * (len(known) > len(word)),
                )
                if distance <= errors + 0.5:
                    found.append((known, MISTYPED * (1 - distance / (len(word) + 2))))
        return tuple(found)

    def _expand(self, item: Street | Place, house_number: str) -> list[Place]:
        if isinstance(item, Place):
            return [item]
        if not house_number:
            return [item.place()]
        if house := item.houses.get(house_number):
            # `12a` and `120` may be what is being typed.
            begun = [each for each in item.houses.values() if each.number.startswith(house_number)]
            return [item.place(house), *(item.place(each) for each in begun[:3] if each is not house)]
        if house := item.between(house_number):
            return [item.place(house)]
        begun = [each for number, each in item.houses.items() if number.startswith(house_number)]
        return [item.place(each) for each in begun[:3]] or [item.place()]


def _number_bonus(item: Street | Place, house_number: str) -> float:
    """Among streets of one name, the one that has the number is meant."""
    if isinstance(item, Place):
        return 0.0 if item.house_number == house_number else -0.2
    if house_number in item.houses:
        return 0.05
    return 0.02 if item.between(house_number) else -0.05


def _street_entry(street: Street) -> Entry:
    return Entry(street, tuple(words(street.name)), tuple(words(street.city)), 1.0)


def _place_entry(place: Place) -> Entry:
    town = words(f"{place.city} {place.street}") if place.kind != "place" else words(place.city)
    return Entry(place, tuple(words(place.name)), tuple(town), 1.04 if place.kind == "place" else 0.97)


def _point(item: Street | Place) -> tuple[float, float]:
    return (item.lat, item.lng) if isinstance(item, Place) else item.lines[0][0]


def _kilometers(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Near enough for a preference: a degree is 111 km, and 70 km eastward in the middle of Europe."""
    return math.hypot((one[0] - other[0]) * 111, (one[1] - other[1]) * 70)
