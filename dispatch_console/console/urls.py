"""Addresses of the console; every page module brings its own list."""

from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from dispatch_console.console.pages import counts as counts_page
from dispatch_console.console.pages import drivers as drivers_page
from dispatch_console.console.pages import export as export_page
from dispatch_console.console.pages import map as map_page
from dispatch_console.console.pages import order as order_page
from dispatch_console.console.pages import order_actions, order_form, order_places
from dispatch_console.console.pages import table as table_page

app_name = "console"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="console:map", query_string=True), name="home"),
    *map_page.urlpatterns,
    *table_page.urlpatterns,
    *drivers_page.urlpatterns,
    *counts_page.urlpatterns,
    *export_page.urlpatterns,
    # “new” comes before the codes that it could be mistaken for.
    *order_form.urlpatterns,
    *order_places.urlpatterns,
    *order_page.urlpatterns,
    *order_actions.urlpatterns,
]
