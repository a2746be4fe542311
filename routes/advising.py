"""Why a driver was chosen, as it is kept with the assignment: the best five and the chosen one, bounded in size."""

import json
from typing import Any

from dispatch_console.core import clock
from dispatch_console.core.actor import Actor
from orders.models import Order
from routes.candidates import CandidateList, candidates, change_dict
from routes.changes import Change
from routes.ranking import Candidate, Ranking

KEPT = 5
LONGEST_NAME = 60
LONGEST_SENTENCE = 240
MOST_BYTES = 12_000


def explain(order: Order, driver_id: int, actor: Actor) -> dict[str, Any] | None:
    """What the ranking says now about giving the order to this driver; None when the driver is not among those judged.

    It is advice, made before the lock: whether the driver may take the order is decided by the engine.
    """
    return explained(candidates(order, actor), driver_id)


def explained(found: CandidateList, driver_id: int) -> dict[str, Any] | None:
    return explanation(found.ranking, driver_id, found.change, total=found.total)


def explanation(
    ranking: Ranking, driver_id: int, change: Change | None, *, total: int, reasons: list[str] | None = None
) -> dict[str, Any] | None:
    """`reasons` are the sentences of an automatic decision, which looks at more than this one order."""
    chosen = next((each for each in ranking.candidates if each.driver.pk == driver_id), None)
    if chosen is None:
        return None
    kept = ranking.candidates[:KEPT]
    if chosen not in kept:
        kept.append(chosen)
    content: dict[str, Any] = {
        "at": clock.iso(clock.now()),
        "chosen": driver_id,
        "place": ranking.candidates.index(chosen) + 1,
        "reasons": [sentence[:LONGEST_SENTENCE] for sentence in (reasons or [])[:6]],
        "deciding": ranking.deciding(chosen)[:LONGEST_SENTENCE],
        "change": change_dict(change),
        "measured_from": ranking.origin.words[:LONGEST_NAME],
        "judged": len(ranking.candidates),
        "possible": len(ranking.possible),
        "total": total,
        "candidates": [_compact(each, ranking) for each in kept],
    }
    # The chosen one stays, whatever has to go.
    while len(json.dumps(content)) > MOST_BYTES and len(content["candidates"]) > 1:
        places = [place for place, each in enumerate(content["candidates"]) if each["id"] != driver_id]
        del content["candidates"][places[-1]]
    return content


def _compact(candidate: Candidate, ranking: Ranking) -> dict[str, Any]:
    whole = candidate.as_dict(ranking.deciding(candidate))
    names = ("id", "score", "pickup_minutes", "door_minutes", "open_orders", "used", "limit", "is_blocked")
    return {
        "name": candidate.driver.name[:LONGEST_NAME],
        **{name: whole[name] for name in names},
        "deciding": whole["deciding"][:LONGEST_SENTENCE],
        "rules": [
            {
                "rule": each["rule"],
                "level": each["level"],
                "sentence": each["sentence"][:LONGEST_SENTENCE],
                "minutes": each["minutes"],
            }
            for each in whole["rules"]
        ],
    }
