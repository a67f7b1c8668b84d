"""Check what a person decides at the command line where M-Pesa does not say."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from descrow.app.settings import Settings
from descrow.kernel.db import utc_now
from descrow.payments.mpesa import prompts
from descrow.payments.mpesa.ledger import LedgerAccount
from descrow.payments.mpesa.models import AttemptStatus, Payment, PaymentStatus, Payout, PayoutAttempt, PayoutStatus
from tests.app.cli.terminal import Operator, at_a_terminal
from tests.payments.shop import BUYERS_PHONE, SELLERS_PHONE, MpesaMarket


@pytest.fixture
def operator(
    shop: MpesaMarket,
    settings: Settings,
    quiet_logs: None,  # noqa: ARG001  (wanted for what it does)
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Operator]:
    with at_a_terminal(settings, monkeypatch):
        yield Operator(shop)


async def test_a_payment_on_the_statement_that_daraja_never_told_of_pays_its_order(
    operator: Operator, shop: MpesaMarket
) -> None:
    order = await _lost_payment(shop)
    [case] = await operator.reads("cases", "list")

    done = await operator.types("payments", "confirm", "1", "--receipt", "UKP1234567", "--reason", "statement", "--yes")

    assert done.exit_code == 0
    await shop.until_order(order["id"], "funded")
    assert case["subject"] == "payment 1"
    assert await shop.cases() == []
    assert ("confirm payment", "payment 1", "statement") in [entry[1:] for entry in await operator.noted()]


async def test_a_payment_that_is_not_on_the_statement_may_be_tried_again(operator: Operator, shop: MpesaMarket) -> None:
    await _lost_payment(shop)

    done = await operator.types("payments", "mark-failed", "1", "--yes")

    assert done.exit_code == 0
    assert await shop.cases() == []
    assert shop.on_phone(BUYERS_PHONE) == 100_000_00 - 1501_00
    assert (await shop.payments())[0].status is PaymentStatus.FAILED


async def test_one_receipt_pays_one_order(operator: Operator, shop: MpesaMarket) -> None:
    await shop.paid_order()
    [paid] = await shop.payments()
    await _lost_payment(shop)

    refused = await operator.types("payments", "confirm", "2", "--receipt", paid.receipt_number or "", "--yes")

    assert refused.exit_code == 1
    assert "is payment 1's" in refused.stderr
    assert [action for _, action, *_ in await operator.noted()] == ["change M-Pesa phone"]


async def test_a_payout_to_a_phone_that_cannot_be_paid_is_sent_to_another(
    operator: Operator, shop: MpesaMarket
) -> None:
    await shop.seller.put("/api/auth/me/mpesa-phone", {"phoneNumber": "0799 999 999"})
    order = await shop.paid_order()
    await shop.relay(shop.seller, order["id"], "ship")
    await shop.until_order(order["id"], "shipped")
    await shop.relay(shop.buyer, order["id"], "confirm")
    await shop.until_payouts("held")

    done = await operator.types("payouts", "retry", "1", "--phone", "0110 000 001", "--yes")
    await shop.until_payouts("paid")

    assert done.exit_code == 0
    assert shop.on_phone(SELLERS_PHONE) == 1486_00
    assert await shop.cases() == []


async def test_what_may_have_been_paid_is_not_sent_again(operator: Operator, shop: MpesaMarket) -> None:
    await _sent_payout(shop)

    refused = await operator.types("payouts", "retry", "1", "--yes")

    assert refused.exit_code == 1
    assert "may have been paid" in refused.stderr


async def test_a_payout_that_the_statement_shows_is_never_sent_again(operator: Operator, shop: MpesaMarket) -> None:
    await _sent_payout(shop)

    done = await operator.types("payouts", "mark-paid", "1", "--receipt", "UKP7654321", "--yes")

    assert done.exit_code == 0
    [payout] = await shop.payouts()
    assert payout.status is PayoutStatus.PAID
    assert LedgerAccount.OWED_TO_SELLERS not in await shop.ledger()
    assert (await operator.types("payouts", "mark-unpaid", "1", "--yes")).exit_code == 1


async def test_a_payout_that_the_statement_does_not_show_is_sent_under_another_id(
    operator: Operator, shop: MpesaMarket
) -> None:
    await _sent_payout(shop)

    done = await operator.types("payouts", "mark-unpaid", "1", "--yes")
    await shop.until_payouts("paid")

    assert done.exit_code == 0
    assert shop.on_phone(SELLERS_PHONE) == 1486_00
    async with shop.sessions() as session:
        statuses = list(await session.scalars(select(PayoutAttempt.status).order_by(PayoutAttempt.id)))
    assert statuses == [AttemptStatus.FAILED, AttemptStatus.PAID]


@pytest.mark.parametrize(("command", "cents"), [("deposit-float", 700_00), ("withdraw-fees", -700_00)])
async def test_what_the_operator_puts_in_or_takes_out_is_booked(
    operator: Operator, shop: MpesaMarket, command: str, cents: int
) -> None:
    done = await operator.types("ledger", command, "700", "--reason", "float", "--yes")

    assert done.exit_code == 0
    assert await shop.ledger() == {LedgerAccount.UTILITY: cents, LedgerAccount.OPERATOR: -cents}
    assert (await operator.types("ledger", "show")).exit_code == 0


async def test_an_orders_file_shows_its_payments_and_payouts_with_phones_masked(
    operator: Operator, shop: MpesaMarket
) -> None:
    order = await shop.delivered_order()
    await shop.until_payouts("paid")

    shown = await operator.types("orders", "show", str(order["id"]))
    listed = [await operator.reads("payments", "list"), await operator.reads("payouts", "list")]

    assert "1,501 KES" in shown.stdout
    assert "2547*****678" in shown.stdout
    assert BUYERS_PHONE not in shown.stdout
    assert [lines[0]["amountKesCents"] for lines in listed] == ["150100", "148600"]


@pytest.mark.parametrize(
    "words",
    [
        ("payments", "confirm", "9", "--receipt", "X"),
        ("payments", "mark-failed", "9"),
        ("payouts", "retry", "9"),
        ("payouts", "mark-paid", "9", "--receipt", "X"),
        ("payouts", "mark-unpaid", "9"),
    ],
)
async def test_what_is_not_there_is_said_in_a_sentence(operator: Operator, words: tuple[str, ...]) -> None:
    seen = await operator.types(*words, "--yes")

    assert seen.exit_code == 1
    assert "There is no" in seen.stderr


async def _lost_payment(shop: MpesaMarket) -> dict[str, Any]:
    """An order whose buyer paid, and Daraja's answer and callback were lost."""
    shop.faults(ack_lost={"count": 1}, callback_lost={"count": 1})
    order = await shop.order_with_pin_typed()
    async with shop.sessions.begin() as session:
        long_ago = utc_now() - prompts.GIVE_UP_UNANSWERED - timedelta(seconds=1)
        await session.execute(
            update(Payment).where(Payment.order_id == order["id"]).values(sent_at=long_ago, next_attempt_at=utc_now())
        )
    await shop.until_payment("failed")
    return order


async def _sent_payout(shop: MpesaMarket) -> None:
    """The seller is owed the money, and a worker stored that it sends it, and died."""
    order = await shop.delivered_order_without_payout()
    async with shop.sessions.begin() as session:
        payout = (await session.scalars(select(Payout).where(Payout.order_id == order["id"]))).one()
        payout.status = PayoutStatus.SENT
        session.add(
            PayoutAttempt(
                payout_id=payout.id,
                originator_conversation_id="never-arrived",
                is_to_send=False,
                next_attempt_at=utc_now() + timedelta(hours=1),
            )
        )
