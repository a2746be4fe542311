"""The live picture: every change once, in order, within the viewer's rights; and what happens to hostile input."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from dispatch_console.console.live import hub as hub_module
from dispatch_console.console.live import room as room_module
from dispatch_console.console.live.hub import hub_here
from dispatch_console.core import clock, events, progress, realtime, sockets, stream
from dispatch_console.core.access import TENANT_IN_SESSION, system_actor
from dispatch_console.core.models import Event, Membership, StreamHead, Tenant
from dispatch_console.core.permissions import RoleKind
from drivers import positions
from drivers.models import Driver
from orders import commands, fleet
from orders.actions import Assign, Cancel
from orders.models import Order
from tests import factories
from tests.console.live_client import Console, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

Join = Callable[..., Awaitable[Console]]


@pytest.fixture
def tenant() -> Tenant:
    return factories.make_tenant()


@pytest.fixture
def member(tenant: Tenant) -> Membership:
    return factories.make_member(tenant)


@pytest.fixture
async def join() -> AsyncIterator[Join]:
    """Open a console as a member, at the head of the stream or after `last`."""
    opened: list[Console] = []

    async def opened_by(member: Membership, *, last: int | None = None) -> Console:
        console = await Console(signed_in(member)).open()
        opened.append(console)
        await console.hello(last)
        return console

    yield opened_by
    for console in opened:
        await console.leave()
    await hub_here().close()


def change(order: Order) -> Event:
    """One more event of an order, which leaves the order's row as it is."""
    version = Event.objects.filter(object_id=order.pk).count() + 1
    Order.objects.filter(pk=order.pk).update(version=version)
    return events.record(
        actor=system_actor(order.tenant_id),
        stream="order",
        object_id=order.pk,
        object_code=order.code,
        version=version,
        kind="order.edited",
        team_id=order.team_id,
    )


async def test_a_change_reaches_an_open_console_with_its_row(join: Join, tenant: Tenant, member: Membership) -> None:
    console = await join(member)
    order = factories.make_order(tenant)
    frame = await console.next("events")
    [item] = frame["items"]
    assert (frame["from"], frame["to"], item["number"]) == (1, 1, 1)
    assert (item["kind"], item["code"], item["version"]) == ("order.created", order.code, 1)
    assert item["row"]["status"] == "pending"
    assert item["row"]["code"] == order.code


async def test_the_item_says_who_did_it_and_when(join: Join, tenant: Tenant, member: Membership) -> None:
    console = await join(member)
    actor = factories.make_actor(tenant, id=member.user_id, label="Bea Bauer")
    order = factories.make_order(tenant)
    commands.perform(Cancel(reason="Twice"), code=order.code, actor=actor)
    cancelled = (await console.items(2))[-1]
    assert (cancelled["actor"], cancelled["user_id"], cancelled["source"]) == ("Bea Bauer", member.user_id, "api")
    assert cancelled["reason"] == "Twice"
    assert cancelled["at"] == clock.iso(Event.objects.get(kind="order.cancelled").occurred_at)


async def test_only_the_last_event_of_an_order_in_a_frame_carries_the_row(
    join: Join, tenant: Tenant, member: Membership
) -> None:
    order = factories.make_order(tenant)
    change(order)
    change(order)
    console = await join(member, last=0)
    frame = await console.next("events")
    assert ["row" in item for item in frame["items"]] == [False, False, True]
    assert frame["items"][-1]["row"]["version"] == 3


async def test_a_console_that_begins_without_a_number_gets_what_comes_next(
    join: Join, tenant: Tenant, member: Membership
) -> None:
    factories.make_order(tenant)
    console = await join(member)
    factories.make_order(tenant)
    assert (await console.next("events"))["from"] == 2


async def test_a_console_that_comes_back_gets_what_it_missed_and_nothing_twice(
    join: Join, tenant: Tenant, member: Membership
) -> None:
    orders = [factories.make_order(tenant) for _ in range(5)]
    console = await join(member, last=2)
    console.last = 2
    assert [item["code"] for item in await console.items(5)] == [order.code for order in orders[2:]]
    late = factories.make_order(tenant)
    assert [item["code"] for item in await console.items(6)] == [late.code]


async def test_a_second_hello_on_the_same_socket_goes_on_from_there(
    join: Join, tenant: Tenant, member: Membership
) -> None:
    console = await join(member)
    orders = [factories.make_order(tenant) for _ in range(3)]
    await console.items(3)
    assert (await console.hello(1))["number"] == 3
    frame = await console.next("events")
    assert (frame["from"], frame["to"]) == (2, 3)
    assert [item["code"] for item in frame["items"]] == [order.code for order in orders[1:]]
    factories.make_order(tenant)
    assert (await console.next("events"))["from"] == 4, "still in the room, once"


async def test_a_gap_too_long_to_replay_is_answered_with_reload_and_the_number_to_go_on_from(
    join: Join, tenant: Tenant, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_module, "REPLAY_AT_MOST", 3)
    for _ in range(5):
        factories.make_order(tenant)
    console = await join(member, last=1)
    frame = await console.next("reload")
    assert frame["number"] == 5
    assert frame["why"]
    factories.make_order(tenant)
    assert (await console.next("events"))["from"] == 6


async def test_a_number_from_the_future_is_answered_with_reload(join: Join, tenant: Tenant, member: Membership) -> None:
    factories.make_order(tenant)
    console = await join(member, last=99)
    assert (await console.next("reload"))["number"] == 1


async def test_numbers_that_are_no_longer_kept_are_answered_with_reload(
    join: Join, tenant: Tenant, member: Membership
) -> None:
    factories.make_order(tenant)
    stream.number_pending(tenant.pk)
    StreamHead.objects.filter(tenant=tenant).update(number=50)
    console = await join(member, last=20)
    assert (await console.next("reload"))["number"] == 50


async def test_a_hundred_changes_arrive_in_order_without_hole_at_every_console(
    join: Join, tenant: Tenant, member: Membership
) -> None:
    order = factories.make_order(tenant)
    early = [await join(member, last=1) for _ in range(3)]
    changes = 0
    late: list[Console] = []
    while changes < 99:
        await asyncio.to_thread(in_own_connection, change, order)
        changes += 1
        if changes in (30, 60):
            late.append(await join(member, last=1))
    for console in (*early, *late):
        console.last = 1
        items = await console.items(100)
        assert [item["number"] for item in items] == list(range(2, 101))
        assert [item["version"] for item in items] == list(range(2, 101))


def in_own_connection(work: Callable[..., Any], *args: Any) -> None:
    from django.db import connections

    try:
        work(*args)
    finally:
        connections.close_all()


async def test_a_lost_nudge_is_made_up_by_the_poll(
    join: Join, tenant: Tenant, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = await join(member)
    monkeypatch.setattr(realtime, "nudge", lambda tenant_id: None)
    factories.make_order(tenant)
    assert len((await console.next("events", within=3))["items"]) == 1


async def test_many_consoles_cost_one_reading(
    join: Join, tenant: Tenant, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dispatch_console.console.live import feed

    readings: list[int] = []
    read = feed.read

    def counted(tenant_id: int, after: int, scopes: Any, limit: int) -> Any:
        found = read(tenant_id, after, scopes, limit)
        readings.extend([after] if found else [])
        return found

    monkeypatch.setattr(feed, "read", counted)
    consoles = [await join(member) for _ in range(12)]
    factories.make_order(tenant)
    for console in consoles:
        await console.next("events")
    assert readings == [0]


# Walls and rights


async def test_another_tenants_changes_never_arrive(join: Join, tenant: Tenant, member: Membership) -> None:
    stranger = factories.make_member(factories.make_tenant())
    mine, theirs = await join(member), await join(stranger)
    order = factories.make_order(tenant)
    assert (await mine.next("events"))["items"][0]["code"] == order.code
    assert await theirs.is_quiet(0.4)
    report(factories.make_driver(tenant))
    await mine.next("positions")
    assert await theirs.is_quiet(0.3)


async def test_a_member_limited_to_teams_sees_their_orders_and_all_numbers(join: Join, tenant: Tenant) -> None:
    north, south = factories.make_team(tenant), factories.make_team(tenant)
    console = await join(factories.make_member(tenant, teams=[north]))
    orders = [factories.make_order(tenant) for _ in range(3)]
    for order, team in zip(orders, (north, south, None), strict=True):
        Order.objects.filter(pk=order.pk).update(team=team)
        order.refresh_from_db()
        change(order)
    console.last = 0
    items = await console.items(6)
    assert {item["code"] for item in items if item["kind"] == "order.edited"} == {orders[0].code, orders[2].code}
    assert console.last == 6


async def test_an_order_that_leaves_the_viewers_team_leaves_the_screen(join: Join, tenant: Tenant) -> None:
    north, south = factories.make_team(tenant), factories.make_team(tenant)
    order = factories.make_order(tenant)
    Order.objects.filter(pk=order.pk).update(team=north)
    console = await join(factories.make_member(tenant, teams=[north]), last=1)
    Order.objects.filter(pk=order.pk).update(team=south)
    events.record(
        actor=system_actor(tenant.pk),
        stream="order",
        object_id=order.pk,
        object_code=order.code,
        version=2,
        kind="order.edited",
        team_id=south.pk,
        data={"before": {"team": north.pk}, "after": {"team": south.pk}},
    )
    [item] = (await console.next("events"))["items"]
    assert item == {"number": 2, "kind": "order.edited", "code": order.code, "row": None}


async def test_a_role_without_drivers_gets_no_driver_and_no_position(join: Join, tenant: Tenant) -> None:
    driver = factories.make_driver(tenant)
    console = await join(factories.make_member(tenant, RoleKind.WAREHOUSE))
    report(driver)
    factories.make_order(tenant, status="assigned", driver=driver)
    console.last = 0
    await console.items(2)
    assert await console.is_quiet(0.3)


async def test_positions_are_limited_to_the_teams_drivers(join: Join, tenant: Tenant) -> None:
    north = factories.make_team(tenant)
    mine, other, everywhere = (factories.make_driver(tenant, all_teams=index == 2) for index in range(3))
    mine.teams.add(north)
    console = await join(factories.make_member(tenant, teams=[north]))
    for driver in (mine, other, everywhere):
        report(driver)
    seen: set[int] = set()
    while len(seen) < 2:
        seen |= {row[0] for row in (await console.next("positions"))["drivers"]}
    assert seen == {mine.pk, everywhere.pk}
    assert await console.is_quiet(0.3)


async def test_who_may_look_on(tenant: Tenant) -> None:
    for role, code in ((None, 4401), (RoleKind.DRIVER, 4403), (RoleKind.PARTNER, 4403)):
        client = signed_in(factories.make_member(tenant, role)) if role else None
        assert await (await Console(client).open()).closed_with() == code, role
    for role in (RoleKind.OBSERVER, RoleKind.SUPPORT, RoleKind.WAREHOUSE, RoleKind.TENANT_ADMIN):
        console = await Console(signed_in(factories.make_member(tenant, role))).open()
        assert (await console.hello())["t"] == "welcome", role
        await console.leave()
    await hub_here().close()


async def test_a_page_of_another_site_is_turned_away(member: Membership) -> None:
    console = await Console(signed_in(member), origin="https://evil.test").open()
    assert await console.closed_with() == 4403
    await hub_here().close()


async def end_session(member: Membership, tenant: Tenant) -> None:
    Session.objects.all().delete()


async def change_password(member: Membership, tenant: Tenant) -> None:
    member.user.set_password("another long password")
    member.user.save()


async def switch_off_member(member: Membership, tenant: Tenant) -> None:
    Membership.objects.filter(pk=member.pk).update(is_active=False)


async def switch_off_user(member: Membership, tenant: Tenant) -> None:
    type(member.user).objects.filter(pk=member.user_id).update(is_active=False)


async def switch_off_tenant(member: Membership, tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(is_active=False)


async def become_driver(member: Membership, tenant: Tenant) -> None:
    Membership.objects.filter(pk=member.pk).update(role=RoleKind.DRIVER)


async def become_observer(member: Membership, tenant: Tenant) -> None:
    Membership.objects.filter(pk=member.pk).update(role=RoleKind.OBSERVER)


async def be_limited_to_a_team(member: Membership, tenant: Tenant) -> None:
    Membership.objects.filter(pk=member.pk).update(all_teams=False)


async def move_to_another_company(member: Membership, tenant: Tenant) -> None:
    other = factories.make_member(factories.make_tenant(), user=member.user)
    session = Session.objects.get()
    data = session.get_decoded() | {TENANT_IN_SESSION: other.tenant_id}
    Session.objects.filter(pk=session.pk).update(session_data=Session.objects.encode(data))


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (end_session, 4401),
        (change_password, 4401),
        (switch_off_member, 4403),
        (switch_off_user, 4403),
        (switch_off_tenant, 4403),
        (become_driver, 4403),
        (become_observer, 4410),
        (be_limited_to_a_team, 4410),
        (move_to_another_company, 4410),
    ],
)
async def test_an_open_console_is_closed_when_its_rights_end(
    join: Join,
    tenant: Tenant,
    member: Membership,
    happens: Callable[[Membership, Tenant], Awaitable[None]],
    code: int,
) -> None:
    console = await join(member)
    await happens(member, tenant)
    realtime.nudge_access(tenant.pk)
    assert await console.closed_with() == code
    factories.make_order(tenant)
    assert await console.is_quiet(0.3)


async def test_a_check_leaves_alone_who_may_stay(join: Join, tenant: Tenant, member: Membership) -> None:
    console = await join(member)
    realtime.nudge_access(tenant.pk)
    await asyncio.sleep(0.3)
    factories.make_order(tenant)
    assert (await console.next("events"))["to"] == 1


async def test_rights_are_checked_without_being_told(
    join: Join, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "CHECK_SECONDS", 0.2)
    console = await join(member)
    Session.objects.all().delete()
    assert await console.closed_with() == 4401


# Positions and drivers


def report(driver: Driver, **over: Any) -> None:
    fields = {"latitude": 47.1, "longitude": 9.5, "recorded_at": clock.now(), **over}
    positions.report(driver.pk, driver.tenant_id, [positions.Sample(**fields)])


async def test_a_position_arrives_as_a_compact_row(join: Join, tenant: Tenant, member: Membership) -> None:
    driver = factories.make_driver(tenant)
    console = await join(member)
    moment = clock.now()
    report(driver, heading=91.4, speed=5.0, recorded_at=moment)
    frame = await console.next("positions")
    assert frame["drivers"] == [[driver.pk, 47.1, 9.5, 91, 5.0, int(moment.timestamp() * 1000), 0]]


async def test_many_reports_in_one_tick_become_one_frame_with_the_latest_of_each_driver(
    join: Join, tenant: Tenant, member: Membership, settings: Any
) -> None:
    settings.LIVE_POSITION_INTERVAL = 0.5
    drivers = [factories.make_driver(tenant) for _ in range(3)]
    console = await join(member)
    report(drivers[0], latitude=47.0)
    assert len((await console.next("positions"))["drivers"]) == 1, "the first goes out at once"
    for step in range(1, 5):
        for driver in drivers:
            report(driver, latitude=47 + step / 10_000, recorded_at=clock.now())
    await asyncio.sleep(0.6)
    frame = await console.next("positions")
    assert {row[0]: row[1] for row in frame["drivers"]} == {driver.pk: 47.0004 for driver in drivers}


async def test_a_console_that_joins_gets_the_known_positions_first(
    join: Join, tenant: Tenant, member: Membership
) -> None:
    drivers = [factories.make_driver(tenant) for _ in range(2)]
    for driver in drivers:
        report(driver)
    console = await join(member)
    frame = await console.next("positions")
    assert {row[0] for row in frame["drivers"]} == {driver.pk for driver in drivers}


async def test_a_console_gets_what_moves_in_its_part_of_the_map_and_its_teams(join: Join, tenant: Tenant) -> None:
    north, south = factories.make_team(tenant), factories.make_team(tenant)
    mine, other, far = (factories.make_driver(tenant, all_teams=False) for _ in range(3))
    for driver, team in ((mine, north), (other, south), (far, north)):
        driver.teams.add(team)
    console = await join(factories.make_member(tenant, teams=[north]))
    await console.say({"t": "view", "bounds": [47.0, 9.4, 47.2, 9.6]})
    await asyncio.sleep(0.2)
    for driver, latitude in ((other, 47.1), (far, 46.1), (mine, 47.1)):
        report(driver, latitude=latitude)
    frame = await console.next("positions")
    assert [row[0] for row in frame["drivers"]] == [mine.pk]
    await console.say({"t": "view", "bounds": [46.0, 9.4, 46.2, 9.6]})
    frame = await console.next("positions")
    assert [row[0] for row in frame["drivers"]] == [far.pk], "whoever is there comes at once, though standing still"
    for bounds in ([91, 0, 92, 1], [0, 0, 1], "everything", [47.0, 9.4, 47.2, 1e9]):
        await console.say({"t": "view", "bounds": bounds})
        assert (await console.next("error"))["error"]["code"] == "malformed"


async def test_a_lost_position_message_is_made_up_from_the_table(
    join: Join, tenant: Tenant, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "CHECK_SECONDS", 0.2)
    driver = factories.make_driver(tenant)
    console = await join(member)
    monkeypatch.setattr(realtime, "publish_positions", lambda tenant_id, rows: None)
    report(driver, latitude=47.9)
    assert (await console.next("positions"))["drivers"][0][1] == 47.9


async def test_a_driver_going_online_arrives_in_the_numbered_stream(
    join: Join, tenant: Tenant, member: Membership
) -> None:
    driver = factories.make_driver(tenant, is_online=False)
    console = await join(member)
    fleet.set_online(driver.pk, online=True, actor=factories.make_driver_actor(driver))
    [row] = (await console.next("drivers"))["items"]
    assert (row["id"], row["is_online"], row["version"]) == (driver.pk, True, 1)
    frame = await console.next("events")
    assert (frame["to"], frame["items"]) == (1, [])


async def test_an_assignment_and_its_end_bring_the_drivers_new_load(
    join: Join, tenant: Tenant, member: Membership
) -> None:
    driver = factories.make_driver(tenant)
    order = factories.make_order(tenant, unit_size=3)
    console = await join(member, last=1)
    actor = factories.make_actor(tenant)
    commands.perform(Assign(driver_id=driver.pk), code=order.code, actor=actor)
    assert [(row["id"], row["load_units"]) for row in (await console.next("drivers"))["items"]] == [(driver.pk, 3)]
    commands.perform(Cancel(reason="Wrong"), code=order.code, actor=actor)
    assert [(row["id"], row["load_units"]) for row in (await console.next("drivers"))["items"]] == [(driver.pk, 0)]


# The beat


async def test_the_beat_tells_the_number_and_the_time(
    join: Join, tenant: Tenant, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "BEAT_SECONDS", 0.1)
    factories.make_order(tenant)
    console = await join(member)
    beat = await console.next("beat")
    assert beat["number"] == 1
    assert beat["server_time"].endswith("Z")
    assert (await console.next("beat"))["beat"] > beat["beat"]


async def test_no_beat_claims_a_whole_picture_while_the_stream_cannot_be_read(
    join: Join, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(room_module, "FRESH_SECONDS", 0.3)
    monkeypatch.setattr(room_module, "POLL_SECONDS", 0.05)
    console = await join(member)
    await console.next("beat")

    def fail(*args: Any) -> None:
        raise OSError("The database is away.")

    with monkeypatch.context() as broken:
        broken.setattr(stream, "number_pending", fail)
        await asyncio.sleep(0.8)
        while not await console.is_quiet(0.01):
            await console.frame()
        assert await console.is_quiet(0.4)
    assert await console.next("beat"), "and it beats again once it can"


# Bad input


JUNK = [
    "",
    "{",
    "[]",
    "null",
    '"hello"',
    "{}",
    '{"t": "nonsense"}',
    '{"t": 1}',
    '{"t": "hello", "last": "one"}',
    '{"t": "hello", "last": -1}',
    '{"t": "hello", "last": 1e400}',
    '{"t": "hello", "last": 99999999999999999999999999}',
    '{"t": "hello", "last": true}',
    '{"t": "hello", "last": NaN}',
    '{"t": "seen"}',
    '{"t": "hello", "last": 1' + " " * 5000 + "}",
    "[" * 4000,
    "\x00\ud7ff",
    "'; DROP TABLE core_event; --",
]


async def test_bad_input_is_answered_with_an_error_and_the_socket_lives(
    join: Join, tenant: Tenant, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "MISTAKES_FORGIVEN", len(JUNK))
    console = await join(member)
    for text in JUNK:
        await console.socket.send_input({"type": "websocket.receive", "text": text})
        error = (await console.next("error"))["error"]
        assert set(error) == {"code", "message", "details", "request_id"}, text[:40]
        assert len(error["message"]) < 300, text[:40]
    factories.make_order(tenant)
    assert (await console.next("events"))["to"] == 1


async def test_a_binary_frame_is_answered_with_an_error(join: Join, member: Membership) -> None:
    console = await join(member)
    await console.socket.send_to(bytes_data=b"\x00\x01")
    assert "binary" in (await console.next("error"))["error"]["message"]


async def test_somebody_who_sends_nothing_but_junk_is_shown_out(join: Join, member: Membership) -> None:
    console = await join(member)
    for _ in range(12):
        await console.say("junk")
    assert await console.closed_with() == 4400


async def test_an_unknown_socket_address_is_refused(member: Membership) -> None:
    console = Console(signed_in(member), path="/ws/nothing/")
    accepted, _ = await console.socket.connect(timeout=5)
    assert not accepted


# Empty rooms


async def test_a_room_is_closed_a_while_after_its_last_viewer_left(
    join: Join, tenant: Tenant, member: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(hub_module, "KEEP_EMPTY_SECONDS", 0.2)
    console = await join(member)
    await console.leave()
    deadline = clock.now() + timedelta(seconds=5)
    while hub_here()._rooms:
        assert clock.now() < deadline
        await asyncio.sleep(0.05)
    again = await join(member, last=0)
    factories.make_order(tenant)
    assert (await again.next("events"))["from"] == 1


async def test_progress_of_long_work_reaches_its_starter_and_those_it_is_meant_for(
    join: Join, tenant: Tenant, member: Membership
) -> None:
    colleague = await join(factories.make_member(tenant))
    watcher = await join(factories.make_member(tenant, RoleKind.OBSERVER))
    starter = await join(member)
    actor = factories.make_actor(tenant, id=member.user_id)
    with progress.work(
        "import", work_id="7", label="stock.csv", actor=actor, total=3, url="/console/import/7/"
    ) as work:
        work.advance(3)
        work.end("partial")
    frame = await starter.next("progress")
    while frame["items"][0]["state"] == "running":
        frame = await starter.next("progress")
    last = {"kind": "import", "id": "7", "done": 3, "total": 3, "state": "partial", "label": "stock.csv"}
    assert frame["items"] == [last | {"url": "/console/import/7/"}]
    progress.Work("plan", work_id="9", label="Tomorrow", actor=actor, permission="groups.manage").start()
    assert [item["id"] for item in (await colleague.next("progress"))["items"]] == ["9"]
    assert await watcher.is_quiet()


async def test_times_of_arrival_go_to_those_who_see_the_order(join: Join, tenant: Tenant, member: Membership) -> None:
    north = factories.make_team(tenant)
    everybody = await join(member)
    team = await join(factories.make_member(tenant, teams=[north]))
    rows = [
        realtime.EtaRow(number, None, "2026-11-22T10:15:00.000Z", False, 7, team_id, 5)
        for number, team_id in enumerate((None, north.pk, factories.make_team(tenant).pk), start=1)
    ]
    realtime.publish_etas(tenant.pk, [*rows, realtime.EtaRow(4, None, None, False, None, north.pk, 5)])
    realtime.publish_etas(factories.make_tenant().pk, rows)
    expected = {"pickup_at": None, "dropoff_at": "2026-11-22T10:15:00.000Z", "is_estimate": False}
    seen = (await everybody.next("etas"))["items"]
    assert seen == [*({"id": number, "eta": expected} for number in (1, 2, 3)), {"id": 4, "eta": None}]
    assert [item["id"] for item in (await team.next("etas"))["items"]] == [1, 2, 4]
    assert await everybody.is_quiet(0.2)
