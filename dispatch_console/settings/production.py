"""Production: everything comes from the environment; what is missing or unsafe is refused at start."""

from dispatch_console.settings import env
from dispatch_console.settings.base import *  # noqa: F403
from dispatch_console.settings.base import DATABASES, STORAGES

DEBUG = False
REQUIRE_ENVIRONMENT = True

# A pool hands out open connections; persistent connections of its own would defeat it.
DATABASES["default"].update(CONN_MAX_AGE=0)
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": env.number("DATABASE_POOL_SIZE", default=8, minimum=1, maximum=500),
    "timeout": 10,
}

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}

# Behind a proxy that ends TLS; HTTPS=off is for a trial inside a closed network only.
HTTPS = env.flag("HTTPS", default=True)
SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", default=31536000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SESSION_ENGINE = "django.contrib.sessions.backends.db"
