"""The driver app's socket: sign in by token, report, and get an answer to every batch."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from dispatch_console.asgi import application
from dispatch_console.core import clock, sockets
from dispatch_console.core.models import ApiKey, Tenant
from dispatch_console.core.permissions import RoleKind
from drivers import tokens, writer
from drivers.models import Driver, DriverPosition, PositionSample
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def driver(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant, user=factories.make_member(tenant, RoleKind.DRIVER).user)


@pytest.fixture
def secret(driver: Driver) -> str:
    return factories.make_key(driver.tenant, RoleKind.DRIVER, membership=driver.user.memberships.get())[1]


class App:
    """A driver's phone."""

    def __init__(self, secret: str = "") -> None:
        # No Origin: it is not a browser.
        headers = [(b"authorization", f"Bearer {secret}".encode())] if secret else []
        self.socket = WebsocketCommunicator(application, "/ws/driver/", headers=headers)

    async def ask(self, content: Any) -> dict[str, Any]:
        await self.socket.send_to(text_data=content if isinstance(content, str) else json.dumps(content))
        return await self.answer()

    async def answer(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(await self.socket.receive_from(5))
        return answer

    async def closed_with(self) -> int:
        message = await self.socket.receive_output(5)
        assert message["type"] == "websocket.close"
        return int(message["code"])


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., Awaitable[App]]]:
    apps: list[App] = []

    async def open_app(secret: str = "") -> App:
        app = App(secret)
        apps.append(app)
        accepted, _ = await app.socket.connect(timeout=5)
        assert accepted
        return app

    yield open_app
    for app in apps:
        await app.socket.disconnect()
    await writer.close_here()
    tokens.threads().close()
    tokens.threads.cache_clear()


Connect = Callable[..., Awaitable[App]]


def report(number: Any = 1, **over: Any) -> dict[str, Any]:
    sample = {"latitude": 47.1, "longitude": 9.5, "recorded_at": clock.now().isoformat(), **over}
    return {"t": "positions", "id": number, "samples": [sample]}


async def test_a_phone_signs_in_by_header_and_each_batch_is_acknowledged_once_stored(
    connect: Connect, driver: Driver, secret: str
) -> None:
    app = await connect(secret)
    assert (await app.answer())["t"] == "welcome"
    assert await app.ask(report("a1")) == {"t": "ack", "id": "a1", "accepted": 1, "rejected": []}
    assert DriverPosition.objects.get(driver=driver).latitude == 47.1


async def test_a_phone_signs_in_by_its_first_message(connect: Connect, driver: Driver, secret: str) -> None:
    app = await connect()
    assert (await app.ask({"t": "hello", "token": secret}))["t"] == "welcome"
    assert (await app.ask(report()))["accepted"] == 1
    assert (await app.ask({"t": "ping"}))["t"] == "pong"
    assert PositionSample.objects.count() == 1


@pytest.mark.parametrize("wrong", ["nobody.knows", "x" * 5000, "ü\x00", "'; DROP TABLE core_apikey; --"])
async def test_a_wrong_token_is_shown_out(connect: Connect, driver: Driver, wrong: str) -> None:
    app = await connect()
    assert (await app.ask({"t": "hello", "token": wrong}))["error"]["code"] == "not_signed_in"
    assert await app.closed_with() == 4401


async def test_positions_before_the_token_are_not_taken(connect: Connect, driver: Driver) -> None:
    app = await connect()
    assert (await app.ask(report()))["error"]["code"] == "not_signed_in"
    assert await app.closed_with() == 4401
    assert not PositionSample.objects.exists()


@pytest.mark.parametrize("role", [RoleKind.DISPATCHER, RoleKind.TENANT_ADMIN, RoleKind.PARTNER])
async def test_only_a_drivers_token_opens_it(connect: Connect, tenant: Tenant, role: str) -> None:
    member = factories.make_member(tenant, role)
    app = await connect(factories.make_key(tenant, membership=member)[1])
    assert (await app.answer())["error"]["code"] == "not_signed_in"
    assert await app.closed_with() == 4401


async def test_a_key_that_is_switched_off_stops_an_open_socket(
    connect: Connect, driver: Driver, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED_SECONDS", 0.0)
    app = await connect(secret)
    await app.answer()
    await app.ask(report())
    ApiKey.objects.update(is_active=False)
    await app.socket.send_to(text_data=json.dumps(report()))
    assert await app.closed_with() == 4403
    assert PositionSample.objects.count() == 1


JUNK: list[Any] = [
    "nonsense",
    "{}",
    {"t": "positions", "samples": "many"},
    {"t": "positions", "samples": [{"latitude": "47"}]},
    {"t": "order.delivered", "code": "D-1"},
    {"t": "positions", "samples": [], "id": 4},
    report(latitude=95),
    report(recorded_at="1999-01-01T00:00:00Z"),
    report({"a": 1}),
    {"t": "positions", "samples": [], "id": "x" * 300_000},
    "[" * 10_000,
    {"t": "positions", "samples": [{"latitude": 1, "longitude": 1, "recorded_at": "2026-01-01T00:00:00Z"}] * 1001},
]


async def test_bad_input_is_answered_and_changes_nothing(
    connect: Connect, driver: Driver, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MISTAKES_FORGIVEN", len(JUNK))
    app = await connect(secret)
    await app.answer()
    for content in JUNK:
        answer = await app.ask(content)
        assert answer["t"] == "error", content
        assert set(answer["error"]) == {"code", "message", "details", "request_id"}
        assert len(json.dumps(answer)) < 2000
    assert not PositionSample.objects.exists()
    assert (await app.ask(report(9)))["id"] == 9, "and the socket lives"


async def test_a_refused_batch_is_named_by_its_id(connect: Connect, driver: Driver, secret: str) -> None:
    app = await connect(secret)
    await app.answer()
    assert (await app.ask(report(17, speed=-4)))["id"] == 17
