"""What every map of ours is drawn on: a tile server where one is set, else our own street map."""

from django.conf import settings
from django.templatetags.static import static

BASEMAP = "region/basemap.json"


WAYS = "Ways © OpenStreetMap contributors"


def attribution() -> str:
    """Of the tiles; ways along streets are drawn on them, whose makers must be named, too."""
    credit = settings.TILE_ATTRIBUTION
    if not settings.TILE_URL or settings.ROADS_PROVIDER == "straight" or "OpenStreetMap" in credit:
        return credit
    return f"{credit} | {WAYS}"


def map_settings() -> dict[str, str]:
    """Read by the browser's map modules."""
    return {
        "tile_url": settings.TILE_URL,
        "tile_attribution": attribution(),
        "basemap_url": static(BASEMAP),
    }
