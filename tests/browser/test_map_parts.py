"""The parts of the map that are pure thought: how drivers move, what is clustered, what a card says."""

import json
import mimetypes
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, Route

from dispatch_console.console.modules import build_import_map
from dispatch_console.console.tones import vocabulary

SITE = "http://127.0.0.1:9/"
GLIDE = """async ({ fixes, at }) => {
    const { Track } = await import("map/motion");
    const { latitudeOf, longitudeOf } = await import("map/mercator");
    const track = new Track();
    const taken = fixes.map(({ now, ...fix }) => track.fix(fix, now));
    return at.map((moment) => {
        const moving = track.advance(moment);
        return { latitude: latitudeOf(track.y), longitude: longitudeOf(track.x), moving, taken };
    });
}"""
CLUSTERS = """async ({ ends, zoom }) => {
    const { cluster, places } = await import("map/clusters");
    const parts = cluster(places(ends), zoom);
    return { single: parts.single.map(({ shape, ends }) => [shape, ends.length]), clusters: parts.clusters };
}"""
CARD = """async ({ row, driver }) => {
    const { attention } = await import("core/attention");
    const { dueOf, pillOf, thirdLine } = await import("map/card");
    const now = Date.parse("2026-11-22T12:00:00Z");
    const reason = attention(row, now);
    return [pillOf(row, reason)[0], dueOf(row, reason, now).text, thirdLine(row, driver, now)];
}"""
METRE = 1 / 111_320  # degrees of latitude


@pytest.fixture
def page(new_context: Callable[..., Any]) -> Page:
    """The modules without a server: an empty page whose import map leads to the files."""
    config = {"tenant": {"timezone": "Europe/Vaduz", "late_risk_minutes": 15}, "permissions": [], "words": vocabulary()}
    empty = (
        f'<script type="importmap">{json.dumps({"imports": build_import_map()})}</script>'
        f'<script type="application/json" id="console-config">{json.dumps({"addresses": {}, **config})}</script>'
    )

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path == "/":
            route.fulfill(body=empty, content_type="text/html")
        elif path.startswith("/static/"):
            file = str(finders.find(path.removeprefix("/static/")))
            route.fulfill(body=Path(file).read_bytes(), content_type=mimetypes.guess_type(file)[0])
        else:
            route.fulfill(status=404)

    made = new_context().new_page()
    made.route(f"{SITE}**", answer)
    made.goto(SITE)
    return made


def fix(second: float, *, north: float, speed: float = 0, now: float | None = None) -> dict[str, Any]:
    """A reading `north` metres north of the start."""
    return {
        "latitude": 47 + north * METRE,
        "longitude": 9.5,
        "heading": 0,
        "speed": speed,
        "recordedAt": int(second * 1000),
        "now": second if now is None else now,
    }


def metres(place: dict[str, Any]) -> float:
    return round((place["latitude"] - 47) / METRE, 1)


def test_a_driver_glides_to_a_new_fix_in_the_time_between_two_pings(page: Page) -> None:
    seen = page.evaluate(GLIDE, {"fixes": [fix(100, north=0), fix(104, north=40)], "at": [104, 105, 106, 108, 120]})
    assert [metres(place) for place in seen] == [0, 10, 20, 40, 40]
    assert [place["moving"] for place in seen] == [True, True, True, False, False]


def test_a_driver_whose_ping_is_overdue_is_reckoned_on_for_three_seconds_and_no_longer(page: Page) -> None:
    pings = [fix(100, north=0), fix(102, north=20, speed=10)]
    seen = page.evaluate(GLIDE, {"fixes": pings, "at": [104, 105, 107, 108, 300]})
    assert [metres(place) for place in seen] == [20, 30, 50, 50, 50]
    assert [place["moving"] for place in seen] == [True, True, False, False, False]


def test_a_fix_that_is_older_than_the_last_one_is_not_taken(page: Page) -> None:
    pings = [fix(100, north=0), fix(104, north=40), fix(102, north=500, now=104.5)]
    [seen] = page.evaluate(GLIDE, {"fixes": pings, "at": [110]})
    assert seen["taken"] == [True, True, False]
    assert metres(seen) == 40


def test_a_new_fix_in_the_middle_of_a_glide_makes_no_jump(page: Page) -> None:
    pings = [fix(100, north=0), fix(104, north=40), fix(106, north=60)]
    [seen] = page.evaluate(GLIDE, {"fixes": pings, "at": [106]})
    assert metres(seen) == 20


def test_a_leap_that_no_vehicle_makes_is_shown_at_once_not_as_a_flight(page: Page) -> None:
    [seen] = page.evaluate(GLIDE, {"fixes": [fix(100, north=0), fix(102, north=5000)], "at": [102]})
    assert metres(seen) == 5000


def ends_at(count: int, *, spread: float) -> list[dict[str, Any]]:
    return [
        {"code": f"D-{n}", "role": "dropoff", "shape": "dropoff", "tone": "normal", "x": 0.5 + n * spread, "y": 0.4}
        for n in range(count)
    ]


def test_crowds_are_clustered_from_afar_and_never_close_by(page: Page) -> None:
    ends = ends_at(12, spread=1e-7)
    far = page.evaluate(CLUSTERS, {"ends": ends, "zoom": 11})
    assert far["single"] == []
    assert [group["count"] for group in far["clusters"]] == [12]
    close = page.evaluate(CLUSTERS, {"ends": ends, "zoom": 15})
    assert close["clusters"] == []
    assert len(close["single"]) == 12


def test_a_warehouse_stays_a_landmark_and_counts_its_orders(page: Page) -> None:
    hub = [{**end, "shape": "warehouse", "x": 0.5, "y": 0.4} for end in ends_at(3, spread=0)]
    found = page.evaluate(CLUSTERS, {"ends": [*ends_at(12, spread=1e-7), *hub], "zoom": 11})
    assert found["single"] == [["warehouse", 3]]
    assert [group["count"] for group in found["clusters"]] == [12]


def test_a_cluster_says_how_many_orders_in_it_need_attention(page: Page) -> None:
    ends = ends_at(10, spread=1e-7)
    ends[2]["tone"] = ends[3]["tone"] = "attention"
    ends[3]["code"] = ends[2]["code"]
    [group] = page.evaluate(CLUSTERS, {"ends": ends, "zoom": 11})["clusters"]
    assert group["urgent"] == 1


ROW = {
    "status": "assigned",
    "assignment_status": "accepted",
    "carrier_type": "internal",
    "driver": {"id": 1, "name": "Lea Beck"},
    "vehicle": "Bike 3",
    "holder": None,
    "package_with_driver": False,
    "holder_dropped": False,
    "on_hold": False,
    "hold_reason": "",
    "closing_reason": "",
    "proof_missing": False,
    "picked_up_at": None,
    "scheduled_pickup_at": None,
    "closed_at": None,
    "due_at": "2026-11-22T14:00:00Z",
}
WAITING = {"status": "pending", "assignment_status": "none", "driver": None, "vehicle": None}


CARDS = [
    ({}, "Assigned", "due 15:00", "Lea Beck · Bike 3"),
    ({"due_at": None}, "Assigned", "no due time", "Lea Beck · Bike 3"),
    ({"due_at": "2026-11-22T11:48:00Z"}, "Assigned", "12 min late", "Lea Beck · Bike 3"),
    ({"due_at": "2026-11-22T12:10:00Z"}, "Assigned", "in 10 min", "Lea Beck · Bike 3"),
    ({"assignment_status": "pending"}, "Assigned", "due 15:00", "Waiting for Lea Beck to accept"),
    (WAITING, "Pending", "due 15:00", "No driver yet"),
    (WAITING | {"assignment_status": "rejected"}, "Pending", "due 15:00", "Refused by the last driver"),
    (
        WAITING | {"scheduled_pickup_at": "2026-11-22T12:31:00Z"},
        "Pending",
        "due 15:00",
        "No driver yet · pickup from 13:31",
    ),
    (WAITING | {"carrier_type": "external"}, "Pending", "due 15:00", "External carrier"),
    ({"on_hold": True, "hold_reason": "Gate closed"}, "On hold", "due 15:00", "On hold: Gate closed"),
    (
        {"status": "picked_up", "driver": None, "holder": {"id": 1, "name": "Lea Beck"}, "holder_dropped": True},
        "Driver taken off",
        "due 15:00",
        "Lea Beck has the package but was taken off: nobody carries on",
    ),
    (
        {"status": "cancelled", "holder": {"id": 1, "name": "Lea Beck"}, "package_with_driver": True},
        "Package with driver",
        "",
        "Cancelled, but Lea Beck still has the package",
    ),
    (
        {"status": "delivered", "closed_at": "2026-11-22T11:30:00Z", "proof_missing": True},
        "Delivered",
        "12:30",
        "Delivered by Lea Beck · no proof",
    ),
]


def test_a_card_says_what_is_so(page: Page) -> None:
    for changes, pill, due, third in CARDS:
        said = page.evaluate(CARD, {"row": ROW | changes, "driver": None})
        # Times of another day carry their date; which day it is today is not what is asked here.
        said[1] = re.sub(r"\d+ \w+( \d{4})? (?=\d\d:)", "", said[1])
        assert said == [pill, due, third]
