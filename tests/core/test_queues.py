"""Background work: every task waits in the queue decided for it, and a queue without a worker is noticed."""

import threading
from collections.abc import Iterator

import pytest
from celery.concurrency.base import BasePool
from django.conf import settings
from django.utils.module_loading import autodiscover_modules

from dispatch_console.celery import app
from dispatch_console.core import presence
from dispatch_console.embedded.worker import LONG_CONCURRENCY, SharedPool
from dispatch_console.settings import queues

LONG = {"routing_key": queues.LONG}
QUICK = {"routing_key": queues.QUICK}


def own_tasks() -> set[str]:
    autodiscover_modules("tasks")
    return {name for name in app.tasks if not name.startswith("celery.")}


def test_a_queue_is_decided_for_every_task() -> None:
    assert own_tasks() == set(queues.ROUTES), "decide for every task in settings/queues.py, and for nothing else"
    assert not set(queues.QUICK_TASKS) & set(queues.LONG_TASKS)


@pytest.mark.parametrize("name", sorted(queues.ROUTES))
def test_a_task_is_sent_to_its_queue_however_it_is_sent(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.tasks[name], "typing", False)  # sent without its arguments, and never run
    with app.connection_for_write() as connection, connection.channel() as channel:
        for queue in app.amqp.queues.values():
            queue.bind(channel).declare()
            queue.bind(channel).purge()
        app.send_task(name, connection=connection)
        app.tasks[name].apply_async(connection=connection)
        waiting = {queue: channel._size(queue) for queue in (queues.QUICK, queues.LONG)}
    chosen = queues.LONG if name in queues.LONG_TASKS else queues.QUICK
    assert waiting == {queues.QUICK: 0, queues.LONG: 0} | {chosen: 2}


def test_the_clock_only_sends_tasks_that_are_there_and_overrides_no_queue() -> None:
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert entry["task"] in queues.ROUTES
        assert "queue" not in entry.get("options", {})


@pytest.fixture
def pool() -> Iterator[SharedPool]:
    pool = SharedPool(limit=1, app=app)
    pool._state = BasePool.RUN
    yield pool
    pool.stop()


def test_long_tasks_never_hold_up_short_ones_where_one_process_serves_both(pool: SharedPool) -> None:
    release, done = threading.Event(), threading.Event()

    def long_task(*args: object) -> None:
        release.wait(20)

    def short_task(*args: object) -> None:
        done.set()

    try:
        for _ in range(LONG_CONCURRENCY + 3):
            pool.apply_async(long_task, args=("", "", {"delivery_info": LONG}), callback=lambda *_: None)
        pool.apply_async(short_task, args=("", "", {"delivery_info": QUICK}), callback=lambda *_: None)
        assert done.wait(20)
    finally:
        release.set()


def test_a_queue_counts_as_served_while_its_worker_is_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    presence.cache.delete(presence.KEY.format(queues.LONG))
    presence.say_served([queues.QUICK])
    assert not presence.is_served(queues.LONG)
    presence.say_served([queues.QUICK, queues.LONG])
    assert presence.is_served(queues.LONG)
    monkeypatch.setattr(settings, "WORKER_HEARTBEAT_MAX_AGE_SECONDS", -1)
    assert not presence.is_served(queues.LONG)
