"""`manage.py dev` as a person uses it: started, looked at, stopped, killed."""

import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dispatch_console.console.management.commands import dev as dev_module
from dispatch_console.embedded import paths
from tests.embedded.test_supervisor import eventually
from tests.factories import make_tenant

ROOT = Path(__file__).resolve().parent.parent.parent

Dev = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One folder for all starts: the first makes its database, the others find it, as on a person's second day."""
    folder = tmp_path_factory.mktemp("dev") / "run"
    yield folder
    shutil.rmtree(paths.socket_directory(folder), ignore_errors=True)


@pytest.fixture
def dev(port: int, run_directory: Path) -> Iterator[Dev]:
    """Starts the command without a region, on services of its own."""
    started: list[subprocess.Popen[str]] = []

    def start(*options: str, **environment: str) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
        process = subprocess.Popen(
            [sys.executable, "manage.py", "dev", "--empty", "--port", str(port), *options],
            cwd=ROOT,
            env={**kept, "RUN_DIR": str(run_directory), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError(f"It ended without saying {text!r}:\n{''.join(lines)}")


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def is_ready(port: int) -> bool:
    return get(port, "/readyz")[0] == 200


def processes_of(run_directory: Path) -> list[str]:
    """Command line or environment mentions the folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            text = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(run_directory) in text:
            found.append(text.replace(b"\0", b" ")[:200].decode(errors="replace"))
    return found


def test_one_command_starts_everything_and_ctrl_c_stops_it(dev: Dev, port: int, run_directory: Path) -> None:
    process = dev()
    greeting = read_until(process, "Ctrl-C")
    assert f"http://127.0.0.1:{port}/" in greeting
    assert eventually(lambda: is_ready(port), seconds=30, every=0.2), get(port, "/readyz")[1]

    second = dev()
    assert second.wait(20) == 1
    assert second.stdout is not None
    assert re.fullmatch(r"CommandError: Port \d+ on 127.0.0.1 cannot be used .*\n", second.stdout.read())

    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=20)[0]
    assert process.returncode == 0, rest
    # Before it the log may tell of a worker that was not ready yet, after it of a program that took its five seconds.
    assert "Stopping ...\n" in rest
    assert rest.endswith("Stopped.\n")
    assert processes_of(run_directory) == []


def test_nothing_outlives_the_command_when_it_is_killed(dev: Dev, port: int, run_directory: Path) -> None:
    process = dev()
    read_until(process, "Ctrl-C")
    process.kill()
    assert eventually(lambda: not processes_of(run_directory), seconds=20, every=0.1), processes_of(run_directory)


def test_without_redis_the_web_process_works_by_itself(dev: Dev, port: int) -> None:
    process = dev(WORKER_IN_PROCESS="true")
    assert "background work runs inside the web server" in read_until(process, "Ctrl-C")
    assert eventually(lambda: is_ready(port), seconds=30, every=0.2), get(port, "/readyz")[1]
    checks = json.loads(get(port, "/readyz")[1])["checks"]
    assert checks["worker"]["ok"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--port", "99999"], "PORT=99999 is not a port: use a number from 1 to 65535."),
        (["--port", "http"], "PORT=http is not a port: use a number from 1 to 65535."),
        (["--host", "192.0.2.1"], "HOST=192.0.2.1 is not an address of this machine."),
        (["--host", "no.such.host.invalid"], "HOST=no.such.host.invalid is not an address of this machine."),
    ],
)
def test_an_impossible_address_is_one_sentence_before_anything_starts(
    dev: Dev, tmp_path: Path, options: list[str], sentence: str
) -> None:
    process = dev(*options, RUN_DIR=str(tmp_path / "run"))
    assert process.communicate(timeout=20)[0] == f"CommandError: {sentence}\n"
    assert process.returncode == 1
    assert not (tmp_path / "run").exists()


def test_starting_over_does_not_touch_a_database_of_yours(dev: Dev) -> None:
    process = dev("--reset", DATABASE_URL="postgres://nobody@127.0.0.1:1/precious")
    output = process.communicate(timeout=20)[0]
    assert process.returncode == 1
    assert output.startswith("CommandError: RESET=1 deletes only the embedded database")


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def command(tmp_path: Path, output: io.StringIO) -> dev_module.Command:
    command = dev_module.Command(stdout=output)
    command.run_directory = tmp_path
    return command


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The management commands it called, recorded instead of run."""
    called: list[str] = []
    monkeypatch.setattr(dev_module, "call_command", lambda name, **options: called.append(name))
    return called


@pytest.mark.django_db
def test_the_region_goes_into_an_empty_database_of_yours_and_stays_at_home_there(
    command: dev_module.Command, loaded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://localhost/empty")
    command.load_region()
    make_tenant()
    command.load_region()
    assert loaded == ["load_demo_region", "load_demo_region"]


@pytest.mark.django_db
def test_the_region_is_never_mixed_into_somebody_s_work(
    command: dev_module.Command, loaded: list[str], output: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://localhost/in_use")
    make_tenant()
    command.load_region()
    assert loaded == []
    assert "was not loaded" in output.getvalue()
