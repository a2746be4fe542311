"""How well the dispatch decision works: whole days played beside a simple dispatcher and a lower bound.

`python -m bench.dispatch` invents days at three levels of demand; `--days FOLDER --out FOLDER` plays days made
elsewhere and writes what each courier did. Every played day is checked against the rules before its figures are shown.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path
from statistics import fmean

import numpy as np

from bench.dispatch_baseline import play_nearest_idle
from bench.dispatch_bound import lower_bound
from bench.dispatch_days import LEVELS, Day, invent_day, read_day
from bench.dispatch_player import WEIGHTS, Player
from bench.dispatch_published import play_published
from bench.dispatch_record import Delivery, Figures, faults, figures
from routes.planning.matching import match
from routes.planning.problem import Driver, Order, Stop

HEADINGS = (
    "mean c-t-d",
    "p90",
    "ready-pickup",
    "undelivered",
    "over max",
    "utilisation",
    "cost/order",
    "per bundle",
)


def line(name: str, shown: Figures) -> str:
    cells = (
        f"{shown.click_to_door:.2f}",
        f"{shown.click_to_door_p90:.1f}",
        f"{shown.ready_to_pickup:.2f}",
        f"{100 * shown.undelivered:.2f} %",
        f"{100 * shown.over_maximum:.2f} %",
        f"{100 * shown.utilisation:.0f} %",
        f"{shown.cost_per_order:.2f}",
        f"{shown.orders_per_bundle:.2f}",
    )
    return f"{name:34}" + "".join(f"{cell:>13}" for cell in cells)


def checked(day: Day, deliveries: list[Delivery]) -> Figures:
    """Figures of a legal day; SystemExit with the faults of an illegal one."""
    found = faults(day, deliveries)
    if found:
        raise SystemExit(f"{day.name} was not played by the rules:\n" + "\n".join(found[:10]))
    return figures(day, deliveries)


def mean(days: Iterable[Figures]) -> Figures:
    days = list(days)
    return Figures(*(fmean(getattr(each, item.name) for each in days) for item in fields(Figures)))


def compare(orders: int, seeds: int) -> None:
    print(f"{seeds} days of {orders} orders at each level; minutes, mean over days\n")
    print(" " * 34 + "".join(f"{heading:>13}" for heading in HEADINGS))
    for level, load in LEVELS.items():
        days = [invent_day(level, seed, orders, load) for seed in range(1, seeds + 1)]
        print(f"{level}: {load} orders per courier hour")
        print(f"{'  lower bound':34}{fmean(lower_bound(day) for day in days):>13.2f}")
        print(line("  nearest idle courier", mean(checked(day, play_nearest_idle(day)) for day in days)))
        print(line("  rolling horizon, as published", mean(checked(day, play_published(day)) for day in days)))
        started = time.process_time()
        print(line("  this product's decision", mean(checked(day, Player(day).play()) for day in days)))
        print(f"  ({(time.process_time() - started) / len(days):.0f} s of processor time a day)")


def one_round(couriers: int = 450, orders: int = 300, repeats: int = 5) -> None:
    """Times a decision that starts from nothing, and the next one, which starts from its plan."""
    chance = np.random.default_rng(1)
    day = invent_day("round", 1, 2500, 2.0)
    waiting = [
        Order(
            order.id,
            ready=float(chance.integers(-10, 25)),
            promise=float(chance.integers(10, 50)),
            pickup=day.restaurants[order.restaurant],
            dropoff=order.door,
            place=order.restaurant,
            pickup_service=4,
            dropoff_service=4,
        )
        for order in day.orders[:orders]
    ]
    drivers = [
        Driver(f"c{i}", tuple(chance.normal(0, 3000, 2)), float(chance.integers(0, 25)), 240.0) for i in range(couriers)
    ]
    took = []
    for _ in range(repeats):
        started = time.process_time()
        decisions = match(waiting, drivers, 0.0, day.travel_time, WEIGHTS)
        took.append(time.process_time() - started)
    planned: dict[str | None, tuple[Stop, ...]] = {}
    for decision in sorted(decisions, key=lambda decision: decision.position):
        planned[decision.driver_id] = planned.get(decision.driver_id, ()) + decision.stops
    again = [replace(driver, route=planned.get(driver.id, ())) for driver in drivers]
    started = time.process_time()
    match(waiting, again, 0.0, day.travel_time, WEIGHTS)
    next_one = time.process_time() - started
    print(
        f"\nOne round, {couriers} couriers and {orders} orders, processor time: "
        f"{min(took):.2f} to {max(took):.2f} s from nothing, {next_one:.2f} s from the plan of the round before"
    )


def play_folder(days: Path, out: Path) -> None:
    """Plays every sub-folder that holds a day, or the folder itself; writes what was done on each, and all figures."""
    candidates = [days.resolve(), *sorted(folder.resolve() for folder in days.iterdir())]
    folders = [folder for folder in candidates if (folder / "orders.txt").is_file()]
    if not folders:
        raise SystemExit(f"Neither {days} nor a sub-folder of it holds an orders.txt.")
    names = [item.name for item in fields(Figures)]
    rows = []
    print(" " * 34 + "".join(f"{heading:>13}" for heading in HEADINGS), flush=True)
    for folder in folders:
        day = read_day(folder)
        deliveries = Player(day).play()
        shown = checked(day, deliveries)
        print(line(day.name, shown), flush=True)
        values = [f"{getattr(shown, name):.4f}".rstrip("0").rstrip(".") for name in names]
        rows.append([day.name, *values])
        to = out / day.name
        to.mkdir(parents=True, exist_ok=True)
        write_table(
            to / "deliveries.txt",
            ["order", "courier", "pickup_time", "dropoff_time", "bundle"],
            [[d.order, d.courier, f"{d.pickup:g}", f"{d.dropoff:g}", str(d.bundle)] for d in deliveries],
        )
        write_table(to / "figures.txt", names, [values])
    write_table(out / "figures.txt", ["day", *names], rows)


def write_table(file: Path, header: list[str], rows: list[list[str]]) -> None:
    file.write_text("\n".join("\t".join(row) for row in [header, *rows]) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.dispatch", description=__doc__)
    parser.add_argument("--days", type=Path, help="folder of days to play, one sub-folder each")
    parser.add_argument("--out", type=Path, help="folder for what was done on them")
    parser.add_argument("--orders", type=int, default=400, help="orders of an invented day (400)")
    parser.add_argument("--seeds", type=int, default=2, help="invented days per level (2)")
    options = parser.parse_args(arguments)
    if (options.days is None) != (options.out is None):
        parser.error("--days and --out belong together")
    if options.days is None:
        compare(options.orders, options.seeds)
        one_round()
        return
    try:
        play_folder(options.days, options.out)
    except (OSError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
