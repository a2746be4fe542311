"""Ways along streets, over the API: what a map draws between stops, and how long it takes."""

import math

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.views import ApiView
from dispatch_console.core.errors import Invalid
from dispatch_console.core.filtering import once_each, refuse_unknown
from drivers.models import VehicleKind
from routes.models.settings import settings_of
from routes.roads.base import Point
from routes.roads.choosing import roads_of

MOST_POINTS = 100


class WayLegSerializer(serializers.Serializer):
    minutes = serializers.FloatField()
    metres = serializers.IntegerField()
    is_estimate = serializers.BooleanField(help_text="No street is known to lead there: a straight line, made longer.")


class WaySerializer(serializers.Serializer):
    """A way through points in their sequence."""

    line = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        help_text="To be drawn: latitude and longitude of each point.",
    )
    legs = WayLegSerializer(many=True, help_text="One less than there are points.")
    minutes = serializers.FloatField(help_text="Driving only, without the time at the stops.")
    metres = serializers.IntegerField()
    is_estimate = serializers.BooleanField(help_text="Some leg is an estimate.")
    source = serializers.CharField(help_text="What the figures rest on, in words.")  # type: ignore[assignment]


WAY = OpenApiExample(
    "From Vaduz to Triesen",
    response_only=True,
    value={
        "line": [[47.1393, 9.5228], [47.1391, 9.5231], [47.108, 9.528]],
        "legs": [{"minutes": 5.9, "metres": 3951, "is_estimate": False}],
        "minutes": 5.9,
        "metres": 3951,
        "is_estimate": False,
        "source": "streets for a car (OpenStreetMap, OSRM)",
    },
)


class RoadWay(ApiView):
    required_permission = "orders.view"

    @extend_schema(
        operation_id="roads_way",
        summary="The way along streets through some points",
        description="By the roads that this installation knows, see docs/roads.md; without any, straight lines made "
        "longer. Where the line comes from OpenStreetMap, whoever shows it names © OpenStreetMap contributors.",
        tags=["places"],
        parameters=[
            OpenApiParameter(
                "points",
                str,
                required=True,
                description=f"2 to {MOST_POINTS} points in sequence, each as `latitude,longitude`, separated by `;`.",
                examples=[OpenApiExample("Two points", value="47.1393,9.5228;47.1080,9.5280")],
            ),
            OpenApiParameter("vehicle", str, enum=VehicleKind.values, description="Whose streets; else a car's."),
        ],
        responses=WaySerializer,
        examples=[WAY],
    )
    def get(self, request: Request) -> Response:
        refuse_unknown(request.query_params, known=["points", "vehicle"])
        asked = once_each(request.query_params)
        points, vehicle = read_points(asked.get("points", "")), asked.get("vehicle", "")
        if vehicle and vehicle not in VehicleKind.values:
            raise Invalid.fields(vehicle=f"Use one of {', '.join(VehicleKind.values)}.")
        roads = roads_of(settings_of(self.actor.tenant_id), vehicle)
        way = roads.shape(points)
        legs = [
            {"minutes": round(leg.minutes, 1), "metres": round(leg.metres), "is_estimate": leg.is_estimate}
            for leg in way.legs
        ]
        return Response(
            {
                "line": [[round(latitude, 6), round(longitude, 6)] for latitude, longitude in way.line],
                "legs": legs,
                "minutes": round(way.minutes, 1),
                "metres": round(way.metres),
                "is_estimate": way.is_estimate,
                "source": roads.source,
            }
        )


def read_points(text: str) -> list[Point]:
    """Raises Invalid for anything that is no sequence of points on earth."""
    parts = text.split(";", MOST_POINTS) if len(text) <= MOST_POINTS * 50 else []
    if not 2 <= len(parts) <= MOST_POINTS:
        raise Invalid.fields(points=f"Give 2 to {MOST_POINTS} points as latitude,longitude, separated by semicolons.")
    return [_point(part) for part in parts]


def _point(text: str) -> Point:
    try:
        latitude, longitude = (float(number) for number in text.split(","))
    except ValueError:
        raise Invalid.fields(points=f"“{text[:40]}” is not a latitude and a longitude.") from None
    if not (math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        raise Invalid.fields(points=f"“{text[:40]}” is not on earth.")
    return (latitude, longitude)
