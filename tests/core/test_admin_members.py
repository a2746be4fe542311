"""Members, users, roles and keys in the admin: nobody gives more than they have, and secrets are shown once."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from dispatch_console.core import access, clock
from dispatch_console.core.models import ApiKey, CustomRole, Membership, User
from dispatch_console.core.permissions import BUILT_IN_ROLES, RoleKind
from tests.factories import (
    PASSWORD,
    make_customer,
    make_driver,
    make_key,
    make_member,
    make_team,
    make_tenant,
    make_user,
)

pytestmark = pytest.mark.django_db

ADD_MEMBER = reverse("admin:core_membership_add")
ADD_KEY = reverse("admin:core_apikey_add")
ADD_ROLE = reverse("admin:core_customrole_add")


@pytest.fixture
def tenant():
    return make_tenant(name="Ours")


@pytest.fixture
def tina(client, tenant):
    """The tenant admin, signed in."""
    member = make_member(tenant, RoleKind.TENANT_ADMIN, user=make_user(email="tina@example.test"))
    client.force_login(member.user)
    return member


@pytest.fixture
def clerk(client, tenant):
    """Manages members, but sees no orders: signed in."""
    role = CustomRole.objects.create(tenant=tenant, name="Clerk", permissions=["members.manage"])
    member = make_member(tenant, RoleKind.CUSTOM, custom_role=role)
    client.force_login(member.user)
    return member


def errors(response):
    assert response.status_code == 200
    return response.context["adminform"].form.errors


def member_values(**over):
    values = {
        "email": "new@example.test",
        "first_name": "Nina",
        "last_name": "Neu",
        "role": "dispatcher",
        "all_teams": "on",
    }
    return values | over


# Members


def test_a_new_member_gets_an_account_and_a_link_to_choose_a_password(client, tina, tenant):
    response = client.post(ADD_MEMBER, member_values(), follow=True)
    member = Membership.objects.get(user__email="new@example.test")
    assert (member.tenant, member.role, member.user.first_name) == (tenant, RoleKind.DISPATCHER, "Nina")
    assert not member.user.has_usable_password()
    link = re.search(r'value="http://testserver(/account/password/set/[^"]+)"', response.content.decode())[1]
    assert "no-store" in response.headers["Cache-Control"]
    page = Client().get(link, follow=True)
    assert "new@example.test" in page.content.decode()


def test_the_address_of_a_new_member_is_kept_in_small_letters(client, tina):
    client.post(ADD_MEMBER, member_values(email="New@Example.TEST"))
    assert User.objects.filter(email="new@example.test").exists()


def test_an_account_that_exists_is_used(client, tina, tenant):
    known = make_member(make_tenant(), user=make_user(email="new@example.test", first_name="Known")).user
    response = client.post(ADD_MEMBER, member_values(email="NEW@example.test"))
    assert response.url == reverse("admin:core_membership_changelist")
    known.refresh_from_db()
    assert known.first_name == "Known"
    assert known.check_password(PASSWORD)
    assert set(known.memberships.values_list("tenant", flat=True)) > {tenant.pk}


def test_nobody_becomes_a_member_twice(client, tina):
    assert "member already" in str(errors(client.post(ADD_MEMBER, member_values(email="Tina@example.test")))["email"])


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"email": "nonsense"}, "email"),
        ({"email": "a\x00@example.test"}, "email"),
        ({"role": "emperor"}, "role"),
        ({"role": "custom"}, "custom_role"),
        ({"all_teams": ""}, "teams"),
    ],
)
def test_a_member_that_makes_no_sense_is_refused(client, tina, over, field):
    assert field in errors(client.post(ADD_MEMBER, member_values(**over)))
    assert Membership.objects.count() == 1


def test_teams_limit_a_member(client, tina, tenant):
    team = make_team(tenant)
    client.post(ADD_MEMBER, member_values(all_teams="", teams=[team.pk]))
    member = Membership.objects.get(user__email="new@example.test")
    assert access.actor_for_member(member, source="console").team_ids == {team.pk}


def test_nobody_changes_their_own_role(client, tina):
    address = reverse("admin:core_membership_change", args=[tina.pk])
    assert client.post(address, {"role": "observer", "all_teams": "on"}).status_code == 403
    assert client.post(reverse("admin:core_membership_delete", args=[tina.pk]), {"post": "yes"}).status_code == 403
    tina.refresh_from_db()
    assert tina.role == RoleKind.TENANT_ADMIN


def test_who_manages_members_cannot_make_somebody_mightier_than_themselves(client, clerk, tenant):
    assert "role" in errors(client.post(ADD_MEMBER, member_values(role="tenant_admin")))
    mighty = CustomRole.objects.create(tenant=tenant, name="Mighty", permissions=["orders.view"])
    values = member_values(role="custom", custom_role=mighty.pk)
    assert "more rights than you have" in str(errors(client.post(ADD_MEMBER, values))["custom_role"])
    assert client.post(ADD_MEMBER, member_values(role="driver")).status_code == 302
    assert Membership.objects.filter(user__email="new@example.test").get().role == RoleKind.DRIVER


def test_who_manages_members_cannot_change_somebody_mightier(client, clerk, tenant):
    chief = make_member(tenant, RoleKind.TENANT_ADMIN)
    address = reverse("admin:core_membership_change", args=[chief.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"role": "driver", "all_teams": "on"}).status_code == 403
    assert client.post(reverse("admin:core_membership_delete", args=[chief.pk]), {"post": "yes"}).status_code == 403


def test_all_members_at_once_cannot_be_deleted(client, clerk, tenant):
    chief = make_member(tenant, RoleKind.TENANT_ADMIN)
    selected = {"action": "delete_selected", "_selected_action": [chief.pk], "post": "yes"}
    client.post(reverse("admin:core_membership_changelist"), selected)
    assert Membership.objects.filter(pk=chief.pk).exists()


# Accounts and links


def link_page(client, page, row):
    return client.get(reverse(f"admin:core_{page}_sign_in_link", args=[row.pk]))


def test_a_link_is_made_for_a_person_of_this_company_alone(client, tina, tenant):
    member = make_member(tenant)
    assert link_page(client, "membership", member).status_code == 200
    assert link_page(client, "user", member.user).status_code == 200


def test_no_link_is_made_for_a_person_of_another_company_too(client, tina, tenant):
    member = make_member(tenant)
    make_member(make_tenant(), user=member.user)
    for response in (link_page(client, "membership", member), link_page(client, "user", member.user)):
        assert response.status_code == 403
        assert "other companies" in response.content.decode()


def test_no_link_is_made_for_a_superuser(client, tina, tenant):
    member = make_member(tenant, user=make_user(is_superuser=True))
    assert link_page(client, "membership", member).status_code == 403


def test_no_link_is_made_for_somebody_mightier(client, clerk, tenant):
    assert link_page(client, "membership", make_member(tenant, RoleKind.TENANT_ADMIN)).status_code == 403


@pytest.mark.parametrize("record", ["membership", "user"])
def test_no_link_is_made_for_a_stranger(client, tina, record):
    member = make_member(make_tenant())
    assert link_page(client, record, member if record == "membership" else member.user).status_code == 404


def test_an_administrator_changes_the_names_of_own_people_only(client, tina, tenant):
    own, shared = make_member(tenant), make_member(tenant)
    make_member(make_tenant(), user=shared.user)
    for member, status in ((own, 302), (shared, 403)):
        address = reverse("admin:core_user_change", args=[member.user_id])
        assert client.post(address, {"email": member.user.email, "first_name": "Changed"}).status_code == status
    own.user.refresh_from_db()
    shared.user.refresh_from_db()
    assert (own.user.first_name, shared.user.first_name) == ("Changed", "User")


def test_an_administrator_cannot_make_superusers(client, tina, tenant):
    member = make_member(tenant)
    values = {"email": member.user.email, "is_superuser": "on", "is_staff": "on", "password": "x", "is_active": "on"}
    client.post(reverse("admin:core_user_change", args=[member.user_id]), values)
    member.user.refresh_from_db()
    assert not member.user.is_superuser
    assert not member.user.is_staff
    assert member.user.check_password(PASSWORD)


# Roles


def test_a_role_is_made_of_permissions(client, tina, tenant):
    client.post(ADD_ROLE, {"name": "Night desk", "permissions": ["orders.view", "orders.hold"]})
    assert CustomRole.objects.get().permissions == ["orders.view", "orders.hold"]
    assert CustomRole.objects.get().tenant == tenant


def test_a_name_is_used_once_per_company(client, tina, tenant):
    CustomRole.objects.create(tenant=make_tenant(), name="Night desk", permissions=["orders.view"])
    values = {"name": "Night desk", "permissions": ["orders.view"]}
    assert client.post(ADD_ROLE, values).status_code == 302
    assert errors(client.post(ADD_ROLE, values))["name"] == ["Another custom role has this name already."]


@pytest.mark.parametrize(
    ("permissions", "sentence"),
    [
        ([], "required"),
        (["orders.rule_the_world"], "not one of the available choices"),
        (["work.own", "orders.view"], "cannot be combined"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused(client, tina, permissions, sentence):
    response = client.post(ADD_ROLE, {"name": "Odd", "permissions": permissions})
    assert sentence in str(errors(response)["permissions"])


def test_a_role_gives_no_more_than_its_maker_has(client, clerk, tenant):
    values = {"name": "Mighty", "permissions": ["orders.view"]}
    assert "more rights than you have" in str(errors(client.post(ADD_ROLE, values))["permissions"])
    mighty = CustomRole.objects.create(tenant=tenant, name="Mighty", permissions=["setup.manage"])
    assert client.post(reverse("admin:core_customrole_change", args=[mighty.pk]), values).status_code == 403


# Keys


def key_values(**over):
    return {"name": "Webshop", "role": "partner", "is_active": "on", **over}


def made_key(client, **over):
    """Make a key; returns it with the secret that its page shows."""
    response = client.post(ADD_KEY, key_values(**over), follow=True)
    secret = re.search(r'id="hand-over"[^>]*value="([^"]+)"', response.content.decode())
    assert secret, response.context and response.context.get("errors")
    return ApiKey.objects.get(), secret[1], response


def test_the_secret_of_a_new_key_is_shown_once(client, tina, tenant):
    key, secret, response = made_key(client)
    assert access.key_for_secret(secret) == key
    assert (key.tenant, key.role) == (tenant, RoleKind.PARTNER)
    assert "no-store" in response.headers["Cache-Control"]
    again = client.get(response.request["PATH_INFO"])
    assert again.url == reverse("admin:core_apikey_change", args=[key.pk])
    assert secret not in client.get(again.url).content.decode()
    assert "new_api_key" not in client.session


def test_a_key_can_be_limited_to_a_customer_and_a_time(client, tina, tenant):
    customer, moment = make_customer(tenant), clock.now() + timedelta(days=30)
    key, secret, _ = made_key(
        client, customer=customer.pk, expires_at_0=f"{moment:%Y-%m-%d}", expires_at_1=f"{moment:%H:%M:%S}"
    )
    assert abs(key.expires_at - moment) < timedelta(hours=2)
    assert access.actor_for_key(access.key_for_secret(secret)).customer_id == customer.pk


def test_a_key_can_stand_for_a_driver(client, tina, tenant):
    member = make_member(tenant, RoleKind.DRIVER)
    driver = make_driver(tenant, user=member.user)
    _, secret, _ = made_key(client, membership=member.pk)
    assert access.actor_for_key(access.key_for_secret(secret)).driver_id == driver.pk


def test_a_custom_key_has_the_chosen_permissions(client, tina):
    _, secret, _ = made_key(client, role="custom", permissions=["orders.view", "orders.create"])
    assert access.actor_for_key(access.key_for_secret(secret)).permissions == {"orders.view", "orders.create"}


def test_permissions_without_the_custom_role_are_not_kept(client, tina):
    key, _, _ = made_key(client, role="observer", permissions=["members.manage"])
    assert key.permissions == []
    assert key.effective_permissions == BUILT_IN_ROLES[RoleKind.OBSERVER]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": ""}, "name"),
        ({"role": "custom"}, "permissions"),
        ({"role": "custom", "permissions": ["work.own"]}, "permissions"),
        ({"role": "driver"}, "membership"),
        ({"role": "root"}, "role"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "10:00"}, "expires_at"),
        ({"expires_at_0": "soon", "expires_at_1": "x"}, "expires_at"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(client, tina, over, field):
    assert field in errors(client.post(ADD_KEY, key_values(**over)))
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "over", [{"role": "tenant_admin"}, {"role": "custom", "permissions": ["orders.view"]}, {"role": "partner"}]
)
def test_a_key_may_no_more_than_its_maker(client, clerk, over):
    assert errors(client.post(ADD_KEY, key_values(**over)))
    assert not ApiKey.objects.exists()


def test_a_key_cannot_stand_for_somebody_mightier(client, clerk, tenant):
    chief = make_member(tenant, RoleKind.TENANT_ADMIN)
    assert "membership" in errors(client.post(ADD_KEY, key_values(role="driver", membership=chief.pk)))


def test_the_rights_of_a_key_never_change_afterwards(client, tina, tenant):
    key, _ = make_key(tenant, RoleKind.OBSERVER)
    address = reverse("admin:core_apikey_change", args=[key.pk])
    values = {
        "name": "Renamed",
        "role": "tenant_admin",
        "permissions": ["members.manage"],
        "digest": "x",
        "prefix": "y",
    }
    assert client.post(address, values).status_code == 302
    fresh = ApiKey.objects.get()
    assert (fresh.name, fresh.is_active) == ("Renamed", False)
    assert (fresh.role, fresh.permissions, fresh.digest, fresh.prefix) == (key.role, [], key.digest, key.prefix)


def test_keys_are_switched_off_together(client, tina, tenant):
    keys = [make_key(tenant) for _ in range(2)]
    selected = {"action": "switch_off", "_selected_action": [key.pk for key, _ in keys]}
    page = client.post(reverse("admin:core_apikey_changelist"), selected, follow=True).content.decode()
    assert "2 keys are switched off." in page
    assert all(access.key_for_secret(secret) is None for _, secret in keys)


def test_the_page_of_a_secret_shows_nothing_to_others(client, tina, tenant):
    foreign, _ = make_key(make_tenant())
    assert client.get(reverse("admin:core_apikey_secret", args=[foreign.pk])).status_code == 404
