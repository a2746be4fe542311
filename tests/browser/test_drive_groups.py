"""Waybills and trips on the driver's page: a hand-over of what arrived, and how far a trip is."""

from typing import Any

from playwright.sync_api import expect

from dispatch_console.core import clock
from dispatch_console.core.models import Event
from drivers.models import Driver, DriverPosition
from orders.states import Status
from routes import etas
from routes.commands import waybill_members, waybill_steps
from routes.models import Trip, Waybill
from tests.browser.conftest import eventually, serious_faults
from tests.browser.test_drive import (  # noqa: F401
    OpenPhone,
    confirm,
    dana,
    open_phone,
    press,
    refresh,
    sign,
    sign_in,
)
from tests.factories import make_actor, make_order, make_picture, make_trip, make_waybill


def test_a_waybill_is_handed_over_without_what_is_missing(open_phone: OpenPhone, dana: Driver) -> None:  # noqa: F811
    maria = make_actor(dana.tenant)
    first, missing, third = (make_order(dana.tenant) for _ in range(3))
    label = make_waybill(dana.tenant, driver_id=dana.pk).label
    waybill_members.add(label, [first.code, missing.code, third.code], actor=maria)
    for step in (waybill_steps.seal, waybill_steps.pick_up, waybill_steps.depart):
        step(label, actor=maria)
    page = open_phone()
    sign_in(page)
    run = page.get_by_role("article", name=f"Waybill {label}")
    run.get_by_role("button", name="Hand over", exact=True).click()
    sheet = page.get_by_role("dialog", name="Hand over")
    expect(sheet.get_by_text("3 packages, nothing missing.")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert serious_faults(page) == []
    assert not page.evaluate("document.querySelector('dialog').scrollWidth > innerWidth")

    # Counted by their codes: those that are not ticked are missing.
    sheet.get_by_role("button", name="Untick all").click()
    hand_over = sheet.get_by_role("button", name="Hand over", exact=True)
    hand_over.click()
    expect(sheet.get_by_text("Tick what arrived. When nothing did, call dispatch.")).to_be_visible()
    code = sheet.get_by_label("Tick by the code on the package")
    for read in (first.barcode, "D-99999"):
        code.fill(read)
        code.press("Enter")
    expect(sheet.get_by_text("D-99999 is not on this waybill.")).to_be_visible()
    sheet.get_by_role("checkbox", name=third.code).check()
    expect(sheet.get_by_text(f"2 of 3 packages. Missing: {missing.code}.")).to_be_visible()
    sheet.get_by_label("Who took it over").fill("B. Beck")
    page.context.set_offline(True)
    hand_over.click()
    expect(sheet.get_by_text("moves as a whole, which needs a connection")).to_be_visible()
    page.context.set_offline(False)
    hand_over.click()
    expect(sheet).to_have_count(0)
    expect(run).to_contain_text(f"Missing: {missing.code}")
    # What the driver did is no news to the driver.
    refresh(page)
    expect(page.get_by_role("link", name=first.code)).to_have_count(0)
    expect(page.locator("#notice")).not_to_contain_text("no longer on your list")
    waybill = Waybill.objects.get(label=label)
    assert (waybill.status, waybill.received_by, waybill.member_codes()) == ("received", "B. Beck", [missing.code])
    told = Event.objects.get(stream="waybill", kind="waybill.received")
    assert told.data["after"]["missing"] == [missing.code]

    run.get_by_role("button", name="Hand over the rest").click()
    confirm(page, "Hand over")
    expect(run).to_contain_text("Nothing left to hand over")
    expect(run.get_by_role("button")).to_have_count(0)


def test_a_waybill_is_taken_and_handed_over_with_photo_signature_and_names(
    open_phone: OpenPhone,  # noqa: F811
    dana: Driver,  # noqa: F811
) -> None:
    maria = make_actor(dana.tenant)
    label = make_waybill(dana.tenant, driver_id=dana.pk).label
    waybill_members.add(label, [make_order(dana.tenant).code for _ in range(2)], actor=maria)
    waybill_steps.seal(label, actor=maria)
    page = open_phone()
    sign_in(page)
    run = page.get_by_role("article", name=f"Waybill {label}")
    photo: Any = {"name": "ramp.jpg", "mimeType": "image/jpeg", "buffer": make_picture((1800, 1200))}

    def prove(name: str, who: str, button: str) -> None:
        sheet = page.get_by_role("dialog", name=name)
        sheet.locator("input[type=file]").set_input_files([photo])
        expect(sheet.get_by_role("img", name="Photo 1")).to_be_visible()
        sign(page)
        sheet.get_by_label(who).fill("R. Frick")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert serious_faults(page) == []
        # What was taken and signed stays for the next try, and is sent once.
        page.context.set_offline(True)
        sheet.get_by_role("button", name=button, exact=True).click()
        expect(sheet.get_by_text("moves as a whole, which needs a connection")).to_be_visible()
        page.context.set_offline(False)
        confirm(page, button)

    press(page, "Picked up")
    prove("Pick up", "Who handed it over", "Picked up")
    press(page, "In transit")
    run.get_by_role("button", name="Hand over", exact=True).click()
    prove("Hand over", "Who took it over", "Hand over")
    expect(run).to_contain_text("Nothing left to hand over")
    waybill = Waybill.objects.get(label=label)
    assert (waybill.handed_over_by, waybill.received_by) == ("R. Frick", "R. Frick")
    shown = list(waybill.proofs.values_list("act", "kind", "stage"))
    assert shown == [
        ("pick-up", "photo", "pickup"),
        ("pick-up", "signature", "pickup"),
        ("receive", "photo", "delivery"),
        ("receive", "signature", "delivery"),
    ]


def test_the_head_of_a_trip_says_how_far_it_is(open_phone: OpenPhone, dana: Driver) -> None:  # noqa: F811
    first, second = (make_order(dana.tenant, dropoff_address=place) for place in ("Landstrasse 98", "Dorfstrasse 2"))
    alone = make_order(dana.tenant, driver=dana, status=Status.ASSIGNED)
    trip = make_trip(dana.tenant, [first, second], driver=dana)
    DriverPosition.objects.create(
        tenant=dana.tenant,
        driver=dana,
        latitude=47.15,
        longitude=9.52,
        recorded_at=clock.now(),
        received_at=clock.now(),
    )
    etas.refresh(dana.tenant_id)
    page = open_phone()
    sign_in(page)
    part = page.get_by_role("region", name=f"Orders of trip {trip.label}")
    head = part.get_by_role("article", name=f"Trip {trip.label}")
    expect(head.get_by_role("heading", name=f"Trip {trip.label}")).to_be_visible()
    expect(head.get_by_role("progressbar", name="0 of 4 stops done")).to_be_visible()
    expect(head).to_contain_text("Expected end")
    expect(part.locator(".stop .code")).to_have_text([first.code, second.code])
    expect(page.get_by_role("region", name="Your orders").locator(".stop .code")).to_have_text([alone.code])
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert serious_faults(page) == []

    # What still waits on the phone counts, too.
    page.context.set_offline(True)
    part.get_by_role("link", name=first.code).last.click()
    press(page, "I am there")
    press(page, "Picked up")
    page.get_by_role("link", name="Back").click()
    expect(head).to_contain_text("1 of 4 stops done")
    page.context.set_offline(False)
    eventually(lambda: Trip.objects.get(pk=trip.pk).status == "in_progress")
    refresh(page)
    expect(head).to_contain_text("Under way")
    expect(head).to_contain_text("1 of 4 stops done")
