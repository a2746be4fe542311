"""Refuses to start with settings that are missing or make no sense, and says what to set."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register, run_checks

from dispatch_console.settings import env

SHORTEST_SECRET_KEY = 50
ENVIRONMENT = "environment"


def error(variable: str, message: str, hint: str) -> Error:
    """The id names the variable to set."""
    return Error(message, hint=hint, id=f"{ENVIRONMENT}.{variable}")


@register(ENVIRONMENT)
def check_environment(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    found = [error(*problem) for problem in env.problems]
    found.extend(check_redis())
    found.extend(check_maps())
    found.extend(check_roads())
    found.extend(check_origins())
    if settings.REQUIRE_ENVIRONMENT:
        found.extend(check_required())
    return list(found)


def check_required() -> Iterator[Error]:
    """What development has defaults for, and production must be told."""
    if len(settings.SECRET_KEY) < SHORTEST_SECRET_KEY or len(set(settings.SECRET_KEY)) < 10:
        yield error(
            "SECRET_KEY",
            f"SECRET_KEY is missing, or shorter than {SHORTEST_SECRET_KEY} characters.",
            "Set SECRET_KEY (or SECRET_KEY_FILE) to a long random text, for example the output of "
            "`python -c 'import secrets; print(secrets.token_urlsafe(50))'`, and keep it secret.",
        )
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield error(
            "ALLOWED_HOSTS",
            "ALLOWED_HOSTS does not say under which names this site is reached.",
            "Set ALLOWED_HOSTS to those names, separated by commas, for example dispatch.example.com.",
        )
    if not settings.DATABASE_URL:
        yield error(
            "DATABASE_URL", "DATABASE_URL is missing.", "Set DATABASE_URL to postgres://user:password@host:5432/name."
        )
    if not settings.REDIS_URL:
        yield error("REDIS_URL", "REDIS_URL is missing.", "Set REDIS_URL to redis://host:6379/0.")


def check_redis() -> Iterator[Error]:
    if settings.REDIS_URL and urlsplit(settings.REDIS_URL).scheme not in ("redis", "rediss", "unix"):
        yield error(
            "REDIS_URL",
            "REDIS_URL does not begin with redis://, rediss:// or unix://.",
            "Set REDIS_URL to redis://host:6379/0, or to unix:///path/to/redis.sock.",
        )


def check_maps() -> Iterator[Error]:
    tiles = settings.TILE_URL
    if tiles and not (re.match(r"https?://[^/]+/", tiles) and all(part in tiles for part in ("{z}", "{x}", "{y}"))):
        yield error(
            "TILE_URL",
            f"TILE_URL is {tiles!r}, which is not the address of map tiles.",
            "Set TILE_URL to an address with {z}, {x} and {y}, for example https://tiles.example.com/{z}/{x}/{y}.png.",
        )
    if tiles and not settings.TILE_ATTRIBUTION:
        yield error(
            "TILE_ATTRIBUTION",
            "TILE_ATTRIBUTION is missing, but TILE_URL is set: map makers must be named.",
            "Set TILE_ATTRIBUTION to the text the tile provider asks for, for example © OpenStreetMap contributors.",
        )
    if settings.GEOCODER == "nominatim" and not re.match(r"https?://[^/]+", settings.NOMINATIM_URL):
        yield error(
            "NOMINATIM_URL",
            "GEOCODER is nominatim, but NOMINATIM_URL is not a web address.",
            "Set NOMINATIM_URL to your server, for example https://nominatim.example.com, or GEOCODER to region.",
        )


def check_roads() -> Iterator[Error]:
    if settings.ROADS_PROVIDER in ("osrm-server", "valhalla") and not re.match(r"https?://[^/]+", settings.ROADS_URL):
        yield error(
            "ROADS_URL",
            f"ROADS_PROVIDER is {settings.ROADS_PROVIDER}, but ROADS_URL is not a web address.",
            "Set ROADS_URL to your server, for example http://osrm.internal:5000, or ROADS_PROVIDER to straight.",
        )
    if settings.ROADS_PROVIDER == "osrm" and settings.ROADS_EXTRACT and not Path(settings.ROADS_EXTRACT).is_file():
        yield error(
            "ROADS_EXTRACT",
            f"ROADS_EXTRACT names {settings.ROADS_EXTRACT}, which is not a file.",
            "Name an OpenStreetMap extract (.osm.pbf), or leave it empty and run `manage.py build_roads` yourself.",
        )


def check_origins() -> Iterator[Error]:
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if not re.fullmatch(r"https?://[^/]+", origin):
            yield error(
                "CSRF_TRUSTED_ORIGINS",
                f"CSRF_TRUSTED_ORIGINS contains {origin!r}, which is not an origin.",
                "Write each as scheme and name without a path, for example https://dispatch.example.com.",
            )


def check_collected_files() -> Iterator[Error]:
    """Without the manifest every page fails; development and tests serve the files where they lie."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if settings.REQUIRE_ENVIRONMENT and not manifest.exists():
        yield error(
            "STATIC_ROOT", f"{manifest} does not exist.", "Run `manage.py collectstatic --no-input` after each upgrade."
        )


def refuse_wrong_settings(*, serves_pages: bool) -> None:
    """For the entry points that run no checks of their own: web servers and workers end here, with every reason."""
    problems = [message for message in run_checks(tags=[ENVIRONMENT]) if message.is_serious()]
    if serves_pages:
        problems.extend(check_collected_files())
    if problems:
        lines = [f"  {message.id}: {message.msg}\n      {message.hint}" for message in problems]
        raise SystemExit("\n".join(["Dispatch Console cannot start with these settings:", *lines]))
