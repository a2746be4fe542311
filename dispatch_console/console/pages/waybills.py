"""Waybills in the console: what the shared pages need to know of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from dispatch_console.console.groups import waybills as shown
from dispatch_console.console.groups.kinds import (
    Column,
    Detail,
    Filter,
    GroupKindPages,
    Step,
    Tab,
    Telling,
    warehouses,
)
from dispatch_console.console.pages.groups import group_urls, parsed
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.models import Event, Tenant
from orders.states import CarrierType, GroupKind
from routes.commands import waybills
from routes.commands.change import Changed
from routes.commands.waybill_acts import COMMANDS
from routes.commands.waybill_rules import ACTS
from routes.inputs.waybills import INPUTS, WaybillFields
from routes.models import Waybill, WaybillStatus
from routes.models.waybill import CARRIERS
from routes.reading import waybills as reading
from routes.reading.lists import Listing

DAYS = tuple((name, name.replace("_", " ").capitalize()) for name in ("created", "updated", *reading.MOMENTS))


class WaybillPages(GroupKindPages):
    kind = GroupKind.WAYBILL
    plural = "waybills"
    title = "Waybills"
    icon = "waybill"
    words = "waybill,waybills"
    paper = ("Print the manifest", "waybill-manifest")
    statuses = {
        WaybillStatus.DRAFTED: Tab("Drafted", "quiet"),
        WaybillStatus.SEALED: Tab("Sealed", "accent"),
        WaybillStatus.PICKED_UP: Tab("Picked up", "move"),
        WaybillStatus.IN_TRANSIT: Tab("In transit", "move"),
        WaybillStatus.RECEIVED: Tab("Received", "warn"),
        WaybillStatus.CLOSED: Tab("Closed", "good"),
        WaybillStatus.CANCELLED: Tab("Cancelled", "bad"),
    }
    columns = (
        Column("label", "Number", "label", sort="label"),
        Column("status", "Status", "status", sort="status"),
        Column("origin", "Origin", "place"),
        Column("destination", "Destination", "place"),
        Column("carrier", "Carrier"),
        Column("driver", "Driver", "driver"),
        Column("assignment", "Assignment", shown=False),
        Column("orders", "Orders", "number"),
        Column("units", "Units", "number"),
        Column("notes", "Notes", shown=False),
        Column("assigned_at", "Assigned", "time", sort="assigned_at", shown=False),
        Column("created_at", "Created", "time", sort="created_at"),
        Column("updated_at", "Updated", "time", sort="updated_at", shown=False),
        Column("sealed_at", "Sealed", "time", sort="sealed_at"),
        Column("dispatched_at", "Dispatched", "time", sort="dispatched_at"),
        Column("received_at", "Received", "time", sort="received_at"),
        Column("closed_at", "Closed", "time", sort="closed_at", shown=False),
        Column("cancelled_at", "Cancelled", "time", sort="cancelled_at", shown=False),
    )
    filters = (
        Filter("carrier_type", "Carrier", choices=tuple((each.value, each.label) for each in CARRIERS)),
        Filter("driver", "Driver", kind="driver"),
        Filter("warehouse", "Warehouse", kind="warehouse"),
        Filter("direction", "Direction", choices=(("outbound", "Outbound"), ("inbound", "Inbound"))),
        Filter("days", "Days", kind="days", choices=DAYS),
    )
    steps = (
        Step("details", "Details", template="console/waybills/details.html"),
        Step("orders", "Orders", kind="orders"),
        Step("seal", "Seal", kind="review", act="seal"),
    )

    def listing(self, actor: Actor, params: Mapping[str, str]) -> Listing:
        return reading.read_waybills(actor, params)

    def rows(self, groups: Sequence[Any]) -> list[dict[str, Any]]:
        return shown.rows(list(groups))

    def get(self, actor: Actor, label: str) -> Waybill:
        return reading.get_waybill(actor, label)

    def detail(self, group: Waybill, actor: Actor, tenant: Tenant) -> Detail:
        return shown.detail(group, actor)

    def telling(self, event: Event) -> Telling:
        return shown.telling(event)

    def eligible(self, group: Waybill, actor: Actor, params: Mapping[str, str]) -> dict[str, Any]:
        return reading.eligible(group, actor, params)

    def dialog(self, name: str, group: Waybill, actor: Actor) -> dict[str, Any]:
        return shown.dialog(name, group, actor)

    def act(
        self, name: str, label: str, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str
    ) -> Changed:
        if name not in INPUTS:
            raise NotVisible("There is no such action.")
        given = parsed(INPUTS[name](data=content))
        version = given.validated_data["version"]
        return COMMANDS[name](label, actor=actor, version=version, key=key, **given.arguments())

    def create(self, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str) -> Changed:
        return waybills.create(parsed(WaybillFields(data=content)).values(), actor=actor, key=key)

    def edit(self, label: str, content: Mapping[str, Any], *, actor: Actor, tenant: Tenant, key: str) -> Changed:
        given = parsed(WaybillFields(data=content, partial=True))
        version = given.validated_data.get("version")
        return waybills.edit(label, given.values(), actor=actor, version=version, key=key)

    def form(self, group: Waybill | None, actor: Actor) -> dict[str, Any]:
        return {
            "values": shown.form_values(group),
            "warehouses": warehouses(actor),
            "carriers": [(each.value, each.label) for each in CARRIERS],
            "internal": CarrierType.INTERNAL.value,
            "acts": ACTS,
        }


urlpatterns = group_urls(WaybillPages())
