"""The dispatch bench reads days of others, plays them by the rules, and notices when somebody does not."""

from dataclasses import replace

import pytest

from bench.dispatch import main
from bench.dispatch_baseline import play_nearest_idle
from bench.dispatch_bound import lower_bound
from bench.dispatch_days import invent_day, read_day, write_day
from bench.dispatch_player import WEIGHTS, Player
from bench.dispatch_record import Delivery, faults, figures


@pytest.fixture(scope="module")
def overloaded():
    return invent_day("overloaded", 5, 60, 3.6)


@pytest.fixture(scope="module")
def ours(overloaded):
    return Player(overloaded, replace(WEIGHTS, effort=8)).play()


def test_an_overloaded_day_goes_better_than_with_the_nearest_idle_courier(overloaded, ours):
    simple = play_nearest_idle(overloaded)
    assert faults(overloaded, ours) == faults(overloaded, simple) == []
    mine, other = figures(overloaded, ours), figures(overloaded, simple)
    assert mine.click_to_door < 0.8 * other.click_to_door
    assert mine.undelivered <= other.undelivered
    assert mine.orders_per_bundle > 1.05
    assert lower_bound(overloaded) <= mine.click_to_door


def test_a_folder_of_days_is_played_and_written_down(tmp_path, overloaded):
    day = replace(overloaded, orders=overloaded.orders[:8])
    write_day(day, tmp_path / "days" / "one")
    assert replace(read_day(tmp_path / "days" / "one"), name=day.name) == day
    main(["--days", str(tmp_path / "days"), "--out", str(tmp_path / "out")])
    header, *rows = (tmp_path / "out" / "one" / "deliveries.txt").read_text().splitlines()
    assert header.split("\t") == ["order", "courier", "pickup_time", "dropoff_time", "bundle"]
    cells = [row.split("\t") for row in rows]
    assert faults(day, [Delivery(o, c, float(p), float(d), int(b)) for o, c, p, d, b in cells]) == []
    assert (tmp_path / "out" / "figures.txt").read_text().startswith("day\torders\t")


def test_columns_are_found_by_name_or_else_by_position(tmp_path, overloaded):
    write_day(overloaded, tmp_path)
    couriers = tmp_path / "couriers.txt"
    rows = [row.split("\t") for row in couriers.read_text().splitlines()]
    couriers.write_text("\n".join("\t".join([*reversed(row)]) for row in rows))
    assert read_day(tmp_path).couriers == overloaded.couriers
    couriers.write_text("\n".join("\t".join(row) for row in [["a", "b", "c", "d", "e"], *rows[1:]]))
    assert read_day(tmp_path).couriers == overloaded.couriers
    couriers.write_text("courier\tx\ty\ton_time\toff_time\nc1\t1\t2\n")
    with pytest.raises(ValueError, match=r"couriers\.txt, line 2"):
        read_day(tmp_path)


def test_the_checker_notices_every_kind_of_cheating(overloaded, ours):
    honest = ours
    first = min(honest, key=lambda delivery: delivery.pickup)
    off = {courier.id: courier.off for courier in overloaded.couriers}
    for cheat, words in (
        ([replace(first, pickup=0.0)], "ready"),
        ([replace(first, dropoff=first.pickup)], "door"),
        ([replace(first, pickup=off[first.courier] + 1, dropoff=off[first.courier] + 99)], "after the shift"),
        ([first, first], "twice"),
        ([replace(first, courier="nobody")], "unknown"),
    ):
        assert words in " ".join(faults(overloaded, cheat))
    squeezed = [replace(delivery, courier=first.courier) for delivery in honest]
    assert "cannot be at the restaurant" in " ".join(faults(overloaded, squeezed))
    together = [replace(delivery, bundle=1, pickup=first.pickup) for delivery in squeezed]
    assert "of one restaurant" in " ".join(faults(overloaded, together))
