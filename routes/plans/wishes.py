"""What a dispatcher may ask of a plan, as it is stored with the run."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Self

MOST_ORDERS = 300
MOST_DRIVERS = 60
MOST_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Options:
    """`goal`: what is short when promises and priorities are equal; "drivers" means as few as possible.

    `may_be_late`: minutes after their promise at which orders may still be planned; what is promised by now holds all
    the same. `reshuffle`: orders that were given to a driver and not begun may change the driver. `begins_at` and
    `ends_at` bound the work (ISO 8601; empty: now, and the end of each shift). `warehouse_id`: drivers begin there
    instead of where they are; `returns`: and come back to where they begin. `rest_minutes` within [`rest_from`,
    `rest_until`] is each driver's break. `seconds` is how long to search.
    `on_duty`: of so many drivers on duty the nearest were taken, because nobody was named.
    """

    goal: str = "time"
    may_be_late: int = 0
    reshuffle: bool = False
    begins_at: str = ""
    ends_at: str = ""
    warehouse_id: int | None = None
    returns: bool = False
    rest_minutes: int = 0
    rest_from: str = ""
    rest_until: str = ""
    seconds: int = 5
    on_duty: int = 0

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Self:
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def moment(text: str) -> datetime | None:
        return datetime.fromisoformat(text) if text else None
