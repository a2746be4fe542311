"""Customers and their address book."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from dispatch_console.core.models.tenancy import Team, Tenant
from dispatch_console.core.scoping import TeamScopedQuerySet, VisibleQuerySet


class Customer(models.Model):
    """Who orders and pays: a shop, a restaurant, a private sender."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="customers")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, help_text="Empty: all teams.")
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    external_reference = models.CharField(max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TeamScopedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["tenant", "name"], name="customer_by_name")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "external_reference"],
                condition=~models.Q(external_reference=""),
                name="customer_reference_once_per_tenant",
            )
        ]

    def __str__(self) -> str:
        return self.name


class CustomerAddress(models.Model):
    """One entry of a customer's address book."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    label = models.CharField(max_length=80, blank=True)
    text = models.CharField("address", max_length=300)
    latitude = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)])
    contact_name = models.CharField(max_length=120, blank=True)
    contact_phone = models.CharField(max_length=40, blank=True)
    notes = models.CharField(max_length=500, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["label", "text"]
        verbose_name_plural = "customer addresses"
        constraints = [
            models.CheckConstraint(
                name="address_has_both_coordinates_or_none",
                condition=models.Q(latitude__isnull=True, longitude__isnull=True)
                | models.Q(latitude__isnull=False, longitude__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.label or self.text
