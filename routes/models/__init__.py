"""Every model of routes, one noun a file."""

from routes.models.decision import AutomaticDecision
from routes.models.settings import DispatchSettings

__all__ = ["AutomaticDecision", "DispatchSettings"]
