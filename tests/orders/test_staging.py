"""Staged orders: a parent and two legs that stay true to each other, whatever is done to them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch_console.core.errors import DomainError, Invalid, Refused
from dispatch_console.core.models import Event
from dispatch_console.core.permissions import PERMISSIONS, RoleKind
from orders import bulk, commands, legs
from orders.actions import (
    Assign,
    Cancel,
    ChangeStatus,
    Confirm,
    Correct,
    Deliver,
    Depart,
    Edit,
    Hold,
    PickUp,
    Release,
    Reopen,
    Reschedule,
    Return,
    SelfAssign,
    StageAtWarehouse,
    Switch,
    Unassign,
)
from orders.actions.claims import unclaimed
from orders.actions.pin import pin_of
from orders.counts import counts
from orders.models import Assignment, Collection, Order, StagingRule
from orders.selectors import order_page
from orders.states import DONE, Status
from routes.rounds import open_to_rounds
from tests import factories
from tests.phones import Phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant():
    return factories.make_tenant()


@pytest.fixture
def anybody(tenant):
    return factories.make_actor(tenant, permissions=frozenset(PERMISSIONS))


@pytest.fixture
def do(anybody):
    def act(action, order, *, actor=anybody, **options):
        return commands.perform(action, code=order.code, actor=actor, **options).order

    return act


def fresh(*orders):
    return [Order.objects.get(pk=order.pk) for order in orders]


def statuses(*orders):
    return [order.status for order in fresh(*orders)]


def kinds(order):
    return list(
        Event.objects.filter(object_id=order.pk, stream="order").order_by("version").values_list("kind", flat=True)
    )


# Creating


def test_rows_are_locked_legs_first_and_only_the_parent_carries_the_reference(tenant):
    parent, inbound, outbound = factories.make_staged(tenant, external_reference="SHOP-7", barcode="ABC")
    assert inbound.pk < outbound.pk < parent.pk
    assert [order.external_reference for order in (parent, inbound, outbound)] == ["SHOP-7", "", ""]
    assert [order.barcode for order in (parent, inbound, outbound)] == ["ABC", "ABC-1", "ABC-2"]
    assert [order.items.count() for order in (parent, inbound, outbound)] == [1, 1, 1]
    assert inbound.due_at < outbound.due_at == parent.due_at


def test_a_driver_named_at_once_gets_the_inbound_leg(tenant):
    driver = factories.make_driver(tenant)
    parent, inbound, outbound = factories.make_staged(tenant, driver_id=driver.pk)
    assert [order.driver_id for order in (parent, inbound, outbound)] == [None, driver.pk, None]
    assert [order.status for order in (parent, inbound, outbound)] == ["assigned", "assigned", "pending"]


@pytest.mark.parametrize(
    ("payer", "method", "cod", "at_pickup", "at_door"),
    [
        ("receiver", "cod", "50.00", 0, "59.50"),
        ("sender", "cod", "50.00", "9.50", "50.00"),
        ("receiver", "cash", "0", 0, "9.50"),
        ("sender", "cash", "0", "9.50", 0),
        ("sender", "account", "0", 0, 0),
    ],
)
def test_money_is_taken_where_the_person_is_who_pays_it(tenant, do, payer, method, cod, at_pickup, at_door):
    parent, inbound, outbound = factories.make_staged(
        tenant, payer=payer, payment_method=method, cod_amount=Decimal(cod)
    )
    driver = factories.make_driver(tenant)
    do(StageAtWarehouse(driver_id=driver.pk), inbound)
    do(Assign(driver_id=driver.pk), outbound)
    do(PickUp(), outbound)
    do(Deliver(), outbound)
    taken = {row.order_id: str(row.amount) for row in Collection.objects.filter(tenant=tenant)}
    assert taken.get(inbound.pk, 0) == at_pickup
    assert taken.get(outbound.pk, 0) == at_door
    if taken:
        assert fresh(parent)[0].payment_status == "paid"


def test_only_pickup_and_delivery_orders_are_staged(tenant):
    warehouse = factories.make_warehouse(tenant)
    with pytest.raises(Invalid) as chosen:
        factories.create_order(tenant, staging_warehouse_id=warehouse.pk)
    service = factories.make_service(tenant, requires_staging=True)
    with pytest.raises(Invalid) as by_service:
        factories.create_order(tenant, service_id=service.pk)
    assert set(chosen.value.details["fields"]) == {"staging_warehouse_id"}
    assert set(by_service.value.details["fields"]) == {"service_id"}


def test_a_warehouse_out_of_use_or_at_one_end_is_refused(tenant):
    closed, end = factories.make_warehouse(tenant, is_active=False), factories.make_warehouse(tenant)
    other = factories.make_warehouse(factories.make_tenant())
    for warehouse in (closed, other):
        with pytest.raises(Invalid, match="no such warehouse"):
            factories.make_staged(tenant, staging_warehouse_id=warehouse.pk)
    place = {"dropoff_address": "", "dropoff_latitude": None, "dropoff_longitude": None}
    with pytest.raises(Invalid, match="dropoff is the staging warehouse"):
        factories.make_staged(tenant, staging_warehouse_id=end.pk, dropoff_warehouse_id=end.pk, **place)


def test_the_service_says_which_warehouse_when_nobody_chose_one(tenant):
    far = factories.make_warehouse(tenant, latitude=47.22, is_default_staging=True)
    near = factories.make_warehouse(tenant, latitude=47.14, longitude=9.52)
    by_default = factories.make_service(tenant, requires_staging=True, staging_rule=StagingRule.DEFAULT)
    nearest = factories.make_service(tenant, requires_staging=True, staging_rule=StagingRule.NEAREST)
    chosen = [
        factories.make_staged(tenant, service_id=service.pk, staging_warehouse_id=None)[0].staging_warehouse
        for service in (by_default, nearest)
    ]
    assert chosen == [far, near]
    twin = factories.make_warehouse(tenant, latitude=47.14, longitude=9.52)
    with pytest.raises(Refused) as ambiguous:
        factories.make_staged(tenant, service_id=nearest.pk, staging_warehouse_id=None)
    assert (ambiguous.value.code, twin.name in ambiguous.value.message) == ("staging_ambiguous", True)
    far.is_active = False
    far.save()
    with pytest.raises(Refused) as unresolved:
        factories.make_staged(tenant, service_id=by_default.pk, staging_warehouse_id=None)
    assert unresolved.value.code == "staging_unresolved"


# The way of a staged order


def test_the_parent_follows_its_legs_with_events_of_its_own(tenant, do):
    parent, inbound, outbound = factories.make_staged(tenant)
    driver, other = factories.make_driver(tenant), factories.make_driver(tenant)
    seen = []
    for action, order in (
        (Assign(driver_id=driver.pk), inbound),
        (PickUp(), inbound),
        (Depart(), inbound),
        (StageAtWarehouse(), inbound),
        (Assign(driver_id=other.pk), outbound),
        (PickUp(), outbound),
        (Depart(), outbound),
        (Deliver(), outbound),
    ):
        do(action, order)
        seen.append(fresh(parent)[0].status)
    assert seen == [
        *("assigned", "picked_up", "in_transit", "staged", "staged", "in_transit", "in_transit", "delivered"),
    ]
    assert kinds(parent) == ["order.created", *["order.followed_leg"] * 6]
    final = fresh(parent)[0]
    assert final.closed_at is not None
    assert final.version == 7


def test_the_warehouse_stages_what_no_driver_was_assigned_to_by_naming_one(tenant, do):
    _, inbound, outbound = factories.make_staged(tenant)
    warehouse = factories.make_actor(tenant, RoleKind.WAREHOUSE)
    driver = factories.make_driver(tenant)
    with pytest.raises(Invalid) as refusal:
        do(StageAtWarehouse(), inbound, actor=warehouse)
    assert refusal.value.code == "driver_required"
    do(StageAtWarehouse(driver_id=driver.pk), inbound, actor=warehouse)
    inbound, outbound = fresh(inbound, outbound)
    assert (inbound.status, inbound.holder, outbound.awaits_staging) == ("staged", None, False)
    row = Assignment.objects.get(order=inbound)
    assert (row.driver, row.status, row.ended_at is None) == (driver, "completed", False)


def test_who_brings_it_must_be_allowed_to_work_there(tenant, do):
    zone = factories.make_zone(tenant, factories.square(8, 46, 8.1, 46.1))
    driver = factories.make_driver(tenant, zones=[zone])
    _, inbound, _ = factories.make_staged(tenant)
    with pytest.raises(Refused) as refusal:
        do(StageAtWarehouse(driver_id=driver.pk), inbound)
    assert refusal.value.code == "driver_not_allowed_in_pickup_zone"


def test_a_driver_stages_what_the_driver_has_picked_up(tenant, do):
    driver = factories.make_driver(tenant)
    phone = factories.make_driver_actor(driver)
    parent, inbound, _ = factories.make_staged(tenant, driver_id=driver.pk)
    with pytest.raises(Refused, match="Pick it up first"):
        do(StageAtWarehouse(), inbound, actor=phone)
    do(PickUp(), inbound, actor=phone)
    do(StageAtWarehouse(), inbound, actor=phone)
    assert statuses(parent, inbound) == ["staged", "staged"]
    assert commands.undo(code=inbound.code, actor=phone).order.status == "picked_up"
    assert statuses(parent) == ["picked_up"]


def test_the_inbound_leg_is_never_delivered(tenant, do):
    _, inbound, _ = factories.make_staged(tenant)
    driver = factories.make_driver(tenant)
    do(Assign(driver_id=driver.pk), inbound)
    do(PickUp(), inbound)
    for action in (
        Deliver(note="x"),
        Correct(target=Status.DELIVERED, note="x"),
        ChangeStatus(target=Status.DELIVERED, note="x"),
    ):
        with pytest.raises(Refused) as refusal:
            do(action, inbound)
        assert refusal.value.code == "stage_instead"
    assert do(ChangeStatus(target=Status.STAGED), inbound).status == "staged"


def test_what_is_no_inbound_leg_is_not_staged(tenant, do):
    parent, inbound, outbound = factories.make_staged(tenant)
    plain = factories.make_order(tenant)
    for order, code, instead in (
        (outbound, "awaits_staging", inbound.code),
        (plain, "not_inbound_leg", None),
        (parent, "act_on_leg", inbound.code),
    ):
        with pytest.raises(Refused) as refusal:
            do(StageAtWarehouse(), order)
        assert (refusal.value.code, refusal.value.details.get("order")) == (code, instead)


def test_actions_on_one_leg_are_refused_on_the_parent_naming_the_leg(tenant, do):
    parent, inbound, outbound = factories.make_staged(tenant)
    driver = factories.make_driver(tenant)
    single = [Assign(driver_id=driver.pk), Switch(driver_id=driver.pk), Unassign(reason="x"), PickUp(), Depart()]
    single += [Deliver(), Return(reason="x"), Correct(target=Status.DELIVERED, note="x")]
    for action in single:
        with pytest.raises(Refused) as refusal:
            do(action, parent)
        assert (refusal.value.code, refusal.value.details["order"]) == ("act_on_leg", inbound.code), action
    do(StageAtWarehouse(driver_id=driver.pk), inbound)
    with pytest.raises(Refused, match=outbound.code):
        do(Assign(driver_id=driver.pk), parent)


def test_a_typed_or_scanned_parent_means_the_leg_that_is_being_worked(tenant, anybody, do):
    parent, inbound, outbound = factories.make_staged(tenant)
    plain, other = factories.make_order(tenant), factories.make_staged(factories.make_tenant())[0]
    words = [parent.code, parent.barcode, plain.code, outbound.code, other.barcode, "nonsense"]
    assert legs.working_codes(anybody, words) == {parent.code: inbound.code, parent.barcode: inbound.code}
    do(StageAtWarehouse(driver_id=factories.make_driver(tenant).pk), inbound)
    assert legs.working_codes(anybody, [parent.barcode]) == {parent.barcode: outbound.code}
    assert legs.working_leg(fresh(parent)[0]).code == outbound.code
    assert legs.working_leg(plain) == plain


# The whole and its legs


def test_cancelling_the_whole_before_pickup_cancels_both_legs_and_undo_brings_them_back(tenant, anybody, do):
    driver = factories.make_driver(tenant)
    parent, inbound, outbound = factories.make_staged(tenant, driver_id=driver.pk)
    do(Cancel(reason="Shop closed"), parent)
    assert statuses(parent, inbound, outbound) == ["cancelled"] * 3
    assert not Assignment.objects.filter(driver=driver, ended_at__isnull=True).exists()
    commands.undo(code=parent.code, actor=anybody)
    assert statuses(parent, inbound, outbound) == ["assigned", "assigned", "pending"]
    inbound, outbound = fresh(inbound, outbound)
    assert (inbound.driver, outbound.awaits_staging) == (driver, True)


def test_cancelling_the_whole_after_pickup_leaves_the_duty_to_return(tenant, do):
    driver = factories.make_driver(tenant)
    parent, inbound, outbound = factories.make_staged(tenant, driver_id=driver.pk)
    do(PickUp(), inbound)
    do(Cancel(reason="Shop closed"), parent)
    assert fresh(inbound)[0].package_with_driver
    assert statuses(parent, outbound) == ["cancelled", "cancelled"]
    do(Return(reason="Shop closed"), inbound)
    assert statuses(parent, inbound, outbound) == ["returned", "returned", "cancelled"]


def test_a_package_that_goes_back_from_its_first_leg_ends_the_whole(tenant, do):
    driver = factories.make_driver(tenant)
    parent, inbound, outbound = factories.make_staged(tenant, driver_id=driver.pk)
    do(PickUp(), inbound)
    do(Return(reason="Wrong parcel"), inbound)
    assert statuses(parent, inbound, outbound) == ["returned", "returned", "cancelled"]


def test_what_concerns_the_whole_is_refused_on_a_leg_naming_the_parent(tenant, do):
    parent, inbound, outbound = factories.make_staged(tenant)
    for action in (Cancel(reason="x"), Hold(reason="x"), Edit(changes={"notes": "x"})):
        for leg in (inbound, outbound):
            with pytest.raises(Refused) as refusal:
                do(action, leg)
            assert (refusal.value.code, refusal.value.details["order"]) == ("act_on_parent", parent.code)


def test_a_hold_reaches_both_legs_and_ends_for_both(tenant, do):
    parent, inbound, outbound = factories.make_staged(tenant)
    do(Hold(reason="Address unclear"), parent)
    assert [order.on_hold for order in fresh(parent, inbound, outbound)] == [True] * 3
    with pytest.raises(Refused, match="on hold"):
        do(StageAtWarehouse(driver_id=factories.make_driver(tenant).pk), inbound)
    do(Release(), parent)
    assert [order.on_hold for order in fresh(parent, inbound, outbound)] == [False] * 3


def test_a_draft_is_confirmed_as_a_whole(tenant, do):
    parent, inbound, outbound = factories.make_staged(tenant, is_draft=True)
    do(Confirm(), parent)
    assert statuses(parent, inbound, outbound) == ["pending"] * 3


def test_an_edit_reaches_the_leg_it_concerns_and_undo_takes_it_back_from_there(tenant, anybody, do):
    parent, inbound, outbound = factories.make_staged(tenant)
    before = outbound.due_at
    changes = {"pickup_contact": "Anna", "dropoff_contact": "Beat", "notes": "Fragile"}
    changes["delivery_fee"] = Decimal("12.00")
    do(Edit(changes=changes), parent)
    inbound, outbound = fresh(inbound, outbound)
    assert (inbound.pickup_contact, inbound.dropoff_contact, inbound.notes) == ("Anna", "", "Fragile")
    assert (outbound.pickup_contact, outbound.dropoff_contact, outbound.notes) == ("", "Beat", "Fragile")
    assert (str(inbound.delivery_fee), str(outbound.delivery_fee)) == ("0.00", "12.00")
    commands.undo(code=parent.code, actor=anybody)
    assert fresh(outbound)[0].dropoff_contact == ""
    later = factories.minutes_from_now(300)
    do(Edit(changes={"scheduled_delivery_at": later}), parent)
    inbound, outbound = fresh(inbound, outbound)
    assert outbound.due_at == later > before
    assert inbound.due_at < later
    do(StageAtWarehouse(driver_id=factories.make_driver(tenant).pk), inbound)
    do(Edit(changes={"dropoff_contact": "Carla"}), parent)
    assert fresh(outbound)[0].dropoff_contact == "Carla"
    with pytest.raises(Refused, match="pickup can no longer change"):
        do(Edit(changes={"pickup_contact": "Dora"}), parent)


def test_another_day_is_for_both_legs(tenant, anybody, do):
    parent, inbound, outbound = factories.make_staged(tenant)
    before = [order.due_at for order in (parent, inbound, outbound)]
    do(Reschedule(), parent)
    parent, inbound, outbound = fresh(parent, inbound, outbound)
    assert parent.due_at == outbound.due_at == outbound.scheduled_delivery_at > before[0]
    assert before[1] < inbound.due_at < parent.due_at
    commands.undo(code=parent.code, actor=anybody)
    after = [order.due_at for order in fresh(parent, inbound, outbound)]
    assert all(abs(one - other) < timedelta(seconds=1) for one, other in zip(after, before, strict=True))


def test_staging_is_taken_back_only_while_the_second_leg_has_not_begun(tenant, anybody, do):
    parent, inbound, outbound = factories.make_staged(tenant)
    driver = factories.make_driver(tenant)
    do(StageAtWarehouse(driver_id=driver.pk), inbound)
    commands.undo(code=inbound.code, actor=anybody)
    assert statuses(parent, inbound) == ["pending", "pending"]
    inbound, outbound = fresh(inbound, outbound)
    assert (inbound.driver, outbound.awaits_staging) == (None, True)
    assert not Assignment.objects.filter(driver=driver, ended_at__isnull=True).exists()
    do(StageAtWarehouse(driver_id=driver.pk), inbound)
    do(Assign(driver_id=driver.pk), outbound)
    with pytest.raises(Refused) as refusal:
        do(ChangeStatus(target=Status.IN_TRANSIT, note="Not found on the shelf"), inbound)
    assert (refusal.value.code, refusal.value.details["order"]) == ("outbound_in_work", outbound.code)
    do(Unassign(reason="x"), outbound)
    do(ChangeStatus(target=Status.IN_TRANSIT, note="Not found on the shelf"), inbound)
    assert statuses(parent, inbound) == ["in_transit", "in_transit"]


def test_one_leg_that_refuses_refuses_the_whole(tenant, do):
    parent, inbound, outbound = factories.make_staged(tenant)
    Order.objects.filter(pk=inbound.pk).update(held_by="waybill:WB00007")
    with pytest.raises(Refused, match="WB00007"):
        do(Cancel(reason="Shop closed"), parent)
    assert statuses(parent, inbound, outbound) == ["pending"] * 3


# What others see


def test_neither_parents_nor_locked_legs_are_work_for_anybody(tenant, do):
    tenant.drivers_self_assign = True
    tenant.save()
    parent, inbound, outbound = factories.make_staged(tenant)
    driver = factories.make_driver(tenant)
    phone = factories.make_driver_actor(driver)
    assert [order.code for order in unclaimed(phone)] == [inbound.code]
    assert [order.code for order in open_to_rounds(Order.objects.filter(tenant=tenant))] == [inbound.code]
    for order in (parent, outbound):
        with pytest.raises(DomainError):
            do(SelfAssign(), order, actor=phone)
    do(StageAtWarehouse(driver_id=driver.pk), inbound)
    assert [order.code for order in unclaimed(phone)] == [outbound.code]
    assert do(SelfAssign(), outbound, actor=phone).driver == driver


# Any sequence of acts


def check_family(parent):
    parent.refresh_from_db()
    inbound, outbound = legs.legs_of(parent)
    assert parent.status == legs.status_of(inbound.status, outbound.status)
    assert outbound.awaits_staging == (inbound.status != Status.STAGED)
    assert (parent.driver_id, parent.holder_id, parent.held_by) == (None, None, "")
    if parent.status in (Status.DELIVERED, Status.CANCELLED, Status.RETURNED):
        assert inbound.status in DONE
        assert outbound.status in DONE
        assert parent.closed_at is not None
    if inbound.status != Status.STAGED:
        assert (outbound.driver_id, outbound.holder_id) == (None, None)
    for order in (parent, inbound, outbound):
        told = list(Event.objects.filter(object_id=order.pk, stream="order").order_by("version"))
        assert [event.version for event in told] == list(range(1, order.version + 1))
        live = Assignment.objects.filter(order=order, ended_at__isnull=True)
        assert live.count() == (order.driver_id is not None and order.status not in DONE) or order.package_with_driver


ACTS = ("assign", "unassign", "pick-up", "depart", "stage", "deliver", "return", "correct", "status", "undo")
WHOLE = ("cancel", "reopen", "hold", "release", "edit", "undo")
steps = st.one_of(
    st.tuples(st.sampled_from(ACTS), st.sampled_from((0, 1)), st.sampled_from(list(Status))),
    st.tuples(st.sampled_from(WHOLE), st.just(2), st.just(Status.PENDING)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=st.lists(steps, min_size=4, max_size=14))
def test_whatever_is_done_to_the_legs_the_parent_follows(tenant, anybody, sequence):
    parent, inbound, outbound = factories.make_staged(tenant)
    drivers = [factories.make_driver(tenant) for _ in range(2)]
    for name, which, target in sequence:
        action = act_of(name, drivers[which % 2], target)
        code = (inbound, outbound, parent)[which].code
        try:
            if action is None:
                commands.undo(code=code, actor=anybody)
            else:
                commands.perform(action, code=code, actor=anybody)
        except DomainError:
            pass
        check_family(parent)


def act_of(name, driver, target):
    makers = {
        "assign": lambda: Assign(driver_id=driver.pk),
        "unassign": lambda: Unassign(reason="x", note="x"),
        "pick-up": PickUp,
        "depart": Depart,
        "stage": lambda: StageAtWarehouse(driver_id=driver.pk),
        "deliver": Deliver,
        "return": lambda: Return(reason="x"),
        "correct": lambda: Correct(target=target, note="x"),
        "status": lambda: ChangeStatus(target=target, reason="x", note="x"),
        "cancel": lambda: Cancel(reason="x"),
        "reopen": Reopen,
        "hold": lambda: Hold(reason="x"),
        "release": Release,
        "edit": lambda: Edit(changes={"notes": "Ring", "dropoff_contact": "Eva"}),
    }
    return makers[name]() if name in makers else None


# Lists and counts


def codes(actor, **params):
    return {row["code"] for row in order_page(actor, params).rows}


def test_lists_and_counts_speak_of_the_legs_and_find_the_parent_by_name(tenant, anybody, do):
    parent, inbound, outbound = factories.make_staged(
        tenant,
        external_reference="SHOP-7",
        payer="receiver",
        payment_method="cod",
        cod_amount=Decimal("48.20"),
    )
    plain = factories.make_order(tenant)
    family, both = {parent.code, inbound.code, outbound.code}, {inbound.code, outbound.code}
    assert codes(anybody) == both | {plain.code}
    assert codes(anybody, parts="booked") == {parent.code, plain.code}
    assert codes(anybody, parts="all") == codes(anybody, search=tenant.order_prefix) == family | {plain.code}
    assert codes(anybody, external_reference="SHOP-7") == {parent.code}
    assert codes(anybody, codes=parent.code) == {parent.code}
    assert codes(anybody, status="unassigned") == {inbound.code, plain.code}
    assert (codes(anybody, leg="outbound"), codes(anybody, locked="true")) == ({outbound.code}, {outbound.code})

    def counted(word, **params):
        return counts(anybody, params)["statuses"][word]

    assert (counted("pending"), counted("unassigned"), counted("open", parts="all")) == (3, 2, 4)
    for parts in ("work", "booked", "all"):
        assert counts(anybody, {"parts": parts})["cod_to_collect"] == "48.20"
    do(StageAtWarehouse(driver_id=factories.make_driver(tenant).pk), inbound)
    assert codes(anybody, status="done") == {inbound.code}
    assert (counted("open"), counted("done"), counted("staged")) == (2, 1, 1)
    for parts in ("booked", "all"):
        shown = codes(anybody, parts=parts, status="open")
        assert parent.code in shown
        assert counted("open", parts=parts) == len(shown)
        assert counts(anybody, {"parts": parts, "status": "open"})["total"] == len(shown)


def test_an_app_that_only_presses_the_next_button_brings_it_over_the_warehouse(tenant, do):
    driver = factories.make_driver(tenant)
    policy = factories.make_policy(tenant, pickup_barcode=True, delivery_pin=True)
    service = factories.make_service(tenant, policy=policy)
    parent, inbound, outbound = factories.make_staged(tenant, driver_id=driver.pk, service_id=service.pk)
    phone, pressed = Phone(driver), []
    while (job := phone.work()["orders"]) and (step := job[0]["next"]):
        leg = Order.objects.select_related("service__policy").get(code=job[0]["order"]["code"])
        # The label on the package is that of the whole; its receiver knows the PIN of the second leg.
        found = {"barcode": parent.barcode, "pin": pin_of(leg)}
        inputs = {need["field"]: found[need["field"]] for need in step["needs"]}
        assert phone.act(leg.code, step["act"], **inputs).status_code == 200
        pressed.append((leg.code, step["act"], sorted(inputs)))
        if step["act"] == "stage":
            do(Assign(driver_id=driver.pk), outbound)
    assert pressed == [
        (inbound.code, "arrive", []),
        (inbound.code, "pick-up", ["barcode"]),
        (inbound.code, "depart", []),
        (inbound.code, "arrive", []),
        (inbound.code, "stage", []),
        (outbound.code, "arrive", []),
        (outbound.code, "pick-up", []),
        (outbound.code, "depart", []),
        (outbound.code, "arrive", []),
        (outbound.code, "deliver", ["pin"]),
    ]
    assert statuses(parent) == ["delivered"]


def test_a_bulk_run_takes_a_staged_order_for_the_leg_that_is_being_worked(tenant, anybody):
    parent, inbound, outbound = factories.make_staged(tenant)
    driver = factories.make_driver(tenant)
    params = {"driver_id": driver.pk}
    run, _ = bulk.create(anybody, action="stage", params=params, codes=[parent.code, outbound.code], at_once=True)
    rows = {row.code: row.error_code for row in run.rows.all()}
    assert rows == {inbound.code: "", outbound.code: "not_inbound_leg"}
    run, _ = bulk.create(
        anybody, action="cancel", params={"reason": "x"}, codes=[parent.code, outbound.code], at_once=True
    )
    assert {row.code: row.error_code for row in run.rows.all()} == {parent.code: "", outbound.code: "act_on_parent"}
