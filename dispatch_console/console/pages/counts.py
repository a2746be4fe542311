"""The counts on queues and status chips, for the address the browser shows."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from dispatch_console.console.page import ConsolePage
from orders.counts import counts


class CountsPage(ConsolePage):
    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> JsonResponse:
        return JsonResponse(counts(self.actor, request.GET))


urlpatterns = [path("counts/", CountsPage.as_view(), name="counts")]
