"""What the API document says about every operation: how to sign in, retry safely, and what an error looks like."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter

from dispatch_console.core.api.idempotency import HEADER, PRINTABLE

IDEMPOTENCY_KEY_PARAMETER = OpenApiParameter(
    name=HEADER,
    location=OpenApiParameter.HEADER,
    type={"type": "string", "maxLength": 120, "pattern": f"^{PRINTABLE.pattern}$"},
    description=(
        "Makes a retry safe: a repeated request with the same key and content returns the first outcome and changes "
        "nothing; the same key with other content is answered with 422."
    ),
)

ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "details", "request_id"],
            "properties": {
                "code": {"type": "string", "description": "Stable, for programs.", "example": "invalid"},
                "message": {"type": "string", "description": "A sentence for a person: why, and what to do."},
                "details": {
                    "type": "object",
                    "additionalProperties": True,
                    "description": "`fields` maps field names to sentences where the input is wrong.",
                },
                "request_id": {"type": "string", "description": "Also in the X-Request-ID header; tell it to support."},
            },
        }
    },
}
METHODS = frozenset({"get", "put", "patch", "post", "delete"})


def describe_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A spectacular hook: every operation answers errors in the one shape."""
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR_SCHEMA
    answer = {
        "description": "The request was refused.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
    for path in result.get("paths", {}).values():
        for method, operation in path.items():
            if method in METHODS:
                operation["responses"].setdefault("default", answer)
    return result


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "dispatch_console.core.api.auth.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key, made in the admin under API keys. It is shown once, when it is made.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "dispatch_console.core.api.auth.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The console's own session; writes also need the CSRF token in the header X-CSRFToken.",
        }
