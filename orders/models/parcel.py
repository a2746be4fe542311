"""Package items: what is inside an order."""

from django.core.validators import MinValueValidator
from django.db import models

from orders.models.order import Order


class PackageItem(models.Model):
    """One line of the package. Weight in kilograms, sizes in centimetres, each per piece."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    quantity = models.PositiveIntegerField(default=1, validators=[MinValueValidator(1)])
    weight = models.DecimalField(max_digits=8, decimal_places=3, null=True, blank=True)
    length = models.DecimalField(max_digits=7, decimal_places=1, null=True, blank=True)
    width = models.DecimalField(max_digits=7, decimal_places=1, null=True, blank=True)
    height = models.DecimalField(max_digits=7, decimal_places=1, null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.name}"
