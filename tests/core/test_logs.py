"""Structured logs, and the id that ties a line to its request."""

import json
import logging
import sys
from types import SimpleNamespace

import pytest
from django.test import AsyncClient, Client

from dispatch_console.core import logs
from dispatch_console.core.logs import JsonFormatter, RequestIdFilter


def make_record(message: str = "hello", **fields: object) -> logging.LogRecord:
    record = logging.makeLogRecord({"name": "orders", "levelname": "INFO", "msg": message, **fields})
    RequestIdFilter().filter(record)
    return record


def as_json(record: logging.LogRecord) -> dict[str, object]:
    text = JsonFormatter().format(record)
    assert "\n" not in text
    return json.loads(text)


def test_a_line_is_one_object_with_the_extra_fields() -> None:
    line = as_json(make_record("took\n%s s", args=(3,), order="D-1", tenant=5))
    assert line["message"] == "took\n3 s"
    assert (line["level"], line["logger"], line["order"], line["tenant"]) == ("INFO", "orders", "D-1", 5)
    assert str(line["time"]).endswith("+00:00")


def test_an_exception_stays_on_its_line() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        line = as_json(make_record(exc_info=sys.exc_info()))
    assert "ValueError: broken" in str(line["exception"])


def test_what_cannot_be_json_is_written_as_text() -> None:
    assert as_json(make_record(thing={1}))["thing"] == "{1}"


def test_a_line_carries_the_id_of_the_current_request() -> None:
    token = logs.request_id.set("request-0001")
    try:
        assert as_json(make_record())["request_id"] == "request-0001"
    finally:
        logs.request_id.reset(token)
    assert as_json(make_record())["request_id"] == ""


def test_a_refusal_logged_after_the_request_still_carries_its_id() -> None:
    request = SimpleNamespace(request_id="request-0002", path="/console/")
    line = as_json(make_record(request=request))
    assert (line["request_id"], line["path"]) == ("request-0002", "/console/")


def test_every_answer_names_its_request(client: Client) -> None:
    first, second = (client.get("/healthz")["X-Request-ID"] for _ in range(2))
    assert len(first) == 32
    assert first != second


@pytest.mark.parametrize("given", ["0123456789abcdef", "shop-7.order_12", "A" * 80])
def test_a_sane_id_of_the_caller_is_kept(client: Client, given: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "A" * 81, "two words here", "line\nbreak-in-it", "<script>alert</script>"]
)
def test_any_other_id_is_replaced(client: Client, given: str) -> None:
    answered = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert answered != given
    assert len(answered) == 32


async def test_it_works_the_same_under_asgi(async_client: AsyncClient) -> None:
    response = await async_client.get("/healthz", headers={"X-Request-ID": "caller-000001"})
    assert response["X-Request-ID"] == "caller-000001"
    assert logs.request_id.get() == ""


def test_a_task_logs_under_the_id_of_the_request_that_caused_it() -> None:
    from dispatch_console import celery

    token = logs.request_id.set("request-0003")
    headers: dict[str, object] = {}
    celery.send_request_id(headers=headers)
    logs.request_id.reset(token)

    celery.take_request_id(task_id="task-1", task=SimpleNamespace(request=SimpleNamespace(**headers)))
    assert logs.request_id.get() == "request-0003"
    celery.drop_request_id()
    assert logs.request_id.get() == ""

    celery.take_request_id(task_id="task-2", task=SimpleNamespace(request=SimpleNamespace(request_id="")))
    assert logs.request_id.get() == "task-2"
    celery.drop_request_id()
