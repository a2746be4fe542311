"""The graphs that the settings ask for, built in the background as soon as somebody can."""

import logging
from pathlib import Path

from django.conf import settings as site

from routes.roads import graph
from routes.roads.choosing import USED_PROFILES

logger = logging.getLogger(__name__)


def prepare() -> list[str]:
    """Build what is missing or older than ROADS_EXTRACT; the profiles that are new. Harmless when several do it."""
    if site.ROADS_PROVIDER != "osrm" or not site.ROADS_EXTRACT or not graph.engine_version():
        return []
    directory, extract = Path(site.ROADS_DIR), Path(site.ROADS_EXTRACT)
    found = []
    for profile in USED_PROFILES:
        try:
            if not graph.is_current(directory, profile, extract) and graph.build(extract, profile, directory):
                found.append(profile)
        except (OSError, graph.CannotBuild) as problem:
            logger.error("The street graph for %s cannot be built: %s", profile, problem)
            break
    return found
