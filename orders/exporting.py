"""Order lists as files: the filtered set with chosen columns, in the tenant's time zone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, Refused
from dispatch_console.core.filtering import once_each, refuse_unknown
from dispatch_console.core.keyset import count_up_to, read_page
from dispatch_console.core.models import Tenant
from orders.access import require
from orders.export_columns import Column, read_columns
from orders.form_columns import form_rows
from orders.rows import OrderRow
from orders.selectors import DEFAULT_ORDERING, SORTS, filtered_orders, in_order
from orders.spreadsheets import MEDIA_TYPES, Cell

LIMITS: dict[str, int] = {"csv": 200_000, "xlsx": 25_000}
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Export:
    """A checked request: nothing is read until it is written."""

    actor: Actor
    params: dict[str, str]
    kind: str
    columns: list[Column]
    zone: ZoneInfo
    filename: str

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]

    def headings(self) -> list[str]:
        return [
            f"{column.heading} ({self.zone.key})" if column.kind == "moment" else column.heading
            for column in self.columns
        ]

    def rows(self) -> Iterator[Sequence[Cell]]:
        """The headings, then all rows by keyset pages, so that neither memory nor one long query holds them."""
        yield self.headings()
        cursor: str | None = ""
        found = filtered_orders(self.actor, self.params)
        ordering = self.params.get("ordering") or DEFAULT_ORDERING
        while cursor is not None:
            page = read_page(found, SORTS, ordering=ordering, cursor=cursor, limit=CHUNK)
            rows = in_order(page.ids, whole_notes=True)
            if any(column.is_of_form for column in self.columns):
                forms = form_rows(page.ids)
                for row in rows:
                    row["form"] = forms[row["id"]]  # type: ignore[typeddict-unknown-key]
            for row in rows:
                yield [self._cell(column, row) for column in self.columns]
            cursor = page.next_cursor

    def widths(self) -> list[int]:
        return [column.width for column in self.columns]

    def _cell(self, column: Column, row: OrderRow) -> Cell:
        value = column.value(row)
        if column.kind == "moment":
            return datetime.fromisoformat(value).astimezone(self.zone).replace(tzinfo=None) if value else None
        return Decimal(value) if column.kind == "money" else value


def prepare(actor: Actor, params: Mapping[str, str]) -> Export:
    """Check an export before a byte is sent: the right, the filters, the columns, and that it is not cut short."""
    require(actor, "orders.export")
    asked = once_each(params)
    kind = asked.pop("format", "csv")
    if kind not in LIMITS:
        raise Invalid.fields(format="Choose csv or xlsx.")
    columns = read_columns(asked.pop("columns", ""))
    refuse_unknown([name for name in ("cursor", "limit") if name in asked], known=["format", "columns", "ordering"])
    found = filtered_orders(actor, asked)
    if (ordering := asked.get("ordering", "")) and ordering.removeprefix("-") not in SORTS:
        raise Invalid.fields(ordering=f"Order by one of: {', '.join(SORTS)}; with a minus sign for descending.")
    most = LIMITS[kind]
    if count_up_to(found, most)[1]:
        other = f", or take CSV, which holds up to {LIMITS['csv']:,}" if kind == "xlsx" else ""
        raise Refused(
            f"The list has more than {most:,} orders, the most a {kind.upper()} file takes. Narrow the filters{other}.",
            code="export_too_large",
            details={"limit": most},
        )
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    today = clock.now().astimezone(tenant.zone_info)
    filename = f"orders-{today:%Y-%m-%d-%H%M}.{kind}"
    return Export(actor, asked, kind, columns, tenant.zone_info, filename)
