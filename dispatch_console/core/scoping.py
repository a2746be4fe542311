"""Tenant scoping: the only sanctioned way from an actor to rows."""

from typing import Self

from django.db import models

from dispatch_console.core.actor import Actor


class VisibleQuerySet(models.QuerySet):
    """A queryset whose rows are reached through `visible_to(actor)`; another tenant's row is simply not there."""

    def visible_to(self, actor: Actor) -> Self:
        return self.filter(tenant_id=actor.tenant_id)


class TeamScopedQuerySet(VisibleQuerySet):
    """Rows that belong to one team or, without a team, to everybody in the tenant."""

    def visible_to(self, actor: Actor) -> Self:
        rows = super().visible_to(actor)
        if actor.team_ids is not None:
            rows = rows.filter(models.Q(team_id__isnull=True) | models.Q(team_id__in=actor.team_ids))
        return rows


class StoredWorkQuerySet(VisibleQuerySet):
    """Work on many of the company's orders, kept by who asked for it (`actor_kind`, `actor_id`): runs, imports, plans.

    Who is limited to some of the orders sees the own ones only, because the others name codes of the rest.
    """

    def visible_to(self, actor: Actor) -> Self:
        rows = super().visible_to(actor)
        return rows.filter(actor_kind=actor.kind, actor_id=actor.id) if actor.is_limited else rows
