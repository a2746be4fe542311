"""What the browser tests of orders share: the parts of drawer, dialogs and form as a person names them."""

from playwright.sync_api import Locator, Page, expect

from orders.models import Order


def order_address(order: Order, part: str = "") -> str:
    return f"/console/orders/{order.code}/{part}"


def drawer(page: Page) -> Locator:
    return page.locator("#drawer")


def dialog(page: Page) -> Locator:
    return page.locator(".action-dialog")


def form(page: Page) -> Locator:
    return page.locator("dialog.sheet form")


def toast(page: Page) -> Locator:
    return page.locator(".toast").last


def wait_until_live(page: Page) -> None:
    page.wait_for_selector('.live-light[data-state="connected"]')


def open_new_form(page: Page) -> Locator:
    page.keyboard.press("c")
    expect(form(page)).to_be_visible()
    return form(page)


def choose(page: Page, label: str, text: str, option: str) -> None:
    """Types into a field with suggestions, and takes one with the keyboard."""
    field = page.get_by_role("combobox", name=label)
    field.fill(text)
    wanted = page.get_by_role("option").filter(has_text=option).first
    expect(wanted).to_be_visible()
    while wanted.get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(wanted).to_be_hidden()
