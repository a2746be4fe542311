"""Acting on one order: the dialogs of its actions, the acts themselves, and their undo."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path

from dispatch_console.console.order.answers import outcome_answer, summary, tell_changes
from dispatch_console.console.order.form import form_values
from dispatch_console.console.order.history import read
from dispatch_console.console.order.reasons import reasons
from dispatch_console.console.order.targets import targets
from dispatch_console.console.page import ConsolePage
from dispatch_console.core.actor import Actor
from dispatch_console.core.api.errors import Malformed
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.parsers import loads
from dispatch_console.core.errors import DomainError, Forbidden, NotVisible, Refused, Stale
from dispatch_console.core.keyset import read_limit
from orders import advice, commands, offers
from orders.access import get_order
from orders.actions import ACTIONS, Action, Edit
from orders.inputs import INPUTS, EditInput, UndoInput
from orders.models import Order
from orders.states import MOVING, SETTLED_EXCEPTION, ExceptionStatus, ReasonKind, Resolution
from routes.candidates import SHOWN, candidates

LONGEST_SEARCH = 100
DIALOGS = {
    "assign": "orders/dialogs/driver.html",
    "switch": "orders/dialogs/driver.html",
    "status": "orders/dialogs/status.html",
    "correct": "orders/dialogs/status.html",
    "add-proof": "orders/dialogs/proof.html",
    "stage": "orders/dialogs/stage.html",
    "settle-exception": "orders/dialogs/exception.html",
}
# What an exception can become: word, what it means, and what has to be said.
EXCEPTION_STEPS = (
    {"value": "resolved", "label": "Resolved", "words": "It is put right", "needs": "resolution"},
    {"value": "escalated", "label": "Escalated", "words": "Somebody with more say takes it on", "needs": ""},
    {"value": "pending", "label": "Pending", "words": "Back from escalation", "needs": ""},
    {"value": "closed", "label": "Closed", "words": "Nothing more is done about it", "needs": "note"},
)
PLAIN_DIALOG = "orders/dialogs/reason.html"


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that a dialog or form sent."""
    content = loads(request.body or b"{}")
    if not isinstance(content, dict):
        raise Malformed("The body must be a JSON object.")
    return content


def parsed(serializer: Any) -> Any:
    serializer.is_valid(raise_exception=True)
    return serializer


class ActionView(ConsolePage):
    """GET shows what the action asks for; POST does it, through the same inputs and the same command as the API."""

    def get(self, request: HttpRequest, *args: Any, code: str, name: str, **kwargs: Any) -> HttpResponse:
        kind = _kind(name)
        order = get_order(self.actor, code)
        refuse_what_is_not_offered(kind, order, self.actor)
        return render(request, DIALOGS.get(name, PLAIN_DIALOG), self._context(kind, order))

    def post(self, request: HttpRequest, *args: Any, code: str, name: str, **kwargs: Any) -> HttpResponse:
        kind = _kind(name)
        content = body_of(request)
        context = {"zone": lambda: self.membership.tenant.zone_info}
        input_class = INPUTS[kind.name]
        serializer = parsed(input_class(data=content, partial=input_class is EditInput, context=context))
        version = serializer.validated_data.get("version")
        try:
            outcome = commands.perform(
                advice.advised(serializer.to_action(), code=code, actor=self.actor),
                code=code,
                actor=self.actor,
                key=idempotency_key(request),
                version=version,
            )
        except Stale as error:
            error = tell_changes(error, self.actor, code, since=version)
            if kind is Edit:
                # What the form merges with: the fields as they are now.
                error.details["values"] = form_values(get_order(self.actor, code), self.membership.tenant)
            raise error from None
        return JsonResponse(outcome_answer(outcome, self.actor))

    def _context(self, kind: type[Action], order: Order) -> dict[str, Any]:
        # Not the class itself: a template would call it.
        action = {name: getattr(kind, name) for name in ("name", "label", "reason_kind", "is_dangerous")}
        action["reason_kind"] = kind.reason_kind_for(order)
        context: dict[str, Any] = {"action": action, "order": order, "needs": offers.needed_inputs(kind, order)}
        if kind.name in ("assign", "switch"):
            context["candidates"] = candidates(order, self.actor).as_dict()
            # Once the package is on its way, drivers are not asked either.
            context["asks_driver"] = order.tenant.drivers_accept and order.status not in MOVING
        if kind.name == "stage" and "driver_id" in context["needs"]:
            context["candidates"] = candidates(order, self.actor).as_dict()
        if kind.name == "settle-exception":
            exceptions = list(order.exceptions.exclude(status__in=SETTLED_EXCEPTION))
            is_escalated = any(each.status == ExceptionStatus.ESCALATED for each in exceptions)
            context["exceptions"] = exceptions
            context["about"] = self.request.GET.get("about", "")
            context["exception_steps"] = [
                step for step in EXCEPTION_STEPS if step["value"] != ExceptionStatus.PENDING or is_escalated
            ]
            context["resolutions"] = Resolution.choices
        if kind.name in ("status", "correct"):
            context["targets"] = targets(order, self.actor)
            kinds = {ReasonKind.CANCEL, ReasonKind.RETURN, ReasonKind.UNASSIGN}
        else:
            kinds = {ReasonKind(action["reason_kind"])} if action["reason_kind"] else set()
        context["reasons"] = reasons(order.tenant_id, kinds) if kinds else {}
        return context


class CandidatesView(ConsolePage):
    """The drivers who could take the order, searched by name; for the picker and the drawer's suggestions."""

    def get(self, request: HttpRequest, *args: Any, code: str, **kwargs: Any) -> HttpResponse:
        _require(self, "orders.assign")
        order = get_order(self.actor, code)
        search = request.GET.get("search", "").strip()[:LONGEST_SEARCH]
        limit = read_limit(request.GET.get("limit", ""), default=SHOWN, most=SHOWN)
        return JsonResponse(candidates(order, self.actor, search=search, limit=limit).as_dict())


class UndoView(ConsolePage):
    """Take back the order's last change."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, code: str, **kwargs: Any) -> HttpResponse:
        version = parsed(UndoInput(data=body_of(request))).validated_data["version"]
        try:
            outcome = commands.undo(code=code, actor=self.actor, version=version, key=idempotency_key(request))
        except Stale as error:
            raise tell_changes(error, self.actor, code, since=version) from None
        answer = outcome_answer(outcome, self.actor)
        return JsonResponse(answer | {"message": f"Undone. {answer['message']}"})


class LastActView(ConsolePage):
    """What “Undo my last change” would take back: the person is asked before it happens."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        event = commands.last_act(self.actor)
        if event is None:
            raise NotVisible("You have not changed any order yet, so there is nothing to undo.")
        order = get_order(self.actor, event.object_code)
        return JsonResponse(summary(order, read([event], order.tenant)[0], self.actor))


def _kind(name: str) -> type[Action]:
    if name not in ACTIONS or name not in INPUTS:
        raise NotVisible("There is no such action.")
    return ACTIONS[name]


def _require(page: ConsolePage, permission: str) -> None:
    if not page.actor.may(permission):
        raise Forbidden("Your role does not allow this. Ask a tenant admin for the right.")


def refuse_what_is_not_offered(kind: type[Action], order: Order, actor: Actor) -> None:
    """Say at once what the engine would say after the dialog is filled in."""
    offer = next((each for each in offers.offers(order, actor) if each["name"] == kind.name), None)
    if offer is None or offer["is_allowed"]:
        return
    error: type[DomainError] = Forbidden if offer["code"] == "forbidden" else Refused
    raise error(offer["why_not"], code=offer["code"])


urlpatterns = [
    path("undo/", LastActView.as_view(), name="last-act"),
    path("orders/<order_code:code>/candidates/", CandidatesView.as_view(), name="order-candidates"),
    path("orders/<order_code:code>/undo/", UndoView.as_view(), name="order-undo"),
    path("orders/<order_code:code>/actions/<slug:name>/", ActionView.as_view(), name="order-action"),
]
