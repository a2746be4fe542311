"""Phone trackers: requests as they send them, replayed through both doors, and the identifiers behind them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from dispatch_console.core import clock
from dispatch_console.core.access import system_actor
from dispatch_console.core.models import Event
from dispatch_console.core.permissions import RoleKind
from drivers import trackers
from drivers.models import DriverPosition, PositionSample, Tracker
from tests import factories
from tests.console.live_client import signed_in
from tests.drivers.test_ingest import Answer, call, ends  # noqa: F401 (a fixture)

RECORDED = json.loads((Path(__file__).parent / "traccar_requests.json").read_text(encoding="utf-8"))["requests"]
NOW = datetime(2026, 11, 22, 10, 16, tzinfo=UTC)
ADDRESS = "/api/v1/driver/osmand/"


def parts(request: dict[str, Any], identifier: str) -> tuple[str, str, bytes]:
    body = request.get("body", "")
    text = body if isinstance(body, str) else json.dumps(body)
    query = request.get("query", "").replace("ID", identifier)
    return query, request.get("content_type", ""), text.replace("ID", identifier).encode()


async def before_django(method: str, query: str, content_type: str, body: bytes) -> Answer:
    headers = {"content-type": content_type, "content-length": str(len(body))}
    return await call(method, ADDRESS, body, query=query, **headers)


def through_django(method: str, query: str, content_type: str, body: bytes) -> Answer:
    address = f"{ADDRESS}?{query}" if query else ADDRESS
    answer = Client().generic(method, address, body, content_type=content_type)
    return Answer(answer.status_code, {name.lower(): value for name, value in answer.items()}, answer.content)


@pytest.mark.django_db(transaction=True)
async def test_recorded_requests_are_taken_by_both_doors_alike() -> None:
    tenant = await sync_to_async(factories.make_tenant)()
    driver = await sync_to_async(factories.make_driver)(tenant)
    identifier = await sync_to_async(trackers.issue)(driver.pk, actor=system_actor(tenant.pk))
    for request in RECORDED:
        for door in (before_django, sync_to_async(through_django)):
            await PositionSample.objects.all().adelete()
            await DriverPosition.objects.all().adelete()
            with clock.at(NOW):
                answer: Any = await door(request["method"], *parts(request, identifier))
            stored = [sample async for sample in PositionSample.objects.all()]
            where = (request["name"], door)
            if "status" in request:
                assert answer.status == request["status"], where
                assert answer.json()["error"]["code"] == request["code"], where
                assert stored == [], where
                continue
            assert (answer.status, answer.content) == (200, b""), where
            if (expected := request["sample"]) is None:
                assert stored == [], where
                continue
            [sample] = stored
            moment = datetime.fromisoformat(expected["recorded_at"])
            assert sample.recorded_at == moment, where
            for name in ("latitude", "longitude", "speed", "heading", "accuracy", "battery", "flags"):
                assert getattr(sample, name) == pytest.approx(expected[name], abs=1e-4), (name, *where)


@pytest.mark.django_db
def test_an_identifier_is_issued_shown_once_replaced_and_ended_in_the_admin() -> None:
    tenant = factories.make_tenant()
    driver = factories.make_driver(tenant, name="Dana")
    stranger = factories.make_driver(factories.make_tenant())
    browser = signed_in(factories.make_member(tenant, RoleKind.TENANT_ADMIN))
    add = reverse("admin:drivers_tracker_add")

    def issue() -> str:
        answer = browser.post(add, {"driver": driver.pk}, follow=True)
        assert ADDRESS in answer.content.decode()
        shown: str = answer.context["value"]
        again = browser.get(reverse("admin:drivers_tracker_identifier", args=[driver.pk]), follow=True)
        assert shown not in again.content.decode()
        return shown

    def is_taken(identifier: str) -> bool:
        answer = Client().get(ADDRESS, {"id": identifier, "lat": "47.1", "lon": "9.5"})
        return answer.status_code == 200

    first = issue()
    assert is_taken(first)
    assert not Tracker.objects.filter(digest=first).exists(), "only the digest is stored"
    second = issue()
    assert (is_taken(first), is_taken(second)) == (False, True)
    browser.post(add, {"driver": stranger.pk})
    assert not Tracker.objects.filter(driver=stranger).exists()
    browser.post(reverse("admin:drivers_tracker_delete", args=[driver.pk]), {"post": "yes"})
    assert not is_taken(second)
    assert Event.objects.filter(tenant=tenant, kind="driver.edited").count() == 3
    assert second not in str(list(LogEntry.objects.values_list("object_repr", "change_message")))
