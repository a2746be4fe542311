"""Positions: what is taken, what is refused, and that the latest by device time wins."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from dispatch_console.core import clock, realtime
from dispatch_console.core.models import Tenant
from dispatch_console.core.permissions import RoleKind
from dispatch_console.core.realtime import PositionRow
from drivers import positions, trust
from drivers.models import Driver, DriverPosition, PositionSample
from drivers.samples import Sample
from tests import factories

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/driver/positions"


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def driver(tenant: Tenant) -> Driver:
    member = factories.make_member(tenant, RoleKind.DRIVER)
    return factories.make_driver(tenant, name="Dana", user=member.user)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, list[PositionRow]]]:
    """Every batch that was handed to the live picture."""
    batches: list[tuple[int, list[PositionRow]]] = []
    monkeypatch.setattr(realtime, "publish_positions", lambda tenant_id, rows: batches.append((tenant_id, list(rows))))
    return batches


Post = Callable[..., Any]


@pytest.fixture
def post(tenant: Tenant, driver: Driver) -> Post:
    """Send a body as the driver's app does."""
    membership = driver.user.memberships.get()
    _, secret = factories.make_key(tenant, RoleKind.DRIVER, membership=membership)
    client = Client(raise_request_exception=False)

    def send(body: Any, *, secret: str = secret, content_type: str = "application/json") -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(ADDRESS, raw, content_type=content_type, headers={"Authorization": f"Bearer {secret}"})

    return send


def reading(**over: Any) -> dict[str, Any]:
    return {"latitude": 47.14, "longitude": 9.52, "recorded_at": clock.now().isoformat(), **over}


def sample(*, seconds_ago: float = 0, **over: Any) -> Sample:
    fields = {"latitude": 47.14, "longitude": 9.52, "recorded_at": clock.now() - timedelta(seconds=seconds_ago)}
    return Sample(**fields | over)


def test_one_position_is_stored_and_shown(
    post: Post, driver: Driver, published: list[tuple[int, list[PositionRow]]]
) -> None:
    answer = post(reading(heading=359.7, speed=4.26, accuracy=6, battery=0.8))
    assert answer.status_code == 200
    assert answer.json() == {"accepted": 1, "rejected": []}
    known = DriverPosition.objects.get(driver=driver)
    assert (known.latitude, known.longitude, known.speed, known.battery) == (47.14, 9.52, 4.26, 0.8)
    assert PositionSample.objects.filter(driver=driver).count() == 1
    [(tenant_id, [row])] = published
    assert tenant_id == driver.tenant_id
    assert row[:5] == (driver.pk, 47.14, 9.52, 0, 4.3)
    assert row.recorded_at_ms == int(known.recorded_at.timestamp() * 1000)


def test_a_batch_in_any_order_leaves_the_latest_by_device_time(
    post: Post, driver: Driver, published: list[tuple[int, list[PositionRow]]]
) -> None:
    moments = [clock.now() - timedelta(seconds=seconds) for seconds in (30, 5, 60)]
    answer = post(
        [reading(latitude=47 + index / 10_000, recorded_at=at.isoformat()) for index, at in enumerate(moments)]
    )
    assert answer.json()["accepted"] == 3
    assert DriverPosition.objects.get(driver=driver).latitude == 47.0001
    assert PositionSample.objects.filter(driver=driver).count() == 3
    assert [len(rows) for _, rows in published] == [1]


def test_an_older_batch_that_arrives_later_does_not_move_the_driver_back(
    driver: Driver, published: list[tuple[int, list[PositionRow]]]
) -> None:
    positions.report(driver.pk, driver.tenant_id, [sample(latitude=47.5)])
    positions.report(driver.pk, driver.tenant_id, [sample(latitude=46.5, seconds_ago=20)])
    assert DriverPosition.objects.get(driver=driver).latitude == 47.5
    assert PositionSample.objects.filter(driver=driver).count() == 2
    assert len(published) == 1


def test_a_batch_sent_twice_is_stored_once(driver: Driver) -> None:
    batch = [sample(seconds_ago=seconds) for seconds in (3, 2, 1)]
    for _ in range(2):
        assert positions.report(driver.pk, driver.tenant_id, batch).accepted == 3
    assert PositionSample.objects.filter(driver=driver).count() == 3


def test_a_batch_keeps_its_good_samples_and_names_the_bad(post: Post, driver: Driver) -> None:
    answer = post(
        [reading(), reading(latitude=91), reading(recorded_at=(clock.now() + timedelta(hours=1)).isoformat())]
    )
    assert answer.status_code == 200
    body = answer.json()
    assert body["accepted"] == 1
    assert [(entry["index"], entry["field"]) for entry in body["rejected"]] == [(1, "latitude"), (2, "recorded_at")]
    assert PositionSample.objects.filter(driver=driver).count() == 1


def at(**ago: float) -> str:
    return (clock.now() - timedelta(**ago)).isoformat()


HOSTILE: dict[str, Any] = {
    "latitude too far north": lambda: reading(latitude=90.001),
    "longitude too far west": lambda: reading(longitude=-181),
    "enormous latitude": lambda: reading(latitude=1e300),
    "latitude as text": lambda: reading(latitude="47.1"),
    "latitude null": lambda: reading(latitude=None),
    "latitude true": lambda: reading(latitude=True),
    "longitude missing": lambda: {"latitude": 47, "recorded_at": at()},
    "longitude as list": lambda: reading(longitude=[9.5]),
    "not a number": lambda: b'{"latitude": NaN, "longitude": 9, "recorded_at": "2026-01-01T00:00:00Z"}',
    "infinity": lambda: b'{"latitude": Infinity, "longitude": 9, "recorded_at": "2026-01-01T00:00:00Z"}',
    "beyond any float": lambda: b'{"latitude": 1e999, "longitude": 9, "recorded_at": "2026-01-01T00:00:00Z"}',
    "four hundred digits": lambda: (
        b'{"latitude": ' + b"9" * 400 + b', "longitude": 9, "recorded_at": "2026-01-01T00:00:00Z"}'
    ),
    "three minutes in the future": lambda: reading(recorded_at=at(minutes=-3)),
    "a year ahead": lambda: reading(recorded_at=at(days=-366)),
    "eight days ago": lambda: reading(recorded_at=at(days=8)),
    "the year 1": lambda: reading(recorded_at="0001-01-01T00:00:00Z"),
    "the year 9999": lambda: reading(recorded_at="9999-12-31T23:59:59Z"),
    "time without offset": lambda: reading(recorded_at="2026-11-22T10:00:00"),
    "time as a number": lambda: reading(recorded_at=1_700_000_000),
    "time as nonsense": lambda: reading(recorded_at="yesterday"),
    "negative speed": lambda: reading(speed=-1),
    "speed of a jet": lambda: reading(speed=340),
    "heading beyond a circle": lambda: reading(heading=361),
    "negative accuracy": lambda: reading(accuracy=-5),
    "battery over full": lambda: reading(battery=55),
    "unknown field": lambda: reading(lat=47),
    "SQL in a field": lambda: reading(latitude="47); DROP TABLE drivers_driverposition; --"),
    "another driver's id": lambda: reading(driver_id=1),
    "empty list": list,
    "empty object": dict,
    "list of lists": lambda: [[47, 9]],
    "list with null": lambda: [None],
    "a string": lambda: "47.1,9.5",
    "null": lambda: None,
    "1,001 samples": lambda: [reading()] * 1001,
    "a megabyte of text": lambda: reading(recorded_at="x" * 400_000),
    "two megabytes": lambda: [reading(recorded_at="x" * 2_000_000)],
    "cut short": lambda: b'[{"latitude": 47.1,',
    "not UTF-8": lambda: b'{"latitude": "\xff\xfe"}',
    "no body": lambda: b"",
    "deep nesting": lambda: b"[" * 100_000,
    "a NUL character": lambda: reading(recorded_at="2026-11-22T10:00:00Z\x00"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_refuses(name: str, post: Post, published: list[tuple[int, list[PositionRow]]]) -> None:
    answer = post(HOSTILE[name]())
    assert 400 <= answer.status_code < 500, answer.content
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["message"]
    assert len(answer.content) < 3000, "the answer must not repeat the whole input"
    assert not PositionSample.objects.exists()
    assert not DriverPosition.objects.exists()
    assert published == []


def test_a_form_body_is_refused_as_the_wrong_type(post: Post) -> None:
    assert post(b"latitude=47", content_type="application/x-www-form-urlencoded").status_code == 415


def test_an_unknown_key_is_turned_away(post: Post) -> None:
    answer = post(reading(), secret="nobody.knows-this")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_signed_in"


def test_a_dispatcher_has_no_position_to_report(post: Post, tenant: Tenant) -> None:
    member = factories.make_member(tenant, RoleKind.DISPATCHER)
    _, secret = factories.make_key(tenant, membership=member)
    assert post(reading(), secret=secret).status_code == 403
    assert not PositionSample.objects.exists()


def test_a_key_reports_for_its_own_driver_only(post: Post, driver: Driver, tenant: Tenant) -> None:
    other = factories.make_driver(tenant)
    post(reading())
    assert set(PositionSample.objects.values_list("driver", flat=True)) == {driver.pk}
    assert not DriverPosition.objects.filter(driver=other).exists()


@pytest.mark.parametrize(
    ("doubt", "expected"),
    [
        ({"accuracy": 20.0}, 0),
        ({}, 0),
        ({"accuracy": 250.0}, trust.COARSE),
        ({"seconds_ago": -60}, trust.CLOCK_AHEAD),
        ({"accuracy": 250.0, "seconds_ago": -60}, trust.COARSE | trust.CLOCK_AHEAD),
    ],
)
def test_the_position_row_says_what_to_doubt(
    driver: Driver, published: list[tuple[int, list[PositionRow]]], doubt: dict[str, float], expected: int
) -> None:
    positions.report(driver.pk, driver.tenant_id, [sample(**doubt)])
    assert published[0][1][0].flags == expected
    assert positions.latest(driver.tenant_id)[0].flags == expected


def test_the_latest_positions_are_those_of_the_tenant(driver: Driver) -> None:
    stranger = factories.make_driver(factories.make_tenant())
    for each in (driver, stranger):
        positions.report(each.pk, each.tenant_id, [sample()])
    assert [row.driver_id for row in positions.latest(driver.tenant_id)] == [driver.pk]
    assert positions.latest(driver.tenant_id, received_since=clock.now() + timedelta(seconds=1)) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_eight_phones_of_one_driver_at_once_leave_the_latest(driver: Driver) -> None:
    batches = [
        [sample(seconds_ago=60 - index - 8 * turn, latitude=47 + index / 10_000) for turn in range(5)]
        for index in range(8)
    ]

    def send(batch: list[Sample]) -> None:
        for one in batch:
            positions.report(driver.pk, driver.tenant_id, [one])
        connections.close_all()

    threads = [threading.Thread(target=send, args=[batch]) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    newest = max((one for batch in batches for one in batch), key=lambda one: one.recorded_at)
    assert DriverPosition.objects.get(driver=driver).latitude == newest.latitude
    assert PositionSample.objects.filter(driver=driver).count() == 40
