"""The list in view as a file; a refusal is a page with the reason, because a link asked for it."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from dispatch_console.console.page import ConsolePage
from orders.api.exports import file_answer
from orders.exporting import prepare


class ExportPage(ConsolePage):
    permission = "orders.export"

    def get(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        return file_answer(request, prepare(self.actor, request.GET))


urlpatterns = [path("export/", ExportPage.as_view(), name="export")]
