"""Counts beside the list: each obeys all other filters, ignores its own, and says when it is a lower bound."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dispatch_console.core import clock
from dispatch_console.core.errors import Invalid
from dispatch_console.core.permissions import PERMISSIONS
from orders import commands
from orders import counts as counting
from orders.actions import Cancel, Hold
from orders.attention import ATTENTION_WORDS
from orders.counts import counts
from orders.filters import STATUS_GROUPS
from orders.models import Order
from orders.selectors import filtered_orders, order_page
from orders.states import OrderType, Status
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def actor(tenant):
    return factories.make_actor(tenant, permissions=frozenset(PERMISSIONS))


@pytest.fixture
def orders(tenant, actor):
    """Orders of several types in several states, some of them worth a look."""
    shop, cafe = factories.make_customer(tenant, name="Shop"), factories.make_customer(tenant, name="Café")
    service = factories.make_service(tenant)
    factories.make_order(factories.make_tenant())

    def make(customer, order_type, status=None, **over):
        fields = {"customer_id": customer.pk, "service_id": service.pk, "order_type": order_type, **over}
        return factories.make_order(tenant, status=status, **fields)

    cash = {"payer": "receiver", "payment_method": "cod"}
    make(shop, "delivery")
    make(shop, "delivery", **cash, cod_amount=Decimal("10.50"))
    make(shop, "pickup", "assigned", **cash, cod_amount=Decimal("4.25"))
    make(cafe, "pickup", "in_transit")
    make(cafe, "on_demand", "delivered", **cash, cod_amount=Decimal("99.00"))
    make(cafe, "on_demand", "cancelled")
    late = make(cafe, "delivery")
    Order.objects.filter(pk=late.pk).update(due_at=clock.now() - timedelta(minutes=1))
    commands.perform(Hold(reason="Wait"), code=make(shop, "delivery").code, actor=actor)
    out = make(cafe, "on_demand", "picked_up")
    commands.perform(Cancel(reason="No"), code=out.code, actor=actor)
    return shop, cafe


FILTER_SETS = [
    {},
    {"type": "delivery"},
    {"type": "delivery,pickup", "status": "open"},
    {"status": "done"},
    {"status": "unassigned"},
    {"attention": "any"},
    {"attention": "held,late", "type": "delivery"},
    {"attention": "package_with_driver"},
    {"search": "shop"},
    {"search": "shop", "status": "moving", "attention": "late"},
    {"payment_method": "cod", "status": "pending,delivered"},
    {"driver": "none"},
]


@pytest.mark.parametrize("params", FILTER_SETS, ids=str)
def test_each_count_is_the_length_of_the_list_it_would_show(actor, orders, params):
    found = counts(actor, params)

    def length(**change: str) -> int:
        asked = {name: value for name, value in {**params, **change}.items() if value}
        return filtered_orders(actor, asked).count()

    assert found["queues"] == {"all": length(type="")} | {kind: length(type=kind) for kind in OrderType.values}
    by_status = {status: length(status=status) for status in [*Status.values, *STATUS_GROUPS]}
    by_reason = {word: length(attention=word) for word in ATTENTION_WORDS}
    assert found["statuses"] == by_status | by_reason
    assert found["total"] == length() == order_page(actor, params).total
    assert not found["capped"]
    assert not found["total_is_capped"]


def test_cash_to_collect_is_that_of_open_orders_under_all_filters(actor, orders):
    assert counts(actor, {})["cod_to_collect"] == "14.75"
    assert counts(actor, {"type": "pickup"})["cod_to_collect"] == "4.25"
    assert counts(actor, {"status": "delivered"})["cod_to_collect"] == "0.00"


def test_counting_takes_the_same_few_queries_whatever_is_asked(actor, orders, django_assert_max_num_queries):
    for params in FILTER_SETS:
        with django_assert_max_num_queries(5):
            counts(actor, params)


def test_closed_orders_are_counted_up_to_a_cap_and_say_so(actor, tenant, monkeypatch):
    monkeypatch.setattr(counting, "COUNT_CAP", 2)
    service, customer = factories.make_service(tenant), factories.make_customer(tenant)
    for status in ("delivered", "delivered", "delivered", "cancelled", None):
        factories.make_order(tenant, status=status, service_id=service.pk, customer_id=customer.pk)
    whole = counts(actor, {})
    assert whole["statuses"]["delivered"] == 2
    assert whole["statuses"]["cancelled"] == 1
    assert whole["statuses"]["pending"] == 1
    assert whole["at_least"] == {"queues": ["all", "on_demand"], "statuses": ["delivered", "done"]}
    assert whole["capped"]
    assert whole["total_is_capped"]
    assert not counts(actor, {"status": "open"})["total_is_capped"]
    narrowed = counts(actor, {"customer": str(customer.pk)})
    assert "delivered" in narrowed["at_least"]["statuses"]
    assert narrowed["statuses"]["delivered"] <= 3


def test_counts_are_refused_like_the_list(actor):
    with pytest.raises(Invalid):
        counts(actor, {"status": "gone"})
    with pytest.raises(Invalid):
        counts(actor, {"colour": "red"})


def test_the_api_and_the_console_tell_the_same_counts(tenant, actor, orders, client):
    member = factories.make_member(tenant)
    client.force_login(member.user)
    shown = client.get("/console/counts/", {"type": "delivery"}, headers={"Accept": "application/json"})
    told = Api(tenant).get("orders/counts/", type="delivery")
    assert shown.status_code == told.status_code == 200
    assert shown.json() == told.json() == counts(actor, {"type": "delivery"})
    wrong = client.get("/console/counts/", {"type": "x"}, headers={"Accept": "application/json"})
    assert "type" in refusal(wrong, 400)["details"]["fields"]
