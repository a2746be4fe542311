"""Every order action over REST: one view made from each declaration of the registry, and undo."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from dispatch_console.core.api.idempotency import idempotency_key
from dispatch_console.core.api.views import ApiView, read_body, read_no_parameters, read_version
from orders import advice, commands
from orders.actions import ACTIONS, Edit
from orders.api.examples import action_example
from orders.api.outcomes import ANSWER_HEADERS, WRITE_HEADERS, WRITE_RESPONSES, answer
from orders.inputs import INPUTS, ActionInput, UndoInput

TAGS = ["actions"]


class ActionView(ApiView):
    """The engine decides who may act: a driver on own work has no other permission than that."""

    input_class: type[ActionInput]

    def post(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        body = read_body(self.input_class, request)
        version = read_version(request, body.validated_data["version"])
        key = idempotency_key(request)
        action = advice.advised(body.to_action(), code=code, actor=self.actor)
        return answer(commands.perform(action, code=code, actor=self.actor, key=key, version=version))


def action_view(name: str) -> type[ActionView]:
    action = ACTIONS[name]
    operation = extend_schema(
        operation_id=f"orders_{name.replace('-', '_')}",
        summary=action.label,
        description=action.__doc__,
        tags=TAGS,
        parameters=[*WRITE_HEADERS, *ANSWER_HEADERS],
        request=INPUTS[name],
        responses=WRITE_RESPONSES,
        examples=[action_example(name)],
    )
    view = type(f"{action.__name__}View", (ActionView,), {"input_class": INPUTS[name]})
    return extend_schema_view(post=operation)(view)


# Editing is a PATCH of the order itself.
ACTION_VIEWS = {name: action_view(name) for name in ACTIONS if name != Edit.name}


class UndoView(ApiView):
    @extend_schema(
        operation_id="orders_undo",
        summary="Undo the order's last change",
        description="Does the inverse of the last change through the same checks. Refused when it has none, when it "
        "is too long ago, or when the order has changed since (`version` is the version the change made).",
        tags=TAGS,
        parameters=[*WRITE_HEADERS, *ANSWER_HEADERS],
        request=UndoInput,
        responses=WRITE_RESPONSES,
    )
    def post(self, request: Request, code: str) -> Response:
        read_no_parameters(request)
        body = read_body(UndoInput, request)
        version = read_version(request, body.validated_data["version"])
        return answer(commands.undo(code=code, actor=self.actor, version=version, key=idempotency_key(request)))
