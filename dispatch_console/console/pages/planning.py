"""Planning: choose orders, drivers and wishes, look at the trips that were worked out, apply them or not."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, JsonResponse
from django.urls import path

from dispatch_console.console.page import ConsolePage
from dispatch_console.core.filtering import once_each
from dispatch_console.core.keyset import count_up_to
from dispatch_console.core.models import Warehouse
from drivers.models import Driver, DriverStatus
from orders.sequence import IN_WORK
from routes.commands import plans
from routes.plans.asking import waiting_orders
from routes.plans.wishes import MOST_DRIVERS, MOST_ORDERS


class PlanningPage(ConsolePage):
    """The page brings drivers and warehouses to choose from; plans are read over the API."""

    template_name = "console/planning/page.html"
    permission = "groups.manage"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        request.shown_page = "planning"  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        number = kwargs.get("plan_number")
        if number is not None:
            # Somebody else's plan, or none, is no page.
            plans.find(number, self.actor)
        count, is_more = count_up_to(waiting_orders(self.actor, {}), MOST_ORDERS)
        return super().get_context_data(**kwargs) | {
            "number": number,
            "choices": {
                "drivers": self._drivers(),
                "warehouses": self._warehouses(),
                "waiting": {"count": count, "is_more": is_more},
                "most_orders": MOST_ORDERS,
                "most_drivers": MOST_DRIVERS,
            },
        }

    def _drivers(self) -> list[dict[str, Any]]:
        open_work = Count("orders", filter=Q(orders__status__in=IN_WORK), distinct=True)
        found = Driver.objects.visible_to(self.actor).filter(status=DriverStatus.ACTIVE)
        rows = found.select_related("primary_vehicle").annotate(open_orders=open_work)
        return [
            {
                "id": driver.pk,
                "name": driver.name,
                "is_online": driver.is_online,
                "vehicle": "" if driver.primary_vehicle is None else driver.primary_vehicle.name,
                "units": None if driver.primary_vehicle is None else driver.primary_vehicle.capacity_units,
                "open_orders": driver.open_orders,
            }
            for driver in rows.order_by("-is_online", "name", "pk")
        ]

    def _warehouses(self) -> list[dict[str, Any]]:
        found = Warehouse.objects.visible_to(self.actor).filter(latitude__isnull=False, is_active=True)
        return [{"id": pk, "name": name} for pk, name in found.order_by("name").values_list("pk", "name")]


class PlanningWaiting(ConsolePage):
    """How many orders wait for a driver under some filters of the list."""

    permission = "groups.manage"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        count, is_more = count_up_to(waiting_orders(self.actor, once_each(request.GET)), MOST_ORDERS)
        return JsonResponse({"count": count, "is_more": is_more})


urlpatterns = [
    path("planning/", PlanningPage.as_view(), name="planning"),
    path("planning/waiting/", PlanningWaiting.as_view(), name="planning-waiting"),
    path("planning/<int:plan_number>/", PlanningPage.as_view(), name="planning-run"),
]
