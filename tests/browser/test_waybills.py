"""Waybills in the browser: tabs and filters in the address, a draft made step by step, acts that everybody sees."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from dispatch_console.core.models import Membership
from orders.models import Order
from routes.commands import waybill_ends, waybill_members, waybill_steps
from routes.models import Waybill
from tests.browser.conftest import OpenConsole, eventually, serious_faults
from tests.browser.order_pages import toast, wait_until_live
from tests.factories import (
    make_actor,
    make_driver,
    make_member,
    make_order,
    make_picture,
    make_vehicle,
    make_warehouse,
    make_waybill,
)

WAYBILLS = "/console/waybills/"


def rows(page: Page) -> Locator:
    return page.locator("tbody tr[data-row]")


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="Waybills by status").get_by_role("link", name=name)


def test_tabs_count_under_the_filters_and_the_address_holds_what_is_looked_for(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant, maria = dispatcher.tenant, make_actor(dispatcher.tenant)
    drafts = [make_waybill(tenant, notes=f"Batch {number}") for number in range(3)]
    other = make_waybill(tenant, carrier_type="external", carrier_reference="EX-7")
    waybill_ends.cancel(drafts[0].label, reason="Not needed", actor=maria)

    page = open_console(f"{WAYBILLS}?ordering=label", theme="dark")
    expect(rows(page).locator("a.code")).to_have_text([*(each.label for each in drafts), other.label])
    expect(tab(page, "Drafted")).to_have_text("Drafted 3")
    page.get_by_role("combobox", name="Carrier").select_option("internal")
    expect(tab(page, "Drafted")).to_have_text("Drafted 2")
    expect(rows(page)).to_have_count(3)
    # A tab chooses among what the filters leave, and changes no count.
    tab(page, "Cancelled").click()
    expect(rows(page)).to_have_count(1)
    expect(tab(page, "Drafted")).to_have_text("Drafted 2")
    expect(page).to_have_url(
        re.compile(r"carrier_type=internal.*status=cancelled|status=cancelled.*carrier_type=internal")
    )
    page.reload()
    expect(rows(page).locator("a.code")).to_have_text([drafts[0].label])
    expect(page.get_by_role("combobox", name="Carrier")).to_have_value("internal")
    assert serious_faults(page) == []

    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Notes").check()
    expect(rows(page)).to_contain_text("Batch 0")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Clear").click()
    page.keyboard.press("/")
    page.keyboard.type("00002")
    expect(rows(page).locator("a.code")).to_have_count(0)  # still in the tab of the cancelled ones
    tab(page, "All").click()
    expect(rows(page).locator("a.code")).to_have_text(["WB00002"])
    page.keyboard.press("Escape")
    page.locator("#main").focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{WAYBILLS}WB00002/$"))


def test_a_waybill_is_made_step_by_step_and_nothing_is_lost_on_the_way(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant = dispatcher.tenant
    hub, depot = make_warehouse(tenant, name="Hub Schaan"), make_warehouse(tenant, name="Depot Balzers")
    make_driver(tenant, name="Ben Marxer", primary_vehicle=make_vehicle(tenant, capacity_units=50))
    here = [
        make_order(tenant, pickup_address="", pickup_warehouse_id=hub.pk, pickup_latitude=None, pickup_longitude=None)
        for _ in range(3)
    ]
    elsewhere = make_order(tenant)

    page = open_console(WAYBILLS)
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile(f"{WAYBILLS}new/$"))
    page.wait_for_selector("html[data-ready]", state="attached")
    page.get_by_role("combobox", name="Origin warehouse").select_option(label="Hub Schaan, Industriering 1")
    page.get_by_label("Notes").fill("Evening transfer")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Give the destination: choose a warehouse, or enter an address.")).to_be_visible()
    expect(page.get_by_label("Notes")).to_have_value("Evening transfer")
    page.get_by_role("combobox", name="Destination warehouse").select_option(label="Depot Balzers, Industriering 1")
    page.get_by_role("combobox", name="Driver").fill("ben")
    page.get_by_role("option", name="Ben Marxer").click()
    assert serious_faults(page) == []
    page.keyboard.press("Control+Enter")

    expect(page).to_have_url(re.compile(f"{WAYBILLS}WB00001/edit/\\?step=orders"))
    free = page.locator("[data-picker-free] .picker-row")
    expect(free).to_have_count(3)
    page.get_by_role("checkbox", name="Only at Hub Schaan").uncheck()
    expect(free).to_have_count(4)
    expect(free.filter(has_text=elsewhere.code)).to_contain_text("not the origin")
    free.filter(has_text=here[0].code).click()
    free.filter(has_text=here[1].code).click()
    page.get_by_role("button", name="Add 2 ticked").click()
    chosen = page.locator("[data-picker-chosen] li[data-code]")
    expect(chosen).to_have_count(2)
    page.get_by_label("Scan or paste codes").fill(f"{here[2].barcode} {here[0].code}")
    page.keyboard.press("Enter")
    expect(chosen).to_have_count(3)
    expect(toast(page)).to_contain_text(f"Order {here[0].code} is on waybill WB00001 already.")
    page.reload()
    expect(chosen).to_have_count(3)
    page.get_by_role("button", name=f"Take {here[1].code} out").click()
    expect(chosen).to_have_count(2)
    assert serious_faults(page) == []

    page.get_by_role("link", name="Go on to seal").click()
    expect(page.locator(".step-review")).to_contain_text("Ben Marxer (intended)")
    page.get_by_role("button", name="Seal waybill").click()
    expect(page).to_have_url(re.compile(f"{WAYBILLS}WB00001/$"))
    expect(toast(page)).to_contain_text("WB00001: sealed with 2 orders")
    sealed = Waybill.objects.get(label="WB00001")
    assert (sealed.status, sealed.notes, sealed.destination_warehouse) == ("sealed", "Evening transfer", depot)
    assert set(sealed.member_codes()) == {here[0].code, here[2].code}
    assert Order.objects.get(code=here[0].code).driver == sealed.driver


def test_acts_show_everywhere_at_once_and_say_why_not(open_console: OpenConsole, dispatcher: Membership) -> None:
    tenant, maria = dispatcher.tenant, make_actor(dispatcher.tenant)
    make_driver(tenant, name="Ben Marxer", primary_vehicle=make_vehicle(tenant, capacity_units=50))
    first, second = make_order(tenant).code, make_order(tenant).code
    label = make_waybill(tenant).label
    waybill_members.add(label, [first, second], actor=maria)
    waybill_steps.seal(label, actor=maria)

    page = open_console(f"{WAYBILLS}{label}/")
    other = open_console(WAYBILLS, member=make_member(tenant))
    for each in (page, other):
        wait_until_live(each)
    page.get_by_role("button", name="More actions").click()
    expect(page.get_by_text(f"Waybill {label} is carried by your own fleet: assign a driver")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    dialog = page.locator(".action-dialog")
    expect(dialog.get_by_role("option", name="Ben Marxer")).to_be_visible()
    assert serious_faults(page) == []
    page.keyboard.press("Enter")
    expect(toast(page)).to_have_text(re.compile("assigned to Ben Marxer"))
    expect(rows(other)).to_contain_text("Ben Marxer")
    for act in ("Picked up", "In transit"):
        page.get_by_role("button", name=act).click()
        dialog.get_by_role("button", name=act).click()
        expect(dialog).to_be_hidden()
    expect(rows(other)).to_contain_text("In transit")

    page.get_by_role("button", name="Receive").click()
    dialog.get_by_role("checkbox", name=second).uncheck()
    dialog.get_by_label("Taken over by").fill("B. Beck")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("1 order did not arrive.")).to_be_visible()
    expect(page.locator("[data-section=facts]")).to_contain_text("B. Beck")
    # An order's own page leads to its waybill, as long as that has it.
    page.get_by_role("link", name=second).click()
    expect(page.locator("#drawer").get_by_role("link", name=f"waybill {label}")).to_have_attribute(
        "href", f"{WAYBILLS}{label}/"
    )
    eventually(lambda: Order.objects.get(code=first).held_by == "")


def test_a_waybill_is_received_with_a_photo_and_a_signature_that_its_page_shows(
    open_console: OpenConsole, dispatcher: Membership
) -> None:
    tenant, maria = dispatcher.tenant, make_actor(dispatcher.tenant)
    driver = make_driver(tenant, name="Ben Marxer", primary_vehicle=make_vehicle(tenant, capacity_units=50))
    codes = [make_order(tenant).code for _ in range(2)]
    label = make_waybill(tenant, driver_id=driver.pk).label
    waybill_members.add(label, codes, actor=maria)
    waybill_steps.seal(label, actor=maria)
    waybill_steps.pick_up(label, actor=maria, handed_over_by="R. Frick")
    waybill_steps.depart(label, actor=maria)

    page = open_console(f"{WAYBILLS}{label}/")
    proof = page.get_by_role("region", name="Proof")
    expect(proof).to_contain_text("Handed over by R. Frick")
    page.get_by_role("button", name="Receive").click()
    dialog = page.locator(".action-dialog")
    dialog.get_by_label("Taken over by").fill("B. Beck")
    photos = dialog.get_by_label("Photos")
    photos.set_input_files([picture_file("ramp.jpg", b"no picture at all")])
    dialog.get_by_role("button", name="Receive").click()
    expect(dialog.get_by_role("alert")).to_contain_text("ramp.jpg: This is not a picture that can be kept.")
    photos.set_input_files([picture_file("ramp.jpg"), picture_file("cages.jpg", make_picture((60, 40)))])
    dialog.get_by_label("Signature").set_input_files([picture_file("name.jpg")])
    assert serious_faults(page) == []
    dialog.get_by_role("button", name="Receive").click()

    expect(dialog).to_be_hidden()
    expect(proof).to_contain_text("Taken over by B. Beck")
    pictures = proof.get_by_role("img")
    expect(pictures).to_have_count(3)
    eventually(lambda: pictures.first.evaluate("image => image.naturalWidth") > 0)
    assert serious_faults(page) == []
    proof.get_by_role("button", name="Signature of the receipt, by").click()
    large = page.get_by_role("dialog", name="Signature of the receipt, by")
    expect(large.get_by_role("img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(large).to_be_hidden()


def picture_file(name: str, content: bytes | None = None) -> Any:
    """A file as a person chooses it."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": content or make_picture()}
