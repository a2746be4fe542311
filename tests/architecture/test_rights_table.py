"""Every address × every kind of person × the status they get. An address that is missing here fails the suite."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.views.generic import RedirectView
from django.views.generic.edit import ProcessFormView

from dispatch_console.core.models import Event
from dispatch_console.core.permissions import RoleKind
from drivers.models import Driver
from orders import proofs
from orders.models import Order, SavedView
from orders.next_step import ACTS
from routes.models import Trip, Waybill
from tests.factories import (
    make_bulk_run,
    make_customer,
    make_driver,
    make_driver_actor,
    make_import,
    make_key,
    make_member,
    make_order,
    make_picture,
    make_plan_run,
    make_print_job,
    make_service,
    make_team,
    make_tenant,
    make_trip,
    make_warehouse,
    make_waybill,
    make_waybill_proof,
    make_zone,
)
from tests.routes.lanes import make_route, make_session

pytestmark = pytest.mark.django_db

# Nobody; a dispatcher; a read-only observer; a dispatcher of another team; a driver; a partner's API key; the tenant
# admin; a dispatcher of another company.
PEOPLE = ("nobody", "alice", "bob", "charlie", "dana", "paul", "tina", "olga")

FORM = "application/x-www-form-urlencoded"
STALE = 99  # a version that nothing has: who may act is refused with 412, and nothing is changed


@dataclass(frozen=True)
class Row:
    """`expected` is one status per person, in the order of PEOPLE."""

    method: str
    name: str
    expected: str
    args: tuple[str, ...] = ()
    body: dict[str, Any] = field(default_factory=dict)
    query: str = ""
    is_form: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def page(name: str, expected: str, *args: str, **more: Any) -> Row:
    return Row("GET", name, expected, args, **more)


def form(name: str, expected: str, *args: str, **body: Any) -> Row:
    return Row("POST", name, expected, args, body, is_form=True)


def call(method: str, name: str, expected: str, /, *args: str, **body: Any) -> Row:
    return Row(method, name, expected, args, body)


def bulk(action: str, expected: str, **body: Any) -> Row:
    """A rehearsal: it answers for every order whether it could be done, and does nothing."""
    return Row("POST", f"orders-bulk-{action}", expected, (), {"codes": ["CODE"], "rehearse": True, **body})


SESSION_ACTS: dict[str, dict[str, Any]] = {
    "add-orders": {"codes": ["CODE"]},
    "remove-orders": {"codes": ["CODE"]},
    "start": {},
    "pick-up": {},
    "depart": {},
    "complete": {},
    "cancel": {"reason": "x"},
    "undo": {},
    "switch-driver": {"driver_id": "DRIVER"},
}

STOPS = [{"order": "D-1", "kind": "pickup"}, {"order": "D-1", "kind": "dropoff"}]

WAYBILL_ACTS: dict[str, dict[str, Any]] = {
    **{name: {} for name in ("seal", "unassign", "pick-up", "depart", "dispatch", "receive", "return", "let-go")},
    **{name: {} for name in ("close", "cancel")},
    **{name: {"codes": ["CODE"]} for name in ("add", "remove")},
    **{name: {"driver_id": "DRIVER"} for name in ("assign", "switch")},
}

#                                  nobody alice bob charlie dana paul tina olga
TABLE: list[Row] = [
    # Pages of the site and of the account
    page("healthz", "200 200 200 200 200 200 200 200"),
    page("readyz", "503 503 503 503 503 503 503 503"),
    page("home", "302 302 302 302 403 302 302 302"),
    page("sign-in", "200 302 302 302 302 200 302 302"),
    form("sign-in", "200 302 302 302 302 200 302 302", username="x@example.test", password="wrong"),
    page("password-change", "302 200 200 200 200 302 200 200"),
    form("password-change", "302 200 200 200 200 302 200 200", old_password="wrong"),
    page("password-change-done", "302 200 200 200 200 302 200 200"),
    page("password-set", "200 200 200 200 200 200 200 200", "MQ", "made-up"),
    form("password-set", "200 200 200 200 200 200 200 200", "MQ", "made-up"),
    page("sessions", "302 200 200 200 200 302 200 200"),
    form("sessions", "302 302 302 302 302 302 302 302", session="0"),
    form("switch-tenant", "302 404 404 404 404 302 404 404", tenant="0"),
    # The driver's page: a shell without data, for everybody
    page("drive", "200 200 200 200 200 200 200 200"),
    page("drive-manifest", "200 200 200 200 200 200 200 200"),
    page("drive-worker", "200 200 200 200 200 200 200 200"),
    # The console
    page("console:home", "302 302 302 302 302 302 302 302"),
    page("console:map", "302 200 200 200 403 302 200 200"),
    page("console:table", "302 200 200 200 403 302 200 200"),
    page("console:exceptions", "302 200 200 200 403 302 200 200"),
    page("console:drivers", "302 200 200 200 403 302 200 200"),
    page("console:driver", "302 200 200 404 403 302 200 404", "DRIVER"),
    page("console:planning", "302 200 403 200 403 302 200 200"),
    page("console:planning-waiting", "302 200 403 200 403 302 200 200"),
    page("console:planning-run", "302 200 403 404 403 302 200 404", "PLAN"),
    page("console:bulk", "302 200 200 200 403 302 200 200"),
    page("console:bulk-run", "302 200 200 404 403 302 200 404", "RUN"),
    page("console:counts", "302 200 200 200 403 302 200 200"),
    page("console:import", "302 200 403 200 403 302 200 200"),
    page("console:import-job", "302 200 403 404 403 302 200 404", "IMPORT"),
    page("console:import-step", "302 200 403 404 403 302 200 404", "IMPORT", "columns"),
    page("console:export", "302 200 200 200 403 302 200 200"),
    page("console:order-new", "302 200 403 200 403 302 200 200"),
    call("POST", "console:order-new", "401 400 403 400 403 401 400 400"),
    page("console:order-edit", "302 200 403 404 403 302 200 404", "CODE"),
    page("console:form-customers", "302 200 403 200 403 302 200 200"),
    page("console:form-addresses", "302 200 403 200 403 302 200 200", query="end=pickup&q=va"),
    page("console:form-point", "302 200 403 200 403 302 200 200", query="lat=47.1&lng=9.5&end=pickup"),
    page("console:form-candidates", "302 200 403 400 403 302 200 400", query="service=SERVICE"),
    page("console:order", "302 200 200 404 403 302 200 404", "CODE"),
    page("console:order-events", "302 200 200 404 403 302 200 404", "CODE"),
    page("console:last-act", "302 404 404 404 403 302 404 404"),
    page("console:order-candidates", "302 200 403 404 403 302 200 404", "CODE"),
    call("POST", "console:order-undo", "401 412 412 404 403 401 412 404", "CODE", version=STALE),
    page("console:order-action", "302 200 403 404 403 302 200 404", "CODE", "hold"),
    call(
        "POST",
        "console:order-action",
        "401 412 403 404 403 401 412 404",
        "CODE",
        "hold",
        version=STALE,
        reason="Address unclear",
    ),
    page("console:routes", "302 200 200 200 403 302 200 200"),
    page("console:route-new", "302 200 403 200 403 302 200 200"),
    call("POST", "console:route-new", "401 400 403 400 403 401 400 400"),
    page("console:route", "302 200 200 404 403 302 200 404", "ROUTE"),
    page("console:route-edit", "302 200 403 404 403 302 200 404", "ROUTE"),
    call("POST", "console:route-edit", "401 412 403 404 403 401 412 404", "ROUTE", version=STALE),
    page("console:route-eligible", "302 200 403 404 403 302 200 404", "ROUTE"),
    page("console:route-drivers", "302 200 403 404 403 302 200 404", "ROUTE"),
    page("console:route-act", "302 200 403 404 403 302 200 404", "ROUTE", "switch-driver"),
    call("POST", "console:route-act", "401 412 403 404 403 401 412 404", "ROUTE", "open-session", version=STALE),
    page("console:sessions", "302 200 200 200 403 302 200 200"),
    page("console:session", "302 200 200 404 403 302 200 404", "SESSION"),
    page("console:session-drivers", "302 200 403 404 403 302 200 404", "SESSION"),
    page("console:session-act", "302 200 403 404 403 302 200 404", "SESSION", "cancel"),
    call("POST", "console:session-act", "401 412 403 404 403 401 412 404", "SESSION", "start", version=STALE),
    # The API
    page("api-schema", "200 200 200 200 200 200 200 200"),
    page("api-docs", "200 200 200 200 200 200 200 200"),
    page("me", "401 200 200 200 200 200 200 200"),
    page("customers", "401 200 200 200 403 200 200 200"),
    page("customer", "401 200 200 404 403 200 200 404", "CUSTOMER"),
    page("customer-addresses", "401 200 200 404 403 200 200 404", "CUSTOMER"),
    call("POST", "customer-addresses", "401 400 403 404 403 400 400 404", "CUSTOMER"),
    page("zones", "401 200 200 200 403 200 200 200"),
    page("zones-geojson", "401 200 200 200 403 200 200 200"),
    page("zones-at", "401 200 200 200 403 200 200 200", query="lat=47.1&lng=9.5"),
    page("zone", "401 200 200 200 403 200 200 404", "ZONE"),
    page("warehouses", "401 200 200 200 403 200 200 200"),
    page("warehouse", "401 200 200 200 403 200 200 404", "WAREHOUSE"),
    page("geocode", "401 200 200 200 403 200 200 200", query="q=Vaduz"),
    page("geocode-reverse", "401 200 200 200 403 200 200 200", query="lat=47.1&lng=9.5"),
    page("services", "401 200 200 200 403 200 200 200"),
    page("service", "401 200 200 404 403 200 200 404", "SERVICE"),
    page("reasons", "401 200 200 200 200 200 200 200"),
    page("saved-views", "401 200 200 200 403 403 200 200"),
    call("POST", "saved-views", "401 400 400 400 403 403 400 400"),
    page("saved-view", "401 200 404 404 403 403 404 404", "VIEW"),
    call("PATCH", "saved-view", "401 400 404 404 403 403 404 404", "VIEW", name=""),
    call("DELETE", "saved-view", "401 404 404 404 403 403 404 404", "0"),
    call("POST", "scans", "401 200 200 200 403 200 200 200", texts=["CODE"]),
    page("plans", "401 200 403 200 403 403 200 200"),
    call("POST", "plans", "401 400 403 400 403 403 400 400", kind="insert"),
    page("plan", "401 200 403 404 403 403 200 404", "PLAN"),
    call("POST", "plan-cancel", "401 200 403 404 403 403 200 404", "PLAN"),
    call("POST", "plan-apply", "401 409 403 404 403 403 409 404", "PLAN"),
    call("POST", "plan-discard", "401 200 403 404 403 403 200 404", "PLAN"),
    call("POST", "plan-take-back", "401 409 403 404 403 403 409 404", "PLAN"),
    page("print-labels", "401 200 200 409 403 200 200 409", query="codes=CODE"),
    page("print-barcodes", "401 200 200 409 403 200 200 409", query="codes=CODE"),
    page("print-receipts", "401 200 200 409 403 200 200 409", query="codes=CODE"),
    call("POST", "print-jobs", "401 400 400 400 403 400 400 400"),
    page("print-job", "401 200 404 404 403 404 404 404", "JOB"),
    page("print-job-file", "401 409 404 404 403 404 404 404", "JOB"),
    page("bulk-runs", "401 200 200 200 403 200 200 200"),
    call("POST", "bulk-runs", "401 400 403 400 403 403 400 400", action="hold", codes=["CODE"]),
    page("bulk-run", "401 200 200 404 403 404 200 404", "RUN"),
    page("bulk-run-rows", "401 200 200 404 403 404 200 404", "RUN"),
    page("bulk-run-file", "401 200 200 404 403 404 200 404", "RUN"),
    call("POST", "bulk-run-execute", "401 200 200 404 403 404 200 404", "RUN"),
    call("POST", "bulk-run-remove", "401 409 403 404 403 404 409 404", "RUN", codes=["CODE"]),
    call("POST", "bulk-run-cancel", "401 200 403 404 403 404 200 404", "RUN"),
    call("POST", "bulk-run-retry", "401 409 403 404 403 404 409 404", "RUN"),
    call("POST", "bulk-run-undo", "401 409 403 404 403 404 409 404", "RUN"),
    page("events", "401 200 200 200 403 200 200 200"),
    page("orders", "401 200 200 200 403 200 200 200"),
    call("POST", "orders", "401 400 403 400 403 400 400 400"),
    page("order-counts", "401 200 200 200 403 200 200 200"),
    page("order-export", "401 200 200 200 403 403 200 200"),
    page("order", "401 200 200 404 403 200 200 404", "CODE"),
    call("PATCH", "order", "401 412 403 404 403 412 412 404", "CODE", version=STALE, notes="x"),
    page("order-events", "401 200 200 404 403 200 200 404", "CODE"),
    call("POST", "order-undo", "401 412 412 404 412 412 412 404", "CODE", version=STALE),
    call("POST", "order-assign", "401 412 403 404 403 403 412 404", "CODE", version=STALE, driver_id="DRIVER"),
    call("POST", "order-switch", "401 412 403 404 403 403 412 404", "CODE", version=STALE, driver_id="DRIVER"),
    call("POST", "order-unassign", "401 412 403 404 403 403 412 404", "CODE", version=STALE, reason="x"),
    call("POST", "order-accept", "401 403 403 404 412 403 403 404", "CODE", version=STALE),
    call("POST", "order-reject", "401 403 403 404 412 403 403 404", "CODE", version=STALE, reason="x"),
    call("POST", "order-self-assign", "401 403 403 404 412 403 403 404", "CODE", version=STALE),
    call("POST", "order-self-unassign", "401 403 403 404 412 403 403 404", "CODE", version=STALE, reason="x"),
    call("POST", "order-confirm", "401 412 403 404 403 412 412 404", "CODE", version=STALE),
    call("POST", "order-arrive", "401 412 403 404 412 403 412 404", "CODE", version=STALE),
    call("POST", "order-fail-attempt", "401 412 403 404 412 403 412 404", "CODE", version=STALE, reason="x"),
    call("POST", "order-try-again", "401 412 403 404 412 403 412 404", "CODE", version=STALE),
    call("POST", "order-withdraw-attempt", "401 412 403 404 412 403 412 404", "CODE", version=STALE),
    call("POST", "order-add-proof", "401 412 403 404 412 403 412 404", "CODE", version=STALE),
    call("POST", "order-raise-exception", "401 412 403 404 412 403 412 404", "CODE", version=STALE, reason="x"),
    call("POST", "order-settle-exception", "401 412 403 404 403 403 412 404", "CODE", version=STALE, status="closed"),
    call("POST", "order-note", "401 412 403 404 412 403 412 404", "CODE", version=STALE, note="x"),
    call("POST", "order-unlock-pin", "401 412 403 404 403 403 412 404", "CODE", version=STALE),
    page("order-pin", "401 404 403 404 403 403 404 404", "CODE"),
    call("POST", "order-proofs", "401 415 403 404 403 403 415 404", "CODE"),
    page("order-proof", "401 200 200 404 403 200 200 404", "CODE", "PROOF", "thumbnail"),
    call("POST", "own-order-proofs", "401 403 403 403 415 403 403 403", "CODE"),
    page("own-order-proof", "401 403 403 403 200 403 403 403", "CODE", "PROOF", "file"),
    page("order-offers", "401 200 403 404 403 403 200 404", "CODE"),
    call("POST", "order-offers", "401 412 403 404 403 403 412 404", "CODE", version=STALE),
    call("DELETE", "order-offers", "401 409 403 404 403 403 409 404", "CODE"),
    page("own-offers", "401 403 403 403 200 403 403 403"),
    call("POST", "own-offer-accept", "401 403 403 403 404 403 403 403", "0"),
    call("POST", "own-offer-reject", "401 403 403 403 404 403 403 403", "0"),
    page("order-candidates", "401 200 403 404 403 403 200 404", "CODE"),
    page("roads-way", "401 200 200 200 403 200 200 200", query="points=47.1,9.5;47.2,9.6"),
    page("exceptions", "401 200 200 200 403 200 200 200"),
    page("exception-figures", "401 200 200 200 403 200 200 200"),
    page("routes", "401 200 200 200 403 200 200 200"),
    call("POST", "routes", "401 400 403 400 403 403 400 400", name="Lane"),
    page("route", "401 200 200 404 403 404 200 404", "ROUTE"),
    page("route-events", "401 200 200 404 403 404 200 404", "ROUTE"),
    call("PATCH", "route", "401 412 403 404 403 404 412 404", "ROUTE", version=STALE, name="Lane"),
    call("DELETE", "route", "401 409 403 404 403 404 409 404", "ROUTE"),
    call("POST", "route-switch-driver", "401 412 403 404 403 404 412 404", "ROUTE", version=STALE, driver_id=None),
    call("POST", "route-deactivate", "401 412 403 404 403 404 412 404", "ROUTE", version=STALE),
    call("POST", "route-reactivate", "401 412 403 404 403 404 412 404", "ROUTE", version=STALE),
    call("POST", "route-open-session", "401 412 403 404 403 404 412 404", "ROUTE", version=STALE),
    call("POST", "route-add-orders", "401 412 403 404 403 403 412 404", "ROUTE", version=STALE, codes=["CODE"]),
    page("route-sessions", "401 200 200 200 403 200 200 200"),
    page("route-session", "401 200 200 404 403 404 200 404", "SESSION"),
    page("session-events", "401 200 200 404 403 404 200 404", "SESSION"),
    *(
        call("POST", f"route-session-{name}", "401 412 403 404 403 404 412 404", "SESSION", version=STALE, **body)
        for name, body in SESSION_ACTS.items()
    ),
    page("own-sessions", "401 403 403 403 200 403 403 403"),
    *(
        call("POST", f"own-session-{name}", "401 403 403 403 412 403 403 403", "SESSION", version=STALE)
        for name in ("start", "pick-up", "depart", "complete", "undo")
    ),
    page("console:trips", "302 200 200 200 403 302 200 200"),
    page("console:trip", "302 200 200 404 403 302 200 404", "TRIP"),
    page("console:trip-new", "302 200 403 200 403 302 200 200"),
    call("POST", "console:trip-new", "401 400 403 400 403 401 400 400", type="x"),
    page("console:trip-edit", "302 200 403 404 403 302 200 404", "TRIP"),
    call("POST", "console:trip-edit", "401 412 403 404 403 401 412 404", "TRIP", version=STALE, notes="x"),
    page("console:trip-act", "302 200 403 404 403 302 200 404", "TRIP", "cancel"),
    call("POST", "console:trip-act", "401 412 403 404 403 401 412 404", "TRIP", "cancel", version=STALE),
    page("console:trip-eligible", "302 200 403 404 403 302 200 404", "TRIP"),
    page("console:trip-drivers", "302 200 403 404 403 302 200 404", "TRIP"),
    page("trips", "401 200 200 200 403 200 200 200"),
    call("POST", "trips", "401 400 403 400 403 403 400 400", type="x"),
    page("trip-run-sheet", "401 200 200 404 403 404 200 404", "TRIP"),
    page("trip", "401 200 200 404 403 404 200 404", "TRIP"),
    page("trip-events", "401 200 200 404 403 404 200 404", "TRIP"),
    call("PATCH", "trip", "401 412 403 404 403 403 412 404", "TRIP", version=STALE, notes="x"),
    call("PUT", "trip-stops", "401 412 403 404 403 403 412 404", "TRIP", version=STALE, stops=STOPS),
    call("POST", "trip-add", "401 412 403 404 403 403 412 404", "TRIP", version=STALE, codes=["CODE"]),
    call("POST", "trip-remove", "401 412 403 404 403 403 412 404", "TRIP", version=STALE, codes=["CODE"]),
    call("POST", "trip-reorder", "401 412 403 404 403 403 412 404", "TRIP", version=STALE, stops=STOPS),
    call("POST", "trip-change-driver", "401 412 403 404 403 403 412 404", "TRIP", version=STALE, driver_id="DRIVER"),
    call("POST", "trip-clear-driver", "401 412 403 404 403 403 412 404", "TRIP", version=STALE),
    call("POST", "trip-cancel", "401 412 403 404 403 403 412 404", "TRIP", version=STALE),
    page("own-trips", "401 403 403 403 200 403 403 403"),
    page("own-trip", "401 403 403 403 200 403 403 403", "TRIP"),
    page("imports", "401 200 403 200 403 403 200 200"),
    call("POST", "imports", "401 415 403 415 403 403 415 415"),
    page("import-template", "401 200 403 200 403 403 200 200"),
    page("import", "401 200 403 404 403 403 200 404", "IMPORT"),
    page("import-preview", "401 200 403 404 403 403 200 404", "IMPORT"),
    call("PUT", "import-mapping", "401 412 403 404 403 403 412 404", "IMPORT", fields={}, version=STALE),
    call("POST", "import-review", "401 412 403 404 403 403 412 404", "IMPORT", version=STALE),
    call("POST", "import-confirm", "401 412 403 404 403 403 412 404", "IMPORT", version=STALE),
    call("POST", "import-cancel", "401 412 403 404 403 403 412 404", "IMPORT", version=STALE),
    page("import-findings", "401 200 403 404 403 403 200 404", "IMPORT"),
    page("import-error-file", "401 200 403 404 403 403 200 404", "IMPORT"),
    page("collections", "401 200 403 200 200 403 200 200"),
    call("POST", "order-pick-up", "401 412 403 404 412 403 412 404", "CODE", version=STALE),
    call("POST", "order-depart", "401 412 403 404 412 403 412 404", "CODE", version=STALE),
    call("POST", "order-deliver", "401 412 403 404 412 403 412 404", "CODE", version=STALE),
    call("POST", "order-status", "401 412 403 404 403 403 412 404", "CODE", version=STALE, target="picked_up"),
    call("POST", "order-correct", "401 412 403 404 403 403 412 404", "CODE", version=STALE, target="picked_up"),
    call("POST", "order-return", "401 412 403 404 412 403 412 404", "CODE", version=STALE, reason="x"),
    call("POST", "order-stage", "401 412 403 404 412 403 412 404", "CODE", version=STALE),
    call("POST", "order-request-return", "401 412 403 404 403 412 412 404", "CODE", version=STALE, reason="x"),
    call("POST", "order-approve-return", "401 412 403 404 403 403 412 404", "CODE", version=STALE),
    call("POST", "order-reject-return", "401 412 403 404 403 403 412 404", "CODE", version=STALE, reason="x"),
    call("POST", "order-withdraw-return", "401 412 403 404 403 412 412 404", "CODE", version=STALE),
    call("POST", "order-reschedule", "401 412 403 404 403 412 412 404", "CODE", version=STALE),
    call("POST", "order-hold", "401 412 403 404 403 403 412 404", "CODE", version=STALE, reason="x"),
    call("POST", "order-release", "401 412 403 404 403 403 412 404", "CODE", version=STALE),
    call("POST", "order-cancel", "401 412 403 404 403 412 412 404", "CODE", version=STALE, reason="x"),
    call("POST", "order-reopen", "401 412 403 404 403 412 412 404", "CODE", version=STALE),
    bulk("assign", "401 200 403 400 403 403 200 400", driver_id="DRIVER"),
    bulk("switch", "401 200 403 200 403 403 200 200", driver_id="DRIVER"),
    bulk("unassign", "401 200 403 200 403 403 200 200", reason="x"),
    bulk("try-again", "401 200 403 200 403 403 200 200"),
    bulk("confirm", "401 200 403 200 403 200 200 200"),
    bulk("pick-up", "401 200 403 200 403 403 200 200"),
    bulk("depart", "401 200 403 200 403 403 200 200"),
    bulk("deliver", "401 200 403 200 403 403 200 200"),
    bulk("status", "401 200 403 200 403 403 200 200", target="picked_up"),
    bulk("return", "401 200 403 200 403 403 200 200", reason="x"),
    bulk("stage", "401 200 403 200 403 403 200 200"),
    bulk("pending", "401 200 403 200 403 403 200 200"),
    bulk("picked-up", "401 200 403 200 403 403 200 200"),
    bulk("in-transit", "401 200 403 200 403 403 200 200"),
    bulk("delivered", "401 200 403 200 403 403 200 200"),
    bulk("reassign", "401 200 403 400 403 403 200 400", driver_id="DRIVER"),
    bulk("reschedule", "401 200 403 200 403 200 200 200"),
    bulk("assign-to-route", "401 200 403 400 403 403 200 400", route_id="ROUTE_ID"),
    bulk("hold", "401 200 403 200 403 403 200 200", reason="x"),
    bulk("release", "401 200 403 200 403 403 200 200"),
    bulk("cancel", "401 200 403 200 403 200 200 200", reason="x"),
    bulk("raise-exception", "401 200 403 200 403 403 200 200", reason="x"),
    bulk("note", "401 200 403 200 403 403 200 200", note="x"),
    bulk("reopen", "401 200 403 200 403 200 200 200"),
    page("drivers", "401 200 200 200 403 403 200 200"),
    page("driver", "401 200 200 404 403 403 200 404", "DRIVER"),
    page("driver-track", "401 200 200 404 403 403 200 404", "DRIVER"),
    call("PUT", "driver-availability", "401 400 403 400 403 403 400 400", "DRIVER", online="maybe"),
    page("driver-sequence", "401 200 200 404 403 403 200 404", "DRIVER"),
    call("PUT", "driver-sequence", "401 412 403 404 403 403 412 404", "DRIVER", codes=["CODE"], version=STALE),
    call("POST", "driver-hand-over", "401 400 403 400 403 403 400 400", "DRIVER", to_driver_id="DRIVER", reason="x"),
    page("own-availability", "401 403 403 403 200 403 403 403"),
    call("PUT", "own-availability", "401 403 403 403 400 403 403 403", online="maybe"),
    page("own-orders", "401 403 403 403 200 403 403 403"),
    page("own-order", "401 403 403 403 200 403 403 403", "CODE"),
    *(
        call("POST", f"own-order-{name}", "401 403 403 403 412 403 403 403", "CODE", version=STALE)
        for name in (*ACTS, "undo")
    ),
    page("own-work", "401 403 403 403 200 403 403 403"),
    page("unclaimed-orders", "401 403 403 403 200 403 403 403"),
    page("finished-orders", "401 403 403 403 200 403 403 403"),
    call("POST", "driver-sync", "401 403 403 403 403 403 403 403"),  # dana's session is no device
    call("POST", "shift-start", "401 403 403 403 400 403 403 403", planned_end="late"),
    call("POST", "shift-end", "401 403 403 403 409 403 403 403"),
    call("PUT", "vehicle-choice", "401 403 403 403 400 403 403 403"),
    call("POST", "driver-sign-in", "400 400 400 400 400 400 400 400"),
    call("POST", "driver-sign-out", "401 403 403 403 403 403 403 403"),
    page("driver-profile", "401 403 403 403 200 403 403 403"),
    page("own-vehicles", "401 403 403 403 200 403 403 403"),
    page("own-devices", "401 403 403 403 200 403 403 403"),
    call("DELETE", "own-device", "401 403 403 403 404 403 403 403", "0"),
    page("driver-devices", "401 200 403 404 403 403 200 404", "DRIVER"),
    call("DELETE", "driver-device", "401 404 403 404 403 403 404 404", "DRIVER", "0"),
    call("POST", "driver-positions", "401 403 403 403 400 403 403 403", positions="none"),
    page("driver-osmand", "400 400 400 400 400 400 400 400"),
    call("POST", "driver-osmand", "400 400 400 400 400 400 400 400", device_id="nobody"),
    # Waybills
    page("console:waybills", "302 200 200 200 403 302 200 200"),
    page("console:waybill", "302 200 200 404 403 302 200 404", "WAYBILL"),
    page("console:waybill-new", "302 200 403 200 403 302 200 200"),
    call("POST", "console:waybill-new", "401 400 403 400 403 401 400 400"),
    page("console:waybill-edit", "302 409 403 404 403 302 409 404", "WAYBILL"),
    call("POST", "console:waybill-edit", "401 412 403 404 403 401 412 404", "WAYBILL", version=STALE, notes="x"),
    page("console:waybill-act", "302 200 403 404 403 302 200 404", "WAYBILL", "cancel"),
    call("POST", "console:waybill-act", "401 412 403 404 403 401 412 404", "WAYBILL", "cancel", version=STALE),
    page("console:waybill-eligible", "302 200 403 404 403 302 200 404", "WAYBILL"),
    page("console:waybill-drivers", "302 200 403 404 403 302 200 404", "WAYBILL"),
    page("waybills", "401 200 200 200 403 200 200 200"),
    call("POST", "waybills", "401 400 403 400 403 403 400 400"),
    page("waybill-manifest", "401 200 200 404 403 404 200 404", "WAYBILL"),
    page("waybill", "401 200 200 404 403 404 200 404", "WAYBILL"),
    page("waybill-events", "401 200 200 404 403 404 200 404", "WAYBILL"),
    call("PATCH", "waybill", "401 412 403 404 403 403 412 404", "WAYBILL", version=STALE, notes="x"),
    call("POST", "waybill-proofs", "401 415 403 404 403 403 415 404", "WAYBILL"),
    page("waybill-picture", "401 200 200 404 403 404 200 404", "WAYBILL", "PICTURE", "thumbnail"),
    page("waybill-eligible", "401 200 403 404 403 403 200 404", "WAYBILL"),
    *(
        call("POST", f"waybill-{name}", "401 412 403 404 403 403 412 404", "WAYBILL", version=STALE, **body)
        for name, body in WAYBILL_ACTS.items()
    ),
    page("own-waybills", "401 403 403 403 200 403 403 403"),
    page("own-waybill", "401 403 403 403 200 403 403 403", "WAYBILL"),
    call("POST", "own-waybill-proofs", "401 403 403 403 415 403 403 403", "WAYBILL"),
    page("own-waybill-picture", "401 403 403 403 200 403 403 403", "WAYBILL", "PICTURE", "file"),
    *(
        call("POST", f"own-waybill-{name}", "401 403 403 403 412 403 403 403", "WAYBILL", version=STALE)
        for name in ("pick-up", "depart", "receive")
    ),
    # Last, because the session is over after it
    form("sign-out", "302 302 302 302 302 302 302 302"),
]


def stored_picture(order: Order, driver: Driver) -> UUID:
    """A photo that the order's driver uploaded."""
    proof, _ = proofs.upload(order, make_driver_actor(driver), kind="photo", stage="delivery", data=make_picture())
    return proof.pk


class World:
    """One order of team North with everything around it, and the eight people who look at it."""

    def __init__(self) -> None:
        tenant, elsewhere = make_tenant(name="Ours"), make_tenant(name="Theirs")
        north, south = make_team(tenant, name="North"), make_team(tenant, name="South")
        customer = make_customer(tenant, team=north)
        members = {
            "alice": make_member(tenant, RoleKind.DISPATCHER),
            "bob": make_member(tenant, RoleKind.OBSERVER),
            "charlie": make_member(tenant, RoleKind.DISPATCHER, teams=[south]),
            "dana": make_member(tenant, RoleKind.DRIVER),
            "tina": make_member(tenant, RoleKind.TENANT_ADMIN),
            "olga": make_member(elsewhere, RoleKind.DISPATCHER),
        }
        driver = make_driver(tenant, user=members["dana"].user, all_teams=False)
        driver.teams.add(north)
        service = make_service(tenant, team=north)
        self.order = make_order(
            tenant, status="assigned", driver=driver, customer_id=customer.pk, service_id=service.pk
        )
        view = SavedView.objects.create(tenant=tenant, user=members["alice"].user, name="Mine")
        session, _ = make_session(tenant, orders=0, route=make_route(tenant, driver=driver, team_id=north.pk))
        trip = make_trip(tenant, driver=driver)
        Trip.objects.filter(pk=trip.pk).update(team=north)
        waybill = make_waybill(tenant, driver_id=driver.pk)
        Waybill.objects.filter(pk=waybill.pk).update(team=north, status="sealed")
        self.places = {
            "CODE": self.order.code,
            "PLAN": str(make_plan_run(tenant, actor_id=members["alice"].user_id).number),
            "JOB": str(make_print_job(tenant, actor_id=members["alice"].user_id).pk),
            "RUN": str(make_bulk_run(tenant, actor_id=members["alice"].user_id).number),
            "CUSTOMER": str(customer.pk),
            "IMPORT": make_import(tenant, actor_id=members["alice"].user_id).label,
            "DRIVER": str(driver.pk),
            "PICTURE": str(make_waybill_proof(waybill, actor=make_driver_actor(driver)).pk),
            "PROOF": str(stored_picture(self.order, driver)),
            "ROUTE": session.route.label,
            "ROUTE_ID": str(session.route_id),
            "SERVICE": str(service.pk),
            "SESSION": session.label,
            "TRIP": trip.label,
            "VIEW": str(view.pk),
            "WAYBILL": waybill.label,
            "WAREHOUSE": str(make_warehouse(tenant).pk),
            "ZONE": str(make_zone(tenant).pk),
        }
        self.clients = {"nobody": Client(raise_request_exception=False)}
        for name, member in members.items():
            self.clients[name] = Client(raise_request_exception=False)
            self.clients[name].force_login(member.user)
        _, secret = make_key(tenant, RoleKind.PARTNER, customer=customer)
        self.clients["paul"] = Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False)

    def ask(self, person: str, row: Row) -> int:
        address = reverse(row.name, args=[self.places.get(part, part) for part in row.args])
        body = {name: self.filled(value) for name, value in row.body.items()}
        client = self.clients[person]
        if row.method == "GET":
            query = row.query
            for place in ("SERVICE", "CODE"):
                query = query.replace(place, self.places[place])
            return client.get(f"{address}?{query}").status_code
        if not row.is_form:
            accept = {"accept": "application/json"}
            return client.generic(row.method, address, json.dumps(body), "application/json", headers=accept).status_code
        return client.generic(row.method, address, urlencode(body), content_type=FORM).status_code

    def filled(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.filled(part) for part in value]
        return self.places.get(value, value) if isinstance(value, str) else value


@pytest.fixture
def world() -> World:
    cache.clear()  # readiness would find the heartbeat of a worker there
    return World()


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_gets_what_the_table_says_and_nothing_changes(world, person):
    before = (Event.objects.count(), Order.objects.get().version)
    position = PEOPLE.index(person)
    surprises = [
        f"{row}: {status} instead of {row.expected.split()[position]}"
        for row in TABLE
        if (status := world.ask(person, row)) != int(row.expected.split()[position])
    ]
    assert not surprises, "\n".join(surprises)
    assert (Event.objects.count(), Order.objects.get().version) == before


def test_every_address_stands_in_the_table():
    listed = {(row.method, row.name) for row in TABLE}
    missing = sorted(set(addresses(get_resolver())) - listed)
    assert not missing, f"Say in the table who gets what from: {missing}"
    assert not listed - set(addresses(get_resolver())), "The table names addresses that are gone."


def test_the_admin_is_closed_to_everybody_but_administrators(world):
    for address in admin_addresses():
        statuses = {person: world.clients[person].get(address).status_code for person in PEOPLE if person != "tina"}
        assert statuses.pop("nobody") == 302, address
        assert statuses.pop("paul") == 302, address  # a key is no session
        assert set(statuses.values()) == {403}, address
    assert world.clients["tina"].get(reverse("admin:index")).status_code == 200


# Reading the addresses


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, str]]:
    """(method, name) of every address outside of the admin."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = ":".join(filter(None, [namespace, pattern.namespace]))
            if inner != "admin":
                yield from addresses(pattern, inner)
        else:
            name = f"{namespace}:{pattern.name}" if namespace else str(pattern.name)
            yield from ((method, name) for method in methods_of(pattern))


def methods_of(pattern: URLPattern) -> list[str]:
    view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
    if view is None or issubclass(view, RedirectView):
        return ["GET"]
    if issubclass(view, ProcessFormView):
        return ["GET", "POST"]  # its PUT is only another name for POST
    offered = [name for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)]
    return [name.upper() for name in offered if name in view.http_method_names]


def admin_addresses() -> Iterator[str]:
    """Every address of the admin, with a made-up id where one is wanted."""
    for pattern in admin.site.urls[0]:
        for inner in pattern.url_patterns if isinstance(pattern, URLResolver) else [pattern]:
            if inner.name == "app_list":
                yield reverse("admin:app_list", args=["core"])
            elif inner.name:
                yield reverse(f"admin:{inner.name}", args=["1"] * inner.pattern.regex.groups)
