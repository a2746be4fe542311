"""Geocoding behind one interface: which provider answers is a setting."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from dispatch_console.core.geocoding.base import GeocodingUnavailable, Place, Provider, label_of
from dispatch_console.core.geocoding.nominatim import NominatimProvider
from dispatch_console.core.geocoding.region import RegionProvider

__all__ = ["GeocodingUnavailable", "Place", "Provider", "label_of", "provider"]


def provider() -> Provider:
    """The provider that the settings choose; the address index is read once per process."""
    if settings.GEOCODER == "nominatim":
        return NominatimProvider(
            settings.NOMINATIM_URL,
            timeout_seconds=settings.NOMINATIM_TIMEOUT_SECONDS,
            user_agent=settings.NOMINATIM_USER_AGENT,
        )
    return _region_provider(Path(settings.GEOCODER_ADDRESS_INDEX))


@lru_cache(maxsize=2)
def _region_provider(path: Path) -> RegionProvider:
    try:
        return RegionProvider(path)
    except (OSError, ValueError, KeyError) as error:
        raise GeocodingUnavailable(f"The address index {path.name} cannot be read: {error}.") from error
