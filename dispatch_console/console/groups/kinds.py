"""What one kind of group tells the shared pages about itself.

A kind is one subclass of `GroupKindPages` in a module of `console/pages`, where inputs may be imported:

    class WaybillPages(GroupKindPages):
        kind, plural, title, icon, words = GroupKind.WAYBILL, "waybills", "Waybills", "waybill", "waybill,waybills"
        statuses = {WaybillStatus.DRAFTED: Tab("Drafted", "quiet"), ...}   # the tabs of the list, in this order
        columns = (Column("label", "Number", "label", sort="label"), ...)
        filters = (Filter("carrier_type", "Carrier", choices=(...)), Filter("driver", "Driver", kind="driver"), ...)
        steps = (Step("details", "Details", template="console/waybills/details.html"), Step("orders", "Orders"), ...)
        ... and the methods below

    urlpatterns = group_urls(WaybillPages())

`group_urls` gives the addresses `console:waybills` (list), `console:waybill-new`, `console:waybill` (detail),
`console:waybill-edit`, `console:waybill-act` (dialog and act), `console:waybill-eligible` and
`console:waybill-drivers`. Templates, styles and browser modules are shared: templates/console/groups,
static/css/groups.css, static/js/groups.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.urls import reverse

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Event, Tenant, Warehouse
from orders.states import GroupKind
from routes.commands.change import Changed
from routes.reading.lists import Listing


@dataclass(frozen=True, slots=True)
class Tab:
    """A status: its word and its tone."""

    label: str
    tone: str = "quiet"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the list. `name` is the key in the row; `sort` the ordering it offers.

    Kinds of cells: label (links to the group), status, text, number, time, place (a dict with kind and label), driver
    (a dict with a name), yes (a boolean). `shown` False: only when the person chooses it.
    """

    name: str
    label: str
    kind: str = "text"
    sort: str = ""
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter above the list, by the name of its parameter.

    Kinds: choice (`choices`), driver, warehouse, text, number, yes, and days: a choice of moments, each with a range;
    the parameters are then `<moment>_after` and `<moment>_before`.
    """

    name: str
    label: str
    kind: str = "choice"
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the stepper: `form` shows its template, `orders` the picker, `review` the summary with `act`."""

    name: str
    label: str
    kind: str = "form"
    template: str = ""
    act: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the detail: text, or a moment, with a link where there is somewhere to go."""

    label: str
    value: Any
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """A milestone of the timeline; without a time it is still to come."""

    label: str
    at: datetime | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """How an event of the group is told: its picture, tone and sentence."""

    icon: str
    tone: str
    sentence: str
    codes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class OrderLine:
    """An order on the group: its row as in `orders.rows`, what became of it on the group, and its place, if any."""

    row: Mapping[str, Any]
    outcome: str = ""
    outcome_tone: str = "quiet"
    note: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """One group as its page shows it. `offers` are dicts as of `routes.reading`: name, label, is_allowed, why_not, …

    `points` go on the map beside the orders' ends: dicts with role, shape, label, lat, lng. `notices` are pairs of tone
    and sentence. `sequence` names a template that stands instead of the table of orders.
    """

    group: Any
    subtitle: str
    facts: Sequence[Fact]
    moments: Sequence[Moment]
    lines: Sequence[OrderLine]
    offers: Sequence[Mapping[str, Any]]
    chips: Sequence[tuple[str, str]] = ()
    points: Sequence[Mapping[str, Any]] = ()
    notices: Sequence[tuple[str, str]] = ()
    template: str = "console/groups/orders.html"
    more: Mapping[str, Any] = field(default_factory=dict)


class GroupKindPages:
    """Base of the kinds. `words` are singular and plural, as the filter `counted` takes them."""

    kind: ClassVar[GroupKind]
    plural: ClassVar[str]
    title: ClassVar[str]
    icon: ClassVar[str]
    words: ClassVar[str]
    may_manage: ClassVar[str] = "groups.manage"
    statuses: ClassVar[Mapping[str, Tab]]
    columns: ClassVar[Sequence[Column]]
    filters: ClassVar[Sequence[Filter]] = ()
    steps: ClassVar[Sequence[Step]] = ()
    styles: ClassVar[Sequence[str]] = ()  # style sheets beyond the shared one
    default_ordering: ClassVar[str] = "-created_at"
    search_words: ClassVar[str] = "Search by number"
    destination: ClassVar[str] = ""  # whose entry in the rail is on; its own by default
    sibling: ClassVar[tuple[str, str]] = ("", "")  # another list to go to: its words and the name of its address
    paper: ClassVar[tuple[str, str]] = ("", "")  # what it is printed as: its words and the name of the API's address
    hidden: ClassVar[frozenset[str]] = frozenset()  # statuses that “All” leaves out

    # Reading

    def listing(self, actor: Actor, params: Mapping[str, str]) -> Listing:
        """One page under the parameters; raises Invalid naming each wrong one."""
        raise NotImplementedError

    def rows(self, groups: Sequence[Any]) -> list[dict[str, Any]]:
        """The groups as rows: `label`, `version`, `status`, and a value for every column."""
        raise NotImplementedError

    def get(self, actor: Actor, label: str) -> Any:
        """The group, or NotVisible."""
        raise NotImplementedError

    def detail(self, group: Any, actor: Actor, tenant: Tenant) -> Detail:
        raise NotImplementedError

    def telling(self, event: Event) -> Telling:
        """An event of the group's stream as a sentence."""
        raise NotImplementedError

    def eligible(self, group: Any, actor: Actor, params: Mapping[str, str]) -> dict[str, Any]:
        """Orders that could join: `results` of {order, why_not, warning}, `next_cursor`, `total`, `total_is_capped`."""
        raise NotImplementedError

    # Acting

    def dialog(self, name: str, group: Any, actor: Actor) -> dict[str, Any]:
        """What the dialog of an act needs beyond its offer: `explains`, `lines` to tick, `reasons`."""
        return {}

    def act(
        self, name: str, label: str, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str
    ) -> Changed:
        """Do the act, through the same input and command as the API."""
        raise NotImplementedError

    def create(self, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str) -> Changed:
        raise NotImplementedError

    def edit(self, label: str, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str) -> Changed:
        raise NotImplementedError

    def form(self, group: Any | None, actor: Actor) -> dict[str, Any]:
        """The context of the first step: `values` for its fields, `warehouses`, and what else its template shows."""
        return {"values": {}, "warehouses": warehouses(actor)}

    def undo(self, done: Changed, actor: Actor) -> dict[str, Any] | None:
        """The request that takes the act back: `method`, `url` and `body`; None where there is none."""
        return None

    def after(self, done: Changed) -> str:
        """Where the browser goes on after an act: the group's page."""
        return self.url("", done.group.label)

    # Words and addresses

    @property
    def name(self) -> str:
        """`waybill`"""
        return self.kind.value

    @property
    def one(self) -> str:
        """`waybill`, for sentences."""
        return self.words.split(",")[0]

    def url(self, name: str = "", *args: str) -> str:
        """`url()` is the list, `url("new")` the stepper, `url("", label)` a detail, `url("act", label, name)` act."""
        if not name and not args:
            return reverse(f"console:{self.plural}")
        return reverse(f"console:{self.name}-{name}" if name else f"console:{self.name}", args=args)


def warehouses(actor: Actor) -> list[dict[str, Any]]:
    """Those in use, for choices."""
    rows = Warehouse.objects.visible_to(actor).filter(is_active=True).order_by("name")
    return [
        {"id": row.pk, "name": row.name, "address": row.address, "lat": row.latitude, "lng": row.longitude}
        for row in rows
    ]
