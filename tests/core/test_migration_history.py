"""A database that is older than the squashed migrations is told so, instead of being taken for a new one."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


def migrate() -> None:
    call_command("migrate", stdout=StringIO(), skip_checks=False)


def test_a_database_that_stopped_on_the_old_way_is_refused() -> None:
    MigrationRecorder(connection).record_applied("orders", "0002_search_and_list_indexes")
    with pytest.raises(SystemCheckError, match=r"stopped before orders\.0015_print_job_used_fields"):
        migrate()


def test_a_database_that_went_the_old_way_to_its_end_goes_on() -> None:
    for name in ("0002_search_and_list_indexes", "0015_print_job_used_fields"):
        MigrationRecorder(connection).record_applied("orders", name)
    migrate()


def test_a_new_database_knows_nothing_of_it() -> None:
    migrate()
