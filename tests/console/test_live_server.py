"""The live stream through a real server and real sockets: cut lines, slow readers, several processes."""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame
from websockets.protocol import State
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin
from websockets.uri import parse_uri

from dispatch_console.console.live import hub as hub_module
from dispatch_console.console.live import viewer as viewer_module
from dispatch_console.core import clock
from dispatch_console.core.models import Membership, Tenant
from drivers import positions
from tests import factories
from tests.console.live_client import session_cookie, signed_in

pytestmark = pytest.mark.services


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def member(tenant: Tenant) -> Membership:
    return factories.make_member(tenant)


class Screen:
    """A console at the other end of a network line; it remembers the number it has seen, as the page does."""

    def __init__(self, server: str, member: Membership) -> None:
        self.address = server.replace("http", "ws", 1) + "/ws/console/"
        self.headers = {"Cookie": session_cookie(signed_in(member))}
        self.origin = Origin(server)
        self.number: int | None = None
        self.codes: list[str] = []
        self.line: ClientConnection

    def connect(self) -> "Screen":
        self.line = connect(
            self.address, additional_headers=self.headers, origin=self.origin, compression=None, legacy=True
        )
        self.line.send(json.dumps({"t": "hello", "last": self.number}))
        number = self.read("welcome")["number"]
        self.number = number if self.number is None else self.number
        return self

    def read(self, *kinds: str, within: float = 5) -> dict[str, Any]:
        deadline = time.monotonic() + within
        while True:
            frame: dict[str, Any] = json.loads(self.line.recv(timeout=max(0.01, deadline - time.monotonic())))
            if frame["t"] in kinds:
                return frame

    def read_up_to(self, number: int) -> None:
        while (self.number or 0) < number:
            frame = self.read("events", "reload")
            assert frame["t"] == "events", frame
            assert frame["from"] == (self.number or 0) + 1, "a hole in the stream"
            self.number = frame["to"]
            self.codes += [item["code"] for item in frame["items"]]

    def cut(self) -> None:
        """The line breaks: no goodbye, as when a laptop is closed."""
        self.line.socket.shutdown(socket.SHUT_RDWR)


OpenScreen = Callable[..., Screen]


@pytest.fixture
def open_screen(asgi_server: str) -> Iterator[OpenScreen]:
    screens: list[Screen] = []

    def open_one(member: Membership, *, server: str = asgi_server) -> Screen:
        screens.append(Screen(server, member).connect())
        return screens[-1]

    yield open_one
    for screen in screens:
        screen.line.close()


def create_orders(tenant: Tenant, count: int) -> list[str]:
    return [factories.make_order(tenant).code for _ in range(count)]


def test_after_a_dropped_line_the_console_gets_exactly_what_it_missed(
    open_screen: OpenScreen, tenant: Tenant, member: Membership
) -> None:
    screen = open_screen(member)
    codes = create_orders(tenant, 2)
    screen.read_up_to(2)
    screen.cut()
    codes += create_orders(tenant, 3)
    screen.connect()
    screen.read_up_to(5)
    codes += create_orders(tenant, 1)
    screen.read_up_to(6)
    assert screen.codes == codes


def test_a_change_by_one_persons_request_reaches_another_persons_screen(
    open_screen: OpenScreen, tenant: Tenant, member: Membership
) -> None:
    colleague = signed_in(factories.make_member(tenant))
    order = factories.make_order(tenant)
    screen = open_screen(member)
    answer = colleague.post(
        f"/api/v1/orders/{order.code}/cancel/", {"reason": "Twice"}, content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    frame = screen.read("events")
    assert frame["items"][-1]["row"]["status"] == "cancelled"


def test_a_screen_that_does_not_read_holds_nobody_up_and_misses_nothing_silently(
    tenant: Tenant, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer_module, "MAX_WAITING_FRAMES", 4)
    monkeypatch.setattr(hub_module, "BEAT_SECONDS", 0.2)
    with another_server(send_buffer=16384) as server:
        quick = Screen(server, member).connect()
        stuck = StuckScreen(server, member)
        count = 120
        create_orders(tenant, count)
        quick.read_up_to(count)

        number = 0
        seen = set()
        while number < count:
            frame = stuck.read("events", "reload")
            seen.add(frame["t"])
            if frame["t"] == "events":
                assert frame["from"] == number + 1, "a silent hole"
            number = frame["to"] if frame["t"] == "events" else frame["number"]
        assert seen == {"events", "reload"}, "it fell behind, and was told so"
        create_orders(tenant, 1)
        assert stuck.read("events")["from"] == count + 1
        quick.line.close()
        stuck.line.close()


class StuckScreen:
    """A console whose machine takes nothing from the line until asked to read: no library that reads ahead."""

    def __init__(self, server: str, member: Membership) -> None:
        host = urlsplit(server).netloc
        self.line = socket.socket()
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self.line.connect((host.partition(":")[0], int(host.partition(":")[2])))
        self.line.settimeout(10)
        self.protocol = ClientProtocol(parse_uri(server.replace("http", "ws", 1) + "/ws/console/"))
        request = self.protocol.connect()
        request.headers["Cookie"] = session_cookie(signed_in(member))
        request.headers["Origin"] = server
        self.protocol.send_request(request)
        self.frames: deque[dict[str, Any]] = deque()
        self.flush()
        while self.protocol.state is not State.OPEN:
            self.receive()
        self.protocol.send_text(json.dumps({"t": "hello", "last": 0}).encode())
        self.flush()

    def flush(self) -> None:
        for data in self.protocol.data_to_send():
            self.line.sendall(data)

    def receive(self) -> None:
        self.protocol.receive_data(self.line.recv(65536))
        for event in self.protocol.events_received():
            if isinstance(event, Frame):
                self.frames.append(json.loads(event.data))

    def read(self, *kinds: str) -> dict[str, Any]:
        while True:
            while not self.frames:
                self.receive()
            frame = self.frames.popleft()
            if frame["t"] in kinds:
                return frame


def test_two_processes_show_the_same_stream_by_way_of_redis(
    redis_channel_layer: None, tenant: Tenant, member: Membership, request: pytest.FixtureRequest
) -> None:
    first = request.getfixturevalue("asgi_server")
    screens = [Screen(first, member).connect() for _ in range(2)]
    with another_server() as second:
        screens.append(Screen(second, member).connect())
        codes = create_orders(tenant, 10)
        for screen in screens:
            screen.read_up_to(10)
        assert [screen.codes for screen in screens] == [codes] * 3
        driver = factories.make_driver(tenant)
        positions.report(
            driver.pk, tenant.pk, [positions.Sample(latitude=47.0, longitude=9.5, recorded_at=clock.now())]
        )
        for screen in screens:
            assert screen.read("positions")["drivers"][0][0] == driver.pk
        for screen in screens:
            screen.line.close()


@contextmanager
def another_server(*, send_buffer: int = 0) -> Iterator[str]:
    """Another event loop with a hub of its own: what another process would be."""
    from dispatch_console.asgi import application

    config = uvicorn.Config(
        application, host="127.0.0.1", port=0, log_level="warning", lifespan="off", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    listening = server.servers[0].sockets[0]
    if send_buffer:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_a_stranger_gets_a_close_code_that_says_why(asgi_server: str, transactional_db: None) -> None:
    address, origin = asgi_server.replace("http", "ws", 1) + "/ws/console/", Origin(asgi_server)
    with connect(address, origin=origin) as line, pytest.raises(ConnectionClosed) as closed:
        line.recv(timeout=5)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
