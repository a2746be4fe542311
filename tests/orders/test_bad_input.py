"""Hostile input at every address of the API: always a refusal in the one shape, never a fault, and nothing changed.

The addresses, parameters and fields are read from the API document, so that a new one is covered when it is written.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import URLPattern, URLResolver

from dispatch_console import api_urls
from dispatch_console.core import clock
from dispatch_console.core.api.docs import document
from dispatch_console.core.models import CustomerAddress, Event
from dispatch_console.core.permissions import PERMISSIONS, RoleKind
from drivers.models import Device, Driver, DriverPosition
from orders.models import Assignment, Order, PackageItem, SavedView
from routes.models import Waybill
from tests import factories
from tests.orders.api import PREFIX, Api
from tests.routes.lanes import make_route, make_session

pytestmark = pytest.mark.django_db

SCHEMA: dict[str, Any] = json.loads(document(True))
WRITES = ("post", "put", "patch")

# The addresses that have no operation in the document: the document itself and its page.
UNDOCUMENTED = {"schema/", "docs/"}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = SCHEMA["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if "allOf" in schema and len(schema["allOf"]) == 1:
        return {**resolved(schema["allOf"][0]), **{name: value for name, value in schema.items() if name != "allOf"}}
    return schema


def operations(*methods: str) -> list[tuple[str, str]]:
    return [
        (method, path.removeprefix(PREFIX))
        for path, found in SCHEMA["paths"].items()
        for method in found
        if method in methods
    ]


def body_fields(method: str, path: str) -> dict[str, dict[str, Any]]:
    """The fields of an operation's body with their schemas; those of the entries, where it is a list."""
    content = SCHEMA["paths"][PREFIX + path][method].get("requestBody", {}).get("content", {})
    schema = resolved(content.get("application/json", {}).get("schema", {}))
    if schema.get("type") == "array":
        schema = resolved(schema["items"])
    return {name: resolved(field) for name, field in schema.get("properties", {}).items()}


class World:
    """Two tenants; `paths` fills an address with ids of one of them."""

    def __init__(self) -> None:
        self.tenant, self.other = factories.make_tenant(), factories.make_tenant()
        user = factories.make_user()
        self.driver = factories.make_driver(self.tenant, user=user)
        driver_member = factories.make_member(self.tenant, RoleKind.DRIVER, user=user)
        self.admin_member = factories.make_member(self.tenant, RoleKind.TENANT_ADMIN)
        # As a member, because saved views belong to people.
        self.admin = Api(self.tenant, membership=self.admin_member)
        self.app = Api(self.tenant, membership=driver_member)
        self.own = self.ids(self.tenant, self.admin_member.user_id, driver=self.driver)
        self.foreign = self.ids(
            self.other, factories.make_member(self.other).user_id, driver=factories.make_driver(self.other)
        )

    def ids(self, tenant, user_id, *, driver) -> dict[str, Any]:
        order = factories.make_order(tenant, status="assigned", driver=driver)
        routes = [make_route(tenant, driver=driver) for _ in range(1 if tenant == self.tenant else 2)]
        session, _ = make_session(tenant, orders=0, route=routes[-1])
        # Labels count up in each company: the second is one that only the other company has.
        made = [factories.make_trip(tenant, driver=driver) for _ in range(1 if tenant == self.tenant else 2)]
        drafts = [factories.make_waybill(tenant, driver_id=driver.pk) for _ in made]
        Waybill.objects.filter(pk__in=[draft.pk for draft in drafts]).update(status="sealed")
        return {
            "code": order.code,
            "import_label": factories.make_import(tenant, actor_id=user_id).label,
            "waybill_label": drafts[-1].label,
            "trip_label": made[-1].label,
            "route_label": session.route.label,
            "session_label": session.label,
            "customer_id": order.customer_id,
            "service_id": order.service_id,
            "zone_id": factories.make_zone(tenant).pk,
            "warehouse_id": factories.make_warehouse(tenant).pk,
            "driver_id": driver.pk,
            "proof_id": factories.make_proof(order).pk,
            "picture_id": factories.make_waybill_proof(drafts[-1], actor=factories.make_driver_actor(driver)).pk,
            "size": "file",
            "device_id": Device.objects.create(tenant=tenant, driver=driver, name="Phone", signed_in_at=clock.now()).pk,
            "offer_id": factories.make_offer(driver).pk,
            "plan_number": factories.make_plan_run(tenant, actor_id=user_id).number,
            "job_id": factories.make_print_job(tenant, actor_id=user_id).pk,
            "run_number": factories.make_bulk_run(tenant, actor_id=user_id).number,
            "view_id": SavedView.objects.create(tenant=tenant, user_id=user_id, name=f"View {tenant.pk}").pk,
        }

    def caller(self, path: str) -> Api:
        return self.app if path.startswith("driver/") or path.endswith(("/accept/", "/reject/")) else self.admin

    def address(self, path: str, ids: dict[str, Any] | None = None) -> str:
        return path.format(**(self.own if ids is None else ids))

    def sample(self, path: str, fields: dict[str, dict[str, Any]]) -> Any:
        """A body that fits, as far as the shape goes."""
        values = {
            **factories.order_values(
                self.tenant, customer_id=self.own["customer_id"], service_id=self.own["service_id"]
            ),
            "type": "on_demand",
            "driver_id": self.own["driver_id"],
            "reason": "Because",
            "note": "Because",
            "target": "delivered",
            "name": "Mine",
            "text": "Landstrasse 1",
            "codes": [self.own["code"]],
            "orders": [{"code": self.own["code"]}],
            "to_driver_id": self.own["driver_id"],
            "online": True,
            "latitude": 47.1,
            "longitude": 9.5,
            "recorded_at": "2026-11-22T09:00:00Z",
        }
        if path.endswith("/sequence/"):
            values["version"] = 1
        if path.startswith("trips/"):
            values["type"] = "mixed"
            values["stops"] = [{"order": self.own["code"], "kind": kind} for kind in ("pickup", "dropoff")]
        if path.endswith("/settle-exception/"):
            values |= {"status": "resolved", "resolution": "continued"}
        body = {name: value for name, value in values.items() if name in fields}
        return [body] if path == "driver/positions/" else body

    def state(self) -> tuple[Any, ...]:
        """Everything a request could have changed."""
        orders = list(Order.objects.order_by("pk").values_list("pk", "version", "status", "driver_id", "updated_at"))
        models = (Event, Assignment, CustomerAddress, SavedView, PackageItem, DriverPosition)
        drivers = list(Driver.objects.order_by("pk").values_list("pk", "is_online", "version"))
        views = list(SavedView.objects.order_by("pk").values_list("pk", "name", "query", "is_default"))
        return orders, drivers, views, [model.objects.count() for model in models]


@pytest.fixture(scope="module")
def world(shared_rows) -> World:
    return World()


@pytest.fixture(autouse=True)
def no_limit_of_requests(settings) -> None:
    settings.API_REQUESTS_PER_MINUTE = {}


def send(api: Api, method: str, address: str, body: Any, content_type: str = "application/json") -> Any:
    text = body if isinstance(body, str | bytes) else json.dumps(body)
    point = transaction.savepoint()
    try:
        return api.client.generic(method.upper(), PREFIX + address, text, content_type=content_type)
    finally:
        transaction.savepoint_rollback(point)
        connection.needs_rollback = False


def has_the_shape(response: Any) -> bool:
    if response.headers.get("Content-Type") != "application/json":
        return False
    body = response.json()
    return list(body) == ["error"] and set(body["error"]) == {"code", "message", "details", "request_id"}


def is_refused(response: Any) -> bool:
    return 400 <= response.status_code < 500 and has_the_shape(response)


def is_sound(response: Any) -> bool:
    return response.status_code < 400 or is_refused(response)


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        text = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, text)
        else:
            yield text.strip("^$").replace("/?", "/")


def test_the_document_names_every_address_of_the_api():
    known = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", address) for address in addresses(api_urls.urlpatterns)}
    documented = {path.removeprefix(PREFIX) for path in SCHEMA["paths"]}
    assert known - UNDOCUMENTED == documented


BODIES = {
    "not closed": b'{"a": ',
    "null": b"null",
    "a number": b"5",
    "a text": b'"x"',
    "NaN": b'{"note": NaN}',
    "infinity": b'{"note": -Infinity}',
    "too large a number": b'{"note": 1e999}',
    "a very long integer": b'{"version": ' + b"9" * 5000 + b"}",
    "not UTF-8": b'{"note": "\xff\xfe"}',
    "UTF-16": '{"note": "x"}'.encode("utf-16"),
    "NUL": b'{"note": "a\\u0000b"}',
    "half a surrogate pair": b'{"note": "\\ud800"}',
    "a name twice": b'{"note": "a", "note": "b"}',
    "lists without end": b"[" * 100_000,
    "objects without end": b'{"note":' * 50_000,
    "deep": b'{"note": ' + b"[" * 200 + b"]" * 200 + b"}",
    "a list of everything": b'[1, "x", null, [], {}]',
    "three megabytes": b'{"note": "' + b"x" * 3_000_000 + b'"}',
    "unknown field": b'{"no_such_field": 1}',
    "a prototype": b'{"__proto__": {"a": 1}, "constructor": 1}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_none_is_refused_everywhere(world, body):
    before = world.state()
    answers = {
        path: send(world.caller(path), method, world.address(path), body) for method, path in operations(*WRITES)
    }
    wrong = {
        path: (answer.status_code, answer.content[:200]) for path, answer in answers.items() if not is_refused(answer)
    }
    assert not wrong
    assert world.state() == before


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "x", ""],
)
def test_another_content_type_is_refused_everywhere(world, content_type):
    before = world.state()
    for method, path in operations(*WRITES):
        answer = send(world.caller(path), method, world.address(path), b"reason=x&note=y", content_type)
        assert is_refused(answer), (path, answer.status_code, answer.content[:200])
    assert world.state() == before


def test_a_method_nobody_serves_is_refused_everywhere(world):
    for path, served in SCHEMA["paths"].items():
        for method in {"get", "post", "put", "patch", "delete"} - set(served):
            address = world.address(path.removeprefix(PREFIX))
            answer = send(world.caller(path.removeprefix(PREFIX)), method, address, b"{}")
            assert answer.status_code == 405, (method, path, answer.status_code)
            assert has_the_shape(answer)
            assert answer.headers["Allow"]


# No field takes any of these. The text is longer than any field holds, and fits into a body once for each field.
NEVER = {"a very long text": "x" * 50_000, "an object": {"a": 1}, "a nested list": [[[1]]]}
# A field may take some of them; none may break it.
PERHAPS = [
    None,
    True,
    -1,
    1.5,
    2**31,
    2**63 - 1,
    91.0,
    "",
    "x",
    "1e400",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "2026-02-30T00:00:00Z",
    "'; DROP TABLE orders_order; -- {{ 7*7 }} ${7*7} %s %(x)s {0}",
    "'%s{",
    "🚚" * 50,
    [],
    [None],
    {},
]
# What reads as a number or a time elsewhere is one more word to a field of plain text.
WORDS = ["x", "1e400", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z"]


def takes_words(schema: dict[str, Any]) -> bool:
    return schema.get("type") == "string" and not {"format", "enum", "pattern"} & set(schema)


def named_in_refusal(answer: Any) -> set[str]:
    """The fields a refusal complains about; those of an entry, where the body is a list."""
    if not is_refused(answer):
        return set()
    named = answer.json()["error"]["details"].get("fields", {})
    return {next(part for part in [*name.split("."), ""] if not part.isdigit()) for name in named}


# The bulk addresses differ in the action alone, whose fields are tried at its own address.
FIELDS_OF_THEIR_OWN = [(m, path) for m, path in operations(*WRITES) if "/bulk/" not in path or path.endswith("/hold/")]


@pytest.mark.parametrize("operation", FIELDS_OF_THEIR_OWN, ids=lambda operation: " ".join(operation))
def test_no_field_breaks_an_address(world, operation):
    """A value comes in every field at once first; whichever the refusal does not name meets it alone."""
    method, path = operation
    fields = body_fields(method, path)
    sample, address, api = world.sample(path, fields), world.address(path), world.caller(path)

    def answer_to(value: Any, names: Iterable[str]) -> Any:
        hostile = dict.fromkeys(names, value)
        return send(api, method, address, [sample[0] | hostile] if isinstance(sample, list) else sample | hostile)

    before = world.state()
    wrong = []
    for value in [*NEVER.values(), *PERHAPS]:
        is_never = any(value is hostile for hostile in NEVER.values())
        for name in set(fields) - named_in_refusal(answer_to(value, fields)):
            schema = fields[name]
            if takes_words(schema) and value in WORDS:
                continue
            answer = answer_to(value, [name])
            takes_anything = not schema.get("type") or schema.get("type") == "array"
            if not (is_refused(answer) if is_never and not takes_anything else is_sound(answer)):
                wrong.append((name, str(value)[:60], answer.status_code, answer.content[:200]))
    assert not wrong
    assert world.state() == before


def test_absurd_places_and_times_are_refused(world):
    sample = world.sample("orders/", body_fields("post", "orders/"))
    for name, values in {
        "pickup_latitude": [90.01, -91, 1e308, "x", True],
        "dropoff_longitude": [180.01, -181, 1e308],
        "scheduled_delivery_at": ["1999-12-31T00:00:00Z", "2101-01-01T00:00:00Z", "2020-01-01T00:00:00Z", 5],
        "unit_size": [0, -1, 1.5, 2**40, "many"],
        "cod_amount": ["-1", "1e9", "0.001", "NaN"],
        "priority": [0, 5, "urgent"],
        "customer_id": [0, -1, 2**63 - 1, world.foreign["customer_id"], 999_999_999],
        "service_id": [world.foreign["service_id"]],
        "pickup_warehouse_id": [world.foreign["warehouse_id"], 999_999_999],
        "driver_id": [world.foreign["driver_id"], 999_999_999],
        "items": [[{}], [{"name": "x", "quantity": 0}], [{"name": "x"}] * 201, "x", [{"name": "x", "weight": -1}]],
    }.items():
        for value in values:
            answer = send(world.admin, "post", "orders/", {**sample, name: value})
            assert is_refused(answer), (name, value, answer.status_code, answer.content[:200])
            named = answer.json()["error"]["details"]["fields"]
            assert any(field == name or field.startswith(f"{name}.") for field in named), (name, value, named)


# Addresses and parameters


def hostile_parts(world: World, name: str) -> list[Any]:
    if name == "code":
        return [
            "nope",
            world.foreign["code"] + "0",
            "x" * 300,
            "%27",
            "..%2F..",
            "%F0%9F%9A%9A",
            "D%2010001",
            "%0A",
            "-",
        ]
    return [0, 999_999_999, 10**30, world.foreign[name], "x", "-1", "1.5", "%F0%9F%9A%9A"]


@pytest.mark.parametrize("path", [path.removeprefix(PREFIX) for path in SCHEMA["paths"] if "{" in path])
def test_an_unknown_or_foreign_id_is_not_found(world, path):
    before = world.state()
    name = path.split("{")[1].split("}")[0]
    for part in hostile_parts(world, name):
        ids = {**world.own, name: part}
        for method in SCHEMA["paths"][PREFIX + path]:
            fields = body_fields(method, path)
            answer = send(world.caller(path), method, world.address(path, ids), world.sample(path, fields))
            assert answer.status_code == 404, (method, path, part, answer.status_code, answer.content[:200])
            assert has_the_shape(answer)
    assert world.state() == before


def test_a_nul_in_an_address_is_refused_everywhere(world):
    for method, path in operations("get"):
        nuls = dict.fromkeys(world.own, "a%00b")
        for address in (f"{world.address(path)}?search=a%00b", f"{world.address(path, nuls)}?a%00b=1"):
            answer = send(world.caller(path), method, address, b"")
            assert is_refused(answer), (path, answer.status_code)


PARAMETERS = [
    "x" * 5000,
    "-1",
    "9" * 30,
    "1.5",
    "NaN",
    "1e999",
    ",",
    "%",
    "\\",
    "' OR 1=1 --",
    "🚚",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31T23:59:59-14:00",
    "²",
    "true",
]


def query_parameters(path: str) -> list[dict[str, Any]]:
    return [p for p in SCHEMA["paths"][PREFIX + path]["get"].get("parameters", []) if p["in"] == "query"]


def first_users() -> dict[tuple[str, str], str]:
    """The first address that takes a parameter; the others that mean the same by it share its code."""
    found: dict[tuple[str, str], str] = {}
    for _, path in sorted(operations("get"), key=lambda operation: operation[1] != "orders/"):
        for parameter in query_parameters(path):
            found.setdefault((parameter["name"], parameter.get("description", "")), path)
    return found


FIRST_USERS = first_users()


@pytest.mark.parametrize("operation", operations("get"), ids=lambda operation: operation[1])
def test_no_parameter_breaks_an_address(world, operation):
    _, path = operation
    api, address = world.caller(path), PREFIX + world.address(path)
    required = {parameter["name"]: "47" for parameter in query_parameters(path) if parameter.get("required")}
    wrong = []
    for parameter in query_parameters(path):
        name = parameter["name"]
        is_first = FIRST_USERS[name, parameter.get("description", "")] == path
        for value in PARAMETERS if is_first else PARAMETERS[:2]:
            answer = api.client.get(address, {**required, name: value})
            if not is_sound(answer):
                wrong.append((name, value[:40], answer.status_code, b"".join(answer)[:200]))
    assert not wrong
    answer = api.client.get(address, {**required, "no_such_parameter": "1"})
    assert is_refused(answer), f"{path} ignores a parameter it does not know"


def test_a_parameter_given_twice_is_refused_by_every_list(world):
    for _, path in operations("get"):
        if names := [parameter["name"] for parameter in query_parameters(path)]:
            answer = world.caller(path).client.get(f"{PREFIX}{world.address(path)}?{names[0]}=1&{names[0]}=2")
            assert is_refused(answer), (path, answer.status_code)


# Text is text

FREE_TEXTS = (
    "pickup_address", "pickup_contact", "pickup_notes", "dropoff_address", "dropoff_contact", "dropoff_notes",
    "instructions", "notes", "external_reference", "bulk_group",
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE orders_order; --",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '"}]}, "x": [{"',
        "=cmd|' /C calc'!A0",
        "%s %(name)s {0} ${x} {{ y }}",
        "Zürich – „Übergabe“ 東京 🚚",
    ],
)
def test_text_is_stored_as_it_was_sent_and_nothing_runs(world, text):
    sample = world.sample("orders/", body_fields("post", "orders/"))
    texts = dict.fromkeys(FREE_TEXTS, text)
    created = world.admin.post("orders/", {**sample, **texts, "driver_id": None, "items": [{"name": text}]})
    assert created.status_code == 201, created.content
    code = created.json()["order"]["code"]
    detail = world.admin.get(f"orders/{code}/").json()
    assert detail["pickup"]["label"] == detail["notes"] == detail["instructions"] == text
    assert detail["items"][0]["name"] == text
    assert world.admin.codes(search=text[:40]) == {code}
    held = world.admin.post(f"orders/{code}/hold/", {"reason": text, "note": text}).json()
    assert held["event"]["reason"] == held["event"]["note"] == text
    address = world.admin.post(f"customers/{world.own['customer_id']}/addresses/", {"text": text, "label": text}).json()
    assert address["text"] == text
    view = world.admin.post("views/", {"name": text[:60]})
    assert view.json()["name"] == text[:60].strip()


def test_everything_may_be_tried_without_any_right(world):
    """Whoever may do nothing learns nothing, whatever they send."""
    nobody = Api(world.tenant, RoleKind.CUSTOM, permissions=[])
    assert not set(PERMISSIONS) & set(nobody.get("me/").json()["permissions"])
    before = world.state()
    for method, path in operations("get", "delete", *WRITES):
        answer = send(nobody, method, world.address(path), world.sample(path, body_fields(method, path)))
        if path in ("me/", "reasons/"):
            continue
        if path in ("driver/osmand/", "driver/sign-in/"):  # their right is in what is sent, and nothing fit was
            assert is_refused(answer)
            continue
        assert answer.status_code in (403, 404), (method, path, answer.status_code, answer.content[:200])
    assert world.state() == before
