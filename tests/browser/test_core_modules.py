"""The browser's core modules, asked directly: words for numbers and times, ranking, requests that are repeated."""

from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.conftest import OpenConsole

TABLE = "/console/table/"

FORMATS = [
    ("duration(0)", "0 s"),
    ("duration(59.4)", "59 s"),
    ("duration(60)", "1 min"),
    ("duration(3600)", "1 h"),
    ("duration(7500)", "2 h 5 min"),
    ("duration(3 * 86400)", "3 d"),
    ("age(1000, 1400)", "now"),
    ("age(0, 6 * 60000)", "6 min ago"),
    ("age(null)", "never"),
    ("due(14 * 60000, 0)", "in 14 min"),
    ("due(-12 * 60000, 0)", "12 min late"),
    ("due(20000, 0)", "due now"),
    ("due('')", "–"),
    ('plural(1, "order")', "1 order"),
    ('plural(0, "order")', "0 orders"),
    ('plural(1204, "box", "boxes")', "1,204 boxes"),
    ('money("48.2")', "CHF\u00a048.20"),
    ("money(null)", "–"),
    ("distance(840)", "840 m"),
    ("distance(1240)", "1.2 km"),
    ("distance(24000)", "24 km"),
    ("speed(10)", "36 km/h"),
    # The tenant's clock, one hour ahead of UTC in winter and two in summer.
    ('clock("2026-01-15T23:30:00Z")', "00:30"),
    ('clock("2026-07-15T12:00:00Z")', "14:00"),
    ('dayOf("2026-01-15T23:30:00Z")', "2026-01-16"),
    ('dayName("2026-11-23")', "Mon 23 Nov"),
    ('dayName("today")', "Today"),
    ('initials("Lea Beck")', "LB"),
]


@pytest.fixture
def page_of_table(open_console: OpenConsole) -> Page:
    return open_console(TABLE)


def test_numbers_and_times_become_words(page_of_table: Page) -> None:
    said = page_of_table.evaluate(
        """async (calls) => {
            const names = await import("core/format");
            const ask = (call) => {
                const [, name, given] = call.match(/^(\\w+)\\((.*)\\)$/);
                return names[name](...values(given));
            };
            // Without eval, which the page's policy forbids.
            const values = (text) => text.split(/,\\s*(?![^"]*"(?:[^"]*"[^"]*")*[^"]*$)/).map((part) =>
                part.split("*").map((each) => JSON.parse(each.trim().replaceAll("'", '"'))).reduce((a, b) => a * b));
            return calls.map(ask);
        }""",
        [call for call, _ in FORMATS],
    )
    assert dict(zip([call for call, _ in FORMATS], said, strict=True)) == dict(FORMATS)


def test_a_whole_word_ranks_before_scattered_letters(page_of_table: Page) -> None:
    order = page_of_table.evaluate(
        """async () => {
            const { rank } = await import("core/rank");
            const titles = ["Unassign driver", "Assign driver", "Reassign all drivers", "A stranger signs in"];
            return titles.map((title) => [title, rank(title, "assign")]).filter(([, match]) => match)
                .sort((a, b) => b[1].score - a[1].score).map(([title]) => title);
        }"""
    )
    assert order[0] == "Assign driver"
    assert page_of_table.evaluate("async () => (await import('core/rank')).rank('Map', 'table')") is None


def test_keys_are_named_as_a_person_presses_them(page_of_table: Page) -> None:
    tokens = page_of_table.evaluate(
        """async () => {
            const { tokenOf } = await import("core/keyboard");
            const press = (key, more) => tokenOf(new KeyboardEvent("keydown", { key, ...more }));
            return [press("k", { ctrlKey: true }), press("K", { metaKey: true, shiftKey: true }),
                    press("?", { shiftKey: true }), press("A", { shiftKey: true }), press(" "),
                    press("Enter", { shiftKey: true })];
        }"""
    )
    assert tokens == ["mod+k", "mod+shift+k", "?", "shift+a", "Space", "shift+Enter"]


def test_a_write_is_repeated_once_with_its_key_when_the_connection_breaks(page_of_table: Page) -> None:
    keys: list[str | None] = []

    def break_the_first(route: Route) -> None:
        keys.append(route.request.header_value("Idempotency-Key"))
        if len(keys) == 1:
            route.abort("connectionreset")
        else:
            route.fulfill(json={"message": "Assigned."})

    page_of_table.route("**/api/v1/orders/D-1/assign/", break_the_first)
    answer: Any = page_of_table.evaluate(
        "async () => (await import('core/http')).post('orders/D-1/assign/', { driver_id: 1 })"
    )
    assert answer == {"message": "Assigned."}
    assert len(keys) == 2
    assert keys[0]
    assert keys[0] == keys[1]


def test_a_module_is_taken_down_with_its_element(page_of_table: Page) -> None:
    left = page_of_table.evaluate(
        """async () => {
            const { mountAll, unmountDetached } = await import("core/mount");
            const { findCommand } = await import("core/commands");
            const rail = document.querySelector(".rail");
            const had = Boolean(findCommand("rail.toggle"));
            rail.remove();
            unmountDetached();
            const has = Boolean(findCommand("rail.toggle"));
            document.querySelector(".app").prepend(rail);
            await mountAll(rail);
            return [had, has, Boolean(findCommand("rail.toggle"))];
        }"""
    )
    assert left == [True, False, True]


def test_the_live_light_says_its_state_in_words(page_of_table: Page) -> None:
    said = page_of_table.evaluate(
        """async () => {
            const { emit } = await import("core/bus");
            const light = document.querySelector(".live-light");
            return ["connected", "catching_up", "offline"].map((state) => {
                emit("live:state", { state, pictureAt: Date.now() - 75000, number: 10482 });
                return light.textContent;
            });
        }"""
    )
    assert said == ["Live1 min old", "Catching up, 1 min old", "Offline, 1 min old"]
