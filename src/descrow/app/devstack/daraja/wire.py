"""Daraja's bodies, field by field, with its own spellings and its mixture of types."""

from typing import Any

import msgspec

from descrow.app.devstack.daraja import ids
from descrow.app.devstack.daraja.books import AccountKind, MpesaAccount
from descrow.app.devstack.daraja.clock import dotted, fourteen_digits
from descrow.app.devstack.daraja.errors import DarajaRefusal
from descrow.app.devstack.daraja.money import decimal, json_decimal
from descrow.app.devstack.daraja.results import DESCRIPTIONS, QUERY_DESCRIPTIONS, STILL_PROCESSING, Result, on_the_wire
from descrow.app.devstack.daraja.settings import CENTS
from descrow.app.devstack.daraja.transactions import State, Transaction, TransactionKind

Body = dict[str, Any]

JSON_TYPE = "application/json;charset=UTF-8"
ACCEPTED = "0"
# The command's own queue inside Safaricom, which results name as if it were the merchant's address.
INTERNAL_QUEUE = "https://internalsandbox.safaricom.co.ke/mpesa/{}results/v1/submit"
ACCOUNT_NAMES = {
    AccountKind.WORKING: "Working Account",
    AccountKind.UTILITY: "Utility Account",
    AccountKind.CHARGES_PAID: "Charges Paid Account",
}
STATUS_WORDS = {State.OPEN: "Pending", State.COMPLETED: "Completed", State.FAILED: "Declined"}


def encode(body: Body) -> str:
    return msgspec.json.encode(body).decode()


def error(refusal: DarajaRefusal) -> Body:
    return {"requestId": ids.request_id(), "errorCode": refusal.code, "errorMessage": refusal.message}


def access_token(token: str, lifetime_s: int) -> Body:
    return {"access_token": token, "expires_in": str(lifetime_s - 1)}


def push_accepted(*, merchant_request_id: str, checkout_request_id: str) -> Body:
    return {
        "MerchantRequestID": merchant_request_id,
        "CheckoutRequestID": checkout_request_id,
        "ResponseCode": ACCEPTED,
        "ResponseDescription": "Success. Request accepted for processing",
        "CustomerMessage": "Success. Request accepted for processing",
    }


def command_accepted(*, conversation_id: str, originator_conversation_id: str) -> Body:
    return {
        "ConversationID": conversation_id,
        "OriginatorConversationID": originator_conversation_id,
        "ResponseCode": ACCEPTED,
        "ResponseDescription": "Accept the service request successfully.",
    }


def query_answer(push: Transaction) -> Body:
    """A push that is decided."""
    code = push.result
    return _query_answer(push, code, QUERY_DESCRIPTIONS.get(code, DESCRIPTIONS[code]))


def query_answer_in_flight(push: Transaction) -> Body:
    return _query_answer(push, STILL_PROCESSING, "The transaction is still under processing")


def query_answer_wrong(push: Transaction) -> Body:
    return _query_answer(push, Result.NO_ANSWER, QUERY_DESCRIPTIONS[Result.NO_ANSWER])


def stk_callback(push: Transaction, *, wrong_amount: bool = False) -> Body:
    """The outcome of a push. The reference of the account is not in it."""
    if push.receipt is None or push.finished_at_ms is None:
        return _stk_callback(push, push.result)
    stated_cents = push.amount_cents + CENTS if wrong_amount else push.amount_cents
    return _stk_callback(push, Result.SUCCESS, _paid(push, stated_cents, push.receipt, push.finished_at_ms))


def forged_stk_callback(push: Transaction) -> Body:
    """Return what somebody would send who knows the push's ids and would like it to be paid."""
    at_ms = push.requested_at_ms
    return _stk_callback(push, Result.SUCCESS, _paid(push, push.amount_cents, ids.receipt(at_ms), at_ms))


def urls_registered() -> Body:
    """Spelled as Daraja spells it."""
    return {
        "OriginatorCoversationID": ids.merchant_request_id(),
        "ResponseCode": ACCEPTED,
        "ResponseDescription": "success",
    }


def paybill_body(payment: Transaction, receipt: str, *, payer: str) -> Body:
    """A payment to the paybill, before or after it is made: one body for both."""
    at_ms = payment.finished_at_ms or payment.requested_at_ms
    return {
        "TransactionType": "Pay Bill",
        "TransID": receipt,
        "TransTime": fourteen_digits(at_ms),
        "TransAmount": decimal(payment.amount_cents),
        "BusinessShortCode": "",
        "BillRefNumber": payment.reference,
        "InvoiceNumber": "",
        "OrgAccountBalance": "",
        "ThirdPartyTransID": "",
        "MSISDN": payer,
        "FirstName": "",
        "MiddleName": "",
        "LastName": "",
    }


def b2c_result(
    payout: Transaction,
    *,
    receiver_name: str,
    utility_cents: int,
    working_cents: int,
    charges_paid_cents: int,
) -> Body:
    """The outcome of a payout, with the balances after it."""
    parameters = _parameters(
        TransactionAmount=payout.amount_cents // CENTS,
        TransactionReceipt=payout.receipt,
        ReceiverPartyPublicName=f"{payout.msisdn} - {receiver_name}",
        TransactionCompletedDateTime=dotted(payout.finished_at_ms or 0),
        B2CUtilityAccountAvailableFunds=json_decimal(utility_cents),
        B2CWorkingAccountAvailableFunds=json_decimal(working_cents),
        B2CRecipientIsRegisteredCustomer="Y",
        B2CChargesPaidAccountAvailableFunds=json_decimal(charges_paid_cents),
    )
    return _result(payout, parameters, _queue("b2c"))


def reversal_result(reversal: Transaction, *, utility_cents: int, payer_name: str, merchant: str) -> Body:
    """The outcome of a reversal."""
    parameters = _parameters(
        DebitAccountBalance=f"Utility Account|KES|{decimal(utility_cents)}|{decimal(utility_cents)}|0.00|0.00",
        Amount=json_decimal(reversal.amount_cents),
        TransCompletedTime=int(fourteen_digits(reversal.finished_at_ms or 0)),
        OriginalTransactionID=reversal.reference,
        Charge=json_decimal(0),
        CreditPartyPublicName=f"{reversal.msisdn} - {payer_name}",
        DebitPartyPublicName=merchant,
    )
    return _result(reversal, parameters, _queue("reversal"))


def status_result(status: Transaction, asked: Transaction | None, *, phone: str, merchant: str) -> Body:
    """Return what is known of the transaction that was asked about. Two items have no value, and one key appears
    twice. `phone` is its owner, as they are named this time.
    """
    if asked is None:
        return _result(status, [], _queue("status"))
    business = merchant
    is_paid_to_us = asked.kind in (TransactionKind.STK, TransactionKind.C2B)
    debit, credit = (phone, business) if is_paid_to_us else (business, phone)
    charges = f"Fee For B2C Payment|KES|{decimal(asked.fee_cents)}" if asked.kind is TransactionKind.B2C else ""
    parameters = [
        *_parameters(
            DebitPartyName=debit,
            CreditPartyName=credit,
            OriginatorConversationID=asked.group_id,
            InitiatedTime=fourteen_digits(asked.requested_at_ms),
            DebitAccountType="MMF Account For Customer" if is_paid_to_us else "Utility Account",
            DebitPartyCharges=charges,
        ),
        {"Key": "TransactionReason"},
        *_parameters(
            ReasonType={
                TransactionKind.STK: "Pay Bill Online",
                TransactionKind.C2B: "Pay Bill",
                TransactionKind.B2C: "Business Payment to Customer via API",
            }.get(asked.kind, "Transaction Reversal via API"),
            TransactionStatus=STATUS_WORDS[asked.state],
            FinalisedTime=fourteen_digits(asked.finished_at_ms) if asked.finished_at_ms else "",
            Amount=decimal(asked.amount_cents),
            ConversationID=asked.request_id,
            ReceiptNo=asked.receipt or "",
            DebitPartyName=debit,
        ),
    ]
    return _result(status, parameters, {"ReferenceItem": {"Key": "Occasion"}})


def balance_result(balance: Transaction, holdings: list[tuple[MpesaAccount, int]]) -> Body:
    """All accounts in one string. The code is a string here, even of success."""
    described = "&".join(
        f"{ACCOUNT_NAMES[account.kind]}|KES|{decimal(cents)}|{decimal(cents)}|0.00|0.00" for account, cents in holdings
    )
    parameters = _parameters(
        AccountBalance=described,
        BOCompletedTime=fourteen_digits(balance.finished_at_ms or 0),
    )
    body = _result(balance, parameters, _queue("ab"))
    body["Result"]["ResultCode"] = balance.result_code
    body["Result"]["ResultType"] = "0"
    return body


def queue_timeout(command: Transaction) -> Body:
    """Safaricom does not document this body; it looks like a result that knows nothing."""
    return {
        "Result": {
            "ResultType": 1,
            "ResultCode": 1,
            "ResultDesc": "The request timed out in the queue.",
            "OriginatorConversationID": command.group_id,
            "ConversationID": command.request_id,
        }
    }


def _query_answer(push: Transaction, code: str, description: str) -> Body:
    return {
        "ResponseCode": ACCEPTED,
        "ResponseDescription": "The service request has been accepted successfully",
        "MerchantRequestID": push.group_id,
        "CheckoutRequestID": push.request_id,
        "ResultCode": str(code),
        "ResultDesc": description,
    }


def _stk_callback(push: Transaction, code: Result, items: list[Body] | None = None) -> Body:
    callback: Body = {
        "MerchantRequestID": push.group_id,
        "CheckoutRequestID": push.request_id,
        "ResultCode": on_the_wire(code),
        "ResultDesc": DESCRIPTIONS[code],
    }
    if items is not None:
        callback["CallbackMetadata"] = {"Item": items}
    return {"Body": {"stkCallback": callback}}


def _paid(push: Transaction, amount_cents: int, receipt: str, at_ms: int) -> list[Body]:
    return [
        {"Name": "Amount", "Value": json_decimal(amount_cents)},
        {"Name": "MpesaReceiptNumber", "Value": receipt},
        {"Name": "Balance"},
        {"Name": "TransactionDate", "Value": int(fourteen_digits(at_ms))},
        {"Name": "PhoneNumber", "Value": int(push.msisdn)},
    ]


def _result(command: Transaction, parameters: list[Body], reference_data: Body) -> Body:
    code = command.result
    result: Body = {
        "ResultType": 0,
        "ResultCode": on_the_wire(code),
        "ResultDesc": DESCRIPTIONS[code],
        "OriginatorConversationID": command.group_id,
        "ConversationID": command.request_id,
        "TransactionID": command.receipt,
    }
    if code is Result.SUCCESS:
        result["ResultParameters"] = {"ResultParameter": parameters}
    result["ReferenceData"] = reference_data
    return {"Result": result}


def _parameters(**values: object) -> list[Body]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def _queue(name: str) -> Body:
    return {"ReferenceItem": {"Key": "QueueTimeoutURL", "Value": INTERNAL_QUEUE.format(name)}}
