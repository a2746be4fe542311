"""The phones a driver is signed in on: a token for each, got with email and password, and ended one by one."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from dispatch_console.core import access, clock
from dispatch_console.core.actor import Actor, Source
from dispatch_console.core.errors import Forbidden, NotSignedIn, NotVisible
from dispatch_console.core.models import ApiKey, Membership, User
from drivers import commands
from drivers.models import Device

TOKEN_LIFETIME = timedelta(days=180)
# A driver who signs in again and again without signing out keeps the newest.
MOST_DEVICES = 10


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` is shown this once; only its digest is stored."""

    device: Device
    actor: Actor
    token: str


def sign_in(request: HttpRequest, *, email: str, password: str, name: str, app_version: str = "") -> SignedIn:
    """A token for a driver's phone.

    Failures count for the lock-out together with those of the console's sign-in page. Raises NotSignedIn where email or
    password are wrong, Forbidden where the account is no driver's.
    """
    user = authenticate(request, username=email.strip().lower(), password=password)
    if user is None:
        raise NotSignedIn("The email address or the password is wrong.", code="wrong_credentials")
    membership, actor = _as_driver(user)
    with transaction.atomic():
        driver = commands.locked(actor.driver_id or 0, actor)
        now = clock.now()
        key, token = ApiKey.issue(
            tenant_id=membership.tenant_id,
            name=f"{driver.name}: {name}"[:80],
            role=membership.role,
            membership=membership,
            is_device=True,
            expires_at=now + TOKEN_LIFETIME,
        )
        device = Device.objects.create(
            tenant_id=membership.tenant_id,
            driver=driver,
            key=key,
            name=name,
            app_version=app_version,
            signed_in_at=now,
        )
        for forgotten in signed_in(driver.pk)[MOST_DEVICES:]:
            _end(forgotten, actor)
        commands.record(driver, actor=actor, kind="driver.signed_in", before={}, after={"device": name})
    # Lifts the count of failures and notes the time, as the console's sign-in does.
    user_logged_in.send(sender=User, request=request, user=user)
    return SignedIn(device, actor, token)


def signed_in(driver_id: int) -> QuerySet[Device]:
    """The devices a driver is signed in on, newest first."""
    alive = {"signed_out_at__isnull": True, "key__is_active": True, "key__expires_at__gt": clock.now()}
    return Device.objects.filter(driver_id=driver_id, **alive).select_related("key")


def sign_out(device_id: int, *, driver_id: int, actor: Actor) -> None:
    """End one device's token, by its driver or by a dispatcher; doing it twice changes nothing.

    It is dead at once over HTTP; sockets and pings notice within `drivers.tokens.REMEMBERED_SECONDS`.
    """
    with transaction.atomic():
        driver = commands.locked(driver_id, actor)
        if actor.driver_id != driver.pk and not (actor.may("drivers.manage") or actor.may("setup.manage")):
            raise Forbidden("Your role does not allow signing drivers out.", details={"permission": "drivers.manage"})
        device = Device.objects.filter(driver=driver, pk=device_id).select_related("key").first()
        if device is None:
            raise NotVisible("There is no such device.")
        if device.signed_out_at is not None:
            return
        _end(device, actor)
        commands.record(driver, actor=actor, kind="driver.signed_out", before={}, after={"device": device.name})


def sign_out_everywhere(user: User) -> None:
    """End every device of a person who chose a new password: a phone may be why. Nothing happens to other accounts."""
    try:
        _, actor = _as_driver(user)
    except Forbidden:
        return
    with transaction.atomic():
        driver = commands.locked(actor.driver_id or 0, actor)
        for device in signed_in(driver.pk):
            _end(device, actor)
            commands.record(driver, actor=actor, kind="driver.signed_out", before={}, after={"device": device.name})


def device_of(key: ApiKey | None) -> Device:
    """The device behind the token of a request; Forbidden for any other key."""
    device = Device.objects.filter(key=key).first() if key is not None and key.is_device else None
    if device is None:
        raise Forbidden(
            "This works with the token of a signed-in device only. Sign in at /api/v1/driver/sign-in/.",
            code="not_a_device",
        )
    return device


def as_dict(device: Device, *, current: ApiKey | None = None) -> dict[str, Any]:
    key = device.key
    return {
        "id": device.pk,
        "name": device.name,
        "app_version": device.app_version,
        "signed_in_at": clock.iso(device.signed_in_at),
        "last_used_at": clock.iso(key.last_used_at) if key is not None else None,
        "expires_at": clock.iso(key.expires_at) if key is not None else None,
        "synced_at": clock.iso(device.synced_at),
        "skew_seconds": device.skew_seconds,
        "is_current": key is not None and current is not None and key.pk == current.pk,
    }


def _as_driver(user: Any) -> tuple[Membership, Actor]:
    profile = getattr(user, "driver", None)
    membership = None
    if profile is not None:
        membership = access.memberships(user).filter(tenant_id=profile.tenant_id).first()
    actor = access.actor_for_member(membership, source=Source.DRIVER_APP) if membership is not None else None
    if membership is None or actor is None or actor.driver_id is None:
        raise Forbidden(
            "This account is no driver's. The app is for drivers: dispatchers work in the console. "
            "If you drive, ask your administrator to connect your account with your driver profile.",
            code="not_a_driver",
        )
    return membership, actor


def _end(device: Device, actor: Actor) -> None:
    if device.key is not None:
        ApiKey.objects.filter(pk=device.key.pk).update(is_active=False)
    device.signed_out_at = clock.now()
    device.signed_out_by = actor.label
    device.save(update_fields=["signed_out_at", "signed_out_by"])
