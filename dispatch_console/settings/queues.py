"""Which queue each background task waits in: work that may take minutes never holds up what takes milliseconds."""

QUICK, LONG = "quick", "long"

LONG_TASKS = (
    "orders.tasks.carry_on_bulk_run",
    "orders.tasks.carry_on_import",
    "orders.tasks.make_print_file",
    "routes.tasks.prepare_roads",
    "routes.tasks.work_on_plan",
)
QUICK_TASKS = (
    "dispatch_console.core.tasks.number_events",
    "dispatch_console.core.tasks.record_worker_heartbeat",
    "drivers.tasks.keep_position_days",
    "orders.tasks.expire_offers",
    "orders.tasks.prune_bulk_runs",
    "orders.tasks.prune_device_acts",
    "orders.tasks.prune_imports",
    "orders.tasks.prune_print_jobs",
    "orders.tasks.prune_proofs",
    "orders.tasks.resume_bulk_runs",
    "orders.tasks.resume_imports",
    "orders.tasks.resume_print_jobs",
    "routes.tasks.arrival_times",
    "routes.tasks.automatic_round",
    "routes.tasks.automatic_rounds",
    "routes.tasks.company_arrival_times",
    "routes.tasks.offer_waves",
    "routes.tasks.prune_plans",
    "routes.tasks.resume_plans",
    "routes.tasks.scheduled_sessions",
)
ROUTES = {name: {"queue": queue} for queue, names in ((QUICK, QUICK_TASKS), (LONG, LONG_TASKS)) for name in names}
