"""The console as its own scripts use it: with a session, in JSON, with the CSRF token checked."""

import json
import re
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.middleware.csrf import CSRF_SECRET_LENGTH
from django.test import Client

from dispatch_console.core.models import Membership

SCRIPT = {"X-Requested-With": "fetch", "Accept": "application/json"}


class Console:
    """One signed-in member. `get` and `post` ask as a script of the page does, `page` as a person's browser."""

    def __init__(self, member: Membership) -> None:
        self.member = member
        self.client = Client(enforce_csrf_checks=True)
        self.client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
        self.token = "c" * CSRF_SECRET_LENGTH
        self.client.cookies[settings.CSRF_COOKIE_NAME] = self.token

    def page(self, address: str) -> HttpResponseBase:
        return self.client.get(address, headers={"Accept": "text/html"})

    def get(self, address: str, /, **params: Any) -> HttpResponseBase:
        return self.client.get(address, params, headers=SCRIPT)

    def post(self, address: str, body: Any = None, *, key: str = "", token: str | None = None) -> HttpResponseBase:
        headers = SCRIPT | {"X-CSRFToken": self.token if token is None else token}
        if key:
            headers["Idempotency-Key"] = key
        text = body if isinstance(body, str | bytes) else json.dumps(body or {})
        return self.client.post(address, text, content_type="application/json", headers=headers)

    def act(self, code: str, name: str, key: str = "", **body: Any) -> HttpResponseBase:
        return self.post(f"/console/orders/{code}/actions/{name}/", body, key=key)


def text_of(response: HttpResponseBase) -> str:
    """What a person reads of an answer: without tags, white space collapsed."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", words)
