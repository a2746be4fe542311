"""A driver's phone as the server meets it: signed in by email and password, it speaks JSON and keeps its own count."""

import json
import uuid
from datetime import datetime
from typing import Any

from django.http import HttpResponseBase
from django.test import Client

from dispatch_console.core import clock
from dispatch_console.core.permissions import RoleKind
from drivers.models import Driver
from tests import factories

PREFIX = "/api/v1/"


def sign_in(email: str, password: str = factories.PASSWORD, **more: Any) -> HttpResponseBase:
    body = {"email": email, "password": password, "device": "Pixel 8", **more}
    return Client().post(f"{PREFIX}driver/sign-in/", json.dumps(body), "application/json")


def with_account(driver: Driver) -> Driver:
    """The driver with an account to sign in with."""
    if driver.user is None:
        driver.user = factories.make_member(driver.tenant, RoleKind.DRIVER).user
        driver.save(update_fields=["user"])
    return driver


class Phone:
    def __init__(self, driver: Driver, *, password: str = factories.PASSWORD) -> None:
        user = with_account(driver).user
        assert user is not None
        answer = sign_in(user.email, password)
        assert answer.status_code == 201, answer.content
        self.token: str = answer.json()["token"]
        self.device: dict[str, Any] = answer.json()["device"]
        self.client = Client(headers={"Authorization": f"Bearer {self.token}"})
        self.sequence = 0

    def get(self, address: str, **parameters: Any) -> HttpResponseBase:
        return self.client.get(f"{PREFIX}driver/{address}", parameters)

    def send(self, method: str, address: str, body: Any = None, **headers: str) -> HttpResponseBase:
        text = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, f"{PREFIX}driver/{address}", text, "application/json", headers=named)

    def post(self, address: str, body: Any = None, **headers: str) -> HttpResponseBase:
        return self.send("POST", address, body, **headers)

    def act(self, code: str, name: str, /, **inputs: Any) -> HttpResponseBase:
        return self.post(f"orders/{code}/{name}/", inputs)

    def work(self) -> dict[str, Any]:
        return self.get("work/").json()

    def made(self, name: str, code: str = "", /, *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        """An act made now, without network, under the next number."""
        self.sequence += 1
        return {
            "id": str(uuid.uuid4()),
            "sequence": self.sequence,
            "made_at": (at or clock.now()).isoformat(),
            "act": name,
            "order": code,
            **more,
        }

    def sync(self, *acts: Any, sent_at: datetime | None = None) -> dict[str, Any]:
        answer = self.post("sync/", {"sent_at": (sent_at or clock.now()).isoformat(), "acts": acts})
        assert answer.status_code == 200, answer.content
        return answer.json()
