"""The tenant's managed reasons, as the dialogs offer them."""

from collections.abc import Iterable

from orders.models import Reason


def reasons(tenant_id: int, kinds: Iterable[str]) -> dict[str, list[str]]:
    """Labels by kind, in the tenant's order; every asked kind is there, even without any."""
    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    rows = Reason.objects.filter(tenant_id=tenant_id, kind__in=found, is_active=True)
    for kind, text in rows.order_by("kind", "position", "label").values_list("kind", "label"):
        found[kind].append(text)
    return found
