"""Notices a database that stopped half way through migrations which have been squashed since."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

# Per app the first and the last migration that the squashed one took in. To Django the squashed one looks applied as
# soon as the first of the old ones was.
SQUASHED = {
    "core": ("0003_user_sessions", "0012_imports"),
    "drivers": ("0002_driver_version_and_one_sample_per_time", "0005_trackers"),
    "orders": ("0002_search_and_list_indexes", "0015_print_job_used_fields"),
    "routes": ("0002_waves", "0008_plan_runs"),
}


@register(Tags.database)
def check_history(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for alias in databases or ():
        applied = MigrationRecorder(connections[alias]).applied_migrations()
        for app, (first, last) in SQUASHED.items():
            if (app, first) in applied and (app, last) not in applied:
                found.append(
                    Error(
                        f"This database stopped before {app}.{last}, which is now part of {app}.0001_initial.",
                        hint="Migrate it with the commit before the migrations were squashed, then come back. "
                        "A demo starts over with `make run RESET=1`.",
                        id=f"{app}.half_migrated",
                    )
                )
    return found
