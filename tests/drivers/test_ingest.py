"""The address before Django: it answers as its twin does, commits before it answers, and survives bad callers."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.db import OperationalError
from django.test import Client

from dispatch_console.asgi import application
from dispatch_console.core.api import raw
from dispatch_console.core.models import ApiKey, Tenant
from dispatch_console.core.permissions import RoleKind
from drivers import positions, tokens, writer
from drivers.models import Driver, DriverPosition, PositionSample
from drivers.samples import Sample, decode
from tests import factories
from tests.drivers.test_positions import HOSTILE, reading

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/api/v1/driver/positions"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def told(self) -> Any:
        """What the caller learns, without what differs from request to request."""
        body = self.json()
        if "error" in body:
            assert body["error"].pop("request_id") == self.headers["x-request-id"]
        names = ("content-type", "retry-after", "www-authenticate")
        return self.status, body, {name: self.headers[name] for name in names if name in self.headers}


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def driver(tenant: Tenant) -> Driver:
    return factories.make_driver(tenant, user=factories.make_member(tenant, RoleKind.DRIVER).user)


@pytest.fixture
def secret(driver: Driver) -> str:
    return factories.make_key(driver.tenant, RoleKind.DRIVER, membership=driver.user.memberships.get())[1]


@pytest.fixture(autouse=True)
async def ends() -> AsyncIterator[None]:
    yield
    await writer.close_here()
    tokens.threads().close()
    tokens.threads.cache_clear()


async def post(*parts: bytes, hang_up: bool = False, **headers: str) -> Answer:
    """A report; its body comes in as many parts as are given, and with `hang_up` it never ends."""
    given = {"content-type": "application/json", "content-length": str(sum(map(len, parts)))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await call("POST", ADDRESS, *parts, hang_up=hang_up, **given)


async def call(method: str, path: str, *parts: bytes, query: str = "", hang_up: bool = False, **headers: str) -> Answer:
    """One request as the server hands it to the application; headers that are empty are not sent."""
    messages: list[Any] = [{"type": "http.request", "body": part, "more_body": True} for part in parts or [b""]]
    if hang_up:
        messages.append({"type": "http.disconnect"})
    else:
        messages[-1]["more_body"] = False
    sent: list[Any] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value],
    }

    async def receive() -> Any:
        return messages.pop(0) if messages else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    if not sent:
        return Answer(0, {}, b"")
    lines = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], lines, b"".join(message.get("body", b"") for message in sent[1:]))


def through_django(body: bytes, **headers: str) -> Answer:
    given = {name.replace("_", "-"): value for name, value in headers.items() if value}
    content_type = given.pop("content-type", "application/json")
    answer = Client(raise_request_exception=False).post(ADDRESS, body, content_type=content_type, headers=given)
    return Answer(answer.status_code, {name.lower(): value for name, value in answer.items()}, answer.content)


async def test_it_answers_every_input_as_its_twin_through_django(driver: Driver, secret: str, tenant: Tenant) -> None:
    bearer = f"Bearer {secret}"
    dispatcher = await sync_to_async(lambda: factories.make_key(tenant, membership=factories.make_member(tenant))[1])()
    partner = await sync_to_async(lambda: factories.make_key(tenant)[1])()
    cases: dict[str, tuple[bytes, dict[str, str]]] = {
        name: (made if isinstance(made := make(), bytes) else json.dumps(made).encode(), {"authorization": bearer})
        for name, make in HOSTILE.items()
    }
    good = json.dumps(reading()).encode()
    sample = json.dumps(reading()).encode()
    mixed = json.dumps([reading(), reading(latitude=91), reading(speed=5.5, mocked=True)]).encode()
    cases |= {
        "one": (good, {"authorization": bearer}),
        "some good, some bad": (mixed, {"authorization": bearer}),
        "sent twice": (good, {"authorization": f"bearer {secret} "}),
        "three thousand": (b"[" + b",".join([sample] * 3_000) + b"]", {"authorization": bearer}),
        "ten thousand": (b"[" + b",".join([sample] * 10_000) + b"]", {"authorization": bearer}),
        "five megabytes": (b"[" + b" " * 5_000_000 + b"]", {"authorization": bearer}),
        "1970": (json.dumps(reading(recorded_at="1970-01-01T00:00:00Z")).encode(), {"authorization": bearer}),
        "2100": (json.dumps(reading(recorded_at="2100-01-01T00:00:00Z")).encode(), {"authorization": bearer}),
        "a wrong token": (good, {"authorization": "Bearer nobody.knows-this"}),
        "an endless token": (good, {"authorization": "Bearer " + "x" * 5000}),
        "another scheme": (good, {"authorization": "Basic eDp5"}),
        "no token at all": (good, {}),
        "a dispatcher": (good, {"authorization": f"Bearer {dispatcher}"}),
        "a partner": (good, {"authorization": f"Bearer {partner}"}),
        "a form": (b"latitude=47", {"authorization": bearer, "content_type": "application/x-www-form-urlencoded"}),
        "JSON with a charset": (good, {"authorization": bearer, "content_type": "application/json; charset=utf-8"}),
        "who wants XML": (good, {"authorization": bearer, "accept": "text/xml"}),
        "a request id": (b"{}", {"authorization": bearer, "x_request_id": "0123456789abcdef"}),
    }
    different = {}
    for name, (body, headers) in cases.items():
        raw_answer = (await post(body, **headers)).told
        twin = (await sync_to_async(through_django)(body, **headers)).told
        if raw_answer != twin:
            different[name] = (raw_answer, twin)
    assert different == {}
    assert await PositionSample.objects.acount() == 3, "of the good ones each is stored once"


async def test_a_hundred_phones_at_once_are_stored_by_a_few_transactions(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make() -> list[str]:
        drivers = [
            factories.make_driver(tenant, user=factories.make_member(tenant, RoleKind.DRIVER).user) for _ in range(20)
        ]
        return [
            factories.make_key(tenant, RoleKind.DRIVER, membership=each.user.memberships.get())[1] for each in drivers
        ]

    secrets = await sync_to_async(make)()
    transactions: list[int] = []
    store = positions.store
    monkeypatch.setattr(positions, "store", lambda batch: (transactions.append(len(batch)), store(batch))[1])
    body = json.dumps([reading() for _ in range(3)]).encode()
    answers = await asyncio.gather(*(post(body, authorization=f"Bearer {secret}") for secret in secrets * 5))
    assert {answer.status for answer in answers} == {200}
    assert sum(transactions) == 100
    assert len(transactions) < 30
    assert await PositionSample.objects.acount() == 60
    assert await DriverPosition.objects.acount() == 20


async def test_one_driver_who_is_gone_does_not_cost_the_others_their_positions(
    driver: Driver, secret: str, tenant: Tenant
) -> None:
    body = json.dumps(reading()).encode()
    here = writer.writer_here()
    lost, kept = await asyncio.gather(
        here.report(2**40, tenant.pk, [sample_of(body)]),
        here.report(driver.pk, tenant.pk, [sample_of(body)]),
        return_exceptions=True,
    )
    assert getattr(lost, "status", None) == 401
    assert getattr(kept, "accepted", None) == 1
    assert await DriverPosition.objects.acount() == 1


def sample_of(body: bytes) -> Sample:
    return decode(body)[0]


async def test_a_broken_database_is_answered_with_503_and_the_next_attempt_is_stored(
    driver: Driver, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(batch: Any) -> Any:
        raise OperationalError("the server closed the connection unexpectedly")

    body, headers = json.dumps(reading()).encode(), {"authorization": f"Bearer {secret}"}
    with monkeypatch.context() as broken:
        broken.setattr(positions, "store", fail)
        answer = await post(body, **headers)
    assert (answer.status, answer.json()["error"]["code"], answer.headers["retry-after"]) == (503, "unavailable", "1")
    assert (await post(body, **headers)).status == 200
    assert await PositionSample.objects.acount() == 1


async def test_more_than_can_be_stored_is_told_to_come_back(
    driver: Driver, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_WAITING", 2)
    body = json.dumps([reading(), reading(speed=1.0)]).encode()
    answers = await asyncio.gather(*(post(body, authorization=f"Bearer {secret}") for _ in range(3)))
    statuses = sorted(answer.status for answer in answers)
    assert statuses[0] == 200
    assert statuses[-1] == 429
    refused = next(answer for answer in answers if answer.status == 429)
    assert (refused.json()["error"]["code"], refused.headers["retry-after"]) == ("busy", "1")


async def test_who_asks_too_often_is_throttled_as_elsewhere(driver: Driver, secret: str, settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = {"write": 2}
    cache.clear()
    headers = {"authorization": f"Bearer {secret}"}
    body = json.dumps(reading()).encode()
    here = [(await post(body, **headers)).status for _ in range(3)]
    twin = [(await sync_to_async(through_django)(body, **headers)).status for _ in range(3)]
    assert here == twin == [200, 200, 429]


async def test_a_body_that_stays_away_or_breaks_off_harms_nobody(
    driver: Driver, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"authorization": f"Bearer {secret}"}
    body = json.dumps(reading()).encode()
    assert (await post(body[:20], hang_up=True, content_length="500", **headers)).status == 0
    monkeypatch.setattr(raw, "BODY_SECONDS", 0.05)
    parts = [b" " * 100_000] * 6
    assert (await post(*parts, content_length="", **headers)).status == 413, "also where the length was not said"
    unfinished = asyncio.create_task(slow(headers))
    assert (await post(body[:30], body[30:], **headers)).status == 200
    assert (await unfinished).status == 408
    assert await PositionSample.objects.acount() == 1


async def slow(headers: dict[str, str]) -> Answer:
    """The first part of a body comes, and then nothing."""
    sent: list[Any] = []
    parts = [{"type": "http.request", "body": b"[", "more_body": True}]

    async def receive() -> Any:
        return parts.pop() if parts else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    await application({"type": "http", "method": "POST", "path": ADDRESS, "headers": lines}, receive, send)
    return Answer(sent[0]["status"], {}, sent[1]["body"])


async def test_an_ended_token_is_turned_away_once_it_is_looked_up_again(
    driver: Driver, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REMEMBERED_SECONDS", 0.2)
    body, headers = json.dumps(reading()).encode(), {"authorization": f"Bearer {secret}"}
    assert (await post(body, **headers)).status == 200
    await ApiKey.objects.all().aupdate(is_active=False)
    await asyncio.sleep(0.25)
    assert (await post(body, **headers)).status == 401


async def test_closing_stores_what_still_waits(driver: Driver) -> None:
    sample = sample_of(json.dumps(reading()).encode())
    report = asyncio.create_task(writer.writer_here().report(driver.pk, driver.tenant_id, [sample]))
    await asyncio.sleep(0)
    await writer.close_here()
    assert (await report).accepted == 1
    assert await PositionSample.objects.acount() == 1
