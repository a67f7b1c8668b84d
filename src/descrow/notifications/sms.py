"""SMS, by what speaks Africa's Talking's wire format (https://developers.africastalking.com/docs/sms/sending/bulk)."""

import httpx
import msgspec
from pydantic import SecretStr

from descrow.mpesa.phones import without_numbers
from descrow.notifications.outcomes import DeliveryUnknown, NotTaken, Outcome, Taken, exchange

_TAKEN = range(100, 103)
"""Processed, sent, queued."""
_FOR_NOW = frozenset({401, 405, 407, 500, 501, 502})
"""Held for its risk, our account is empty, no route, errors of theirs or of a gateway. All others are for good."""


class _Recipient(msgspec.Struct, rename="camel"):
    status_code: int
    status: str = ""
    message_id: str | None = None


class _MessageData(msgspec.Struct, rename="pascal"):
    recipients: list[_Recipient]
    message: str = ""


class _Reply(msgspec.Struct):
    data: _MessageData = msgspec.field(name="SMSMessageData")


class SmsSender:
    def __init__(
        self, http: httpx.AsyncClient, base_url: str, *, username: str, api_key: SecretStr, sender: str | None
    ) -> None:
        self._http = http
        self._url = base_url.rstrip("/") + "/version1/messaging"
        self._username = username
        self._api_key = api_key
        self._sender = sender

    async def send(self, phone: str, text: str) -> Outcome:
        """`phone` is 254 and nine digits."""
        form = {"username": self._username, "to": f"+{phone}", "message": text}
        if self._sender is not None:
            form["from"] = self._sender
        request = self._http.build_request(
            "POST",
            self._url,
            data=form,
            headers={"apiKey": self._api_key.get_secret_value(), "Accept": "application/json"},
        )
        answer = await exchange(self._http, request)
        if isinstance(answer, NotTaken | DeliveryUnknown):
            return answer
        return _read(answer.status, answer.body)


def _read(http_status: int, body: bytes) -> Outcome:
    """Only Africa's Talking's own words tell what it did; a 5xx may come from a proxy after the message was taken.

    A 4xx is their refusal before they looked at the message: a wrong key, a form that does not fit.
    """
    if 400 <= http_status < 500:
        return NotTaken(f"HTTP {http_status}")
    try:
        data = msgspec.json.decode(body, type=_Reply).data
    except msgspec.DecodeError:
        return DeliveryUnknown(f"HTTP {http_status} with an answer that cannot be read")
    if not data.recipients:  # how they refuse the whole request, such as for an unknown sender
        return NotTaken(without_numbers(data.message)[:200])
    recipient = data.recipients[0]
    if recipient.status_code in _TAKEN:
        return Taken(recipient.message_id)
    return NotTaken(
        f"{recipient.status_code} {without_numbers(recipient.status)[:200]}",
        for_good=recipient.status_code not in _FOR_NOW,
    )
