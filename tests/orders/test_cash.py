"""Cash on collection: which rows an act creates, what takes them back, and a ledger that adds up."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.permissions import PERMISSIONS, RoleKind
from orders import cash, commands
from orders.actions import ChangeStatus, Correct, Deliver, Depart, PickUp
from orders.models import Collection, LedgerEntry, Order
from orders.states import CollectionStatus, Payer, PaymentMethod, Status
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db

CASES = {
    # payer, method, goods, fee -> what is collected at the pickup and at the dropoff, as (goods, fee)
    "sender pays the fee in cash": ((Payer.SENDER, PaymentMethod.CASH, "0", "9.50"), ("0.00", "9.50"), None),
    "sender pays the fee, receiver the goods": (
        (Payer.SENDER, PaymentMethod.COD, "48.20", "9.50"),
        ("0.00", "9.50"),
        ("48.20", "0.00"),
    ),
    "receiver pays both": ((Payer.RECEIVER, PaymentMethod.COD, "48.20", "9.50"), None, ("48.20", "9.50")),
    "receiver pays the fee in cash": ((Payer.RECEIVER, PaymentMethod.CASH, "0", "9.50"), None, ("0.00", "9.50")),
    "goods with a free delivery": ((Payer.RECEIVER, PaymentMethod.COD, "48.20", "0"), None, ("48.20", "0.00")),
    "paid by account": ((Payer.SENDER, PaymentMethod.ACCOUNT, "0", "9.50"), None, None),
    "paid by card": ((Payer.RECEIVER, PaymentMethod.CARD, "0", "9.50"), None, None),
}


class Run:
    """One order in a driver's hands, with its money."""

    def __init__(self, payer=Payer.RECEIVER, method=PaymentMethod.COD, goods="48.20", fee="9.50", **over):
        self.tenant = over.pop("tenant", None) or factories.make_tenant()
        self.driver = factories.make_driver(self.tenant)
        self.order = factories.make_order(
            self.tenant,
            status=Status.ASSIGNED,
            driver=self.driver,
            payer=payer,
            payment_method=method,
            cod_amount=Decimal(goods),
            delivery_fee=Decimal(fee),
            **over,
        )
        self.driving = factories.make_driver_actor(self.driver)
        self.anybody = factories.make_actor(self.tenant, permissions=frozenset(PERMISSIONS) - {"work.own"})

    def act(self, action, actor=None):
        self.order = commands.perform(action, code=self.order.code, actor=actor or self.driving).order
        return self.order

    def split(self, stage):
        found = Collection.objects.filter(order=self.order, stage=stage).exclude(status="void").first()
        return None if found is None else (str(found.goods), str(found.fee))

    def holds(self):
        """What the driver has to hand over, told the same by rows and ledger."""
        assert cash.to_remit(self.driver.pk) == cash.balance(self.driver.pk)
        return str(cash.to_remit(self.driver.pk))


@pytest.mark.parametrize("name", CASES)
def test_completing_an_order_creates_the_collections_its_payment_asks_for(name):
    terms, at_pickup, at_dropoff = CASES[name]
    run = Run(*terms)
    run.act(PickUp())
    assert (run.split("pickup"), run.split("dropoff")) == (at_pickup, None)
    run.act(Deliver())
    assert (run.split("pickup"), run.split("dropoff")) == (at_pickup, at_dropoff)
    assert all(row.status == "collected" and row.amount == row.goods + row.fee for row in Collection.objects.all())
    parts = [part for split in (at_pickup, at_dropoff) if split for part in split]
    assert run.holds() == str(sum(map(Decimal, parts), Decimal("0.00")))
    in_cash = terms[1] in (PaymentMethod.COD, PaymentMethod.CASH)
    assert run.order.payment_status == ("paid" if in_cash else "pending")


def test_skipping_ahead_by_correction_collects_what_the_skipped_stages_ask_for():
    run = Run(Payer.SENDER)
    run.act(ChangeStatus(target=Status.DELIVERED, note="Told by phone"), run.anybody)
    assert (run.split("pickup"), run.split("dropoff")) == (("0.00", "9.50"), ("48.20", "0.00"))


def test_another_amount_than_what_is_due_needs_a_reason_and_is_flagged():
    run = Run()
    run.act(PickUp())
    with pytest.raises(Invalid) as error:
        run.act(Deliver(collected="50.00"))
    assert error.value.code == "reason_required"
    assert "57.70 is due and 50.00 was collected" in error.value.message
    for nonsense in ("-1", "NaN", "1e9", "12.345", "much"):
        with pytest.raises(Invalid):
            run.act(Deliver(collected=nonsense, collected_reason="x"))
    run.act(Deliver(collected="50.00", collected_reason="Had no more change"))
    row = Collection.objects.get()
    assert (str(row.goods), str(row.fee), str(row.due), row.differs) == ("48.20", "1.80", "57.70", True)
    assert (run.order.status, run.order.payment_status) == (Status.DELIVERED, "pending")
    assert run.holds() == "50.00"


def test_cash_where_none_is_due_is_refused():
    run = Run(Payer.SENDER, PaymentMethod.ACCOUNT, "0")
    with pytest.raises(Invalid):
        run.act(PickUp(collected="5.00", collected_reason="Tip"))
    run.act(PickUp(collected="0.00"))
    assert not Collection.objects.exists()


def test_taking_a_delivery_back_voids_its_collection_and_delivering_again_collects_anew():
    run = Run(Payer.SENDER)
    for action in (PickUp(), Depart(), Deliver()):
        run.act(action)
    assert run.holds() == "57.70"
    commands.undo(code=run.order.code, actor=run.driving)
    assert (run.split("pickup"), run.split("dropoff"), run.holds()) == (("0.00", "9.50"), None, "9.50")
    assert Order.objects.get().payment_status == "pending"
    run.act(Deliver())
    assert run.holds() == "57.70"
    run.act(Correct(target=Status.ASSIGNED, note="Never picked up"), run.anybody)
    assert (run.split("pickup"), run.split("dropoff"), run.holds()) == (None, None, "0.00")
    kinds = list(LedgerEntry.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == ["collected", "collected", "voided", "collected", "voided", "voided"]
    assert Collection.objects.filter(status="void", voided_at__isnull=False).count() == 3


def test_a_delivery_whose_cash_was_handed_over_can_no_longer_be_taken_back():
    run = Run()
    run.act(PickUp())
    run.act(Deliver())
    Collection.objects.update(status=CollectionStatus.REMITTED, remitted_at=run.order.updated_at)
    before = Order.objects.get()
    with pytest.raises(Refused) as error:
        commands.undo(code=run.order.code, actor=run.driving)
    assert error.value.code == "cash_handed_over"
    assert "already remitted" in error.value.message
    assert (Order.objects.get().version, Order.objects.get().status) == (before.version, Status.DELIVERED)


def test_the_ledger_can_only_grow_and_the_database_holds_the_rules_of_a_collection():
    run = Run()
    run.act(PickUp())
    run.act(Deliver())
    row = Collection.objects.get()
    wrong = [
        lambda: LedgerEntry.objects.update(amount=1),
        lambda: LedgerEntry.objects.all().delete(),
        lambda: Collection.objects.update(goods=1),
        lambda: Collection.objects.update(amount=-1, goods=-1, fee=0),
        lambda: Collection.objects.update(status="remitted"),
        lambda: Collection.objects.update(remitted_at=row.collected_at),
        lambda: Collection.objects.create(
            tenant=run.tenant, order=run.order, driver=run.driver, customer=row.customer, stage="dropoff",
            amount=1, goods=1, fee=0, due=1, collected_at=row.collected_at, collected_by="x",
        ),
        lambda: LedgerEntry.objects.create(
            tenant=run.tenant, driver=run.driver, account="cash", kind="collected", amount=1,
            cause=LedgerEntry.objects.get().cause, actor_label="x", created_at=row.collected_at,
        ),
    ]  # fmt: skip
    for write in wrong:
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            write()
    assert run.holds() == "57.70"


def test_dispatchers_read_all_collections_drivers_their_own_and_strangers_none():
    run = Run()
    other = Run(tenant=run.tenant)
    for each in (run, other):
        each.act(PickUp())
        each.act(Deliver(collected="60.00", collected_reason="Kept the change") if each is other else Deliver())
    office = Api(run.tenant)
    rows = office.get("collections/").json()["results"]
    assert [row["order"] for row in rows] == [other.order.code, run.order.code]
    assert {name: rows[1][name] for name in ("amount", "goods", "fee", "stage", "status", "differs")} == {
        "amount": "57.70",
        "goods": "48.20",
        "fee": "9.50",
        "stage": "dropoff",
        "status": "collected",
        "differs": False,
    }
    assert [row["order"] for row in office.get("collections/", differs="true").json()["results"]] == [other.order.code]
    assert office.get("collections/", driver=str(run.driver.pk), status="collected").json()["total"] == 1
    refusal(office.get("collections/", colour="red"), 400)
    user = factories.make_user()
    run.driver.user = user
    run.driver.save()
    driver = Api(run.tenant, RoleKind.DRIVER, membership=factories.make_member(run.tenant, RoleKind.DRIVER, user=user))
    assert [row["order"] for row in driver.get("collections/").json()["results"]] == [run.order.code]
    assert Api(factories.make_tenant()).get("collections/").json()["total"] == 0
    refusal(Api(run.tenant, RoleKind.PARTNER).get("collections/"), 403)
