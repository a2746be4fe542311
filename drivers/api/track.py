"""The track of a driver's day, for consoles and integrations."""

from datetime import date

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import clock
from dispatch_console.core.api.views import ApiView
from dispatch_console.core.errors import Invalid
from dispatch_console.core.filtering import once_each, refuse_unknown
from drivers.track import GAP, MAX_POINTS, DayTrack, TrackPoint, day_track

DAY = "day"
EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)


class TrackGapSerializer(serializers.Serializer):
    began_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    metres = serializers.IntegerField(help_text="As the crow flies.")


class DayTrackSerializer(serializers.Serializer):
    driver_id = serializers.IntegerField()
    day = serializers.DateField()
    timezone = serializers.CharField()
    began_at = serializers.DateTimeField(help_text="When the day began in this time zone.")
    ended_at = serializers.DateTimeField()
    segments = serializers.ListField(
        child=serializers.ListField(child=serializers.ListField(child=serializers.FloatField(allow_null=True))),
        help_text="Stretches without a gap, each a list of points "
        "[latitude, longitude, device time in ms, metres per second or null, flags].",
    )
    gaps = TrackGapSerializer(many=True)
    samples = serializers.IntegerField(help_text="Readings the track was made of.")
    doubtful = serializers.IntegerField(help_text="Readings left out because nobody can have got there in the time.")
    metres = serializers.IntegerField(help_text="Way of the segments.")


class DriverTrack(ApiView):
    required_permission = "drivers.view"

    @extend_schema(
        operation_id="drivers_track",
        summary="Read where a driver was on one day",
        description=f"At most {MAX_POINTS} points: those are left out between which the driver moved evenly. More than "
        f"{int(GAP.total_seconds() // 60)} minutes without a position end a segment and are listed as a gap.",
        parameters=[OpenApiParameter(DAY, str, description="YYYY-MM-DD in the tenant's time zone; without it, today.")],
        responses=DayTrackSerializer,
        tags=["drivers"],
    )
    def get(self, request: Request, driver_id: int) -> Response:
        asked = once_each(request.query_params)
        refuse_unknown(asked, known=[DAY])
        return Response(_body(day_track(self.actor, driver_id, _day(asked.get(DAY, "")))))


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None or not EARLIEST <= day <= LATEST:
        raise Invalid.fields(day="Give a day such as 2026-11-22.")
    return day


def _body(track: DayTrack) -> dict[str, object]:
    return {
        "driver_id": track.driver_id,
        "day": track.day.isoformat(),
        "timezone": track.timezone,
        "began_at": clock.iso(track.began_at),
        "ended_at": clock.iso(track.ended_at),
        "segments": [[_point(point) for point in segment] for segment in track.segments],
        "gaps": [
            {"began_at": clock.iso(gap.began_at), "ended_at": clock.iso(gap.ended_at), "metres": gap.metres}
            for gap in track.gaps
        ],
        "samples": track.samples,
        "doubtful": track.doubtful,
        "metres": track.metres,
    }


def _point(point: TrackPoint) -> list[float | None]:
    return [
        round(point.latitude, 6),
        round(point.longitude, 6),
        int(point.recorded_at.timestamp() * 1000),
        point.speed,
        point.flags,
    ]
