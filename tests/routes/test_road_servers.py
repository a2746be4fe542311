"""Road servers in bad days: whatever they answer, travel times come, and the server is not asked in vain for long."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction

from routes.roads import network, server
from routes.roads.network import NetworkRoads, RoadsUnavailable
from routes.roads.osrm_server import OsrmServer
from routes.roads.straight import StraightRoads
from routes.roads.valhalla_server import ValhallaServer
from tests.routes import road_servers
from tests.routes.road_servers import Server
from tests.routes.test_roads import PLACES, TRIESEN, VADUZ

STRAIGHT = StraightRoads(factor=1.3, speed=25)
ISLAND = (46.9, 9.5)
FAR_NORTH, NO_STREET = (47.31, 9.5), (48.0, 9.5)

Make = Callable[..., NetworkRoads]


@pytest.fixture(autouse=True)
def forgotten(settings: Any) -> None:
    network.forget()
    # What another test asked of a server at the same port must not be known.
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


@pytest.fixture(params=["osrm", "valhalla"])
def fake(request: pytest.FixtureRequest) -> Iterator[Server]:
    found = Server(getattr(road_servers, request.param))
    found.kind = OsrmServer if request.param == "osrm" else ValhallaServer  # type: ignore[attr-defined]
    yield found
    found.close()


@pytest.fixture
def make(fake: Server) -> Make:
    def made(**options: Any) -> NetworkRoads:
        return NetworkRoads(fake.kind(fake.url, "car", **options), STRAIGHT, snap=500)  # type: ignore[attr-defined]

    return made


def is_estimate(roads: NetworkRoads) -> bool:
    network.forget()
    answers = {
        bool(roads.matrix([VADUZ, TRIESEN]).is_estimate.any()),
        roads.travel(VADUZ, TRIESEN).is_estimate,
        roads.shape([VADUZ, TRIESEN]).is_estimate,
    }
    assert len(answers) == 1
    return answers.pop()


def test_large_questions_are_asked_in_parts_and_answered_whole(fake: Server, make: Make) -> None:
    roads = make()
    many = [(47.05 + number / 1000, 9.5 + (number % 7) / 1000) for number in range(120)]
    found = roads.matrix(many, many[:70])
    assert not found.is_estimate.any()
    assert found.metres[119, 3] == pytest.approx(road_servers.drive(many[119], many[3]), rel=1e-4)
    legs = roads.chains([many])[0]
    assert [leg.metres for leg in legs] == pytest.approx(
        [road_servers.drive(a, b) for a, b in itertools.pairwise(many)], rel=1e-4
    )
    assert len(roads.shape(many).line) > 120
    assert len(fake.asked) < 60


def test_one_impossible_way_among_many_costs_only_itself(make: Make) -> None:
    roads = make()
    ways = [[VADUZ, TRIESEN], [VADUZ, ISLAND], [TRIESEN, VADUZ], [ISLAND, (46.95, 9.5)], [VADUZ, NO_STREET]]
    assert [legs[0].is_estimate for legs in roads.chains(ways)] == [False, True, False, False, True]
    found = roads.matrix([VADUZ, ISLAND, NO_STREET], [TRIESEN, ISLAND])
    assert found.is_estimate.tolist() == [[False, True], [True, False], [True, True]]


def test_a_point_beyond_the_snap_limit_is_estimated(make: Make) -> None:
    roads = make()
    assert roads.travel(VADUZ, FAR_NORTH).is_estimate  # a kilometre from the last street
    assert not roads.travel(VADUZ, (47.302, 9.5)).is_estimate


HOSTILE = [
    b"",
    b"<html>Bad gateway</html>",
    b"null",
    b"[]",
    b'"text"',
    b"{}",
    b"[" * 100_000,
    b'{"code": "Ok"}',
    b'{"code": "Ok", "durations": "x", "distances": 3, "sources": {}, "destinations": null}',
    b'{"code": "InvalidQuery", "message": "no"}',
    b'{"error_code": 171, "error": "No suitable edges near location"}',
    json.dumps(
        {
            "code": "Ok",
            "durations": [[0, -5], [1e300, True]],
            "distances": [[0, "9"], [{}, 0]],
            "sources": [{}, {}],
            "destinations": [{}, {}],
            "routes": [{"legs": [{"duration": -1, "distance": float("nan")}], "geometry": "\u0001"}],
            "waypoints": [None, 3],
            "sources_to_targets": [[{"time": -1, "distance": "x"}]],
            "trip": {"legs": [{"shape": "\u0001"}]},
        }
    ).encode(),
    json.dumps({"code": "Ok", "durations": [[1]], "distances": [[1]], "sources": [{}], "destinations": [{}]}).encode(),
    json.dumps({"code": "Ok", "routes": [], "waypoints": [], "trip": {}, "sources_to_targets": []}).encode(),
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_no_answer_however_strange_does_harm(fake: Server, make: Make, body: bytes) -> None:
    fake.body = body
    assert is_estimate(make())


@pytest.mark.parametrize("status", [204, 302, 404, 429, 500, 503])
def test_a_refusal_becomes_the_straight_line(fake: Server, make: Make, status: int) -> None:
    fake.status = status
    assert is_estimate(make())


def test_a_huge_answer_is_given_up(fake: Server, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LARGEST_ANSWER", 10_000)
    fake.body = b" " * 20_000
    assert is_estimate(make())


def test_a_server_that_drips_is_given_up_in_time(fake: Server, make: Make) -> None:
    fake.body, fake.drip = b" " * 8_000, 0.05
    began = time.monotonic()
    roads = make(timeout_seconds=0.2)
    assert roads.travel(VADUZ, TRIESEN).is_estimate
    assert time.monotonic() - began < 20  # it would drip for 50 s


def test_a_passing_fault_is_tried_again_and_a_server_that_is_down_is_left_alone(
    fake: Server, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    roads = make()
    good, failures = fake.respond, iter([500])

    def falters(*asked: Any) -> tuple[int, Any]:
        status, content = good(*asked)
        return next(failures, status), content

    fake.respond = falters
    assert not roads.travel(VADUZ, TRIESEN).is_estimate

    network.forget()
    fake.respond, fake.status = good, 503
    for _ in range(5):
        with pytest.raises(RoadsUnavailable):
            roads.network.table([PLACES[2]], [PLACES[3]])
    asked = len(fake.asked)
    with pytest.raises(RoadsUnavailable, match="left alone"):
        roads.network.table([PLACES[2]], [PLACES[3]])
    assert len(fake.asked) == asked
    # After a while it is asked again, and one good answer is enough.
    fake.status = None
    later = time.monotonic() + 60
    monkeypatch.setattr(server.time, "monotonic", lambda: later)
    assert roads.network.table([VADUZ], [TRIESEN]).metres[0, 0] > 0


def test_nobody_is_asked_at_an_address_where_nobody_listens() -> None:
    for kind in (OsrmServer, ValhallaServer):
        assert is_estimate(NetworkRoads(kind("http://127.0.0.1:1", "car"), STRAIGHT))


@pytest.mark.django_db
def test_another_machine_is_never_asked_inside_a_transaction(fake: Server, make: Make) -> None:
    roads = make()
    with transaction.atomic():
        assert roads.travel(VADUZ, TRIESEN).is_estimate
        assert roads.matrix(PLACES).is_estimate.all()
    assert fake.asked == []
