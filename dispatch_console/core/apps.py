"""Registers the basement: tenancy, places, the event log and the plumbing every app stands on."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "dispatch_console.core"
    label = "core"
    verbose_name = "Organisation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from dispatch_console.core import checks, migration_history  # noqa: F401  registers the checks
