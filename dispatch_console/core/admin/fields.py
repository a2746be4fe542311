"""Form fields of the admin."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dispatch_console.core.api.errors import Malformed
from dispatch_console.core.api.parsers import loads


class OutlineField(forms.CharField):
    """GeoJSON as text, read as strictly as a body of the API; whether it is a possible zone is for the zone to say."""

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else json.dumps(value)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return loads(text.encode())
        except Malformed as error:
            raise ValidationError(error.message.replace("The body", "The outline")) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True
