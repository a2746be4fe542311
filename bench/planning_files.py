"""Reads public routing problems and their best known solutions: Solomon, Li & Lim, TSPLIB/VRPLIB and .sol files."""

import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
COSTS = ("best_known_cost", "best_known", "bks", "cost", "best_cost", "optimal", "optimum", "distance", "value", "best")
FLEETS = ("solved_with_vehicles", "best_known_vehicles", "bks_vehicles", "vehicles_used", "num_vehicles", "routes")
SUFFIXES = (".txt", ".vrp", ".tsp", ".vrptw", ".pdptw", ".dat")


class Unreadable(ValueError):
    """The file is in none of the formats; the message says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """Row of the file. `pair` is the node to which a pickup (demand over 0) is brought, or 0."""

    demand: float = 0.0
    early: float = 0.0
    late: float = math.inf
    service: float = 0.0
    pair: int = 0


@dataclass(frozen=True)
class Instance:
    """Node 0 is the depot. `legs` are unrounded; `fleet` 0 means any number; `longest` is the longest a route may take.

    `is_whole` says that the format rounds lengths to whole numbers by itself (TSPLIB).
    """

    name: str
    kind: str
    legs: Table
    nodes: tuple[Node, ...]
    capacity: float
    fleet: int = 0
    longest: float = math.inf
    is_whole: bool = False

    @property
    def stops(self) -> int:
        return len(self.nodes) - 1


@dataclass(frozen=True, slots=True)
class Best:
    """`vehicles` 0: not said. `decimals` are those of the figures beside it: they tell how lengths were rounded."""

    cost: float
    vehicles: int = 0
    decimals: int = 0
    routes: tuple[tuple[int, ...], ...] = field(default=())


def files_in(paths: list[Path]) -> list[Path]:
    """The files themselves, and those of folders that look like problems."""
    found = []
    for path in paths:
        if path.is_dir():
            inside = (each for each in path.rglob("*") if each.is_file() and each.suffix.lower() in SUFFIXES)
            found += sorted(inside, key=_natural)
        else:
            found.append(path)
    return found


def _natural(path: Path) -> list[object]:
    return [
        str(path.parent),
        *((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", path.name)),
    ]


def read(path: Path) -> Instance:
    text = path.read_text(encoding="utf-8", errors="replace").replace("\r", "\n").lstrip("\ufeff")
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        raise Unreadable("The file is empty.")
    upper = text.upper()
    try:
        if re.search(r"^\s*(DIMENSION|NODE_COORD_SECTION|EDGE_WEIGHT_SECTION)\b", upper, re.MULTILINE):
            return _tsplib(path.stem, lines)
        if "CUST" in upper and "VEHICLE" in upper:
            return _solomon(path.stem, lines)
        rows = [_numbers(line) for line in lines]
        if all(row is not None for row in rows) and len(rows) > 1 and len(rows[1] or []) >= 9:
            return _li_lim(path.stem, [row for row in rows if row is not None])
    except (ValueError, IndexError, KeyError) as error:
        raise Unreadable(f"It looks like a known format, but: {error}") from error
    raise Unreadable("Neither Solomon nor Li & Lim nor TSPLIB.")


def _numbers(line: str) -> list[float] | None:
    try:
        return [float(word) for word in line.replace(",", " ").split()]
    except ValueError:
        return None


def _plane(points: list[tuple[float, float]]) -> Table:
    at = np.array(points, dtype=float)
    found: Table = np.sqrt(((at[:, None, :] - at[None, :, :]) ** 2).sum(axis=2))
    return found


def _solomon(name: str, lines: list[str]) -> Instance:
    rows = [row for line in lines if (row := _numbers(line))]
    fleet, capacity = next((row[0], row[1]) for row in rows if len(row) == 2)
    table = [row for row in rows if len(row) >= 7]
    nodes = tuple(Node(row[3], row[4], row[5], row[6]) for row in table)
    return Instance(name, "vrptw", _plane([(row[1], row[2]) for row in table]), nodes, capacity, int(fleet))


def _li_lim(name: str, rows: list[list[float]]) -> Instance:
    fleet, capacity = rows[0][0], rows[0][1]
    number = {int(row[0]): place for place, row in enumerate(rows[1:])}
    nodes = tuple(Node(row[3], row[4], row[5], row[6], number[int(row[8])]) for row in rows[1:])
    return Instance(name, "pdptw", _plane([(row[1], row[2]) for row in rows[1:]]), nodes, capacity, int(fleet))


def _tsplib(name: str, lines: list[str]) -> Instance:
    head: dict[str, str] = {}
    sections: dict[str, list[list[float]]] = {}
    current = ""
    for line in lines:
        numbers = _numbers(line)
        if numbers is not None and current:
            sections[current].append(numbers)
            continue
        key, _, value = line.partition(":")
        key = key.strip().upper()
        if key.endswith("_SECTION"):
            current = key
            sections[current] = [row] if (row := _numbers(value)) else []
        elif key != "EOF":
            current = ""
            head[key] = value.strip()
    size = int(head["DIMENSION"])
    legs = _edge_weights(head, sections, size)
    kind = head.get("TYPE", "CVRP").split()[0].upper()
    demand = _column(sections.get("DEMAND_SECTION", []), size, 0.0)
    service = _column(sections.get("SERVICE_TIME_SECTION", []), size, float(head.get("SERVICE_TIME", 0)))
    windows = {int(row[0]) - 1: (row[1], row[2]) for row in sections.get("TIME_WINDOW_SECTION", [])}
    depots = [int(value) for row in sections.get("DEPOT_SECTION", []) for value in row if value > 0]
    depot = depots[0] - 1 if depots else 0
    if len(depots) > 1:
        raise ValueError("problems with several depots are not read.")
    order = [depot, *(number for number in range(size) if number != depot)]
    nodes = tuple(Node(demand[n], *windows.get(n, (0.0, math.inf)), 0.0 if n == depot else service[n]) for n in order)
    return Instance(
        name,
        "tsp" if kind in ("TSP", "ATSP") else "vrptw" if windows else "cvrp",
        legs[np.ix_(order, order)],
        nodes,
        float(head.get("CAPACITY", "inf") or "inf"),
        1 if kind in ("TSP", "ATSP") else int(float(head.get("VEHICLES", 0))),
        float(head.get("DISTANCE", "inf") or "inf"),
        head.get("EDGE_WEIGHT_TYPE", "EUC_2D").upper() != "EXACT_2D",
    )


def _column(rows: list[list[float]], size: int, default: float) -> list[float]:
    found = [default] * size
    for row in rows:
        found[int(row[0]) - 1] = row[1]
    return found


def _edge_weights(head: dict[str, str], sections: dict[str, list[list[float]]], size: int) -> Table:
    kind = head.get("EDGE_WEIGHT_TYPE", "EUC_2D").upper()
    if kind == "EXPLICIT":
        return _explicit(head["EDGE_WEIGHT_FORMAT"].upper(), sections["EDGE_WEIGHT_SECTION"], size)
    rows = sorted(sections["NODE_COORD_SECTION"])
    points = [(row[1], row[2]) for row in rows]
    if kind in ("EUC_2D", "EXACT_2D"):
        return _plane(points)
    if kind == "CEIL_2D":
        return np.ceil(_plane(points))
    if kind == "ATT":
        pseudo = _plane(points) / math.sqrt(10)
        return np.where(np.rint(pseudo) < pseudo, np.rint(pseudo) + 1, np.rint(pseudo))
    if kind == "GEO":
        return _geographic(points)
    raise ValueError(f"lengths of the kind {kind} are not read.")


def _geographic(points: list[tuple[float, float]]) -> Table:
    """As TSPLIB 95 defines it, with its own pi and radius."""
    degrees = np.trunc(np.array(points))
    angle = 3.141592 * (degrees + 5.0 * (np.array(points) - degrees) / 3.0) / 180.0
    latitude, longitude = angle[:, 0], angle[:, 1]
    q1 = np.cos(longitude[:, None] - longitude[None, :])
    q2 = np.cos(latitude[:, None] - latitude[None, :])
    q3 = np.cos(latitude[:, None] + latitude[None, :])
    found: Table = np.trunc(6378.388 * np.arccos(np.clip(0.5 * ((1 + q1) * q2 - (1 - q1) * q3), -1, 1)) + 1.0)
    np.fill_diagonal(found, 0.0)
    return found


def _explicit(form: str, rows: list[list[float]], size: int) -> Table:
    values = [value for row in rows for value in row]
    found = np.zeros((size, size))
    if form == "FULL_MATRIX":
        return np.array(values).reshape(size, size)
    where = {
        "UPPER_ROW": [(i, j) for i in range(size) for j in range(i + 1, size)],
        "LOWER_ROW": [(i, j) for i in range(size) for j in range(i)],
        "UPPER_DIAG_ROW": [(i, j) for i in range(size) for j in range(i, size)],
        "LOWER_DIAG_ROW": [(i, j) for i in range(size) for j in range(i + 1)],
    }.get(form)
    if where is None:
        raise ValueError(f"lengths written as {form} are not read.")
    for (i, j), value in zip(where, values, strict=True):
        found[i, j] = found[j, i] = value
    return found


# Best known solutions.


def best_known(path: Path, instance: Instance) -> Best | None:
    """From NAME.sol, or a JSON file beside it that names the instance; None when nothing is known."""
    for name in (path.with_suffix(".sol"), path.with_name(f"{path.name}.sol")):
        if name.exists() and (found := _solution_file(name)):
            return found
    for beside in sorted(path.parent.glob("*.json"), key=lambda each: "bks" not in each.name.lower()):
        try:
            found = _from_json(json.loads(beside.read_text(encoding="utf-8")), instance)
        except (ValueError, TypeError, AttributeError):
            continue
        if found:
            return found
    return None


def _solution_file(path: Path) -> Best | None:
    text = path.read_text(encoding="utf-8", errors="replace")
    routes = re.findall(r"^\s*Route\s*#?\s*\d+\s*:\s*([\d\s]+?)\s*$", text, re.MULTILINE | re.IGNORECASE)
    cost = re.search(r"^\s*(?:Cost|Distance|Total)\D*([\d.]+)", text, re.MULTILINE | re.IGNORECASE)
    if cost is None:
        return None
    visits = tuple(tuple(int(word) for word in route.split()) for route in routes)
    return Best(float(cost.group(1)), len(routes), _decimals([float(cost.group(1))]), visits)


def _from_json(content: object, instance: Instance) -> Best | None:
    if isinstance(content, list):
        content = {str(row.get("name") or row.get("instance")): row for row in content if isinstance(row, dict)}
    if not isinstance(content, dict):
        return None
    rows = {str(name).lower().removesuffix(".txt").removesuffix(".vrp"): row for name, row in content.items()}
    row = rows.get(instance.name.lower())
    costs = [cost for each in rows.values() if (cost := _figure(each, COSTS)) is not None]
    cost = None if row is None else _figure(row, COSTS)
    if cost is None:
        return None
    vehicles = _figure(row, FLEETS)
    if vehicles is None:
        # A bare "vehicles" is mostly the fleet there is, as the file itself says.
        vehicles = _figure(row, ("vehicles",)) if instance.kind == "cvrp" else None
        stated = _figure(row, ("vehicles",))
        if vehicles is None and stated is not None and stated != instance.fleet:
            vehicles = stated
    return Best(cost, int(vehicles or 0), _decimals(costs))


def _figure(row: object, names: tuple[str, ...]) -> float | None:
    if isinstance(row, int | float):
        return float(row) if names is COSTS else None
    if isinstance(row, dict):
        for name in names:
            value = row.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                return float(value)
            if isinstance(value, list) and names is FLEETS:
                return float(len(value))
    return None


def _decimals(figures: list[float]) -> int:
    return max((len(f"{figure:.6f}".rstrip("0").partition(".")[2]) for figure in figures), default=0)
