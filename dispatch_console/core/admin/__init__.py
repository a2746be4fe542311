"""The admin of the basement; importing it registers every page."""

from dispatch_console.core.admin import customers, events, keys, members, places, tenancy

__all__ = ["customers", "events", "keys", "members", "places", "tenancy"]
