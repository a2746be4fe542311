"""The demo companies: the same after every load, in all states, with honest histories, behind a wall."""

import itertools
import json
import shutil
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.test import Client

from dispatch_console.core import clock, places
from dispatch_console.core.models import ApiKey, Customer, Event, Membership, Tenant, User, Zone
from dispatch_console.core.permissions import RoleKind
from dispatch_console.region.demo import people, profiles
from drivers.models import Driver, DriverPosition
from orders.models import Order
from orders.states import OPEN, CarrierType, OrderType, Status
from routes.models import Waybill

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def first_keys(shared_rows: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of the region that is loaded once for these tests, with 150 orders until noon."""
    path = tmp_path_factory.mktemp("region") / "keys.json"
    load(path, orders=150)
    return path


@pytest.fixture
def keys_file(first_keys: Path, tmp_path: Path) -> Path:
    """The region is loaded; the file with its keys may be written to."""
    return Path(shutil.copy2(first_keys, tmp_path))


def load(keys_file: Path, *, orders: int, at: datetime = NOON) -> str:
    said = StringIO()
    with clock.at(at):
        call_command("load_demo_region", orders=orders, keys=keys_file, with_known_passwords=True, stdout=said)
    return said.getvalue()


def counts() -> dict[str, int]:
    models = (Tenant, User, Membership, Zone, Driver, Customer, ApiKey, Order, Event, DriverPosition)
    return {model.__name__: model.objects.count() for model in models}


def rheintal() -> Tenant:
    return Tenant.objects.get(slug=profiles.RHEINTAL.slug)


@pytest.mark.django_db
def test_loading_again_changes_nothing(keys_file: Path):
    before, secrets = counts(), keys_file.read_text()
    load(keys_file, orders=150, at=NOON + timedelta(minutes=30))
    assert counts() == before
    assert keys_file.read_text() == secrets


@pytest.mark.django_db
def test_the_day_has_orders_of_every_type_in_every_state(keys_file: Path):
    orders = Order.objects.filter(tenant=rheintal())
    booked = orders.filter(leg="", flow="", staging_warehouse=None)
    assert booked.count() >= 150  # and what the lanes of routes carry
    assert set(orders.values_list("status", flat=True)) == set(Status.values)
    # Staged orders at every point of their way, a replacement with what it brings back, a return that waits.
    staged = orders.filter(staging_warehouse__isnull=False)
    assert {"pending", "in_transit", "staged", "delivered"} <= set(staged.values_list("status", flat=True))
    assert orders.exclude(leg="").count() == 2 * staged.count() == 10
    assert orders.get(flow="return").source_order.flow == "forward"
    assert orders.filter(return_status="pending").exists()
    assert set(orders.values_list("type", flat=True)) == set(OrderType.values)
    assert set(orders.values_list("carrier_type", flat=True)) > {CarrierType.INTERNAL}
    assert orders.filter(on_hold=True).exists()
    assert orders.filter(status=Status.PENDING, driver=None).count() > 10
    assert orders.filter(dropoff_latitude=None, dropoff_warehouse=None).exists()
    assert orders.filter(scheduled_pickup_at__gt=NOON).exists()
    # Lanes and trips tell of yesterday, too; they and the waybills are told after the day.
    planned = Event.objects.filter(stream="order", kind="order.created", actor_label__in=("Planning", "Hub"))
    histories_are_honest(orders.exclude(pk__in=planned.values("object_id")))


def histories_are_honest(orders) -> None:
    """Every version has its event, told in the order of time, within the day."""
    for order in orders:
        events = list(Event.objects.filter(stream="order", object_id=order.pk).order_by("version"))
        assert [event.version for event in events] == list(range(1, order.version + 1))
        assert all(before.occurred_at <= after.occurred_at for before, after in itertools.pairwise(events))
        assert NOON - timedelta(hours=12) < events[0].occurred_at == order.created_at
        assert events[-1].occurred_at <= NOON
    told = Event.objects.filter(stream="order", object_id__in=orders.values("pk")).order_by("id")
    moments = list(told.values_list("occurred_at", flat=True))
    assert moments == sorted(moments)


@pytest.mark.django_db
def test_waybills_that_changed_hands_have_pictures_of_it(keys_file: Path):
    moved = Waybill.objects.filter(tenant=rheintal()).exclude(status__in=("drafted", "sealed", "cancelled"))
    assert moved.count() >= 4
    for waybill in moved:
        stages = set(waybill.proofs.values_list("stage", "kind"))
        assert {("pickup", "photo"), ("pickup", "signature")} <= stages
        assert (("delivery", "signature") in stages) == (waybill.status in ("received", "closed"))


@pytest.mark.django_db
def test_a_new_day_closes_what_the_old_one_left(keys_file: Path):
    old = set(Order.objects.filter(tenant=rheintal()).values_list("pk", flat=True))
    said = load(keys_file, orders=20, at=NOON + timedelta(days=1))
    assert "of an earlier day closed" in said
    assert not Order.objects.filter(pk__in=old, status__in=OPEN).exists()
    assert Order.objects.filter(tenant=rheintal(), status__in=OPEN).exclude(pk__in=old).exists()


@pytest.mark.django_db
def test_the_two_companies_see_nothing_of_each_other(keys_file: Path):
    alpen = Tenant.objects.get(slug=profiles.ALPEN.slug)
    code = Order.objects.filter(tenant=rheintal()).values_list("code", flat=True)[0]
    member = Membership.objects.get(tenant=alpen, user__email=f"dispatcher@{profiles.ALPEN_DOMAIN}")
    _, secret = people.member_key(member, name="test")
    client = Client(headers={"authorization": f"Bearer {secret}"})
    assert client.get(f"/api/v1/orders/{code}/").status_code == 404
    listed = client.get("/api/v1/orders/?limit=500").json()
    assert listed["total"] == Order.objects.filter(tenant=alpen).count() > 0
    assert all(row["code"].startswith(profiles.ALPEN.order_prefix) for row in listed["results"])
    names = {driver["name"] for driver in client.get("/api/v1/drivers/?limit=500").json()["results"]}
    assert names == set(Driver.objects.filter(tenant=alpen).values_list("name", flat=True))


@pytest.mark.django_db
def test_every_role_has_somebody_who_can_sign_in(keys_file: Path):
    members = Membership.objects.filter(tenant=rheintal())
    assert set(members.values_list("role", flat=True)) == set(RoleKind.values) - {RoleKind.PARTNER}
    assert ApiKey.objects.filter(tenant=rheintal(), role=RoleKind.PARTNER, is_active=True).count() == 1
    assert Driver.objects.filter(tenant=rheintal()).count() == 40
    user = authenticate(request=None, username=f"dispatcher@{profiles.RHEINTAL_DOMAIN}", password=people.PASSWORD)
    assert user is not None


@pytest.mark.django_db
def test_the_smallest_of_overlapping_zones_wins(keys_file: Path):
    hits = places.zones_at(rheintal().pk, 47.1393, 9.5219)
    assert [hit.name for hit in hits] == ["Vaduz Zentrum", "Vaduz"]
    assert [hit.name for hit in places.zones_at(rheintal().pk, 47.2398, 9.5263)] == ["Ruggell", "Unterland"]


@pytest.mark.django_db
def test_the_keys_of_the_file_work_and_stand_for_the_drivers(keys_file: Path):
    handed_out = json.loads(keys_file.read_text())
    assert keys_file.stat().st_mode & 0o077 == 0
    assert len(handed_out["drivers"]) == 40
    driver = handed_out["drivers"][0]
    body = {"email": driver["email"], "password": driver["password"], "device": "Phone"}
    signed_in = Client().post("/api/v1/driver/sign-in/", body, content_type="application/json").json()
    assert signed_in["driver"]["id"] == driver["id"]
    client = Client(headers={"authorization": f"Bearer {signed_in['token']}"})
    # Whoever is on duty is in a shift, as the driver's page shows it.
    profile = client.get("/api/v1/driver/profile/").json()
    assert profile["is_online"] == (profile["shift"] is not None)


@pytest.mark.django_db
def test_a_crowd_of_drivers_can_be_added_for_load_tests(keys_file: Path):
    with clock.at(NOON):
        options = {"orders": 150, "drivers": 60, "keys": keys_file, "with_known_passwords": True, "stdout": StringIO()}
        call_command("load_demo_region", **options)
    assert Driver.objects.filter(tenant=rheintal(), primary_vehicle__isnull=False).count() == 60
    handed_out = json.loads(keys_file.read_text())["drivers"]
    client = Client(headers={"authorization": f"Bearer {handed_out[-1]['key']}"})
    assert client.get("/api/v1/driver/availability/").json()["id"] == handed_out[-1]["id"]


@pytest.mark.django_db
def test_known_passwords_are_not_created_where_debug_is_off(settings):
    settings.DEBUG = False
    before = counts()
    with pytest.raises(CommandError, match="--with-known-passwords"):
        call_command("load_demo_region")
    assert counts() == before
