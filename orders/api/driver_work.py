"""What a driver has to do, over the API: work and offers, what is free to take, what is finished today."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import clock
from dispatch_console.core.api.views import ApiView, read_no_parameters
from orders import driver_work
from orders.api.driver import TAGS
from orders.api.driver_jobs import JobSerializer, WorkSerializer
from orders.api.serializers import OrderRowSerializer


class WorkListSerializer(WorkSerializer):
    server_time = serializers.DateTimeField()


class OwnWork(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_work",
        summary="What is there to do?",
        description="Everything an app shows: offers that wait for an answer, and my open orders in the planned order, "
        "each with its one next step, what that needs, and where it is. Never anybody else's orders.",
        tags=TAGS,
        responses=WorkListSerializer,
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        return Response({**driver_work.work(self.actor), "server_time": clock.iso(clock.now())})


class UnclaimedOrders(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_unclaimed",
        summary="Which orders could I take?",
        description="Free orders that every rule lets this driver take, the most urgent first, 50 at most. Empty where "
        "the company does not let drivers take orders by themselves.",
        tags=TAGS,
        responses=inline_serializer("UnclaimedOrders", {"results": JobSerializer(many=True)}),
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        return Response({"results": driver_work.free_orders(self.actor)})


class FinishedOrders(ApiView):
    required_permission = "work.own"

    @extend_schema(
        operation_id="driver_finished",
        summary="What did I finish today?",
        description="Delivered, returned and cancelled since midnight in the company's time zone, newest first.",
        tags=TAGS,
        responses=inline_serializer("FinishedOrders", {"results": OrderRowSerializer(many=True)}),
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        return Response({"results": driver_work.finished_today(self.actor)})
