"""The driver's page for a phone: an installable web app that speaks to the public driver API with a token of its own.

What is served here is the same for everybody and holds no data: the shell, its manifest, and the service worker that
keeps the shell on the phone.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_control
from django.views.generic import View

from dispatch_console.console import modules

# What its modules import from the console's; a test of the page fails where one is missing.
SHARED_MODULES = ("core/bus", "core/config", "core/dom", "core/format")
STYLES = ("css/tokens.css", "css/base.css", "css/drive.css")
PICTURES = ("img/icons.svg", "img/favicon.svg", "img/drive/icon-192.png")
ICONS = (
    ("img/drive/icon.svg", "any", "image/svg+xml", "any"),
    ("img/drive/icon-192.png", "192x192", "image/png", "any"),
    ("img/drive/icon-512.png", "512x512", "image/png", "any"),
    ("img/drive/icon-maskable-512.png", "512x512", "image/png", "maskable"),
)
SHELL = "drive/shell.html"
WORKER = "drive/service_worker.js"
STATIC_SOURCE = Path(settings.BASE_DIR) / "static"
TEMPLATE_SOURCE = Path(settings.BASE_DIR) / "templates"


def own_modules() -> dict[str, str]:
    """Module name -> static file, of what the page imports."""
    found = modules.own_modules()
    return {name: found[name] for name in found if name.startswith("drive/") or name in SHARED_MODULES}


def files() -> list[str]:
    return [*STYLES, *PICTURES, *own_modules().values()]


def find_version() -> str:
    """Rises with every change of anything the phone keeps: a phone compares the worker byte by byte."""
    digest = hashlib.sha256()
    for file in files():
        digest.update(static(file).encode() + (STATIC_SOURCE / file).read_bytes())
    for template in (SHELL, WORKER):
        digest.update((TEMPLATE_SOURCE / template).read_bytes())
    return digest.hexdigest()[:12]


_kept_version = cache(find_version)


def version() -> str:
    return find_version() if settings.DEBUG else _kept_version()


class Shell(View):
    """The page without anything in it. The same bytes for everybody, but for the nonce."""

    def get(self, request: HttpRequest) -> HttpResponse:
        imports = {name: static(file) for name, file in own_modules().items()}
        context = {
            "import_map": json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c"),
            "preloads": list(imports.values()),
            "styles": [static(file) for file in STYLES],
            "config": {"addresses": {"api": "/api/v1/", "icons": static("img/icons.svg")}},
            "version": version(),
        }
        return render(request, SHELL, context)


class Manifest(View):
    @method_decorator(cache_control(max_age=3600))
    def get(self, request: HttpRequest) -> JsonResponse:
        home = reverse("drive")
        content: dict[str, Any] = {
            "id": home,
            "name": "Driver · Dispatch Console",
            "short_name": "Driver",
            "description": "Your deliveries, one step after the other. Works without network.",
            "lang": "en",
            "start_url": home,
            "scope": home,
            "display": "standalone",
            "orientation": "portrait",
            "background_color": "#f4f5f7",
            "theme_color": "#2456e6",
            "categories": ["business", "navigation"],
            "icons": [
                {"src": static(file), "sizes": sizes, "type": kind, "purpose": purpose}
                for file, sizes, kind, purpose in ICONS
            ],
        }
        return JsonResponse(content, content_type="application/manifest+json")


class ServiceWorker(View):
    """Asked for anew at every visit: in it stands which version the phone should have."""

    @method_decorator(cache_control(no_cache=True))
    def get(self, request: HttpRequest) -> HttpResponse:
        kept = [reverse("drive"), reverse("drive-manifest"), *(static(file) for file in files())]
        # Into JavaScript as JSON, so nothing of it can be anything but data.
        content = render_to_string(WORKER, {"version": json.dumps(version()), "kept": json.dumps(kept, indent=2)})
        return HttpResponse(content, content_type="text/javascript; charset=utf-8")


urlpatterns = [
    path("drive/", Shell.as_view(), name="drive"),
    path("drive/manifest.webmanifest", Manifest.as_view(), name="drive-manifest"),
    path("drive/service-worker.js", ServiceWorker.as_view(), name="drive-worker"),
]
