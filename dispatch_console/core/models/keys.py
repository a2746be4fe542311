"""API keys and device tokens: shown once, stored as a digest."""

import hashlib
import secrets
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from dispatch_console.core.models.customers import Customer
from dispatch_console.core.models.tenancy import Membership, Tenant
from dispatch_console.core.permissions import BUILT_IN_ROLES, PERMISSIONS, RoleKind
from dispatch_console.core.scoping import VisibleQuerySet

PREFIX_LENGTH = 8


def digest(secret: str) -> str:
    # Keys are 256-bit random, so a plain fast hash is as strong as the key; a slow one would only cost every request.
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiKey(models.Model):
    """A secret that acts either as a member (`membership`) or as an integration with a role of its own."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=PREFIX_LENGTH, unique=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    role = models.CharField(max_length=20, choices=RoleKind.choices, default=RoleKind.PARTNER)
    permissions = ArrayField(models.CharField(max_length=40), default=list, blank=True, help_text="For a custom role.")
    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, null=True, blank=True, help_text="Acts as this member."
    )
    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        help_text="Limits a partner to one customer's orders.",
    )
    is_device = models.BooleanField(default=False, editable=False)  # made by a driver's sign-in, listed with devices
    is_active = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(cls, **fields: object) -> tuple[Self, str]:
        """Store a new key; the returned secret (`<prefix>.<random>`) is never readable again."""
        prefix = secrets.token_hex(PREFIX_LENGTH // 2)
        secret = f"{prefix}.{secrets.token_urlsafe(32)}"
        return cls.objects.create(prefix=prefix, digest=digest(secret), **fields), secret

    @property
    def effective_permissions(self) -> frozenset[str]:
        if self.membership is not None:
            return self.membership.permissions
        if self.role == RoleKind.CUSTOM:
            return frozenset(self.permissions) & frozenset(PERMISSIONS)
        return BUILT_IN_ROLES[self.role]
