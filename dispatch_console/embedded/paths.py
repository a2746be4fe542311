"""Where the embedded services keep their data and sockets."""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent

# The kernel refuses socket paths of 108 bytes and more; "/.s.PGSQL.5432.lock" takes 19 of them.
LONGEST_SOCKET_DIRECTORY = 107 - 19


def run_directory() -> Path:
    """Data of `manage.py dev`, inside the checkout unless RUN_DIR says otherwise."""
    return Path(os.environ.get("RUN_DIR") or CHECKOUT / ".run").absolute()


def digest(directory: Path) -> str:
    """A short name for a directory, the same at every start."""
    return hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]


def socket_directory(data: Path) -> Path:
    """A short directory for sockets, the same at every start.

    Beside the data where that path is short enough; in the temporary directory otherwise, and for root, whose servers
    run as another user who may not be able to enter the checkout.
    """
    beside = data / "sockets"
    temporary = Path(tempfile.gettempdir())
    can_enter = os.getuid() != 0 or data.parent == temporary
    if can_enter and len(os.fsencode(beside)) <= LONGEST_SOCKET_DIRECTORY:
        return beside
    return temporary / f"dispatch-{os.getuid()}-{digest(data)}"


def test_run_directory() -> Path:
    """A directory of this test run; worker processes of the run inherit it through the environment."""
    default = str(Path(tempfile.gettempdir()) / f"dispatch-tests-{os.getuid()}-{os.getpid()}")
    return Path(os.environ.setdefault("TEST_RUN_DIR", default))


def database_url(data: Path | None = None) -> str:
    return f"postgres://postgres@/dispatch?host={socket_directory(data or run_directory())}"


def redis_url(data: Path | None = None) -> str:
    return f"unix://{socket_directory(data or run_directory())}/redis.sock"


def secret_key() -> str:
    """A key of this checkout's own, made at first use, so that no installation shares one with another."""
    file = run_directory() / "secret_key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        candidate = file.with_name(f"secret_key.{os.getpid()}")
        candidate.touch(mode=0o600)
        candidate.write_text(secrets.token_urlsafe(48), encoding="utf-8")
        candidate.rename(file)
    return file.read_text(encoding="utf-8")
