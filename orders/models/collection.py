"""Cash: what a driver collected for which order, and the ledger that every movement of it is written into."""

from django.db import models
from django.db.models import F, Q

from dispatch_console.core.models import Customer, Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models import Driver
from orders.models.order import Order
from orders.states import CashStage, CollectionStatus, LedgerAccount, LedgerKind


def _money() -> models.DecimalField:
    return models.DecimalField(max_digits=10, decimal_places=2)


def _status_and_times() -> Q:
    """Each status has its own time, and no other one's."""
    times = {
        CollectionStatus.REMITTED: "remitted_at",
        CollectionStatus.SETTLED_BY_WALLET: "settled_at",
        CollectionStatus.VOID: "voided_at",
    }
    found = Q(status=CollectionStatus.COLLECTED, **{f"{column}__isnull": True for column in times.values()})
    for status, own in times.items():
        found |= Q(status=status, **{f"{column}__isnull": column != own for column in times.values()})
    return found


class Collection(models.Model):
    """Cash that a driver took for one order at one end, split into goods and delivery fee.

    `amount` is what the driver took, `due` what the order asked for; where they differ, `difference_reason` says why.
    `void` is a collection that never was: its pickup or delivery was taken back before the cash was handed over.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="collections")
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, related_name="collections")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    stage = models.CharField(max_length=8, choices=CashStage.choices)
    status = models.CharField(max_length=18, choices=CollectionStatus.choices, default=CollectionStatus.COLLECTED)
    amount = _money()
    goods = _money()
    fee = _money()
    due = _money()
    difference_reason = models.CharField(max_length=200, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    notes = models.CharField(max_length=500, blank=True)
    collected_by = models.CharField(max_length=160)
    collected_at = models.DateTimeField()
    remitted_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["-collected_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "stage"],
                condition=~Q(status=CollectionStatus.VOID),
                name="one_collection_per_order_and_stage",
            ),
            models.CheckConstraint(name="collection_amount_is_its_parts", condition=Q(amount=F("goods") + F("fee"))),
            models.CheckConstraint(
                name="collection_not_negative", condition=Q(amount__gte=0, goods__gte=0, fee__gte=0, due__gt=0)
            ),
            models.CheckConstraint(
                name="collection_difference_has_a_reason", condition=Q(amount=F("due")) | ~Q(difference_reason="")
            ),
            models.CheckConstraint(name="collection_status_and_times", condition=_status_and_times()),
        ]
        indexes = [
            models.Index(fields=["tenant", "-collected_at", "-id"], name="collection_newest"),
            models.Index(
                fields=["driver"], condition=Q(status=CollectionStatus.COLLECTED), name="collection_with_driver"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.order_id} at {self.stage}"

    @property
    def differs(self) -> bool:
        return bool(self.amount != self.due)

    @property
    def is_short(self) -> bool:
        return bool(self.amount < self.due)


class LedgerEntry(models.Model):
    """One movement on a driver's account. The database refuses to change or delete it.

    `amount` is signed: what a driver collects raises the cash account, what is handed over lowers it. A balance is the
    sum of its rows. `cause` names what moved the money and is unique, so nothing is booked twice.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    driver = models.ForeignKey(Driver, on_delete=models.PROTECT, related_name="ledger")
    account = models.CharField(max_length=8, choices=LedgerAccount.choices)
    kind = models.CharField(max_length=20, choices=LedgerKind.choices)
    amount = _money()
    collection = models.ForeignKey(Collection, on_delete=models.PROTECT, null=True, related_name="entries")
    cause = models.CharField(max_length=80)
    actor_label = models.CharField(max_length=160)
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "cause"], name="one_ledger_entry_per_cause"),
            models.CheckConstraint(name="ledger_entry_moves_something", condition=~Q(amount=0)),
        ]
        indexes = [models.Index(fields=["driver", "account", "id"], name="ledger_of_driver")]

    def __str__(self) -> str:
        return f"{self.amount} on {self.account} of {self.driver_id}"
