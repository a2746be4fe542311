"""Addresses of dispatch planning."""

from django.urls import URLPattern, path

from orders import codes  # noqa: F401 (registers the converter of order codes)
from routes.api.candidates import OrderCandidates
from routes.api.offers import OrderOffers
from routes.api.plans import PlanApply, PlanCancel, PlanDetail, PlanDiscard, PlanList, PlanTakeBack
from routes.api.roads import RoadWay

urlpatterns: list[URLPattern] = [
    path("orders/<order_code:code>/candidates/", OrderCandidates.as_view(), name="order-candidates"),
    path("orders/<order_code:code>/offers/", OrderOffers.as_view(), name="order-offers"),
    path("roads/way/", RoadWay.as_view(), name="roads-way"),
    path("plans/", PlanList.as_view(), name="plans"),
    path("plans/<int:plan_number>/", PlanDetail.as_view(), name="plan"),
    path("plans/<int:plan_number>/cancel/", PlanCancel.as_view(), name="plan-cancel"),
    path("plans/<int:plan_number>/apply/", PlanApply.as_view(), name="plan-apply"),
    path("plans/<int:plan_number>/discard/", PlanDiscard.as_view(), name="plan-discard"),
    path("plans/<int:plan_number>/take-back/", PlanTakeBack.as_view(), name="plan-take-back"),
]
