"""Addresses of the console; every page module brings its own list."""

from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from dispatch_console.console.pages import bulk as bulk_page
from dispatch_console.console.pages import counts as counts_page
from dispatch_console.console.pages import drivers as drivers_page
from dispatch_console.console.pages import exceptions as exceptions_page
from dispatch_console.console.pages import export as export_page
from dispatch_console.console.pages import imports as imports_page
from dispatch_console.console.pages import map as map_page
from dispatch_console.console.pages import order as order_page
from dispatch_console.console.pages import order_actions, order_form, order_places
from dispatch_console.console.pages import planning as planning_page
from dispatch_console.console.pages import routes as routes_page
from dispatch_console.console.pages import table as table_page
from dispatch_console.console.pages import trips as trips_page
from dispatch_console.console.pages import waybills as waybills_page

app_name = "console"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="console:map", query_string=True), name="home"),
    *map_page.urlpatterns,
    *table_page.urlpatterns,
    *drivers_page.urlpatterns,
    *bulk_page.urlpatterns,
    *exceptions_page.urlpatterns,
    *waybills_page.urlpatterns,
    *trips_page.urlpatterns,
    *routes_page.urlpatterns,
    *planning_page.urlpatterns,
    *counts_page.urlpatterns,
    *export_page.urlpatterns,
    *imports_page.urlpatterns,
    # “new” comes before the codes that it could be mistaken for.
    *order_form.urlpatterns,
    *order_places.urlpatterns,
    *order_page.urlpatterns,
    *order_actions.urlpatterns,
]
