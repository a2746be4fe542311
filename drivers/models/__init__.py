"""Every model of drivers, one noun a file."""

from drivers.models.driver import Driver, DriverStatus
from drivers.models.position import DriverPosition, PositionSample
from drivers.models.vehicle import LicenceClass, Vehicle, VehicleKind

__all__ = [
    "Driver",
    "DriverPosition",
    "DriverStatus",
    "LicenceClass",
    "PositionSample",
    "Vehicle",
    "VehicleKind",
]
