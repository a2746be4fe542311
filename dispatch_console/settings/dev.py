"""Development: embedded services unless the environment names others, and helpful error pages."""

from dispatch_console.embedded import paths
from dispatch_console.settings import env
from dispatch_console.settings.base import *  # noqa: F403
from dispatch_console.settings.base import (
    BASE_DIR,
    DATABASE_URL,
    LOGGING,
    REDIS_URL,
    ROADS_PROVIDERS,
    caches,
    channel_layers,
)

DEBUG = env.flag("DEBUG", default=True)
SECRET_KEY = env.text("SECRET_KEY", "development only: nobody may rely on this key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", default=("*",))

DATABASES = {"default": env.database(DATABASE_URL or paths.database_url())}

# `manage.py dev` sets this when no Redis server can be found: the web process then does the work itself.
WORKER_IN_PROCESS = env.flag("WORKER_IN_PROCESS", default=False)
REDIS_URL = REDIS_URL or ("" if WORKER_IN_PROCESS else paths.redis_url())
CHANNEL_LAYERS = channel_layers(REDIS_URL)
CACHES = caches(REDIS_URL)
CELERY_BROKER_URL = env.celery_broker(REDIS_URL) or "memory://"
# Kombu asks its in-memory queue once a second by default.
CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.05} if WORKER_IN_PROCESS else {}

# The demo region is driven on its own streets: the worker builds the graphs at the first start, in a few seconds.
ROADS_PROVIDER = env.choice("ROADS_PROVIDER", default="osrm", options=ROADS_PROVIDERS)
ROADS_DIR = env.text("ROADS_DIR", str(paths.run_directory() / "roads"))
ROADS_EXTRACT = env.text(
    "ROADS_EXTRACT", str(BASE_DIR / "dispatch_console" / "region" / "data" / "source" / "liechtenstein.osm.pbf")
)

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# Lines for a person at a terminal, on which several processes write.
LOGGING["handlers"]["console"]["formatter"] = env.choice("LOG_FORMAT", default="text", options=("json", "text"))
# A refusal (409, 404) is an answer, not trouble.
LOGGING["loggers"]["django.request"] = {"level": "ERROR"}
PROCESS_NAME = env.text("PROCESS_NAME", "manage.py")
LOGGING["formatters"]["text"]["format"] = (
    f"%(asctime)s %(levelname)-7s {PROCESS_NAME} %(name)s [%(request_id)s] %(message)s"
)
