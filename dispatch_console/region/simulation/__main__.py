"""`python -m dispatch_console.region.simulation`: the town lives until it is told to stop."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx

from dispatch_console.embedded import paths
from dispatch_console.region.simulation.dispatcher import AutoDispatcher
from dispatch_console.region.simulation.driver import Driver
from dispatch_console.region.simulation.shops import Shops
from dispatch_console.region.simulation.sign_in import FILE_NAME
from dispatch_console.region.simulation.town import Keys, Town

logger = logging.getLogger("simulation")

MOST_CONNECTIONS = 24
KEYS_LOOKED_FOR_EVERY = 2.0
REPORTS_EVERY = 5.0


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m dispatch_console.region.simulation",
        description="Play drivers, shops and a modest dispatcher against the public API of a running installation.",
    )
    parser.add_argument("--url", "--base-url", default="http://127.0.0.1:8000", help="where the installation answers")
    parser.add_argument("--keys", type=Path, default=None, help="file of API keys (or SIMULATION_KEYS)")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster than life (default 1)")
    parser.add_argument("--drivers", type=int, default=None, help="how many of the drivers in the file (default all)")
    parser.add_argument("--orders-per-hour", type=float, default=75.0, help="in the busiest hour; 0 for none")
    parser.add_argument(
        "--dispatch-share", type=float, default=0.85, help="share of orders that the auto-dispatcher takes; 0 for none"
    )
    parser.add_argument("--report-every", type=float, default=REPORTS_EVERY, help="seconds between positions")
    parser.add_argument(
        "--begin-within", type=float, default=1500.0, help="seconds in which drivers who are off duty come to work"
    )
    parser.add_argument("--verbose", action="store_true", help="say what is refused and what is tried again")
    asked = parser.parse_args(words)
    if not 0 < asked.speed <= 100:
        parser.error("--speed must be more than 0 and at most 100.")
    if not 0.5 <= asked.report_every <= 300:
        parser.error("--report-every must be from 0.5 to 300 seconds.")
    return asked


def default_keys() -> Path:
    named = os.environ.get("SIMULATION_KEYS")
    return Path(named) if named else paths.run_directory() / "simulation-keys.json"


async def run(asked: argparse.Namespace) -> None:
    """Live until cancelled."""
    file = asked.keys or default_keys()
    keys = await wait_for_keys(file)
    limits = httpx.Limits(max_connections=MOST_CONNECTIONS)
    async with httpx.AsyncClient(
        base_url=asked.url.rstrip("/"), limits=limits, timeout=httpx.Timeout(30, pool=None)
    ) as http:
        town = Town.found(http, keys, speed=asked.speed, tokens=file.with_name(FILE_NAME))
        async with asyncio.TaskGroup() as everybody:
            everybody.create_task(town.picture.keep())
            await town.picture.ready.wait()
            await town.learn_reasons()
            chosen = keys.drivers[: asked.drivers]
            logger.info("%s: %d drivers, %d open orders.", keys.tenant, len(chosen), len(town.picture.orders))
            for identity in chosen:
                driver = Driver(town, identity, socket_url=socket_url(asked.url), report_every=asked.report_every)
                driver.begins_within = asked.begin_within
                everybody.create_task(driver.live())
            if asked.orders_per_hour > 0:
                everybody.create_task(Shops(town, per_hour=asked.orders_per_hour).live())
            if asked.dispatch_share > 0:
                everybody.create_task(AutoDispatcher(town, share=asked.dispatch_share).live())


async def wait_for_keys(path: Path) -> Keys:
    """The file appears when the demo region has been loaded."""
    told = False
    while True:
        try:
            return Keys.read(path)
        except FileNotFoundError:
            if not told:
                logger.warning("Waiting for %s: `manage.py load_demo_region` writes it.", path)
                told = True
            await asyncio.sleep(KEYS_LOOKED_FOR_EVERY)


def socket_url(url: str) -> str:
    parts = urlsplit(url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, f"{parts.path.rstrip('/')}/ws/driver/", "", ""))


async def until_told_to_stop(asked: argparse.Namespace) -> None:
    life = asyncio.ensure_future(run(asked))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, life.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await life


def main() -> int:
    asked = arguments()
    logging.basicConfig(
        level=logging.INFO if asked.verbose else logging.WARNING, format="%(asctime)s simulation: %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        asyncio.run(until_told_to_stop(asked))
    except (ValueError, KeyError) as error:
        logger.error("The keys cannot be read: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
