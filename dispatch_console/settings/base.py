"""What development, tests and production share."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from dispatch_console.settings import env, queues

BASE_DIR = Path(__file__).resolve().parent.parent.parent

DEBUG = False
# Production must be told what development has defaults for; the system checks insist on it.
REQUIRE_ENVIRONMENT = False
SECRET_KEY = env.text("SECRET_KEY", "missing")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "daphne",
    "unfold.apps.BasicAppConfig",
    "dispatch_console.core.admin_site.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "leaflet",
    "js_lib_tabulator",
    "django_htmx",
    "template_partials",
    "axes",
    "csp",
    "dispatch_console.core",
    "drivers",
    "orders",
    "routes",
    "dispatch_console.console",
    "dispatch_console.region",
]

MIDDLEWARE = [
    "dispatch_console.core.logs.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "dispatch_console.core.middleware.StorableAddressMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dispatch_console.core.middleware.AccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "dispatch_console.console.middleware.RefusalMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "dispatch_console.console.context.frame",
            ],
        },
    },
]

ROOT_URLCONF = "dispatch_console.urls"
WSGI_APPLICATION = "dispatch_console.wsgi.application"
ASGI_APPLICATION = "dispatch_console.asgi.application"

# The one database engine

DATABASE_URL = env.text("DATABASE_URL")
DATABASES: dict[str, dict[str, Any]] = {"default": env.database(DATABASE_URL) if DATABASE_URL else {}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis: channel layer, Celery broker, cache

REDIS_URL = env.text("REDIS_URL")
WORKER_IN_PROCESS = False


def channel_layers(redis_url: str) -> dict[str, dict[str, Any]]:
    """The publish/subscribe layer: a nudge that nobody reads is dropped, never queued."""
    if not redis_url:
        return {"default": {"BACKEND": "dispatch_console.embedded.channel_layer.ThreadSafeInMemoryChannelLayer"}}
    return {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [redis_url]},
        }
    }


def caches(redis_url: str) -> dict[str, dict[str, Any]]:
    if not redis_url:
        return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    return {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url}}


CHANNEL_LAYERS = channel_layers(REDIS_URL)

# Drivers' positions reach each console in one frame per interval, encoded once for all who look on.
LIVE_POSITION_INTERVAL = env.number("LIVE_POSITION_INTERVAL_MS", default=100, minimum=10, maximum=10_000) / 1000
# Their history is dropped by whole days; what a phone delivers late is taken for 7 days.
POSITION_RETENTION_DAYS = env.number("POSITION_RETENTION_DAYS", default=30, minimum=1, maximum=3650)
# Files of imports, and what was wrong with their rows.
IMPORT_RETENTION_DAYS = env.number("IMPORT_RETENTION_DAYS", default=30, minimum=1, maximum=3650)
# What has ended of the work on many orders: the runs as such, never what they did to the orders.
IMPORT_JOB_RETENTION_DAYS = env.number("IMPORT_JOB_RETENTION_DAYS", default=365, minimum=1, maximum=3650)
BULK_RUN_RETENTION_DAYS = env.number("BULK_RUN_RETENTION_DAYS", default=180, minimum=1, maximum=3650)
PLAN_RETENTION_DAYS = env.number("PLAN_RETENTION_DAYS", default=30, minimum=1, maximum=3650)
PRINT_RETENTION_DAYS = env.number("PRINT_RETENTION_DAYS", default=2, minimum=1, maximum=3650)
CACHES = caches(REDIS_URL)

CELERY_BROKER_URL = env.celery_broker(REDIS_URL)
# A worker without `--queues` takes from both.
CELERY_TASK_QUEUES: dict[str, dict[str, Any]] = {queues.QUICK: {}, queues.LONG: {}}
CELERY_TASK_DEFAULT_QUEUE = queues.QUICK
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ROUTES = queues.ROUTES
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "worker-heartbeat": {"task": "dispatch_console.core.tasks.record_worker_heartbeat", "schedule": 5.0},
    "number-events": {"task": "dispatch_console.core.tasks.number_events", "schedule": 10.0},
    "expire-offers": {"task": "orders.tasks.expire_offers", "schedule": 5.0},
    "offer-waves": {"task": "routes.tasks.offer_waves", "schedule": 3.0, "options": {"expires": 3}},
    "automatic-rounds": {"task": "routes.tasks.automatic_rounds", "schedule": 10.0, "options": {"expires": 10}},
    "arrival-times": {"task": "routes.tasks.arrival_times", "schedule": 5.0, "options": {"expires": 5}},
    "prepare-roads": {"task": "routes.tasks.prepare_roads", "schedule": 10.0, "options": {"expires": 10}},
    "scheduled-sessions": {"task": "routes.tasks.scheduled_sessions", "schedule": 20.0, "options": {"expires": 20}},
    "resume-print-jobs": {"task": "orders.tasks.resume_print_jobs", "schedule": 60.0, "options": {"expires": 60}},
    "prune-bulk-runs": {"task": "orders.tasks.prune_bulk_runs", "schedule": 3600.0},
    "prune-print-jobs": {"task": "orders.tasks.prune_print_jobs", "schedule": 3600.0},
    "resume-bulk-runs": {"task": "orders.tasks.resume_bulk_runs", "schedule": 15.0, "options": {"expires": 15}},
    "resume-plans": {"task": "routes.tasks.resume_plans", "schedule": 20.0, "options": {"expires": 20}},
    "resume-imports": {"task": "orders.tasks.resume_imports", "schedule": 10.0, "options": {"expires": 10}},
    "prune-imports": {"task": "orders.tasks.prune_imports", "schedule": 3600.0},
    "prune-plans": {"task": "routes.tasks.prune_plans", "schedule": 3600.0},
    "prune-proofs": {"task": "orders.tasks.prune_proofs", "schedule": 3600.0},
    "prune-device-acts": {"task": "orders.tasks.prune_device_acts", "schedule": 24 * 3600.0},
    "position-days": {"task": "drivers.tasks.keep_position_days", "schedule": 3600.0},
}
WORKER_HEARTBEAT_MAX_AGE_SECONDS = 30

# How many proxies of ours stand in front and add to X-Forwarded-For: only that many entries are believed.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", default=0, maximum=10)

# People

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True

# Five failures lock the pair of account and address: a stranger cannot lock a colleague out from elsewhere.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "username"
AXES_HTTP_RESPONSE_CODE = 429
AXES_ENABLE_ADMIN = False
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# Addresses of people who sign in as they should are kept in their session list only, and go with it.
AXES_DISABLE_ACCESS_LOG = True
AXES_CLIENT_IP_CALLABLE = "dispatch_console.core.client.client_address"
AXES_LOCKOUT_CALLABLE = "dispatch_console.console.pages.accounts.locked_out"

# API

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "dispatch_console.core.api.auth.ApiKeyAuthentication",
        "dispatch_console.core.api.auth.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["dispatch_console.core.api.auth.HasActor"],
    "DEFAULT_THROTTLE_CLASSES": ["dispatch_console.core.api.throttles.ActorThrottle"],
    "EXCEPTION_HANDLER": "dispatch_console.core.api.errors.handle",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["dispatch_console.core.api.renderers.FastJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["dispatch_console.core.api.parsers.StrictJSONParser"],
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    # The answer is JSON whatever the address says: `?format=` belongs to the export.
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": TRUSTED_PROXIES,
}

# Per caller (API key, driver or user); 0 lifts a limit. A view can name a scope of its own.
API_REQUESTS_PER_MINUTE = {
    "read": env.number("API_READS_PER_MINUTE", default=3000),
    "write": env.number("API_WRITES_PER_MINUTE", default=1200),
    # Per address: a depot's drivers may begin their shifts behind one.
    "sign-in": env.number("API_SIGN_INS_PER_MINUTE", default=60),
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Dispatch Console API",
    "DESCRIPTION": "Everything the console can do, for dispatchers, driver apps and integrations.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "orders.states.Status",
        "OrderType": "orders.states.OrderType",
        "AssignmentStatus": "orders.states.AssignmentStatus",
        "DriverStatus": "drivers.models.DriverStatus",
        "VehicleKind": "drivers.models.VehicleKind",
        "ReasonKind": "orders.states.ReasonKind",
        "ActorKind": "dispatch_console.core.actor.ActorKind",
        "Stage": "orders.states.Stage",
        "CashStage": "orders.states.CashStage",
        "ProofKind": "orders.states.ProofKind",
        "PictureKind": ["photo", "signature"],
        "CollectionStatus": "orders.states.CollectionStatus",
        "ExceptionStatus": "orders.states.ExceptionStatus",
        "ExceptionStage": "orders.states.ExceptionStage",
        "Resolution": "orders.states.Resolution",
        "ReturnStatus": "orders.states.ReturnStatus",
        "OrderLeg": "orders.states.Leg",
        "Flow": "orders.states.Flow",
        "EndKind": ["address", "warehouse"],
        "OfferAnswer": "orders.models.offer.OfferAnswer",
        "SearchOutcome": "orders.models.offer.SearchOutcome",
        "DecisionAction": ["wait", "refused"],
        "ServiceLevel": "orders.models.service.ServiceLevel",
        "JudgementLevel": ["block", "warning", "info"],
        "CarrierType": "orders.states.CarrierType",
        "WaybillCarrier": [("internal", "Internal"), ("prime", "Prime"), ("external", "External")],
        "WaybillStatus": "routes.models.waybill.WaybillStatus",
        "WaybillItemOutcome": "routes.models.waybill.WaybillOutcome",
        "WaybillAssignment": ["unassigned", "intended", "assigned", "carrier"],
        "RouteStatus": ["assigned", "unassigned", "inactive"],
        "SessionStatus": "routes.models.session.SessionStatus",
        "TripStatus": "routes.models.trip.TripStatus",
        "TripType": "routes.models.trip.TripType",
        "PlanKind": "routes.models.plan_run.PlanKind",
        "PlanState": "routes.models.plan_run.PlanState",
        "StopKind": "routes.models.trip.StopKind",
        "OrderEnd": ["pickup", "dropoff"],
        "BulkState": "orders.models.bulk.BulkState",
        "BulkVerdict": "orders.models.bulk.RowOutcome",
        "PrintState": "orders.models.print_job.PrintState",
        "ScanKind": ["order", "warehouse", "product", "unknown"],
        "CorrectionTarget": ["assigned", "picked_up", "in_transit", "delivered"],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "dispatch_console.core.api.openapi.describe_errors",
    ],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# Places and maps

TILE_URL = env.text("TILE_URL")
TILE_ATTRIBUTION = env.text("TILE_ATTRIBUTION")
GEOCODER = env.choice("GEOCODER", default="region", options=("region", "nominatim"))
GEOCODER_ADDRESS_INDEX = env.text(
    "GEOCODER_ADDRESS_INDEX", str(BASE_DIR / "dispatch_console" / "region" / "data" / "addresses.json.gz")
)
NOMINATIM_URL = env.text("NOMINATIM_URL")
NOMINATIM_TIMEOUT_SECONDS = env.number("NOMINATIM_TIMEOUT_SECONDS", default=4, minimum=1, maximum=30)
NOMINATIM_USER_AGENT = env.text("NOMINATIM_USER_AGENT", "dispatch-console (self-hosted)")

# Where travel times come from: straight lines, street graphs on disk (build_roads), or a server that runs already.
ROADS_PROVIDERS = ("straight", "osrm", "osrm-server", "valhalla")
ROADS_PROVIDER = env.choice("ROADS_PROVIDER", default="straight", options=ROADS_PROVIDERS)
ROADS_URL = env.text("ROADS_URL")
ROADS_DIR = env.text("ROADS_DIR", str(BASE_DIR / "roads"))
# The worker builds the graphs of this extract by itself, and again when the file is another.
ROADS_EXTRACT = env.text("ROADS_EXTRACT")
ROADS_TIMEOUT_SECONDS = env.number("ROADS_TIMEOUT_SECONDS", default=3, minimum=1, maximum=60)
ROADS_SNAP_METRES = env.number("ROADS_SNAP_METRES", default=500, minimum=10, maximum=50_000)

LEAFLET_CONFIG: dict[str, Any] = {
    # django-leaflet asks the public OpenStreetMap server unless told otherwise.
    "TILES": [("Map", TILE_URL, {"attribution": TILE_ATTRIBUTION})] if TILE_URL else [],
    "RESET_VIEW": False,
    "NO_GLOBALS": False,
}

# What the browser may load: this site, and pictures of the configured tile server


def tile_sources(tile_url: str) -> list[str]:
    """The tile server as Content-Security-Policy sources; Leaflet's `{s}` stands for any sub-domain."""
    if not tile_url:
        return []
    parts = urlsplit(tile_url)
    host = parts.netloc.replace("{s}", "*")
    return [f"{parts.scheme}://{host}"] if host else []


CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:", *tile_sources(TILE_URL)],
        "connect-src": [SELF, *tile_sources(TILE_URL)],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# The admin's theme

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Dispatch Console",
    "SITE_HEADER": "Dispatch Console",
    "SITE_SUBHEADER": "Setup and users",
    "SITE_SYMBOL": "route",
    "SITE_URL": None,
    "SHOW_BACK_BUTTON": True,
    "SIDEBAR": {"navigation": "dispatch_console.core.admin.navigation.sidebar"},
    "ACCOUNT": {"navigation": "dispatch_console.core.admin.navigation.account_links"},
    "DASHBOARD_CALLBACK": "dispatch_console.core.admin.navigation.dashboard",
}

# Language, time, files

LANGUAGE_CODE = "en"
USE_I18N = True
FORMAT_MODULE_PATH = ["dispatch_console.core.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(BASE_DIR / "media")))
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# Logs: one JSON object per line, each with the id of the request it belongs to

LOG_LEVEL = env.choice("LOG_LEVEL", default="INFO", options=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOG_FORMAT = env.choice("LOG_FORMAT", default="json", options=("json", "text"))
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "dispatch_console.core.logs.RequestIdFilter"}},
    "formatters": {
        "json": {"()": "dispatch_console.core.logs.JsonFormatter"},
        "text": {"format": "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": LOG_FORMAT},
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Its own handler would print each line twice, without the request id.
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "axes": {"level": "WARNING"},
        # Three lines for every heartbeat; failures are errors and stay.
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
    },
}
