"""The Nominatim provider against a small server of our own, in good days and bad ones."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dispatch_console.core import geocoding
from dispatch_console.core.geocoding import GeocodingUnavailable
from dispatch_console.core.geocoding.nominatim import LARGEST_ANSWER, NominatimProvider

RATHAUS = {
    "lat": "47.1406",
    "lon": "9.5218",
    "category": "amenity",
    "type": "townhall",
    "name": "Rathaus",
    "display_name": "Rathaus, Städtle 6, Vaduz",
    "address": {
        "road": "Städtle",
        "house_number": "6",
        "town": "Vaduz",
        "postcode": "9490",
        "country_code": "li",
    },
}


class FakeServer:
    """Answers whatever the test has put on it, and remembers what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b"[]"
        self.delay = 0.0
        self.asked: list[tuple[str, dict[str, list[str]], str]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                fake.asked.append((parts.path, parse_qs(parts.query), self.headers["User-Agent"]))
                time.sleep(fake.delay)
                self.send_response(fake.status)
                self.send_header("Content-Length", str(len(fake.body)))
                self.end_headers()
                with contextlib.suppress(ConnectionError):  # a client that has given up
                    self.wfile.write(fake.body)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answers(self, content: Any) -> None:
        self.body = json.dumps(content).encode()


@pytest.fixture
def server() -> Iterator[FakeServer]:
    fake = FakeServer()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


@pytest.fixture
def provider(server: FakeServer) -> NominatimProvider:
    return NominatimProvider(server.url, timeout_seconds=0.5, user_agent="tests")


def test_a_result_becomes_a_place(server: FakeServer, provider: NominatimProvider):
    server.answers([RATHAUS])
    (place,) = provider.search("Rathaus Vaduz", limit=3, near=(47.1, 9.5))
    assert place.label == "Rathaus, Städtle 6, 9490 Vaduz"
    assert (place.lat, place.lng, place.kind, place.country) == (47.1406, 9.5218, "house", "LI")
    assert not place.approximate
    path, asked, user_agent = server.asked[0]
    assert (path, asked["q"], asked["limit"], user_agent) == ("/search", ["Rathaus Vaduz"], ["3"], "tests")
    assert "viewbox" in asked


def test_a_street_is_approximate(server: FakeServer, provider: NominatimProvider):
    street = {**RATHAUS, "category": "highway", "name": "Städtle", "address": {"road": "Städtle", "town": "Vaduz"}}
    server.answers([street])
    (place,) = provider.search("Städtle")
    assert (place.label, place.kind, place.approximate) == ("Städtle, Vaduz", "street", True)


def test_reverse_answers_a_place_or_nothing(server: FakeServer, provider: NominatimProvider):
    server.answers(RATHAUS)
    found = provider.reverse(47.14, 9.52)
    assert found is not None
    assert found.house_number == "6"
    server.answers({"error": "Unable to geocode"})
    assert provider.reverse(0, 0) is None


def test_an_empty_text_asks_nobody(server: FakeServer, provider: NominatimProvider):
    assert provider.search("   ") == []
    assert server.asked == []


@pytest.mark.parametrize(
    "result",
    [
        {"lat": "not a number", "lon": "9"},
        {"lat": "NaN", "lon": "9"},
        {"lat": "91", "lon": "9"},
        {"lon": "9"},
        "text",
        None,
    ],
)
def test_a_result_without_a_usable_point_is_left_out(server: FakeServer, provider: NominatimProvider, result: Any):
    server.answers([result, RATHAUS])
    assert [place.name for place in provider.search("x")] == ["Rathaus"]


@pytest.mark.parametrize("body", [b"<html>busy</html>", b'{"not": "a list"}', b"\xff\xfe", b"[" * 100_000])
def test_an_answer_that_makes_no_sense_is_unavailable(server: FakeServer, provider: NominatimProvider, body: bytes):
    server.body = body
    with pytest.raises(GeocodingUnavailable):
        provider.search("x")


@pytest.mark.parametrize("status", [302, 400, 429, 500, 503])
def test_a_refusal_of_the_server_is_unavailable(server: FakeServer, provider: NominatimProvider, status: int):
    server.status = status
    with pytest.raises(GeocodingUnavailable, match=str(status)):
        provider.search("x")


def test_a_slow_server_is_given_up(server: FakeServer, provider: NominatimProvider):
    server.delay = 1.5
    started = time.monotonic()
    with pytest.raises(GeocodingUnavailable, match="in time"):
        provider.search("x")
    assert time.monotonic() - started < 4


def test_a_huge_answer_is_given_up(server: FakeServer, provider: NominatimProvider):
    server.body = b"[" + b" " * LARGEST_ANSWER + b"]"
    with pytest.raises(GeocodingUnavailable, match="more than"):
        provider.search("x")


def test_no_server_at_all_is_unavailable():
    with pytest.raises(GeocodingUnavailable, match="cannot be reached") as refusal:
        NominatimProvider("http://127.0.0.1:9", timeout_seconds=0.5).search("x")
    assert (refusal.value.status, refusal.value.code) == (503, "geocoding_unavailable")


def test_the_setting_chooses_the_provider(settings):
    assert type(geocoding.provider()).__name__ == "RegionProvider"
    settings.GEOCODER = "nominatim"
    settings.NOMINATIM_URL = "http://127.0.0.1:9"
    assert type(geocoding.provider()).__name__ == "NominatimProvider"
