"""Creating many orders at once is creating them one by one, only faster."""

from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch_console.core import stream
from dispatch_console.core.errors import DomainError
from dispatch_console.core.models import Event
from orders import batches, commands
from orders.actions import NewOrder
from orders.batches import Wanted, create_many
from orders.models import Order
from tests.factories import (
    make_actor,
    make_customer,
    make_driver,
    make_service,
    make_team,
    make_tenant,
    make_warehouse,
    make_zone,
    order_values,
    square,
)

pytestmark = pytest.mark.django_db

RELATIONS = ("customer", "service", "team", "pickup_warehouse", "dropoff_warehouse", "pickup_zone", "dropoff_zone")
OWN = {"id", "tenant", "created_at", "updated_at", "due_at", "search_text"}


class Company:
    """One of two equal companies: what differs is only the ids."""

    def __init__(self) -> None:
        self.tenant = make_tenant(order_prefix="X-")
        team = make_team(self.tenant, name="Valley")
        self.actor = make_actor(self.tenant)
        make_zone(self.tenant, square(9.4, 47.0, 9.6, 47.2), name="Town", code="TOWN")
        self.records = {
            "customer_id": [
                make_customer(self.tenant, name="Bistro", phone="1", team=team),
                make_customer(self.tenant, name="Gone", phone="2", is_active=False),
            ],
            "service_id": [
                make_service(self.tenant, name="Express", code="EX", max_units=5),
                make_service(self.tenant, name="Later", code="LA", promise_minutes=None, team=team),
            ],
            "warehouse_id": [make_warehouse(self.tenant, name="Hub", code="HUB")],
        }

    def new(self, plan: dict[str, Any]) -> NewOrder:
        values = order_values(self.tenant, **plan["values"], customer_id=None, service_id=None)
        for name in ("customer_id", "service_id"):
            choice = plan[name]
            values[name] = None if choice is None else self.records[name][choice].pk
        if plan["at_hub"]:
            values |= {"pickup_address": "", "pickup_warehouse_id": self.records["warehouse_id"][0].pk}
        return NewOrder(
            type=plan["type"], values=values, is_draft=plan["is_draft"], barcode=plan["barcode"], bulk_group="IMP-1"
        )


PLANS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["on_demand", "delivery"]),
        "is_draft": st.booleans(),
        "barcode": st.sampled_from(["", "", "B1", "B2"]),
        "customer_id": st.sampled_from([0, 0, 0, 1, None]),
        "service_id": st.sampled_from([0, 0, 1, None]),
        "at_hub": st.booleans(),
        "values": st.fixed_dictionaries(
            {"unit_size": st.sampled_from([1, 2, 9])},
            optional={
                "external_reference": st.sampled_from(["", "R1", "R2", "R3"]),
                "items": st.just([{"name": "Box", "quantity": 2}, {"name": "Bag", "quantity": 1}]),
                "dropoff_latitude": st.sampled_from([47.11, 46.0, None]),
                "payment_method": st.sampled_from(["cod", "card"]),
                "notes": st.just("Ring twice"),
            },
        ),
    }
)


def seen(order: Order) -> dict[str, Any]:
    columns = {
        field.name: getattr(order, field.attname)
        for field in Order._meta.concrete_fields
        if field.name not in OWN and not field.is_relation
    }
    names = {name: str(getattr(order, name)) if getattr(order, name) else None for name in RELATIONS}
    promised = order.due_at and round((order.due_at - order.created_at).total_seconds())
    return columns | names | {"promised": promised, "items": list(order.items.values_list("name", "quantity"))}


def history(company: Company) -> list[Any]:
    """The company's stream: numbers, codes, kinds, and what was asked without the ids."""
    stream.number_pending(company.tenant.pk)
    told = []
    for event in Event.objects.filter(tenant=company.tenant).order_by("number"):
        asked = dict(event.data["input"])
        asked["values"] = {name: value for name, value in asked["values"].items() if not name.endswith("_id")}
        after = event.data["after"]
        told.append((event.number, event.object_code, event.version, event.kind, event.source, event.key, asked, after))
    return told


def answers(results: list[Any]) -> list[Any]:
    return [
        (type(result).__name__, result.code, result.message)
        if isinstance(result, DomainError)
        else (result.order.code, result.warnings, result.is_replay)
        for result in results
    ]


def one_by_one(company: Company, wanted: list[Wanted]) -> list[Any]:
    results: list[Any] = []
    for one in wanted:
        try:
            results.append(commands.create(one.new, actor=company.actor, key=one.key))
        except DomainError as refusal:
            results.append(refusal)
    return results


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans=st.lists(PLANS, min_size=1, max_size=8))
def test_a_batch_creates_what_single_commands_create(db, plans):
    singly, together = Company(), Company()
    keys = [f"row-{place}" for place in range(len(plans))]
    expected = one_by_one(singly, [Wanted(singly.new(p), key) for p, key in zip(plans, keys, strict=True)])
    checked = batches.check_many([together.new(plan) for plan in plans], actor=together.actor)
    assert not Order.objects.filter(tenant=together.tenant).exists()
    results = create_many(
        [Wanted(together.new(p), key) for p, key in zip(plans, keys, strict=True)], actor=together.actor
    )
    assert answers(results) == answers(expected)
    assert [isinstance(each, DomainError) for each in checked] == [isinstance(each, DomainError) for each in results]
    orders = [Order.objects.filter(tenant=company.tenant).order_by("id") for company in (singly, together)]
    assert [seen(order) for order in orders[1]] == [seen(order) for order in orders[0]]
    assert history(together) == history(singly)


def test_a_repeated_batch_answers_again_and_creates_nothing():
    company = Company()
    plan = {"type": "on_demand", "is_draft": False, "barcode": "", "customer_id": 0, "service_id": 0, "at_hub": False}
    wanted = [Wanted(company.new(plan | {"values": {"external_reference": name}}), f"k-{name}") for name in ("a", "b")]
    first = create_many(wanted, actor=company.actor)
    again = create_many(wanted, actor=company.actor)
    assert [result.order.code for result in again] == [result.order.code for result in first]
    assert all(result.is_replay for result in again)
    other = [Wanted(replace(wanted[0].new, is_draft=True), "k-a")]
    assert create_many(other, actor=company.actor)[0].code == "idempotency_key_reused"
    assert Order.objects.filter(tenant=company.tenant).count() == 2


def test_a_reference_taken_in_the_last_moment_costs_only_its_own_row(monkeypatch):
    company = Company()
    plan = {"type": "on_demand", "is_draft": False, "barcode": "", "customer_id": 0, "service_id": 0, "at_hub": False}
    news = [company.new(plan | {"values": {"external_reference": name}}) for name in ("a", "b", "c")]
    commands.create(news[1], actor=company.actor)
    # What was gathered is older than the other writer's order.
    monkeypatch.setattr(batches.Gathered, "holder_of_reference", lambda self, order: None)
    results = create_many([Wanted(new) for new in news], actor=company.actor)
    assert [getattr(result, "code", "") for result in results if isinstance(result, DomainError)] == [
        "duplicate_reference"
    ]
    assert set(Order.objects.filter(tenant=company.tenant).values_list("external_reference", flat=True)) == set("abc")


def test_orders_that_take_more_than_a_row_are_created_in_their_place():
    company = Company()
    driver = make_driver(company.tenant)
    plan = {"type": "on_demand", "is_draft": False, "barcode": "", "customer_id": 0, "service_id": 0, "at_hub": False}
    plain = company.new(plan | {"values": {}})
    results = create_many(
        [Wanted(plain), Wanted(replace(plain, driver_id=driver.pk)), Wanted(plain)], actor=company.actor
    )
    assert [result.order.status for result in results] == ["pending", "assigned", "pending"]
    codes = [row[1] for row in history(company) if row[3] == "order.created"]
    assert codes == [result.order.code for result in results]


def test_results_are_kept_with_the_orders_or_nothing_is():
    company = Company()
    plan = {"type": "on_demand", "is_draft": False, "barcode": "", "customer_id": 0, "service_id": 0, "at_hub": False}

    def fail(results: list[Any]) -> None:
        raise IntegrityError("the keeper could not write")

    with pytest.raises(IntegrityError):
        create_many([Wanted(company.new(plan | {"values": {}}))], actor=company.actor, keep=fail)
    assert not Order.objects.filter(tenant=company.tenant).exists()
