"""Addresses that need nothing but the driver: of the driver app, and of those who look after drivers."""

from django.urls import URLPattern, path, re_path

from drivers.api.app import Profile, VehicleList
from drivers.api.devices import DriverDevice, DriverDevices, OwnDevice, OwnDevices, SignIn, SignOut
from drivers.api.osmand import OsmandReport
from drivers.api.positions import PositionReport
from drivers.api.track import DriverTrack

urlpatterns: list[URLPattern] = [
    # A redirect would lose the body, so both spellings are answered.
    re_path(r"^driver/positions/?$", PositionReport.as_view(), name="driver-positions"),
    re_path(r"^driver/osmand/?$", OsmandReport.as_view(), name="driver-osmand"),
    path("driver/sign-in/", SignIn.as_view(), name="driver-sign-in"),
    path("driver/sign-out/", SignOut.as_view(), name="driver-sign-out"),
    path("driver/profile/", Profile.as_view(), name="driver-profile"),
    path("driver/vehicles/", VehicleList.as_view(), name="own-vehicles"),
    path("driver/devices/", OwnDevices.as_view(), name="own-devices"),
    path("driver/devices/<int:device_id>/", OwnDevice.as_view(), name="own-device"),
    path("drivers/<int:driver_id>/devices/", DriverDevices.as_view(), name="driver-devices"),
    path("drivers/<int:driver_id>/devices/<int:device_id>/", DriverDevice.as_view(), name="driver-device"),
    path("drivers/<int:driver_id>/track/", DriverTrack.as_view(), name="driver-track"),
]
