"""What is believed of a driver's position: jumps wait for a second fix, and each doubt is marked."""

import itertools
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from dispatch_console.core import clock, realtime
from dispatch_console.core.realtime import PositionRow
from drivers import positions
from drivers.models import Driver, DriverPosition, PositionSample
from drivers.samples import Sample
from drivers.trust import CLOCK_AHEAD, CLOCK_BEHIND, JUMP, MOCKED, Belief, weigh
from tests import factories

pytestmark = pytest.mark.django_db

HOME, FAR = 47.1, 47.9  # 89 km apart


@pytest.fixture
def driver() -> Driver:
    return factories.make_driver(factories.make_tenant())


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[PositionRow]:
    """What the consoles are told, one row after the other."""
    rows: list[PositionRow] = []
    monkeypatch.setattr(realtime, "publish_positions", lambda tenant_id, news: rows.extend(news))
    return rows


def fix(latitude: float = HOME, *, ago: float = 0, **over: Any) -> Sample:
    moment = clock.now() - timedelta(seconds=ago)
    return Sample(**{"latitude": latitude, "longitude": 9.5, "recorded_at": moment, **over})


Say = Callable[..., None]


@pytest.fixture
def say(driver: Driver) -> Say:
    def say(*samples: Sample) -> None:
        positions.report(driver.pk, driver.tenant_id, list(samples))

    return say


def marks(driver: Driver) -> list[int]:
    """The flags of the history, by device time."""
    return list(PositionSample.objects.filter(driver=driver).order_by("recorded_at").values_list("flags", flat=True))


def test_a_single_fix_that_nobody_can_reach_moves_nobody_and_is_marked(
    driver: Driver, say: Say, shown: list[PositionRow]
) -> None:
    say(fix(ago=30))
    say(fix(FAR, ago=20))
    known = DriverPosition.objects.get(driver=driver)
    assert (known.latitude, known.flags) == (HOME, JUMP), "they stay, and the doubt is said"
    say(fix(HOME + 0.0002, ago=10))
    known.refresh_from_db()
    assert (known.latitude, known.flags, known.suspect_latitude) == (HOME + 0.0002, 0, None)
    assert [(row.latitude, row.flags) for row in shown] == [(HOME, 0), (HOME, JUMP), (HOME + 0.0002, 0)]
    assert marks(driver) == [0, JUMP, 0], "the history has them all"


@pytest.mark.parametrize("together", [True, False])
def test_a_second_fix_nearby_confirms_the_jump(
    driver: Driver, say: Say, shown: list[PositionRow], together: bool
) -> None:
    say(fix(ago=30))
    jumped = [fix(FAR, ago=20), fix(FAR + 0.0003, ago=10)]
    for batch in [jumped] if together else [[one] for one in jumped]:
        say(*batch)
    assert (shown[-1].latitude, shown[-1].flags) == (FAR + 0.0003, 0)
    assert marks(driver) == [0, JUMP, 0]


def test_two_jumps_to_different_places_confirm_nothing(driver: Driver, say: Say, shown: list[PositionRow]) -> None:
    say(fix(ago=30))
    say(fix(FAR, ago=20))
    say(fix(46.3, ago=10))
    assert {row.latitude for row in shown} == {HOME}
    say(fix(46.3002))
    assert shown[-1].latitude == 46.3002, "the newer of the two was confirmed"


def test_time_and_poor_accuracy_explain_a_distance(driver: Driver, say: Say, shown: list[PositionRow]) -> None:
    say(fix(ago=3600))
    say(fix(FAR, ago=1200))
    assert shown[-1].latitude == FAR, "89 km in 40 minutes is a drive"
    say(fix(FAR + 0.02, ago=1190, accuracy=2500))
    assert not shown[-1].flags & JUMP, "2.2 km between, and a fix that knows no better"


def test_a_backlog_goes_to_the_history_and_moves_nobody(driver: Driver, say: Say, shown: list[PositionRow]) -> None:
    say(fix(ago=5))
    say(*(fix(HOME + step / 10_000, ago=600 - step) for step in range(100)))
    say(fix(FAR, ago=300))
    assert [row.latitude for row in shown] == [HOME]
    assert len(marks(driver)) == 102
    assert DriverPosition.objects.get(driver=driver).suspect_recorded_at is None, "the past raises no suspicion"


def test_what_the_device_says_against_itself_is_kept(driver: Driver, say: Say, shown: list[PositionRow]) -> None:
    say(fix(ago=40, mocked=True, sent_at=clock.now()))
    say(fix(ago=39, sent_at=clock.now() - timedelta(minutes=20)))
    say(fix(ago=38, sent_at=clock.now() + timedelta(minutes=20)))
    say(fix(ago=37, sent_at=clock.now()))
    assert [row.flags for row in shown] == [MOCKED, CLOCK_BEHIND, CLOCK_AHEAD, 0]
    assert marks(driver) == [MOCKED, CLOCK_BEHIND, CLOCK_AHEAD, 0]
    assert [row.flags for row in positions.latest(driver.tenant_id)] == [0]


def test_however_a_drive_is_split_and_mixed_the_newest_fix_is_believed() -> None:
    chance = random.Random(3)
    now = clock.now()
    drive = [fix(HOME + step / 2_000, recorded_at=now + timedelta(seconds=5 * step)) for step in range(40)]
    for _ in range(200):
        order = chance.sample(drive, len(drive))
        cuts = sorted(chance.sample(range(1, len(order)), 6))
        belief = Belief()
        moved = []
        for begin, end in itertools.pairwise([0, *cuts, len(order)]):
            batch = sorted(order[begin:end], key=lambda one: one.recorded_at)
            weigh(belief, batch, now + timedelta(hours=1))
            assert belief.latest is not None
            moved.append(belief.latest.recorded_at)
        assert moved == sorted(moved), "never backwards"
        assert moved[-1] == drive[-1].recorded_at
