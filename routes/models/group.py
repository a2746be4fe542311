"""What waybills, trips and route sessions have in common: a label, notes, a version and one stream of events each."""

from typing import Any, ClassVar, Self

from django.db import models

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Team, Tenant
from dispatch_console.core.scoping import TeamScopedQuerySet
from orders import groups
from orders.states import GroupKind


class GroupQuerySet(TeamScopedQuerySet):
    """Drivers see the groups they drive, customers none; everybody else those of their teams."""

    def visible_to(self, actor: Actor) -> Self:
        if actor.customer_id is not None:  # a group may carry the orders of others
            return self.none()
        rows = super().visible_to(actor)
        return rows if actor.driver_id is None else rows.filter(driver_id=actor.driver_id)

    def heard_by(self, actor: Actor) -> Self:
        """The groups an actor hears of: those of their teams, deleted ones too; drivers and customers hear of none."""
        if actor.customer_id is not None or actor.driver_id is not None or not actor.may("orders.view"):
            return self.none()
        return TeamScopedQuerySet.visible_to(self, actor)


class Group(models.Model):
    """Base of the groups. They change only through `routes.commands`; every change raises `version` by one.

    `label` is what people say (`WB00001`); `Order.held_by` names it while the group holds the order.
    """

    KIND: ClassVar[GroupKind]
    team_id: int | None

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    label = models.CharField(max_length=24)
    notes = models.CharField(max_length=2000, blank=True)
    created_by = models.CharField(max_length=160, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def held_by(self) -> str:
        return groups.held_by(self.KIND, self.label)

    @property
    def words(self) -> str:
        """For sentences: `waybill WB00012`."""
        return groups.words(self.held_by)

    def member_codes(self) -> list[str]:
        """The codes of the orders that the group holds now."""
        raise NotImplementedError

    def snapshot(self, names: list[str]) -> dict[str, Any]:
        """The named columns as plain values, for the event row."""
        return {name: getattr(self, self._meta.get_field(name).attname) for name in names}  # type: ignore[union-attr]
