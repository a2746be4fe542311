"""The project package: the composition root, the core app, the console and the demo region."""

from dispatch_console.celery import app as celery_app

__all__ = ["celery_app"]
