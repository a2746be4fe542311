"""The position history by day: no sample is lost for want of a day, and old days go whole."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from dispatch_console.core import clock
from drivers import partitions, positions
from drivers.models import Driver, PositionSample
from drivers.samples import Sample
from drivers.tasks import keep_position_days
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def driver() -> Driver:
    return factories.make_driver(factories.make_tenant())


def report(driver: Driver, *, days_ago: float) -> None:
    moment = clock.now() - timedelta(days=days_ago)
    positions.report(driver.pk, driver.tenant_id, [Sample(latitude=47.1, longitude=9.5, recorded_at=moment)])


def rows(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table}"')
        return int(cursor.fetchone()[0])


def test_samples_of_days_that_nobody_made_are_kept_and_move_into_their_day(driver: Driver) -> None:
    late = (clock.now() - timedelta(days=5)).date()
    report(driver, days_ago=5)
    report(driver, days_ago=5.0001)
    assert rows(partitions.REST) == 2
    assert partitions.make_days(late, late) == [late]
    assert (rows(partitions.REST), rows(partitions.partition_name(late))) == (0, 2)
    report(driver, days_ago=5)
    assert PositionSample.objects.filter(driver=driver).count() == 3
    assert partitions.make_days(late, late) == []


def test_days_are_made_ahead_and_dropped_after_the_retention_time(driver: Driver, settings: object) -> None:
    today = clock.now().date()
    old = today - timedelta(days=6)
    partitions.make_days(old, old + timedelta(days=1))
    for days_ago in (6.5, 6, 5, 3, 0):
        report(driver, days_ago=days_ago)
    settings.POSITION_RETENTION_DAYS = 4  # type: ignore[attr-defined]
    keep_position_days()
    assert old not in partitions.days_there()
    assert today + timedelta(days=partitions.DAYS_AHEAD) in partitions.days_there()
    left = PositionSample.objects.filter(driver=driver)
    assert left.count() == 2
    assert min(sample.recorded_at for sample in left) > clock.now() - timedelta(days=4)
    said = StringIO()
    call_command("position_days", keep=1, stdout=said)
    assert f"kept     {today}" in said.getvalue()
    assert left.all().count() == 1


def test_a_driver_who_is_deleted_takes_the_history_along(driver: Driver) -> None:
    report(driver, days_ago=0)
    report(driver, days_ago=3)
    driver.delete()
    assert not PositionSample.objects.exists()


def test_the_track_of_a_day_reads_one_day_only(driver: Driver) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN SELECT * FROM {partitions.TABLE} WHERE driver_id = %s AND recorded_at >= %s AND recorded_at < %s",
            [driver.pk, partitions.day_start(clock.now().date()), clock.now()],
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert plan.count(partitions.TABLE + "_2") >= 1
    assert partitions.partition_name(clock.now().date() + timedelta(days=1)) not in plan
