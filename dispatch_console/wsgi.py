"""HTTP for production servers that speak WSGI (several times cheaper a request than ASGI)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dispatch_console.settings.production")

application = get_wsgi_application()

from dispatch_console.core import checks  # noqa: E402  after the apps are loaded

checks.refuse_wrong_settings(serves_pages=True)
