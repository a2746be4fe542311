"""Settings come from the environment, and wrong ones are refused with the variable to set."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from dispatch_console.core import checks
from dispatch_console.settings import base, env

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def no_problems() -> Iterator[None]:
    env.problems.clear()
    yield
    env.problems.clear()


def found_ids() -> set[str]:
    return {str(message.id) for message in checks.check_environment(None)}


@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("Yes", True), ("off", False), ("0", False)])
def test_a_flag_understands_the_usual_words(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("HTTPS", text)
    assert env.flag("HTTPS", default=not value) is value
    assert not env.problems


def test_a_flag_that_is_no_flag_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS", "perhaps")
    assert env.flag("HTTPS", default=True) is True
    assert found_ids() == {"environment.HTTPS"}


@pytest.mark.parametrize("text", ["many", "0", "501", "-1", "1.5"])
def test_a_number_out_of_range_is_reported(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", text)
    assert env.number("DATABASE_POOL_SIZE", default=8, minimum=1, maximum=500) == 8
    assert found_ids() == {"environment.DATABASE_POOL_SIZE"}


def test_a_secret_can_be_read_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from the file\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.setenv("SECRET_KEY", "from the variable")
    assert env.text("SECRET_KEY") == "from the file"


def test_a_secret_file_that_is_missing_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "missing"))
    assert env.text("SECRET_KEY", "default") == "default"
    assert found_ids() == {"environment.SECRET_KEY_FILE"}


def test_a_database_address_is_taken_apart() -> None:
    settings = env.database("postgres://user:p%40ss@db.example:5433/dispatch?sslmode=require")
    assert settings == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "dispatch",
        "USER": "user",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_database_address_can_name_a_socket() -> None:
    settings = env.database("postgres://postgres@/dispatch?host=/run/postgresql")
    assert (settings["HOST"], settings["NAME"], settings["OPTIONS"]) == ("/run/postgresql", "dispatch", {})


@pytest.mark.parametrize(
    "url", ["sqlite:///db.sqlite3", "mysql://root@localhost/x", "postgres://localhost:port/x", "postgres://localhost/"]
)
def test_a_database_address_that_makes_no_sense_is_reported(url: str) -> None:
    assert env.database(url) == {}
    assert found_ids() == {"environment.DATABASE_URL"}


def test_celery_reaches_redis_through_the_same_socket() -> None:
    assert env.celery_broker("unix:///run/redis.sock") == "redis+socket:///run/redis.sock"
    assert env.celery_broker("redis://cache:6379/2") == "redis://cache:6379/2"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"REDIS_URL": "http://cache"}, {"REDIS_URL"}),
        ({"TILE_URL": "https://tiles.example/map.png"}, {"TILE_URL", "TILE_ATTRIBUTION"}),
        ({"TILE_URL": "https://{s}.tiles.example/{z}/{x}/{y}.png"}, {"TILE_ATTRIBUTION"}),
        ({"TILE_URL": "https://t.example/{z}/{x}/{y}", "TILE_ATTRIBUTION": "© Somebody"}, set()),
        ({"GEOCODER": "nominatim", "NOMINATIM_URL": "nominatim.example"}, {"NOMINATIM_URL"}),
        ({"GEOCODER": "nominatim", "NOMINATIM_URL": "https://nominatim.example"}, set()),
        ({"ROADS_PROVIDER": "osrm-server", "ROADS_URL": "osrm:5000"}, {"ROADS_URL"}),
        ({"ROADS_PROVIDER": "valhalla", "ROADS_URL": "http://valhalla:8002"}, set()),
        ({"ROADS_PROVIDER": "osrm", "ROADS_EXTRACT": "/nowhere.osm.pbf"}, {"ROADS_EXTRACT"}),
        ({"CSRF_TRUSTED_ORIGINS": ["dispatch.example"]}, {"CSRF_TRUSTED_ORIGINS"}),
        ({"REQUIRE_ENVIRONMENT": True, "SECRET_KEY": "short"}, {"SECRET_KEY"}),
        ({"REQUIRE_ENVIRONMENT": True, "SECRET_KEY": "a" * 60}, {"SECRET_KEY"}),
        ({"REQUIRE_ENVIRONMENT": True, "ALLOWED_HOSTS": ["*"]}, {"ALLOWED_HOSTS"}),
        ({"REQUIRE_ENVIRONMENT": True, "DATABASE_URL": ""}, {"DATABASE_URL"}),
        ({"REQUIRE_ENVIRONMENT": True, "REDIS_URL": ""}, {"REDIS_URL"}),
        ({"REQUIRE_ENVIRONMENT": True}, set()),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(settings: Any, changed: dict[str, Any], expected: set[str]) -> None:
    settings.SECRET_KEY = "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    settings.ALLOWED_HOSTS = ["dispatch.example"]
    settings.DATABASE_URL = "postgres://db/dispatch"
    settings.REDIS_URL = "redis://cache"
    for name, value in changed.items():
        setattr(settings, name, value)
    assert found_ids() == {f"environment.{name}" for name in expected}


def test_every_refusal_says_what_to_set(settings: Any) -> None:
    settings.REQUIRE_ENVIRONMENT, settings.TILE_URL, settings.GEOCODER = True, "nonsense", "nominatim"
    settings.CSRF_TRUSTED_ORIGINS, settings.DATABASE_URL = ["x"], ""
    for message in checks.check_environment(None):
        assert str(message.id).removeprefix("environment.") in message.msg
        assert message.hint


def test_manage_py_refuses_them_too(settings: Any) -> None:
    settings.TILE_URL = "nonsense"
    with pytest.raises(SystemCheckError, match=r"environment\.TILE_URL"):
        call_command("check")


@pytest.mark.parametrize("entry_point", ["wsgi", "asgi"])
def test_a_web_server_ends_with_every_reason_at_once(entry_point: str) -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "dispatch_console.settings.production", "LOG_LEVEL": "LOUD"}
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import dispatch_console.{entry_point}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    for variable in ("LOG_LEVEL", "SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"):
        assert f"environment.{variable}: " in result.stderr


def test_collected_files_are_demanded_only_in_production(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    assert not list(checks.check_collected_files())
    settings.REQUIRE_ENVIRONMENT = True
    assert [message.id for message in checks.check_collected_files()] == ["environment.STATIC_ROOT"]
    (tmp_path / "staticfiles.json").write_text("{}")
    assert not list(checks.check_collected_files())


@pytest.mark.parametrize(
    ("url", "sources"),
    [
        ("", []),
        ("https://{s}.tiles.example/{z}/{x}/{y}.png", ["https://*.tiles.example"]),
        ("http://tiles.example:8080/{z}/{x}/{y}.png", ["http://tiles.example:8080"]),
        ("/tiles/{z}/{x}/{y}.png", []),
    ],
)
def test_the_browser_may_load_pictures_of_the_tile_server_only(url: str, sources: list[str]) -> None:
    assert base.tile_sources(url) == sources


def test_every_page_forbids_inline_scripts_and_foreign_hosts(client: Any) -> None:
    policy = client.get("/healthz")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
