"""The identifier under which a tracker app on a driver's phone reports."""

import secrets

from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet
from drivers.models.driver import Driver

# Typed by hand on a phone: no letter or digit that looks like another one. 20 of 31 are 99 bits.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH = 20
PREFIX_LENGTH = 4


def new_identifier() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


class Tracker(models.Model):
    """Lets a phone tracker that speaks the OsmAnd protocol (such as Traccar Client) report for one driver.

    It can report positions and nothing else. Only the digest is stored: whoever reads this table can report for nobody.
    """

    driver = models.OneToOneField(Driver, on_delete=models.CASCADE, primary_key=True, related_name="tracker")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    prefix = models.CharField(max_length=PREFIX_LENGTH, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    issued_at = models.DateTimeField(editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["driver__name"]

    def __str__(self) -> str:
        return f"Tracker of {self.driver} ({self.prefix}…)"
