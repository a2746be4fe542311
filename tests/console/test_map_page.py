"""The map page: who may open it, what it brings along, and that it contacts nobody else."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from dispatch_console.core.permissions import RoleKind
from tests.factories import create_order, make_driver, make_member, make_tenant, make_user

pytestmark = pytest.mark.django_db
MAP = "/console/map/"


def signed_in(role: str = RoleKind.DISPATCHER, **tenant: Any) -> Client:
    member = make_member(make_tenant(**tenant), role)
    client = Client()
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def embedded(content: str, element_id: str) -> Any:
    found = re.search(rf'<script id="{element_id}" type="application/json">(.*?)</script>', content, re.DOTALL)
    assert found, f"{element_id} is not in the page"
    return json.loads(found[1])


def test_a_stranger_is_asked_to_sign_in_and_comes_back_to_the_same_set() -> None:
    response = Client().get(f"{MAP}?status=open&zone=3")
    assert response.status_code == 302
    assert "next=%2Fconsole%2Fmap%2F%3Fstatus%3Dopen%26zone%3D3" in response["Location"].replace("/", "%2F").replace(
        "?next%3D", "?next="
    )


@pytest.mark.parametrize("role", [RoleKind.DISPATCHER, RoleKind.TENANT_ADMIN, RoleKind.OBSERVER])
def test_people_of_the_console_open_the_map(role: str) -> None:
    assert signed_in(role).get(MAP).status_code == 200


def test_a_driver_has_no_map_of_everybody() -> None:
    tenant = make_tenant()
    user = make_user()
    make_member(tenant, RoleKind.DRIVER, user=user)
    make_driver(tenant, user=user)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(MAP).status_code == 403


def test_the_page_brings_the_offline_street_map_and_no_orders(settings: Any) -> None:
    settings.TILE_URL = ""
    member = make_member(make_tenant())
    order = create_order(member.tenant).order
    client = Client()
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    content = client.get(MAP).content.decode()
    assert embedded(content, "map-settings") == {
        "tile_url": "",
        "tile_attribution": "",
        "basemap_url": "/static/region/basemap.json",
    }
    assert order.code not in content


def test_a_tile_server_is_used_where_one_is_set(settings: Any) -> None:
    settings.TILE_URL = "https://tiles.example.test/{z}/{x}/{y}.png"
    settings.TILE_ATTRIBUTION = "Example <b>Maps</b>"
    sent = embedded(signed_in().get(MAP).content.decode(), "map-settings")
    assert sent["tile_url"] == "https://tiles.example.test/{z}/{x}/{y}.png"
    assert sent["tile_attribution"] == "Example <b>Maps</b>"


def test_everything_the_page_loads_comes_from_this_site(settings: Any) -> None:
    settings.TILE_URL = ""
    response = signed_in().get(MAP)
    sources = re.findall(r'(?:src|href)="([^"]+)"', response.content.decode())
    assert sources
    assert [source for source in sources if re.match(r"(https?:)?//", source)] == []
    assert "unsafe" not in response["Content-Security-Policy"]


def test_the_page_knows_where_the_tenant_is_and_when_an_order_is_at_risk() -> None:
    client = signed_in(map_latitude=47.2, map_longitude=9.5, map_zoom=13, late_risk_minutes=20)
    tenant = embedded(client.get(MAP).content.decode(), "console-config")["tenant"]
    assert tenant["map"] == {"latitude": 47.2, "longitude": 9.5, "zoom": 13}
    assert tenant["late_risk_minutes"] == 20
