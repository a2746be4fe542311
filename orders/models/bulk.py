"""Bulk runs: one action on many orders, and what became of each."""

from django.db import models

from dispatch_console.core.actor import ActorKind, Source
from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import StoredWorkQuerySet


class BulkState(models.TextChoices):
    VALIDATING = "validating", "Being checked"
    VALIDATED = "validated", "Checked"
    RUNNING = "running", "Running"
    SUCCESS = "success", "Done"
    PARTIAL = "partial", "Partly done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class RowOutcome(models.TextChoices):
    WAITING = "waiting", "Waiting"
    POSSIBLE = "possible", "Can be done"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    SKIPPED = "skipped", "Not tried"


AT_WORK = (BulkState.VALIDATING, BulkState.RUNNING)
OVER = (BulkState.SUCCESS, BulkState.PARTIAL, BulkState.FAILED, BulkState.CANCELLED)


class BulkRun(models.Model):
    """One action on a fixed list of orders.

    A run is checked first (`validating`, `validated`: nothing is written but what the check found) and then carried
    out row by row. `number` counts the company's runs and names it in the orders' history. `token` is the idempotency
    key it was made with. `worker` and `heartbeat_at` are the lease of the process that works on it: when the heartbeat
    stops, another one goes on. `retry_of` and `undo_of` name the run whose rows these are.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveBigIntegerField()
    action = models.CharField(max_length=40)
    label = models.CharField(max_length=160)
    params = models.JSONField(default=dict)
    filters = models.CharField(max_length=2000, blank=True)
    token = models.CharField(max_length=120, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=12, choices=BulkState.choices, default=BulkState.VALIDATING)
    stop_wanted = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    possible = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=160)
    source = models.CharField(max_length=12, choices=Source.choices)
    retry_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="retries")
    undo_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="undos")
    worker = models.CharField(max_length=36, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = StoredWorkQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="bulk_run_number_once_per_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "actor_kind", "actor_id", "token"],
                condition=~models.Q(token=""),
                nulls_distinct=False,
                name="one_bulk_run_per_token",
            ),
        ]
        indexes = [
            models.Index(fields=["heartbeat_at"], condition=models.Q(state__in=AT_WORK), name="bulk_run_at_work"),
        ]

    def __str__(self) -> str:
        return f"Bulk run {self.number}"

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK


class BulkRow(models.Model):
    """What became of one code. A failed row changed nothing; `error_code` is stable, `message` is for a person.

    `version` is the order's at the check, `version_after` and `status` those after it was done, `event_id` the event
    it made. In a run that undoes another, `undoes` is the event to take back.
    """

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField()
    code = models.CharField(max_length=24)
    outcome = models.CharField(max_length=10, choices=RowOutcome.choices, default=RowOutcome.WAITING)
    error_code = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=600, blank=True)
    version = models.PositiveIntegerField(null=True)
    version_after = models.PositiveIntegerField(null=True)
    status = models.CharField(max_length=12, blank=True)
    event_id = models.BigIntegerField(null=True)
    undoes = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["run", "position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="one_bulk_row_per_position")]
        indexes = [models.Index(fields=["run", "outcome", "position"], name="bulk_row_by_outcome")]

    def __str__(self) -> str:
        return f"{self.code}: {self.outcome}"
