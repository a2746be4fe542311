"""Signing in and out, the lock-out, passwords, sessions, companies, and where each role lands."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from dispatch_console.core import clock
from dispatch_console.core.models import Membership, UserSession
from dispatch_console.core.permissions import RoleKind
from tests.factories import PASSWORD, make_driver, make_member, make_tenant, make_user

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def tenant():
    return make_tenant(name="Rheintal Kurier")


@pytest.fixture
def alice(tenant):
    return make_member(tenant, user=make_user(email="alice@example.test"))


def sign_in(client, email="alice@example.test", password=PASSWORD, **extra):
    return client.post(reverse("sign-in"), {"username": email, "password": password}, **extra)


def browser(user_agent=FIREFOX, address="192.0.2.7"):
    return Client(headers={"user-agent": user_agent}, REMOTE_ADDR=address)


# Signing in


def test_a_dispatcher_signs_in_and_lands_in_the_console(client, alice):
    response = sign_in(client)
    assert response.url == reverse("home")
    assert client.get(response.url).url == reverse("console:home")


def test_the_page_asked_for_is_shown_after_signing_in(client, alice):
    response = client.get(reverse("console:table"))
    assert response.url == f"{reverse('sign-in')}?next={reverse('console:table')}"
    page = client.get(response.url).content.decode()
    assert f'name="next" value="{reverse("console:table")}"' in page
    response = client.post(response.url, {"username": "alice@example.test", "password": PASSWORD})
    assert response.url == reverse("console:table")


@pytest.mark.parametrize("target", ["https://example.org/", "//example.org/", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(client, alice, target):
    values = {"username": "alice@example.test", "password": PASSWORD, "next": target}
    assert client.post(reverse("sign-in"), values).url == reverse("home")


@pytest.mark.parametrize("email", ["ALICE@Example.test", " alice@example.test "])
def test_capitals_and_spaces_in_the_address_do_not_matter(client, alice, email):
    assert sign_in(client, email).status_code == 302


@pytest.mark.parametrize(
    ("email", "password", "is_active"),
    [
        ("alice@example.test", "wrong", True),
        ("nobody@example.test", PASSWORD, True),
        ("alice@example.test", PASSWORD, False),
    ],
)
def test_every_failure_reads_the_same(client, alice, email, password, is_active):
    alice.user.is_active = is_active
    alice.user.save()
    response = sign_in(client, email, password)
    assert response.status_code == 200
    assert response.context["form"].non_field_errors() == ["The email address or the password is wrong."]
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"username": "alice@example.test"},
        {"username": "not an address", "password": "x"},
        {"username": "a\x00@example.test", "password": "x\x00"},
        {"username": "a" * 5000 + "@example.test", "password": "x"},
        {"username": "alice@example.test", "password": "x" * 100_000},
        {"username": "<script>@example.test", "password": "' OR 1=1 --"},
        {"username": "alice@example.test", "password": "x", "next": "\x00"},
    ],
)
def test_nonsense_is_answered_with_the_form(client, alice, values):
    response = client.post(reverse("sign-in"), values)
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_the_session_gets_a_new_key_at_sign_in(client, alice):
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key
    sign_in(client)
    assert client.session.session_key != before


def test_signing_in_needs_the_csrf_token(alice):
    assert sign_in(Client(enforce_csrf_checks=True)).status_code == 403


def test_who_is_signed_in_already_goes_on(client, alice):
    client.force_login(alice.user)
    assert client.get(reverse("sign-in")).url == reverse("home")


def test_signing_out_takes_a_post_and_ends_the_session(client, alice):
    sign_in(client)
    assert client.get(reverse("sign-out")).status_code == 405
    assert client.post(reverse("sign-out")).url == reverse("sign-in")
    assert "_auth_user_id" not in client.session
    assert not UserSession.objects.exists()


# Lock-out


@pytest.fixture
def lockout(settings):
    settings.AXES_ENABLED = True


def fail(client, times, email="alice@example.test"):
    return [sign_in(client, email, "wrong").status_code for _ in range(times)]


def test_five_failures_lock_the_account_for_this_address(lockout, alice):
    client = browser()
    assert fail(client, 5) == [200, 200, 200, 200, 429]
    response = sign_in(client)
    assert response.status_code == 429
    assert "Try again in 15 minutes" in response.content.decode()
    assert 0 < int(response.headers["Retry-After"]) <= 900
    assert "_auth_user_id" not in client.session


def test_trying_during_the_pause_does_not_make_it_longer(lockout, alice):
    client = browser()
    fail(client, 5)
    with clock.at(clock.now() + timedelta(minutes=9, seconds=30)):
        page = sign_in(client).content.decode()
    assert "Try again in 6 minutes" in page


def test_another_spelling_of_the_address_counts_for_the_same_account(lockout, alice):
    client = browser()
    spellings = [
        "alice@example.test",
        "ALICE@example.test",
        "Alice@Example.Test",
        "alicE@example.test",
        "aLice@example.test",
    ]
    assert [sign_in(client, email, "wrong").status_code for email in spellings] == [200, 200, 200, 200, 429]


def test_an_unknown_account_is_locked_just_the_same(lockout):
    assert fail(browser(), 5, "nobody@example.test") == [200, 200, 200, 200, 429]


def test_a_colleague_elsewhere_is_not_locked_out(lockout, alice):
    fail(browser(), 5)
    assert sign_in(browser(address="192.0.2.8")).status_code == 302


def test_a_success_clears_the_count(lockout, alice):
    client = browser()
    fail(client, 4)
    assert sign_in(client).status_code == 302
    assert fail(browser(), 4) == [200, 200, 200, 200]


def test_a_forged_forwarding_header_does_not_help(lockout, alice):
    for number in range(5):
        response = sign_in(browser(), password="wrong", headers={"x-forwarded-for": f"198.51.100.{number}"})
    assert response.status_code == 429


def test_behind_our_proxy_the_addresses_of_the_clients_count(lockout, alice, settings):
    settings.TRUSTED_PROXIES = 1
    for number in range(5):
        response = sign_in(
            browser(), password="wrong", headers={"x-forwarded-for": f"203.0.113.{number}, 198.51.100.7"}
        )
    assert response.status_code == 429
    assert sign_in(browser(), headers={"x-forwarded-for": "198.51.100.8"}).status_code == 302


# Password


NEW_PASSWORD = "a lighthouse in the fog"


def change_password(client, old=PASSWORD, new=NEW_PASSWORD):
    values = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post(reverse("password-change"), values)


def test_changing_the_password_keeps_this_session_and_ends_the_others(alice):
    here, there = browser(), browser(SAFARI)
    sign_in(here)
    sign_in(there)
    old_key = here.session.session_key
    assert change_password(here).url == reverse("password-change-done")
    assert here.get(reverse("password-change-done")).status_code == 200
    assert here.session.session_key != old_key
    assert there.get(reverse("sessions")).status_code == 302
    assert [row.session_key for row in UserSession.objects.all()] == [here.session.session_key]
    assert sign_in(browser(), password=NEW_PASSWORD).status_code == 302


@pytest.mark.parametrize(("old", "new"), [("wrong", NEW_PASSWORD), (PASSWORD, "short"), (PASSWORD, "1234567890123")])
def test_a_wrong_or_weak_password_changes_nothing(alice, old, new):
    client = browser()
    sign_in(client)
    response = change_password(client, old, new)
    assert response.status_code == 200
    assert response.context["form"].errors
    alice.user.refresh_from_db()
    assert alice.user.check_password(PASSWORD)


def set_password_link(user):
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password-set", args=[uid, default_token_generator.make_token(user)])


def test_a_link_lets_a_person_choose_a_password_once(alice):
    elsewhere = browser()
    sign_in(elsewhere)
    alice.user.refresh_from_db()
    client, link = Client(), set_password_link(alice.user)
    page = client.get(link, follow=True)
    assert "Choose a password" in page.content.decode()
    form_address = page.redirect_chain[-1][0]
    response = client.post(form_address, {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}, follow=True)
    assert "Your password is set." in response.content.decode()
    assert sign_in(Client(), password=NEW_PASSWORD).status_code == 302
    assert elsewhere.get(reverse("sessions")).status_code == 302
    assert "no longer works" in Client().get(link, follow=True).content.decode()


@pytest.mark.parametrize("part", [("AAAA", "abc-def"), ("%00", "x"), ("x" * 300, "y" * 300), ("MQ", "set-password")])
def test_a_made_up_link_does_not_work(client, alice, part):
    response = client.get(f"/account/password/set/{part[0]}/{part[1]}/")
    assert response.status_code in (200, 400)
    assert "<h1>Choose a password" not in response.content.decode()


# Sessions


def listed(client):
    return client.get(reverse("sessions")).context["sessions"]


def test_the_session_list_shows_browser_address_and_which_is_this_one(alice):
    here, there = browser(), browser(SAFARI, "2001:db8::7")
    sign_in(there)
    sign_in(here)
    first, second = listed(here)
    assert (first.browser, first.address, first.is_current) == ("Firefox 143 on Linux", "192.0.2.7", True)
    assert (second.browser, second.address, second.is_current) == ("Safari 18 on iPhone", "2001:db8::7", False)
    page = here.get(reverse("sessions")).content.decode()
    assert here.session.session_key not in page
    assert there.session.session_key not in page


def test_one_session_is_ended_from_another(alice):
    here, there = browser(), browser(SAFARI)
    sign_in(here)
    sign_in(there)
    other = next(line for line in listed(here) if not line.is_current)
    assert here.post(reverse("sessions"), {"session": other.key}).url == reverse("sessions")
    assert there.get(reverse("sessions")).status_code == 302
    assert [line.is_current for line in listed(here)] == [True]


def test_all_other_sessions_are_ended_at_once(alice):
    here, *others = browser(), browser(SAFARI), browser(), browser()
    for client in (here, *others):
        sign_in(client)
    here.post(reverse("sessions"), {"others": "1"})
    assert [client.get(reverse("sessions")).status_code for client in (here, *others)] == [200, 302, 302, 302]


def test_nobody_ends_a_session_of_somebody_else(alice, tenant):
    make_member(tenant, user=make_user(email="mallory@example.test"))
    mallory, victim = browser(), browser()
    sign_in(victim)
    sign_in(mallory, "mallory@example.test")
    row = UserSession.objects.get(user=alice.user)
    mallory.post(reverse("sessions"), {"session": row.pk})
    mallory.post(reverse("sessions"), {"others": "1"})
    assert victim.get(reverse("sessions")).status_code == 200


@pytest.mark.parametrize("key", ["", "x", "-1", "9" * 30, "1; DROP TABLE core_user", "١"])
def test_a_session_that_does_not_exist_cannot_be_ended(alice, key):
    client = browser()
    sign_in(client)
    assert client.post(reverse("sessions"), {"session": key}).status_code in (302, 400)
    assert len(listed(client)) == 1


def test_a_session_that_ran_out_is_not_listed(alice):
    here, there = browser(), browser(SAFARI)
    sign_in(here)
    sign_in(there)
    session = there.session
    session.set_expiry(-1)
    session.save()
    assert [line.is_current for line in listed(here)] == [True]


def test_a_hostile_user_agent_is_only_text(alice):
    client = browser("<script>alert(1)</script>" + "x" * 4000)
    sign_in(client)
    assert len(UserSession.objects.get().user_agent) == 300
    assert "<script>alert" not in client.get(reverse("sessions")).content.decode()


# Companies


@pytest.fixture
def second(alice):
    return make_member(make_tenant(name="Oberland Express"), RoleKind.OBSERVER, user=alice.user)


def test_a_person_of_two_companies_works_in_one_at_a_time(client, alice, second):
    sign_in(client)
    assert client.get(reverse("sessions")).wsgi_request.membership == second  # first by name
    response = client.post(reverse("switch-tenant"), {"tenant": alice.tenant_id})
    assert response.url == reverse("home")
    request = client.get(reverse("sessions")).wsgi_request
    assert request.membership == alice
    assert request.actor.tenant_id == alice.tenant_id
    assert request.actor.may("orders.assign")


def test_the_company_of_others_is_not_found(client, alice):
    other = make_tenant()
    sign_in(client)
    assert client.post(reverse("switch-tenant"), {"tenant": other.pk}).status_code == 404
    assert client.get(reverse("sessions")).wsgi_request.membership == alice


@pytest.mark.parametrize("value", ["", "abc", "-5", "99999999999999999999999"])
def test_nonsense_for_a_company_is_refused(client, alice, value):
    sign_in(client)
    assert client.post(reverse("switch-tenant"), {"tenant": value}).status_code in (400, 404)


def test_a_membership_that_is_switched_off_falls_back_to_another(client, alice, second):
    sign_in(client)
    client.post(reverse("switch-tenant"), {"tenant": alice.tenant_id})
    Membership.objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get(reverse("sessions")).wsgi_request.membership == second


# Landing


@pytest.mark.parametrize(
    "role",
    [RoleKind.TENANT_ADMIN, RoleKind.DISPATCHER, RoleKind.OBSERVER, RoleKind.SUPPORT, RoleKind.WAREHOUSE],
)
def test_people_of_the_control_room_land_in_the_console(client, tenant, role):
    client.force_login(make_member(tenant, role).user)
    assert client.get(reverse("home")).url == reverse("console:home")


@pytest.mark.parametrize("address", ["home", "console:map"])
@pytest.mark.parametrize(
    ("role", "sentence"),
    [
        (RoleKind.DRIVER, "Your deliveries are in the driver app"),
        (RoleKind.PARTNER, "Partners work through the API"),
    ],
)
def test_drivers_and_partners_are_told_that_the_console_is_not_theirs(client, tenant, role, sentence, address):
    member = make_member(tenant, role)
    if role == RoleKind.DRIVER:
        make_driver(tenant, user=member.user)
    client.force_login(member.user)
    response = client.get(reverse(address))
    assert response.status_code == 403
    assert sentence in response.content.decode()


def test_a_person_without_a_role_can_at_least_sign_out(client):
    client.force_login(make_user())
    response = client.get(reverse("home"))
    assert response.status_code == 403
    page = response.content.decode()
    assert "no role in any company" in page
    assert re.search(rf'action="{reverse("sign-out")}"', page)


def test_an_installer_without_a_company_lands_in_the_admin(client):
    client.force_login(make_user(is_superuser=True, is_staff=True))
    assert client.get(reverse("home")).url == reverse("admin:index")


def test_a_stranger_is_asked_to_sign_in(client):
    assert client.get("/").url == f"{reverse('sign-in')}?next=/"


@pytest.mark.parametrize("address", ["sessions", "password-change", "password-change-done"])
def test_account_pages_show_the_console_only_to_those_who_may_use_it(client, tenant, address):
    for role, has_console in ((RoleKind.DISPATCHER, True), (RoleKind.DRIVER, False)):
        client.force_login(make_member(tenant, role).user)
        page = client.get(reverse(address)).content.decode()
        assert ("console-config" in page) is has_console
