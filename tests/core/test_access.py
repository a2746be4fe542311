"""Members and keys as actors: what each may do, whose work each sees, and who is nobody."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from dispatch_console.core import access, clock
from dispatch_console.core.actor import ActorKind, Source
from dispatch_console.core.errors import NotVisible
from dispatch_console.core.models import ApiKey, CustomRole, Membership, Tenant, User
from dispatch_console.core.models.keys import digest
from dispatch_console.core.permissions import BUILT_IN_ROLES, PERMISSIONS, RoleKind
from tests.factories import make_customer, make_driver, make_key, make_member, make_team, make_tenant, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return make_tenant()


def actor_of(member, **over):
    return access.actor_for_member(member, **{"source": Source.CONSOLE, "request_id": "r-1", **over})


def key_actor(secret):
    key = access.key_for_secret(secret)
    return access.actor_for_key(key, request_id="r-1") if key else None


# Members


@pytest.mark.parametrize(
    "role",
    [RoleKind.TENANT_ADMIN, RoleKind.DISPATCHER, RoleKind.OBSERVER, RoleKind.SUPPORT, RoleKind.WAREHOUSE],
)
def test_a_member_may_what_the_role_says(tenant, role):
    member = make_member(tenant, role)
    actor = actor_of(member)
    assert actor.permissions == BUILT_IN_ROLES[role]
    assert (actor.kind, actor.id, actor.label) == (ActorKind.USER, member.user_id, "User")
    assert (actor.tenant_id, actor.team_ids, actor.driver_id) == (tenant.pk, None, None)
    assert (actor.source, actor.request_id) == (Source.CONSOLE, "r-1")


def test_a_member_of_some_teams_is_limited_to_them(tenant):
    north, south = make_team(tenant), make_team(tenant)
    assert actor_of(make_member(tenant, teams=[north, south])).team_ids == {north.pk, south.pk}


def test_a_member_of_no_team_sees_no_team(tenant):
    assert actor_of(make_member(tenant, teams=[])).team_ids == frozenset()


def test_a_custom_role_gives_its_permissions_and_no_unknown_ones(tenant):
    role = CustomRole.objects.create(
        tenant=tenant, name="Desk", permissions=["orders.view", "orders.hold", "old.right"]
    )
    actor = actor_of(make_member(tenant, RoleKind.CUSTOM, custom_role=role))
    assert actor.permissions == {"orders.view", "orders.hold"}


def test_a_driver_acts_as_the_driver_through_the_driver_app(tenant):
    member = make_member(tenant, RoleKind.DRIVER)
    driver = make_driver(tenant, user=member.user, name="Dana")
    actor = actor_of(member)
    assert (actor.kind, actor.id, actor.driver_id, actor.label) == (ActorKind.DRIVER, driver.pk, driver.pk, "Dana")
    assert actor.source == Source.DRIVER_APP


def test_a_driver_without_a_profile_is_nobody(tenant):
    assert actor_of(make_member(tenant, RoleKind.DRIVER)) is None


def test_a_driver_with_a_profile_in_another_company_is_nobody_here(tenant):
    member = make_member(tenant, RoleKind.DRIVER)
    make_driver(make_tenant(), user=member.user)
    assert actor_of(member) is None


def test_a_custom_role_with_own_work_is_limited_to_own_work(tenant):
    role = CustomRole.objects.create(tenant=tenant, name="Rider", permissions=["work.own", "orders.view"])
    member = make_member(tenant, RoleKind.CUSTOM, custom_role=role)
    assert actor_of(member) is None
    driver = make_driver(tenant, user=member.user)
    assert actor_of(member).driver_id == driver.pk


def test_a_partner_acts_through_keys_only(tenant):
    assert actor_of(make_member(tenant, RoleKind.PARTNER)) is None


@pytest.mark.parametrize("model", [Membership, User, Tenant])
def test_whoever_is_switched_off_is_nobody(tenant, model):
    member = make_member(tenant)
    assert actor_of(member) is not None
    model.objects.update(is_active=False)
    assert actor_of(Membership.objects.get(pk=member.pk)) is None
    assert access.current_membership(User.objects.get(pk=member.user_id), {}) is None


# The company of a session


def test_the_first_company_by_name_is_current_until_another_is_chosen():
    user = make_user()
    south, north = (make_member(make_tenant(name=name), user=user) for name in ("South", "North"))
    session = {}
    assert access.current_membership(user, session) == north
    assert access.switch_tenant(user, session, south.tenant_id) == south
    assert access.current_membership(user, session) == south


def test_a_company_where_one_is_no_member_cannot_be_chosen(tenant):
    user, session = make_member(tenant).user, {}
    with pytest.raises(NotVisible):
        access.switch_tenant(user, session, make_tenant().pk)
    assert session == {}


def test_a_session_that_names_a_foreign_company_gets_its_own(tenant):
    member = make_member(tenant)
    assert access.current_membership(member.user, {"tenant_id": make_tenant().pk}) == member


def test_strangers_have_no_company():
    assert access.current_membership(AnonymousUser(), {}) is None


def test_a_request_costs_one_query_for_its_actor(client, tenant, django_assert_num_queries):
    client.force_login(make_member(tenant).user)
    client.get("/healthz")
    with django_assert_num_queries(3):  # session, user, membership
        client.get("/healthz")


# Keys


def test_a_key_acts_as_an_integration(tenant):
    customer = make_customer(tenant)
    key, secret = make_key(tenant, customer=customer, name="Webshop")
    actor = key_actor(secret)
    assert (actor.kind, actor.id, actor.label) == (ActorKind.API_KEY, key.pk, "Webshop")
    assert (actor.tenant_id, actor.customer_id, actor.source) == (tenant.pk, customer.pk, Source.API)
    assert actor.permissions == BUILT_IN_ROLES[RoleKind.PARTNER]


def test_a_custom_key_has_its_own_permissions(tenant):
    _, secret = make_key(tenant, RoleKind.CUSTOM, permissions=["orders.view", "no.such.right"])
    assert key_actor(secret).permissions == {"orders.view"}


def test_a_key_of_a_member_acts_as_that_member(tenant):
    team = make_team(tenant)
    member = make_member(tenant, teams=[team])
    _, secret = make_key(tenant, RoleKind.TENANT_ADMIN, membership=member)
    actor = key_actor(secret)
    assert (actor.kind, actor.id, actor.team_ids) == (ActorKind.USER, member.user_id, {team.pk})
    assert actor.permissions == BUILT_IN_ROLES[RoleKind.DISPATCHER]
    assert actor.source == Source.API


def test_the_device_token_of_a_driver_acts_as_the_driver(tenant):
    member = make_member(tenant, RoleKind.DRIVER)
    driver = make_driver(tenant, user=member.user)
    _, secret = make_key(tenant, membership=member)
    actor = key_actor(secret)
    assert (actor.kind, actor.driver_id, actor.source) == (ActorKind.DRIVER, driver.pk, Source.DRIVER_APP)


@pytest.mark.parametrize("rights", [{"role": RoleKind.DRIVER}, {"role": RoleKind.CUSTOM, "permissions": ["work.own"]}])
def test_own_work_needs_a_key_that_stands_for_somebody(tenant, rights):
    _, secret = make_key(tenant, rights.pop("role"), **rights)
    assert key_actor(secret) is None


def test_a_key_whose_member_belongs_elsewhere_is_nobody(tenant):
    _, secret = make_key(tenant, membership=make_member(make_tenant()))
    assert key_actor(secret) is None


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (ApiKey, {"is_active": False}),
        (ApiKey, {"expires_at": clock.now() - timedelta(seconds=1)}),
        (Tenant, {"is_active": False}),
        (Membership, {"is_active": False}),
        (User, {"is_active": False}),
    ],
)
def test_a_key_dies_with_whatever_it_stands_on(tenant, model, fields):
    _, secret = make_key(tenant, membership=make_member(tenant))
    assert key_actor(secret) is not None
    model.objects.update(**fields)
    assert key_actor(secret) is None


def test_a_key_lives_until_the_moment_it_expires(tenant):
    moment = clock.now()
    _, secret = make_key(tenant, expires_at=moment + timedelta(hours=1))
    with clock.at(moment + timedelta(minutes=59, seconds=59)):
        assert key_actor(secret) is not None
    with clock.at(moment + timedelta(hours=1)):
        assert key_actor(secret) is None


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s + "x", lambda s: s.upper(), lambda s: "", digest])
def test_only_the_very_secret_opens(tenant, change):
    _, secret = make_key(tenant)
    assert key_actor(change(secret)) is None


def test_the_secret_is_stored_nowhere(tenant):
    key, secret = make_key(tenant)
    stored = " ".join(str(value) for value in ApiKey.objects.filter(pk=key.pk).values_list().get())
    assert secret.partition(".")[2] not in stored


def test_the_last_use_is_written_at_most_once_a_minute(tenant, django_assert_num_queries):
    key, _ = make_key(tenant)
    moment = clock.now()
    with clock.at(moment):
        access.note_use(key)
    key.refresh_from_db()
    assert key.last_used_at == moment
    with clock.at(moment + timedelta(seconds=59)), django_assert_num_queries(0):
        access.note_use(key)
    with clock.at(moment + timedelta(seconds=61)):
        access.note_use(key)
    key.refresh_from_db()
    assert key.last_used_at == moment + timedelta(seconds=61)


def test_the_system_may_everything_but_drive(tenant):
    actor = access.system_actor(tenant.pk, label="Seed")
    assert (actor.kind, actor.id, actor.tenant_id, actor.label) == (ActorKind.SYSTEM, None, tenant.pk, "Seed")
    assert actor.permissions == set(PERMISSIONS) - {"work.own"}
