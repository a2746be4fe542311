"""The plumbing under every API view: who is asking, strict bodies, one error shape, keys for retries, limits."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    PermissionDenied,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError, OperationalError, transaction
from django.http import Http404
from django.test import Client
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dispatch_console.core import clock
from dispatch_console.core.api import errors, parsers
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.errors import Invalid, Refused, Stale
from dispatch_console.core.models import Team
from dispatch_console.core.permissions import RoleKind
from tests.factories import make_driver, make_key, make_member, make_tenant, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

raised: list[Exception] = []


class Line(serializers.Serializer):
    quantity = serializers.IntegerField()


class Form(serializers.Serializer):
    name = serializers.CharField(max_length=20)
    items = Line(many=True, required=False)

    def validate_name(self, value: str) -> str:
        if value == "Nobody":
            raise serializers.ValidationError("Nobody cannot order.")
        return value


class Echo(APIView):
    required_permission = {"GET": "orders.view", "POST": "orders.create"}

    def get(self, request: Request) -> Response:
        actor = request.actor
        return Response({"actor": actor.label, "kind": actor.kind, "source": actor.source, "id": actor.request_id})

    def post(self, request: Request) -> Response:
        return Response({"body": request.data, "key": idempotency_key(request)})


class Checked(APIView):
    def post(self, request: Request) -> Response:
        form = Form(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(form.validated_data)


class Raises(APIView):
    throttle_scope = "fragile"

    def get(self, request: Request) -> Response:
        raise raised[0]


class Overflows(APIView):
    def get(self, request: Request) -> Response:
        with transaction.atomic():
            Team.objects.create(tenant_id=request.actor.tenant_id, name="x" * 5000)
        return Response()


urlpatterns = [
    path("api/v1/echo/", Echo.as_view()),
    path("api/v1/checked/", Checked.as_view()),
    path("api/v1/raises/", Raises.as_view()),
    path("api/v1/overflows/", Overflows.as_view()),
]
handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error


@pytest.fixture
def tenant():
    return make_tenant()


@pytest.fixture
def api(tenant):
    """A client with the key of a dispatcher's integration."""
    _, secret = make_key(tenant, RoleKind.DISPATCHER, name="Integration")
    return Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False)


@pytest.fixture(autouse=True)
def fresh_counters():
    cache.clear()


def post(client: Client, address: str, body: Any, **headers: str):
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(address, content, content_type="application/json", headers=headers)


def refusal(response, status: int, code: str) -> dict[str, Any]:
    """The error of a response that has exactly the one shape."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "details", "request_id"}
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    assert body["error"]["request_id"] == response.headers["X-Request-ID"]
    return body["error"]


# Who is asking


def test_a_key_speaks_for_its_integration(api):
    response = api.get("/api/v1/echo/", headers={"x-request-id": "from-the-caller-1"})
    assert response.json() == {"actor": "Integration", "kind": "api_key", "source": "api", "id": "from-the-caller-1"}


def test_the_console_speaks_through_its_session(client, tenant):
    client.force_login(make_member(tenant).user)
    assert client.get("/api/v1/echo/").json() | {"id": ""} == {
        "actor": "User", "kind": "user", "source": "console", "id": "",
    }  # fmt: skip


def test_the_key_counts_where_both_are_sent(client, tenant):
    client.force_login(make_member(tenant, RoleKind.OBSERVER).user)
    _, secret = make_key(tenant, RoleKind.DISPATCHER)
    assert client.get("/api/v1/echo/", headers={"authorization": f"bearer {secret}"}).json()["kind"] == "api_key"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        "Bearer ab.cd ef",
        "Token abc",
        "Basic YTpi",
        "Bearer " + "x" * 100_000,
        "Bearer ü",
    ],
)
def test_a_bad_key_is_not_signed_in(client, header):
    response = client.get("/api/v1/echo/", headers={"authorization": header})
    refusal(response, 401, "not_signed_in")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'


def test_nobody_is_told_how_to_sign_in(client):
    error = refusal(client.get("/api/v1/echo/"), 401, "not_signed_in")
    assert "Authorization: Bearer" in error["message"]


def test_an_expired_key_stops_working(client, tenant):
    _, secret = make_key(tenant, expires_at=clock.now() - timedelta(seconds=1))
    refusal(client.get("/api/v1/echo/", headers={"authorization": f"Bearer {secret}"}), 401, "not_signed_in")


def test_a_person_without_a_role_is_turned_away(client):
    client.force_login(make_user())
    refusal(client.get("/api/v1/echo/"), 403, "forbidden")


@pytest.mark.parametrize(
    ("role", "get", "post_"), [("observer", 200, 403), ("dispatcher", 200, 200), ("driver", 403, 403)]
)
def test_a_view_names_the_permission_of_each_method(client, tenant, role, get, post_):
    member = make_member(tenant, role)
    if role == "driver":
        make_driver(tenant, user=member.user)
    client.force_login(member.user)
    assert client.get("/api/v1/echo/").status_code == get
    assert client.head("/api/v1/echo/").status_code == get
    assert post(client, "/api/v1/echo/", {}).status_code == post_


def test_a_write_by_session_needs_the_csrf_token(tenant):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_member(tenant).user)
    error = refusal(post(client, "/api/v1/echo/", {}), 403, "csrf_failed")
    assert "Reload" in error["message"]
    client.get("/api/v1/echo/")
    client.cookies["csrftoken"] = "a" * 32
    assert post(client, "/api/v1/echo/", {}, **{"x-csrftoken": "a" * 32}).status_code == 200


def test_a_write_by_key_needs_no_csrf_token(tenant):
    _, secret = make_key(tenant, RoleKind.DISPATCHER)
    client = Client(enforce_csrf_checks=True, headers={"authorization": f"Bearer {secret}"})
    assert post(client, "/api/v1/echo/", {}).status_code == 200


# Bodies

DEEP_LIST = "[" * 100_000 + "]" * 100_000
DEEP_OBJECT = '{"a":' * 30 + "1" + "}" * 30


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "not valid JSON"),
        (" ", "not valid JSON"),
        ("{", "line 1, column 2"),
        ('{"a": }', "not valid JSON"),
        ("{'a': 1}", "not valid JSON"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": -Infinity}', "-Infinity is not a JSON number"),
        ('{"a": 1e999}', "is too large"),
        ('{"a": 9223372036854775808}', "is too large"),
        ('{"a": ' + "9" * 100_000 + "}", "is too large"),
        ('{"a": 1, "a": 2}', "“a” appears twice"),
        ('{"a": {"\\ud800": 1, "\\ud800": 2}}', "appears twice"),
        ('{"a": "b\\u0000c"}', "NUL character"),
        ('{"a\\u0000": 1}', "NUL character"),
        ('{"a": ["\\ud83d"]}', "surrogate"),
        ('{"\\udfff": 1}', "surrogate"),
        (b'{"a": "\xff"}', "not valid UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', "not valid UTF-8"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        ('{"a": "b\x00c"}', "not valid JSON"),
        ("5", "a JSON object or a list"),
        ('"text"', "a JSON object or a list"),
        ("null", "a JSON object or a list"),
        (DEEP_LIST, "levels deep"),
        (DEEP_OBJECT, "levels deep"),
    ],
)
def test_a_body_that_cannot_be_stored_is_refused_with_the_reason(api, body, sentence):
    # An empty body is none at all for REST framework: that is the view's business.
    response = post(api, "/api/v1/echo/", body)
    if body == "":
        assert response.json()["body"] == {}
        return
    assert sentence in refusal(response, 400, "malformed")["message"]


def test_every_other_text_arrives_as_it_was_sent(api):
    body = {"name": "Zürich ✓ 🚚 \u202e <script>'; DROP TABLE--", "n": [1, -2.5, True, None, 9223372036854775807]}
    assert post(api, "/api/v1/echo/", body).json()["body"] == body


def test_a_body_over_the_limit_is_refused(api, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024
    assert post(api, "/api/v1/echo/", {"a": "x" * 900}).status_code == 200
    error = refusal(post(api, "/api/v1/echo/", {"a": "x" * 1100}), 413, "too_large")
    assert "1 KB" in error["message"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"]
)
def test_only_json_is_read(api, kind):
    refusal(api.post("/api/v1/echo/", "a=1", content_type=kind), 415, "unsupported_media_type")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(content=st.lists(JSON, max_size=4) | st.dictionaries(st.text(alphabet="abc"), JSON, max_size=4))
def test_what_can_be_stored_is_read_unchanged(content):
    assert parsers.loads(json.dumps(content).encode()) == content
    assert parsers.loads(json.dumps(content, ensure_ascii=False).encode()) == content


@given(body=st.binary(max_size=60) | st.text(alphabet='{}[]",:\\u0d8Ee1-. NaN', max_size=40).map(str.encode))
def test_whatever_else_comes_is_malformed_and_nothing_worse(body):
    try:
        content = parsers.loads(body)
    except errors.Malformed:
        return
    json.dumps(content, ensure_ascii=False, allow_nan=False).encode()


# Errors


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("The order is delivered already.", details={"version": 3}), 409, "refused"),
        (Stale("Changed since."), 412, "stale_version"),
        (Invalid.fields(name="Too long."), 400, "invalid"),
        (exceptions.ValidationError("No."), 400, "invalid"),
        (ValidationError({"name": ["Wrong."]}), 400, "invalid"),
        (ValidationError("Wrong."), 400, "invalid"),
        (exceptions.ParseError("Torn."), 400, "malformed"),
        (exceptions.NotFound(), 404, "not_found"),
        (Http404("secret"), 404, "not_found"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (PermissionDenied(), 403, "forbidden"),
        (exceptions.NotAcceptable(), 406, "not_acceptable"),
        (exceptions.Throttled(wait=7), 429, "throttled"),
        (SuspiciousOperation("Odd."), 400, "malformed"),
        (BadRequest("Odd."), 400, "malformed"),
        (DataError("integer out of range"), 400, "invalid"),
        (OperationalError("connection refused on 10.0.0.5"), 503, "unavailable"),
        (RuntimeError("password=hunter2"), 500, "server_error"),
        (ObjectDoesNotExist("core.Team"), 500, "server_error"),
        (KeyError("secret"), 500, "server_error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_every_error_has_the_one_shape_and_tells_nothing_of_the_inside(api, error, status, code):
    raised[:] = [error]
    body = json.dumps(refusal(api.get("/api/v1/raises/"), status, code))
    assert not any(word in body for word in ("hunter2", "10.0.0.5", "secret", "core.Team", "Traceback", "integer"))


def test_a_refusal_keeps_its_details(api):
    raised[:] = [Refused("The order is delivered already.", code="closed", details={"version": 3})]
    error = refusal(api.get("/api/v1/raises/"), 409, "closed")
    assert (error["message"], error["details"]) == ("The order is delivered already.", {"version": 3})


def test_too_many_requests_say_when_to_come_back(api):
    raised[:] = [exceptions.Throttled(wait=6.2)]
    response = api.get("/api/v1/raises/")
    assert refusal(response, 429, "throttled")["message"] == "Too many requests. Try again in 7 seconds."
    assert response.headers["Retry-After"] == "7"


def test_a_value_no_column_can_hold_is_the_callers_mistake(api):
    refusal(api.get("/api/v1/overflows/"), 400, "invalid")
    assert not Team.objects.exists()


@pytest.mark.parametrize("address", ["/api/v1/nothing/", "/api/", "/api/v2/echo/", "/api/v1/echo/../../etc/passwd"])
def test_an_unknown_address_is_not_found(api, address):
    refusal(api.get(address), 404, "not_found")


def test_a_wrong_method_names_the_right_ones(api):
    response = api.delete("/api/v1/echo/")
    refusal(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


@pytest.mark.parametrize("address", ["/api/v1/echo/%00", "/api/v1/echo/?search=a%00b", "/api/v1/%00/echo/"])
def test_a_nul_in_the_address_is_refused(api, address):
    assert "NUL" in refusal(api.get(address), 400, "invalid")["message"]


@pytest.mark.parametrize(
    ("body", "fields", "message"),
    [
        ({}, {"name": ["This field is required."]}, "name: This field is required."),
        ({"name": "Nobody"}, {"name": ["Nobody cannot order."]}, "name: Nobody cannot order."),
        (
            {"items": [{"quantity": 1}, {"quantity": "two"}, {}]},
            {
                "name": ["This field is required."],
                "items.1.quantity": ["A valid integer is required."],
                "items.2.quantity": ["This field is required."],
            },
            "Check these fields: name, items.1.quantity, items.2.quantity.",
        ),
        (
            [1, 2],
            {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]},
            "Invalid data. Expected a dictionary, but got list.",
        ),
    ],
)
def test_field_errors_are_a_flat_map(api, body, fields, message):
    error = refusal(post(api, "/api/v1/checked/", body), 400, "invalid")
    assert error["details"] == {"fields": fields}
    assert error["message"] == message


# Keys for retries


def test_the_idempotency_key_is_handed_on(api):
    assert post(api, "/api/v1/echo/", {}, **{"idempotency-key": "order-17/try:1"}).json()["key"] == "order-17/try:1"
    assert post(api, "/api/v1/echo/", {}).json()["key"] == ""


@pytest.mark.parametrize("key", ["a b", "x" * 121, "ü", "a\tb", "\x7f"])
def test_an_idempotency_key_must_be_visible_ascii(api, key):
    refusal(post(api, "/api/v1/echo/", {}, **{"idempotency-key": key}), 400, "invalid_idempotency_key")


# Limits


@pytest.fixture
def limits(settings):
    settings.API_REQUESTS_PER_MINUTE = {"read": 3, "write": 1, "fragile": 0}


def statuses(client, count):
    return [client.get("/api/v1/echo/").status_code for _ in range(count)]


def test_reads_and_writes_are_counted_apart(api, limits):
    assert statuses(api, 4) == [200, 200, 200, 429]
    assert [post(api, "/api/v1/echo/", {}).status_code for _ in range(2)] == [200, 429]


def test_a_refused_request_says_when_the_minute_is_over(api, limits):
    statuses(api, 3)
    response = api.get("/api/v1/echo/")
    error = refusal(response, 429, "throttled")
    assert 1 <= error["details"]["retry_after"] <= 60
    assert response.headers["Retry-After"] == str(error["details"]["retry_after"])


def test_every_caller_has_a_count_of_their_own(api, limits, tenant):
    statuses(api, 4)
    _, secret = make_key(tenant, RoleKind.DISPATCHER)
    assert statuses(Client(headers={"authorization": f"Bearer {secret}"}), 1) == [200]


def test_a_scope_of_zero_has_no_limit(api, limits):
    raised[:] = [Refused("No.")]
    assert {api.get("/api/v1/raises/").status_code for _ in range(10)} == {409}


def test_a_broken_cache_stops_nobody(api, limits, monkeypatch):
    def fail(*args: Any, **kwargs: Any) -> None:
        raise ConnectionError("redis is away")

    monkeypatch.setattr(cache, "add", fail)
    assert statuses(api, 5) == [200] * 5
