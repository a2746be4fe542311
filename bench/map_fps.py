"""Frames per second of the map with thousands of moving drivers and order ends, in a real Chromium.

`python -m bench.map_fps [--drivers 5000] [--ends 5000] [--seconds 5] [--headed]`. The page is made of the console's own
modules, street map included, with synthetic drivers that report once a second. Three loads: `still` (the map rests, the
drivers move), `drag` (the map is dragged to and fro) and `zoom` (one level in or out every 0.7 s, animated).

Headless Chromium draws in software, on the same cores that run the page: the figures are a lower bound for a computer
with a graphics card. `paint` is the time of one picture of all drivers or of all ends.
"""

import argparse
import contextlib
import functools
import json
import os
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dispatch_console.settings.test")
HERE = Path(__file__).parent
LOADS = ("still", "drag", "zoom")
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


class Site(SimpleHTTPRequestHandler):
    """The static files as Django finds them, and one page."""

    def __init__(self, *args: Any, page: str, **kwargs: Any) -> None:
        self.page = page
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        if not self.path.startswith("/static/"):
            body = self.page.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        super().do_GET()

    def translate_path(self, path: str) -> str:
        from django.contrib.staticfiles import finders

        found = finders.find(path.partition("?")[0].removeprefix("/static/"))
        return found if isinstance(found, str) else "/nowhere"

    def log_message(self, *args: Any) -> None:
        """Silent: only the figures are wanted."""


def page(options: argparse.Namespace) -> str:
    from dispatch_console.console.modules import build_import_map

    config = {
        "permissions": [],
        "destinations": [],
        "addresses": {},
        "words": {},
        "tenant": {"id": 1, "map": {"latitude": 47.14, "longitude": 9.52, "zoom": 12}},
    }
    return (
        (HERE / "map_fps.html")
        .read_text()
        .format(
            imports=json.dumps({"imports": build_import_map()}),
            config=json.dumps(config),
            drivers=options.drivers,
            ends=options.ends,
        )
    )


@contextlib.contextmanager
def served(content: str) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Site, page=content))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()


def measure(address: str, options: argparse.Namespace) -> list[dict[str, Any]]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"),
            headless=not options.headed,
            args=[] if options.headed else FLAGS,
        )
        window = browser.new_page(viewport={"width": 820, "height": 850})
        window.on("pageerror", lambda error: print(f"error in the page: {error}"))
        window.goto(address)
        window.wait_for_function("() => window.bench")
        window.wait_for_timeout(3000)
        figures = [window.evaluate(f"bench.run({load!r}, {options.seconds})") for load in LOADS]
        browser.close()
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drivers", type=int, default=5000)
    parser.add_argument("--ends", type=int, default=5000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--headed", action="store_true", help="in a window, with the graphics card")
    options = parser.parse_args()

    import django

    django.setup()
    with served(page(options)) as address:
        figures = measure(address, options)
    print(
        f"{options.drivers} drivers and {options.ends} order ends, {'headed' if options.headed else 'software'} drawing"
    )
    print(f"{'load':<7}{'frames/s':>10}{'median ms':>11}{'p95 ms':>9}{'worst ms':>10}{'paint ms':>10}{'paints':>8}")
    for row in figures:
        print(
            f"{row['load']:<7}{row['fps']:>10.1f}{row['median']:>11.1f}{row['p95']:>9.1f}{row['worst']:>10.1f}"
            f"{row['paint']:>10.1f}{row['paints']:>8}"
        )


if __name__ == "__main__":
    main()
