"""The customers, services and warehouses that a file names by word: found once, remembered for the rows after."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower

from dispatch_console.core.actor import Actor
from dispatch_console.core.models import Customer, Warehouse
from orders.importing.values import Unreadable
from orders.models import DeliveryService

MOST_REMEMBERED = 50_000


class Records:
    """What one actor may name. Only active records count; two of the same name are told apart by reference or code."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._customers: dict[str, list[int]] = {}
        self._services = _by_word(DeliveryService.objects.visible_to(actor).filter(is_active=True), "code", "name")
        self._warehouses = _by_word(Warehouse.objects.visible_to(actor).filter(is_active=True), "code", "name")

    def gather_customers(self, words: Iterable[str]) -> None:
        """Look up many at once, before they are asked for one by one."""
        if len(self._customers) > MOST_REMEMBERED:
            self._customers.clear()
        wanted = {_key(word) for word in words if word} - self._customers.keys()
        if not wanted:
            return
        rows = Customer.objects.visible_to(self._actor).filter(is_active=True)
        if self._actor.customer_id is not None:
            rows = rows.filter(pk=self._actor.customer_id)
        rows = rows.annotate(name_key=Lower("name"), reference_key=Lower("external_reference"))
        by_name: dict[str, list[int]] = {}
        by_reference: dict[str, list[int]] = {}
        found = rows.filter(Q(name_key__in=wanted) | Q(reference_key__in=wanted)).order_by("pk")
        for pk, name, reference in found.values_list("pk", "name_key", "reference_key"):
            by_name.setdefault(name, []).append(pk)
            if reference:
                by_reference.setdefault(reference, []).append(pk)
        for word in wanted:
            self._customers[word] = by_reference.get(word) or by_name.get(word, [])

    def customer(self, word: str) -> int:
        if _key(word) not in self._customers:
            self.gather_customers([word])
        return _one(self._customers[_key(word)], word, "customer", "its external reference")

    def service(self, word: str) -> int:
        return _one(self._services.get(_key(word), []), word, "delivery service", "its code")

    def warehouse(self, word: str) -> int:
        return _one(self._warehouses.get(_key(word), []), word, "warehouse", "its code")


def _key(word: str) -> str:
    return word.strip().lower()


def _by_word(rows: Any, *columns: str) -> dict[str, list[int]]:
    """A code wins over a name."""
    found: dict[str, list[int]] = {}
    records = list(rows.values_list("pk", *columns))
    for place in range(len(columns)):
        words: dict[str, list[int]] = {}
        for pk, *texts in records:
            words.setdefault(_key(texts[place]), []).append(pk)
        for word, ids in words.items():
            found.setdefault(word, ids)
    return found


def _one(ids: list[int], word: str, what: str, better: str) -> int:
    if not ids:
        raise Unreadable(f"unknown_{what.split()[-1]}", f"There is no {what} “{word[:60]}” in use.")
    if len(ids) > 1:
        raise Unreadable(
            f"ambiguous_{what.split()[-1]}", f"{len(ids)} have the name “{word[:60]}”. Write {better} instead."
        )
    return ids[0]
