"""The page's side of the live stream: in order and once, holes asked for again, and honest about its age."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from dispatch_console.core.models import Membership
from tests import factories
from tests.browser.conftest import OpenConsole

PAGE = "/console/table/"

WATCH = """async () => {
    const { on } = await import("core/bus");
    window.heard = [];
    for (const name of ["live:events", "live:positions", "live:drivers", "live:reload", "live:state", "signed-out"])
        on(name, (detail) => window.heard.push([name, detail]));
}"""


class Server:
    """Plays the server at the other end of the page's socket."""

    def __init__(self) -> None:
        self.lines: list[WebSocketRoute] = []
        self.said: list[dict[str, Any]] = []

    def accept(self, line: WebSocketRoute) -> None:
        self.lines.append(line)
        line.on_message(lambda text: self.said.append(json.loads(text)))

    def send(self, **frame: Any) -> None:
        self.lines[-1].send(json.dumps(frame))

    def hellos(self) -> list[int | None]:
        return [message["last"] for message in self.said if message["t"] == "hello"]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def page(open_console: OpenConsole, server: Server, new_context: Any) -> Page:
    """A console whose page began at number 0, and which has been welcomed."""
    page = open_console(PAGE, before=lambda page: page.route_web_socket("**/ws/console/", server.accept))
    page.evaluate(WATCH)
    wait(page, lambda: server.hellos() == [0])
    server.send(t="welcome", number=0, server_time="2026-11-22T10:00:00Z")
    return page


def wait(page: Page, holds: Callable[[], bool], *, within: int = 8000) -> None:
    for _ in range(within // 20):
        if holds():
            return
        page.wait_for_timeout(20)
    raise AssertionError("It did not come about.")


def heard(page: Page, name: str) -> list[Any]:
    return [detail for event, detail in page.evaluate("() => window.heard") if event == name]


def events(first: int, last: int) -> dict[str, Any]:
    items = [{"number": number, "kind": "order.edited", "code": f"D-{number}"} for number in range(first, last + 1)]
    return {"t": "events", "from": first, "to": last, "items": items}


def numbers(page: Page) -> list[int]:
    return [item["number"] for detail in heard(page, "live:events") for item in detail["items"]]


def test_events_are_handed_on_once_and_in_order(page: Page, server: Server) -> None:
    for first, last in ((1, 2), (1, 2), (2, 4), (5, 5)):
        server.send(**events(first, last))
    wait(page, lambda: numbers(page)[-1:] == [5])
    assert numbers(page) == [1, 2, 3, 4, 5]


def test_a_hole_is_asked_for_and_nothing_is_handed_on_until_it_is_filled(page: Page, server: Server) -> None:
    server.send(**events(1, 1))
    server.send(**events(3, 3))
    wait(page, lambda: server.hellos()[-1] == 1)
    assert numbers(page) == [1]
    server.send(**events(2, 3))
    wait(page, lambda: numbers(page) == [1, 2, 3])


def test_a_beat_beyond_the_last_number_is_answered_by_asking(page: Page, server: Server) -> None:
    server.send(t="beat", number=4, beat=9, server_time="2026-11-22T10:00:02Z")
    wait(page, lambda: {"t": "seen", "beat": 9} in server.said)
    assert server.hellos() == [0, 0]
    assert heard(page, "live:state")[-1]["state"] == "catching_up"
    server.send(**events(1, 4))
    wait(page, lambda: heard(page, "live:state")[-1]["state"] == "connected")


def test_after_a_lost_line_it_comes_back_with_its_last_number(page: Page, server: Server) -> None:
    server.send(**events(1, 3))
    wait(page, lambda: numbers(page) == [1, 2, 3])
    server.lines[-1].close(code=1012)
    wait(page, lambda: len(server.lines) == 2)
    wait(page, lambda: server.hellos()[-1] == 3)
    server.send(t="welcome", number=4, server_time="2026-11-22T10:00:00Z")
    wait(page, lambda: heard(page, "live:state")[-1]["state"] == "catching_up")
    server.send(**events(4, 4))
    wait(page, lambda: heard(page, "live:state")[-1] | {"pictureAt": 0} == {
        "state": "connected", "number": 4, "pictureAt": 0
    })  # fmt: skip


def test_reload_is_handed_on_and_the_picture_is_whole_when_all_lists_have_been_read(page: Page, server: Server) -> None:
    page.evaluate(
        """async () => (await import("core/bus")).on("live:reload", ({ until }) =>
            until(new Promise((resolve) => (window.finish = resolve))))"""
    )
    server.send(t="reload", number=70, why="Too much has happened since.")
    wait(page, lambda: len(heard(page, "live:reload")) == 1)
    assert heard(page, "live:state")[-1]["state"] == "catching_up"
    page.evaluate("() => window.finish()")
    wait(page, lambda: heard(page, "live:state")[-1]["state"] == "connected")
    server.send(**events(71, 71))
    wait(page, lambda: numbers(page) == [71])
    assert server.hellos() == [0], "and nothing before it is asked for"


def test_changed_rights_make_everything_be_read_anew(page: Page, server: Server) -> None:
    server.lines[-1].close(code=4410)
    wait(page, lambda: server.hellos()[1:] == [None])
    server.send(t="welcome", number=12, server_time="2026-11-22T10:00:00Z")
    wait(page, lambda: len(heard(page, "live:reload")) == 1)


def test_an_ended_session_is_tried_once_more_and_then_told(page: Page, server: Server) -> None:
    server.lines[-1].close(code=4401)
    wait(page, lambda: len(server.lines) == 2)
    assert heard(page, "signed-out") == []
    server.lines[-1].close(code=4401)
    wait(page, lambda: len(heard(page, "signed-out")) == 1)
    page.wait_for_timeout(1500)
    assert len(server.lines) == 2, "it does not knock for ever"


def test_positions_and_drivers_are_handed_on_as_they_come(page: Page, server: Server) -> None:
    server.send(t="positions", at="2026-11-22T10:00:00Z", drivers=[[7, 47.1, 9.5, 90, 4.5, 1, 0]])
    server.send(t="drivers", items=[])
    wait(page, lambda: len(heard(page, "live:drivers")) == 1)
    assert heard(page, "live:positions")[0]["drivers"] == [[7, 47.1, 9.5, 90, 4.5, 1, 0]]


def test_a_line_that_went_silent_is_replaced(page: Page, server: Server) -> None:
    # The computer slept: nothing was closed, but nothing comes either.
    page.clock.install()
    page.clock.fast_forward(20_000)
    wait(page, lambda: len(server.lines) == 2)
    assert server.hellos()[-1] == 0


@pytest.fixture
def two_screens(open_console: OpenConsole, dispatcher: Membership) -> tuple[Page, Page]:
    colleague = factories.make_member(dispatcher.tenant)
    return open_console(PAGE), open_console(PAGE, member=colleague)


def test_a_change_shows_on_every_screen_without_reloading(
    two_screens: tuple[Page, Page], dispatcher: Membership, in_thread: Callable[[Callable[[], Any]], Any]
) -> None:
    for screen in two_screens:
        screen.evaluate(WATCH)
        wait(screen, lambda screen=screen: screen.get_attribute(".live-light", "data-state") == "connected")  # type: ignore[misc]
    order = in_thread(lambda: factories.make_order(dispatcher.tenant))
    for screen in two_screens:
        wait(screen, lambda screen=screen: numbers(screen) == [1])  # type: ignore[misc]
        assert heard(screen, "live:events")[0]["items"][0]["row"]["code"] == order.code
    expect(two_screens[0].locator(".live-light .word")).to_have_text("Live")
