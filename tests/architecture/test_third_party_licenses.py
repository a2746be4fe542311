"""THIRD_PARTY_LICENSES.md lists what the requirements pin, under licences this product may use."""

import re

import pytest

from tests.architecture import third_party_licenses

LISTED = dict(
    re.findall(
        r"^\| ([a-z0-9-]+) \| (.*?) \| (?:running|development|set-up) \|$",
        third_party_licenses.DOCUMENT.read_text(),
        re.M,
    )
)
# A copyleft that reaches beyond the package itself would bind this product, too.
FORBIDDEN = re.compile(r"(?<!L)GPL|SSPL|AGPL|Commons-Clause|BUSL|CC-BY-NC")


def test_every_pinned_package_is_listed_and_no_other() -> None:
    assert set(LISTED) == set(third_party_licenses.locked_packages()), "Run `make licenses`."


@pytest.mark.parametrize("name", sorted(LISTED))
def test_the_package_has_a_licence_that_may_be_used(name: str) -> None:
    assert LISTED[name], f"{name} says nothing: look it up and add it to KNOWN."
    assert not FORBIDDEN.search(LISTED[name])


def test_the_list_says_what_the_installed_packages_say() -> None:
    pinned = third_party_licenses.pins("requirements-dev.txt")
    # Where two versions are pinned, this Python has installed one of them and the list may speak of the other.
    certain = {name for name in third_party_licenses.installed_packages() if pinned.count(name) == 1}
    said = {name: licence for name, licence in third_party_licenses.licences().items() if name in certain}
    assert {name: LISTED[name] for name in said} == said, "Run `make licenses`."
