"""Everything under /api/v1/: each app brings its own addresses, this file only mounts them."""

from django.urls import URLPattern, URLResolver, include, path

from dispatch_console.core.api import openapi  # noqa: F401 (registers the authentication schemes)
from dispatch_console.core.api.docs import ApiDocs, ApiDocument

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", ApiDocument.as_view(), name="api-schema"),
    path("docs/", ApiDocs.as_view(), name="api-docs"),
    path("", include("dispatch_console.core.api.urls")),
    path("", include("orders.api.urls")),
    path("", include("orders.api.fleet")),
    path("", include("orders.api.runs")),
    path("", include("routes.api.urls")),
    path("", include("routes.api.waybills")),
    path("", include("routes.api.trips")),
    path("", include("routes.api.papers")),
    path("", include("routes.api.routes")),
    path("", include("routes.api.sessions")),
    path("", include("routes.api.group_events")),
    path("", include("drivers.api.urls")),
]
