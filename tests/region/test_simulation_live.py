"""The simulation against the real site: orders come, are given out, driven and delivered, all through the API."""

import argparse
import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from dispatch_console.core.models import ApiKey, Event
from dispatch_console.core.permissions import RoleKind
from dispatch_console.region.demo import keys
from dispatch_console.region.demo.people import PASSWORD
from dispatch_console.region.simulation import __main__ as program
from dispatch_console.region.simulation import town as town_module
from drivers.models import Device, PositionSample
from orders.models import Order
from orders.states import ReasonKind, Status
from tests import factories
from tests.region.conftest import REGION

VADUZ = (47.1393, 9.5228)
WANTED = 2


@pytest.fixture
def town_keys(transactional_db: None, tmp_path: Path) -> Path:
    """A small company: two drivers, one shop, one service; and the file of its keys."""
    tenant = factories.make_tenant(drivers_accept=True)
    factories.make_member(tenant, RoleKind.DISPATCHER)
    for number in range(2):
        member = factories.make_member(tenant, RoleKind.DRIVER, user=factories.make_user(password=PASSWORD))
        vehicle = factories.make_vehicle(tenant, kind="car", capacity_units=50)
        factories.make_driver(
            tenant, user=member.user, name=f"Driver {number}", primary_vehicle=vehicle, is_online=False
        )
    customer = factories.make_customer(tenant, external_reference="SHOP-1")
    factories.make_address(customer, text="Städtle 12, Vaduz", latitude=VADUZ[0], longitude=VADUZ[1])
    factories.make_service(tenant, order_types=["on_demand"])
    for kind in ReasonKind.values:
        tenant.reasons.create(kind=kind, label=f"Because of {kind}")
    path = tmp_path / "keys.json"
    keys.ensure(tenant, path)
    return path


@pytest.fixture
def short_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """Receivers live around the corner, drivers wait nearby and never refuse: the test should not take an hour."""
    everywhere = town_module.read_doors

    def nearby(path: Path) -> list[town_module.Door]:
        return [
            door for door in everywhere(path) if abs(door.point[0] - VADUZ[0]) + abs(door.point[1] - VADUZ[1]) < 0.008
        ]

    monkeypatch.setattr(town_module, "read_doors", nearby)
    monkeypatch.setattr("dispatch_console.region.simulation.driver.WAITING_SPOTS", (VADUZ,) * 3)
    monkeypatch.setattr("dispatch_console.region.simulation.driver.REFUSES", 0.0)


async def test_orders_come_and_are_delivered_by_drivers_who_move(asgi_server: str, town_keys: Path, short_ways: None):
    asked = program.arguments(
        [
            "--url",
            asgi_server,
            "--keys",
            str(town_keys),
            "--speed",
            "100",
            "--orders-per-hour",
            "20",
            "--report-every",
            "0.5",
        ]
    )
    await play(asked, until=lambda: Order.objects.filter(status=Status.DELIVERED).acount(), reaches=WANTED)
    order = await Order.objects.filter(status=Status.DELIVERED).order_by("pk").afirst()
    assert order is not None
    told = [
        (event.kind, event.actor_kind, event.source)
        async for event in Event.objects.filter(object_id=order.pk, stream="order")
    ]
    assert told[0] == ("order.created", "api_key", "api")
    assert ("order.assigned", "user", "api") in told
    assert told[-1] == ("order.delivered", "driver", "driver_app")
    assert {kind for kind, _, _ in told} >= {"order.accepted", "order.picked_up", "order.departed"}
    # Each with a phone of their own, in a shift of their own.
    assert await Device.objects.filter(driver__shifts__ended_at=None, signed_out_at=None).acount() == 2
    assert await ApiKey.objects.filter(membership__role=RoleKind.DRIVER, is_device=False).acount() == 0
    places = {(round(sample.latitude, 4), round(sample.longitude, 4)) async for sample in PositionSample.objects.all()}
    assert len(places) > 5


async def play(asked: argparse.Namespace, *, until: Any, reaches: int) -> None:
    life = asyncio.create_task(program.run(asked))
    try:
        async with asyncio.timeout(60):
            while await until() < reaches:
                assert not life.done(), life.exception()
                await asyncio.sleep(0.3)
    finally:
        life.cancel()
        with pytest.raises(asyncio.CancelledError):
            await life


def test_it_stops_at_once_when_told_to(tmp_path: Path):
    """Even while it waits for a server that is not there."""
    keys_file = tmp_path / "keys.json"
    keys_file.write_text('{"tenant": "t", "partner": "p", "dispatcher": "d", "drivers": []}')
    command = [sys.executable, "-m", "dispatch_console.region.simulation", "--url", "http://127.0.0.1:9"]
    running = subprocess.Popen(
        [*command, "--keys", str(keys_file), "--verbose"], cwd=REGION.parent.parent, stderr=subprocess.PIPE
    )
    try:
        assert running.stderr is not None
        assert b"trying again" in running.stderr.readline()
        began = time.monotonic()
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
        assert time.monotonic() - began < 5
    finally:
        running.kill()
        running.communicate()
