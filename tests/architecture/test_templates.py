"""Templates obey the Content-Security-Policy: nothing inline, nobody else's host."""

import re
from collections.abc import Iterator

import pytest

from tests.architecture.house_rules import ROOT

FAULTS = {
    "an inline script (only the import map may stand in a page, with a nonce)": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*\btype=[\"'](?:importmap|application/json)[\"'])[^>]*>", re.IGNORECASE
    ),
    "an inline event handler": re.compile(r"<[^>]*\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "an inline style": re.compile(r"<[^>]*\sstyle\s*=\s*[\"']|<style\b", re.IGNORECASE),
    "a script address": re.compile(r"[\"']\s*javascript:", re.IGNORECASE),
    "an expression that htmx would evaluate": re.compile(
        r"hx-(?:on|vars)\b|hx-(?:vals|headers)=[\"']js:", re.IGNORECASE
    ),
    "a file from another host": re.compile(
        r"<(?:script|link|img|iframe|source)[^>]*\s(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE
    ),
}
EXAMPLES = {
    "an inline script (only the import map may stand in a page, with a nonce)": (
        "<script>go()</script>",
        '<script type="importmap" nonce="x">{}</script><script type="module" src="a.js"></script>',
    ),
    "an inline event handler": ('<a class="b" onclick="go()">', '<a data-on="click" hx-trigger="click">'),
    "an inline style": ('<b style="color: red">', '<b class="style" data-style="x">'),
    "a script address": ('<a href="javascript:go()">', '<a href="/javascript/">'),
    "an expression that htmx would evaluate": ('<a hx-on:click="go()">', "<a hx-vals='{\"on\": 1}'>"),
    "a file from another host": ('<script src="https://cdn.example/a.js">', '<a href="https://example.org/">'),
}


def templates() -> Iterator[tuple[str, str]]:
    for file in sorted(ROOT.glob("templates/**/*.html")):
        yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")


@pytest.mark.parametrize("fault", FAULTS)
def test_the_rule_tells_its_examples_apart(fault: str) -> None:
    bad, good = EXAMPLES[fault]
    assert FAULTS[fault].search(bad)
    assert not FAULTS[fault].search(good)


@pytest.mark.parametrize("fault", FAULTS)
def test_no_template_contains(fault: str) -> None:
    found = [
        f"{path}:{source.count(chr(10), 0, match.start()) + 1}: {fault}"
        for path, source in templates()
        for match in FAULTS[fault].finditer(source)
    ]
    assert not found, "\n".join(found)
