"""HTTP and WebSockets for servers that speak ASGI."""

import os
import warnings

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dispatch_console.settings.production")

# WhiteNoise hands over an open file, and Django reads it whole in a thread: right for files of this size.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

# First of all: the routes import consumers, and those import models.
http = get_asgi_application()

from dispatch_console.celery import app as celery_app  # noqa: E402
from dispatch_console.core import checks  # noqa: E402
from dispatch_console.core.api.raw import in_front_of  # noqa: E402
from dispatch_console.embedded import worker  # noqa: E402
from dispatch_console.routing import lifespan, raw_doors, websocket_urlpatterns  # noqa: E402

checks.refuse_wrong_settings(serves_pages=True)

if settings.WORKER_IN_PROCESS:
    worker.start_in_this_process(celery_app)

application = ProtocolTypeRouter(
    {
        "http": in_front_of(http, raw_doors),
        "lifespan": lifespan,
        "websocket": URLRouter(websocket_urlpatterns),
    }
)
