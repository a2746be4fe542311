"""Every model of drivers, one noun a file."""

from drivers.models.device import Device
from drivers.models.driver import Driver, DriverStatus
from drivers.models.position import DriverPosition, PositionSample
from drivers.models.shift import Shift
from drivers.models.tracker import Tracker
from drivers.models.vehicle import LicenceClass, Vehicle, VehicleKind

__all__ = [
    "Device",
    "Driver",
    "DriverPosition",
    "DriverStatus",
    "LicenceClass",
    "PositionSample",
    "Shift",
    "Tracker",
    "Vehicle",
    "VehicleKind",
]
