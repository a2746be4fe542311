"""Which pages may open the console's socket with a visitor's session."""

from typing import Any

import pytest

from dispatch_console.console.consumers import is_own_page


@pytest.mark.parametrize(
    ("origin", "is_ours"),
    [
        ("https://evil.test", False),
        ("null", False),
        ("http://testserver.evil.test", False),
        ("http://maps.partner.test", False),  # trusted by https only
        ("https://maps.partner.test", True),
        ("http://testserver", True),
        ("", True),
    ],
)
def test_only_our_own_pages_may_use_a_visitors_session(settings: Any, origin: str, is_ours: bool) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.partner.test"]
    headers = [(b"host", b"testserver"), *([(b"origin", origin.encode())] if origin else [])]
    assert is_own_page({"headers": headers}) is is_ours
