"""What a scanned text is: an order, a warehouse, a product, or unknown; and nobody else's."""

import pytest

from orders.scanning import is_product
from tests import factories
from tests.orders.api import Api, refusal

pytestmark = pytest.mark.django_db


def test_texts_are_told_apart_and_another_companys_orders_are_unknown():
    tenant = factories.make_tenant()
    order = factories.make_order(tenant, barcode="PARCEL-77", external_reference="shop-1")
    other = factories.make_order(tenant, external_reference=order.code)  # a code wins over somebody's reference
    warehouse = factories.make_warehouse(tenant, code="HUB-1")
    foreign = factories.make_order(factories.make_tenant(), barcode="THEIRS")
    texts = [
        order.code, f"  {order.code.lower()} ", "parcel-77", "shop-1", f"https://x.example/console/orders/{order.code}/",
        "hub-1", "4006381333931", "THEIRS", "nothing", "", "PARCEL-77",
    ]  # fmt: skip
    found = Api(tenant).post("scans/", {"texts": texts}).json()["results"]
    assert [each["text"] for each in found] == [text.strip() for text in texts]
    assert [each["kind"] for each in found] == [
        *["order"] * 5, "warehouse", "product", "unknown", "unknown", "unknown", "order",
    ]  # fmt: skip
    assert {each["order"]["code"] for each in found if each["order"]} == {order.code}
    assert warehouse.name in found[5]["message"]
    assert other.code not in str(found)
    assert foreign.code
    refusal(Api(tenant).post("scans/", {"texts": ["x"] * 501}), 400)


def test_a_products_number_has_its_check_digit():
    assert all(is_product(number) for number in ("4006381333931", "96385074", "036000291452", "10614141000415"))
    assert not any(is_product(number) for number in ("4006381333932", "000000010001", "12345", "ABC"))
