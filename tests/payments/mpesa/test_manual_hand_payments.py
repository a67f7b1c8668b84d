"""Check what a person decides at the command line about payments by hand."""

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from descrow.app.settings import Settings
from descrow.payments.mpesa import paybill
from descrow.payments.mpesa.models import HandPayment, HandPaymentStatus
from tests.app.cli.terminal import Operator, at_a_terminal
from tests.payments.mpesa.test_by_hand import account_of, by_hand, pay, until_by_hand
from tests.payments.shop import BUYERS_PHONE, MpesaMarket

ALL = 100_000_00
_S = HandPaymentStatus


@pytest.fixture
def operator(
    shop: MpesaMarket,
    settings: Settings,
    quiet_logs: None,  # noqa: ARG001  (wanted for what it does)
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Operator]:
    with at_a_terminal(settings, monkeypatch):
        yield Operator(shop)


async def test_a_payment_that_only_the_statement_shows_pays_its_order(operator: Operator, shop: MpesaMarket) -> None:
    assert await paybill.register(shop.payment_context)
    order = await shop.mpesa_order()
    account = await account_of(shop, order)
    shop.faults(confirmation_lost={"count": 1})
    paid = await pay(shop, account)

    done = await operator.types("paybill", "add", paid["receipt"], "--account", account, "--yes")
    again = await operator.types("paybill", "add", paid["receipt"], "--account", account, "--yes")

    assert (done.exit_code, again.exit_code) == (0, 0)
    await shop.until_order(order["id"], "funded")
    assert len(await by_hand(shop)) == 1


async def test_a_receipt_that_m_pesa_did_not_know_may_be_looked_up_again(operator: Operator, shop: MpesaMarket) -> None:
    assert await paybill.register(shop.payment_context)
    order = await shop.mpesa_order()
    account = await account_of(shop, order)
    shop.faults(confirmation_lost={"count": 1})
    paid = await pay(shop, account)
    async with shop.sessions.begin() as session:
        session.add(HandPayment(receipt_number=paid["receipt"], account_number="", payer="", status=_S.NOT_KNOWN))

    await operator.types("paybill", "add", paid["receipt"], "--account", account, "--yes")

    await shop.until_order(order["id"], "funded")


async def test_a_held_payment_is_sent_back_when_a_person_says_so(operator: Operator, shop: MpesaMarket) -> None:
    assert await paybill.register(shop.payment_context)
    shop.faults(validation_lost={"count": 1})
    await pay(shop, "17")
    await shop.until(lambda: _is(shop, _S.RETURNING, _S.RETURNED))
    async with shop.sessions.begin() as session:
        await session.execute(update(HandPayment).values(status=_S.HELD))

    assert [line["status"] for line in await operator.reads("paybill", "list", "--held")] == ["held"]
    done = await operator.types("paybill", "retry", "1", "--yes")

    assert done.exit_code == 0
    await until_by_hand(shop, _S.RETURNED)
    assert shop.on_phone(BUYERS_PHONE) == ALL
    assert await shop.ledger() == {}
    refused = await operator.types("paybill", "mark-returned", "1", "--yes")
    assert refused.exit_code != 0


async def _is(shop: MpesaMarket, *statuses: HandPaymentStatus) -> bool:
    return any(one.status in statuses for one in await by_hand(shop))
