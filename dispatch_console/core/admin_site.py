"""The admin without GDAL: django-leaflet's own admin module cannot be imported on a machine that has none."""

from importlib import import_module

from django.apps import apps
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import module_has_submodule


class ConsoleAdminConfig(SimpleAdminConfig):
    """Discovers every admin module except `leaflet.admin`, which imports django.contrib.gis."""

    default_site = "dispatch_console.core.admin_entry.ConsoleAdminSite"

    def ready(self) -> None:
        super().ready()
        for config in apps.get_app_configs():
            if config.name != "leaflet" and config.module and module_has_submodule(config.module, "admin"):
                import_module(f"{config.name}.admin")
