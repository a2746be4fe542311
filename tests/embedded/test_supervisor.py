"""The supervisor restarts what dies, stops everything in order, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dispatch_console.embedded import process, supervisor
from dispatch_console.embedded.supervisor import Program, Supervisor

ROOT = Path(__file__).resolve().parent.parent.parent

# Each writes its name when it is told to stop.
POLITE = "trap 'echo {name} >> {diary}; exit 0' TERM; while :; do sleep 0.02; done"
STUBBORN = "trap '' TERM; while :; do sleep 0.02; done"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def watch(said: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(supervisor, "LOOK_EVERY_SECONDS", 0.01)
    with Supervisor(say=said.append) as running:
        yield running


def shell(name: str, script: str, **options: bool) -> Program:
    return Program(name, lambda: process.start(["sh", "-c", script]), **options)


def eventually(condition: Callable[[], bool], *, seconds: float = 10.0, every: float = 0.02) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def group_is_gone(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_program_that_dies_is_started_again_and_said_so(watch: Supervisor, said: list[str]) -> None:
    worker = watch.add(shell("The worker", "sleep 60"))
    assert worker.child is not None
    first = worker.child.pid
    os.kill(first, signal.SIGKILL)

    def is_back() -> bool:
        watch.look()
        return worker.running and worker.child is not None and worker.child.pid != first

    assert eventually(is_back)
    assert said == ["The worker was ended by SIGKILL; starting it again in 0 s."]


def test_the_pause_doubles_with_every_death(
    watch: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 4.0)
    worker = watch.add(shell("The worker", "exit 3"))
    for _ in range(5):
        assert worker.child is not None
        worker.child.wait()
        watch.look()
        watch.launch(worker)
    assert [line.rpartition(" in ")[2] for line in said] == ["4 s.", "8 s.", "16 s.", "30 s.", "30 s."]
    assert said[0].startswith("The worker stopped with exit code 3;")


def test_a_program_that_finishes_is_left_alone(watch: Supervisor, said: list[str]) -> None:
    once = watch.add(shell("The simulation", "exit 0"))
    assert eventually(lambda: watch.look() or once.child is None)
    watch.look()
    assert once.child is None
    assert said == ["The simulation has finished."]


def test_everything_stops_when_an_essential_program_keeps_dying(watch: Supervisor, said: list[str]) -> None:
    other = watch.add(shell("The worker", "sleep 60"))
    watch.add(shell("The web server", "exit 1", essential=True))
    assert watch.run() is False
    assert said[-1] == "The web server stopped with exit code 1 4 times in a row: stopping everything."
    watch.stop_all()
    assert not other.running


def test_services_stop_after_the_programs_that_use_them(watch: Supervisor, tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    for name, is_service in (("database", True), ("web", False), ("worker", False)):
        watch.add(shell(name, POLITE.format(name=name, diary=diary), service=is_service))
    time.sleep(0.2)  # until the shells have set their traps
    watch.stop_all()
    lines = diary.read_text().split()
    assert sorted(lines[:2]) == ["web", "worker"]
    assert lines[2:] == ["database"]


def test_a_program_that_ignores_the_signal_is_killed(
    watch: Supervisor, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "PATIENCE_SECONDS", 0.3)
    deaf = watch.add(shell("The web server", STUBBORN))
    time.sleep(0.2)
    watch.stop_all()
    assert deaf.child is not None
    assert deaf.child.returncode == -signal.SIGKILL
    assert said == ["The web server did not stop within 0 s and was killed."]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_watch(watch: Supervisor, number: int) -> None:
    watch.watching = True
    os.kill(os.getpid(), number)
    assert watch.run() is True


def test_a_signal_during_the_start_interrupts_it(watch: Supervisor) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)


PARENT = """
import sys, time
from dispatch_console.embedded import process
from dispatch_console.embedded.supervisor import Program, Supervisor
script = "trap '' TERM; sleep 600 & sleep 600 & wait; sleep 600"
with Supervisor(say=print) as running:
    each = running.add(Program("x", lambda: process.start(["sh", "-c", script])))
    print(each.child.pid, running.guardian.pid, flush=True)
    time.sleep(600)
"""


def test_nothing_outlives_a_supervisor_that_was_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    child, guardian = map(int, parent.stdout.readline().split())
    assert not group_is_gone(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert eventually(lambda: group_is_gone(child), seconds=15)
    assert eventually(lambda: group_is_gone(guardian))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Only Linux tells children that their parent died.")
def test_a_child_dies_with_its_parent_even_without_the_guardian() -> None:
    code = (
        "from dispatch_console.embedded import process; print(process.start(['sleep', '600']).pid, flush=True); input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.communicate()
    assert eventually(lambda: group_is_gone(child))
