"""Tenants, teams, users and what a user may do in which tenant."""

import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from dispatch_console.core.permissions import BUILT_IN_ROLES, PERMISSIONS, RoleKind
from dispatch_console.core.scoping import VisibleQuerySet

MONDAY_TO_SATURDAY = (1, 2, 3, 4, 5, 6)


def monday_to_saturday() -> list[int]:
    return list(MONDAY_TO_SATURDAY)


def validate_weekdays(value: list[int]) -> None:
    if not value or len(set(value)) < len(value) or not set(value) <= set(range(1, 8)):
        raise ValidationError("Choose at least one weekday, each once.")


def validate_time_zone(value: str) -> None:
    if value not in zoneinfo.available_timezones():
        raise ValidationError(f"“{value}” is not a known time zone. Use a name such as Europe/Zurich.")


class Tenant(models.Model):
    """A delivery company: the wall around everything it owns."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    is_active = models.BooleanField(default=True)
    timezone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    currency = models.CharField(
        max_length=3, default="EUR", validators=[RegexValidator(r"^[A-Z]{3}$", "Use a three-letter code such as EUR.")]
    )
    order_prefix = models.CharField(max_length=6, default="D-", blank=True)
    drivers_accept = models.BooleanField("drivers accept assignments", default=False)
    offer_seconds = models.PositiveIntegerField(
        "seconds to answer an offer",
        default=0,
        validators=[MaxValueValidator(86_400)],
        help_text="After that an unanswered offer goes back to the queue. 0: it waits without end.",
    )
    drivers_self_assign = models.BooleanField(
        "drivers may take unclaimed orders", default=False, help_text="They see the open orders they are eligible for."
    )
    drivers_self_unassign = models.BooleanField("drivers may give orders back", default=False)
    undo_window_minutes = models.PositiveSmallIntegerField(default=15)
    stale_position_minutes = models.PositiveSmallIntegerField(default=5, validators=[MinValueValidator(1)])
    late_risk_minutes = models.PositiveSmallIntegerField(
        default=15, help_text="An open order this close to its due time counts as at risk."
    )
    working_weekdays = ArrayField(
        models.PositiveSmallIntegerField(),
        default=monday_to_saturday,
        validators=[validate_weekdays],
        help_text="Monday is 1, Sunday is 7. Holidays are listed by themselves.",
    )
    map_latitude = models.FloatField(default=47.1, validators=[MinValueValidator(-90), MaxValueValidator(90)])
    map_longitude = models.FloatField(default=9.53, validators=[MinValueValidator(-180), MaxValueValidator(180)])
    map_zoom = models.PositiveSmallIntegerField(default=12)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone_info(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)


class Team(models.Model):
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(max_length=80)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="team_name_once_per_tenant")]

    def __str__(self) -> str:
        return self.name


class EmailUserManager(UserManager["User"]):
    """Users sign in with their email address; there is no separate user name."""

    def _make(self, email: str, password: str | None, **extra: Any) -> "User":
        if not email:
            raise ValueError("A user needs an email address.")
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":  # type: ignore[override]
        return self._make(email, password, **extra)

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":  # type: ignore[override]
        return self._make(email, password, **{"is_staff": True, "is_superuser": True, **extra})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractUser):
    """A person who signs in; what they may do is said by their memberships."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True, error_messages={"unique": "A user with this email address already exists."})

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = EmailUserManager()  # type: ignore[misc]

    class Meta:
        ordering = ["email"]

    def __str__(self) -> str:
        return self.get_full_name() or self.email


class CustomRole(models.Model):
    """A tenant's own role: a name and a choice of permissions."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="custom_roles")
    name = models.CharField(max_length=80)
    permissions = ArrayField(
        models.CharField(max_length=40, choices=[(code, text) for code, text in PERMISSIONS.items()]), default=list
    )

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="custom_role_name_once_per_tenant")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role in one tenant, limited to some teams or open to all."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=RoleKind.choices)
    custom_role = models.ForeignKey(CustomRole, on_delete=models.PROTECT, null=True, blank=True)
    all_teams = models.BooleanField(default=True)
    teams = models.ManyToManyField(Team, blank=True, related_name="memberships")
    is_active = models.BooleanField(default=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        ordering = ["tenant", "user"]
        verbose_name = "member"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "user"], name="one_membership_per_user_and_tenant"),
            models.CheckConstraint(
                name="custom_membership_names_its_role",
                condition=models.Q(role=RoleKind.CUSTOM, custom_role__isnull=False)
                | (~models.Q(role=RoleKind.CUSTOM) & models.Q(custom_role__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.tenant} as {self.role_name}"

    def clean(self) -> None:
        if self.role == RoleKind.CUSTOM and self.custom_role is None:
            raise ValidationError({"custom_role": "Choose which custom role this is."})
        if self.role != RoleKind.CUSTOM and self.custom_role is not None:
            raise ValidationError({"custom_role": "Leave empty unless the role is “Custom role”."})
        if self.custom_role is not None and self.custom_role.tenant_id != self.tenant_id:
            raise ValidationError({"custom_role": "This role belongs to another tenant."})

    @property
    def role_name(self) -> str:
        return self.custom_role.name if self.custom_role is not None else self.get_role_display()

    @property
    def permissions(self) -> frozenset[str]:
        if self.custom_role is not None:
            return frozenset(self.custom_role.permissions) & frozenset(PERMISSIONS)
        return BUILT_IN_ROLES[self.role]
