"""The admin in a real browser: zones drawn with the mouse, faults shown on the map, secrets handed over."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dispatch_console.core.models import ApiKey, Membership, Tenant, Warehouse, Zone
from dispatch_console.core.permissions import RoleKind
from tests.browser.conftest import eventually, serious_faults, session_of
from tests.factories import (
    make_customer,
    make_driver,
    make_member,
    make_tenant,
    make_user,
    make_warehouse,
    make_zone,
    square,
)

MAP = "[data-zone-map] .form-map-host"


@pytest.fixture
def tenant(transactional_db: None) -> Tenant:
    return make_tenant(name="Rhine Couriers", map_latitude=47.14, map_longitude=9.52, map_zoom=13)


@pytest.fixture
def open_admin(asgi_server: str, new_context: Callable[..., Any], tenant: Tenant) -> Callable[..., Page]:
    """A page of the admin as the tenant's admin sees it, in a browser of its own."""

    def open_page(path: str, *, member: Membership | None = None, **options: Any) -> Page:
        user = (member or make_member(tenant, RoleKind.TENANT_ADMIN, user=make_user(first_name="Tina"))).user
        context = new_context(base_url=asgi_server, **options)
        context.add_cookies([{"name": "sessionid", "value": session_of(user), "url": asgi_server}])
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"uncaught in the page: {error}"))
        page.goto(path)
        return page

    return open_page


def start_zone(page: Page) -> Any:
    """Fills in the words of a zone; returns the place of its map on the screen."""
    page.fill("#id_name", "Vaduz")
    page.fill("#id_code", "VAD")
    host = page.locator(MAP)
    host.scroll_into_view_if_needed()
    page.wait_for_selector(f"{MAP} .leaflet-draw-draw-polygon")
    return host.bounding_box()


def corners(box: Any, *shares: tuple[float, float]) -> list[tuple[float, float]]:
    return [(box["x"] + across * box["width"], box["y"] + down * box["height"]) for across, down in shares]


def draw_ring(page: Page, points: list[tuple[float, float]]) -> None:
    for x, y in [*points, points[0]]:
        page.mouse.move(x, y)
        page.mouse.click(x, y)
        page.wait_for_timeout(60)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=5)
    page.mouse.up()


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/core/zone/")


def test_a_polygon_with_a_hole_is_drawn_with_the_mouse(open_admin, tenant):
    page = open_admin("/admin/core/zone/add/")
    box = start_zone(page)
    page.click(f"{MAP} .leaflet-draw-draw-polygon")
    draw_ring(page, corners(box, (0.4, 0.3), (0.8, 0.3), (0.8, 0.8), (0.4, 0.8)))
    page.get_by_role("button", name="Cut a hole").click()
    box = page.locator(MAP).bounding_box()  # the click may have scrolled
    draw_ring(page, corners(box, (0.5, 0.4), (0.7, 0.4), (0.7, 0.6)))
    save(page)
    zone = Zone.objects.get()
    assert (zone.shape, zone.tenant, zone.geometry["type"]) == ("polygon", tenant, "Polygon")
    outer, hole = zone.geometry["coordinates"]
    assert (len(outer), len(hole)) == (5, 4)
    assert all(9.4 < longitude < 9.65 and 47 < latitude < 47.3 for longitude, latitude in outer)


def test_two_polygons_are_one_zone_of_two_parts(open_admin):
    page = open_admin("/admin/core/zone/add/")
    box = start_zone(page)
    for left in (0.2, 0.6):
        page.click(f"{MAP} .leaflet-draw-draw-polygon")
        draw_ring(page, corners(box, (left, 0.3), (left + 0.2, 0.3), (left + 0.1, 0.6)))
    save(page)
    assert Zone.objects.get().geometry["type"] == "MultiPolygon"
    assert len(Zone.objects.get().geometry["coordinates"]) == 2


def test_a_circle_and_a_rectangle_are_drawn_with_the_mouse(open_admin):
    page = open_admin("/admin/core/zone/add/")
    box = start_zone(page)
    page.click(f"{MAP} .leaflet-draw-draw-rectangle")
    drag(page, *corners(box, (0.3, 0.3), (0.6, 0.6)))
    expect(page.locator("#id_shape")).to_have_value("rectangle")
    page.click(f"{MAP} .leaflet-draw-draw-circle")
    drag(page, *corners(box, (0.5, 0.5), (0.6, 0.5)))
    expect(page.locator(".form-map-words")).to_contain_text("One circle with a radius of")
    save(page)
    zone = Zone.objects.get()
    assert zone.shape == "circle"
    assert zone.radius_metres > 50
    assert len(zone.geometry["coordinates"][0]) > 50


def test_a_zone_is_changed_by_moving_a_corner(open_admin, tenant):
    zone = make_zone(tenant, square(9.5, 47.12, 9.54, 47.16))
    page = open_admin(f"/admin/core/zone/{zone.pk}/change/")
    page.locator(MAP).scroll_into_view_if_needed()
    page.click(f"{MAP} .leaflet-draw-edit-edit")
    corner = page.locator(f"{MAP} .leaflet-editing-icon").first.bounding_box()
    place = (corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2)
    drag(page, place, (place[0] - 60, place[1] - 40))
    save(page)
    moved = Zone.objects.get().geometry["coordinates"][0]
    assert len(moved) == 5
    assert moved != zone.geometry["coordinates"][0]


def test_the_place_of_a_fault_is_marked_on_the_map(open_admin):
    page = open_admin("/admin/core/zone/add/")
    start_zone(page)
    bow_tie = '{"type":"Polygon","coordinates":[[[9.5,47.12],[9.54,47.16],[9.54,47.12],[9.5,47.16],[9.5,47.12]]]}'
    page.locator(".form-map-text summary").click()
    page.locator("#id_geometry").fill(bow_tie)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".field-geometry .errorlist")).to_have_text("The outline crosses itself near 47.1400, 9.5200.")
    page.wait_for_selector(f'{MAP} path[stroke="#b92234"]')


def test_a_warehouse_is_set_by_a_click_and_moved_by_hand(open_admin):
    page = open_admin("/admin/core/warehouse/add/")
    for name, value in (("name", "Hub"), ("code", "HUB"), ("address", "Industriering 1")):
        page.fill(f"#id_{name}", value)
    host = page.locator("[data-point-map] .form-map-host")
    host.scroll_into_view_if_needed()
    page.wait_for_selector("[data-point-map] .leaflet-pane", state="attached")
    box = host.bounding_box()
    page.mouse.click(*corners(box, (0.5, 0.5))[0])
    expect(page.locator("#id_latitude")).not_to_have_value("")
    first = float(page.input_value("#id_latitude"))
    assert abs(first - 47.14) < 0.01
    drag(page, *corners(box, (0.5, 0.48), (0.5, 0.3)))
    eventually(lambda: float(page.input_value("#id_latitude")) > first)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/core/warehouse/")
    assert abs(Warehouse.objects.get().longitude - 9.52) < 0.01


def test_a_new_key_is_shown_once_and_can_be_copied(open_admin):
    page = open_admin("/admin/core/apikey/add/", permissions=["clipboard-read", "clipboard-write"])
    page.fill("#id_name", "Webshop")
    page.get_by_role("button", name="Save", exact=True).click()
    secret = page.get_by_label("Secret").input_value()
    assert secret.startswith(ApiKey.objects.get().prefix)
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    page.reload()
    assert secret not in page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_the_policy_or_is_hard_to_use(open_admin, tenant, scheme):
    """The context itself fails the test for a policy violation or a stranger that a page talks to."""
    make_warehouse(tenant)
    zone, driver, customer = make_zone(tenant), make_driver(tenant), make_customer(tenant)
    page = open_admin("/admin/", color_scheme=scheme)
    faults = []
    for path in [
        "/admin/",
        "/admin/core/membership/add/",
        "/admin/core/zone/",
        f"/admin/core/zone/{zone.pk}/change/",
        f"/admin/core/customer/{customer.pk}/change/",
        f"/admin/drivers/driver/{driver.pk}/change/",
        "/admin/core/event/",
    ]:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        # Select2 puts its “clear” into the list of what is chosen; nothing of ours can mend that.
        faults += [f"{path}: {fault}" for fault in serious_faults(page) if "select2-selection__rendered" not in fault]
    assert not faults, "\n".join(faults)
