"""`python -m dispatch_console.region.derive`: writes every derived file of the demo region again from its extract."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dispatch_console.region.derive import extract, streets, zones
from dispatch_console.region.derive.addresses import AddressIndex
from dispatch_console.region.derive.basemap import Basemap

REGION = Path(__file__).parent.parent
SOURCE = REGION / "data" / "source" / "liechtenstein.osm.pbf"
COUNTRY = "Liechtenstein"

DOCUMENTS: dict[str, Callable[[extract.Extract], dict[str, Any]]] = {
    "static/region/basemap.json": lambda source: Basemap(source).document(),
    "data/addresses.json.gz": lambda source: AddressIndex(source).document(),
    "data/streets.json.gz": streets.document,
    "data/zones.geojson": zones.document,
}


def main() -> None:
    source = extract.read(SOURCE, country=COUNTRY)
    for name, derive in DOCUMENTS.items():
        size = write(REGION / name, derive(source))
        print(f"{name}: {size / 1000:.0f} kB")


def write(path: Path, document: dict[str, Any]) -> int:
    """The same document always gives the same bytes: compressed files carry no time."""
    content = (json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n").encode()
    if path.suffix == ".gz":
        content = gzip.compress(content, compresslevel=9, mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return len(content)


if __name__ == "__main__":
    main()
