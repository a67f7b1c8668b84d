"""A merchant's request, read field by field. What Daraja refuses at once is refused here."""

import ipaddress
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from descrow.app.devstack.daraja.clock import NAIROBI
from descrow.app.devstack.daraja.errors import InvalidDarajaField
from descrow.app.devstack.daraja.settings import CENTS

MSISDN = re.compile(r"254[17][0-9]{8}")
WHOLE_NUMBER = re.compile(r"[0-9]{1,12}")
URL = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
FIRST_FIELD = "BusinessShortCode"
LABELS = ("CheckoutRequestID", "OriginatorConversationID", "AccountReference", "TransactionID")


class Fields:
    """The body of a request. Numbers may be written as strings, and strings as numbers: both forms are in use."""

    def __init__(self, body: bytes, *, content_type: str) -> None:
        # A form is not read at all, so its first field is the one that is missing.
        if "form" in content_type.lower():
            raise InvalidDarajaField(FIRST_FIELD)
        try:
            fields = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidDarajaField(FIRST_FIELD) from error
        if not isinstance(fields, dict):
            raise InvalidDarajaField(FIRST_FIELD)
        self._fields: dict[str, Any] = fields

    @property
    def label(self) -> str:
        """Return what tells this request from others, for the history."""
        return next((f"{name} {self._fields[name]}" for name in LABELS if name in self._fields), "")

    def text(self, name: str, *, label: str | None = None, shortest: int = 1, longest: int = 1000) -> str:
        """A text of such a length. The refusal names the field, or its `label`."""
        value = self._fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not shortest <= len(value.strip()) <= longest:
            raise InvalidDarajaField(label or name)
        return value.strip()

    def optional_text(self, name: str, *, longest: int = 1000) -> str:
        value = self._fields.get(name)
        return "" if value in (None, "") else self.text(name, longest=longest)

    def one_of(self, name: str, *choices: str) -> str:
        value = self.text(name)
        if value not in choices:
            raise InvalidDarajaField(name)
        return value

    def shillings_in_cents(self, name: str) -> int:
        """An amount, of which Daraja takes whole shillings only."""
        value = self.text(name)
        if not WHOLE_NUMBER.fullmatch(value):
            raise InvalidDarajaField(name)
        return int(value) * CENTS

    def msisdn(self, name: str) -> str:
        value = self.text(name)
        if not MSISDN.fullmatch(value):
            raise InvalidDarajaField(name)
        return value

    def timestamp(self, name: str) -> str:
        value = self.text(name, shortest=14, longest=14)
        try:
            datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=NAIROBI)
        except ValueError as error:
            raise InvalidDarajaField(name) from error
        return value

    def url(self, name: str, *, anywhere: bool) -> str:
        """Return where a callback goes: to this machine, unless it may go anywhere."""
        value = self.text(name)
        if not URL.fullmatch(value) or not (anywhere or _is_loopback(value)):
            raise InvalidDarajaField(name)
        return value


def _is_loopback(url: str) -> bool:
    """Judged by what is written, without asking a name server: what a name means may change before it is used."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:  # the port is none
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
