"""/healthz and /readyz: what works, what does not, and why."""

import time
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer
from django.core.cache import cache
from django.db import OperationalError
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from dispatch_console.core import health, presence, tasks
from dispatch_console.settings import queues

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def working_worker() -> None:
    tasks.record_worker_heartbeat()
    presence.say_served([queues.QUICK, queues.LONG])


def readiness(client: Client, status: int) -> dict[str, Any]:
    response = client.get("/readyz")
    assert response.status_code == status
    return response.json()


def test_the_process_is_up_without_asking_anything_of_its_services(
    client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert response.json() == {"status": "ok"}
    assert "no-store" in response["Cache-Control"]


def test_it_is_ready_when_every_part_works(client: Client) -> None:
    answer = readiness(client, 200)
    assert answer["status"] == "ok"
    assert set(answer["checks"]) == {"database", "migrations", "channel_layer", "worker", "long_work", "roads"}
    assert all(check["ok"] and check["detail"].endswith(".") for check in answer["checks"].values())


def test_a_worker_that_never_reported_makes_it_unready(client: Client) -> None:
    cache.delete(health.HEARTBEAT_KEY)
    check = readiness(client, 503)["checks"]["worker"]
    assert check == {"ok": False, "detail": check["detail"]}
    assert check["detail"].startswith("No worker has reported yet")


def test_an_old_heartbeat_makes_it_unready(client: Client) -> None:
    cache.set(health.HEARTBEAT_KEY, time.time() - 100)
    assert readiness(client, 503)["checks"]["worker"]["detail"].startswith("The worker last reported 100 s ago")


def test_long_work_that_nobody_takes_makes_it_unready_and_says_what_waits(client: Client) -> None:
    cache.delete(presence.KEY.format(queues.LONG))
    checks = readiness(client, 503)["checks"]
    assert checks["worker"]["ok"]
    assert checks["long_work"]["detail"].startswith("No worker for long tasks has reported yet: plans, imports")
    cache.set(presence.KEY.format(queues.LONG), time.time() - 100)
    assert "has reported for 100 s" in readiness(client, 503)["checks"]["long_work"]["detail"]


def test_a_pending_migration_is_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(iter(MigrationExecutor(health.connection).loader.disk_migrations.values()))
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda self, targets: [(first, False)])
    detail = readiness(client, 503)["checks"]["migrations"]["detail"]
    assert detail == f"Run `manage.py migrate`: 1 not applied ({first.app_label}.{first.name})."


def test_a_database_that_is_gone_is_reported_without_its_secrets(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> str:
        raise OperationalError('connection to "10.0.0.7" failed for user "dispatch"')

    monkeypatch.setitem(health.CHECKS, "database", refuse)
    answer = readiness(client, 503)
    assert answer["checks"]["database"] == {
        "ok": False,
        "detail": "The database does not answer (OperationalError); see the log.",
    }
    assert answer["checks"]["worker"]["ok"]


def test_a_channel_layer_that_loses_messages_is_noticed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Leaky(InMemoryChannelLayer):
        async def send(self, channel: str, message: dict[str, Any]) -> None:
            """Lose it."""

    monkeypatch.setattr(health, "get_channel_layer", Leaky)
    monkeypatch.setattr(health, "CHANNEL_LAYER_SECONDS", 0.05)
    detail = readiness(client, 503)["checks"]["channel_layer"]["detail"]
    assert detail.startswith("The channel layer returned no message")


@pytest.mark.services
def test_the_channel_layer_of_production_makes_the_round_trip(client: Client, redis_channel_layer: None) -> None:
    assert readiness(client, 200)["checks"]["channel_layer"]["ok"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_only_reading_is_allowed(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405
