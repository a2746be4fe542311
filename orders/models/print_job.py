"""Large files to print, made in the background and kept for a while."""

import uuid

from django.db import models

from dispatch_console.core.actor import Actor, ActorKind
from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import VisibleQuerySet


class PrintState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    SUCCESS = "success", "Ready"
    FAILED = "failed", "Failed"


class PrintJobQuerySet(VisibleQuerySet):
    def visible_to(self, actor: Actor) -> "PrintJobQuerySet":
        """A file shows what its maker may see: nobody else gets it."""
        return super().visible_to(actor).filter(actor_kind=actor.kind, actor_id=actor.id)


class PrintJob(models.Model):
    """One file; `order_ids` in the sequence they are printed in, `used` fields of the first sheet are left free.

    The file is removed at `expires_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    form = models.CharField(max_length=20)
    paper = models.CharField(max_length=20, blank=True)
    used = models.PositiveSmallIntegerField(default=0)
    order_ids = models.JSONField(default=list)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=160)
    key = models.CharField(max_length=120, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=PrintState.choices, default=PrintState.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    file = models.FileField(upload_to="prints/%Y/%m/%d/", blank=True)
    size = models.PositiveIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    objects = PrintJobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "actor_kind", "actor_id", "key"],
                condition=~models.Q(key=""),
                nulls_distinct=False,
                name="one_print_job_per_key",
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="print_job_by_end")]

    def __str__(self) -> str:
        return f"{self.form} of {self.total} orders"
