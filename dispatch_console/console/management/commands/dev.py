"""`manage.py dev`: the whole product with one command, with its own PostgreSQL and Redis where none are named."""

import argparse
import contextlib
import errno
import fcntl
import importlib.util
import logging
import os
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connections

from dispatch_console.core.models import Tenant
from dispatch_console.embedded import paths, redis
from dispatch_console.embedded.postgres import EmbeddedPostgres
from dispatch_console.embedded.process import CannotStartError
from dispatch_console.embedded.supervisor import Program, Supervisor, program

WEB_ANSWERS_WITHIN_SECONDS = 90.0
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Command(BaseCommand):
    help = "Start database, Redis, web server, worker, scheduler and the demo region's simulation; Ctrl-C stops all."
    requires_system_checks: list[str] = []  # there is no database yet

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000")
        parser.add_argument("--reset", action="store_true", help="start over: delete the embedded data first")
        parser.add_argument("--empty", action="store_true", help="do not load the demo region")
        parser.add_argument("--no-simulation", action="store_true", help="nobody drives and nobody orders")
        parser.add_argument("--simulation-speed", type=float, default=1.0, metavar="FACTOR")
        parser.add_argument("--drivers", type=int, default=None, metavar="NUMBER", help="how many drivers to simulate")

    def handle(self, **options: Any) -> None:
        self.began = time.monotonic()
        if not os.environ.get("LOG_LEVEL"):
            logging.getLogger().setLevel(logging.WARNING)
        self.run_directory = paths.run_directory()
        self.host, self.port = options["host"], checked_port(options["port"])
        refuse_taken_port(self.host, self.port)
        self.work_without_redis_server()
        lock = self.take_lock()
        try:
            with Supervisor(say=self.say) as supervisor:
                if options["reset"]:
                    self.reset()
                self.start_services(supervisor)
                call_command("migrate", verbosity=0, interactive=False)
                self.start_programs(supervisor)
                if not options["empty"]:
                    self.load_region()
                connections.close_all()
                self.wait_for_web(supervisor)
                self.print_address()
                self.start_simulation(supervisor, options)
                normal = supervisor.run()
                self.say("Stopping ...")
        except KeyboardInterrupt:
            normal = True
        except CannotStartError as error:
            raise CommandError(str(error)) from None
        finally:
            with contextlib.suppress(OSError):  # it may hold the sockets of services that could not be stopped
                paths.socket_directory(self.run_directory).rmdir()
            lock.close()
        if not normal:
            raise CommandError("The web server could not be kept running; the lines above say why.")
        self.say("Stopped.")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    # Before anything runs

    def work_without_redis_server(self) -> None:
        """Without any Redis the web process works off the tasks itself; that is decided before the settings load."""
        if os.environ.get("REDIS_URL") or settings.WORKER_IN_PROCESS or redis.find_server():
            return
        os.environ["WORKER_IN_PROCESS"] = "true"
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606

    def take_lock(self) -> IO[str]:
        self.run_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (self.run_directory / "lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise CommandError(
                f"Dispatch Console already runs from this folder (process {lock.read().strip()}): stop that one first."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return lock

    def reset(self) -> None:
        """Start over; a database named by DATABASE_URL is not ours to delete."""
        if os.environ.get("DATABASE_URL"):
            raise CommandError(
                "RESET=1 deletes only the embedded database: DATABASE_URL is set, so nothing was touched."
            )
        EmbeddedPostgres(self.run_directory).remove_data()
        self.say("The old data are gone.")

    # Services and data

    def start_services(self, supervisor: Supervisor) -> None:
        if not os.environ.get("DATABASE_URL"):
            database = EmbeddedPostgres(self.run_directory)
            database.start()
            supervisor.add(
                Program("PostgreSQL", database.launch, database.stop_signal, service=True, child=database.child)
            )
        server = redis.find_server()
        if not os.environ.get("REDIS_URL") and not settings.WORKER_IN_PROCESS and server:
            broker = redis.EmbeddedRedis(self.run_directory, server)
            broker.start()
            supervisor.add(Program("Redis", broker.launch, broker.stop_signal, service=True, child=broker.child))

    def load_region(self) -> None:
        """Into the embedded database, or into one of yours that was empty: never among somebody's real work."""
        if "load_demo_region" not in get_commands():
            return
        marker = self.run_directory / f"region-{paths.digest(Path(os.environ.get('DATABASE_URL', '')))}"
        if os.environ.get("DATABASE_URL") and Tenant.objects.exists() and not marker.exists():
            self.say("DATABASE_URL names a database that is in use: the demo region was not loaded into it.")
            return
        call_command("load_demo_region", with_known_passwords=True, stdout=self.stdout)
        marker.touch()

    # Programs

    def start_programs(self, supervisor: Supervisor) -> None:
        """They take some seconds to start: enough to load the region meanwhile."""
        web = [sys.executable, "-m", "daphne", "-v", "0", "-b", self.host, "-p", str(self.port)]
        web.append("dispatch_console.asgi:application")
        supervisor.add(program("The web server", web, environment=self.environment("web"), essential=True))
        if not settings.WORKER_IN_PROCESS:
            worker = [sys.executable, "-m", "dispatch_console.embedded.worker"]
            supervisor.add(program("The worker", worker, environment=self.environment("worker")))

    def start_simulation(self, supervisor: Supervisor, options: dict[str, Any]) -> None:
        wanted = not (options["empty"] or options["no_simulation"])
        if not wanted or importlib.util.find_spec("dispatch_console.region.simulation") is None:
            return
        command = [sys.executable, "-m", "dispatch_console.region.simulation", "--url", self.address()]
        command += ["--speed", str(options["simulation_speed"])]
        if options["drivers"] is not None:
            command += ["--drivers", str(options["drivers"])]
        supervisor.add(program("The simulation", command, environment=self.environment("simulation")))

    def environment(self, name: str) -> dict[str, str]:
        """What a child needs beyond the environment of the person who started this."""
        hosts = "localhost,.localhost,127.0.0.1,[::1]" if self.host in LOOPBACK else "*"
        defaults = {
            "DEBUG": "false",
            "SECRET_KEY": paths.secret_key(),
            "ALLOWED_HOSTS": hosts,
            "LOG_FORMAT": "text",
            "LOG_LEVEL": "WARNING",
            "PROCESS_NAME": name,
            "PYTHONUNBUFFERED": "1",
        }
        return {variable: value for variable, value in defaults.items() if not os.environ.get(variable)}

    def wait_for_web(self, supervisor: Supervisor) -> None:
        deadline = time.monotonic() + WEB_ANSWERS_WITHIN_SECONDS
        while time.monotonic() < deadline and not supervisor.stopping.is_set():
            supervisor.look()
            try:
                with urllib.request.urlopen(f"{self.address()}/healthz", timeout=5):  # noqa: S310
                    return
            except urllib.error.HTTPError as error:
                raise CannotStartError(f"The web server answers with an error ({error}).") from None
            except OSError:
                time.sleep(0.1)
        raise CannotStartError("The web server did not answer; the lines above say why.")

    def address(self) -> str:
        """Where a program on this machine reaches the web server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{self.port}"

    def print_address(self) -> None:
        self.say("")
        self.say(
            f"  Dispatch Console is running at {self.address()}/  (ready after {time.monotonic() - self.began:.1f} s)"
        )
        if settings.WORKER_IN_PROCESS:
            self.say(
                "  No Redis server was found: background work runs inside the web server and is lost when it stops."
            )
        if self.host not in LOOPBACK:
            self.say("  Other machines can reach it, and everybody knows the passwords of the demo accounts.")
        self.say("  Press Ctrl-C to stop; the data stay for the next start.")
        self.say("")


def checked_port(value: str) -> int:
    if value.isdigit() and 0 < int(value) < 65536:
        return int(value)
    raise CommandError(f"PORT={value} is not a port: use a number from 1 to 65535.")


def refuse_taken_port(host: str, port: int) -> None:
    """Say so in one line before anything starts, instead of in a stack trace after everything has."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(unusable(host, port, error)) from None


def unusable(host: str, port: int, error: OSError) -> str:
    """Why nothing can listen there, and what to choose instead."""
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"HOST={host} is not an address of this machine."
    if isinstance(error, PermissionError):
        return f"Port {port} needs special rights: choose one from 1024 up, for example PORT=8000."
    reason = "something else listens there" if error.errno == errno.EADDRINUSE else error.strerror
    return f"Port {port} on {host} cannot be used ({reason}): choose another, for example `make run PORT={port + 1}`."
