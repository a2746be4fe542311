"""Run several programs as one: restart what dies, say so, and leave nothing behind."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from dispatch_console.embedded import guardian, process

LOOK_EVERY_SECONDS = 0.25
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_AFTER_SECONDS = 30.0
DEATHS_OF_AN_ESSENTIAL_PROGRAM = 4

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Say = Callable[[str], None]


@dataclass
class Program:
    """One child: how it starts, how it is told to stop, and what happened to it so far."""

    name: str
    launch: Callable[[], subprocess.Popen[bytes]]
    stop_signal: int = signal.SIGTERM
    # A service stops after the programs that use it.
    service: bool = False
    # Without an essential program the rest is useless: everything stops when it keeps dying.
    essential: bool = False
    child: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_again_at: float = field(default=0.0)

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.poll() is None


def program(
    name: str,
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path | None = None,
    essential: bool = False,
) -> Program:
    """A program that is simply a command."""
    return Program(name, lambda: process.start(command, environment=environment, log=log), essential=essential)


class Supervisor:
    """Starts programs in order and stops them in the opposite order."""

    def __init__(self, *, say: Say) -> None:
        self.say = say
        self.programs: list[Program] = []
        self.stopping = threading.Event()
        self.failed = False
        self.watching = False
        self.guardian: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Supervisor":
        self.previous = {number: signal.signal(number, self.on_signal) for number in STOP_SIGNALS}
        self.guardian = subprocess.Popen(  # noqa: S603
            [sys.executable, "-E", "-S", guardian.__file__], stdin=subprocess.PIPE, start_new_session=True
        )
        return self

    def __exit__(self, *exception: object) -> None:
        # From here on a second Ctrl-C must not interrupt the clean-up.
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        self.stop_all()
        if self.guardian is not None and self.guardian.stdin is not None:
            self.guardian.stdin.close()
            self.guardian.wait()
        for number, handler in self.previous.items():
            signal.signal(number, handler)

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()
        if not self.watching:  # still starting: leave whatever is being done at once
            raise KeyboardInterrupt

    def add(self, new: Program) -> Program:
        """Start a program, or take over one whose child runs already."""
        self.programs.append(new)
        if new.child is None:
            self.launch(new)
        else:
            self.adopt(new)
        return new

    def launch(self, each: Program) -> None:
        each.child = each.launch()
        self.adopt(each)

    def adopt(self, each: Program) -> None:
        each.started_at = time.monotonic()
        self.tell_guardian("+", each)

    def tell_guardian(self, sign: str, each: Program) -> None:
        pipe: IO[bytes] | None = self.guardian.stdin if self.guardian is not None else None
        if pipe is not None and each.child is not None:
            pipe.write(f"{sign}{each.child.pid}\n".encode())
            pipe.flush()

    def run(self) -> bool:
        """Watch until told to stop; True after a normal stop, False when an essential program kept dying."""
        self.watching = True
        while not self.stopping.wait(LOOK_EVERY_SECONDS):
            self.look()
        return not self.failed

    def look(self) -> None:
        """Notice what has died, and start again what has waited long enough."""
        now = time.monotonic()
        for each in self.programs:
            if each.child is not None and each.child.poll() is not None:
                self.bury(each, now)
            elif each.child is None and each.start_again_at and now >= each.start_again_at:
                self.launch(each)

    def bury(self, each: Program, now: float) -> None:
        child = each.child
        if child is None:
            return
        process.signal_group(child, signal.SIGKILL)
        self.tell_guardian("-", each)
        each.child = None
        if child.returncode == 0 and not each.essential:
            each.start_again_at = 0.0
            self.say(f"{each.name} has finished.")
            return
        each.deaths = 1 if now - each.started_at > HEALTHY_AFTER_SECONDS else each.deaths + 1
        if each.essential and each.deaths >= DEATHS_OF_AN_ESSENTIAL_PROGRAM:
            self.say(f"{each.name} {cause(child.returncode)} {each.deaths} times in a row: stopping everything.")
            self.failed = True
            self.stopping.set()
            return
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (each.deaths - 1), LONGEST_PAUSE_SECONDS)
        each.start_again_at = now + pause
        self.say(f"{each.name} {cause(child.returncode)}; starting it again in {pause:.0f} s.")

    def stop_all(self) -> None:
        """The programs all at once, then the services they used: politely, and by force after five seconds."""
        for services in (False, True):
            running = [each for each in self.programs if each.service is services and each.running]
            for each in running:
                if each.child is not None:
                    each.child.send_signal(each.stop_signal)
            deadline = time.monotonic() + process.PATIENCE_SECONDS
            for each in running:
                self.wait_for_end(each, deadline)

    def wait_for_end(self, each: Program, deadline: float) -> None:
        if each.child is None:
            return
        try:
            each.child.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.say(f"{each.name} did not stop within {process.PATIENCE_SECONDS:.0f} s and was killed.")
        process.signal_group(each.child, signal.SIGKILL)
        each.child.wait()
        self.tell_guardian("-", each)


def cause(code: int) -> str:
    """Why a program ended, in words."""
    if code >= 0:
        return f"stopped with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
