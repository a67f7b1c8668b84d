"""JSON bodies are read as they are written: a number is no yes or no, and digits in quotes are no number.

The framework reads a body as it reads a query, where everything is text.
"""

from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import ValidationException

_AT = " - at `$"


class StrictRequest(Request[Any, Any, Any]):
    async def json(self) -> Any:
        """The body as the type that the route takes. Raises ValidationException, naming the field."""
        told = await super().json()
        wanted = self.route_handler.parsed_data_field
        if wanted is None:
            return told
        try:
            return msgspec.convert(_with_whole_numbers(told), wanted.annotation)
        except msgspec.ValidationError as error:
            said, _, path = str(error).partition(_AT)
            raise ValidationException(extra=[{"message": said, "key": path.strip(".`")}]) from error


def _with_whole_numbers(told: Any) -> Any:
    """To JSON 3.0 is as whole a number as 3 is."""
    match told:
        case dict():
            return {name: _with_whole_numbers(value) for name, value in told.items()}
        case list():
            return [_with_whole_numbers(value) for value in told]
        case float() if told.is_integer():
            return int(told)
    return told
