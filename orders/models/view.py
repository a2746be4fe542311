"""Saved views: a person's named filters, columns and sorting."""

from django.conf import settings
from django.db import models

from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet


class SavedView(models.Model):
    """`query` is the filter part of the console's address; `columns` is the table's column state."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    queue = models.CharField(max_length=16, blank=True)
    query = models.CharField(max_length=2000, blank=True)
    columns = models.JSONField(default=list)
    is_default = models.BooleanField(default=False)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user", "queue", "name"], name="view_name_once_per_user"),
            models.UniqueConstraint(
                fields=["tenant", "user", "queue"],
                condition=models.Q(is_default=True),
                name="one_default_view_per_queue",
            ),
        ]

    def __str__(self) -> str:
        return self.name
