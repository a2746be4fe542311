"""Every address of the site: each app brings its own, this file only mounts them."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from dispatch_console.core import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("dispatch_console.console.pages.accounts")),
    path("", include("dispatch_console.console.pages.drive")),
    path("console/", include("dispatch_console.console.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("dispatch_console.api_urls")),
]

# Under /api/ these answer in the error shape, elsewhere with the pages 400.html to 500.html.
handler400 = "dispatch_console.core.api.errors.bad_request"
handler403 = "dispatch_console.core.api.errors.permission_denied"
handler404 = "dispatch_console.core.api.errors.not_found"
handler500 = "dispatch_console.core.api.errors.server_error"
