"""The acts of a driver over the API: the same actions as everywhere, and the order's next step in the answer."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.views import ApiView, read_body, read_no_parameters, read_version
from orders import commands
from orders.actions import ACTIONS
from orders.api.driver import TAGS
from orders.api.driver_jobs import JobSerializer
from orders.api.event_shapes import OutcomeSerializer
from orders.api.examples import action_example
from orders.api.outcomes import ANSWER_HEADERS, WRITE_HEADERS, WRITE_RESPONSES, answer
from orders.commands import Outcome
from orders.driver_work import job
from orders.inputs import INPUTS, ActionInput, UndoInput
from orders.next_step import ACTS


class DriverOutcomeSerializer(OutcomeSerializer):
    job = JobSerializer(allow_null=True, help_text="What comes next; empty when the order is no longer the driver's.")

    class Meta:
        ref_name = "DriverOutcome"


RESPONSES = {**WRITE_RESPONSES, 200: DriverOutcomeSerializer}


class DriverActView(ApiView):
    required_permission = "work.own"
    input_class: type[ActionInput]

    def post(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        body = read_body(self.input_class, request)
        version = read_version(request, body.validated_data["version"])
        key = idempotency_key(request)
        outcome = commands.perform(body.to_action(), code=code, actor=self.actor, key=key, version=version)
        return self.told(outcome)

    def told(self, outcome: Outcome) -> Response:
        response = answer(outcome)
        response.data["job"] = job(outcome.order.code, self.actor)
        return response


def act_view(name: str) -> type[DriverActView]:
    action = ACTIONS[name]
    operation = extend_schema(
        operation_id=f"driver_{name.replace('-', '_')}",
        summary=f"{action.label} (driver)",
        description=action.__doc__,
        tags=TAGS,
        parameters=[*WRITE_HEADERS, *ANSWER_HEADERS],
        request=INPUTS[name],
        responses=RESPONSES,
        examples=[action_example(name)],
    )
    view = type(f"Driver{action.__name__}View", (DriverActView,), {"input_class": INPUTS[name]})
    return extend_schema_view(post=operation)(view)


DRIVER_ACT_VIEWS = {name: act_view(name) for name in ACTS}


class DriverUndo(DriverActView):
    @extend_schema(
        operation_id="driver_undo",
        summary="Take my last act on the order back",
        description="A wrong tap on “delivered” or “picked up”: possible within the company's undo window and as long "
        "as nobody has changed the order since. It leaves a trace in the history.",
        tags=TAGS,
        parameters=[*WRITE_HEADERS, *ANSWER_HEADERS],
        request=UndoInput,
        responses=RESPONSES,
    )
    def post(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        body = read_body(UndoInput, request)
        version = read_version(request, body.validated_data["version"])
        key = idempotency_key(request)
        return self.told(commands.undo(code=code, actor=self.actor, version=version, key=key))
