"""`manage.py load_demo_region`: two demo companies in a real region, with a day of orders behind them."""

import argparse
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dispatch_console.core import clock, stream
from dispatch_console.core.models import Tenant
from dispatch_console.region.demo import crowd, history, keys, lanes, people, profiles, trips, waybills

ACCOUNTS = (
    (f"dispatcher@{profiles.RHEINTAL_DOMAIN}", "dispatcher, all of Rheintal Kurier"),
    (f"unterland@{profiles.RHEINTAL_DOMAIN}", "dispatcher, team Unterland only"),
    (f"lead@{profiles.RHEINTAL_DOMAIN}", "shift lead, a custom role"),
    (f"admin@{profiles.RHEINTAL_DOMAIN}", "tenant admin"),
    (f"observer@{profiles.RHEINTAL_DOMAIN}", "read-only observer"),
    (f"support@{profiles.RHEINTAL_DOMAIN}", "support user"),
    (f"warehouse@{profiles.RHEINTAL_DOMAIN}", "warehouse staff"),
    (f"driver01@{profiles.RHEINTAL_DOMAIN}", "driver, to driver40"),
    (f"dispatcher@{profiles.ALPEN_DOMAIN}", "dispatcher of Alpen Express, behind the wall"),
    (f"both@{profiles.BOTH_DOMAIN}", "dispatcher of both companies"),
    (f"owner@{profiles.BOTH_DOMAIN}", "owner of the installation, all of the admin"),
)


class Command(BaseCommand):
    help = "Load the demo region: companies, people, zones, and the orders of a day that ends now. Safe to repeat."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--orders", type=int, default=300, help="orders of the day (default 300)")
        parser.add_argument("--drivers", type=int, default=40, help="drivers of Rheintal Kurier, at least 40")
        parser.add_argument("--keys", type=Path, default=None, help="where the simulation's API keys are written")
        parser.add_argument(
            "--with-known-passwords",
            action="store_true",
            help="create the demo accounts although DEBUG is off: everybody knows their password",
        )

    def handle(self, **options: Any) -> None:
        if not (settings.DEBUG or options["with_known_passwords"]):
            raise CommandError(
                "The demo accounts have a password that everybody knows, so they are only created where DEBUG is on. "
                "Add --with-known-passwords if nobody else can reach this installation."
            )
        began = time.monotonic()
        rheintal, alpen = profiles.build_rheintal(), profiles.build_alpen()
        profiles.build_people_of_both(rheintal, alpen)
        crowd.build(rheintal, total=options["drivers"], domain=profiles.RHEINTAL_DOMAIN)
        self.live(rheintal, orders=options["orders"], path=options["keys"] or keys.default_path())
        self.live(alpen, orders=max(1, options["orders"] // 12), path=None)
        stream.number_pending()
        self.stdout.write(f"The demo region is ready ({time.monotonic() - began:.1f} s).")
        self.print_accounts()

    def live(self, tenant: Tenant, *, orders: int, path: Path | None) -> None:
        """Give the company a day of orders, unless it is in the middle of one."""
        partner = keys.ensure(tenant, path) if path else keys.partner(tenant)
        now = clock.now()
        if history.has_a_living_day(tenant, now):
            return
        if partner is None:
            partner, _ = people.partner_key(tenant, name=keys.PARTNER_KEY)
        waybills.end_of_day(tenant)
        summary = history.live_the_day(tenant, orders=orders, partner=partner, now=now)
        closed = f", {summary.closed} of an earlier day closed" if summary.closed else ""
        self.stdout.write(f"{tenant}: {summary.orders} orders, {summary.acts} events{closed}.")
        if made := lanes.live(tenant, now):
            self.stdout.write(f"{tenant}: {made} routes with their sessions.")
        if made := trips.live(tenant, now):
            self.stdout.write(f"{tenant}: {made} trips.")
        if made := waybills.live(tenant, now):
            self.stdout.write(f"{tenant}: {made} waybills.")

    def print_accounts(self) -> None:
        self.stdout.write(f"Demo accounts, all with the password {people.PASSWORD}:")
        width = max(len(address) for address, _ in ACCOUNTS)
        for address, role in ACCOUNTS:
            self.stdout.write(f"  {address:<{width}}  {role}")
