"""Define the other words that M-Pesa was seen to use for the same facts: each is a switch like the faults.

Nothing is wrong with what they say. A merchant who reads one of them only loses payments over the others.
"""

import codecs
import gzip
from collections.abc import Callable, Iterable
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any

import msgspec

from descrow.app.devstack.daraja import ids
from descrow.app.devstack.daraja.faults import Fault, Switchboard
from descrow.app.devstack.daraja.results import Result

Body = dict[str, Any]

_AMOUNTS = ("amount", "transactionamount", "transamount")
_BAD_BYTE = b"\xe9"
_JSON = msgspec.json.Decoder(float_hook=lambda written: msgspec.Raw(written.encode()))
"""Numbers keep the digits that they are written with."""


class Bytes(StrEnum):
    """Describe how a body is written down."""

    PLAIN = "plain"
    BYTE_ORDER_MARK = "byte_order_mark"
    GZIPPED = "gzipped"
    BAD_BYTE = "bad_byte"


BYTES = {
    Fault.BYTE_ORDER_MARK: Bytes.BYTE_ORDER_MARK,
    Fault.GZIPPED: Bytes.GZIPPED,
    Fault.BAD_BYTE: Bytes.BAD_BYTE,
}

UNUSUAL_STK = (
    Result.WOULD_FALL_TOO_LOW,
    Result.PARTY_UNRESOLVED,
    Result.RECEIVER_UNRESOLVED,
    Result.DEBIT_ACCOUNT_INVALID,
    Result.CREDIT_ACCOUNT_INVALID,
    Result.DEBIT_ACCOUNT_UNRESOLVED,
    Result.CREDIT_ACCOUNT_UNRESOLVED,
    Result.DUPLICATE,
    Result.ACCOUNT_INACTIVE,
    Result.UNHEARD_OF,
)
"""Codes of older lists, which people met as results of prompts; the last one is in no list."""
UNUSUAL_B2C = UNUSUAL_STK[:-1]


def unusual(codes: tuple[Result, ...], draw: float) -> Result:
    """Return the code that a draw between 0 and 1 comes to."""
    return codes[int(draw * len(codes))]


def spelled(msisdn: str, name: str, switchboard: Switchboard, number: int) -> str:
    """Return how Transaction Status names the owner of a phone this time."""
    for fault, spelling in _SPELLINGS.items():
        if switchboard.strikes(fault, number):
            return spelling(msisdn, name)
    return f"{msisdn} - {name}"


def hashed(msisdn: str) -> str:
    return sha256(msisdn.encode()).hexdigest()


_SPELLINGS: dict[Fault, Callable[[str, str], str]] = {
    Fault.PAYER_LOCAL: lambda msisdn, name: f"0{msisdn[3:]} - {name}",
    Fault.PAYER_MASKED: lambda msisdn, name: f"{msisdn[:4]} ***** {msisdn[-3:]} - {name}",
    Fault.PAYER_HASHED: lambda msisdn, _name: hashed(msisdn),
    Fault.PAYER_NOT_SHOWN: lambda _msisdn, name: name,
}


def reworded(text: str, wordings: Iterable[Fault]) -> str:
    """Return the body with other words for the same facts."""
    body: Body = _JSON.decode(text)
    for wording in wordings:
        body = _REWORDINGS[wording](body)
    return msgspec.json.encode(body).decode()


def written(text: str, how: Bytes) -> bytes:
    """Return the bytes that go over the wire."""
    body = text.encode()
    match how:
        case Bytes.PLAIN:
            return body
        case Bytes.BYTE_ORDER_MARK:
            return codecs.BOM_UTF8 + body
        case Bytes.GZIPPED:
            return gzip.compress(body)
        case Bytes.BAD_BYTE:
            return body.replace(b'"ResultDesc":"', b'"ResultDesc":"' + _BAD_BYTE, 1)


def _result_code(body: Body, word: Callable[[object], object]) -> Body:
    for envelope in (body.get("Result"), body.get("Body", {}).get("stkCallback")):
        if envelope is not None:
            envelope["ResultCode"] = word(envelope["ResultCode"])
    return body


def _as_decimal(code: object) -> object:
    return msgspec.Raw(f"{code}.0".encode()) if isinstance(code, int) else code


def _as_text(number: object) -> str:
    return bytes(number).decode() if isinstance(number, msgspec.Raw) else str(number)


def _items(body: Body) -> list[Body]:
    """The names and values of a callback or a result; empty where it has none."""
    paid = body.get("Body", {}).get("stkCallback", {}).get("CallbackMetadata", {}).get("Item", [])
    found = body.get("Result", {}).get("ResultParameters", {}).get("ResultParameter", [])
    return [*paid, *found]


def _amounts_as_text(body: Body) -> Body:
    for item in _items(body):
        if str(item.get("Name", item.get("Key"))).lower() in _AMOUNTS and "Value" in item:
            item["Value"] = f"{Decimal(_as_text(item['Value'])):,.2f}"
    if "TransAmount" in body:
        body["TransAmount"] = f"{Decimal(body['TransAmount']):,.2f}"
    return body


def _in_lower_case(body: Body) -> Body:
    if "TransID" in body:
        return {name.lower(): value for name, value in body.items()}
    for item in _items(body):
        for name in ("Name", "Key"):
            if name in item:
                item[name.lower()] = item.pop(name).lower()
        if "Value" in item:
            item["value"] = item.pop("Value")
    return body


def _metadata(body: Body, change: Callable[[Body], object]) -> Body:
    callback = body.get("Body", {}).get("stkCallback", {})
    if "CallbackMetadata" in callback:
        change(callback)
    return body


def _single_item(callback: Body) -> None:
    """The receipt's number alone, and not in a list."""
    receipt = [item for item in callback["CallbackMetadata"]["Item"] if "MpesaReceiptNumber" in item.values()]
    callback["CallbackMetadata"] = {"Item": receipt[0]} if receipt else callback["CallbackMetadata"]


def _balance_as_text(callback: Body) -> None:
    items = callback["CallbackMetadata"]["Item"]
    for item in items if isinstance(items, list) else []:
        if item.get("Name") == "Balance":
            item["Value"] = "{Amount={CurrencyCode=KES, MinimumAmount=12300, BasicAmount=123.00}}"


def _own_originator(body: Body) -> Body:
    if "Result" in body:
        body["Result"]["OriginatorConversationID"] = ids.merchant_request_id()
    return body


_REWORDINGS: dict[Fault, Callable[[Body], Body]] = {
    Fault.CODE_AS_DECIMAL: lambda body: _result_code(body, _as_decimal),
    Fault.CODE_AS_TEXT: lambda body: _result_code(body, _as_text),
    Fault.AMOUNT_AS_TEXT: _amounts_as_text,
    Fault.BALANCE_AS_TEXT: lambda body: _metadata(body, _balance_as_text),
    Fault.SINGLE_ITEM: lambda body: _metadata(body, _single_item),
    Fault.ITEMS_MISSING: lambda body: _metadata(body, lambda callback: callback.pop("CallbackMetadata")),
    Fault.ITEMS_LOWER_CASE: _in_lower_case,
    Fault.OWN_ORIGINATOR: _own_originator,
}

REWORDINGS = tuple(_REWORDINGS)
