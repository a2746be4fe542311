"""Who the API takes the caller for."""

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core import clock, stream
from dispatch_console.core.actor import ActorKind, Source
from dispatch_console.core.api.views import ApiView, read_no_parameters
from dispatch_console.core.models import Tenant


class Me(ApiView):
    @extend_schema(
        operation_id="me",
        summary="Who am I?",
        description="The caller, the tenant, and what the role allows. Also the number of the newest event: take it "
        "before reading lists, then follow the feed from there.",
        tags=["me"],
        responses=inline_serializer(
            "Me",
            {
                "kind": serializers.ChoiceField(choices=ActorKind.choices),
                "id": serializers.IntegerField(allow_null=True),
                "label": serializers.CharField(),
                "source": serializers.ChoiceField(choices=Source.choices),
                "permissions": serializers.ListField(child=serializers.CharField()),
                "team_ids": serializers.ListField(
                    child=serializers.IntegerField(), allow_null=True, help_text="Empty: every team."
                ),
                "driver_id": serializers.IntegerField(allow_null=True),
                "customer_id": serializers.IntegerField(allow_null=True),
                "tenant": inline_serializer(
                    "MyTenant",
                    {
                        "id": serializers.IntegerField(),
                        "name": serializers.CharField(),
                        "timezone": serializers.CharField(),
                        "currency": serializers.CharField(),
                        "late_risk_minutes": serializers.IntegerField(),
                        "undo_window_minutes": serializers.IntegerField(),
                    },
                ),
                "server_time": serializers.DateTimeField(),
                "event_number": serializers.IntegerField(),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        read_no_parameters(request)
        actor = self.actor
        tenant = Tenant.objects.get(pk=actor.tenant_id)
        return Response(
            {
                "kind": actor.kind,
                "id": actor.id,
                "label": actor.label,
                "source": actor.source,
                "permissions": sorted(actor.permissions),
                "team_ids": None if actor.team_ids is None else sorted(actor.team_ids),
                "driver_id": actor.driver_id,
                "customer_id": actor.customer_id,
                "tenant": {
                    "id": tenant.pk,
                    "name": tenant.name,
                    "timezone": tenant.timezone,
                    "currency": tenant.currency,
                    "late_risk_minutes": tenant.late_risk_minutes,
                    "undo_window_minutes": tenant.undo_window_minutes,
                },
                "server_time": clock.iso(clock.now()),
                "event_number": stream.head(actor.tenant_id),
            }
        )
