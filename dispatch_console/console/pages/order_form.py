"""The order form: a new order, a copy of one, or an edit; the sheet over whichever view was open last."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.utils.cache import patch_vary_headers
from rest_framework.exceptions import ErrorDetail, ValidationError

from dispatch_console.console.order.answers import outcome_answer
from dispatch_console.console.order.form import OrderForm, edit_form, new_form
from dispatch_console.console.page import ConsolePage
from dispatch_console.console.pages.order import asked_by_script, behind
from dispatch_console.console.pages.order_actions import body_of, refuse_what_is_not_offered
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.errors import KeyReused
from dispatch_console.core.events import find_by_key
from orders import commands
from orders.access import get_order
from orders.actions import Edit
from orders.inputs import CreateInput

# What an empty required field should say, instead of “This field is required.”
MISSING = {
    "customer_id": "Choose the customer.",
    "service_id": "Choose the delivery service.",
    "payer": "Choose who pays.",
    "payment_method": "Choose how it is paid.",
    "unit_size": "Enter the unit size, a whole number from 1.",
    "type": "Choose the type of the order.",
    "name": "Enter what the item is.",
}
UNREADABLE = {
    "cod_amount": "Enter an amount such as 48.20.",
    "delivery_fee": "Enter an amount such as 9.50.",
    "unit_size": "Enter the unit size as a whole number.",
    "quantity": "Enter a whole number.",
    "weight": "Enter kilograms such as 3.4.",
    "length": "Enter centimetres such as 30.",
    "width": "Enter centimetres such as 30.",
    "height": "Enter centimetres such as 30.",
    "scheduled_pickup_at": "Enter a date and a time.",
    "scheduled_delivery_at": "Enter a date and a time.",
}
MISSING_CODES = ("required", "null", "blank")
UNREADABLE_CODES = ("invalid", "max_digits", "max_decimal_places", "max_whole_digits")


class NewOrderPage(ConsolePage):
    permission = "orders.create"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        copied = request.GET.get("from", "")
        form = new_form(
            self.actor,
            self.membership.tenant,
            copied=get_order(self.actor, copied) if copied else None,
            type_hint=request.GET.get("type", ""),
        )
        return _shown(request, form)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = idempotency_key(request)
        serializer = CreateInput(data=body_of(request), context={"zone": lambda: self.membership.tenant.zone_info})
        try:
            serializer.is_valid(raise_exception=True)
        except ValidationError as error:
            raise ValidationError(in_plain_words(error.detail)) from None
        try:
            outcome = commands.create(serializer.to_new_order(), actor=self.actor, key=key)
        except KeyReused as error:
            raise self._already_created(error, key) from None
        return JsonResponse(outcome_answer(outcome, self.actor), status=201)

    def _already_created(self, error: KeyReused, key: str) -> KeyReused:
        """The first try did arrive although its answer was lost, and the form was changed since."""
        event = find_by_key(self.actor, key)
        if event is None or event.kind != "order.created":
            return error
        return KeyReused(
            f"Your first try did arrive and created order {event.object_code}. Open that order and edit it there.",
            details={"order": event.object_code},
        )


class EditOrderPage(ConsolePage):
    permission = "orders.edit"

    def get(self, request: HttpRequest, *args: Any, code: str, **kwargs: Any) -> HttpResponseBase:
        order = get_order(self.actor, code)
        refuse_what_is_not_offered(Edit, order, self.actor)
        return _shown(request, edit_form(self.actor, self.membership.tenant, order))


def _shown(request: HttpRequest, form: OrderForm) -> HttpResponseBase:
    if not asked_by_script(request):
        return behind(request, open_form=form)
    response = render(request, "orders/form.html", {"form": form})
    patch_vary_headers(response, ["X-Requested-With"])
    return response


def in_plain_words(detail: Any, name: str = "") -> Any:
    """The serializer's remarks, with our own sentences for fields that are empty or cannot be read."""
    if isinstance(detail, dict):
        return {key: in_plain_words(inner, key) for key, inner in detail.items()}
    if isinstance(detail, list):
        return [in_plain_words(inner, name) for inner in detail]
    if isinstance(detail, ErrorDetail):
        if detail.code in MISSING_CODES and name in MISSING:
            return ErrorDetail(MISSING[name], code=detail.code)
        if detail.code in UNREADABLE_CODES and name in UNREADABLE:
            return ErrorDetail(UNREADABLE[name], code=detail.code)
    return detail


urlpatterns = [
    path("orders/new/", NewOrderPage.as_view(), name="order-new"),
    path("orders/<order_code:code>/edit/", EditOrderPage.as_view(), name="order-edit"),
]
