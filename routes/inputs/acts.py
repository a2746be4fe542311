"""The fields that acts on groups share."""

from typing import Any

from rest_framework import serializers

from dispatch_console.core.api.fields import IdField, TextField

MOST_CODES = 500


class GroupActInput(serializers.Serializer):
    """Base of the acts' inputs. `version` refuses the act when the group has changed since."""

    version = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**31 - 1,
        help_text="The version you are looking at; refused with 412 when it is no longer the newest.",
    )

    def arguments(self) -> dict[str, Any]:
        """What the command takes, without the version."""
        return {name: value for name, value in self.validated_data.items() if name != "version"}


def codes_field(help_text: str, *, required: bool = True) -> serializers.ListField:
    more: dict[str, Any] = {} if required else {"required": False, "allow_null": True, "default": None}
    return serializers.ListField(
        child=TextField(max_length=40), allow_empty=not required, max_length=MOST_CODES, help_text=help_text, **more
    )


def reason_field(help_text: str) -> TextField:
    return TextField(max_length=200, required=False, allow_blank=True, default="", help_text=help_text)


def note_field() -> TextField:
    return TextField(max_length=500, required=False, allow_blank=True, default="", help_text="Kept in the history.")


class NothingInput(GroupActInput):
    """An act that needs nothing but the group."""


class GroupNoteInput(GroupActInput):
    note = note_field()


class CodesInput(GroupActInput):
    codes = codes_field("Order codes.")


class DriverInput(GroupActInput):
    driver_id = IdField(help_text="The driver who takes it.")


class ReasonInput(GroupActInput):
    reason = reason_field("Required.")
