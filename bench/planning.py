"""How good the planned trips are: public problems with best known solutions, beside the bare solver.

`python -m bench.planning --files PATH...` reads files or folders in the formats of Solomon, Li & Lim and TSPLIB, with
best known solutions beside them (a JSON file such as BKS.json, or NAME.sol). Every solution is checked by code that
shares nothing with what found it.
"""

import argparse
import os
import platform
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np

from bench.planning_check import faults, length
from bench.planning_files import Best, Instance, Table, Unreadable, best_known, files_in, read
from bench.planning_players import Routes, bare, product

SMALL = 60  # stops; up to this many a trip is planned in a second
WORDS = {"exact": "as they are", "tenth": "cut to one decimal", "whole": "rounded to whole numbers"}


@dataclass(frozen=True, slots=True)
class Played:
    """`gap` in percent of the best known, None without one or with another number of vehicles."""

    vehicles: int
    cost: float
    seconds: float
    gap: float | None
    is_best_fleet: bool | None
    faults: tuple[str, ...]


def rounding_of(instance: Instance, best: Best | None, wanted: str) -> str:
    """How lengths are rounded: what fits the best known routes where there are some, else its figures' decimals."""
    if wanted != "auto":
        return wanted
    if best is not None and best.routes and max((max(route) for route in best.routes), default=0) <= instance.stops:
        for kind in WORDS:
            if abs(length(rounded(instance, kind), best.routes) - best.cost) < 0.011:
                return kind
    if best is None:
        return "whole" if instance.is_whole else "exact"
    if instance.is_whole:
        return "whole" if best.decimals == 0 else "exact"
    return "tenth" if best.decimals == 1 else "exact"


def rounded(instance: Instance, kind: str) -> Table:
    if kind == "whole":
        return np.floor(instance.legs + 0.5)
    if kind == "tenth":
        return np.floor(instance.legs * 10 + 1e-9) / 10
    return instance.legs


def fewest_first(instance: Instance, best: Best | None, rounding: str, wanted: str) -> bool:
    """Windows with unrounded lengths are published with the number of vehicles first, others by length alone."""
    if wanted != "auto":
        return wanted == "vehicles"
    if instance.kind not in ("vrptw", "pdptw") or rounding != "exact":
        return False
    return best is None or best.vehicles > 0


def play(instance: Instance, legs: Table, best: Best | None, fewest: bool, player: Callable[[], Routes]) -> Played:
    started = time.perf_counter()
    routes = player()
    spent = time.perf_counter() - started
    wrong = tuple(faults(instance, legs, routes))
    cost, vehicles = length(legs, routes), len(routes)
    gap, is_best_fleet = None, None
    if best is not None and not wrong:
        if best.vehicles:
            is_best_fleet = vehicles <= best.vehicles
        if not fewest or vehicles == best.vehicles or not best.vehicles:
            gap = 100 * (cost / best.cost - 1)
    return Played(vehicles, cost, spent, gap, is_best_fleet, wrong)


def cell(played: Played, best: Best | None, fewest: bool) -> str:
    if played.faults:
        return f"{'not legal':>30} {played.seconds:5.1f} s"
    if played.gap is not None:
        gap = f"{played.gap + 0.0:+.2f} %"
    elif best is not None and fewest:
        gap = f"{played.vehicles - best.vehicles:+d} veh."
    else:
        gap = ""
    return f"{played.vehicles:>4} {played.cost:>12.2f} {gap:>12} {played.seconds:5.1f} s"


def summary(name: str, rows: list[tuple[Played, Best | None, bool]]) -> str:
    gaps = [played.gap for played, _, _ in rows if played.gap is not None]
    fleets = [played.is_best_fleet for played, best, fewest in rows if fewest and best is not None and best.vehicles]
    words = [f"{name:10}"]
    if gaps:
        words.append(f"mean gap {fmean(gaps):+.3f} % (worst {max(gaps):+.2f} %) over {len(gaps)} of {len(rows)}")
    if fleets:
        words.append(f"best known number of vehicles on {sum(map(bool, fleets))} of {len(fleets)}")
    wrong = sum(1 for played, _, _ in rows if played.faults)
    words.append(f"mean time {fmean(played.seconds for played, _, _ in rows):.2f} s")
    if wrong:
        words.append(f"{wrong} NOT LEGAL")
    return "; ".join(words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", nargs="+", type=Path, required=True, help="files or folders")
    parser.add_argument("--seconds", type=float, help=f"for each player; else 1 up to {SMALL} stops, 10 above")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=0, help="searches side by side in our planning; 0: by the cores")
    parser.add_argument("--lengths", choices=("auto", *WORDS), default="auto", help="how lengths are rounded")
    parser.add_argument("--objective", choices=("auto", "vehicles", "distance"), default="auto")
    parser.add_argument("--most-stops", type=int, default=10**9, help="leave larger problems out")
    parser.add_argument("--no-bare", action="store_true", help="do not play the bare solver beside")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load before {load:.1f}\n")
    heading = f"{'veh.':>4} {'length':>12} {'gap':>12} {'time':>7}"
    print(f"{'':22} {'best known':>18}    {'this product':^40} {'bare PyVRP':^40}")
    print(f"{'':22} {'veh.':>5} {'length':>12}    {heading}    {heading}")
    rows: dict[str, list[tuple[Played, Best | None, bool]]] = {"product": [], "bare": []}
    notes: dict[str, int] = {}
    for path in files_in(options.files):
        try:
            instance = read(path)
        except (Unreadable, OSError) as error:
            print(f"{path.name[:22]:22} left out: {error}")
            continue
        if instance.stops > options.most_stops:
            continue
        best = best_known(path, instance)
        rounding = rounding_of(instance, best, options.lengths)
        fewest = fewest_first(instance, best, rounding, options.objective)
        legs = rounded(instance, rounding)
        seconds = options.seconds or (1.0 if instance.stops <= SMALL else 10.0)
        note = f"lengths {WORDS[rounding]}, {'fewest vehicles first' if fewest else 'shortest'}, {seconds:g} s"
        notes[note] = notes.get(note, 0) + 1
        kind = {"fewest": fewest, "seconds": seconds, "seed": options.seed}
        ours = play(instance, legs, best, fewest, lambda: product(instance, legs, lanes=options.lanes, **kind))  # noqa: B023
        rows["product"].append((ours, best, fewest))
        cells = cell(ours, best, fewest)
        if not options.no_bare:
            theirs = play(instance, legs, best, fewest, lambda: bare(instance, legs, **kind))  # noqa: B023
            rows["bare"].append((theirs, best, fewest))
            cells += "    " + cell(theirs, best, fewest)
        known = f"{'':18}" if best is None else f"{best.vehicles or '':>5} {best.cost:>12.2f}"
        print(f"{instance.name[:16]:16} {instance.stops:>5} {known}    {cells}", flush=True)
        for fault in ours.faults[:3]:
            print(f"    our solution: {fault}")
    print()
    for note, count in notes.items():
        print(f"{count} × {note}")
    for name, played in rows.items():
        if played:
            print(summary(name, played))
    if any(played.faults for played, _, _ in rows["product"]):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
