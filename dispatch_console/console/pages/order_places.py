"""What the order form asks while it is filled in: customers, addresses, and what lies at a point of the map."""

import math
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import path

from dispatch_console.console.order import address_book
from dispatch_console.console.page import ConsolePage
from dispatch_console.core import geocoding, places
from dispatch_console.core.errors import DomainError, Forbidden, Invalid
from orders.models import DeliveryService, Order
from routes.candidates import candidates

LONGEST_TEXT = 120
MOST_FOUND = 8
SHORTEST_SEARCH = 3
# Not a postcode: those have four digits or more.
HOUSE_NUMBER = re.compile(r"(?<!\w)(\d{1,3}[a-zA-Z]?)(?!\w)")
DIRECTIONS: dict[str, places.Direction] = {"pickup": "outbound", "dropoff": "inbound"}


class FormHelp(ConsolePage):
    """Asked by the form only: for those who may create or edit orders."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor = getattr(request, "actor", None)
        if actor is not None and not (actor.may("orders.create") or actor.may("orders.edit")):
            raise Forbidden("Your role does not allow this. Ask a tenant admin for the right.")
        return super().dispatch(request, *args, **kwargs)

    def text(self, name: str = "q") -> str:
        return " ".join(self.request.GET.get(name, "").split())[:LONGEST_TEXT]

    def end(self) -> str:
        end = self.request.GET.get("end", "")
        if end not in DIRECTIONS:
            raise Invalid.fields(end="Say which end: pickup or dropoff.")
        return end

    def number(self, name: str, most: float) -> float:
        try:
            value = float(self.request.GET.get(name, ""))
        except ValueError:
            value = math.nan
        if not abs(value) <= most:  # also true for NaN
            raise Invalid.fields(**{name: f"Give degrees from -{most:g} to {most:g}."})
        return value


class CustomersView(FormHelp):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        text = self.text()
        return JsonResponse({"customers": address_book.customers(self.actor, text), "is_recent": not text})


class AddressesView(FormHelp):
    """Saved, recent and found addresses for what is typed, in groups; the geocoder may be silent, never in the way."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        text, end = self.text(), self.end()
        customer = request.GET.get("customer", "")
        groups: list[dict[str, Any]] = []
        if customer.isdigit() and len(customer) < 19:
            saved = address_book.saved_addresses(self.actor, int(customer), text)
            recent = address_book.recent_addresses(self.actor, int(customer), end, text)
            known = {item["label"] for item in saved}
            groups.append({"kind": "saved", "title": "Saved addresses", "items": saved})
            groups.append(
                {
                    "kind": "recent",
                    "title": "Used in recent orders",
                    "items": [item for item in recent if item["label"] not in known],
                }
            )
        found, trouble = self._geocoded(text)
        groups.append({"kind": "found", "title": "Found on the map", "items": found})
        return JsonResponse({"groups": [group for group in groups if group["items"]], "trouble": trouble})

    def _geocoded(self, text: str) -> tuple[list[dict[str, Any]], str]:
        if len(text) < SHORTEST_SEARCH:
            return [], ""
        tenant = self.membership.tenant
        near = (tenant.map_latitude, tenant.map_longitude)
        found, trouble = _tried(lambda: geocoding.provider().search(text, limit=MOST_FOUND, near=near))
        items = [_suggestion(place, text) for place in found or []]
        return items, trouble


class PointView(FormHelp):
    """The zones at a point, the one an order would get, and, when asked for, the nearest address."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        latitude, longitude = self.number("lat", 90), self.number("lng", 180)
        direction = DIRECTIONS[self.end()]
        hits = places.zones_at(self.actor.tenant_id, latitude, longitude)
        open_here = [hit for hit in hits if hit.allows(direction)]
        place, trouble = None, ""
        if request.GET.get("address") == "1":
            place, trouble = _tried(lambda: geocoding.provider().reverse(latitude, longitude))
        return JsonResponse(
            {
                "zone": {"id": open_here[0].id, "name": open_here[0].name} if open_here else None,
                "others": [hit.name for hit in open_here[1:]],
                "closed": [hit.name for hit in hits if not hit.allows(direction)],
                "address": None if place is None else {"label": place.label, "is_approximate": place.approximate},
                "trouble": trouble,
            }
        )


class CandidatesForNewView(FormHelp):
    """Who could take the order as the form has it so far, by the rules that saving it will hold to."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        if not self.actor.may("orders.assign"):
            raise Forbidden("Your role does not allow assigning drivers.")
        service = self._service()
        units = request.GET.get("units", "")
        order = Order(
            tenant=self.membership.tenant,
            service=service,
            unit_size=int(units) if units.isdigit() and len(units) < 7 else service.min_units,
        )
        for end, direction in DIRECTIONS.items():
            if not request.GET.get(f"{end}_lat"):
                continue
            latitude, longitude = self.number(f"{end}_lat", 90), self.number(f"{end}_lng", 180)
            zone_id = places.zone_for(self.actor.tenant_id, latitude, longitude, direction=direction)
            setattr(order, f"{end}_latitude", latitude)
            setattr(order, f"{end}_longitude", longitude)
            setattr(order, f"{end}_zone_id", zone_id)
        return JsonResponse(candidates(order, self.actor, search=self.text("search")).as_dict())

    def _service(self) -> DeliveryService:
        pk = self.request.GET.get("service", "")
        rows = DeliveryService.objects.visible_to(self.actor)
        service = rows.filter(pk=int(pk)).first() if pk.isdigit() and len(pk) < 19 else None
        if service is None:
            raise Invalid.fields(service="Choose the delivery service first.")
        return service


def _suggestion(place: geocoding.Place, text: str) -> dict[str, Any]:
    """The place, with the house number that was typed where the geocoder knows the street only."""
    label, detail = place.label, "approximate position" if place.approximate else ""
    typed = HOUSE_NUMBER.search(text)
    if place.kind == "street" and typed and not place.house_number:
        label = geocoding.label_of(
            street=place.street or place.name, house_number=typed[1], postcode=place.postcode, city=place.city
        )
        detail = f"number {typed[1]} is not on record: the point is the middle of the street"
    return {"label": label, "detail": detail, "lat": place.lat, "lng": place.lng}


def _tried(ask: Callable[[], Any]) -> tuple[Any, str]:
    """The geocoder's answer, or nothing and why: an address can always be typed and set on the map by hand."""
    try:
        return ask(), ""
    except DomainError as error:
        return None, error.message


urlpatterns = [
    path("orders/new/customers/", CustomersView.as_view(), name="form-customers"),
    path("orders/new/addresses/", AddressesView.as_view(), name="form-addresses"),
    path("orders/new/candidates/", CandidatesForNewView.as_view(), name="form-candidates"),
    path("orders/new/point/", PointView.as_view(), name="form-point"),
]
