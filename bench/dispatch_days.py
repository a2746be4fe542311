"""Days to dispatch: read from files, written to files, or invented from a seed.

Times are minutes, places metres. The files are those of the public Grubhub instances of the Meal Delivery Routing
Problem: tab-separated, with a header line; columns are found by name, or by position if the names are unknown.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

Point = tuple[float, float]


@dataclass(frozen=True)
class Parameters:
    meters_per_minute: float = 320.0
    pickup_service_minutes: float = 4.0
    dropoff_service_minutes: float = 4.0
    target_click_to_door: float = 40.0
    maximum_click_to_door: float = 90.0
    pay_per_order: float = 10.0
    guaranteed_pay_per_hour: float = 15.0


@dataclass(frozen=True)
class DayOrder:
    id: str
    door: Point
    placed: float
    restaurant: str
    ready: float


@dataclass(frozen=True)
class Courier:
    id: str
    start: Point
    on: float
    off: float


@dataclass(frozen=True)
class Day:
    name: str
    orders: tuple[DayOrder, ...]
    restaurants: dict[str, Point]
    couriers: tuple[Courier, ...]
    parameters: Parameters = field(default_factory=Parameters)

    def minutes(self, a: Point, b: Point) -> float:
        return math.ceil(math.dist(a, b) / self.parameters.meters_per_minute)

    def travel_time(self, a: Sequence[Point], b: Sequence[Point]) -> np.ndarray:
        """Whole minutes between all points. Someone under way may be a hair off the line: that is no further minute."""
        from_, to = np.asarray(a, dtype=float).reshape(-1, 2), np.asarray(b, dtype=float).reshape(-1, 2)
        metres = np.hypot(from_[:, None, 0] - to[None, :, 0], from_[:, None, 1] - to[None, :, 1])
        return np.ceil(metres / self.parameters.meters_per_minute - 1e-9)


COLUMNS = {
    "orders.txt": ("order", "x", "y", "placement_time", "restaurant", "ready_time"),
    "restaurants.txt": ("restaurant", "x", "y"),
    "couriers.txt": ("courier", "x", "y", "on_time", "off_time"),
    "instance_parameters.txt": (
        "meters_per_minute",
        "pickup service minutes",
        "dropoff service minutes",
        "target click-to-door",
        "maximum click-to-door",
        "pay per order",
        "guaranteed pay per hour",
    ),
}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _rows(folder: Path, name: str) -> list[list[str]]:
    """The rows of a file, in the sequence of COLUMNS. Raises ValueError with file and line if a row is too short."""
    lines = (folder / name).read_text(encoding="utf-8-sig").splitlines()
    cells = [(number, line.split("\t")) for number, line in enumerate(lines, 1) if line.strip()]
    if not cells:
        raise ValueError(f"{folder / name} is empty.")
    header = [_plain(cell) for cell in cells[0][1]]
    wanted = [_plain(column) for column in COLUMNS[name]]
    named = all(column in header for column in wanted)
    places = [header.index(column) if named else i for i, column in enumerate(wanted)]
    rows = []
    for number, row in cells[1:]:
        if len(row) <= max(places):
            raise ValueError(f"{folder / name}, line {number}: {len(wanted)} columns are expected, {len(row)} found.")
        rows.append([row[place].strip() for place in places])
    return rows


def read_day(folder: Path) -> Day:
    """Raises ValueError (or OSError) with the file's name if the day cannot be read."""
    try:
        parameters = Parameters(*(float(cell) for cell in _rows(folder, "instance_parameters.txt")[0]))
        restaurants = {row[0]: (float(row[1]), float(row[2])) for row in _rows(folder, "restaurants.txt")}
        couriers = [
            Courier(row[0], (float(row[1]), float(row[2])), float(row[3]), float(row[4]))
            for row in _rows(folder, "couriers.txt")
        ]
        orders = [
            DayOrder(row[0], (float(row[1]), float(row[2])), float(row[3]), row[4], max(float(row[5]), float(row[3])))
            for row in _rows(folder, "orders.txt")
        ]
    except (ValueError, IndexError) as error:
        raise ValueError(f"The day in {folder} cannot be read: {error}") from error
    for kind, ids in (("orders", [order.id for order in orders]), ("couriers", [courier.id for courier in couriers])):
        if len(set(ids)) < len(ids):
            raise ValueError(f"The day in {folder} has two {kind} of one name.")
    unknown = sorted({order.restaurant for order in orders} - restaurants.keys())
    if unknown:
        raise ValueError(f"The day in {folder} has orders of unknown restaurants: {', '.join(unknown[:5])}.")
    return Day(folder.name, tuple(orders), restaurants, tuple(couriers), parameters)


def write_day(day: Day, folder: Path) -> None:
    rows = {
        "orders.txt": [(o.id, *o.door, o.placed, o.restaurant, o.ready) for o in day.orders],
        "restaurants.txt": [(name, *point) for name, point in day.restaurants.items()],
        "couriers.txt": [(c.id, *c.start, c.on, c.off) for c in day.couriers],
        "instance_parameters.txt": [tuple(vars(day.parameters).values())],
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in COLUMNS.items():
        lines = ["\t".join(columns)]
        lines += [
            "\t".join(f"{cell:.0f}" if isinstance(cell, float) else str(cell) for cell in row) for row in rows[name]
        ]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


LEVELS = {"sparse": 1.1, "busy": 2.0, "overloaded": 3.3}


def invent_day(name: str, seed: int, orders: int, per_courier_hour: float) -> Day:
    """A day with lunch and dinner peaks in a town whose restaurants lie in a few clusters.

    `per_courier_hour` is the load: orders of the day per hour that a courier is on shift. Shifts follow the demand, and
    lag behind it a little, as planned shifts do.
    """
    chance = np.random.default_rng(seed)
    radius = 2200 * (orders / 600) ** 0.25
    centres = chance.normal(0, radius, (5, 2)) * np.array([[0.2], [0.5], [1], [1], [1]])
    count = max(8, orders // 9)
    cluster = chance.choice(5, count, p=[0.45, 0.25, 0.1, 0.1, 0.1])
    places = centres[cluster] + chance.normal(0, 500, (count, 2))
    popularity = chance.pareto(1.6, count) + 0.2
    restaurants = {f"r{i + 1}": (float(round(x)), float(round(y))) for i, (x, y) in enumerate(places)}

    placed = np.sort(np.round(_clock(chance, orders)))
    chosen = chance.choice(count, orders, p=popularity / popularity.sum())
    preparation = np.round(np.clip(chance.gamma(6, 2.6, orders) * chance.choice([0.8, 1, 1.3], count)[chosen], 3, 60))
    towards = places[chosen] + chance.normal(0, 0.75 * radius, (orders, 2))
    made = tuple(
        DayOrder(
            f"o{i + 1}",
            (float(round(towards[i, 0])), float(round(towards[i, 1]))),
            float(placed[i]),
            f"r{chosen[i] + 1}",
            float(placed[i] + preparation[i]),
        )
        for i in range(orders)
    )
    couriers = []
    hours = 0.0
    while hours < orders / per_courier_hour:
        length = float(chance.choice([2, 3, 4, 5], p=[0.2, 0.35, 0.3, 0.15]))
        middle = float(_clock(chance, 1)[0]) + 15
        on = float(round(max(0.0, middle - length * 30)))
        x, y = chance.normal(0, 0.8 * radius, 2)
        couriers.append(Courier(f"c{len(couriers) + 1}", (float(round(x)), float(round(y))), on, on + length * 60))
        hours += length
    return Day(name, made, restaurants, tuple(couriers))


def _clock(chance: np.random.Generator, count: int) -> np.ndarray:
    """Moments of demand: minute 0 is ten in the morning, lunch about 12:15, dinner about 18:45."""
    kind = chance.choice(3, count, p=[0.28, 0.5, 0.22])
    moments = np.where(
        kind == 0,
        chance.normal(135, 45, count),
        np.where(kind == 1, chance.normal(525, 65, count), chance.uniform(30, 720, count)),
    )
    return np.clip(moments, 0, 780)
