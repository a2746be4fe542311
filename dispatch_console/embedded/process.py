"""Start and stop child processes in such a way that none of them outlives its parent."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
PATIENCE_SECONDS = 5.0


class CannotStartError(Exception):
    """A service cannot be started; the message is one sentence for the person at the terminal."""


def _die_with_parent(death_signal: int) -> Callable[[], None] | None:
    """What the child does between fork and exec: ask the kernel for a signal when its parent dies."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # looked up before the fork
    parent = os.getpid()

    def ask_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # the parent died before the kernel knew
            os.kill(os.getpid(), signal.SIGKILL)

    return ask_kernel


def start(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
    death_signal: int = signal.SIGTERM,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """A child in its own process group, so that Ctrl-C reaches only the supervisor. Call it from the main thread:
    the kernel counts the death of the calling thread as the death of the parent."""
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(  # noqa: S603
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            env={**os.environ, **environment} if environment is not None else None,
            preexec_fn=_die_with_parent(death_signal),
            process_group=0,
            user=user,
            extra_groups=[] if user else None,
        )
    finally:
        if output:
            output.close()


def command_line(pid: int) -> str:
    """How a process was called; empty where nobody can say."""
    try:
        command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603
    except FileNotFoundError:  # a small container without ps
        return ""


def signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def stop(
    process: subprocess.Popen[bytes], *, stop_signal: int = signal.SIGTERM, patience: float = PATIENCE_SECONDS
) -> None:
    """Ask politely, wait, then kill whatever is left of the group."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(stop_signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    signal_group(process, signal.SIGKILL)
    process.wait()
