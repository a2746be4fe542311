"""A database of the benchmarks' own, on the server of DATABASE_URL or on the embedded one."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def bench_database(name: str, *, keep: bool = False) -> Iterator[str]:
    """Create and migrate database `name`, set DATABASE_URL to it, set Django up, and drop it afterwards unless kept."""
    # First of all: the product's own modules would choose the settings of production.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dispatch_console.settings.dev")
    with _server() as server_url:
        url = _with_database(server_url, name)
        _create(server_url, name, keep=keep)
        os.environ["DATABASE_URL"] = url
        subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, check=True)
        import django

        django.setup()
        try:
            yield url
        finally:
            from django.db import connections

            connections.close_all()
            if not keep:
                with psycopg.connect(server_url, autocommit=True) as connection:
                    connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def _server() -> Iterator[str]:
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    from dispatch_console.embedded import paths
    from dispatch_console.embedded.postgres import EmbeddedPostgres

    with tempfile.TemporaryDirectory(prefix="dispatch-bench-") as directory:
        server = EmbeddedPostgres(Path(directory))
        server.start()
        try:
            yield paths.database_url(Path(directory))
        finally:
            server.stop()


def _create(server_url: str, name: str, *, keep: bool) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise ValueError(f"{name!r} is not a plain database name.")
    with psycopg.connect(server_url, autocommit=True) as connection:
        if not keep:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            connection.execute(f'CREATE DATABASE "{name}"')


def _with_database(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))
