"""What templates, style sheets and modules promise each other: icons, modules, colours that can be read."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from dispatch_console.console.modules import LIBRARIES, own_modules
from dispatch_console.console.navigation import DESTINATIONS
from dispatch_console.console.tones import ASSIGNMENT_TONES, STATUS_TONES, vocabulary
from dispatch_console.core.filtering import CommaField
from orders.filters import CodesField, OrderFilter
from orders.states import AssignmentStatus, Status

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULES = sorted((ROOT / "static" / "js").rglob("*.js"))
SHEETS = sorted((ROOT / "static" / "css").rglob("*.css"))
TONES = ("accent", "good", "warn", "bad", "move", "quiet")


def text_of(files: list[Path]) -> str:
    return "\n".join(file.read_text() for file in files)


def test_every_icon_that_is_asked_for_exists() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "img" / "icons.svg").read_text()))
    asked = set(re.findall(r'{% icon "([^"]+)"', text_of(TEMPLATES)))
    asked |= set(re.findall(r'\bicon\("([^"]+)"', text_of(MODULES)))
    asked |= set(re.findall(r'\bicon: "([^"]+)"', text_of(MODULES)))
    asked |= {destination.icon for destination in DESTINATIONS}
    assert asked - drawn == set()


def test_every_module_that_is_asked_for_exists() -> None:
    known = set(own_modules()) | set(LIBRARIES)
    asked = {name for names in re.findall(r'data-module="([^"{]+)"', text_of(TEMPLATES)) for name in names.split()}
    asked |= set(re.findall(r'^(?:import|export)\b[^;]*?from "([^"]+)"', text_of(MODULES), re.M))
    assert asked - known == set()


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.stem)
def test_modules_import_by_name_and_never_by_path(file: Path) -> None:
    assert not re.search(r"""(from|import\()\s*["'][./]""", file.read_text())


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_templates_hold_no_inline_style_or_handler(file: Path) -> None:
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", file.read_text())


def test_sheets_use_only_tokens_that_exist() -> None:
    text = text_of(SHEETS)
    defined = set(re.findall(r"(--[\w-]+)\s*:", text))
    # Names with a fallback are set by script, for one element.
    used = set(re.findall(r"var\((--[\w-]+)\)", text))
    assert used - defined == set()


def test_every_state_has_a_tone_and_every_tone_a_colour() -> None:
    assert set(STATUS_TONES) == set(Status.values)
    assert set(ASSIGNMENT_TONES) == set(AssignmentStatus.values)
    tones = {*STATUS_TONES.values(), *ASSIGNMENT_TONES.values()}
    assert tones <= set(TONES)
    assert set(vocabulary()["statuses"]) == set(Status.values)


def test_the_browser_knows_the_same_filters_as_the_order_list() -> None:
    source = (ROOT / "static" / "js" / "core" / "filters.js").read_text()
    declared = source[source.index("export const FILTERS") : source.index("const NAMES")]
    names = dict(re.findall(r"^  (\w+): \{(.*)\},$", declared, re.M))
    assert set(names) == {*OrderFilter.base_filters, "ordering"}
    lists = {
        name for name, each in OrderFilter.base_filters.items() if issubclass(each.field_class, CommaField | CodesField)
    }
    assert {name for name, options in names.items() if "many: true" in options} == lists


# Contrast


def tokens(theme: int) -> dict[str, str]:
    sheet = (ROOT / "static" / "css" / "tokens.css").read_text()
    pairs = re.findall(r"(--[\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", sheet)
    return {name: (light, dark)[theme] for name, light, dark in pairs}


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


GROUNDS = ("--bg", "--surface", "--surface-2", "--raised", "--hover")
TEXT_PAIRS = [
    *product(("--ink", "--ink-2", "--ink-3", "--accent"), GROUNDS),
    *product(("--ink", "--ink-2", "--ink-3"), ("--accent-soft",)),
    *((f"--{tone}", f"--{tone}-soft") for tone in TONES),
    *product(("--bad", "--warn", "--good"), ("--surface", "--surface-2", "--raised")),
    ("--accent-ink", "--accent"),
    ("--accent-ink", "--accent-strong"),
    ("--bad-ink", "--bad"),
    ("--bad-ink", "--bad-strong"),
    ("--surface", "--ink"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read_in_both_themes(text: str, ground: str, theme: int) -> None:
    colours = tokens(theme)
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_the_edges_of_fields_can_be_seen_in_both_themes(theme: int) -> None:
    colours = tokens(theme)
    assert contrast(colours["--control-line"], colours["--surface"]) >= 3


# Template tags


def render(source: str, **context: object) -> str:
    request = RequestFactory().get("/")
    return Template("{% load console %}" + source).render(Context({"request": request, **context}))


def test_a_status_is_a_mark_and_a_word() -> None:
    assert render("{% status_pill 'delivered' %}") == '<span class="pill" data-tone="good">Delivered</span>'


def test_a_pill_shows_its_word_as_text() -> None:
    assert "&lt;b&gt;" in render("{% pill word %}", word="<b>")


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 orders"), (1, "1 order"), (2, "2 orders"), (1200, "1,200 orders")]
)
def test_counted_words_have_the_right_plural(number: int, words: str) -> None:
    assert render('{{ number|counted:"order,orders" }}', number=number) == words


def test_a_moment_of_today_is_a_clock_and_another_day_is_named() -> None:
    now = timezone.now()
    assert re.search(r">\d\d:\d\d</time>", render("{% moment value %}", value=now))
    before = now.replace(year=now.year - 1, month=3, day=5, hour=12)
    assert f">5 Mar {before.year} 12:" in render("{% moment value %}", value=before)


def test_a_missing_moment_is_a_dash() -> None:
    assert render("{% moment value %}", value=None) == "–"
