"""The error family: every refusal is a sentence for a person and a stable code for a machine."""

from typing import Any


class DomainError(Exception):
    """Base of all refusals; `status` is the HTTP status any door answers with."""

    status = 400
    code = "error"

    def __init__(self, message: str, *, code: str = "", details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.details = details or {}

    def as_dict(self, *, request_id: str = "") -> dict[str, Any]:
        """The one error shape of every door."""
        return {
            "error": {
                "code": self.code,
                "message": self.message,
                "details": self.details,
                "request_id": request_id,
            }
        }


class Invalid(DomainError):
    """The input itself is wrong; `details["fields"]` maps field names to lists of sentences."""

    status = 400
    code = "invalid"

    @classmethod
    def fields(cls, **fields: str) -> "Invalid":
        first = next(iter(fields.values()))
        return cls(first, details={"fields": {name: [sentence] for name, sentence in fields.items()}})


class NotSignedIn(DomainError):
    status = 401
    code = "not_signed_in"


class Forbidden(DomainError):
    """Seen, but not allowed to act."""

    status = 403
    code = "forbidden"


class NotVisible(DomainError):
    """Missing, or another tenant's: both look the same from outside."""

    status = 404
    code = "not_found"


class Refused(DomainError):
    """The world does not allow it now; the sentence says why and what to do."""

    status = 409
    code = "refused"


class Stale(DomainError):
    """The change was made on an older version; `details` says who changed what since."""

    status = 412
    code = "stale_version"


class KeyReused(DomainError):
    """An idempotency key came again with other content."""

    status = 422
    code = "idempotency_key_reused"
