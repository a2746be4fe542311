"""The frame around every console page: who gets what, and what the browser may run."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from dispatch_console.console.modules import import_map
from dispatch_console.console.navigation import DESTINATIONS
from dispatch_console.core import access
from dispatch_console.core.models import Membership
from dispatch_console.core.permissions import RoleKind
from tests.factories import make_member, make_tenant, make_user

pytestmark = pytest.mark.django_db

ASK_FOR_JSON = {"Accept": "application/json"}
HTMX = {"HX-Request": "true"}


def signed_in(membership: Membership) -> Client:
    client = Client()
    client.force_login(membership.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def dispatcher() -> Membership:
    tenant = make_tenant(name="Rhine Couriers", timezone="Europe/Vaduz", currency="CHF")
    return make_member(tenant, RoleKind.DISPATCHER)


@pytest.fixture
def client_of_dispatcher(dispatcher: Membership) -> Client:
    return signed_in(dispatcher)


def page_config(html: str) -> dict[str, Any]:
    found = re.search(r'<script id="console-config" type="application/json">(.*?)</script>', html, re.S)
    assert found
    return json.loads(found[1])


@pytest.mark.parametrize("destination", DESTINATIONS, ids=lambda destination: destination.name)
def test_every_destination_of_the_rail_opens(client_of_dispatcher: Client, destination: Any) -> None:
    response = client_of_dispatcher.get(destination.url)
    assert response.status_code == 200
    html = response.content.decode()
    marked = re.search(rf'data-destination="{destination.name}"[^>]*aria-current="page"', html)
    assert marked, "the rail does not say where one is"


def test_a_stranger_is_sent_to_sign_in_and_back(client: Client) -> None:
    response = client.get(reverse("console:map") + "?status=open")
    assert response.status_code == 302
    assert response.url.endswith("?next=/console/map/%3Fstatus%3Dopen")


def test_a_fragment_without_a_session_is_refused_instead_of_redirected(client: Client) -> None:
    response = client.get(reverse("console:map"), headers=HTMX)
    assert response.status_code == 401
    assert response.content == b""
    assert "toast" not in json.loads(response.headers["HX-Trigger"])


def test_fetch_without_a_session_gets_the_error_shape(client: Client) -> None:
    response = client.get(reverse("console:map"), headers=ASK_FOR_JSON)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "not_signed_in"


def test_a_refusal_reaches_htmx_as_a_toast_that_changes_nothing_on_screen() -> None:
    client = signed_in(make_member(make_tenant(), RoleKind.PARTNER))
    response = client.get(reverse("console:map"), headers=HTMX)
    assert response.status_code == 403
    assert response.headers["HX-Reswap"] == "none"
    events = json.loads(response.headers["HX-Trigger"])
    assert events["toast"]["tone"] == "bad"
    assert events["toast"]["text"] == events["refusal"]["message"]
    assert events["refusal"]["code"] == "forbidden"
    assert events["refusal"]["request_id"] == response.headers["X-Request-ID"]


def test_a_refusal_reaches_a_person_as_a_page_with_its_sentence() -> None:
    membership = make_member(make_tenant(), RoleKind.PARTNER)
    response = signed_in(membership).get(reverse("console:map"))
    assert response.status_code == 403
    assert escape(access.why_no_console(membership, None)) in response.content.decode()


def test_a_user_without_a_tenant_is_told_what_to_do(client: Client) -> None:
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(reverse("console:map"))
    assert response.status_code == 403
    assert escape(access.why_no_console(None, None)) in response.content.decode()


def test_the_page_tells_the_browser_who_looks_and_where(dispatcher: Membership, client_of_dispatcher: Client) -> None:
    config = page_config(client_of_dispatcher.get(reverse("console:map")).content.decode())
    assert config["tenant"]["timezone"] == "Europe/Vaduz"
    assert config["tenant"]["currency"] == "CHF"
    assert config["permissions"] == sorted(dispatcher.permissions)
    assert config["current"] == "map"
    assert config["words"]["statuses"]["in_transit"] == {"label": "In transit", "tone": "move"}


def test_a_hostile_tenant_name_stays_text() -> None:
    evil = '</script><script>alert("x")</script>'
    html = signed_in(make_member(make_tenant(name=evil))).get(reverse("console:map")).content.decode()
    assert evil not in html
    assert page_config(html)["tenant"]["name"] == evil


def test_scripts_carry_the_nonce_of_the_policy_and_nothing_is_inline(client_of_dispatcher: Client) -> None:
    response = client_of_dispatcher.get(reverse("console:map"))
    html = response.content.decode()
    policy = response.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'self' 'nonce-([^']+)'", policy)
    assert nonce
    assert "unsafe" not in policy
    for attributes in re.findall(r"<script([^>]*)>", html):
        assert f'nonce="{nonce[1]}"' in attributes or 'type="application/json"' in attributes
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", html)


def test_each_answer_has_its_own_nonce(client_of_dispatcher: Client) -> None:
    policies = {client_of_dispatcher.get(reverse("console:map")).headers["Content-Security-Policy"] for _ in range(2)}
    assert len(policies) == 2


def test_the_import_map_names_every_module(client_of_dispatcher: Client) -> None:
    html = client_of_dispatcher.get(reverse("console:map")).content.decode()
    content = re.search(r'<script type="importmap"[^>]*>(.*?)</script>', html, re.S)
    assert content
    assert json.loads(content[1])["imports"] == import_map()
    assert "core/boot" in import_map()


@pytest.mark.parametrize(
    ("cookie", "attribute"),
    [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ("system", ""), ('"><script>', ""), ("", "")],
)
def test_the_first_paint_has_the_chosen_theme(client_of_dispatcher: Client, cookie: str, attribute: str) -> None:
    client_of_dispatcher.cookies["theme"] = cookie
    html = client_of_dispatcher.get(reverse("console:map")).content.decode()
    assert f'<html lang="en"{attribute}>' in html


def test_the_folded_rail_is_remembered(client_of_dispatcher: Client) -> None:
    client_of_dispatcher.cookies["rail"] = "collapsed"
    assert 'data-rail="collapsed"' in client_of_dispatcher.get(reverse("console:map")).content.decode()


def test_only_those_who_may_create_orders_are_offered_it(client_of_dispatcher: Client) -> None:
    observer = signed_in(make_member(make_tenant(), RoleKind.OBSERVER))
    address = reverse("console:map")
    assert 'data-command="order.create"' in client_of_dispatcher.get(address).content.decode()
    assert 'data-command="order.create"' not in observer.get(address).content.decode()


def test_other_tenants_are_offered_only_to_their_members() -> None:
    mine, other, foreign = make_tenant(name="Mine"), make_tenant(name="Also mine"), make_tenant(name="Foreign")
    membership = make_member(mine)
    make_member(other, user=membership.user)
    make_member(foreign)
    html = signed_in(membership).get(reverse("console:map")).content.decode()
    menu = html[html.index('id="user-menu"') :]
    assert "Also mine" in menu
    assert "Foreign" not in html


def test_the_setup_is_offered_to_admins_only() -> None:
    tenant = make_tenant()
    admin = signed_in(make_member(tenant, RoleKind.TENANT_ADMIN, user=make_user(is_staff=True)))
    dispatcher = signed_in(make_member(tenant, RoleKind.DISPATCHER))
    assert "Setup and users" in admin.get(reverse("console:map")).content.decode()
    assert "Setup and users" not in dispatcher.get(reverse("console:map")).content.decode()


def test_an_unknown_address_has_a_page_of_its_own(client: Client) -> None:
    response = client.get("/nothing/like/this/")
    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()


def test_a_crash_has_a_page_of_its_own(client_of_dispatcher: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("dispatch_console.console.page.ConsolePage.get", crash)
    client_of_dispatcher.raise_request_exception = False
    response = client_of_dispatcher.get(reverse("console:map"))
    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()


def test_the_root_leads_to_the_console(client_of_dispatcher: Client) -> None:
    response = client_of_dispatcher.get("/", follow=True)
    assert response.redirect_chain[-1][0] == reverse("console:map")


def test_home_keeps_the_filters(client_of_dispatcher: Client) -> None:
    response = client_of_dispatcher.get(reverse("console:home") + "?status=open")
    assert response.url == reverse("console:map") + "?status=open"
