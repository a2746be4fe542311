"""What a request says about the machine it comes from: its address, and its browser in words."""

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

MAX_USER_AGENT_LENGTH = 300

# The first that fits wins: Edge and Opera also call themselves Chrome, and Chrome calls itself Safari.
BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/(\d+)")),
    ("Opera", re.compile(r"\bOPR/(\d+)")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"\b(?:Headless)?(?:Chrome|CriOS)/(\d+)")),
    ("Safari", re.compile(r"\bVersion/(\d+)[\d.]* (?:Mobile/\w+ )?Safari/")),
)
SYSTEMS = (
    ("Android", re.compile(r"\bAndroid\b")),
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMac OS X\b|\bMacintosh\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)


def client_address(request: HttpRequest) -> str | None:
    """The address of the client, past the proxies that `TRUSTED_PROXIES` says are ours.

    Each of our proxies appends who spoke to it, so the entry that far from the end is the last one nobody can forge.
    """
    address = request.META.get("REMOTE_ADDR") or ""
    if settings.TRUSTED_PROXIES:
        forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if forwarded:
            address = forwarded[-min(settings.TRUSTED_PROXIES, len(forwarded))]
    try:
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return None


def user_agent(request: HttpRequest) -> str:
    text = request.META.get("HTTP_USER_AGENT", "")[:MAX_USER_AGENT_LENGTH]
    return "".join(character for character in text if character.isprintable())


def browser_in_words(agent: str) -> str:
    """`Firefox 143 on Linux`; nothing where the header says nothing known."""
    browser = next((f"{name} {match[1]}" for name, pattern in BROWSERS if (match := pattern.search(agent))), "")
    system = next((name for name, pattern in SYSTEMS if pattern.search(agent)), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system
