"""The test bed itself: what a test may not do, and what it notices."""

import socket

import pytest
from django.apps import apps

from dispatch_console.core.models import Event
from tests import conftest, factories, flush


def test_no_test_reaches_another_machine() -> None:
    with socket.socket() as outside, pytest.raises(OSError, match="tests stay on this machine"):
        outside.connect(("192.0.2.1", 80))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_may_be_reached(host: str) -> None:
    assert conftest.is_loopback(host)


def test_the_services_a_person_named_may_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://db.example/x")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example")
    assert conftest.is_loopback("db.example")
    assert conftest.is_loopback("cache.example")
    assert not conftest.is_loopback("elsewhere.example")


def test_a_test_that_commits_leaves_nothing_behind(transactional_db: None) -> None:
    factories.make_order(factories.make_tenant())
    assert Event.objects.exists()
    kept = flush.kept_rows()
    flush.empty()
    left = [model for model in apps.get_models(include_auto_created=True) if model._base_manager.exists()]
    assert {model._meta.db_table for model in left} == set(flush.KEPT)
    assert flush.kept_rows() == kept


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("<script type='module'>throw new Error('broken')</script>", "policy violation"),
        ("<script src='/boom.js'></script>", "uncaught in the page"),
        ("<img src='https://192.0.2.1/pixel.png'>", "the page contacted 192.0.2.1"),
        ("<img src='/server-error'>", "500 from"),
    ],
)
def test_a_fault_in_the_browser_is_noticed(
    page, asgi_server: str, browser_faults: list[str], content: str, fault: str
) -> None:
    policy = "script-src 'self'; img-src * 'self'"
    answers = {
        f"{asgi_server}/page": {
            "body": content,
            "headers": {"Content-Security-Policy": policy},
            "content_type": "text/html",
        },
        f"{asgi_server}/boom.js": {"body": "throw new Error('broken')", "content_type": "text/javascript"},
        f"{asgi_server}/server-error": {"status": 500},
    }
    page.route("**/*", lambda route: route.fulfill(**answers.get(route.request.url, {"status": 204})))
    page.goto(f"{asgi_server}/page", wait_until="networkidle")
    assert [line for line in browser_faults if line.startswith(fault)], browser_faults
    browser_faults.clear()
