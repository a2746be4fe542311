"""Taking a file that can be read, with a guess of how."""

import hashlib
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError

from dispatch_console.core import clock, events
from dispatch_console.core.actor import Actor
from dispatch_console.core.errors import Invalid
from dispatch_console.core.models import Counter, Tenant
from orders.access import require
from orders.importing.jobs import LONGEST_NAME, MAY_IMPORT, lay_out
from orders.importing.looking import look
from orders.importing.reading import look_at, on_disk
from orders.importing.sniffing import LARGEST_FILE, extension_of
from orders.models import ImportJob


class FileTooLarge(Invalid):
    status = 413
    code = "file_too_large"

    def __init__(self) -> None:
        sentence = f"The file is larger than {LARGEST_FILE:,} bytes (15 MB). Split it, or leave out what is not needed."
        super().__init__(sentence, details={"limit": LARGEST_FILE, "fields": {"file": [sentence]}})


def upload(actor: Actor, file: UploadedFile, *, key: str = "") -> tuple[ImportJob, bool]:
    """Take a file that can be read, with a guess of how; True with it when the same key brought it before.

    Raises Invalid with the reason (`unsupported_file_extension`, `file_too_large`, `file_damaged`, ...).
    """
    require(actor, MAY_IMPORT)
    name = Path(file.name or "").name[-LONGEST_NAME:]
    extension_of(name)
    if (file.size or 0) > LARGEST_FILE:
        raise FileTooLarge
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    if earlier := _earlier(actor, key, digest.hexdigest(), name):
        return earlier, True
    tenant = Tenant.objects.get(pk=actor.tenant_id)
    with on_disk(file.chunks()) as path:
        layout, sheets = look_at(path, name)
        seen = look(path, layout, tenant_id=tenant.pk)
    number = Counter.objects.next_value(tenant.pk, "import")
    job = ImportJob(
        tenant=tenant,
        number=number,
        label=f"IMP-{number:05d}",
        name=name,
        size=file.size or 0,
        digest=digest.hexdigest(),
        format=layout.format,
        sheets=sheets,
        total=seen.estimate,
        date_order=seen.date_order,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        source=actor.source,
        key=key,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=settings.IMPORT_RETENTION_DAYS),
    )
    lay_out(job, layout, seen)
    job.mapping = seen.guess
    job.bulk_group = job.label
    file.seek(0)
    job.file.save(name, file, save=False)
    try:
        job.save(force_insert=True)
    except IntegrityError:
        job.file.storage.delete(str(job.file.name))
        if earlier := _earlier(actor, key, digest.hexdigest(), name):
            return earlier, True
        raise
    return job, False


def _earlier(actor: Actor, key: str, digest: str, name: str) -> ImportJob | None:
    """The import of the same file that this key brought before."""
    return events.made_before(ImportJob.objects.select_related("tenant"), actor, key, digest=digest, name=name)
