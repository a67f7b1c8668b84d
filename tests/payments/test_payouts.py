"""Money to phones: once, whatever is lost on the way, and in parts where M-Pesa wants it so."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import delete, exists, select, update

from descrow.incidents.models import CaseKind
from descrow.kernel.db import utc_now
from descrow.kernel.money import KesCents
from descrow.mpesa.callbacks import Envelope, PayoutPosted
from descrow.mpesa.client import Daraja
from descrow.mpesa.ids import OriginatorConversationId, ReceiptNumber
from descrow.mpesa.outcomes import Doubt, Unknown
from descrow.mpesa.requests import PayoutRequest
from descrow.mpesa.results import Succeeded
from descrow.payments.mpesa import callbacks, manual_resolutions, payouts, status_queries
from descrow.payments.mpesa.ledger import LedgerAccount
from descrow.payments.mpesa.models import (
    AttemptStatus,
    CallbackKind,
    DarajaCallback,
    Payment,
    PaymentStatus,
    Payout,
    PayoutAttempt,
    PayoutStatus,
    Purpose,
    StatusQuery,
)
from tests.locks import until_somebody_waits_for_a_row
from tests.payments.shop import BUYERS_PHONE, SELLERS_PHONE, MpesaMarket
from tests.waiting import eventually

SELLERS_PART = 1486_00
"""Of 1,501 shillings, less one per cent in whole shillings."""


@pytest.mark.parametrize(
    "faults",
    [
        {"b2c_ack_lost": {"count": 1}},
        {"result_lost": {"count": 1}},
        {"result_doubled": {"count": 1}},
        {"result_before_ack": {"count": 1, "delay_s": 3}},
        {"queue_timeout_paid": {"count": 1}},
        {"b2c_ack_lost": {"count": 1}, "result_lost": {"count": 1}},
        {"html_error": {"count": 1}},
        {"empty_error": {"count": 1}},
        {"token_killed": {"count": 1}},
    ],
    ids=lambda faults: "+".join(faults),
)
async def test_the_seller_is_paid_once_whatever_is_lost(shop: MpesaMarket, faults: dict[str, dict[str, Any]]) -> None:
    order = await shop.paid_order()
    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    shop.faults(**faults)

    await shop.relay(shop.buyer, order["id"], "confirm")
    await _hurried_until_paid(shop)

    assert shop.on_phone(SELLERS_PHONE) == SELLERS_PART
    assert (await shop.ledger())[LedgerAccount.UTILITY] == shop.in_utility()
    assert await shop.cases() == []


async def test_a_worker_that_died_between_storing_and_sending_sends_the_same_id(shop: MpesaMarket) -> None:
    await shop.delivered_order()
    await _hurried_until_paid(shop)
    payout = await _owed_again(shop)
    async with shop.sessions.begin() as session:
        session.add(
            PayoutAttempt(payout_id=payout.id, originator_conversation_id="stored-and-never-sent", attempt_count=1)
        )
        await session.execute(
            update(PayoutAttempt)
            .where(PayoutAttempt.originator_conversation_id == "stored-and-never-sent")
            .values(is_to_send=False)
        )

    await _hurried_until_paid(shop)

    assert shop.on_phone(SELLERS_PHONE) == 2 * SELLERS_PART
    assert [attempt.originator_conversation_id for attempt in await _attempts(shop)][1:] == ["stored-and-never-sent"]


async def test_a_worker_that_died_after_sending_does_not_pay_twice(shop: MpesaMarket) -> None:
    """Daraja was told, and paid; the worker's memory of it is gone but for what it stored before."""
    await shop.delivered_order()
    await _hurried_until_paid(shop)
    [attempt] = await _attempts(shop)
    async with shop.sessions.begin() as session:
        forgotten = {"status": AttemptStatus.OPEN, "conversation_id": None, "receipt_number": None}
        await session.execute(update(PayoutAttempt).values(**forgotten, is_to_send=True, next_attempt_at=utc_now()))
        await session.execute(update(Payout).values(status=PayoutStatus.SENT, paid_at=None))

    await _hurried_until_paid(shop)

    assert shop.on_phone(SELLERS_PHONE) == SELLERS_PART
    assert [one.originator_conversation_id for one in await _attempts(shop)] == [attempt.originator_conversation_id]
    assert (await shop.ledger())[LedgerAccount.UTILITY] == shop.in_utility()


async def test_two_workers_at_once_pay_once(shop: MpesaMarket) -> None:
    await shop.delivered_order()

    for _ in range(20):
        await payouts.begin_due_payouts(shop.payment_context)
        await payouts.begin_due_payouts(shop.payment_context)
        await shop.one_round()
    await _hurried_until_paid(shop)

    assert shop.on_phone(SELLERS_PHONE) == SELLERS_PART


async def test_a_float_that_runs_short_delays_the_payout_and_loses_nothing(shop: MpesaMarket) -> None:
    order = await shop.paid_order()
    shop.daraja.token = ""
    shop.daraja.pay_out("the operator's own", 1_000, PartyB=BUYERS_PHONE)
    await shop.until(lambda: _is_spent(shop))
    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    await shop.relay(shop.buyer, order["id"], "confirm")
    await shop.until(lambda: _has_failed_attempt(shop))

    shop.daraja.control("POST", "/deposits", {"to": "utility", "amount_cents": 1_000_00})
    await _hurried_until_paid(shop)

    assert shop.on_phone(SELLERS_PHONE) == SELLERS_PART
    assert [attempt.status for attempt in await _attempts(shop)][-1] is AttemptStatus.PAID


async def test_a_phone_that_m_pesa_cannot_pay_is_a_case(shop: MpesaMarket) -> None:
    await shop.seller.put("/api/auth/me/mpesa-phone", {"phoneNumber": "0799 999 999"})  # no phone has this number
    order = await shop.paid_order()
    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    await shop.relay(shop.buyer, order["id"], "confirm")

    await shop.until_payouts("held")

    [case] = await shop.cases()
    assert (case.kind, case.order_id) == (CaseKind.PAYOUT_HELD, order["id"])


async def test_a_phone_that_is_changed_after_the_order_was_made_gets_nothing_of_it(shop: MpesaMarket) -> None:
    order = await shop.paid_order()
    await shop.seller.put("/api/auth/me/mpesa-phone", {"phoneNumber": BUYERS_PHONE})  # by a thief of the session
    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    await shop.relay(shop.buyer, order["id"], "confirm")
    await _hurried_until_paid(shop)

    assert shop.on_phone(SELLERS_PHONE) == SELLERS_PART


async def test_what_was_paid_since_the_backup_that_was_restored_is_not_paid_again(shop: MpesaMarket) -> None:
    await shop.delivered_order()
    await _hurried_until_paid(shop)
    [sent] = await _attempts(shop)
    async with shop.sessions.begin() as session:  # our rows know what is owed, and nothing of what was sent
        await session.execute(delete(StatusQuery))
        await session.execute(delete(PayoutAttempt))
        await session.execute(update(Payout).values(status=PayoutStatus.QUEUED, paid_at=None))
    shop.daraja.control("POST", "/deposits", {"to": "utility", "amount_cents": 2000_00})

    await _hurried_until_paid(shop)

    assert shop.on_phone(SELLERS_PHONE) == SELLERS_PART
    [again] = await _attempts(shop)
    assert again.originator_conversation_id == sent.originator_conversation_id


async def test_an_attempt_that_was_given_up_and_paid_all_the_same_makes_the_next_one_needless(
    shop: MpesaMarket,
) -> None:
    abandoned, _ = await _abandoned_and_begun_again(shop)

    await _report_that_it_was_paid(shop, abandoned)
    await shop.one_round()

    assert [attempt.status for attempt in await _attempts(shop)] == [AttemptStatus.PAID, AttemptStatus.NOT_TAKEN]
    assert [payout.status for payout in await shop.payouts()] == [PayoutStatus.PAID]


async def test_a_payout_that_was_made_twice_is_in_the_ledger_and_a_case(shop: MpesaMarket) -> None:
    abandoned, second = await _abandoned_and_begun_again(shop)
    async with shop.sessions.begin() as session:
        await session.execute(update(PayoutAttempt).where(PayoutAttempt.id == second.id).values(attempt_count=1))
    await _report_that_it_was_paid(shop, second)
    await _report_that_it_was_paid(shop, abandoned)

    assert [attempt.status for attempt in await _attempts(shop)] == [AttemptStatus.PAID_TWICE, AttemptStatus.PAID]
    assert (await shop.ledger())[LedgerAccount.PAID_TWICE] == SELLERS_PART
    assert [case.kind for case in await shop.cases()] == [CaseKind.PAID_TWICE]


async def test_a_busy_daraja_is_asked_again_under_the_same_id(shop: MpesaMarket) -> None:
    order = await shop.paid_order()
    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    shop.faults(spike_arrest={"count": 2})
    await shop.relay(shop.buyer, order["id"], "confirm")

    await _hurried_until_paid(shop)

    assert shop.on_phone(SELLERS_PHONE) == SELLERS_PART
    assert len(await _attempts(shop)) == 1


async def test_a_payout_of_which_m_pesa_says_nothing_is_a_case(
    shop: MpesaMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> Unknown:
        return Unknown(Doubt.TIMED_OUT)

    await shop.delivered_order_without_payout()
    monkeypatch.setattr(Daraja, "pay_out", silent)
    monkeypatch.setattr(Daraja, "ask_transaction", silent)

    async def is_a_case() -> bool:
        await shop.hurry()
        return [case.kind for case in await shop.cases()] == [CaseKind.PAYOUT_UNKNOWN]

    await shop.until(is_a_case)


async def test_a_refund_goes_to_the_phone_that_paid(shop: MpesaMarket) -> None:
    order = await shop.paid_order()
    await shop.take_step(shop.seller, order["id"], "refund")

    await _hurried_until_paid(shop)

    assert shop.on_phone(BUYERS_PHONE) == 100_000_00
    assert [payout.purpose for payout in await shop.payouts()] == [Purpose.REFUND]
    assert (await shop.ledger()).get(LedgerAccount.HELD, 0) == 0


async def test_a_decision_by_the_arbiter_pays_both(shop: MpesaMarket) -> None:
    order = await shop.paid_order()
    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    await shop.relay(shop.buyer, order["id"], "dispute")
    await shop.until_order(order["id"], "disputed")
    await shop.resolve_as_arbiter(order["id"], seller_bps=5_000)

    await _hurried_until_paid(shop)

    # 750 shillings for the seller less a fee of 7, and what is left for the buyer
    assert shop.on_phone(SELLERS_PHONE) == 743_00
    assert shop.on_phone(BUYERS_PHONE) == 100_000_00 - 1501_00 + 751_00
    assert (await shop.ledger())[LedgerAccount.FEES_EARNED] == -7_00


async def test_what_a_payout_cost_is_booked_as_m_pesa_says(shop: MpesaMarket) -> None:
    await shop.delivered_order()
    await _hurried_until_paid(shop)
    await shop.until(lambda: _is_charged(shop))

    ledger = await shop.ledger()
    assert (ledger[LedgerAccount.MPESA_CHARGES], ledger[LedgerAccount.CHARGES_PAID]) == (5_00, -5_00)


async def test_the_payee_sees_and_hears_of_the_payout(shop: MpesaMarket) -> None:
    order = await shop.delivered_order()
    await _hurried_until_paid(shop)

    [seen] = await shop.seller.get(f"/api/orders/{order['id']}/payouts")
    assert (seen["status"], seen["amountKesCents"], seen["phone"]) == ("paid", "148600", "2541*****001")
    assert await shop.buyer.get(f"/api/orders/{order['id']}/payouts") == []


async def test_an_order_whose_money_the_ledger_does_not_have_pays_nobody(shop: MpesaMarket) -> None:
    """As after a restore of yesterday's database: the chain says delivered, and our books know of no payment."""
    order = await shop.paid_order()
    async with shop.sessions.begin() as session:
        await session.execute(update(Payment).values(status=PaymentStatus.FAILED))

    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    await shop.relay(shop.buyer, order["id"], "confirm")
    await shop.until_order(order["id"], "delivered")

    assert await shop.payouts() == []
    assert [case.kind for case in await shop.cases()] == [CaseKind.LEDGER_DIFFERS]


async def test_a_request_that_daraja_calls_a_duplicate_is_asked_for(
    shop: MpesaMarket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try was taken, and the connection broke before a byte of the answer came."""
    sent = 0
    pay_out = Daraja.pay_out

    async def twice(daraja: Daraja, payout: PayoutRequest) -> Any:
        nonlocal sent
        sent += 1
        await pay_out(daraja, payout)
        return await pay_out(daraja, payout)

    monkeypatch.setattr(Daraja, "pay_out", twice)
    await shop.delivered_order()
    await _hurried_until_paid(shop)

    assert sent == 1
    assert shop.on_phone(SELLERS_PHONE) == SELLERS_PART


async def _abandoned_and_begun_again(shop: MpesaMarket) -> tuple[PayoutAttempt, PayoutAttempt]:
    """A person took the first attempt for not made; the second is not sent yet."""
    await shop.delivered_order_without_payout()
    await payouts.begin_due_payouts(shop.payment_context)
    async with shop.sessions.begin() as session:
        await manual_resolutions.mark_payout_unpaid(session, 1, actor="operator", reason=None)
    await payouts.begin_due_payouts(shop.payment_context)
    first, second = await _attempts(shop)
    return first, second


async def _report_that_it_was_paid(shop: MpesaMarket, attempt: PayoutAttempt) -> None:
    """M-Pesa's own word, late."""
    posted = PayoutPosted(
        envelope=Envelope(
            originator_conversation_id=OriginatorConversationId(attempt.originator_conversation_id),
            conversation_id=None,
            transaction_id=ReceiptNumber(f"UKP000000{attempt.id}"),
            description="",
        ),
        result=Succeeded(),
        receipt_number=None,
        amount=KesCents(SELLERS_PART),
        completed_at=None,
        receiver=None,
        utility_funds=None,
        working_funds=None,
        charges_funds=None,
        unread=(),
    )
    async with shop.sessions.begin() as session:
        assert await payouts.record_attempt_result(session, attempt.id, posted) is None


async def test_an_answer_about_a_payout_may_come_while_it_is_looked_at(shop: MpesaMarket) -> None:
    """Read the answer to an earlier query at the very moment when the payout asks again."""
    order = await shop.paid_order()
    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    shop.faults(result_lost={"count": 1})
    await shop.relay(shop.buyer, order["id"], "confirm")
    await shop.until(lambda: _is_sent(shop))
    await shop.hurry()
    await payouts.process_due_attempts(shop.payment_context)
    await status_queries.ask_what_is_due(shop.payment_context)
    await _until_answered(shop)
    [attempt] = await _attempts(shop)

    async with shop.sessions.begin() as session:
        await payouts.lock_attempt(session, attempt.id)
        reading = asyncio.create_task(callbacks.process_callbacks(shop.sessions))
        await until_somebody_waits_for_a_row(session)
        await status_queries.ask_about_attempt(session, attempt.id)
    await reading

    assert [payout.status for payout in await shop.payouts()] == [PayoutStatus.PAID]


async def _hurried_until_paid(shop: MpesaMarket) -> None:
    async def are_paid() -> bool:
        await shop.hurry()
        owed = await shop.payouts()
        return bool(owed) and all(payout.status is PayoutStatus.PAID for payout in owed)

    await shop.until(are_paid)


async def _owed_again(shop: MpesaMarket) -> Payout:
    """The seller is owed the same once more, and nothing was sent for it."""
    [paid] = await shop.payouts()
    async with shop.sessions.begin() as session:
        again = Payout(
            key="once more",
            order_id=paid.order_id,
            account_id=paid.account_id,
            purpose=paid.purpose,
            phone=paid.phone,
            amount_cents=paid.amount_cents,
            status=PayoutStatus.SENT,
        )
        session.add(again)
    shop.daraja.control("POST", "/deposits", {"to": "utility", "amount_cents": 2000_00})
    return again


async def _attempts(shop: MpesaMarket) -> list[PayoutAttempt]:
    async with shop.sessions() as session:
        return list(await session.scalars(select(PayoutAttempt).order_by(PayoutAttempt.id)))


async def _is_spent(shop: MpesaMarket) -> bool:
    return shop.in_utility() < SELLERS_PART


async def _has_failed_attempt(shop: MpesaMarket) -> bool:
    return any(attempt.status is AttemptStatus.FAILED for attempt in await _attempts(shop))


async def _is_charged(shop: MpesaMarket) -> bool:
    await shop.hurry()
    return all(attempt.charge_cents is not None for attempt in await _attempts(shop))


async def _is_sent(shop: MpesaMarket) -> bool:
    return any(attempt.conversation_id is not None for attempt in await _attempts(shop))


async def _until_answered(shop: MpesaMarket) -> None:
    """Until the answer to a question about a transaction has come. It is not read yet."""
    answered = exists().where(DarajaCallback.kind == CallbackKind.TRANSACTION, DarajaCallback.handled_at.is_(None))
    async with shop.sessions() as session:
        await eventually(lambda: session.scalar(select(answered)))
