"""Django's description of this app."""

from django.apps import AppConfig


class RoutesConfig(AppConfig):
    name = "routes"

    def ready(self) -> None:
        from dispatch_console.core import health
        from orders import advice, groups
        from orders.states import GroupKind
        from routes import advising, bulk
        from routes.commands import session_members, session_status, trip_driver, trip_rows, trip_status
        from routes.reading import events
        from routes.roads import choosing

        # The doors of orders stand below this app: they are handed the adviser instead of importing it.
        advice.adviser = advising.explain
        # Straight lines stand in for everything else: whatever roads do, the installation is ready.
        health.CHECKS["roads"] = choosing.status
        groups.keepers[GroupKind.TRIP] = trip_status.keep
        groups.sequencers[GroupKind.TRIP] = trip_rows.places
        groups.movers[GroupKind.TRIP] = trip_driver.take_over
        groups.keepers[GroupKind.SESSION] = session_status.follow
        groups.movers[GroupKind.SESSION] = session_members.take_over
        events.register()
        bulk.register()
