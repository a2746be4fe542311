"""Registers the console: pages, fragments and the live hub."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "dispatch_console.console"
    label = "console"
