"""The views that all kinds share: list, detail, stepper, dialogs and acts, orders that could join, drivers."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.cache import patch_vary_headers

from dispatch_console.console.groups import history
from dispatch_console.console.groups.kinds import GroupKindPages
from dispatch_console.console.groups.lists import ListContext
from dispatch_console.console.groups.points import order_points
from dispatch_console.console.order.reasons import reasons
from dispatch_console.console.page import ConsolePage
from dispatch_console.core.api.errors import Malformed
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.parsers import loads
from dispatch_console.core.errors import DomainError, Forbidden, Invalid, NotVisible, Refused
from orders import codes  # noqa: F401 (registers the converter of order codes)
from routes.commands.change import Changed
from routes.group_drivers import candidates_for

COLUMNS_COOKIE = "columns-{}"
LONGEST_SEARCH = 100


class KindView(ConsolePage):
    """Base: `pages` is the kind."""

    pages: GroupKindPages = GroupKindPages()

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        request.shown_page = self.pages.destination or self.pages.plural  # type: ignore[attr-defined]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs) | {"pages": self.pages, "may_manage": self.may_manage}
        context["list_url"] = self.pages.url()
        context["new_url"] = self.pages.url("new") if self.pages.steps else ""
        if (group := kwargs.get("group")) is not None:
            context["detail_url"] = self.pages.url("", group.label)
            if self.pages.paper[1]:
                context["paper_url"] = reverse(self.pages.paper[1], args=[group.label])
            context["drivers_url"] = self.pages.url("drivers", group.label)
            if self.pages.steps:
                context["edit_url"] = self.pages.url("edit", group.label)
                context["eligible_url"] = self.pages.url("eligible", group.label)
                context["add_url"] = self.pages.url("act", group.label, "add")
                context["remove_url"] = self.pages.url("act", group.label, "remove")
        return context

    @property
    def may_manage(self) -> bool:
        return self.actor.may(self.pages.may_manage)

    def require_management(self) -> None:
        if not self.may_manage:
            raise Forbidden("Your role does not allow this. Ask a tenant admin for the right.")

    @property
    def is_part(self) -> bool:
        return self.request.headers.get("X-Requested-With") == "fetch"

    def part_or_page(self, part: str, page: str, **context: Any) -> HttpResponse:
        """Alone for a script, in its page for an address that was opened or shared."""
        response = render(self.request, part if self.is_part else page, self.get_context_data(**context))
        patch_vary_headers(response, ["X-Requested-With"])
        return response

    def content(self) -> dict[str, Any]:
        content = loads(self.request.body or b"{}")
        if not isinstance(content, dict):
            raise Malformed("The body must be a JSON object.")
        return content

    def answer(self, done: Changed, sentence: str, **more: Any) -> JsonResponse:
        """What the browser shows and where it goes on."""
        group = done.group
        return JsonResponse(
            {
                "label": group.label,
                "version": group.version,
                "message": sentence,
                "url": self.pages.after(done),
                "edit_url": self.pages.url("edit", group.label) if self.pages.steps else "",
                "refused": [
                    {"code": refusal.code, "error_code": refusal.error_code, "message": refusal.message}
                    for refusal in done.refused
                ],
                "is_replay": done.is_replay,
                **more,
            }
        )


class GroupList(KindView):
    """Tabs, filters and rows; everything that is looked for stands in the address."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        chosen = request.COOKIES.get(COLUMNS_COOKIE.format(self.pages.name), "")
        params = {name: str(value) for name, value in request.GET.items() if value}
        notice = ""
        try:
            found = ListContext(self.pages, self.actor, params, chosen)
        except Invalid as error:
            if self.is_part:
                raise
            # An address that was damaged on its way still opens the list.
            notice, found = error.message, ListContext(self.pages, self.actor, {}, chosen)
        return self.part_or_page("console/groups/list_body.html", "console/groups/list.html", list=found, notice=notice)


class GroupDetail(KindView):
    """One group with its orders, facts, timeline, map and history."""

    def get(self, request: HttpRequest, *args: Any, label: str, **kwargs: Any) -> HttpResponseBase:
        group = self.pages.get(self.actor, label)
        detail = self.pages.detail(group, self.actor, self.membership.tenant)
        allowed = [offer for offer in detail.offers if offer["is_allowed"]]
        context = {
            "group": group,
            "tab": self.pages.statuses.get(group.status),
            "detail": detail,
            "allowed": [offer for offer in allowed if offer["name"] not in self.pages_of_their_own],
            "refused": [offer for offer in detail.offers if not offer["is_allowed"] and offer["code"] != "forbidden"],
            "may_edit": any(offer["name"] == "edit" for offer in allowed) and bool(self.pages.steps),
            "entries": history.read(self.pages, group),
            "map_points": [*detail.points, *order_points(detail.lines)],
        }
        return self.part_or_page("console/groups/detail_body.html", "console/groups/detail.html", **context)

    # The stepper does these.
    pages_of_their_own = frozenset({"edit", "add", "remove"})


class GroupStepper(KindView):
    """Making and editing: details, orders, review. What is saved is a draft at once, so nothing gets lost."""

    template_name = "console/groups/stepper.html"

    def get(self, request: HttpRequest, *args: Any, label: str = "", **kwargs: Any) -> HttpResponseBase:
        self.require_management()
        group = self.pages.get(self.actor, label) if label else None
        steps = list(self.pages.steps)
        names = [step.name for step in steps]
        wanted = request.GET.get("step", "")
        step = steps[names.index(wanted)] if wanted in names and group is not None else steps[0]
        context: dict[str, Any] = {
            "group": group,
            "steps": steps,
            "step": step,
            "next_step": next(iter(steps[names.index(step.name) + 1 :]), None),
            "previous_step": steps[names.index(step.name) - 1] if step != steps[0] else None,
        }
        if group is not None:
            detail = self.pages.detail(group, self.actor, self.membership.tenant)
            offers = {offer["name"]: offer for offer in detail.offers}
            edit = offers.get("edit")
            if edit is not None and not edit["is_allowed"]:
                raise Refused(edit["why_not"], code=edit["code"])
            context |= {"detail": detail, "offers": offers, "act": offers.get(step.act)}
            context["map_points"] = [*detail.points, *order_points(detail.lines)]
            context["tab"] = self.pages.statuses.get(group.status)
        if step.kind == "form":
            context |= self.pages.form(group, self.actor)
        return self.part_or_page("console/groups/step.html", "console/groups/stepper.html", **context)

    def post(self, request: HttpRequest, *args: Any, label: str = "", **kwargs: Any) -> HttpResponseBase:
        self.require_management()
        content, tenant, key = self.content(), self.membership.tenant, idempotency_key(request)
        if label:
            done = self.pages.edit(label, content, actor=self.actor, tenant=tenant, key=key)
        else:
            done = self.pages.create(content, actor=self.actor, tenant=tenant, key=key)
        return self.answer(done, f"{done.group.label}: saved.")


class GroupAct(KindView):
    """GET shows what an act asks for; POST does it, through the same inputs and the same command as the API."""

    def get(self, request: HttpRequest, *args: Any, label: str, name: str, **kwargs: Any) -> HttpResponse:
        group = self.pages.get(self.actor, label)
        detail = self.pages.detail(group, self.actor, self.membership.tenant)
        offer = next((offer for offer in detail.offers if offer["name"] == name), None)
        if offer is None:
            raise NotVisible("There is no such action.")
        if not offer["is_allowed"]:
            error: type[DomainError] = Forbidden if offer["code"] == "forbidden" else Refused
            raise error(offer["why_not"], code=offer["code"])
        kind = offer["reason_kind"]
        context = {
            "group": group,
            "offer": offer,
            "reasons": reasons(self.actor.tenant_id, {kind}) if kind else {},
            "kind": kind,
            "reason_needs": ["reason"],
            **self.pages.dialog(name, group, self.actor),
        }
        return render(request, "console/groups/dialog.html", self.get_context_data(**context))

    def post(self, request: HttpRequest, *args: Any, label: str, name: str, **kwargs: Any) -> HttpResponse:
        tenant, key = self.membership.tenant, idempotency_key(request)
        done = self.pages.act(name, label, self.content(), actor=self.actor, tenant=tenant, key=key)
        told = self.pages.telling(done.event)
        sentence = f"{done.group.label}: {told.sentence[:1].lower()}{told.sentence[1:]}."
        return self.answer(done, sentence, undo=self.pages.undo(done, self.actor))


class EligibleOrders(KindView):
    """Orders that could join, for the picker: searched, filtered, a page at a time; each says why not, if not."""

    def get(self, request: HttpRequest, *args: Any, label: str, **kwargs: Any) -> HttpResponse:
        self.require_management()
        group = self.pages.get(self.actor, label)
        return JsonResponse(self.pages.eligible(group, self.actor, request.GET))


class GroupDrivers(KindView):
    """The drivers who could take all orders of the group, for the picker in its dialogs."""

    def get(self, request: HttpRequest, *args: Any, label: str, **kwargs: Any) -> HttpResponse:
        self.require_management()
        group = self.pages.get(self.actor, label)
        search = request.GET.get("search", "").strip()[:LONGEST_SEARCH]
        return JsonResponse(candidates_for(group, self.actor, search=search))


def group_urls(pages: GroupKindPages) -> list[URLPattern]:
    """The addresses of one kind."""
    at, one, options = f"{pages.plural}/", f"{pages.plural}/<order_code:label>/", {"pages": pages}
    found = [
        path(at, GroupList.as_view(**options), name=pages.plural),
        path(one, GroupDetail.as_view(**options), name=pages.name),
        path(f"{one}acts/<slug:name>/", GroupAct.as_view(**options), name=f"{pages.name}-act"),
        path(f"{one}drivers/", GroupDrivers.as_view(**options), name=f"{pages.name}-drivers"),
    ]
    if pages.steps:
        stepper = GroupStepper.as_view(**options)
        # “new” comes before the labels that it could be mistaken for.
        found.insert(1, path(f"{at}new/", stepper, name=f"{pages.name}-new"))
        found.append(path(f"{one}edit/", stepper, name=f"{pages.name}-edit"))
        found.append(path(f"{one}eligible/", EligibleOrders.as_view(**options), name=f"{pages.name}-eligible"))
    return found


def parsed(serializer: Any) -> Any:
    serializer.is_valid(raise_exception=True)
    return serializer
