"""Why this driver: what the planning above says about an assignment, asked before the lock and kept with it."""

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import DomainError
from orders.access import MAY_READ, get_order
from orders.actions import Action, Assign, Switch
from orders.models import Order

logger = logging.getLogger(__name__)

# Set by the app that plans, when it starts.
adviser: Callable[[Order, int, Actor], dict[str, Any] | None] | None = None


def advised(action: Action, *, code: str, actor: Actor) -> Action:
    """The same action with its explanation, for doors through which a person gives one order to a driver.

    Whether the actor may, and whether the driver can, is the engine's to say: an actor without the rights gets no
    advice here and is refused there.
    """
    if adviser is None or not isinstance(action, Assign | Switch):
        return action
    if not (actor.may(MAY_READ) and actor.may(action.permission)):
        return action
    try:
        return replace(action, explanation=adviser(get_order(actor, code), action.driver_id, actor))
    except DomainError as refusal:
        logger.info("No explanation for %s: %s", code, refusal.message)
        return action
