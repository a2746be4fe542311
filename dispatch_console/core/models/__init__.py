"""Every model of the basement, one noun a file."""

from dispatch_console.core.models.calendar import Holiday, WorkingDays
from dispatch_console.core.models.counters import Counter
from dispatch_console.core.models.customers import Customer, CustomerAddress
from dispatch_console.core.models.events import Event, StreamHead
from dispatch_console.core.models.keys import ApiKey
from dispatch_console.core.models.places import Warehouse, Zone
from dispatch_console.core.models.sessions import UserSession
from dispatch_console.core.models.tenancy import CustomRole, Membership, Team, Tenant, User

__all__ = [
    "ApiKey",
    "Counter",
    "CustomRole",
    "Customer",
    "CustomerAddress",
    "Event",
    "Holiday",
    "Membership",
    "StreamHead",
    "Team",
    "Tenant",
    "User",
    "UserSession",
    "Warehouse",
    "WorkingDays",
    "Zone",
]
