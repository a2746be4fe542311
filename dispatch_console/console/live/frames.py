"""The frames a console receives, each encoded once for all who get it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from dispatch_console.core import clock
from dispatch_console.core.realtime import EtaRow, PositionRow, ProgressRow

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Frame:
    """A ready ASGI message. `is_stale_soon`: better dropped than sent late."""

    message: dict[str, str]
    size: int
    is_stale_soon: bool = False


def frame(content: Mapping[str, Any], *, is_stale_soon: bool = False) -> Frame:
    body = _encode(content)
    return Frame({"type": "websocket.send", "text": body.decode()}, len(body), is_stale_soon)


def now() -> str:
    return clock.iso(clock.now())


def welcome(number: int) -> Frame:
    """`number` is where the stream stands; what the viewer has missed up to there follows at once."""
    return frame({"t": "welcome", "number": number, "server_time": now()})


def beat(number: int, beat_number: int) -> Frame:
    """The picture was whole up to `number` at `server_time`. The viewer answers {"t": "seen", "beat": …}."""
    return frame({"t": "beat", "number": number, "beat": beat_number, "server_time": now()})


def reload(number: int, why: str) -> Frame:
    """Read your data anew: it holds everything up to `number`, and the stream goes on after it."""
    return frame({"t": "reload", "why": why, "number": number})


def events(first: int, last: int, items: list[dict[str, Any]]) -> Frame:
    return frame({"t": "events", "from": first, "to": last, "items": items})


def drivers(rows: list[Any]) -> Frame:
    return frame({"t": "drivers", "items": rows})


def groups(items: list[dict[str, Any]]) -> Frame:
    """Waybills, trips and sessions that changed: kind, label, version and status, not more."""
    return frame({"t": "groups", "items": items})


def progress(rows: Iterable[ProgressRow]) -> Frame:
    """Who may hear of a work is the server's business, and stays there."""
    names = ("kind", "id", "done", "total", "state", "label", "url")
    items = [{name: getattr(row, name) for name in names} for row in rows]
    return frame({"t": "progress", "items": items}, is_stale_soon=True)


def etas(rows: Iterable[EtaRow]) -> Frame:
    """`eta` as an order row has it; null where nobody is expected any more."""
    items = [
        {
            "id": row.order_id,
            "eta": None
            if row.driver_id is None
            else {"pickup_at": row.pickup_at, "dropoff_at": row.dropoff_at, "is_estimate": row.is_estimate},
        }
        for row in rows
    ]
    return frame({"t": "etas", "items": items}, is_stale_soon=True)


def positions(rows: Iterable[PositionRow]) -> Frame:
    return positions_of([row(each) for each in rows], at=now())


def row(position: PositionRow) -> str:
    return _encode(position).decode()


def positions_of(rows: Iterable[str], *, at: str) -> Frame:
    """From rows that are text already: each is written once for all frames it stands in."""
    text = f'{{"t":"positions","at":"{at}","drivers":[{",".join(rows)}]}}'
    return Frame({"type": "websocket.send", "text": text}, len(text), is_stale_soon=True)
