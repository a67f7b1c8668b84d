"""JSON bodies are read as they are written: a number is no yes or no, and digits in quotes are no number.

The framework reads a body as it reads a query, where everything is text. A text with a NUL in it, which no database
holds, is refused wherever it stands, used or not.
"""

from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import ValidationException

from descrow.kernel.problems.framework import NotReadable

NUL = "\x00"
_AT = " - at `$"


class StrictRequest(Request[Any, Any, Any]):
    async def json(self) -> Any:
        """The body as the type that the route takes. Raises NotReadable, or ValidationException, naming the field."""
        decoded = await super().json()
        wanted = self.route_handler.parsed_data_field
        if wanted is None:
            return decoded
        try:
            return msgspec.convert(_as_meant(decoded), wanted.annotation)
        except msgspec.ValidationError as error:
            said, _, path = str(error).partition(_AT)
            raise ValidationException(extra=[{"message": said, "key": path.strip(".`")}]) from error


def _as_meant(decoded: Any) -> Any:
    """To JSON 3.0 is as whole a number as 3 is. Raises NotReadable for a NUL."""
    match decoded:
        case str() if NUL in decoded:
            raise NotReadable("A text that was sent holds a NUL character; nothing was changed.")
        case dict():
            return {_as_meant(name): _as_meant(value) for name, value in decoded.items()}
        case list():
            return [_as_meant(value) for value in decoded]
        case float() if decoded.is_integer():
            return int(decoded)
    return decoded
