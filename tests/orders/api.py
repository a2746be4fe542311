"""The API as an outside client uses it: with a key, in JSON."""

import json
from typing import Any

from django.http import HttpResponseBase
from django.test import Client

from dispatch_console.core.models import Tenant
from dispatch_console.core.permissions import RoleKind
from tests import factories

PREFIX = "/api/v1/"


class Api:
    """One caller of one tenant. Addresses are relative to the API; bodies are JSON."""

    def __init__(self, tenant: Tenant, role: str = RoleKind.DISPATCHER, **key: Any) -> None:
        _, secret = factories.make_key(tenant, role, **key)
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})

    def get(self, address: str, **params: Any) -> HttpResponseBase:
        return self.client.get(PREFIX + address, params)

    def post(self, address: str, body: Any = None, **headers: str) -> HttpResponseBase:
        return self.send("POST", address, {} if body is None else body, **headers)

    def patch(self, address: str, body: Any, **headers: str) -> HttpResponseBase:
        return self.send("PATCH", address, body, **headers)

    def delete(self, address: str) -> HttpResponseBase:
        return self.client.delete(PREFIX + address)

    def send(self, method: str, address: str, body: Any, **headers: str) -> HttpResponseBase:
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.generic(method, PREFIX + address, text, content_type="application/json", headers=named)

    def rows(self, **params: Any) -> list[dict[str, Any]]:
        response = self.get("orders/", **params)
        assert response.status_code == 200, response.content
        return response.json()["results"]

    def codes(self, **params: Any) -> set[str]:
        return {row["code"] for row in self.rows(**params)}


def refusal(response: HttpResponseBase, status: int, code: str = "") -> dict[str, Any]:
    """The error of a refusal, after checking that it has the one shape."""
    assert response.status_code == status, (response.status_code, response.content[:500])
    body = response.json()
    assert list(body) == ["error"]
    error = body["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["message"]
    assert error["request_id"]
    if code:
        assert error["code"] == code, error
    return error
