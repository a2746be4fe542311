"""Registers drivers, their vehicles and their positions."""

from django.apps import AppConfig


class DriversConfig(AppConfig):
    name = "drivers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from dispatch_console.core import feed
        from drivers import selectors
        from drivers.commands import STREAM

        feed.audiences[STREAM] = selectors.heard
