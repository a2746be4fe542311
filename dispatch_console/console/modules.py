"""The browser's modules: every file under static/js, and the libraries that installed packages bring."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.templatetags.static import static

# Name in an `import` statement -> static file of an installed package.
LIBRARIES = {
    "leaflet": "leaflet/leaflet.js",
    "leaflet-draw": "leaflet/draw/leaflet.draw.js",
    "tabulator": "tabulator/js/tabulator_esm.min.js",
}

# Loaded with the page instead of one after the other when an import is met. Folders inside them wait until needed.
PRELOADED_FOLDERS = ("core", "frame", "order")

SOURCE = Path(settings.BASE_DIR) / "static" / "js"


def own_modules() -> dict[str, str]:
    """`core/toast` -> `js/core/toast.js`, for every file: a new module needs no entry anywhere."""
    files = (file.relative_to(SOURCE) for file in sorted(SOURCE.rglob("*.js")))
    return {file.with_suffix("").as_posix(): f"js/{file.as_posix()}" for file in files}


def build_import_map() -> dict[str, str]:
    """Module name -> address, with the content hash that the manifest storage adds in production."""
    return {name: static(path) for name, path in {**LIBRARIES, **own_modules()}.items()}


_kept_import_map = cache(build_import_map)


def import_map() -> dict[str, str]:
    # A file added while developing must be found without a restart.
    return build_import_map() if settings.DEBUG else _kept_import_map()


def preloads(*folders: str) -> list[str]:
    return [url for name, url in import_map().items() if name.rpartition("/")[0] in (*PRELOADED_FOLDERS, *folders)]
