"""`manage.py position_days`: what the schedule does once an hour, by hand, and what there is now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from drivers import partitions


class Command(BaseCommand):
    help = "Make the coming days of the position history, drop those past the retention time, and list the rest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep", type=int, metavar="DAYS", help="instead of the setting POSITION_RETENTION_DAYS")

    def handle(self, *args: Any, keep: int | None = None, **options: Any) -> None:
        for day in partitions.make_days_ahead():
            self.stdout.write(f"made     {day}")
        for day in partitions.drop_old_days(keep_days=keep):
            self.stdout.write(f"dropped  {day}")
        with connection.cursor() as cursor:
            for day in partitions.days_there():
                name = partitions.partition_name(day)
                cursor.execute("SELECT pg_size_pretty(pg_total_relation_size(%s::regclass))", [name])
                [size] = cursor.fetchone() or ["?"]
                self.stdout.write(f"kept     {day}  {size}")
