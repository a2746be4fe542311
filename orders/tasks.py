"""Background work on orders: thin tasks, each harmless when it runs twice."""

from celery import shared_task

from orders import evidence, expiry, sync
from orders.bulk import retention as bulk_retention
from orders.bulk import work as bulk_work
from orders.bulk.work import actor_of
from orders.importing import jobs as imports
from orders.importing import work as import_work
from orders.models import BulkRun, ImportJob, PrintJob
from orders.printing import files as print_files


@shared_task
def expire_offers() -> None:
    """Take back what drivers were offered and did not answer in time."""
    expiry.expire_offers()


@shared_task
def prune_proofs() -> None:
    """Remove uploaded pictures that no act has named in time."""
    evidence.prune()


@shared_task
def prune_device_acts() -> None:
    """Forget what phones sent that are signed out for good."""
    sync.prune()


@shared_task
def carry_on_bulk_run(run_id: int) -> None:
    """Work through a bulk run, or go on with it where another process was stopped."""
    bulk_work.carry_on(run_id)


@shared_task
def resume_bulk_runs() -> None:
    """Hand out the bulk runs that nobody works on any more."""
    for run_id in BulkRun.objects.filter(bulk_work.abandoned()).values_list("pk", flat=True)[:20]:
        carry_on_bulk_run.delay(run_id)


@shared_task
def prune_bulk_runs() -> None:
    """Forget bulk runs of long ago."""
    bulk_retention.prune()


@shared_task
def make_print_file(job_id: str) -> None:
    """Print a stored file; does nothing when it is there or another process is at it."""
    job = PrintJob.objects.filter(pk=job_id).first()
    if job is not None:
        print_files.carry_on(job.pk, actor_of(job))


@shared_task
def resume_print_jobs() -> None:
    """Hand out the print jobs that nobody works on any more."""
    for job_id in PrintJob.objects.filter(print_files.abandoned()).values_list("pk", flat=True)[:20]:
        make_print_file.delay(str(job_id))


@shared_task
def prune_print_jobs() -> None:
    """Remove printed files whose time is over."""
    print_files.prune()


@shared_task
def carry_on_import(job_id: int) -> None:
    """Check or run an import, or go on with it where another process was stopped."""
    import_work.carry_on(job_id)


@shared_task
def resume_imports() -> None:
    """Hand out the imports that nobody works on any more."""
    for job_id in ImportJob.objects.filter(import_work.abandoned()).values_list("pk", flat=True)[:20]:
        carry_on_import.delay(job_id)


@shared_task
def prune_imports() -> None:
    """Remove the files of old imports, and imports of long ago."""
    imports.prune()
