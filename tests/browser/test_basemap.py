"""The offline street map: drawn without any tile server, in the colours of the theme, with its attribution."""

from typing import Any

from playwright.sync_api import Page

from dispatch_console.core.models import Membership
from tests.browser.conftest import OpenConsole, eventually

TILES = "#map canvas.leaflet-tile-loaded, .leaflet-tile-pane canvas.leaflet-tile-loaded"
# Colours of every 16th pixel of all tiles, and of one pixel in a corner.
COLOURS = """() => {
  const seen = new Set();
  for (const tile of document.querySelectorAll(".leaflet-tile-pane canvas")) {
    const { data } = tile.getContext("2d").getImageData(0, 0, tile.width, tile.height);
    for (let index = 0; index < data.length; index += 64) {
      seen.add((data[index] << 16) | (data[index + 1] << 8) | data[index + 2]);
    }
  }
  return [...seen];
}"""


def colours(page: Page) -> list[int]:
    return page.evaluate(COLOURS)


def brightness(found: list[int]) -> float:
    return sum((colour >> 16 & 255) + (colour >> 8 & 255) + (colour & 255) for colour in found) / (3 * len(found))


def opened_map(open_console: OpenConsole, **options: Any) -> Page:
    page = open_console("/console/map/", **options)
    page.locator(TILES).first.wait_for(state="attached")
    eventually(lambda: len(colours(page)) > 50, seconds=10)
    return page


def test_streets_are_drawn_without_a_tile_server(open_console: OpenConsole, dispatcher: Membership) -> None:
    page = opened_map(open_console)
    assert page.locator(".leaflet-tile-pane img").count() == 0
    assert "© OpenStreetMap contributors" in page.locator(".leaflet-control-attribution").inner_text()


def test_the_map_follows_the_theme_without_a_reload(open_console: OpenConsole, dispatcher: Membership) -> None:
    page = opened_map(open_console, theme="light")
    assert brightness(colours(page)) > 150
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    eventually(lambda: brightness(colours(page)) < 110, seconds=10)


def test_a_street_map_that_cannot_be_loaded_is_asked_for_again(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    refused: list[str] = []

    def refuse_once(page: Page) -> None:
        def answer(route: Any) -> None:
            if refused:
                route.continue_()
            else:
                refused.append(route.request.url)
                route.fulfill(status=404, body="not yet")

        page.route("**/basemap*.json", answer)

    page = open_console("/console/map/", before=refuse_once)
    eventually(lambda: bool(refused))
    eventually(lambda: len(colours(page)) > 50, seconds=15)
