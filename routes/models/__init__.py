"""Every model of routes, one noun a file."""

from orders.states import GroupKind
from routes.models.decision import AutomaticDecision
from routes.models.eta import EtaBasis
from routes.models.group import Group
from routes.models.plan_run import PlanKind, PlanRun, PlanState
from routes.models.route import Route
from routes.models.session import RouteSession, SessionItem, SessionStatus
from routes.models.settings import DispatchSettings
from routes.models.trip import StopKind, Trip, TripStatus, TripStop, TripType
from routes.models.waybill import Waybill, WaybillItem, WaybillOutcome, WaybillStatus
from routes.models.waybill_proof import WaybillProof

# Every kind of group by what its orders and its events call it.
MODELS: dict[GroupKind, type[Group]] = {
    GroupKind.WAYBILL: Waybill,
    GroupKind.TRIP: Trip,
    GroupKind.SESSION: RouteSession,
}

__all__ = [
    "MODELS",
    "AutomaticDecision",
    "DispatchSettings",
    "EtaBasis",
    "PlanKind",
    "PlanRun",
    "PlanState",
    "Route",
    "RouteSession",
    "SessionItem",
    "SessionStatus",
    "StopKind",
    "Trip",
    "TripStatus",
    "TripStop",
    "TripType",
    "Waybill",
    "WaybillItem",
    "WaybillOutcome",
    "WaybillProof",
    "WaybillStatus",
]
