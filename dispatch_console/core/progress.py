"""How far long work is: said to open consoles while it goes on, never oftener than a person can read.

    with progress.work("import", work_id=str(job.pk), label="Import of stock.csv", total=9000, actor=actor) as work:
        for row in rows:
            ...
            work.advance()
        work.end("partial")

Progress is news, not truth: a frame may be lost, so whoever does the work stores its state, and pages read it there.
"""

import contextlib
import time
from collections.abc import Iterator
from typing import Literal

from dispatch_console.core import realtime
from dispatch_console.core.actor import Actor, ActorKind

PAUSE_SECONDS = 0.25

Ending = Literal["success", "partial", "failed", "cancelled"]
State = Literal["waiting", "running"] | Ending


class Work:
    """One long work. From any thread and from any process; never blocks and never raises.

    `kind` and `work_id` name it for pages ("bulk", "17"), `label` for people ("Assign driver, 2,400 orders"), `url` is
    the console address where it is looked at. It is said to the person who started it, and with `permission` to
    everybody in the company who has that right and is limited to no team.
    """

    def __init__(
        self,
        kind: str,
        *,
        work_id: str,
        label: str,
        actor: Actor,
        total: int | None = None,
        done: int = 0,
        url: str = "",
        permission: str = "",
    ) -> None:
        self.kind, self.work_id, self.label, self.url = kind, work_id, label, url
        self.total, self.done = total, done
        self.state: State = "waiting"
        self._tenant_id = actor.tenant_id
        self._user_id = actor.id if actor.kind == ActorKind.USER else None
        self._permission = permission
        self._said_at = 0.0

    def start(self) -> None:
        self.say("running", at_once=True)

    def advance(self, by: int = 1) -> None:
        """So many more are done."""
        self.done += by
        self.say("running")

    def reach(self, done: int, *, total: int | None = None) -> None:
        """So many are done altogether; `total` where it is only known now."""
        self.done = done
        self.total = self.total if total is None else total
        self.say("running")

    def end(self, state: Ending) -> None:
        self.say(state, at_once=True)

    @property
    def is_over(self) -> bool:
        return self.state not in ("waiting", "running")

    def say(self, state: State, *, at_once: bool = False) -> None:
        """Publish the present figures; without `at_once` or a new state only when the last time is long enough ago."""
        now = time.monotonic()
        is_new, self.state = state != self.state, state
        if not (is_new or at_once or now - self._said_at >= PAUSE_SECONDS):
            return
        self._said_at = now
        row = realtime.ProgressRow(
            self.kind, self.work_id, self.done, self.total, state, self.label, self.url, self._user_id, self._permission
        )
        realtime.publish_progress(self._tenant_id, row)


@contextlib.contextmanager
def work(
    kind: str,
    *,
    work_id: str,
    label: str,
    actor: Actor,
    total: int | None = None,
    done: int = 0,
    url: str = "",
    permission: str = "",
) -> Iterator[Work]:
    """Says that it began, and that it failed where an exception ends it; otherwise the caller says how it ended."""
    told = Work(kind, work_id=work_id, label=label, actor=actor, total=total, done=done, url=url, permission=permission)
    told.start()
    try:
        yield told
    except BaseException:
        if not told.is_over:
            told.end("failed")
        raise
    if not told.is_over:
        told.end("success")
