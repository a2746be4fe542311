"""The admin: who may enter, and that nobody sees, chooses or changes a row of another company."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.forms import ModelChoiceField, ModelMultipleChoiceField
from django.urls import reverse

from dispatch_console.core import clock
from dispatch_console.core.access import system_actor
from dispatch_console.core.models import (
    ApiKey,
    Customer,
    CustomRole,
    Event,
    Holiday,
    Membership,
    Team,
    Tenant,
    User,
    Warehouse,
    Zone,
)
from dispatch_console.core.permissions import RoleKind
from drivers import trackers
from drivers.models import Device, Driver, Tracker, Vehicle
from orders.models import Collection, DeliveryService, FulfilmentPolicy, LedgerEntry, Order, Reason, ReturnSettings
from orders.states import ReasonKind
from routes.models import DispatchSettings
from tests.factories import (
    make_address,
    make_customer,
    make_driver,
    make_key,
    make_member,
    make_order,
    make_policy,
    make_service,
    make_team,
    make_tenant,
    make_user,
    make_vehicle,
    make_warehouse,
    make_zone,
)
from tests.forms import form_values

pytestmark = pytest.mark.django_db


def make_customer_with_address(tenant: Tenant) -> Customer:
    return make_address(make_customer(tenant, team=make_team(tenant))).customer


def make_whole_driver(tenant: Tenant) -> Driver:
    zone, team = make_zone(tenant), make_team(tenant)
    driver = make_driver(tenant, user=make_member(tenant, RoleKind.DRIVER).user, zones=[zone], preferred=[zone])
    driver.teams.add(team)
    return driver


def make_role(tenant: Tenant) -> CustomRole:
    name = f"Role {CustomRole.objects.count()}"
    return CustomRole.objects.create(tenant=tenant, name=name, permissions=["orders.view"])


def make_reason(tenant: Tenant) -> Reason:
    return Reason.objects.create(tenant=tenant, kind=ReasonKind.HOLD, label=f"Reason {Reason.objects.count()}")


def make_event(tenant: Tenant) -> Event:
    return Event.objects.get(object_id=make_order(tenant).pk, stream="order")


def make_tracker(tenant: Tenant) -> Tracker:
    driver = make_whole_driver(tenant)
    trackers.issue(driver.pk, actor=system_actor(tenant.pk))
    return Tracker.objects.get(driver=driver)


def make_device(tenant: Tenant) -> Device:
    driver = make_whole_driver(tenant)
    return Device.objects.create(tenant=tenant, driver=driver, name=f"Phone of {driver}", signed_in_at=clock.now())


def make_collection(tenant: Tenant) -> Collection:
    paid = {"payer": "receiver", "payment_method": "cod", "cod_amount": Decimal("48.20")}
    return Collection.objects.get(order=make_order(tenant, status="delivered", **paid))


MAKERS: dict[type[Model], Callable[[Tenant], Any]] = {
    ApiKey: lambda tenant: make_key(tenant, customer=make_customer(tenant))[0],
    Collection: make_collection,
    CustomRole: make_role,
    Customer: make_customer_with_address,
    DeliveryService: lambda tenant: make_service(tenant, team=make_team(tenant), policy=make_policy(tenant)),
    DispatchSettings: lambda tenant: DispatchSettings.objects.create(tenant=tenant),
    Device: make_device,
    Driver: make_whole_driver,
    Event: make_event,
    FulfilmentPolicy: make_policy,
    Holiday: lambda tenant: Holiday.objects.create(tenant=tenant, day=date(2026, 12, 25), name="Christmas Day"),
    LedgerEntry: lambda tenant: make_collection(tenant).entries.get(),
    Membership: lambda tenant: make_member(
        tenant, RoleKind.CUSTOM, custom_role=make_role(tenant), teams=[make_team(tenant)]
    ),
    Order: make_order,
    Reason: lambda tenant: make_reason(tenant),
    ReturnSettings: lambda tenant: ReturnSettings.objects.create(tenant=tenant),
    Team: make_team,
    Tenant: lambda tenant: tenant,
    Tracker: make_tracker,
    User: lambda tenant: make_member(tenant).user,
    Vehicle: make_vehicle,
    Warehouse: make_warehouse,
    Zone: lambda tenant: make_zone(tenant, hub_warehouse=make_warehouse(tenant)),
}
READ_ONLY = {Order, Event, Device, Collection, LedgerEntry}
NEVER_CHANGED = {Tracker}  # replaced as a whole
NEVER_DELETED = {ApiKey, User, Order, Event, Tenant, Device, Collection, LedgerEntry}
COMPANY_PAGES = [model for model in MAKERS if model is not Tenant]
EDITABLE = [model for model in COMPANY_PAGES if model not in READ_ONLY | NEVER_CHANGED]


def url(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def in_words(value: str | type[Model]) -> str:
    return value if isinstance(value, str) else value.__name__


@pytest.fixture
def tenant():
    return make_tenant(name="Ours")


@pytest.fixture
def other():
    return make_tenant(name="Theirs")


@pytest.fixture
def tina(client, tenant):
    """The tenant admin, signed in."""
    member = make_member(tenant, RoleKind.TENANT_ADMIN, user=make_user(email="tina@example.test"))
    client.force_login(member.user)
    return member


@pytest.fixture
def root(client):
    user = make_user(email="root@example.test", is_superuser=True)
    client.force_login(user)
    return user


# Who may enter


def test_every_page_of_the_admin_is_tried_here():
    assert set(admin.site._registry) == set(MAKERS)


@pytest.mark.parametrize(
    "role",
    [RoleKind.DISPATCHER, RoleKind.OBSERVER, RoleKind.SUPPORT, RoleKind.WAREHOUSE, RoleKind.PARTNER, RoleKind.DRIVER],
)
@pytest.mark.parametrize("flags", [{}, {"is_staff": True}])
def test_the_setup_pages_are_not_for_other_roles(client, tenant, role, flags):
    client.force_login(make_member(tenant, role, user=make_user(**flags)).user)
    for address in ["admin:index", "admin:login", "admin:core_zone_changelist", "admin:jsi18n", "admin:autocomplete"]:
        assert client.get(reverse(address)).status_code == 403


def test_a_stranger_is_sent_to_the_one_sign_in_page(client):
    assert client.get(reverse("admin:index")).url == "/sign-in/?next=/admin/"
    assert client.get(reverse("admin:login")).url == "/sign-in/?next=/admin/"


@pytest.mark.parametrize("permission", ["setup.manage", "members.manage"])
def test_a_custom_role_opens_the_pages_of_its_permission(client, tenant, permission):
    role = CustomRole.objects.create(tenant=tenant, name="Clerk", permissions=[permission])
    client.force_login(make_member(tenant, RoleKind.CUSTOM, custom_role=role).user)
    statuses = {
        "setup.manage": client.get(url(Zone, "changelist")).status_code,
        "members.manage": client.get(url(Membership, "changelist")).status_code,
    }
    assert statuses == {name: 200 if name == permission else 403 for name in statuses}
    assert client.get(reverse("admin:index")).status_code == 200


def test_companies_are_for_superusers_only(client, tina, tenant):
    assert client.get(url(Tenant, "changelist")).status_code == 403
    assert client.get(url(Tenant, "add")).status_code == 403
    assert client.get(url(Tenant, "change", tenant.pk)).status_code == 403
    assert "core/tenant" not in client.get(reverse("admin:index")).content.decode()


def test_who_loses_the_role_loses_the_pages(client, tina):
    assert client.get(reverse("admin:index")).status_code == 200
    Membership.objects.filter(pk=tina.pk).update(role=RoleKind.DISPATCHER)
    assert client.get(reverse("admin:index")).status_code == 403


def test_signing_out_takes_a_post(client, tina):
    assert client.get(reverse("admin:logout")).status_code == 405
    assert client.post(reverse("admin:logout")).url == "/sign-in/"
    assert client.get(reverse("admin:index")).status_code == 302


def test_the_password_is_changed_where_everybody_changes_it(client, tina):
    assert client.get(reverse("admin:password_change")).url == reverse("password-change")


# Every page works


@pytest.mark.parametrize("model", COMPANY_PAGES, ids=in_words)
def test_the_lists_and_forms_open(client, tina, tenant, model):
    row = MAKERS[model](tenant)
    assert client.get(url(model, "changelist")).status_code == 200
    assert client.get(url(model, "changelist"), {"q": "a b"}).status_code == 200
    assert client.get(url(model, "change", row.pk)).status_code == 200
    assert client.get(url(model, "history", row.pk)).status_code == 200
    may_add = model not in READ_ONLY | {User}
    assert client.get(url(model, "add")).status_code == (200 if may_add else 403)
    assert client.get(url(model, "delete", row.pk)).status_code == (403 if model in NEVER_DELETED else 200)


def test_an_empty_list_says_what_holds_and_a_fruitless_search_that_nothing_fits(client, tina):
    assert "Orders are assigned by hand" in client.get(url(DispatchSettings, "changelist")).content.decode()
    assert "What you add is listed here." in client.get(url(Vehicle, "changelist")).content.decode()
    assert "No vehicle fits" in client.get(url(Vehicle, "changelist"), {"q": "zzz"}).content.decode()


@pytest.mark.parametrize("model", MAKERS, ids=in_words)
def test_they_open_for_a_superuser_of_no_company_too(client, root, tenant, model):
    row = MAKERS[model](tenant)
    assert client.get(url(model, "changelist")).status_code == 200
    assert client.get(url(model, "change", row.pk)).status_code == 200
    assert client.get(url(model, "add")).status_code == (403 if model in READ_ONLY else 200)


@pytest.mark.parametrize("model", EDITABLE, ids=in_words)
def test_a_form_that_is_sent_back_untouched_is_accepted(client, tina, tenant, model):
    row = MAKERS[model](tenant)
    response = client.post(url(model, "change", row.pk), untouched(client, model, row))
    assert response.status_code == 302, response.context["errors"]
    row.refresh_from_db()


@pytest.mark.parametrize("model", [Event, Order], ids=in_words)  # in one order: workers must collect the same
def test_orders_and_events_are_only_shown(client, tina, tenant, model):
    row = MAKERS[model](tenant)
    before = model._default_manager.filter(pk=row.pk).values().get()
    assert client.post(url(model, "add"), {"code": "X"}).status_code == 403
    assert client.post(url(model, "change", row.pk), {"status": "delivered", "note": "x"}).status_code == 403
    assert client.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    selected = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    client.post(url(model, "changelist"), selected)
    assert model._default_manager.filter(pk=row.pk).values().get() == before


def test_an_order_leads_to_the_console(client, tina, tenant):
    order = make_order(tenant)
    assert client.get(url(Order, "open_in_console", order.pk)).url == reverse("console:order", args=[order.code])


def test_orders_are_found_by_any_words_of_theirs(client, tina, tenant):
    order = make_order(tenant, dropoff_address="Feldkircher Straße 31, Schaan")
    make_order(tenant)
    found = client.get(url(Order, "changelist"), {"q": "schaan FELDKIRCHER"}).context["cl"].queryset
    assert [row.code for row in found] == [order.code]


# Other companies' rows


@pytest.mark.parametrize("model", COMPANY_PAGES, ids=in_words)
def test_a_list_shows_own_rows_only(client, tina, tenant, other, model):
    own, foreign = MAKERS[model](tenant), MAKERS[model](other)
    shown = set(client.get(url(model, "changelist")).context["cl"].queryset.values_list("pk", flat=True))
    assert own.pk in shown
    assert foreign.pk not in shown


@pytest.mark.parametrize("model", COMPANY_PAGES, ids=in_words)
@pytest.mark.parametrize("view", ["change", "delete", "history"])
def test_a_foreign_row_is_not_there(client, tina, other, model, view):
    foreign = MAKERS[model](other)
    missing = client.get(url(model, view, 987_654_321))
    response = client.get(url(model, view, foreign.pk))
    assert (response.status_code, getattr(response, "url", "")) == (missing.status_code, getattr(missing, "url", ""))
    assert response.status_code in (302, 403)


@pytest.mark.parametrize("model", COMPANY_PAGES, ids=in_words)
def test_a_foreign_row_is_neither_changed_nor_deleted(client, tina, other, model):
    foreign = MAKERS[model](other)
    before = model._default_manager.filter(pk=foreign.pk).values().get()
    client.post(url(model, "change", foreign.pk), {"name": "Taken", "label": "Taken", "email": "taken@example.test"})
    client.post(url(model, "delete", foreign.pk), {"post": "yes"})
    for action in ("delete_selected", "switch_off"):
        selected = {"action": action, "_selected_action": [foreign.pk], "post": "yes"}
        client.post(url(model, "changelist"), selected)
    assert model._default_manager.filter(pk=foreign.pk).values().get() == before
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("model", EDITABLE, ids=in_words)
def test_no_choice_offers_a_foreign_row(client, tina, tenant, other, model):
    for maker in MAKERS.values():
        maker(other)
    row = MAKERS[model](tenant)
    for field in relations(form_of(client, url(model, "change", row.pk))).values():
        offered = field.queryset
        assert all(getattr(choice, "tenant_id", tenant.pk) == tenant.pk for choice in offered)
        if offered.model is User:
            assert not offered.exclude(memberships__tenant=tenant).exists()


RELATED = [
    (model, name)
    for model in EDITABLE
    for name in [field.name for field in (*model._meta.fields, *model._meta.many_to_many)]
    if model._meta.get_field(name).is_relation and name not in ("tenant", "groups", "user_permissions")
]


@pytest.mark.parametrize(("model", "name"), RELATED, ids=in_words)
def test_a_foreign_id_sent_by_hand_is_refused(client, tina, tenant, other, model, name):
    row = MAKERS[model](tenant)
    address = url(model, "change", row.pk)
    if name not in relations(form_of(client, address)):
        return  # not to be changed at all
    foreign = MAKERS[model._meta.get_field(name).related_model](other)
    before = held(row, name)
    values = untouched(client, model, row) | {name: [str(foreign.pk)]}
    response = client.post(address, values)
    assert response.status_code == 200
    assert name in response.context["adminform"].form.errors
    assert held(row, name) == before


@pytest.mark.parametrize("model", EDITABLE, ids=in_words)
def test_a_company_sent_by_hand_changes_nothing(client, tina, tenant, other, model):
    row = MAKERS[model](tenant)
    client.post(url(model, "change", row.pk), untouched(client, model, row) | {"tenant": [str(other.pk)]})
    row.refresh_from_db()
    assert getattr(row, "tenant_id", tenant.pk) == tenant.pk


def test_an_inline_row_of_another_customer_cannot_be_taken(client, tina, tenant, other):
    customer, foreign = make_customer_with_address(tenant), make_customer_with_address(other)
    address = foreign.addresses.get()
    values = untouched(client, Customer, customer) | {
        "addresses-0-id": [str(address.pk)],
        "addresses-0-text": ["Taken"],
    }
    client.post(url(Customer, "change", customer.pk), values)
    address.refresh_from_db()
    assert address.text != "Taken"
    assert address.customer_id == foreign.pk


AUTOCOMPLETED = [(model, name) for model, page in admin.site._registry.items() for name in page.autocomplete_fields]


@pytest.mark.parametrize(("model", "name"), AUTOCOMPLETED, ids=in_words)
def test_autocomplete_finds_own_rows_only(client, tina, tenant, other, model, name):
    related = model._meta.get_field(name).related_model
    own, foreign = MAKERS[related](tenant), MAKERS[related](other)
    asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": name}
    found = {row["id"] for row in client.get(reverse("admin:autocomplete"), asked).json()["results"]}
    assert str(own.pk) in found
    assert str(foreign.pk) not in found


def test_a_superuser_cannot_mix_companies_either(client, root, tenant, other):
    hub = make_warehouse(other)
    values = {
        "tenant": tenant.pk, "name": "Mixed", "code": "MIX", "colour": "#123456", "shape": "rectangle",
        "geometry": '{"type":"Polygon","coordinates":[[[9.4,47],[9.6,47],[9.6,47.2],[9.4,47.2],[9.4,47]]]}',
        "hub_warehouse": hub.pk,
    }  # fmt: skip
    response = client.post(url(Zone, "add"), values)
    assert "belongs to another company" in str(response.context["adminform"].form.errors["hub_warehouse"])
    assert not Zone.objects.exists()


# Nonsense in the address


MADE_UP_QUERIES = [
    *(
        "o=99",
        "p=-1",
        "p=99999999999999",
        "all=",
        "tenant__id__exact=x",
        "is_active__exact=2",
        "q=%27%3B--",
        "id__in=1,x",
    ),
    *("password__startswith=a", "user__password__startswith=a", "_popup=1&_to_field=tenant"),
]


@pytest.mark.parametrize("query", MADE_UP_QUERIES)
def test_a_made_up_query_never_breaks_a_list(client, root, tenant, query):
    for model in (Membership, Event):
        MAKERS[model](tenant)
        assert client.get(f"{url(model, 'changelist')}?{query}").status_code in (200, 302, 400)


@pytest.mark.parametrize("key", ["99999999999999999999999", "-1", "x", "1%00", "..%2F..", "__fk__"])
def test_a_made_up_id_is_not_there(client, root, key):
    assert client.get(f"/admin/core/zone/{key}/change/").status_code in (302, 400, 404)


@pytest.mark.parametrize("query", ["s=a&page=x", "s=a&page=99", "s=a", "", "s=%F0%9F%9A%9A"])
def test_the_page_search_takes_nonsense(client, root, query):
    assert client.get(f"{reverse('admin:search')}?{query}").status_code in (200, 400)


def test_all_other_addresses_of_the_admin_are_not_found(client, root):
    assert client.get("/admin/nothing/here/").status_code == 404


def test_the_policy_is_relaxed_in_the_admin_and_nowhere_else(client, tina):
    inside = client.get(reverse("admin:index")).headers["Content-Security-Policy"]
    outside = client.get(reverse("sessions")).headers["Content-Security-Policy"]
    assert "'unsafe-eval'" in inside
    assert "style-src-attr 'unsafe-inline'" in inside
    assert "script-src 'self' 'nonce-" in inside
    assert "unsafe" not in outside


# Reading pages


def form_of(client, address: str):
    return client.get(address).context["adminform"].form


def relations(form) -> dict[str, ModelChoiceField | ModelMultipleChoiceField]:
    return {name: field for name, field in form.fields.items() if isinstance(field, ModelChoiceField)}


def untouched(client, model: type[Model], row: Model) -> dict[str, list[str]]:
    """What the browser sends when the form of a row is saved without a change."""
    html = client.get(url(model, "change", row.pk)).content.decode()
    values = form_values(html, form_id=f"{model._meta.model_name}_form")
    return {name: given for name, given in values.items() if "__prefix__" not in name}


def held(row: Model, name: str) -> Any:
    value = getattr(type(row)._default_manager.get(pk=row.pk), name)
    return sorted(value.values_list("pk", flat=True)) if hasattr(value, "values_list") else value
