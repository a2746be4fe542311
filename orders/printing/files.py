"""Printing orders: a file at once for up to some hundred, and a stored one, made in the background, for more."""

import contextlib
import logging
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import IO
from uuid import UUID

from celery import current_app
from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Q

from dispatch_console.core import clock, events, progress
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid, NotVisible, Refused
from dispatch_console.core.filtering import once_each
from dispatch_console.core.keyset import count_up_to, read_page
from dispatch_console.core.models import Tenant
from dispatch_console.core.retention import BATCH
from orders.access import require, visible_orders
from orders.models import PrintJob, PrintState
from orders.models.order import OrderQuerySet
from orders.printing import forms
from orders.printing.content import Company, read
from orders.selectors import DEFAULT_ORDERING, SORTS, filtered_orders

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 500
MOST_IN_FILE = 20_000
LEASE = timedelta(minutes=2)
BEAT_SECONDS = 5.0
TASK = "orders.tasks.make_print_file"
IN_MEMORY = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked request: which orders, on which form and paper. Nothing is drawn yet."""

    form: forms.Form
    paper_name: str
    ids: list[int]
    used: int

    @property
    def filename(self) -> str:
        return f"{self.form.name}-{len(self.ids)}.pdf" if len(self.ids) != 1 else f"{self.form.name}.pdf"


def wanted(actor: Actor, form: str, params: Mapping[str, str], *, most: int = MOST_AT_ONCE) -> Wanted:
    """The orders that the filters leave, in the sequence of `codes` or of `ordering`; raises Invalid or Refused."""
    require(actor, "orders.view")
    asked = once_each(params)
    known = forms.known(form)
    paper = known.paper(asked.pop("paper", ""))
    used = _used(asked.pop("used", ""), paper)
    ordering = asked.pop("ordering", "")
    found = filtered_orders(actor, asked)
    if not any(asked.values()) and not ordering:
        raise Invalid.fields(codes="Say which orders are printed: name their codes, or filter them.")
    count, is_more = count_up_to(found, most)
    if is_more:
        advice = " Ask for a print job instead." if most < MOST_IN_FILE else " Narrow the filters."
        raise Refused(
            f"{most:,} orders at most fit into one file here.{advice}", code="too_many_orders", details={"limit": most}
        )
    if not count:
        raise Refused("There is no such order to print.", code="no_orders")
    name = next(name for name, each in known.papers.items() if each is paper)
    return Wanted(known, name, _ids(found, asked.get("codes", ""), ordering or DEFAULT_ORDERING), used)


def make(actor: Actor, wanted: Wanted, *, drawn: Callable[[], None] | None = None) -> IO[bytes]:
    """The file, on disk when it is large; the caller closes it. Reads the orders, and changes nothing."""
    company = Company.of(Tenant.objects.get(pk=actor.tenant_id))
    out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (the answer closes it)
    orders = read(visible_orders(actor), wanted.ids)
    paper = wanted.form.papers[wanted.paper_name]
    forms.write(out, wanted.form, paper, orders, company, used=wanted.used, drawn=drawn)
    out.seek(0)
    return out


# Stored files


def create_job(actor: Actor, form: str, params: Mapping[str, str], *, key: str = "") -> tuple[PrintJob, bool]:
    """A file that a worker makes and keeps for some days; True with it when the same key asked for it before."""
    content = {"form": form, "params": dict(params)}
    fingerprint = events.fingerprint("print", content) if key else ""
    if earlier := events.made_before(PrintJob.objects.all(), actor, key, fingerprint=fingerprint):
        return earlier, True
    asked = wanted(actor, form, params, most=MOST_IN_FILE)
    now = clock.now()
    job = PrintJob(
        tenant_id=actor.tenant_id,
        form=asked.form.name,
        paper=asked.paper_name,
        used=asked.used,
        order_ids=asked.ids,
        total=len(asked.ids),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        key=key,
        fingerprint=fingerprint,
        created_at=now,
        expires_at=now + timedelta(days=settings.PRINT_RETENTION_DAYS),
    )
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        if (earlier := events.made_before(PrintJob.objects.all(), actor, key, fingerprint=fingerprint)) is None:
            raise
        return earlier, True
    try:
        current_app.send_task(TASK, args=[str(job.pk)])
    except Exception:
        logger.exception("A print job could not be handed to a worker; it is found and made later.")
    return job, False


def get_job(actor: Actor, job_id: UUID) -> PrintJob:
    require(actor, "orders.view")
    job = PrintJob.objects.visible_to(actor).filter(pk=job_id).first()
    if job is None:
        raise NotVisible("There is no such print file. Files are kept for some days, for who asked for them.")
    return job


def carry_on(job_id: UUID, actor: Actor | None) -> None:
    """Make the file, unless another process is at it; a job whose maker lost access fails."""
    free = Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=clock.now() - LEASE)
    unmade = Q(state__in=(PrintState.WAITING, PrintState.RUNNING))
    taken = PrintJob.objects.filter(free, unmade, pk=job_id)
    if not taken.update(state=PrintState.RUNNING, heartbeat_at=clock.now()):
        return
    job = PrintJob.objects.get(pk=job_id)
    form = forms.FORMS.get(job.form)
    if actor is None or form is None:
        PrintJob.objects.filter(pk=job.pk).update(state=PrintState.FAILED, finished_at=clock.now())
        return
    label = f"{form.label} of {job.total:,} orders"
    with progress.work("print", work_id=str(job.pk), label=label, actor=actor, total=job.total) as work:
        try:
            wanted = Wanted(form, job.paper, job.order_ids, job.used)
            with make(actor, wanted, drawn=_sign_of_life(job, work)) as out:
                _keep(job, out, work.done)
                work.url = f"/api/v1/print-jobs/{job.pk}/file/"
        except Exception:
            PrintJob.objects.filter(pk=job.pk).update(state=PrintState.FAILED, finished_at=clock.now())
            raise


def _sign_of_life(job: PrintJob, work: progress.Work) -> Callable[[], None]:
    """Called after each order: tells open pages, and now and then the other workers that this one is still at it."""
    told_at = time.monotonic()

    def drawn() -> None:
        nonlocal told_at
        work.advance()
        if time.monotonic() - told_at >= BEAT_SECONDS:
            told_at = time.monotonic()
            PrintJob.objects.filter(pk=job.pk).update(heartbeat_at=clock.now(), done=work.done)

    return drawn


def abandoned() -> Q:
    long_ago = clock.now() - LEASE
    unbegun = Q(state=PrintState.WAITING, created_at__lt=long_ago)
    return unbegun | Q(state=PrintState.RUNNING, heartbeat_at__lt=long_ago)


def prune() -> int:
    """Remove files whose time is over, rows and all, but none that is being made; how many."""
    removed = 0
    being_made = Q(state=PrintState.RUNNING, heartbeat_at__gte=clock.now() - LEASE)
    over = PrintJob.objects.filter(expires_at__lte=clock.now()).exclude(being_made)
    for job in over.order_by("expires_at")[:BATCH]:
        if not PrintJob.objects.filter(pk=job.pk).exclude(being_made).delete()[0]:
            continue
        if job.file.name:
            with contextlib.suppress(OSError):
                job.file.storage.delete(job.file.name)
        removed += 1
    return removed


def _keep(job: PrintJob, out: IO[bytes], done: int) -> None:
    out.seek(0, 2)
    job.size, job.done, job.state, job.finished_at = out.tell(), done, PrintState.SUCCESS, clock.now()
    out.seek(0)
    job.file.save(f"{job.form}-{job.total}.pdf", File(out), save=False)
    job.save(update_fields=["file", "size", "done", "state", "finished_at"])


def _used(text: str, paper: forms.Paper) -> int:
    if not text:
        return 0
    if text.isascii() and text.isdigit() and len(text) < 4 and int(text) < paper.fields:
        return int(text)
    raise Invalid.fields(used=f"Say how many fields of the first sheet are gone: 0 to {paper.fields - 1}.")


def _ids(found: OrderQuerySet, codes: str, ordering: str) -> list[int]:
    rows: dict[str, int] = {}
    if codes:
        rows = dict(found.order_by().values_list("code", "pk"))
        named = dict.fromkeys(code.strip() for code in codes.split(","))
        return [rows[code] for code in named if code in rows]
    ids: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = read_page(found, SORTS, ordering=ordering, cursor=cursor, limit=1000)
        ids += page.ids
        cursor = page.next_cursor
    return ids
