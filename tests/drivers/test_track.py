"""The track of a day: true at every moment, short, honest about gaps, and cut at the tenant's midnight."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from dispatch_console.core.models import Tenant
from drivers.models import Driver, PositionSample
from drivers.track import MAX_POINTS, TOLERANCE_METRES
from drivers.trust import JUMP
from tests import factories

pytestmark = pytest.mark.django_db

# In Vaduz (UTC+1 in winter) the day begins at 23:00 UTC of the day before.
NOON = datetime(2026, 1, 15, 11, tzinfo=UTC)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant(timezone="Europe/Vaduz")


@pytest.fixture
def driver(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant)


@pytest.fixture
def read(tenant: Tenant, driver: Driver) -> Any:
    member = factories.make_member(tenant)
    _, secret = factories.make_key(tenant, membership=member)

    def track(query: str = "?day=2026-01-15", driver_id: int = driver.pk) -> Any:
        address = f"/api/v1/drivers/{driver_id}/track/{query}"
        return Client().get(address, headers={"Authorization": f"Bearer {secret}"})

    return track


def drive(driver: Driver, *places: tuple[float, float, float], flags: int = 0) -> None:
    """Samples at (seconds after noon, latitude, longitude)."""
    PositionSample.objects.bulk_create(
        PositionSample(
            driver=driver,
            tenant_id=driver.tenant_id,
            latitude=latitude,
            longitude=longitude,
            flags=flags,
            recorded_at=NOON + timedelta(seconds=seconds),
            received_at=NOON + timedelta(seconds=seconds),
        )
        for seconds, latitude, longitude in places
    )


def test_a_straight_drive_is_two_points_and_a_stop_on_it_stays_a_stop(read: Any, driver: Driver) -> None:
    drive(driver, *((5 * step, 47.1 + step / 10_000, 9.5) for step in range(61)))
    [segment] = read().json()["segments"]
    assert len(segment) == 2
    # Five minutes at one place in the middle of a road, then on at the same pace.
    drive(driver, *((300 + 5 * step, 47.106, 9.5) for step in range(1, 61)))
    drive(driver, *((600 + 5 * step, 47.106 + step / 10_000, 9.5) for step in range(1, 61)))
    track = read().json()
    [segment] = track["segments"]
    assert [point[0] for point in segment] == [47.1, 47.106, 47.106, 47.112]
    assert track["samples"] == 181
    assert track["metres"] == pytest.approx(1334, abs=2)


def test_a_long_day_is_bounded_and_nobody_is_drawn_far_from_where_they_were(read: Any, driver: Driver) -> None:
    zigzag = [(5.0 * step, 47.1 + (step % 7) / 1_000, 9.5 + (step % 11) / 1_000) for step in range(5_000)]
    drive(driver, *zigzag)
    track = read().json()
    assert sum(map(len, track["segments"])) <= MAX_POINTS
    drive(factory_driver := factories.make_driver(driver.tenant), *zigzag[:200])
    [segment] = read(driver_id=factory_driver.pk).json()["segments"]
    kept = {point[2] for point in segment}
    for seconds, latitude, _ in zigzag[:200]:
        moment = int((NOON + timedelta(seconds=seconds)).timestamp() * 1000)
        if moment not in kept:
            after = next(point for point in segment if point[2] > moment)
            before = [point for point in segment if point[2] < moment][-1]
            share = (moment - before[2]) / (after[2] - before[2])
            drawn = before[0] + share * (after[0] - before[0])
            assert abs(drawn - latitude) * 111_195 <= TOLERANCE_METRES + 0.5


def test_gaps_are_marked_and_jumps_left_out(read: Any, driver: Driver) -> None:
    drive(driver, (0, 47.1, 9.5), (60, 47.101, 9.5), (2000, 47.12, 9.5), (2060, 47.121, 9.5))
    drive(driver, (30, 46.0, 8.0), flags=JUMP)
    track = read().json()
    assert [len(segment) for segment in track["segments"]] == [2, 2]
    [gap] = track["gaps"]
    assert (gap["began_at"], gap["ended_at"]) == ("2026-01-15T11:01:00.000Z", "2026-01-15T11:33:20.000Z")
    assert gap["metres"] == pytest.approx(2113, abs=2)
    assert (track["samples"], track["doubtful"]) == (5, 1)
    assert track["metres"] == pytest.approx(222, abs=2)


def test_the_day_is_the_tenants(read: Any, driver: Driver) -> None:
    drive(driver, (-12.5 * 3600, 47.1, 9.5), (-11.5 * 3600, 47.2, 9.5), (12.5 * 3600, 47.3, 9.5))
    assert [segment[0][0] for segment in read().json()["segments"]] == [47.2]
    assert [segment[0][0] for segment in read("?day=2026-01-16").json()["segments"]] == [47.3]
    autumn = read("?day=2026-10-25").json()
    assert (autumn["began_at"], autumn["ended_at"]) == ("2026-10-24T22:00:00.000Z", "2026-10-25T23:00:00.000Z")
    assert autumn["segments"] == autumn["gaps"] == []
    assert read("").status_code == 200


@pytest.mark.parametrize(
    "query",
    [f"?day={text}" for text in ("yesterday", "2026-02-30", "1970-01-01", "99999-01-01", "20260115", "1&day=2")]
    + ["?days=1"],
)
def test_a_day_that_makes_no_sense_is_refused(read: Any, query: str) -> None:
    assert read(query).status_code == 400


def test_another_companys_driver_has_no_track_here(read: Any) -> None:
    stranger = factories.make_driver(factories.make_tenant())
    assert read(driver_id=stranger.pk).status_code == 404
