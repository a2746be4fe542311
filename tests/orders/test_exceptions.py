"""What goes wrong with an order: raised by its driver or the office, settled by the office, seen until it is."""

import pytest

from dispatch_console.core.errors import Forbidden, Invalid, NotVisible, Refused
from dispatch_console.core.models import Event
from orders import commands
from orders.actions import AddNote, RaiseException, SettleException
from orders.attention import attention_condition
from orders.models import Order, Reason
from orders.rows import rows_for
from orders.states import ExceptionStage, ReasonKind, Status
from tests import factories
from tests.orders.api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def dispatcher(tenant):
    return factories.make_actor(tenant)


def act(action, order, actor):
    return commands.perform(action, code=order.code, actor=actor).order


def test_a_driver_raises_an_exception_and_the_order_is_marked_until_it_is_settled(tenant, dispatcher):
    driver = factories.make_driver(tenant)
    order = factories.make_order(tenant, status=Status.IN_TRANSIT, driver=driver)
    act(RaiseException(reason="Damage", note="One corner is open"), order, factories.make_driver_actor(driver))

    assert rows_for([order.pk])[order.pk]["attention"] == "exception"
    exception = order.exceptions.get()
    assert (exception.stage, exception.driver, exception.status) == (ExceptionStage.IN_TRANSIT, driver, "pending")

    act(SettleException(status="escalated", note="The shop must say"), order, dispatcher)
    settled = act(SettleException(status="resolved", resolution="redelivered"), order, dispatcher)
    exception.refresh_from_db()
    assert (exception.status, exception.resolution, exception.settled_by) == (
        "resolved",
        "redelivered",
        dispatcher.label,
    )
    assert settled.open_exceptions == 0
    assert settled.status == Status.IN_TRANSIT
    kinds = Event.objects.filter(object_id=order.pk).order_by("version").values_list("kind", flat=True)
    assert list(kinds)[-3:] == ["order.exception_raised", "order.exception_settled", "order.exception_settled"]


def test_the_company_says_which_types_there_are(tenant, dispatcher):
    Reason.objects.create(tenant=tenant, kind=ReasonKind.EXCEPTION, label="Breakdown")
    order = factories.make_order(tenant)
    with pytest.raises(Invalid, match="Choose one of: Breakdown") as refusal:
        act(RaiseException(reason="Meteor"), order, dispatcher)
    assert refusal.value.code == "unknown_type"
    assert act(RaiseException(reason="Breakdown"), order, dispatcher).open_exceptions == 1


def test_resolving_says_how_and_closing_says_why(tenant, dispatcher):
    order = factories.make_order(tenant)
    act(RaiseException(reason="Weather"), order, dispatcher)
    with pytest.raises(Invalid, match="Say how it was resolved"):
        act(SettleException(status="resolved"), order, dispatcher)
    with pytest.raises(Invalid, match="Note why"):
        act(SettleException(status="closed"), order, dispatcher)
    act(SettleException(status="closed", note="It stopped raining"), order, dispatcher)
    with pytest.raises(Refused, match="has no open exception"):
        act(SettleException(status="pending"), order, dispatcher)


def test_with_two_open_exceptions_one_is_named(tenant, dispatcher):
    order = factories.make_order(tenant)
    for kind in ("Delay", "Damage"):
        act(RaiseException(reason=kind), order, dispatcher)
    with pytest.raises(Invalid, match="several open exceptions"):
        act(SettleException(status="escalated"), order, dispatcher)
    damage = order.exceptions.get(type="Damage")
    assert (
        act(SettleException(status="closed", note="Was old", exception_id=damage.pk), order, dispatcher).open_exceptions
        == 1
    )
    elsewhere = factories.make_order(tenant)
    act(RaiseException(reason="Delay"), elsewhere, dispatcher)
    foreign = SettleException(status="escalated", exception_id=elsewhere.exceptions.get().pk)
    with pytest.raises(Invalid, match="no such exception"):
        act(foreign, order, dispatcher)


def test_a_driver_neither_settles_nor_sees_the_orders_of_others(tenant):
    driver = factories.make_driver(tenant)
    mine = factories.make_order(tenant, status=Status.ASSIGNED, driver=driver)
    actor = factories.make_driver_actor(driver)
    act(RaiseException(reason="Breakdown"), mine, actor)
    with pytest.raises(Forbidden):
        act(SettleException(status="resolved", resolution="continued"), mine, actor)
    with pytest.raises(NotVisible):
        act(RaiseException(reason="Breakdown"), factories.make_order(tenant), actor)


def test_a_note_changes_nothing_but_the_history(tenant, dispatcher):
    order = factories.make_order(tenant)
    noted = act(AddNote(note="Call from the gate"), order, dispatcher)
    assert noted.version == order.version + 1
    event = Event.objects.get(object_id=order.pk, version=noted.version)
    assert (event.note, event.data["after"]) == ("Call from the gate", {})
    with pytest.raises(Invalid, match="Write the note"):
        act(AddNote(note=" "), order, dispatcher)


def test_orders_with_an_open_exception_are_found_and_counted(tenant, dispatcher):
    order = factories.make_order(tenant)
    factories.make_order(tenant)
    act(RaiseException(reason="Delay"), order, dispatcher)
    condition = attention_condition("exception", now=order.created_at, late_risk_minutes=15)
    assert list(Order.objects.filter(condition)) == [order]


def test_the_api_lists_counts_and_settles_exceptions(tenant):
    api = Api(tenant)
    late, broken = factories.make_order(tenant), factories.make_order(tenant)
    foreign = factories.make_order(factories.make_tenant())
    act(RaiseException(reason="Delay"), foreign, factories.make_actor(foreign.tenant))
    for order, reason in ((late, "Delay"), (broken, "Damage")):
        assert api.post(f"orders/{order.code}/raise-exception/", {"reason": reason}).status_code == 200
    body = {"status": "resolved", "resolution": "refunded"}
    assert api.post(f"orders/{broken.code}/settle-exception/", body).status_code == 200

    assert [row["order"] for row in api.get("exceptions/").json()["results"]] == [broken.code, late.code]
    assert [row["type"] for row in api.get("exceptions/?status=pending,escalated").json()["results"]] == ["Delay"]
    counted = {"total": 2, "pending": 1, "escalated": 0, "resolved": 1, "closed": 0, "resolved_share": 50}
    assert api.get("exceptions/figures/").json() == counted
    assert api.get(f"orders/{broken.code}/").json()["exceptions"][0]["resolution"] == "refunded"
