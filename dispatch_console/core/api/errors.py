"""The one error shape, whatever went wrong and wherever: `{"error": {code, message, details, request_id}}`."""

import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from dispatch_console.core.errors import DomainError, Forbidden, Invalid, NotSignedIn, NotVisible

logger = logging.getLogger(__name__)

API_PREFIX = "/api/"
NOTHING_HERE = "There is nothing at this address, or it is not yours to see."
JSON_ONLY = "The API answers in JSON only. Send “Accept: application/json”."
SEND_JSON = "Send the body as JSON, with the header “Content-Type: application/json”."
NOT_YOUR_ROLE = "Your role does not allow this. Ask your administrator if you need it."
NOT_SIGNED_IN = "Sign in, or send an API key in the header “Authorization: Bearer …”."
SERVER_FAULT = "Something went wrong on our side. Try again; if it stays, tell support the request id."


class Malformed(DomainError):
    code = "malformed"


class TooLarge(DomainError):
    status = 413
    code = "too_large"


class MethodNotAllowed(DomainError):
    status = 405
    code = "method_not_allowed"


class NotAcceptable(DomainError):
    status = 406
    code = "not_acceptable"


class UnsupportedMediaType(DomainError):
    status = 415
    code = "unsupported_media_type"


class TooManyRequests(DomainError):
    status = 429
    code = "throttled"


class Unavailable(DomainError):
    status = 503
    code = "unavailable"


class ServerFault(DomainError):
    status = 500
    code = "server_error"


def as_domain_error(error: Exception) -> DomainError | None:
    """What an exception means to the caller; None for a fault of the server's own."""
    match error:
        case DomainError():
            return error
        case exceptions.ValidationError():
            return invalid_fields(error.detail)
        case ValidationError():
            return invalid_fields(error.message_dict if hasattr(error, "error_dict") else error.messages)
        case exceptions.ParseError():
            return Malformed(str(error.detail))
        case exceptions.NotAuthenticated():
            return NotSignedIn(NOT_SIGNED_IN)
        case exceptions.AuthenticationFailed():
            return NotSignedIn(str(error.detail))
        case exceptions.PermissionDenied() | PermissionDenied():
            return Forbidden(NOT_YOUR_ROLE)
        case exceptions.NotFound() | Http404():
            return NotVisible(NOTHING_HERE)
        case exceptions.MethodNotAllowed():
            return MethodNotAllowed(str(error.detail))
        case exceptions.NotAcceptable():
            return NotAcceptable(JSON_ONLY)
        case exceptions.UnsupportedMediaType():
            return UnsupportedMediaType(SEND_JSON)
        case exceptions.Throttled():
            return throttled(error.wait)  # type: ignore[attr-defined]
        case RequestDataTooBig():
            return too_large()
        case SuspiciousOperation() | BadRequest():
            return Malformed("The request is malformed.")
        case DataError():
            # The net under the field checks: a value of the right type that no column can hold.
            logger.warning("A value was refused by the database.", exc_info=error)
            return Invalid("One of the values is too large or too long to be stored.")
        case OperationalError():
            logger.error("The database did not answer.", exc_info=error)
            return Unavailable("The database does not answer. Try again in a moment.", details={"retry_after": 1})
        case _:
            return None


def too_large() -> TooLarge:
    return TooLarge(f"The body is larger than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024} KB. Send less at once.")


def throttled(wait: float | None) -> TooManyRequests:
    seconds = max(1, round(wait or 1))
    noun = "second" if seconds == 1 else "seconds"
    return TooManyRequests(f"Too many requests. Try again in {seconds} {noun}.", details={"retry_after": seconds})


def invalid_fields(detail: Any) -> Invalid:
    """Field errors of any depth as a flat map from dotted field name to sentences."""
    fields: dict[str, list[str]] = {}
    for name, sentence in _sentences(detail, ""):
        fields.setdefault(name or "non_field_errors", []).append(sentence)
    named = [name for name in fields if name != "non_field_errors"]
    if "non_field_errors" in fields:
        message = fields["non_field_errors"][0]
    elif len(named) == 1:
        message = f"{named[0]}: {fields[named[0]][0]}"
    else:
        message = f"Check these fields: {', '.join(named)}."
    return Invalid(message, details={"fields": fields})


def _sentences(detail: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            inner = path if key in ("non_field_errors", "__all__") else f"{path}.{key}" if path else str(key)
            yield from _sentences(value, inner)
    elif isinstance(detail, list | tuple):
        for index, value in enumerate(detail):
            nested = isinstance(value, dict | list | tuple)
            yield from _sentences(value, (f"{path}.{index}" if path else str(index)) if nested else path)
    else:
        yield path, str(detail)


def headers_for(error: DomainError) -> dict[str, str]:
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if "retry_after" in error.details:
        headers["Retry-After"] = str(error.details["retry_after"])
    return headers


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's exception handler; a fault of our own goes on to Django, which logs it."""
    meaning = as_domain_error(error)
    if meaning is None:
        return None
    headers = headers_for(meaning)
    if isinstance(error, exceptions.MethodNotAllowed):
        headers["Allow"] = ", ".join(context["view"].allowed_methods)
    request_id = getattr(context["request"], "request_id", "")
    return Response(meaning.as_dict(request_id=request_id), status=meaning.status, headers=headers)


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def answer(request: HttpRequest, error: DomainError) -> HttpResponseBase:
    """The error shape outside of REST framework: middleware, and views that speak JSON."""
    body = error.as_dict(request_id=getattr(request, "request_id", ""))
    response = JsonResponse(body, status=error.status, headers=headers_for(error))
    patch_vary_headers(response, ["Accept", "Cookie"])
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return answer(request, as_domain_error(exception) or Malformed("The request is malformed."))
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return answer(request, as_domain_error(exception) or Forbidden("You may not do this."))
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return answer(request, NotVisible(NOTHING_HERE))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    if is_api(request):
        return answer(request, ServerFault(SERVER_FAULT))
    return defaults.server_error(request)
