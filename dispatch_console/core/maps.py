"""What every map of ours is drawn on: a tile server where one is set, else our own street map."""

from django.conf import settings
from django.templatetags.static import static

BASEMAP = "region/basemap.json"


def map_settings() -> dict[str, str]:
    """Read by the browser's map modules."""
    return {
        "tile_url": settings.TILE_URL,
        "tile_attribution": settings.TILE_ATTRIBUTION,
        "basemap_url": static(BASEMAP),
    }
