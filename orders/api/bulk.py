"""One action on many orders over REST, with a dry run."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.fields import TextField
from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.openapi import IDEMPOTENCY_KEY_PARAMETER
from dispatch_console.core.api.views import ApiView, read_body, read_no_parameters
from orders import bulk
from orders.actions import ACTIONS
from orders.inputs import INPUTS, ActionInput

TAGS = ["bulk"]
# Refused by the run itself, with its own code, not as a field that is too long.
LONGEST_LIST = 10 * bulk.MOST_CODES


class BulkRowSerializer(serializers.Serializer):
    code = serializers.CharField()
    verdict = serializers.ChoiceField(choices=["done", "possible", "failed"])
    error_code = serializers.CharField(allow_blank=True, help_text="Stable, for machines; empty unless failed.")
    message = serializers.CharField(allow_blank=True, help_text="Why, for people; empty unless failed.")
    version = serializers.IntegerField(allow_null=True)
    status = serializers.CharField(allow_blank=True)


class BulkRunSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=["success", "partial", "failed"])
    rows = BulkRowSerializer(many=True, help_text="One per code, in the order they were sent.")


class BulkView(ApiView):
    input_class: type[ActionInput]

    def post(self, request: Request) -> Response:
        read_no_parameters(request)
        body = read_body(self.input_class, request)
        run = bulk.run(
            body.to_action(),
            codes=body.validated_data["codes"],
            actor=self.actor,
            rehearse=body.validated_data["rehearse"],
            key=idempotency_key(request),
        )
        return Response(BulkRunSerializer(run).data)


def bulk_view(name: str) -> type[BulkView]:
    action = ACTIONS[name]
    input_class = type(
        f"Bulk{action.__name__}Input",
        (INPUTS[name],),
        {
            "version": None,
            "codes": serializers.ListField(
                child=TextField(max_length=24), max_length=LONGEST_LIST, help_text=f"{bulk.MOST_CODES} at most."
            ),
            "rehearse": serializers.BooleanField(
                default=False, help_text="True: only say per order what would happen; nothing is written."
            ),
        },
    )
    operation = extend_schema(
        operation_id=f"orders_bulk_{name.replace('-', '_')}",
        summary=f"{action.label}, many orders",
        description="Runs order by order, each with its own checks and transaction. A failed row names its reason and "
        "leaves its order as it was; the others go on.",
        tags=TAGS,
        parameters=[IDEMPOTENCY_KEY_PARAMETER],
        request=input_class,
        responses=BulkRunSerializer,
    )
    view = type(f"Bulk{action.__name__}View", (BulkView,), {"input_class": input_class})
    return extend_schema_view(post=operation)(view)


BULK_VIEWS = {name: bulk_view(name) for name in bulk.BULK_ACTIONS}
