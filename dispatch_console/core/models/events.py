"""The append-only event log, and the head of each tenant's numbered live stream."""

from django.db import models
from django.utils.functional import cached_property

from dispatch_console.core.actor import ActorKind, Source
from dispatch_console.core.models.tenancy import Team, Tenant
from dispatch_console.core.scoping import TeamScopedQuerySet


class Event(models.Model):
    """One change that happened. The database refuses to delete it, or to change it but for its stream number.

    `number` is null until the sequencer (`core.stream`) gives it the tenant's next number after commit: numbers are
    consecutive per tenant and never appear out of order, however late a transaction commits.
    `data` holds `input` (what was asked), `before` and `after` (fields that changed), and `undoes` (an event id).
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    number = models.BigIntegerField(null=True)
    stream = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    object_code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=160)
    source = models.CharField(max_length=12, choices=Source.choices)
    source_id = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=2000, blank=True)
    data = models.JSONField(default=dict)
    key = models.CharField(max_length=120, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    objects = TeamScopedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["stream", "object_id", "version"], name="one_event_per_object_version"),
            models.UniqueConstraint(
                fields=["tenant", "actor_kind", "actor_id", "key"],
                condition=~models.Q(key=""),
                nulls_distinct=False,
                name="one_event_per_idempotency_key",
            ),
            models.UniqueConstraint(
                fields=["tenant", "number"], condition=models.Q(number__isnull=False), name="one_event_per_number"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(number__isnull=True), name="event_waiting_for_number"),
            models.Index(fields=["tenant", "actor_kind", "actor_id", "-id"], name="event_by_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_code} v{self.version}"

    @property
    def source_words(self) -> str:
        """Where it came from, with the number of the run or group it belongs to."""
        word = Source(self.source).label if self.source in Source.values else self.source
        return f"{word} {self.source_id}".strip()

    @cached_property
    def changes(self) -> list[dict[str, object]]:
        """Field by field: name, before, after."""
        before, after = self.data.get("before", {}), self.data.get("after", {})
        return [{"field": name, "before": before.get(name), "after": after[name]} for name in after]


class StreamHead(models.Model):
    """The last number given in a tenant's stream; its row lock is what makes numbering one at a time."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, primary_key=True, related_name="+")
    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.tenant_id} at {self.number}"
