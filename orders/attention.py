"""Why an order needs a person now: once for a row, once as a condition of the database; a test holds them together."""

from datetime import datetime, timedelta
from typing import Literal

from django.db.models import F, Q

from orders.states import OPEN, Status

Attention = Literal["package_with_driver", "holder_dropped", "attempt_failed", "exception", "late", "held", "at_risk"]

ATTENTION_WORDS = (
    "late",
    "at_risk",
    "held",
    "attempt_failed",
    "exception",
    "holder_dropped",
    "package_with_driver",
    "any",
)
# A draft has promised nothing yet, so it cannot be late.
PROMISED = tuple(status for status in OPEN if status != Status.DRAFT)
HELD = Q(status__in=OPEN, on_hold=True)
HOLDER_DROPPED = Q(status__in=OPEN, holder__isnull=False, driver__isnull=True)
ATTEMPT_FAILED = Q(status__in=OPEN, attempt_failed=True)
EXCEPTION = Q(status__in=OPEN, open_exceptions__gt=0)
EXPECTED_LATE = Q(eta__dropoff_at__gt=F("due_at"), eta__driver=F("driver"))
PACKAGE_WITH_DRIVER = Q(status=Status.CANCELLED, holder__isnull=False)


def attention(
    *,
    status: str,
    has_driver: bool,
    has_holder: bool,
    attempt_failed: bool,
    has_exception: bool,
    on_hold: bool,
    due_at: datetime | None,
    eta_at: datetime | None,
    late_risk_minutes: int,
    now: datetime,
) -> Attention | None:
    """The most urgent reason to look at an order; `attention_condition` says the same in SQL.

    First the package nobody is in charge of (`package_with_driver`, `holder_dropped`), then `attempt_failed` (a driver
    waits for a decision), `exception` (one is open), `late` (due time passed), `held`, and `at_risk` (due within the
    tenant's risk minutes, or the driver is expected after that).
    Closed orders are never late.
    """
    if status == Status.CANCELLED and has_holder:
        return "package_with_driver"
    if status not in OPEN:
        return None
    if has_holder and not has_driver:
        return "holder_dropped"
    if attempt_failed:
        return "attempt_failed"
    if has_exception:
        return "exception"
    promised = due_at if status in PROMISED else None
    if promised is not None and promised < now:
        return "late"
    if on_hold:
        return "held"
    if promised is not None and promised < max(now + timedelta(minutes=late_risk_minutes), eta_at or now):
        return "at_risk"
    return None


def attention_condition(word: str, *, now: datetime, late_risk_minutes: int) -> Q:
    """One reason to look at an order. Reasons overlap: a held order can also be late; a row names the first."""
    conditions = {
        "late": Q(status__in=PROMISED, due_at__lt=now),
        "at_risk": Q(status__in=PROMISED, due_at__gte=now)
        & (Q(due_at__lt=now + timedelta(minutes=late_risk_minutes)) | EXPECTED_LATE),
        "held": HELD,
        "attempt_failed": ATTEMPT_FAILED,
        "exception": EXCEPTION,
        "holder_dropped": HOLDER_DROPPED,
        "package_with_driver": PACKAGE_WITH_DRIVER,
    }
    if word != "any":
        return conditions[word]
    found = Q()
    for condition in conditions.values():
        found |= condition
    return found
