"""Imports under races: several workers at one job, and a colleague who writes the same references."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from dispatch_console.core.models import Event
from orders import commands
from orders.actions import NewOrder
from orders.importing import jobs, uploading, work
from orders.models import ImportJob, Order
from tests.factories import make_actor, make_customer, make_member, make_service, make_tenant, order_values

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

ROWS = 60
FIELDS = {
    "external_reference": {"column": 0, "value": ""},
    "notes": {"column": 1, "value": ""},
    **{name: {"column": None, "value": value} for name, value in {
        "customer": "Bistro", "service": "EX", "type": "delivery", "pickup_address": "Städtle 12, Vaduz",
        "dropoff_address": "Landstrasse 98, Triesen", "payer": "sender", "payment_method": "account", "unit_size": "1",
    }.items()},
}  # fmt: skip


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> ImportJob:
    """An import of sixty rows that only has to be run."""
    monkeypatch.setattr(work, "BATCH", 10)
    monkeypatch.setattr(jobs, "AT_ONCE", 0)
    tenant = make_tenant()
    make_customer(tenant, name="Bistro")
    make_service(tenant, code="EX")
    member = make_member(tenant)
    actor = make_actor(tenant, id=member.user_id)
    content = "Reference,Notes\n" + "".join(f"R{number},x\n" for number in range(ROWS))
    job, _ = uploading.upload(actor, SimpleUploadedFile("orders.csv", content.encode()))
    jobs.map_columns(actor, job.label, asked={"fields": FIELDS, "finds_places": False}, version=None)
    jobs.review(actor, job.label, version=None)
    work.carry_on(job.pk)
    jobs.confirm(actor, job.label, version=None)
    return ImportJob.objects.get(pk=job.pk)


def together(*acts: Callable[[], Any]) -> None:
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        try:
            barrier.wait(10)
            act()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_workers_that_all_take_the_same_run_create_every_order_once(ready):
    # Each believes that the others are dead: their leases have run out before they began.
    def take(job: ImportJob, worker: str) -> bool:
        return bool(ImportJob.objects.filter(pk=job.pk, state=job.state).update(worker=worker))

    original, work._take = work._take, take
    try:
        together(*[lambda: work.carry_on(ready.pk)] * 3)
        work.carry_on(ready.pk)
    finally:
        work._take = original
    ready.refresh_from_db()
    assert (ready.state, ready.created, ready.held) == ("done", ROWS, 0)
    references = Order.objects.filter(tenant=ready.tenant).values_list("external_reference", flat=True)
    assert sorted(references) == sorted(f"R{number}" for number in range(ROWS))
    assert Event.objects.filter(tenant=ready.tenant, kind="order.created").count() == ROWS


def test_who_creates_the_same_references_by_hand_meanwhile_gets_each_of_them_once(ready):
    tenant = ready.tenant
    actor = make_actor(tenant)

    def by_hand() -> None:
        for number in range(ROWS - 1, 0, -7):
            values = order_values(tenant, external_reference=f"R{number}")
            try:
                commands.create(NewOrder(type="on_demand", values=values), actor=actor)
            except commands.DomainError as refusal:
                assert refusal.code == "duplicate_reference"  # noqa: PT017

    together(lambda: work.carry_on(ready.pk), by_hand)
    ready.refresh_from_db()
    assert ready.state == "done"
    assert ready.created + ready.held == ROWS
    references = list(Order.objects.filter(tenant=tenant).values_list("external_reference", flat=True))
    assert sorted(references) == sorted(f"R{number}" for number in range(ROWS))
