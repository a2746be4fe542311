"""Opens console pages in a real browser as a given member."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Page, expect

from dispatch_console.core.models import Membership, User
from dispatch_console.core.permissions import RoleKind
from tests.factories import make_member, make_tenant, make_user

# A test waits for what should come about, and a busy machine takes its time; only a failure ever waits this long.
PATIENCE_SECONDS = 20
expect.set_options(timeout=PATIENCE_SECONDS * 1000)

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"


@pytest.fixture
def dispatcher(transactional_db: None) -> Membership:
    tenant = make_tenant(name="Rhine Couriers")
    return make_member(tenant, RoleKind.DISPATCHER, user=make_user(first_name="Maria", last_name="Keller"))


def session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


OpenConsole = Callable[..., Page]


@pytest.fixture
def open_console(asgi_server: str, new_context: Callable[..., Any], dispatcher: Membership) -> OpenConsole:
    """`open_console("/console/map/", member=…, theme="dark")` -> the page, once everything in it is mounted.

    Each call is another browser: two of them see each other only through the server.
    """

    def open_page(
        path: str,
        *,
        member: Membership | None = None,
        theme: str = "light",
        before: Callable[[Page], object] | None = None,
        **options: Any,
    ) -> Page:
        context = new_context(base_url=asgi_server, **options)
        user = (member or dispatcher).user
        context.add_cookies(
            [
                {"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": asgi_server},
                {"name": "theme", "value": theme, "url": asgi_server},
            ]
        )
        page = context.new_page()
        if before is not None:
            before(page)
        page.goto(path)
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    return open_page


def eventually(check: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Waits until `check` holds. Playwright's own `wait_for_function` needs `eval`, which the page's policy forbids."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, f"It did not come about in {seconds} s."
        time.sleep(0.02)


def serious_faults(page: Page, *, without: tuple[str, ...] = ()) -> list[str]:
    """What axe finds serious or critical on the page as it is now, one line per fault."""
    # By way of the debugger: the page's own policy would refuse a script element.
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "exclude => axe.run({ exclude }, { resultTypes: ['violations'] })", [[part] for part in without]
    )
    return [
        f"{fault['id']} ({fault['impact']}): {fault['help']}: {node['html'][:160]} {' '.join(node['target'])}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
