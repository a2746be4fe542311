"""What a row says of an order's relatives: its legs or its parent, and where it goes back from."""

from collections.abc import Mapping
from typing import Any, TypedDict

from orders.legs import whole_code


class StagingPart(TypedDict):
    id: int
    name: str


class Kinship(TypedDict):
    """`is_parent`: a staged order, which is carried as two legs; `staging` is its warehouse. A leg names its `parent`.

    `is_locked`: an outbound leg that waits until the inbound one is staged. `flow` is `forward` where a replacement is
    brought and `return` where something goes back, then `source` is the order it goes back from. `return_status` is how
    the request to send a delivered order back stands.
    """

    leg: str
    parent: str | None
    is_parent: bool
    is_locked: bool
    staging: StagingPart | None
    wants_replacement: bool
    flow: str
    source: str | None
    return_status: str


COLUMNS = [
    "leg",
    "awaits_staging",
    "staging_warehouse_id",
    "wants_replacement",
    "flow",
    "source_order_id",
    "return_status",
]


def kinship(values: Any, names: Mapping[tuple[str, int], tuple[str, str]]) -> Kinship:
    """`values` has the columns above and the code, from which those of the relatives follow; see `rows` for `names`."""
    staging_id = values.staging_warehouse_id
    return {
        "leg": values.leg,
        "parent": whole_code(values.code) if values.leg else None,
        "is_parent": staging_id is not None,
        "is_locked": values.awaits_staging,
        "staging": None if staging_id is None else {"id": staging_id, "name": names["warehouse", staging_id][0]},
        "wants_replacement": values.wants_replacement,
        "flow": values.flow,
        "source": None if values.source_order_id is None else source_code(values.code),
        "return_status": values.return_status,
    }


def return_code(code: str, number: int = 1) -> str:
    """`D-10001-R` goes back from `D-10001`; a second one is `D-10001-R2`. Barcodes in the same way."""
    return f"{code}-R{number if number > 1 else ''}"


def source_code(code: str) -> str:
    return code.rpartition("-R")[0]
