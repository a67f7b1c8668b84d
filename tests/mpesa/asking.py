"""Requests with good defaults, so that a test shows only what matters in it."""

from typing import Any

from descrow.kernel.money import Shillings
from descrow.mpesa.ids import CheckoutRequestId, OriginatorConversationId, ReceiptNumber
from descrow.mpesa.phones import Msisdn
from descrow.mpesa.requests import BalanceQuery, PayoutRequest, ResultUrls, Reversal, StkPush, TransactionQuery
from descrow.mpesa.urls import CallbackUrl

PHONE = Msisdn("254708374149")
CHECKOUT = CheckoutRequestId("ws_CO_021020261810465181954437")

URLS = ResultUrls(
    result=CallbackUrl("http://127.0.0.1:8080/callbacks/result"),
    queue_timeout=CallbackUrl("http://127.0.0.1:8080/callbacks/timeout"),
)


def a_push(**changed: Any) -> StkPush:
    defaults = {
        "phone": PHONE,
        "amount": Shillings(1_500),
        "reference": "Order 42",
        "description": "Descrow",
        "callback_url": CallbackUrl("http://127.0.0.1:8080/callbacks/payment"),
    }
    return StkPush(**{**defaults, **changed})


def a_payout(**changed: Any) -> PayoutRequest:
    defaults = {
        "originator_conversation_id": OriginatorConversationId("payout-1"),
        "phone": PHONE,
        "amount": Shillings(10),
        "remarks": "Order 42",
        "urls": URLS,
    }
    return PayoutRequest(**{**defaults, **changed})


def a_reversal(**changed: Any) -> Reversal:
    defaults = {
        "receipt_number": ReceiptNumber("NLJ7RT61SV"),
        "amount": Shillings(1_500),
        "remarks": "Order 42",
        "urls": URLS,
    }
    return Reversal(**{**defaults, **changed})


def a_transaction_query(*, payout: str | None = None, receipt: str | None = None) -> TransactionQuery:
    return TransactionQuery(
        originator_conversation_id=OriginatorConversationId(payout) if payout else None,
        receipt_number=ReceiptNumber(receipt) if receipt else None,
        remarks="Order 42",
        urls=URLS,
    )


def a_balance_query() -> BalanceQuery:
    return BalanceQuery(shortcode="600992", remarks="Daily check", urls=URLS)
