"""Forgiving search in the address index, and honesty about what is only estimated."""

import time
from pathlib import Path

import pytest

from dispatch_console.core import geocoding
from dispatch_console.core.geo import haversine_metres
from dispatch_console.core.geocoding.address_index import AddressIndex
from dispatch_console.core.geocoding.folding import words
from dispatch_console.core.geocoding.region import RegionProvider


@pytest.fixture(scope="module")
def provider() -> RegionProvider:
    from django.conf import settings

    return RegionProvider(Path(settings.GEOCODER_ADDRESS_INDEX))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Landstrasse 77 Triesenberg", "Landstrasse 77, 9497 Triesenberg"),
        ("triesenberg 77 landstr.", "Landstrasse 77, 9497 Triesenberg"),
        ("lanstrase 77 triesenb", "Landstrasse 77, 9497 Triesenberg"),
        ("9497 landstraße 77", "Landstrasse 77, 9497 Triesenberg"),
        ("Täscherlochstrasse 4", "Täscherlochstrasse 4, 9497 Triesenberg"),
        ("taescherlochstr 4", "Täscherlochstrasse 4, 9497 Triesenberg"),
        ("tascherlochstr 4", "Täscherlochstrasse 4, 9497 Triesenberg"),
        ("vad", "Vaduz"),
        ("staedtle", "Städtle, 9490 Vaduz"),
        ("fürst franz vaduz", "Fürst-Franz-Josef-Strasse, 9490 Vaduz"),
        ("landesspital", "Liechtensteinisches Landesspital, Heiligkreuz 25, 9490 Vaduz"),
    ],
)
def test_the_first_answer_is_the_place_that_was_meant(provider: RegionProvider, typed: str, expected: str):
    assert provider.search(typed)[0].label == expected


def test_a_surveyed_house_number_is_exact(provider: RegionProvider):
    house = provider.search("Landstrasse 77 Triesenberg")[0]
    assert (house.kind, house.house_number, house.postcode, house.country) == ("house", "77", "9497", "LI")
    assert not house.approximate


def test_a_number_between_two_known_ones_is_placed_between_them_and_marked(provider: RegionProvider):
    place = provider.search("Im Pardiel 12, Schaan")[0]
    assert place.label == "Im Pardiel 12, 9494 Schaan"
    assert place.approximate


def test_a_street_without_a_number_is_marked_as_approximate(provider: RegionProvider):
    place = provider.search("Städtle Vaduz")[0]
    assert (place.kind, place.approximate) == ("street", True)


def test_a_number_that_the_street_does_not_have_gives_the_street_and_never_invents_a_door(provider: RegionProvider):
    place = provider.search("Städtle 999 Vaduz")[0]
    assert (place.kind, place.house_number, place.approximate) == ("street", "", True)


def test_of_streets_with_one_name_the_near_one_comes_first(provider: RegionProvider):
    in_balzers = provider.search("Landstrasse", near=(47.0667, 9.5))[0]
    in_schaan = provider.search("Landstrasse", near=(47.1663, 9.5103))[0]
    assert (in_balzers.city, in_schaan.city) == ("Balzers", "Schaan")


@pytest.mark.parametrize("typed", ["", "   ", "qqqqxxxx wwwwyyyy", "'; DROP TABLE core_order; --", "\x00", "🚲"])
def test_nonsense_finds_nothing_and_breaks_nothing(provider: RegionProvider, typed: str):
    assert provider.search(typed) == []


def test_a_very_long_text_is_cut_and_never_more_than_the_limit_is_answered(provider: RegionProvider):
    assert len(provider.search("landstrasse " * 10_000, limit=3)) <= 3


def test_reverse_finds_the_house_that_stands_there(provider: RegionProvider):
    house = provider.search("Landstrasse 77 Triesenberg")[0]
    assert provider.reverse(house.lat + 0.00003, house.lng) == house


def test_reverse_between_houses_finds_the_street_and_far_outside_nothing(provider: RegionProvider):
    street = provider.reverse(47.1787, 9.4966)
    assert street is not None
    assert street.approximate
    assert haversine_metres(street.lat, street.lng, 47.1787, 9.4966) < 1
    assert provider.reverse(48.2, 9.0) is None


def test_a_search_takes_a_few_milliseconds(provider: RegionProvider):
    typed = ["landstr 45", "feldkircher strasse 5 schaan", "lanstrase triesen", "aeulestr", "im gapetsch 3", "coop"]
    provider.search("warm up")
    times = []
    for text in typed * 5:
        started = time.perf_counter()
        provider.search(text)
        times.append(time.perf_counter() - started)
    assert sorted(times)[len(times) // 2] < 0.005


def test_folding_makes_spellings_equal():
    assert words("Äulestr.") == words("aeulestraße") == words("AULESTRASSE")
    assert words("12 A") == ["12a"]


def test_an_index_of_another_form_is_refused():
    with pytest.raises(ValueError, match="derive it again"):
        AddressIndex.from_document({"format": 99})


def test_an_index_that_cannot_be_read_is_reported_as_unavailable(settings, tmp_path):
    settings.GEOCODER_ADDRESS_INDEX = str(tmp_path / "missing.json.gz")
    with pytest.raises(geocoding.GeocodingUnavailable, match=r"missing\.json\.gz"):
        geocoding.provider()
