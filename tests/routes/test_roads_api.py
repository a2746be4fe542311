"""Ways over the API: what a map draws, and clear words for what is no way."""

import pytest

from dispatch_console.core.models import Tenant
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db

ADDRESS = "roads/way/"


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


def test_a_way_has_a_line_and_its_legs(tenant: Tenant) -> None:
    answer = Api(tenant).get(ADDRESS, points="47.1393,9.5228;47.1080,9.5280;47.1080,9.5280", vehicle="bike").json()
    assert answer["line"] == [[47.1393, 9.5228], [47.108, 9.528], [47.108, 9.528]]
    first, second = answer["legs"]
    assert (first["is_estimate"], second["minutes"], second["metres"]) == (True, 0, 0)
    assert 4_000 < first["metres"] == answer["metres"] < 5_000
    assert answer["minutes"] == first["minutes"] == pytest.approx(10.9)
    assert answer["source"] == "straight line × 1.3 at 25 km/h"


@pytest.mark.parametrize(
    "points",
    [
        "",
        "47.1,9.5",
        "47.1;9.5",
        "47.1,9.5;x",
        "47.1,9.5;nan,9.5",
        "47.1,9.5;91,9.5",
        "47.1,9.5;47.1,inf",
        "47.1,9.5;47.1,9.5,3",
        ";".join(["47.1,9.5"] * 101),
        "1" * 6000,
    ],
)
def test_what_is_no_sequence_of_points_is_named(tenant: Tenant, points: str) -> None:
    error = refusal(Api(tenant).get(ADDRESS, points=points), 400)
    assert "points" in error["details"]["fields"]


def test_an_unknown_vehicle_or_parameter_is_named(tenant: Tenant) -> None:
    two = "47.1,9.5;47.2,9.5"
    assert "vehicle" in refusal(Api(tenant).get(ADDRESS, points=two, vehicle="rocket"), 400)["details"]["fields"]
    refusal(Api(tenant).get(ADDRESS, points=two, speed="9"), 400)
