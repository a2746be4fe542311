"""Registers the order engine."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "orders"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from dispatch_console.core import feed
        from orders import access
        from orders.detail import STREAM

        feed.audiences[STREAM] = access.heard
