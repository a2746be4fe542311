"""Street graphs on disk: built from an OpenStreetMap extract by the programs of osrm-bindings, replaced as a whole.

`<ROADS_DIR>/<profile>/current.json` names the graph in use, a folder beside it. A graph is built in a folder of its own
and put in place when it is complete, so that whoever reads always has one that works.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

PROFILES = ("car", "bicycle", "foot")
MAP = "map.osm.pbf"
GRAPH = "map.osrm"
BLOCK = 4 * 1024 * 1024


class CannotBuild(Exception):
    """The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Built:
    """What `current.json` says. `extract` is the file's name, `size` and `modified` are how it is known again."""

    folder: str
    profile: str
    engine: str
    checksum: str
    extract: str
    size: int
    modified: float
    seconds: float


def engine_version() -> str:
    """Of osrm-bindings; empty where it is not installed, since it has wheels for some platforms only."""
    if importlib.util.find_spec("osrm") is None:
        return ""
    return importlib.metadata.version("osrm-bindings")


def current(directory: Path, profile: str) -> Built | None:
    """The graph in use, or None."""
    try:
        said = json.loads((directory / profile / "current.json").read_text(encoding="utf-8"))
        built = Built(**said)
        return built if (path_of(directory, built).parent).is_dir() else None
    except (OSError, ValueError, TypeError):
        return None


def path_of(directory: Path, built: Built) -> Path:
    return directory / built.profile / Path(built.folder).name / GRAPH


def is_current(directory: Path, profile: str, extract: Path) -> bool:
    """Whether the graph is of this very file, by its size and date; reads no more than that."""
    built, status = current(directory, profile), extract.stat()
    return built is not None and (built.engine, built.size, built.modified) == (
        engine_version(),
        status.st_size,
        status.st_mtime,
    )


def build(extract: Path, profile: str, directory: Path, *, say: Callable[[str], None] = lambda line: None) -> bool:
    """Build the graph of a profile; False when it is there already, or another process is building it.

    Raises CannotBuild. Nothing of a graph that works is touched until the new one is complete.
    """
    if not engine_version():
        raise CannotBuild("osrm-bindings is not installed: it has wheels for Python 3.12 and newer, see docs/roads.md.")
    if profile not in PROFILES:
        raise CannotBuild(f"There is no profile {profile!r}: use one of {', '.join(PROFILES)}.")
    if not extract.is_file():
        raise CannotBuild(f"{extract} is not a file: name an OpenStreetMap extract (.osm.pbf).")
    home = directory / profile
    home.mkdir(parents=True, exist_ok=True)
    with _only_one(home) as is_mine:
        if not is_mine:
            say("Another process is building this graph.")
            return False
        if is_current(directory, profile, extract):
            say(f"The graph for {profile} is up to date.")
            return False
        say(f"Reading {extract.name} ...")
        status, checksum = extract.stat(), _checksum(extract)
        old = current(directory, profile)
        began = time.monotonic()
        if old is not None and (old.checksum, old.engine) == (checksum, engine_version()):
            # The same content under another name or date.
            folder, is_new = old.folder, False
            say(f"The graph for {profile} is up to date.")
        else:
            folder, is_new = f"{checksum[:16]}-{time.time_ns():x}", True
            _run(extract, profile, home, folder, say)
        built = Built(
            folder=folder,
            profile=profile,
            engine=engine_version(),
            checksum=checksum,
            extract=extract.name,
            size=status.st_size,
            modified=status.st_mtime,
            seconds=round(time.monotonic() - began, 1),
        )
        _put_in_place(home, built)
        if is_new:
            say(f"The graph for {profile} is ready after {built.seconds} s.")
        _tidy(home, {folder, old.folder if old is not None else folder})
        return is_new


def _run(extract: Path, profile: str, home: Path, folder: str, say: Callable[[str], None]) -> None:
    import osrm

    package = Path(osrm.__file__).parent
    work = home / f".{folder}"
    work.mkdir()
    try:
        (work / MAP).symlink_to(extract.resolve())
        rules = package / "share" / "profiles" / f"{profile}.lua"
        # A contraction hierarchy: the fastest to ask, and only one of the two kinds may be built.
        for words, command in (
            ("Taking out the streets ...", ["osrm-extract", "-p", str(rules), str(work / MAP)]),
            ("Preparing the graph ...", ["osrm-contract", str(work / GRAPH)]),
        ):
            say(words)
            _program(package / "bin" / command[0], command[1:])
        (work / MAP).unlink()
        work.rename(home / folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _program(program: Path, arguments: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - the program of an installed package, and paths
        [str(program), *arguments], capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        lines = [line.split("] ")[-1] for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        reason = next((line for line in reversed(lines) if "RAM:" not in line), "no reason was given")
        raise CannotBuild(f"{program.name} ended with {done.returncode}: {reason}")


def _put_in_place(home: Path, built: Built) -> None:
    new = home / "current.json.new"
    new.write_text(json.dumps(asdict(built), indent=1), encoding="utf-8")
    new.replace(home / "current.json")


def _tidy(home: Path, kept: set[str]) -> None:
    """The graph before stays until the next one: a process may be about to open it."""
    for folder in home.iterdir():
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _only_one(home: Path) -> Iterator[bool]:
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _checksum(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()
