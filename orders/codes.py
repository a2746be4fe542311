"""What an order's code looks like in an address, for every door."""

from django.urls import register_converter


class OrderCodeConverter:
    """Anything else cannot be a code and need not reach the database."""

    regex = r"[A-Za-z0-9._-]{1,24}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


# Registered once, here: Django refuses two converters of one name.
register_converter(OrderCodeConverter, "order_code")
