"""Signing in on a phone: the token, what it opens, how it dies, and who is refused."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from dispatch_console.core.models import ApiKey, Event
from dispatch_console.core.permissions import RoleKind
from drivers.models import Device
from drivers.tokens import bearer_of
from tests import factories
from tests.orders.api import Api, refusal
from tests.phones import Phone, sign_in, with_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant(drivers_accept=True, offer_seconds=45)


@pytest.fixture
def driver(tenant):
    return with_account(factories.make_driver(tenant, name="Dana"))


def test_a_phone_signs_in_reads_its_profile_and_its_token_is_stored_as_a_digest_only(tenant, driver):
    phone = Phone(driver)
    profile = phone.get("profile/").json()
    assert (profile["name"], profile["device"]["name"]) == ("Dana", "Pixel 8")
    assert profile["company"] == {
        "name": tenant.name,
        "timezone": "Europe/Vaduz",
        "currency": "CHF",
        "units": "metric",
        "offer_seconds": 45,
        "undo_window_minutes": 15,
        "drivers_accept": True,
        "self_assign": False,
        "self_unassign": False,
    }
    key = ApiKey.objects.get(device=phone.device["id"])
    assert phone.token not in str(vars(key))
    assert key.is_device
    assert Event.objects.filter(stream="driver", object_id=driver.pk, kind="driver.signed_in").count() == 1


def test_each_of_several_phones_is_signed_out_by_itself_and_at_once(driver):
    first, second = Phone(driver), Phone(driver)
    listed = first.get("devices/").json()["results"]
    assert [(row["id"], row["is_current"]) for row in listed] == [
        (second.device["id"], False),
        (first.device["id"], True),
    ]
    assert first.send("DELETE", f"devices/{second.device['id']}/").status_code == 204
    refusal(second.get("profile/"), 401)
    assert bearer_of(second.token) is None  # what sockets and pings ask every 30 s
    assert first.post("sign-out/").status_code == 204
    refusal(first.post("sync/"), 401)
    assert Device.objects.filter(driver=driver, signed_out_by="Dana").count() == 2


def test_a_new_password_signs_every_phone_out(driver):
    first, second = Phone(driver), Phone(driver)
    browser = Client()
    browser.force_login(driver.user)
    new = "a-longer-one-7319"
    values = {"old_password": factories.PASSWORD, "new_password1": new, "new_password2": new}
    assert browser.post(reverse("password-change"), values).url == reverse("password-change-done")
    for phone in (first, second):
        refusal(phone.get("profile/"), 401)
    assert Phone(driver, password=new).get("profile/").status_code == 200


def test_a_dispatcher_signs_a_lost_phone_out_and_nobody_else_can(tenant, driver):
    phone, colleague = Phone(driver), Phone(factories.make_driver(tenant))
    address = f"drivers/{driver.pk}/devices/"
    refusal(colleague.send("DELETE", f"devices/{phone.device['id']}/"), 404)
    refusal(Api(factories.make_tenant()).delete(f"{address}{phone.device['id']}/"), 404)
    refusal(Api(tenant, RoleKind.OBSERVER).delete(f"{address}{phone.device['id']}/"), 403)
    assert phone.get("profile/").status_code == 200
    dispatcher = Api(tenant)
    assert [row["name"] for row in dispatcher.get(address).json()["results"]] == ["Pixel 8"]
    assert dispatcher.delete(f"{address}{phone.device['id']}/").status_code == 204
    refusal(phone.get("profile/"), 401)
    assert dispatcher.get(address).json()["results"] == []


def test_the_administrator_signs_a_phone_out_from_its_page(tenant, driver):
    phone = Phone(driver)
    admin = Client()
    admin.force_login(factories.make_member(tenant, RoleKind.TENANT_ADMIN).user)
    answer = admin.post(
        "/admin/drivers/device/",
        {"action": "sign_out", "_selected_action": phone.device["id"]},
        follow=True,
    )
    assert b"1 device is signed out." in answer.content
    refusal(phone.get("profile/"), 401)
    assert phone.token.split(".")[0].encode() not in admin.get("/admin/core/apikey/").content


def test_wrong_passwords_lock_the_account_as_on_the_sign_in_page(driver, settings):
    settings.AXES_ENABLED = True
    for _ in range(4):
        refusal(sign_in(driver.user.email, "wrong"), 401, "wrong_credentials")
    refusal(sign_in(driver.user.email.upper(), "wrong"), 429, "locked_out")
    error = refusal(sign_in(driver.user.email), 429, "locked_out")
    assert "Try again in 15 minutes" in error["message"]
    assert not Device.objects.exists()


def test_who_is_no_driver_is_told_so(tenant):
    dispatcher = factories.make_member(tenant).user
    assert "console" in refusal(sign_in(dispatcher.email), 403, "not_a_driver")["message"]
    switched_off = with_account(factories.make_driver(tenant))
    switched_off.user.memberships.update(is_active=False)
    refusal(sign_in(switched_off.user.email), 403, "not_a_driver")
    refusal(sign_in("nobody@example.test"), 401, "wrong_credentials")
    refusal(sign_in("x"), 400)
    refusal(sign_in(dispatcher.email, device=""), 400)


def test_the_token_dies_with_the_membership(driver):
    phone = Phone(driver)
    driver.user.memberships.update(is_active=False)
    refusal(phone.get("profile/"), 401)


def test_sign_in_is_throttled_for_each_address(driver, settings):
    settings.API_REQUESTS_PER_MINUTE = {"sign-in": 1}
    cache.clear()
    assert {sign_in(driver.user.email).status_code for _ in range(3)} >= {201, 429}
