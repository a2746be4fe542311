"""What everybody in the town shares: streets, doors, pace, the picture of the orders, and who may call the API."""

import gzip
import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from dispatch_console.region.simulation.client import Api
from dispatch_console.region.simulation.pace import Pace
from dispatch_console.region.simulation.picture import Picture
from dispatch_console.region.simulation.sign_in import SignIns
from dispatch_console.region.streets import Point, StreetGraph

DOORS = Path(__file__).parent.parent / "data" / "addresses.json.gz"


@dataclass(frozen=True)
class Door:
    """An address where somebody may order from."""

    text: str
    city: str
    point: Point


@dataclass(frozen=True)
class Keys:
    """Who we are to the server: the file that an administrator hands out.

    A driver has an `email` and a `password`, with which the phone signs in, or a `key` instead.
    """

    tenant: str
    partner: str
    dispatcher: str
    drivers: list[dict[str, str]]

    @classmethod
    def read(cls, path: Path) -> "Keys":
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(content["tenant"], content["partner"], content["dispatcher"], content["drivers"])


@dataclass
class Town:
    http: httpx.AsyncClient
    keys: Keys
    pace: Pace
    picture: Picture
    streets: StreetGraph
    doors: list[Door]
    sign_ins: SignIns
    reasons: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def found(cls, http: httpx.AsyncClient, keys: Keys, *, speed: float, tokens: Path) -> "Town":
        """`tokens` is the file in which the phones' tokens are kept."""
        picture = Picture(Api(http, keys.dispatcher))
        return cls(
            http, keys, Pace(speed), picture, StreetGraph.load(), read_doors(DOORS), sign_ins=SignIns(http, tokens)
        )

    def api(self, key: str) -> Api:
        return Api(self.http, key)

    async def learn_reasons(self) -> None:
        """The words that this company uses when it has to say why."""
        found = await self.api(self.keys.dispatcher).everything("reasons/")
        for reason in found:
            self.reasons.setdefault(reason["kind"], []).append(reason["label"])

    def reason(self, kind: str) -> str:
        return random.choice(self.reasons.get(kind) or ["Other"])


def read_doors(path: Path) -> list[Door]:
    """Every house of the region's address index."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        index = json.load(file)
    doors = []
    for street_number, number, lat, lng, _ in index["houses"]:
        street, city_number, _ = index["streets"][street_number]
        city, postcode = index["cities"][city_number]
        doors.append(Door(f"{street} {number}, {postcode} {city}", city, (lat / 1e6, lng / 1e6)))
    return doors
