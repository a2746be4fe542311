"""Which roads a company's figures rest on: the settings say, and the kind of vehicle."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings as site

from drivers.models import Driver, VehicleKind
from routes.models import DispatchSettings
from routes.roads import graph
from routes.roads.base import Roads
from routes.roads.network import Network, NetworkRoads
from routes.roads.osrm_process import OsrmProcess
from routes.roads.osrm_server import OsrmServer
from routes.roads.straight import StraightRoads
from routes.roads.valhalla_server import ValhallaServer

# A scooter goes where cars go; a truck's own limits are not known to the map.
PROFILES: dict[str, str] = {
    VehicleKind.BIKE: "bicycle",
    VehicleKind.CARGO_BIKE: "bicycle",
    VehicleKind.SCOOTER: "car",
    VehicleKind.CAR: "car",
    VehicleKind.VAN: "car",
    VehicleKind.TRUCK: "car",
}
USED_PROFILES = ("car", "bicycle")


def profile_of(kind: str) -> str:
    return PROFILES.get(kind, "car")


def kind_of(driver: Driver) -> str:
    """The kind of the driver's vehicle, which comes with the driver (`select_related`); empty without one."""
    vehicle = driver.primary_vehicle
    return "" if vehicle is None else vehicle.kind


def roads_of(settings: DispatchSettings, kind: str = "") -> Roads:
    """The roads for a vehicle of this kind (`drivers.models.VehicleKind`; empty: a car). No query."""
    straight = StraightRoads(factor=settings.detour, speed=settings.speed)
    network = network_for(profile_of(kind))
    if network is None:
        return straight
    return NetworkRoads(network, straight, snap=float(site.ROADS_SNAP_METRES), pace=settings.pace)


def network_for(profile: str) -> Network | None:
    """The street network of a profile; None where straight lines are all there is."""
    if site.ROADS_PROVIDER == "straight" or (site.ROADS_PROVIDER == "osrm" and not graph.engine_version()):
        return None
    return _network(site.ROADS_PROVIDER, site.ROADS_URL, site.ROADS_DIR, profile, site.ROADS_TIMEOUT_SECONDS)


@lru_cache(maxsize=16)
def _network(provider: str, url: str, directory: str, profile: str, timeout_seconds: int) -> Network:
    """One object per process and profile: it keeps the open graph, or the connections and what it knows of failures."""
    if provider == "osrm-server":
        return OsrmServer(url, profile, timeout_seconds=timeout_seconds)
    if provider == "valhalla":
        return ValhallaServer(url, profile, timeout_seconds=timeout_seconds)
    return OsrmProcess(Path(directory), profile)


def status() -> str:
    """What travel times rest on in this process, as a sentence for the operator."""
    if site.ROADS_PROVIDER == "osrm" and not graph.engine_version():
        return "Travel times are straight lines: osrm-bindings has no package for this Python or platform."
    found = []
    for profile in USED_PROFILES:
        network = network_for(profile)
        if network is None:
            return "Travel times are straight lines, as the settings say."
        if isinstance(network, OsrmProcess) and not network.is_ready:
            found.append(f"straight lines for {profile} until its graph is built")
        else:
            found.append(network.source)
    return f"Travel times rest on {' and '.join(found)}."
