"""`manage.py build_roads extract.osm.pbf`: street graphs for travel times, from an OpenStreetMap extract."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from routes.roads import graph
from routes.roads.choosing import USED_PROFILES


class Command(BaseCommand):
    help = "Build the street graphs that ROADS_PROVIDER=osrm asks; does nothing where they are of this extract already."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("extract", type=Path, help="an OpenStreetMap extract (.osm.pbf)")
        parser.add_argument(
            "--profile",
            action="append",
            choices=graph.PROFILES,
            help=f"for which vehicles; may be repeated; without it: {', '.join(USED_PROFILES)}",
        )

    def handle(self, *, extract: Path, profile: list[str] | None, **options: Any) -> None:
        directory = Path(settings.ROADS_DIR)
        for each in profile or USED_PROFILES:
            self.stdout.write(f"{each}:")
            try:
                graph.build(extract, each, directory, say=lambda line: self.stdout.write(f"  {line}"))
            except graph.CannotBuild as problem:
                raise CommandError(str(problem)) from None
        self.stdout.write(f"The graphs are in {directory}. Map data © OpenStreetMap contributors, ODbL.")
