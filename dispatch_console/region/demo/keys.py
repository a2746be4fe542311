"""The keys of the simulation, handed over as an outsider would get them: in a file that only its owner can read."""

import json
import os
from pathlib import Path
from typing import Any

from dispatch_console.core.models import ApiKey, Membership, Tenant
from dispatch_console.core.models.keys import digest
from dispatch_console.core.permissions import RoleKind
from dispatch_console.embedded import paths
from dispatch_console.region.demo.people import PASSWORD, member_key, partner_key

FILE_NAME = "simulation-keys.json"
PARTNER_KEY = "Simulation: shops"
DISPATCHER_KEY = "Simulation: auto-dispatcher"
# So many sign in on a phone of their own. For a crowd made for load tests that would take hours: signing in is slow on
# purpose, and limited.
MOST_PHONES = 40


def default_path() -> Path:
    return paths.run_directory() / FILE_NAME


def partner(tenant: Tenant) -> ApiKey | None:
    return ApiKey.objects.filter(tenant=tenant, name=PARTNER_KEY, is_active=True).first()


def ensure(tenant: Tenant, path: Path) -> ApiKey:
    """Make sure that the file holds working keys of this tenant; returns the partner's."""
    known = _read(path)
    phones = Membership.objects.filter(
        tenant=tenant, is_active=True, role=RoleKind.DRIVER, user__driver__tenant=tenant
    ).select_related("user__driver", "tenant")
    ids = [(member.user.driver.pk, number < MOST_PHONES) for number, member in enumerate(phones.order_by("pk"))]
    told = [(each.get("id"), "email" in each) for each in known.get("drivers", [])]
    if known.get("tenant") == tenant.slug and told == ids and _all_work(tenant, known):
        found = partner(tenant)
        if found is not None:
            return found
    key, secret = partner_key(tenant, name=PARTNER_KEY)
    dispatchers = Membership.objects.filter(tenant=tenant, is_active=True, role=RoleKind.DISPATCHER, all_teams=True)
    dispatcher = dispatchers.order_by("pk").first()
    drivers = [_identity(member, is_phone=number < MOST_PHONES) for number, member in enumerate(phones.order_by("pk"))]
    _write(
        path,
        {
            "tenant": tenant.slug,
            "partner": secret,
            "dispatcher": member_key(dispatcher, name=DISPATCHER_KEY)[1] if dispatcher else "",
            "drivers": drivers,
        },
    )
    return key


def _identity(member: Membership, *, is_phone: bool) -> dict[str, Any]:
    """A driver signs in with the demo's password, as anybody can who reads the greeting; a crowd gets keys."""
    driver = member.user.driver
    known: dict[str, Any] = {"id": driver.pk, "name": str(driver)}
    if is_phone:
        return known | {"email": member.user.email, "password": PASSWORD}
    return known | {"key": _driver_secret(member)}


def _driver_secret(member: Membership) -> str:
    return member_key(member, name=f"Simulation: phone of {member.user.driver}")[1]


def _all_work(tenant: Tenant, known: dict[str, Any]) -> bool:
    secrets = [
        known.get("partner", ""),
        known.get("dispatcher", ""),
        *(each["key"] for each in known.get("drivers", []) if "key" in each),
    ]
    digests = {digest(secret) for secret in secrets}
    return len(digests) == ApiKey.objects.filter(tenant=tenant, digest__in=digests, is_active=True).count()


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    temporary.touch(mode=0o600)
    temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
    temporary.replace(path)
