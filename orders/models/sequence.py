"""The sequence in which a driver works off the orders, as a dispatcher left it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models import Driver


class RunSequence(models.Model):
    """`order_ids` in the order they are to be worked off; `version` rises by one with every change.

    It is a wish about the future, not a list of work: ids of orders that are done or have left the driver stay in it
    and mean nothing, and an order that is not in it comes last (see `orders.sequence`).
    """

    driver = models.OneToOneField(Driver, on_delete=models.CASCADE, primary_key=True, related_name="run_sequence")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    order_ids = ArrayField(models.BigIntegerField(), default=list)
    version = models.PositiveIntegerField(default=0)

    objects = VisibleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"driver {self.driver_id}: {len(self.order_ids)} orders, v{self.version}"
