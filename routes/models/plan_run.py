"""Plan runs: trips worked out for a set of orders and drivers, looked at, and then applied or thrown away."""

from typing import Any

from django.db import models

from dispatch_console.core.actor import ActorKind, Source
from dispatch_console.core.models import Tenant
from dispatch_console.core.scoping import StoredWorkQuerySet


class PlanKind(models.TextChoices):
    BUILD = "build", "Build trips"
    INSERT = "insert", "Insert orders"
    RESEQUENCE = "resequence", "Re-sequence stops"


class PlanState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    READY = "ready", "Ready"
    APPLIED = "applied", "Applied"
    TAKEN_BACK = "taken_back", "Taken back"
    DISCARDED = "discarded", "Discarded"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


AT_WORK = (PlanState.WAITING, PlanState.RUNNING)


class PlanRun(models.Model):
    """One planning. It changes no order; applying it does, through the commands of trips.

    `codes` and `driver_ids` are what it is about, `options` how (`routes.plans.wishes.Options`). `progress` is
    {share, iterations, cost, drivers, unplanned} while it runs, `result` what `routes.plans.telling` writes. `basis`
    is what it was made on: {"orders": {code: version}, "work": {driver id: [codes]}, "trips": {label: version}}.
    `applied` says what applying did, to take it back (`routes.commands.plan_apply`), and what `stayed` then.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=PlanKind.choices)
    state = models.CharField(max_length=12, choices=PlanState.choices, default=PlanState.WAITING)
    codes = models.JSONField(default=list)
    driver_ids = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    progress = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    basis = models.JSONField(default=dict)
    applied = models.JSONField(default=dict)
    message = models.CharField(max_length=500, blank=True)
    stop_wanted = models.BooleanField(default=False)
    token = models.CharField(max_length=120, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=160)
    source = models.CharField(max_length=12, choices=Source.choices)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    applied_by = models.CharField(max_length=160, blank=True)

    objects = StoredWorkQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="plan_run_number_once_per_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "actor_kind", "actor_id", "token"],
                condition=~models.Q(token=""),
                nulls_distinct=False,
                name="one_plan_run_per_token",
            ),
        ]
        indexes = [
            models.Index(fields=["heartbeat_at"], condition=models.Q(state__in=AT_WORK), name="plan_run_at_work"),
        ]

    def __str__(self) -> str:
        return f"Plan {self.number}"

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def planned_trips(self) -> list[dict[str, Any]]:
        """The drivers' parts of the result that applying would write."""
        return [part for part in (self.result or {}).get("drivers", []) if part["changes"]]
