"""What a request says about the machine it comes from."""

import pytest
from django.test import RequestFactory

from dispatch_console.core import client


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "address"),
    [
        (0, "192.0.2.1", "", "192.0.2.1"),
        (0, "192.0.2.1", "198.51.100.1", "192.0.2.1"),
        (1, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (2, "10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "10.0.0.1", "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1", "", "10.0.0.1"),
        (1, "10.0.0.1", "<script>", None),
        (0, "", "", None),
        (0, "fe80::1%eth0", "", "fe80::1"),
        (0, "2001:DB8::0001", "", "2001:db8::1"),
    ],
)
def test_the_address_is_the_last_one_that_nobody_can_forge(settings, proxies, remote, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR=remote, headers={"x-forwarded-for": forwarded})
    assert client.client_address(request) == address


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0", "Firefox 143 on Linux"),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
                "Safari/537.36 Edg/140.0.0.0"
            ),
            "Edge 140 on Windows",
        ),
        (
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 "
                "Safari/605.1.15"
            ),
            "Safari 18 on macOS",
        ),
        (
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile "
                "Safari/537.36"
            ),
            "Chrome 140 on Android",
        ),
        ("curl/8.5.0", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_words(agent, words):
    assert client.browser_in_words(agent) == words


def test_control_characters_of_a_header_are_dropped():
    request = RequestFactory().get("/", headers={"user-agent": "A\x1b[31mB\u202e" + "c" * 999})
    assert client.user_agent(request).startswith("A[31mB")
    assert len(client.user_agent(request)) <= client.MAX_USER_AGENT_LENGTH
