"""Tests: cheap passwords, an in-memory channel layer, embedded services unless the environment names others."""

from dispatch_console.embedded import paths
from dispatch_console.settings import env
from dispatch_console.settings.base import *  # noqa: F403
from dispatch_console.settings.base import API_REQUESTS_PER_MINUTE, DATABASE_URL, REDIS_URL, STORAGES, channel_layers

SECRET_KEY = "tests only"  # noqa: S105
ALLOWED_HOSTS = ["*"]

# The services start later (tests/conftest.py): their addresses are known before.
EMBEDDED_DATABASE, EMBEDDED_REDIS = not DATABASE_URL, not REDIS_URL
DATABASES = {"default": env.database(DATABASE_URL or paths.database_url(paths.test_run_directory()))}
REDIS_URL = REDIS_URL or paths.redis_url(paths.test_run_directory())

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CHANNEL_LAYERS = channel_layers("")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_BROKER_URL = "memory://"
STORAGES = {**STORAGES, "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

# Lock-out has its own tests, which switch it on.
AXES_ENABLED = False

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True

# Every test signs in from the same address.
API_REQUESTS_PER_MINUTE = {**API_REQUESTS_PER_MINUTE, "sign-in": 0}
