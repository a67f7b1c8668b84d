"""The verdict on a drill with M-Pesa sees whatever may become of a shilling: books that are right, and then not."""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from descrow.app.devstack.daraja.books import AccountKind
from descrow.app.devstack.daraja.transactions import State, Transaction, TransactionKind
from descrow.contract.order_status import OrderStatus
from descrow.incidents.models import Case, CaseKind
from descrow.orders.models import Order
from descrow.payments.mpesa.ledger import LedgerAccount
from descrow.payments.mpesa.models import (
    AttemptStatus,
    BalanceCheck,
    HandPayment,
    HandPaymentStatus,
    PaidBy,
    Payment,
    PaymentStatus,
    Payout,
    PayoutAttempt,
    PayoutStatus,
    Purpose,
)
from tests.faults.findings import Reported
from tests.faults.mpesa_verdict import Accounts, MoneyJudge

PRICE, FEE, CHARGE = 100_00, 1_00, 5_00
SELLERS_PART = PRICE - FEE
NOW = datetime(2026, 11, 30, tzinfo=UTC)
BUYERS_PHONE, SELLERS_PHONE = "254712000000", "254722000000"


def a_transaction(kind: TransactionKind, amount: int, receipt: str, **differing: Any) -> Transaction:
    usual: dict[str, Any] = {
        "number": 1,
        "state": State.COMPLETED,
        "request_id": "ws_CO_1",
        "group_id": "conversation 1",
        "fee_cents": CHARGE if kind is TransactionKind.B2C else 0,
        "msisdn": BUYERS_PHONE if kind is TransactionKind.STK else SELLERS_PHONE,
    }
    unread = dict.fromkeys(("command", "reference", "remarks", "result_url", "timeout_url"), "")
    unset = dict.fromkeys(("refusal_code", "result_code", "finished_at_ms"))
    times = {"requested_at_ms": 0, "due_at_ms": 0}
    fields = {
        "kind": kind,
        "amount_cents": amount,
        "receipt": receipt,
        **unread,
        **unset,
        **times,
        **usual,
        **differing,
    }
    return Transaction(**fields)


def an_event(name: str, **arguments: object) -> Reported:
    return Reported(1, "0xb10c", 0, name, {"order_id": "1", **arguments}, None)


def accounts_of_a_delivered_order() -> Accounts:
    """One order, paid and delivered: the seller has the money but for the fee."""
    order = Order(
        id=1, reference=UUID(int=1), contract_order_id=1, status=OrderStatus.DELIVERED, payment_method="mpesa"
    )
    order.amount_kes_cents = PRICE
    payment = Payment(
        id=1, order_id=1, phone=BUYERS_PHONE, status=PaymentStatus.CONFIRMED, received_cents=PRICE, receipt_number="IN1"
    )
    payment.paid_by = PaidBy.PROMPT
    payment.sent_at, payment.ended_at = NOW, NOW + timedelta(minutes=1)
    payout = Payout(
        id=1,
        order_id=1,
        purpose=Purpose.SELLER,
        phone=SELLERS_PHONE,
        amount_cents=SELLERS_PART,
        status=PayoutStatus.PAID,
    )
    attempt = PayoutAttempt(id=1, payout_id=1, originator_conversation_id="conversation 1", status=AttemptStatus.PAID)
    attempt.receipt_number, attempt.charge_cents = "OUT1", CHARGE
    return Accounts(
        orders=[order],
        payments=defaultdict(list, {1: [payment]}),
        payouts=defaultdict(list, {1: [payout]}),
        attempts=defaultdict(list, {1: [attempt]}),
        cases=[],
        ever_cases=set(),
        ledger={
            **dict.fromkeys(LedgerAccount, 0),
            LedgerAccount.UTILITY: FEE,
            LedgerAccount.FEES_EARNED: -FEE,
            LedgerAccount.MPESA_CHARGES: CHARGE,
            LedgerAccount.CHARGES_PAID: -CHARGE,
        },
        balance_check=BalanceCheck(utility_cents=FEE, ledger_cents=FEE, in_flight=0),
        alerts=[],
        pushes=defaultdict(list, {1: [a_transaction(TransactionKind.STK, PRICE, "IN1")]}),
        transfers=defaultdict(list, {"conversation 1": [a_transaction(TransactionKind.B2C, SELLERS_PART, "OUT1")]}),
        hand_payments={},
        by_hand={},
        reversals={},
        holdings=Counter({AccountKind.UTILITY: FEE, AccountKind.CHARGES_PAID: -CHARGE}),
        events=defaultdict(
            list,
            {
                1: [
                    an_event("OrderCreated"),
                    an_event("OffchainPaymentRecorded", amount=str(PRICE), receipt=_digest("IN1")),
                    an_event("OrderFunded"),
                    an_event("OrderShipped"),
                    an_event("OrderDelivered", seller_amount=str(SELLERS_PART), fee=str(FEE)),
                ]
            },
        ),
    )


def test_an_order_whose_money_is_all_there_leaves_nothing_to_say() -> None:
    assert MoneyJudge(accounts_of_a_delivered_order()).judge().wrong == []


def paid_by_hand(accounts: Accounts, status: HandPaymentStatus) -> None:
    """Somebody paid the paybill, and what became of it is left to the caller."""
    made = a_transaction(TransactionKind.C2B, PRICE, "HAND1", number=9, msisdn=BUYERS_PHONE)
    accounts.by_hand["HAND1"] = made
    accounts.hand_payments["HAND1"] = HandPayment(id=1, receipt_number="HAND1", status=status, amount_cents=PRICE)
    accounts.holdings[AccountKind.UTILITY] += PRICE
    accounts.ledger[LedgerAccount.UTILITY] += PRICE
    accounts.ledger[LedgerAccount.OWED_TO_BUYERS] -= PRICE
    accounts.balance_check.utility_cents = accounts.balance_check.ledger_cents = FEE + PRICE


def paid_by_hand_and_forgotten(accounts: Accounts) -> None:
    paid_by_hand(accounts, HandPaymentStatus.PLACED)
    accounts.hand_payments.clear()


def returned_by_our_word_alone(accounts: Accounts) -> None:
    paid_by_hand(accounts, HandPaymentStatus.RETURNED)


def held_without_a_case(accounts: Accounts) -> None:
    paid_by_hand(accounts, HandPaymentStatus.HELD)


def returned_twice(accounts: Accounts) -> None:
    paid_by_hand(accounts, HandPaymentStatus.RETURNED)
    reversal = a_transaction(TransactionKind.REVERSAL, PRICE, "BACK1", number=10, reference="HAND1")
    accounts.reversals["HAND1"] = [reversal, reversal]


def kept_waiting(accounts: Accounts) -> None:
    accounts.payments[1][0].ended_at = NOW + timedelta(hours=1, seconds=1)


def never_ended(accounts: Accounts) -> None:
    accounts.payments[1][0].ended_at = None


def paid_twice(accounts: Accounts) -> None:
    accounts.transfers["conversation 1"].append(a_transaction(TransactionKind.B2C, SELLERS_PART, "OUT2", number=2))


def never_paid(accounts: Accounts) -> None:
    accounts.transfers.clear()


def paid_to_another_phone(accounts: Accounts) -> None:
    accounts.transfers["conversation 1"] = [
        a_transaction(TransactionKind.B2C, SELLERS_PART, "OUT1", msisdn=BUYERS_PHONE)
    ]


def paid_on_nobodys_behalf(accounts: Accounts) -> None:
    accounts.transfers["conversation 2"] = [a_transaction(TransactionKind.B2C, SELLERS_PART, "OUT2", number=2)]


def prompted_twice(accounts: Accounts) -> None:
    accounts.pushes[1].append(a_transaction(TransactionKind.STK, PRICE, "IN2", number=2))


def taken_and_forgotten(accounts: Accounts) -> None:
    """The buyer paid a second time, and we say that it failed."""
    failed = Payment(id=2, order_id=1, phone=BUYERS_PHONE, status=PaymentStatus.FAILED, sent_at=NOW, ended_at=NOW)
    failed.paid_by = PaidBy.PROMPT
    accounts.payments[1].append(failed)
    accounts.pushes[2] = [a_transaction(TransactionKind.STK, PRICE, "IN2", number=2)]


def never_taken(accounts: Accounts) -> None:
    accounts.pushes.clear()


def without_a_record(accounts: Accounts) -> None:
    del accounts.events[1][1]


def recorded_twice(accounts: Accounts) -> None:
    accounts.events[1].insert(1, accounts.events[1][1])


def recorded_under_another_receipt(accounts: Accounts) -> None:
    accounts.events[1][1].arguments["receipt"] = _digest("IN2")


def still_under_way(accounts: Accounts) -> None:
    accounts.payouts[1][0].status = PayoutStatus.SENT


def owed_too_little(accounts: Accounts) -> None:
    accounts.payouts[1][0].amount_cents -= 1_00


def a_ledger_that_says_more(accounts: Accounts) -> None:
    accounts.ledger[LedgerAccount.UTILITY] += 1_00
    accounts.ledger[LedgerAccount.OPERATOR] -= 1_00


def a_ledger_that_does_not_sum_up(accounts: Accounts) -> None:
    accounts.ledger[LedgerAccount.OPERATOR] = 1_00


def a_balance_check_that_sees_another_sum(accounts: Accounts) -> None:
    accounts.balance_check.utility_cents = 0


def a_case_that_names_no_money(accounts: Accounts) -> None:
    accounts.cases.append(Case(kind=CaseKind.LEDGER_DIFFERS, subject="order 1 in the ledger", order_id=1, details={}))


@pytest.mark.parametrize(
    "spoil",
    [
        paid_by_hand_and_forgotten,
        returned_by_our_word_alone,
        held_without_a_case,
        returned_twice,
        kept_waiting,
        never_ended,
        paid_twice,
        never_paid,
        paid_to_another_phone,
        paid_on_nobodys_behalf,
        prompted_twice,
        taken_and_forgotten,
        never_taken,
        without_a_record,
        recorded_twice,
        recorded_under_another_receipt,
        still_under_way,
        owed_too_little,
        a_ledger_that_says_more,
        a_ledger_that_does_not_sum_up,
        a_balance_check_that_sees_another_sum,
        a_case_that_names_no_money,
    ],
)
def test_a_shilling_out_of_its_place_is_found(spoil: Callable[[Accounts], None]) -> None:
    accounts = accounts_of_a_delivered_order()

    spoil(accounts)

    assert MoneyJudge(accounts).judge().wrong != []


def test_money_paid_by_hand_that_waits_in_a_case_leaves_nothing_to_say() -> None:
    accounts = accounts_of_a_delivered_order()
    paid_by_hand(accounts, HandPaymentStatus.HELD)
    subject = "payment by hand 1"
    accounts.cases.append(Case(kind=CaseKind.HAND_PAYMENT_HELD, subject=subject, order_id=None, details={}))

    verdict = MoneyJudge(accounts).judge()

    assert verdict.wrong == []
    assert len(verdict.left_to_people) == 1


def test_money_that_only_a_case_knows_of_is_named_with_m_pesas_receipt() -> None:
    accounts = accounts_of_a_delivered_order()
    taken_and_forgotten(accounts)
    accounts.cases.append(Case(kind=CaseKind.PAYMENT_UNKNOWN, subject="payment 2", order_id=1, details={}))
    accounts.ever_cases.add((CaseKind.PAYMENT_UNKNOWN, "payment 2"))
    accounts.holdings[AccountKind.UTILITY] += PRICE
    accounts.balance_check.utility_cents = FEE + PRICE
    accounts.balance_check.in_flight = 1

    verdict = MoneyJudge(accounts).judge()

    assert verdict.wrong == []
    [named] = verdict.left_to_people
    assert "of 10000 cents has completed with receipt IN2" in named


def _digest(receipt: str) -> str:
    return "0x" + sha256(receipt.encode()).hexdigest()
