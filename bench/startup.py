"""From a fresh clone to the first page: `make run` in a new folder, until the sign-in page answers.

`python -m bench.startup [--runs 3] [--port 8110] [--cold]`. Three starts, each measured from the command to the first
complete sign-in page and to the greeting (the region is loaded by then): *fresh*, a new clone, which makes its virtual
environment, installs every package, creates the database and loads the region; *again*, the second start of the same
clone; *reset*, `RESET=1`, everything installed but the data new. `--cold` also forbids the package caches of uv and
pip, so that every package is downloaded. What is measured is the committed state of this checkout.
"""

import argparse
import contextlib
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 600.0
GREETING = "Dispatch Console is running at"


class Start(NamedTuple):
    page: float
    greeting: float


def environment(*, cold: bool) -> dict[str, str]:
    """Without the services and settings of whoever measures."""
    unwanted = (
        "DATABASE_URL",
        "REDIS_URL",
        "DJANGO_SETTINGS_MODULE",
        "RUN_DIR",
        "HOST",
        "PORT",
        "PYTHON",
        "VIRTUAL_ENV",
    )
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "PIP_NO_CACHE_DIR": "1", "UV_NO_CACHE": "1"} if cold else kept


def sign_in_page_answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=5) as response:
            return response.status == 200 and b"</html>" in response.read()
    except (urllib.error.URLError, OSError):
        return False


def measure(checkout: Path, port: int, *, cold: bool, reset: bool = False) -> Start:
    """Start, wait for page and greeting, and stop again."""
    began = time.perf_counter()
    process = subprocess.Popen(
        ["make", "--no-print-directory", "run", f"PORT={port}", *(["RESET=1"] if reset else [])],
        cwd=checkout,
        env=environment(cold=cold),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    lines: list[str] = []
    greeted: list[float] = []

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if GREETING in line:
                greeted.append(time.perf_counter() - began)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    page = 0.0
    try:
        while not (page and greeted):
            if not page and sign_in_page_answers(port):
                page = time.perf_counter() - began
            if process.poll() is not None or time.perf_counter() - began > LIMIT_SECONDS:
                raise SystemExit(f"It did not start:\n{''.join(lines)}")
            time.sleep(0.05)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.wait(30)
        reader.join(5)
    return Start(page, greeted[0])


def refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SystemExit(f"Port {port} is taken: choose another with --port.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--port", type=int, default=8110)
    parser.add_argument("--cold", action="store_true", help="download every package anew")
    options = parser.parse_args()
    refuse_taken(options.port)
    starts: dict[str, list[Start]] = {"fresh": [], "again": [], "reset": []}
    for number in range(1, options.runs + 1):
        folder = Path(tempfile.mkdtemp(prefix="dispatch-startup-"))
        try:
            checkout = folder / "checkout"
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True)
            starts["fresh"].append(measure(checkout, options.port, cold=options.cold))
            starts["again"].append(measure(checkout, options.port, cold=options.cold))
            starts["reset"].append(measure(checkout, options.port, cold=options.cold, reset=True))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"run {number} of {options.runs} done", file=sys.stderr)
    print(f"{options.runs} runs{', caches forbidden' if options.cold else ''}; seconds, median (slowest)")
    print(f"{'start':<8}{'sign-in page':>18}{'region loaded':>18}")
    for name, measured in starts.items():
        columns = [
            f"{statistics.median(values):.1f} ({max(values):.1f})" for values in zip(*measured, strict=True) if values
        ]
        print(f"{name:<8}{columns[0]:>18}{columns[1]:>18}")


if __name__ == "__main__":
    main()
