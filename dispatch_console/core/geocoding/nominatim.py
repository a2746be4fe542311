"""The geocoder for installations with a Nominatim-compatible server: one careful HTTP request per question."""

import json
import math
from typing import Any

import httpx

from dispatch_console.core.geocoding.base import LONGEST_TEXT, MOST_RESULTS, GeocodingUnavailable, Place, label_of

LARGEST_ANSWER = 512 * 1024
CITY_KEYS = ("city", "town", "village", "municipality", "hamlet", "suburb", "county")
STREET_KEYS = ("road", "pedestrian", "footway", "path", "square", "residential")
LOOK_NEAR = 0.25
"""Degrees around a point that are preferred when a search has one."""


class NominatimProvider:
    """Asks `<url>/search` and `<url>/reverse`; every trouble on the way is one `GeocodingUnavailable`."""

    def __init__(
        self, url: str, *, timeout_seconds: float = 4.0, user_agent: str = "dispatch-console", language: str = ""
    ) -> None:
        self._url = url.rstrip("/")
        self._timeout = httpx.Timeout(timeout_seconds, connect=min(2.0, timeout_seconds))
        self._headers = {"User-Agent": user_agent, "Accept": "application/json"}
        if language:
            self._headers["Accept-Language"] = language

    def search(self, text: str, *, limit: int = 8, near: tuple[float, float] | None = None) -> list[Place]:
        text = " ".join(text.split())[:LONGEST_TEXT]
        if not text:
            return []
        limit = max(1, min(limit, MOST_RESULTS))
        asked: dict[str, str | int] = {"q": text, "format": "jsonv2", "addressdetails": 1, "limit": limit}
        if near:
            lat, lng = near
            asked["viewbox"] = f"{lng - LOOK_NEAR},{lat + LOOK_NEAR},{lng + LOOK_NEAR},{lat - LOOK_NEAR}"
        answer = self._ask("search", asked)
        if not isinstance(answer, list):
            raise GeocodingUnavailable("The geocoder answered something that is not a list of places.")
        return [place for item in answer[:limit] if (place := _read_place(item))]

    def reverse(self, lat: float, lng: float) -> Place | None:
        answer = self._ask("reverse", {"lat": lat, "lon": lng, "format": "jsonv2", "addressdetails": 1, "zoom": 18})
        if isinstance(answer, dict) and "error" in answer:
            # "Unable to geocode" is its way of saying that nothing is near.
            return None
        return _read_place(answer)

    def _ask(self, path: str, asked: dict[str, Any]) -> Any:
        try:
            with (
                httpx.Client(timeout=self._timeout, headers=self._headers, follow_redirects=False) as client,
                client.stream("GET", f"{self._url}/{path}", params=asked) as answer,
            ):
                if answer.status_code != httpx.codes.OK:
                    raise GeocodingUnavailable(f"The geocoder answered with HTTP status {answer.status_code}.")
                return json.loads(_read_limited(answer))
        except httpx.TimeoutException as error:
            raise GeocodingUnavailable("The geocoder did not answer in time.") from error
        except httpx.HTTPError as error:
            raise GeocodingUnavailable("The geocoder cannot be reached.") from error
        except (ValueError, RecursionError) as error:
            raise GeocodingUnavailable("The geocoder answered something that is not JSON.") from error


def _read_limited(answer: httpx.Response) -> bytes:
    """The body, unless it is larger than any honest answer."""
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise GeocodingUnavailable(f"The geocoder answered with more than {LARGEST_ANSWER // 1024} kB.")
    return bytes(body)


def _read_place(item: Any) -> Place | None:
    """One result as a place; a result without a usable point is left out."""
    if not isinstance(item, dict):
        return None
    try:
        lat, lng = float(item["lat"]), float(item["lon"])
    except (KeyError, TypeError, ValueError):
        return None
    if not (math.isfinite(lat) and math.isfinite(lng) and abs(lat) <= 90 and abs(lng) <= 180):
        return None
    address = item.get("address")
    parts = {key: str(value) for key, value in address.items()} if isinstance(address, dict) else {}
    street = _first(parts, STREET_KEYS)
    house_number = parts.get("house_number", "")
    city, postcode = _first(parts, CITY_KEYS), parts.get("postcode", "")
    kind = "house" if house_number else "street" if item.get("category", item.get("class")) == "highway" else ""
    name = "" if kind == "street" else str(item.get("name") or "")
    label = label_of(name=name, street=street, house_number=house_number, postcode=postcode, city=city)
    return Place(
        label=label or str(item.get("display_name") or "")[:LONGEST_TEXT],
        lat=round(lat, 6),
        lng=round(lng, 6),
        kind=kind or str(item.get("type") or "place"),
        name=name,
        street=street,
        house_number=house_number,
        city=city,
        postcode=postcode,
        country=parts.get("country_code", "").upper(),
        # Without a house number the point is the middle of something larger.
        approximate=not house_number and not name,
    )


def _first(parts: dict[str, str], keys: tuple[str, ...]) -> str:
    return next((parts[key] for key in keys if parts.get(key)), "")
