"""The demo region as an app: it has no models, only its basemap, its loader and its simulation."""

from django.apps import AppConfig


class RegionConfig(AppConfig):
    name = "dispatch_console.region"
    label = "region"
    verbose_name = "Demo region"
