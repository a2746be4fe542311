"""The drawer shows what happened at the door: pictures, the PIN, failed attempts and the cash."""

from decimal import Decimal

import pytest

from dispatch_console.core.permissions import RoleKind
from orders import commands, proofs
from orders.actions import Arrive, Deliver, FailAttempt, PickUp
from orders.actions.pin import pin_of
from orders.models import Order, Proof
from orders.states import Stage, Status
from tests import factories
from tests.console.browserless import Console

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    tenant = factories.make_tenant()
    policy = factories.make_policy(tenant, pickup_photo=True, delivery_photo=True, delivery_pin=True)
    service = factories.make_service(tenant, policy=policy, name="Express")
    return factories.make_order(
        tenant,
        status=Status.ASSIGNED,
        driver=factories.make_driver(tenant, name="Lea Beck"),
        service_id=service.pk,
        payer="receiver",
        payment_method="cod",
        cod_amount=Decimal("48.20"),
        delivery_fee=Decimal("9.50"),
    )


def drawer(order: Order, role: str = RoleKind.DISPATCHER) -> str:
    console = Console(factories.make_member(order.tenant, role))
    response = console.get(f"/console/orders/{order.code}/", headers={"X-Requested-With": "fetch"})
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_drawer_tells_the_story_of_the_door(order: Order) -> None:
    driver = factories.make_driver_actor(order.driver)

    def act(action):
        return commands.perform(action, code=order.code, actor=driver)

    def photo(stage):
        return str(proofs.upload(order, driver, kind="photo", stage=stage, data=factories.make_picture())[0].pk)

    before = drawer(order)
    assert "asks for a photo at the pickup and a photo and the receiver's PIN at the door" in before.replace(
        "&#x27;", "'"
    )
    assert "57.70" in before
    assert "48.20" in before
    act(PickUp(proof_ids=(photo(Stage.PICKUP),)))
    act(Arrive())
    act(FailAttempt(reason="Nobody at home", note="Rang twice"))
    failed = drawer(order)
    assert "Attempt failed: Nobody at home." in failed
    assert 'data-order-action="try-again"' in failed
    assert pin_of(order) in failed
    assert "Delivery PIN" not in drawer(order, RoleKind.OBSERVER)
    act(Deliver(pin=pin_of(order), proof_ids=(photo(Stage.DELIVERY),), collected="50", collected_reason="No change"))
    done = drawer(order)
    assert done.count("<img src=") == 2
    assert f"/api/v1/orders/{order.code}/proofs/" in done
    assert "Delivery PIN" not in done
    assert "was due: “No change”" in done
    assert "Rang twice" in done


def test_a_dispatcher_adds_a_picture_through_the_dialog(order: Order) -> None:
    anybody = factories.make_actor(order.tenant)
    commands.perform(PickUp(note="Seen"), code=order.code, actor=anybody)
    console = Console(factories.make_member(order.tenant))
    dialog = console.get(f"/console/orders/{order.code}/actions/add-proof/").content.decode()
    assert f'data-upload="/api/v1/orders/{order.code}/proofs/"' in dialog
    photo = factories.make_proof(order, stage=Stage.PICKUP)
    response = console.act(order.code, "add-proof", stage="pickup", proof_ids=[str(photo.pk)])
    assert response.status_code == 200, response.content
    assert response.json()["message"] == f"{order.code}: proof of pickup added."
    assert Proof.objects.get(pk=photo.pk).act == "add-proof"
    assert not Order.objects.get().proof_missing
