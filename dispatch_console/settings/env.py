"""Read settings from the environment, and remember each value that makes no sense.

A wrong value never stops the import: it is kept in `problems`, the safe default is used, and the system check
in `dispatch_console.core.checks` refuses to start with every problem listed at once.
"""

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit


class Problem(NamedTuple):
    variable: str
    message: str
    hint: str


problems: list[Problem] = []

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}


def report(variable: str, message: str, hint: str) -> None:
    """Remember that a variable is wrong; the system check turns it into an error at start."""
    problems.append(Problem(variable, message, hint))


def text(name: str, default: str = "") -> str:
    """The variable itself, or the content of the file named by `<NAME>_FILE` (for secrets kept in files)."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            report(f"{name}_FILE", f"{name}_FILE names {path}, which cannot be read: {error}.", "Name a readable file.")
            return default
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if value in TRUE_WORDS:
        return True
    if value in FALSE_WORDS:
        return False
    if value:
        report(name, f"{name} is {value!r}, which is neither yes nor no.", f"Set {name} to true or false.")
    return default


def number(name: str, *, default: int, minimum: int = 0, maximum: int = 2**31) -> int:
    value = text(name)
    if not value:
        return default
    try:
        parsed = int(value)
    except ValueError:
        parsed = minimum - 1
    if minimum <= parsed <= maximum:
        return parsed
    report(
        name,
        f"{name} is {value!r}, which is not a whole number from {minimum} to {maximum}.",
        f"Set {name} to such a number, for example {default}.",
    )
    return default


def words(name: str, *, default: tuple[str, ...] = ()) -> list[str]:
    """A list separated by commas."""
    value = text(name)
    return [word.strip() for word in value.split(",") if word.strip()] if value else list(default)


def choice(name: str, *, default: str, options: tuple[str, ...]) -> str:
    value = text(name, default)
    if value in options:
        return value
    report(name, f"{name} is {value!r}.", f"Set {name} to one of: {', '.join(options)}.")
    return default


def database(url: str) -> dict[str, object]:
    """Django's database settings from `postgres://user:password@host:port/name?option=value`."""
    parts = urlsplit(url)
    hint = "Set DATABASE_URL to postgres://user:password@host:5432/name."
    if parts.scheme not in ("postgres", "postgresql"):
        report("DATABASE_URL", f"DATABASE_URL begins with {parts.scheme!r}: only PostgreSQL is supported.", hint)
        return {}
    try:
        port = parts.port
    except ValueError:
        report("DATABASE_URL", "DATABASE_URL has a port that is not a number.", hint)
        return {}
    name = unquote(parts.path.lstrip("/"))
    if not name:
        report("DATABASE_URL", "DATABASE_URL names no database.", hint)
        return {}
    options: dict[str, object] = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": str(options.pop("host", "")) or unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "OPTIONS": options,
    }


def celery_broker(redis_url: str) -> str:
    """The same Redis as Celery spells it (a socket path has another scheme there)."""
    return redis_url.replace("unix://", "redis+socket://", 1)
