"""Per-tenant counters behind order codes and group labels."""

from django.db import connection, models

from dispatch_console.core.models.tenancy import Tenant


class CounterManager(models.Manager):
    def next_value(self, tenant_id: int, name: str, *, first: int = 1) -> int:
        """Take the next number of a tenant's counter, in the caller's transaction.

        Called outside a transaction it commits at once, so that a number may be skipped but nobody waits.
        """
        return self.next_values(tenant_id, name, 1, first=first)[0]

    def next_values(self, tenant_id: int, name: str, count: int, *, first: int = 1) -> range:
        """The next so many numbers, one after the other; otherwise as `next_value`."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_counter (tenant_id, name, value) VALUES (%s, %s, %s) "
                "ON CONFLICT (tenant_id, name) DO UPDATE SET value = core_counter.value + %s RETURNING value",
                [tenant_id, name, first + count - 1, count],
            )
            last = int(cursor.fetchone()[0])
        return range(last - count + 1, last + 1)


class Counter(models.Model):
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    value = models.BigIntegerField()

    objects = CounterManager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="counter_name_once_per_tenant")]

    def __str__(self) -> str:
        return f"{self.name} {self.value}"
