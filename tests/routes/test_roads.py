"""Every source of travel times keeps the same promises; a street network has a few more of its own."""

import math
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_console.core import maps
from drivers.models import VehicleKind
from routes.models import DispatchSettings
from routes.roads import choosing, graph, network, prepare
from routes.roads.around import insertion_tables
from routes.roads.base import Point, Roads
from routes.roads.cache import BoundedCache
from routes.roads.network import NetworkRoads
from routes.roads.osrm_process import OsrmProcess
from routes.roads.osrm_server import OsrmServer
from routes.roads.polyline import decode
from routes.roads.straight import StraightRoads, metres_between
from routes.roads.valhalla_server import ValhallaServer
from tests.routes import road_servers
from tests.routes.road_servers import Server, encoded

EXTRACT = Path("dispatch_console/region/data/source/liechtenstein.osm.pbf").resolve()
VADUZ, TRIESEN, SCHAAN, MALBUN = (47.1393, 9.5228), (47.1080, 9.5280), (47.1650, 9.5090), (47.1030, 9.6080)
PLACES = [VADUZ, TRIESEN, SCHAAN, MALBUN, VADUZ]
AT_SEA = (45.0, 5.0)
STRAIGHT = StraightRoads(factor=1.3, speed=25)


@pytest.fixture(scope="session")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the region's graph for cars, built once."""
    if not graph.engine_version():
        pytest.skip("osrm-bindings has no package for this Python or platform")
    directory = tmp_path_factory.mktemp("roads")
    assert graph.build(EXTRACT, "car", directory)
    return directory


@pytest.fixture(autouse=True)
def forgotten() -> None:
    network.forget()


@pytest.fixture(params=["straight", "osrm", "osrm server", "valhalla"])
def roads(request: pytest.FixtureRequest) -> Iterator[Roads]:
    if request.param == "straight":
        yield STRAIGHT
    elif request.param == "osrm":
        yield NetworkRoads(OsrmProcess(request.getfixturevalue("graphs"), "car"), STRAIGHT)
    else:
        is_osrm = request.param == "osrm server"
        server = Server(road_servers.osrm if is_osrm else road_servers.valhalla)
        kind = OsrmServer if is_osrm else ValhallaServer
        yield NetworkRoads(kind(server.url, "car"), STRAIGHT)
        server.close()


def test_a_matrix_is_whole_zero_to_itself_and_no_shorter_than_the_line(roads: Roads) -> None:
    found = roads.matrix(PLACES)
    assert found.minutes.shape == found.metres.shape == found.is_estimate.shape == (5, 5)
    assert np.isfinite(found.minutes).all()
    assert (np.diagonal(found.minutes) == 0).all()
    assert found.minutes[0, 4] == found.metres[4, 0] == 0  # the same place twice
    assert (found.metres >= metres_between(PLACES, PLACES) * 0.98 - 120).all()
    # A detour over a third place is never quicker, but for rounding.
    for middle in range(5):
        over = found.minutes[:, middle][:, None] + found.minutes[middle, :][None, :]
        assert (found.minutes <= over + 0.3).all()


def test_all_questions_have_one_answer(roads: Roads) -> None:
    whole = roads.matrix(PLACES)
    part = roads.matrix(PLACES[:2], PLACES[2:])
    assert np.allclose(part.minutes, whole.minutes[:2, 2:])
    assert np.allclose(roads.travel_time(PLACES, PLACES), whole.minutes)
    one = roads.travel(VADUZ, MALBUN)
    assert (one.minutes, one.metres) == pytest.approx((whole.minutes[0, 3], whole.metres[0, 3]), rel=0.02)
    first, second, empty, single = roads.chains([PLACES, [SCHAAN, TRIESEN], [], [VADUZ]])
    assert [leg.minutes for leg in first] == pytest.approx([whole.minutes[n, n + 1] for n in range(4)], rel=0.02)
    assert (len(second), empty, single) == (1, (), ())
    shape = roads.shape(PLACES[:4])
    assert shape.legs == first[:3]
    assert shape.metres == pytest.approx(sum(leg.metres for leg in first[:3]))
    assert (shape.line[0], shape.line[-1]) == (VADUZ, MALBUN)
    assert roads.source


def test_an_insertion_asks_for_what_it_needs_and_no_more(roads: Roads) -> None:
    alone, busy = insertion_tables(roads, [[SCHAAN], [VADUZ, TRIESEN]], [MALBUN, VADUZ])
    whole = roads.matrix([VADUZ, TRIESEN, MALBUN]).minutes
    assert alone.shape == (3, 3)
    assert busy[0, 1] == pytest.approx(whole[0, 1], rel=0.02)
    assert (busy[1, 2], busy[2, 1], busy[0, 3]) == pytest.approx((whole[1, 2], whole[2, 1], 0))
    assert busy[1, 0] == math.inf


def test_what_no_street_leads_to_is_estimated_and_said_so(roads: Roads) -> None:
    found = roads.matrix([VADUZ, AT_SEA], [TRIESEN, AT_SEA])
    guess = STRAIGHT.matrix([VADUZ, AT_SEA], [TRIESEN, AT_SEA])
    is_street = isinstance(roads, NetworkRoads)
    assert found.is_estimate.tolist() == [
        [not is_street, True],
        [True, True if not is_street else found.is_estimate[1, 1]],
    ]
    assert found.minutes[0, 1] == pytest.approx(guess.minutes[0, 1])
    shape = roads.shape([VADUZ, TRIESEN, AT_SEA])
    assert [leg.is_estimate for leg in shape.legs] == [not is_street, True]
    assert shape.is_estimate
    assert shape.line[-1] == AT_SEA


def test_nothing_is_nothing(roads: Roads) -> None:
    assert roads.matrix([], [VADUZ]).minutes.shape == (0, 1)
    assert roads.shape([VADUZ]).legs == ()


# OSRM in this process


@pytest.fixture
def streets(graphs: Path) -> NetworkRoads:
    return NetworkRoads(OsrmProcess(graphs, "car"), STRAIGHT)


def test_streets_are_longer_than_the_line_and_the_way_follows_them(streets: NetworkRoads) -> None:
    way = streets.shape([VADUZ, MALBUN])
    assert not way.is_estimate
    # Up the mountain: 6.5 km as the crow flies.
    assert 12_000 < way.metres < 20_000
    assert len(way.line) > 100
    along = sum(metres_between([a], [b])[0, 0] for a, b in zip(way.line[:-1], way.line[1:], strict=True))
    assert along == pytest.approx(way.metres, rel=0.05)


def test_a_point_far_from_any_street_is_not_moved_to_one(graphs: Path) -> None:
    meadow = (47.0800, 9.5950)  # more than a kilometre into the mountains
    near, far = (NetworkRoads(OsrmProcess(graphs, "car"), STRAIGHT, snap=snap) for snap in (100, 20_000))
    assert near.travel(VADUZ, meadow).is_estimate
    assert not far.travel(VADUZ, meadow).is_estimate


def test_a_pace_makes_every_drive_longer_by_the_same(graphs: Path) -> None:
    plain, slow = (NetworkRoads(OsrmProcess(graphs, "car"), STRAIGHT, pace=pace) for pace in (1.0, 1.5))
    assert np.allclose(slow.matrix(PLACES).minutes, plain.matrix(PLACES).minutes * 1.5)
    assert slow.travel(VADUZ, TRIESEN).minutes == pytest.approx(plain.travel(VADUZ, TRIESEN).minutes * 1.5)
    assert slow.source.endswith("times × 1.5")


def test_building_is_repeatable_and_a_graph_that_works_stays_until_a_new_one_is_complete(
    graphs: Path, tmp_path: Path
) -> None:
    shutil.copytree(graphs, tmp_path / "roads")
    directory, copy, broken = tmp_path / "roads", tmp_path / "copy.osm.pbf", tmp_path / "broken.osm.pbf"
    before = graph.current(directory, "car")
    said: list[str] = []
    shutil.copy(EXTRACT, copy)
    # The same content under another name is not built again, only known by it.
    assert graph.build(copy, "car", directory, say=said.append) is False
    now = graph.current(directory, "car")
    assert (now.folder, now.extract) == (before.folder, "copy.osm.pbf")
    assert graph.is_current(directory, "car", copy)
    broken.write_bytes(b"not an extract" * 50)
    with pytest.raises(graph.CannotBuild, match="osrm-extract ended with"):
        graph.build(broken, "car", directory)
    assert graph.current(directory, "car") == now
    assert not [path for path in (directory / "car").iterdir() if path.name.startswith(".")]
    with pytest.raises(graph.CannotBuild, match="no profile 'rocket'"):
        graph.build(copy, "rocket", directory)
    with pytest.raises(graph.CannotBuild, match="not a file"):
        graph.build(tmp_path / "none.osm.pbf", "car", directory)


def test_without_a_graph_the_line_stands_in_and_a_graph_that_comes_is_taken_up(
    graphs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("routes.roads.osrm_process.LOOK_EVERY_SECONDS", 0.0)
    roads = NetworkRoads(OsrmProcess(tmp_path, "car"), STRAIGHT)
    assert roads.travel(VADUZ, TRIESEN).is_estimate
    assert roads.matrix(PLACES).is_estimate.all()
    shutil.copytree(graphs / "car", tmp_path / "car")
    assert not roads.travel(VADUZ, TRIESEN).is_estimate
    assert not roads.matrix(PLACES).is_estimate.any()


def test_the_worker_builds_what_the_settings_name_once(
    graphs: Path, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(prepare, "USED_PROFILES", ("foot",))
    settings.ROADS_EXTRACT, settings.ROADS_DIR = str(EXTRACT), str(tmp_path / "roads")
    assert prepare.prepare() == []  # straight lines need no graph
    settings.ROADS_PROVIDER = "osrm"
    assert (prepare.prepare(), prepare.prepare()) == (["foot"], [])
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"not an extract" * 50)
    settings.ROADS_EXTRACT = str(broken)
    assert prepare.prepare() == []
    assert "cannot be built" in caplog.text
    assert OsrmProcess(tmp_path / "roads", "foot").is_ready


def test_where_the_engine_has_no_package_straight_lines_stay(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.ROADS_PROVIDER, settings.ROADS_EXTRACT = "osrm", str(EXTRACT)
    monkeypatch.setattr(graph, "engine_version", lambda: "")
    assert isinstance(choosing.roads_of(DispatchSettings()), StraightRoads)
    assert "no package for this Python" in choosing.status()
    assert prepare.prepare() == []
    with pytest.raises(graph.CannotBuild, match="not installed"):
        graph.build(EXTRACT, "car", Path(settings.ROADS_DIR))


def test_a_real_server_answers_as_the_graph_in_process(graphs: Path, streets: NetworkRoads) -> None:
    import osrm

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    program = Path(osrm.__file__).parent / "bin" / "osrm-routed"
    path = graph.path_of(graphs, graph.current(graphs, "car"))
    command = [str(program), "--ip", "127.0.0.1", "--port", str(port), "--threads", "1", str(path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 20
            while time.monotonic() < until and process.poll() is None:
                with socket.socket() as line:
                    if line.connect_ex(("127.0.0.1", port)) == 0:
                        break
            served = NetworkRoads(OsrmServer(f"http://127.0.0.1:{port}", "car", timeout_seconds=20), STRAIGHT)
            one, other = streets.matrix(PLACES), served.matrix(PLACES)
            assert np.allclose(one.minutes, other.minutes)
            assert np.allclose(one.metres, other.metres)
            assert served.chains([PLACES]) == streets.chains([PLACES])
            assert served.shape([VADUZ, MALBUN]).metres == pytest.approx(streets.shape([VADUZ, MALBUN]).metres)
        finally:
            process.terminate()


# What is remembered, and who is asked


def test_what_is_remembered_is_bounded_and_the_oldest_goes_first() -> None:
    cache = BoundedCache(100)
    for number in range(30):
        cache.put(number, str(number), weight=10)
    assert (len(cache), cache.weight) == (10, 100)
    assert (cache.get(0), cache.get(29)) == (None, "29")
    cache.get(20)
    cache.put("new", 1, weight=10)
    assert (cache.get(20), cache.get(21)) == ("20", None)
    cache.put("too large for all the others", 1, weight=90)
    assert len(cache) == 10


def test_the_same_question_is_asked_once() -> None:
    server = Server(road_servers.osrm)
    roads = NetworkRoads(OsrmServer(server.url, "car"), STRAIGHT)
    try:
        first = roads.matrix(PLACES).minutes
        asked = len(server.asked)
        # A metre beside it is the same place.
        assert np.array_equal(roads.matrix([(a + 0.000001, b) for a, b in PLACES]).minutes, first)
        roads.shape(PLACES)
        known = len(server.asked)
        roads.shape(PLACES)
        roads.chains([PLACES[:3]])
        assert (asked, len(server.asked)) == (1, known)
        # Another process has only what Redis holds.
        network.forget()
        assert np.allclose(roads.matrix(PLACES).minutes, first)
        assert len(server.asked) == known
    finally:
        server.close()


def test_the_settings_and_the_vehicle_choose(settings: Any, tmp_path: Path) -> None:
    company = DispatchSettings(speed=30, detour=1.5)
    assert choosing.roads_of(company) == StraightRoads(factor=1.5, speed=30)
    assert choosing.status() == "Travel times are straight lines, as the settings say."
    settings.ROADS_PROVIDER, settings.ROADS_URL = "osrm-server", "http://roads-{profile}.example:5000"
    van, bike = choosing.roads_of(company, VehicleKind.VAN), choosing.roads_of(company, VehicleKind.CARGO_BIKE)
    assert (van.source, bike.source) == ("streets for car (OSRM server)", "streets for bicycle (OSRM server)")
    assert bike.network.key == "osrm-server:http://roads-bicycle.example:5000:bicycle"
    assert choosing.roads_of(company, VehicleKind.TRUCK).network is van.network
    settings.ROADS_PROVIDER, settings.ROADS_DIR = "osrm", str(tmp_path)
    wanted = "no package for this Python" if not graph.engine_version() else "until its graph is built"
    assert wanted in choosing.status()


def test_whoever_draws_ways_on_other_tiles_names_their_makers(settings: Any) -> None:
    settings.TILE_URL, settings.TILE_ATTRIBUTION = "https://tiles.example/{z}/{x}/{y}.png", "© Somebody"
    assert maps.map_settings()["tile_attribution"] == "© Somebody"
    settings.ROADS_PROVIDER = "osrm"
    assert maps.map_settings()["tile_attribution"] == "© Somebody | Ways © OpenStreetMap contributors"
    settings.TILE_ATTRIBUTION = "© OpenStreetMap contributors"
    assert maps.map_settings()["tile_attribution"] == "© OpenStreetMap contributors"


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), max_size=20))
@settings(max_examples=60, deadline=None)
def test_an_encoded_line_comes_back(points: list[Point]) -> None:
    assert decode(encoded(points)) == [(pytest.approx(a, abs=1e-6), pytest.approx(b, abs=1e-6)) for a, b in points]


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_the_decoder(text: str) -> None:
    try:
        points = decode(text)
    except ValueError:
        return
    assert all(-90 <= a <= 90 and -180 <= b <= 180 for a, b in points)
