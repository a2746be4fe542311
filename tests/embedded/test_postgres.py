"""The embedded PostgreSQL: private, kept between starts, and never in need of root or a port."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from dispatch_console.embedded import paths, postgres, process
from dispatch_console.embedded.postgres import EmbeddedPostgres
from dispatch_console.embedded.process import CannotStartError

Start = Callable[[], EmbeddedPostgres]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[EmbeddedPostgres] = []

    def begin() -> EmbeddedPostgres:
        server = EmbeddedPostgres(tmp_path / "run", durable=False)
        started.append(server)
        server.start()
        return server

    yield begin
    for server in started:
        server.stop()
        shutil.rmtree(server.sockets, ignore_errors=True)
        shutil.rmtree(server.shelter, ignore_errors=True)


def execute(server: EmbeddedPostgres, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(host=str(server.sockets), user="postgres", dbname="dispatch", autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def query(server: EmbeddedPostgres, sql: str) -> object:
    return execute(server, sql)[0][0]


def test_it_listens_on_no_port_and_keeps_strangers_out(start: Start) -> None:
    server = start()
    assert query(server, "SHOW listen_addresses") == ""
    assert server.sockets.stat().st_mode & 0o777 == 0o700


def test_it_knows_capital_letters_beyond_ascii(start: Start) -> None:
    assert query(start(), "SELECT lower('ÉÄŽ')") == "éäž"


def test_it_has_trigram_search(start: Start) -> None:
    server = start()
    execute(server, "CREATE EXTENSION pg_trgm")
    assert query(server, "SELECT similarity('Vaduz', 'Vaduz')") == 1


def test_a_second_start_keeps_the_data(start: Start) -> None:
    first = start()
    execute(first, "CREATE TABLE kept AS SELECT 42 AS answer")
    first.stop()
    assert query(start(), "SELECT answer FROM kept") == 42


def test_a_server_left_over_is_ended_before_the_next_start(start: Start) -> None:
    first = start()
    second = start()
    assert first.child is not None
    assert first.child.wait(5) == 0
    assert query(second, "SELECT 1") == 1


def test_removing_the_data_starts_over(start: Start) -> None:
    first = start()
    execute(first, "CREATE TABLE kept AS SELECT 1")
    first.stop()
    first.remove_data()
    assert query(start(), "SELECT to_regclass('kept') IS NULL") is True


def test_data_of_another_version_are_refused_with_the_way_out(start: Start) -> None:
    server = start()
    server.stop()
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(CannotStartError, match=r"belong to PostgreSQL 9.*RESET=1"):
        start()


@pytest.mark.skipif(os.getuid() != 0, reason="Only root has to become somebody else.")
def test_root_becomes_nobody_where_name_spaces_are_denied(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "UNSHARE", ("false",))
    server = start()
    assert query(server, "SELECT 1") == 1
    assert server.data.owner() == "nobody"


def test_the_system_s_own_server_serves_where_the_package_is_missing(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "wheel_directory", lambda: None)
    try:
        postgres.find_binaries()
    except CannotStartError:
        pytest.skip("This machine has no PostgreSQL of its own.")
    assert query(start(), "SELECT 1") == 1


def test_without_any_server_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "wheel_directory", lambda: None)
    monkeypatch.setattr(postgres, "SYSTEM_DIRECTORIES", ())
    monkeypatch.setattr(postgres.shutil, "which", lambda name: None)
    with pytest.raises(CannotStartError, match=r"^No PostgreSQL can be started here: .*DATABASE_URL"):
        postgres.find_binaries()


def test_a_folder_made_by_somebody_else_is_refused(tmp_path: Path) -> None:
    link = tmp_path / "sockets"
    link.symlink_to(tmp_path)
    with pytest.raises(CannotStartError, match="belongs to somebody else"):
        postgres.private_directory(link)


def test_socket_paths_stay_short_however_deep_the_checkout_lies() -> None:
    deep = Path("/home/somebody") / ("a-long-folder-name/" * 12)
    assert len(str(paths.socket_directory(deep) / ".s.PGSQL.5432.lock")) <= 107
    assert paths.socket_directory(deep) == paths.socket_directory(deep)
    assert paths.socket_directory(deep) != paths.socket_directory(deep / "other")


def test_a_program_that_is_only_a_shim_does_not_count(tmp_path: Path) -> None:
    shim = tmp_path / "postgres"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    assert not postgres.runs([str(shim), "--version"])
    assert not postgres.runs([str(tmp_path / "missing")])


def test_stopping_kills_what_does_not_listen() -> None:
    child = process.start(["sh", "-c", "trap '' TERM; while :; do sleep 0.05; done"])
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.2)
    process.stop(child, patience=0.2)
    assert child.returncode == -9
