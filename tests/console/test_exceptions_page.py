"""The page of exceptions: tabs that count, filters in the address, and only what the person may see."""

import re

import pytest

from orders import commands
from orders.actions import RaiseException, SettleException
from tests import factories
from tests.console.browserless import Console

pytestmark = pytest.mark.django_db


def tabs(text: str) -> dict[str, int]:
    return {word.strip(): int(count) for word, count in re.findall(r">([A-Z]\w+) <span class=\"count\">(\d+)<", text)}


def test_tabs_count_every_status_and_show_only_what_the_person_may_see():
    tenant = factories.make_tenant()
    console, actor = Console(factories.make_member(tenant)), factories.make_actor(tenant)
    orders = [factories.make_order(tenant) for _ in range(3)]
    for order in orders:
        commands.perform(RaiseException(reason="Delay"), code=order.code, actor=actor)
    resolved = SettleException(status="resolved", resolution="continued")
    commands.perform(resolved, code=orders[0].code, actor=actor)
    foreign = factories.make_order(factories.make_tenant())
    commands.perform(RaiseException(reason="Lost"), code=foreign.code, actor=factories.make_actor(foreign.tenant))

    text = console.get("/console/exceptions/").content.decode()
    assert tabs(text) == {"All": 3, "Open": 2, "Pending": 2, "Escalated": 0, "Resolved": 1, "Closed": 0}
    assert "33 %" in text
    assert text.count("data-order=") == 3

    text = console.get("/console/exceptions/?status=resolved").content.decode()
    assert f'data-order="{orders[0].code}"' in text
    assert f'data-order="{orders[1].code}"' not in text
    assert tabs(text)["Pending"] == 2
    assert "No exception fits" in console.get("/console/exceptions/?status=closed").content.decode()
    assert "The whole list is shown" in console.get("/console/exceptions/?status=nonsense").content.decode()


def test_the_dialog_settles_the_exception_that_was_clicked_and_offers_only_steps_that_change_it():
    tenant = factories.make_tenant()
    console, actor = Console(factories.make_member(tenant)), factories.make_actor(tenant)
    order = factories.make_order(tenant)
    for reason in ("Delay", "Damage"):
        commands.perform(RaiseException(reason=reason), code=order.code, actor=actor)
    delay, damage = order.exceptions.order_by("pk")
    dialog = f"/console/orders/{order.code}/actions/settle-exception/"

    for clicked in (delay, damage):
        text = console.get(f"{dialog}?about={clicked.pk}").content.decode()
        assert re.findall(r'<option value="(\d+)" selected>', text) == [str(clicked.pk)]
    assert 'value="pending"' not in text

    escalate = SettleException(status="escalated", exception_id=damage.pk)
    commands.perform(escalate, code=order.code, actor=actor)
    assert 'value="pending"' in console.get(dialog).content.decode()
