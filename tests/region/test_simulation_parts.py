"""The simulation's parts on their own: motion, patience with the server, the phone's memory, and what it may import."""

import ast
import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve

from dispatch_console.core.geo import haversine_metres
from dispatch_console.region.simulation import client as client_module
from dispatch_console.region.simulation.client import Api, RefusedError
from dispatch_console.region.simulation.motion import Drive, Fix, measured
from dispatch_console.region.simulation.phone import Phone
from dispatch_console.region.simulation.picture import Picture
from dispatch_console.region.streets import StreetGraph
from tests.region.conftest import REGION

VADUZ, SCHAAN = (47.1393, 9.5228), (47.1655, 9.5102)
PRODUCT = (
    "django",
    "rest_framework",
    "channels",
    "orders",
    "drivers",
    "dispatch_console.core",
    "dispatch_console.console",
)


def test_the_simulation_imports_nothing_of_the_product():
    for path in sorted((REGION / "simulation").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith(PRODUCT)], path.name


# Motion


def test_a_drive_moves_forward_at_a_plausible_speed_and_ends_at_its_stop(graph: StreetGraph):
    drive = Drive(graph.route(VADUZ, SCHAAN), vehicle="car", begins=100.0)
    seconds = range(100, int(drive.ends) + 2)
    fixes = [drive.at(second) for second in seconds]
    steps = [haversine_metres(*one.point, *other.point) for one, other in itertools.pairwise(fixes)]
    assert max(steps) < 22.5
    assert sum(steps) == pytest.approx(drive.meters, rel=0.05)
    assert haversine_metres(*fixes[-1].point, *SCHAAN) < 60
    assert fixes[-1].speed == 0
    assert all(fix.heading is None or 0 <= fix.heading < 360 for fix in fixes)


def test_a_bike_takes_longer_than_a_car(graph: StreetGraph):
    route = graph.route(VADUZ, SCHAAN)
    durations = {kind: Drive(route, vehicle=kind, begins=0).ends for kind in ("car", "scooter", "bike")}
    assert durations["car"] < durations["scooter"] < durations["bike"]


def test_a_phone_that_stands_still_reports_no_heading_and_stays_near_the_truth():
    sample = measured(Fix(VADUZ, 90.0, 0.0), at=1_763_000_000.0, battery=0.5)
    assert sample["heading"] is None
    assert haversine_metres(sample["latitude"], sample["longitude"], *VADUZ) < 150
    assert sample["recorded_at"].endswith("+00:00")


# Patience


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_PAUSE", "LONGEST_PAUSE", "BAD_KEY_PAUSE"):
        monkeypatch.setattr(client_module, name, 0.001)


def api_that_answers(*answers: httpx.Response | Exception) -> tuple[Api, list[httpx.Request]]:
    asked: list[httpx.Request] = []
    waiting = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        answer = waiting.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Api(httpx.AsyncClient(base_url="http://test", transport=httpx.MockTransport(handle)), "key"), asked


async def test_trouble_on_the_way_is_waited_out_with_one_idempotency_key(impatient: None):
    api, asked = api_that_answers(
        httpx.ConnectError("the server restarts"),
        httpx.Response(503, text="busy"),
        httpx.Response(429, json={"error": {}}, headers={"Retry-After": "0"}),
        httpx.Response(401, json={"error": {"code": "not_signed_in", "message": "Who?", "details": {}}}),
        httpx.Response(201, json={"order": {}}),
    )
    assert await api.post("orders/", {"type": "delivery"}) == {"order": {}}
    assert len(asked) == 5
    assert len({request.headers["Idempotency-Key"] for request in asked}) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 422])
async def test_a_refusal_comes_back_with_its_code_and_is_not_repeated(impatient: None, status: int):
    error = {"code": "refused", "message": "No.", "details": {"version": 3}, "request_id": "r"}
    api, asked = api_that_answers(httpx.Response(status, json={"error": error}))
    with pytest.raises(RefusedError) as refusal:
        await api.post("orders/D-1/assign/", {"driver_id": 1})
    assert (refusal.value.status, refusal.value.code, refusal.value.details) == (status, "refused", {"version": 3})
    assert len(asked) == 1


async def test_all_pages_of_a_list_are_read(impatient: None):
    api, asked = api_that_answers(
        httpx.Response(200, json={"results": [{"id": 1}], "next_cursor": "abc"}),
        httpx.Response(200, json={"results": [{"id": 2}], "next_cursor": None}),
    )
    assert [row["id"] for row in await api.everything("drivers/")] == [1, 2]
    assert asked[1].url.params["cursor"] == "abc"


# The picture


def order_row(code: str, version: int, *, driver: int | None, status: str = "assigned") -> dict[str, Any]:
    person = {"id": driver, "name": "x"} if driver else None
    row = {"code": code, "version": version, "status": status, "driver": person, "holder": None}
    return row | {"package_with_driver": False, "holder_dropped": False, "on_hold": False, "carrier_type": "internal"}


def test_an_older_row_never_replaces_a_newer_one():
    picture = Picture(Api(httpx.AsyncClient(), "key"))
    picture.note(order_row("D-1", 3, driver=7))
    picture.note(order_row("D-1", 2, driver=None, status="pending"))
    assert [order["version"] for order in picture.work_of(7)] == [3]


def test_work_follows_a_switch_and_leaves_when_it_is_done():
    picture = Picture(Api(httpx.AsyncClient(), "key"))
    picture.note(order_row("D-1", 1, driver=7))
    picture.note(order_row("D-1", 2, driver=8))
    assert picture.work_of(7) == []
    assert picture.bell(7).is_set()
    picture.note(order_row("D-1", 3, driver=8, status="delivered"))
    assert picture.work_of(8) == []
    assert picture.orders == {}


# The phone


async def test_positions_survive_a_lost_connection():
    received: list[str] = []
    connections = 0
    has_all = asyncio.Event()

    async def answer(socket: ServerConnection) -> None:
        nonlocal connections
        connections += 1
        await socket.send(json.dumps({"t": "welcome"}))
        async for message in socket:
            batch = json.loads(message)
            if connections == 1:
                await socket.close()  # before the receipt: the phone cannot know that it arrived
                return
            received.extend(sample["recorded_at"] for sample in batch["samples"])
            if len(received) >= 5:
                has_all.set()
            await socket.send(
                json.dumps({"t": "ack", "id": batch["id"], "accepted": len(batch["samples"]), "rejected": []})
            )

    async with serve(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        phone = Phone(f"ws://127.0.0.1:{port}/ws/driver/", every=0.02)
        for number in range(5):
            phone.put({"recorded_at": f"t{number}"})
        running = asyncio.create_task(phone.run())
        try:
            await asyncio.wait_for(has_all.wait(), 10)
        finally:
            running.cancel()
    assert received == [f"t{number}" for number in range(5)]
    assert connections == 2


def test_the_doors_are_those_of_the_address_index():
    from dispatch_console.region.simulation.town import read_doors

    doors = read_doors(Path(REGION / "data" / "addresses.json.gz"))
    assert len(doors) > 5_000
    assert {"Vaduz", "Balzers", "Ruggell"} <= {door.city for door in doors}
