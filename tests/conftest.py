"""What every test can ask for: services, browser, live server, and a network that ends at this machine."""

import contextlib
import ipaddress
import os
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dispatch_console.embedded import paths, redis
from dispatch_console.embedded.postgres import EmbeddedPostgres

# Playwright's synchronous interface keeps an event loop on the thread of the test; Django would refuse every query.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# Each window's address bar builds two pages of its own for its suggestions: more work than most pages of the console.
# Only the last such list counts, so this one says again what Playwright's own says.
CHROMIUM_FEATURES_OFF = [
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "AimEnabled", "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter",
    "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch",
    "SpareRendererForSitePerProcess", "ThirdPartyStoragePartitioning",
]  # fmt: skip
CHROMIUM_FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-default-browser-check",
    f"--disable-features={','.join(CHROMIUM_FEATURES_OFF)}",
]  # fmt: skip
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM_ON_MACOS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


SERVICES: pytest.StashKey[list[Any]] = pytest.StashKey()


# Embedded services, once per run


def pytest_configure(config: pytest.Config) -> None:
    forbid_outside_connections()
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    from django.conf import settings

    run_directory = paths.test_run_directory()
    remove_leftovers(run_directory)
    services: list[Any] = []
    config.stash[SERVICES] = services
    if settings.EMBEDDED_DATABASE:
        services.append(EmbeddedPostgres(run_directory, durable=False))
    server = redis.find_server()
    if settings.EMBEDDED_REDIS and server:
        services.append(redis.EmbeddedRedis(run_directory, server))
    for service in services:
        service.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    for service in config.stash.get(SERVICES, []):
        service.stop()
    if not hasattr(config, "workerinput"):
        shutil.rmtree(paths.test_run_directory(), ignore_errors=True)


def remove_leftovers(run_directory: Path) -> None:
    """Data of test runs that were killed."""
    for directory in run_directory.parent.glob(f"dispatch-tests-{os.getuid()}-*"):
        pid = directory.name.rpartition("-")[2]
        if pid.isdigit() and not process_exists(int(pid)):
            shutil.rmtree(directory, ignore_errors=True)


def process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


# No test leaves this machine


def forbid_outside_connections() -> None:
    connect = socket.socket.connect

    def connect_inside(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not is_loopback(address[0]):
            raise OSError(f"A test tried to reach {address[0]}: tests stay on this machine.")
        connect(self, address)

    socket.socket.connect = connect_inside  # type: ignore[method-assign, assignment]


def is_loopback(host: str) -> bool:
    if host in ("", "localhost"):
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    # The database the person named may stand elsewhere; Redis likewise.
    return host in {urlsplit(os.environ.get(name, "")).hostname for name in ("DATABASE_URL", "REDIS_URL")}


# The database after a test that committed


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    from tests import flush

    with django_db_blocker.unblock():
        flush.switch_on()


# Rows that the tests of one module share


@pytest.fixture(scope="module")
def shared_rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A transaction around those of a module's tests: what is made inside of it stays until the module is over.

    For fixtures of scope "module" that make what is dear to make. Every test still undoes what it did itself.
    """
    from django.test import TestCase

    with django_db_blocker.unblock():
        atomics = TestCase._enter_atomics()  # its own, because no durable transaction may begin inside of others
        yield
        TestCase._rollback_atomics(atomics)


# Order and kinds of tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: after one of them no `async def` test can run in the same process.

    Where a build machine says it is one, a browser test that failed is tried once more, and the report says so.
    """
    for item in items:
        if needs_browser(item):
            item.add_marker("browser")
            if os.environ.get("CI"):
                item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=needs_browser)


def needs_browser(item: pytest.Item) -> bool:
    return bool({"page", "context", "browser", "new_context"} & set(getattr(item, "fixturenames", ())))


# Live server


@pytest.fixture
def asgi_server(transactional_db: None) -> Iterator[str]:
    """The whole site in a thread of this process, sockets and static files included; yields its address.

    It shares the in-memory channel layer with the test, and sees only what the test has committed.
    """
    import uvicorn

    from dispatch_console.asgi import application

    server = uvicorn.Server(
        uvicorn.Config(
            application, host="127.0.0.1", port=0, log_level="warning", lifespan="off", timeout_graceful_shutdown=2
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive(), "The live server did not start."
        assert time.monotonic() < deadline, "The live server did not start in 20 s."
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def in_thread() -> Callable[[Callable[[], Any]], Any]:
    """Run something on a thread without an event loop, for example `async_to_sync` in a browser test."""

    def run(work: Callable[[], Any]) -> Any:
        outcome: dict[str, Any] = {}

        def target() -> None:
            from django.db import connections

            try:
                outcome["value"] = work()
            except BaseException as error:
                outcome["error"] = error
            finally:
                connections.close_all()

        thread = threading.Thread(target=target)
        thread.start()
        thread.join()
        if "error" in outcome:
            raise outcome["error"]
        return outcome.get("value")

    return run


@pytest.fixture
def redis_channel_layer(settings: Any) -> Iterator[None]:
    """The production channel layer on a real Redis, instead of the in-memory one."""
    from channels.layers import channel_layers

    from dispatch_console.settings.base import channel_layers as layer_settings

    if settings.EMBEDDED_REDIS and not redis.find_server():
        pytest.skip("No Redis server was found: install redis-server, or set REDIS_URL.")
    previous, channel_layers.backends = channel_layers.backends, {}
    layer = layer_settings(settings.REDIS_URL)
    # Redis publishes across its databases: another worker's test on the same server must not be heard.
    layer["default"]["CONFIG"]["prefix"] = f"test-{uuid.uuid4().hex}"
    settings.CHANNEL_LAYERS = layer
    yield
    channel_layers.backends = previous


# Browser


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    return found or (CHROMIUM_ON_MACOS if Path(CHROMIUM_ON_MACOS).exists() else None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = find_chromium()
    if chromium is None and os.environ.get("REQUIRE_BROWSER"):
        pytest.fail("No Chromium was found, and REQUIRE_BROWSER is set.")
    if chromium is None:
        pytest.skip("Browser tests need a system Chromium: install one, or name it in CHROMIUM.")
    return {**browser_type_launch_args, "executable_path": chromium, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "viewport": {"width": 1440, "height": 900},
        "locale": "en-GB",
        "timezone_id": "Europe/Zurich",
        "reduced_motion": "reduce",
    }


@pytest.fixture
def browser_faults() -> list[str]:
    """What went wrong inside the browser; anything left here fails the test, which may clear what it provoked."""
    return []


@pytest.fixture
def new_context(new_context: Callable[..., Any], browser_faults: list[str]) -> Iterator[Callable[..., Any]]:
    """Every browser context reports uncaught errors, policy violations, server errors and strangers it talks to."""

    def watched(**options: Any) -> Any:
        context = new_context(**options)
        context.on("weberror", lambda error: browser_faults.append(f"uncaught in the page: {error.error}"))
        context.on("console", lambda message: note_console(message, browser_faults))
        context.on("response", lambda response: note_response(response, browser_faults))
        context.on("request", lambda request: note_request(request, browser_faults))
        return context

    yield watched
    assert not browser_faults, "\n".join(browser_faults)


def note_console(message: Any, faults: list[str]) -> None:
    if message.type == "error" and "Content Security Policy" in message.text:
        faults.append(f"policy violation: {message.text}")


def note_response(response: Any, faults: list[str]) -> None:
    if response.status >= 500:
        faults.append(f"{response.status} from {response.url}")


def note_request(request: Any, faults: list[str]) -> None:
    parts = urlsplit(request.url)
    if parts.scheme in ("http", "https", "ws", "wss") and not is_loopback(parts.hostname or ""):
        faults.append(f"the page contacted {parts.hostname}: {request.url}")
