"""The numbered stream: no hole, no repeat, no change of order, however transactions overlap."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, connections, transaction

from dispatch_console.core import events, stream
from dispatch_console.core.access import system_actor
from dispatch_console.core.models import Event, StreamHead, Tenant

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


@pytest.fixture
def tenant() -> Tenant:
    return Tenant.objects.create(name="North", slug="north")


@pytest.fixture
def other_tenant() -> Tenant:
    return Tenant.objects.create(name="South", slug="south")


def record(tenant: Tenant, object_id: int, version: int = 1) -> Event:
    return events.record(
        actor=system_actor(tenant.pk),
        stream="order",
        object_id=object_id,
        object_code=f"D-{object_id}",
        version=version,
        kind="order.created",
    )


def numbers(tenant: Tenant) -> list[tuple[int, int]]:
    """(number, object) in stream order."""
    return [(item.number, item.object_id) for item in stream.read_after(tenant.pk, 0, 10_000)]


@pytest.fixture
def slow_writer(tenant: Tenant) -> Iterator[Callable[[], None]]:
    """Another connection that has recorded an event for object 99 and commits when told to."""
    has_recorded, may_commit, has_committed = threading.Event(), threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            record(tenant, 99)
            has_recorded.set()
            may_commit.wait(10)
        has_committed.set()
        connections.close_all()

    def commit() -> None:
        may_commit.set()
        assert has_committed.wait(10)

    thread = threading.Thread(target=write)
    thread.start()
    assert has_recorded.wait(10)
    yield commit
    may_commit.set()
    thread.join(10)


def test_an_event_has_no_number_before_the_sequencer_ran(tenant: Tenant) -> None:
    assert record(tenant, 1).number is None
    assert stream.read_after(tenant.pk, 0, 10) == []
    assert stream.head(tenant.pk) == 0


def test_numbers_are_consecutive_from_one(tenant: Tenant) -> None:
    for object_id in (1, 2, 3):
        record(tenant, object_id)
    assert stream.number_pending(tenant.pk) == 3
    assert stream.number_pending(tenant.pk) == 0
    record(tenant, 4)
    assert stream.number_pending(tenant.pk) == 1
    assert numbers(tenant) == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert stream.head(tenant.pk) == 4


def test_a_transaction_that_commits_late_is_numbered_later_and_not_lost(
    tenant: Tenant, slow_writer: Callable[[], None]
) -> None:
    record(tenant, 1)
    stream.number_pending(tenant.pk)
    reader_at = stream.head(tenant.pk)
    assert numbers(tenant) == [(1, 1)]

    slow_writer()
    late = Event.objects.get(object_id=99)
    assert late.pk < Event.objects.get(object_id=1).pk, "the slow one began first: a reader by id would miss it"

    stream.number_pending(tenant.pk)
    assert [(item.number, item.object_id) for item in stream.read_after(tenant.pk, reader_at, 10)] == [(2, 99)]


def test_an_uncommitted_event_does_not_hold_the_others_back(tenant: Tenant, slow_writer: Callable[[], None]) -> None:
    record(tenant, 1)
    record(tenant, 2)
    assert stream.number_pending(tenant.pk) == 2
    assert numbers(tenant) == [(1, 1), (2, 2)]


def test_a_rolled_back_event_leaves_no_hole(tenant: Tenant) -> None:
    record(tenant, 1)
    with transaction.atomic():
        record(tenant, 2)
        transaction.set_rollback(True)
    record(tenant, 3)
    stream.number_pending(tenant.pk)
    assert numbers(tenant) == [(1, 1), (2, 3)]


def test_eight_sequencers_beside_eight_writers_give_no_hole_and_no_repeat(tenant: Tenant) -> None:
    writers_done = threading.Event()
    each = 25

    def write(writer: int) -> None:
        for version in range(1, each + 1):
            record(tenant, writer, version)
        connections.close_all()

    def sequence(_: int) -> int:
        given = 0
        while not writers_done.is_set():
            given += stream.number_pending(tenant.pk)
        given += stream.number_pending(tenant.pk)
        connections.close_all()
        return given

    with ThreadPoolExecutor(16) as pool:
        sequencers = [pool.submit(sequence, index) for index in range(8)]
        for writer in [pool.submit(write, index) for index in range(8)]:
            writer.result(30)
        writers_done.set()
        given = sum(sequencer.result(30) for sequencer in sequencers)

    assert given == 8 * each
    assert [number for number, _ in numbers(tenant)] == list(range(1, 8 * each + 1))
    assert stream.head(tenant.pk) == 8 * each
    for writer in range(8):
        versions = Event.objects.filter(object_id=writer).order_by("number").values_list("version", flat=True)
        assert list(versions) == list(range(1, each + 1))


def test_tenants_are_numbered_apart(tenant: Tenant, other_tenant: Tenant) -> None:
    for object_id in (1, 2):
        record(tenant, object_id)
        record(other_tenant, object_id + 10)
    assert stream.number_pending() == 4
    assert numbers(tenant) == [(1, 1), (2, 2)]
    assert numbers(other_tenant) == [(1, 11), (2, 12)]


def test_a_long_backlog_is_numbered_in_batches(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "BATCH", 3)
    for object_id in range(7):
        record(tenant, object_id)
    assert stream.number_pending(tenant.pk) == 7
    assert numbers(tenant) == [(index + 1, index) for index in range(7)]


def test_reading_stops_before_a_missing_number(tenant: Tenant) -> None:
    for object_id in range(4):
        record(tenant, object_id)
    StreamHead.objects.create(tenant=tenant, number=0)
    with connection.cursor() as cursor:  # what no sequencer does: 1, 2, then 4, 5
        cursor.execute("UPDATE core_event SET number = object_id + 1 + (object_id > 1)::int")
    assert [item.number for item in stream.read_after(tenant.pk, 0, 10)] == [1, 2]
    assert stream.read_after(tenant.pk, 2, 10) == []


def test_reading_is_limited_and_goes_on_where_it_stopped(tenant: Tenant) -> None:
    for object_id in range(5):
        record(tenant, object_id)
    stream.number_pending(tenant.pk)
    assert [item.number for item in stream.read_after(tenant.pk, 0, 2)] == [1, 2]
    assert [item.number for item in stream.read_after(tenant.pk, 2, 2)] == [3, 4]
    assert [item.number for item in stream.read_after(tenant.pk, 4, 2)] == [5]


def test_a_number_once_given_cannot_be_changed(tenant: Tenant) -> None:
    event = record(tenant, 1)
    stream.number_pending(tenant.pk)
    with pytest.raises(DatabaseError, match="append-only"):
        Event.objects.filter(pk=event.pk).update(number=7)
    with pytest.raises(DatabaseError, match="append-only"):
        Event.objects.filter(pk=event.pk).update(number=None)


def test_numbering_nothing_takes_one_query(tenant: Tenant, django_assert_num_queries: Callable[[int], object]) -> None:
    record(tenant, 1)
    stream.number_pending(tenant.pk)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        stream.number_pending(tenant.pk)
