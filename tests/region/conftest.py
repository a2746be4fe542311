"""The derived files of the demo region, read once for all tests."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from dispatch_console.core.geocoding.region import RegionProvider
from dispatch_console.region.streets import StreetGraph

REGION = Path(__file__).parents[2] / "dispatch_console" / "region"


def read_document(name: str) -> dict[str, Any]:
    path = REGION / name
    content = path.read_bytes()
    return json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)


@pytest.fixture(scope="session")
def geocoder() -> RegionProvider:
    return RegionProvider(REGION / "data" / "addresses.json.gz")


@pytest.fixture(scope="session")
def graph() -> StreetGraph:
    return StreetGraph.load()
