"""Rows that are not what the contract says are mended from the log, or become a case that closes by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from descrow.app.settings import Settings
from descrow.chain.errors import BadAnswer
from descrow.chain.runtime import account_storage_key
from descrow.contract.calls import queue_call
from descrow.contract.contract_state import STATUS_BY_NUMBER, orders_at
from descrow.contract.models import ChainEvent, ChainTransaction, ContractCall
from descrow.contract.order_status import OrderStatus
from descrow.incidents.models import AuditEntry, Case, CaseKind
from descrow.kernel.db import Sessions, utc_now
from descrow.orders import projector
from descrow.orders.comparison import Drift, Found
from descrow.orders.models import Order, ReconciliationRun
from descrow.orders.rebuild import LogIsEmpty
from descrow.orders.reconciliation import Reconciled, reconcile, reconcile_order
from tests.application import running_worker
from tests.broken_handler import break_handler, repair_handler
from tests.dev_chain import ask_node
from tests.market import PRICE, Market
from tests.tampering import tamper_with_log, tamper_with_order
from tests.waiting import eventually

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def compared(market: Market) -> Reconciled:
    return await reconcile(market.sessions, market.contract)


async def cases(market: Market) -> list[Case]:
    async with market.sessions() as session:
        return list(await session.scalars(select(Case).order_by(Case.id)))


async def column(market: Market, order_id: int, name: str) -> Any:
    async with market.sessions() as session:
        return getattr(await session.get_one(Order, order_id), name)


def drifts(result: Reconciled) -> list[Drift]:
    return [found.drift for found in result.left]


def test_every_kind_of_drift_has_a_kind_of_case() -> None:
    found_elsewhere = {
        CaseKind.HAND_PAYMENT_HELD,
        CaseKind.OVERSOLD,
        CaseKind.PAYMENT_UNKNOWN,
        CaseKind.PAYOUT_HELD,
        CaseKind.PAYOUT_UNKNOWN,
        CaseKind.PAID_TWICE,
        CaseKind.LEDGER_DIFFERS,
    }

    assert {drift.value for drift in Drift} == {kind.value for kind in set(CaseKind) - found_elsewhere}


def test_every_status_has_a_number_on_the_contract() -> None:
    assert set(STATUS_BY_NUMBER.values()) == set(OrderStatus)


async def test_rows_that_agree_leave_a_run_and_nothing_else(market: Market) -> None:
    for step in ("created", "funded", "shipped", "delivered"):
        order_id = int((await market.order())["id"])
        if step != "created":
            await market.pay(order_id)
        if step in ("shipped", "delivered"):
            await market.take_step(market.seller, order_id, "ship")
        if step == "delivered":
            await market.take_step(market.buyer, order_id, "confirm")

    result = await compared(market)

    assert (result.orders_compared, result.repaired, result.left) == (4, [], [])
    assert await cases(market) == []
    async with market.sessions() as session:
        [run] = await session.scalars(select(ReconciliationRun))
        assert (run.block_number, run.orders_compared, run.orders_repaired, run.differences) == (
            result.block_number,
            4,
            0,
            [],
        )


async def test_more_orders_than_the_contract_answers_at_once_are_asked_for_in_turns(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descrow.contract.contract_state.MOST_AT_ONCE", 3)
    product = await market.product(stock=8)
    orders = [int((await market.order(product_id=product["id"]))["id"]) for _ in range(8)]
    await tamper_with_order(market, orders[-1], terms_id=9)

    result = await compared(market)

    assert (result.orders_compared, [found.order_id for found in result.left]) == (8, [orders[-1]])


# --- what the log mends ---


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", OrderStatus.DELIVERED),
        ("status", OrderStatus.CREATED),
        ("deadline_at", LONG_AGO),
        ("deadline_at", None),
        ("contract_order_id", None),
        ("contract_order_id", 77),
    ],
)
async def test_a_row_that_is_not_what_the_contract_says_is_made_anew_from_the_log(
    market: Market, name: str, value: object
) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    true = await column(market, order_id, name)
    await tamper_with_order(market, order_id, **{name: value})

    result = await compared(market)

    assert (result.repaired, result.left) == ([order_id], [])
    assert await column(market, order_id, name) == true
    assert await cases(market) == []
    async with market.sessions() as session:
        [entry] = await session.scalars(select(AuditEntry))
    assert (entry.actor, entry.subject) == ("reconciler", f"order {order_id}")


async def test_a_row_that_cannot_be_written_keeps_no_other_from_being_repaired(market: Market) -> None:
    stuck, free = await market.order_that_is(OrderStatus.FUNDED), await market.order_that_is(OrderStatus.FUNDED)
    for order_id in (stuck, free):
        await tamper_with_order(market, order_id, status=OrderStatus.SHIPPED)
    await break_handler(market, "orders", f"NEW.id = {stuck}")

    result = await compared(market)

    assert result.repaired == [free]
    assert {(found.drift, found.order_id) for found in result.left} == {(Drift.STATE_DIFFERS, stuck)}
    assert [case.order_id for case in await cases(market)] == [stuck]
    await repair_handler(market)
    assert (await compared(market)).repaired == [stuck]


async def test_orders_that_hold_each_others_numbers_are_untangled(market: Market) -> None:
    first, second = await market.order_that_is(OrderStatus.FUNDED), await market.order_that_is(OrderStatus.FUNDED)
    await tamper_with_order(market, first, contract_order_id=None)
    await tamper_with_order(market, second, contract_order_id=1)

    result = await compared(market)

    assert (result.repaired, result.left) == ([first, second], [])
    assert [await column(market, order_id, "contract_order_id") for order_id in (first, second)] == [1, 2]


async def test_a_row_is_not_made_anew_from_a_log_that_the_contract_contradicts(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    await tamper_with_order(market, order_id, status=OrderStatus.SHIPPED)
    await tamper_with_log(market, "OrderFunded", name="OrderExpired")

    result = await compared(market)

    assert drifts(result) == [Drift.STATE_DIFFERS]
    assert await column(market, order_id, "status") is OrderStatus.SHIPPED
    [case] = await cases(market)
    assert (case.kind, case.order_id, case.details["here"], case.details["there"]) == (
        CaseKind.STATE_DIFFERS,
        order_id,
        "shipped",
        "funded",
    )

    await tamper_with_log(market, "OrderExpired", name="OrderFunded")
    assert (await compared(market)).repaired == [order_id]

    [case] = await cases(market)
    assert (case.closed_by, case.resolution is not None) == ("reconciler", True)


# --- what only a person can ---


async def test_another_amount_is_a_case_until_it_is_right_again(market: Market) -> None:
    order_id = int((await market.order())["id"])
    await tamper_with_order(market, order_id, amount_planck=PRICE + 1)

    first, again = await compared(market), await compared(market)

    assert first.left == again.left
    assert first.left == [
        Found(
            Drift.AMOUNT_DIFFERS,
            f"order {order_id}",
            here=f"{(PRICE + 1) * 10**8} wei",
            there=f"{PRICE * 10**8} wei",
            order_id=order_id,
            contract_order_id=1,
        )
    ]
    [case] = await cases(market)
    assert case.closed_at is None
    assert await column(market, order_id, "amount_planck") == PRICE + 1, "what was agreed is for a person to say"

    await tamper_with_order(market, order_id, amount_planck=PRICE)
    assert (await compared(market)).left == []
    [case] = await cases(market)
    assert case.closed_by == "reconciler"


async def test_other_parties_are_a_case(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    await market.stranger.get("/api/orders")  # whose account now exists
    async with market.sessions() as session:
        stranger = await session.scalar(
            text("SELECT id FROM accounts WHERE address = :address"), {"address": market.stranger.key.address}
        )
    await tamper_with_order(market, order_id, seller_id=stranger)

    result = await compared(market)

    [found] = result.left
    assert found.drift is Drift.PARTIES_DIFFER
    assert market.stranger.key.evm_address in str(found.here)
    assert market.seller.key.evm_address in str(found.there)
    assert [case.kind for case in await cases(market)] == [CaseKind.PARTIES_DIFFER]


async def test_other_terms_are_a_case(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    await tamper_with_order(market, order_id, terms_id=9)

    result = await compared(market)

    assert [(found.drift, found.here, found.there) for found in result.left] == [
        (Drift.TERMS_DIFFER, "terms 9, paid in dot", "terms 1, paid in dot")
    ]


async def test_an_order_of_the_contract_that_nobody_here_asked_for_is_a_case(market: Market) -> None:
    await market.order()
    await market.create_stray_order()
    await market.follow()

    result = await compared(market)

    [found] = result.left
    assert (found.drift, found.subject, found.contract_order_id) == (Drift.MISSING_HERE, "contract order 2", 2)
    assert "no order of ours has reference" in str(found.why)
    assert str(found.there).startswith("created")


async def test_an_event_that_cannot_be_applied_makes_a_case_that_says_why(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    await tamper_with_log(market, "OrderFunded", applied_at=None)  # it will be applied twice, which no order allows
    await tamper_with_order(market, order_id, status=OrderStatus.SHIPPED)

    result = await compared(market)

    found = next(found for found in result.left if found.drift is Drift.STATE_DIFFERS)
    assert "cannot become funded" in str(found.why)


@pytest.mark.parametrize(
    ("column", "value"), [("held", "held 3000000000700000000 wei"), ("credited", "credited 7 wei")]
)
async def test_books_that_are_not_the_sum_of_ours_are_a_case(market: Market, column: str, value: str) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    if column == "held":
        await market.take_step(market.seller, order_id, "ship")
        await market.take_step(market.buyer, order_id, "confirm")
        await tamper_with_order(market, order_id, status=OrderStatus.FUNDED, ended_at=LONG_AGO)
        await tamper_with_log(market, "OrderDelivered", name="OrderExpired")  # so that the log cannot mend it
    else:
        await tamper_with_log(market, "OrderCreated", name="Credited", arguments={"amount": "7"})

    result = await compared(market)

    found = next(found for found in result.left if found.drift is Drift.MONEY_DIFFERS)
    assert value in str(found.here)
    assert value not in str(found.there)
    assert found.subject == f"contract {market.contract.address}"


async def test_coin_that_does_not_cover_what_is_owed_is_a_case(market: Market) -> None:
    await market.order_that_is(OrderStatus.FUNDED)
    await take_coin_from_contract(market, planck=1)

    result = await compared(market)

    [found] = result.left
    owed = PRICE * 10**8
    assert (found.drift, found.here, found.there) == (
        Drift.MONEY_DIFFERS,
        f"owes {owed} wei",
        f"has {owed - 10**8} wei",
    )


async def take_coin_from_contract(market: Market, *, planck: int) -> None:
    """As no transaction can: by changing the chain's state by hand."""
    key = account_storage_key(bytes.fromhex(market.contract.address[2:]) + b"\xee" * 12)
    account = bytes.fromhex(str(await ask_node(market.chain, "state_getStorage", key))[2:])
    free = int.from_bytes(account[16:32], "little") - planck  # behind nonce and three counters of 32 bits each
    changed = account[:16] + free.to_bytes(16, "little") + account[32:]
    await ask_node(market.chain, "dev_setStorage", [[key, "0x" + changed.hex()]])


async def test_a_call_that_waits_for_long_is_a_case_until_it_is_sent(market: Market) -> None:
    await market.order()
    async with market.sessions.begin() as session:
        await queue_call(session, idempotency_key="slow", order_id=None, function="settle_expired", arguments=[[1]])
        await session.execute(
            update(ContractCall)
            .where(ContractCall.idempotency_key == "slow")
            .values(created_at=utc_now() - timedelta(minutes=16), attempt_count=3, last_error="escrow: nothing is due")
        )

    [found] = (await compared(market)).left

    assert (found.drift, found.why) == (Drift.CALL_WAITS, "escrow: nothing is due")
    assert "settle_expired" in str(found.here)
    async with market.sessions.begin() as session:
        await session.execute(update(ContractCall).values(status="succeeded"))
    assert (await compared(market)).left == []
    assert [case.closed_by for case in await cases(market)] == ["reconciler"]


async def test_a_transaction_that_is_open_for_long_is_a_case(market: Market) -> None:
    await market.order()
    async with market.sessions.begin() as session:
        await session.execute(
            update(ChainTransaction)
            .where(ChainTransaction.signer == market.sender().signer.address)
            .values(status="signed", created_at=utc_now() - timedelta(minutes=31))
        )

    assert drifts(await compared(market)) == [Drift.TRANSACTION_WAITS]


# --- what is no drift ---


async def test_an_order_whose_event_is_only_on_its_way_is_left_out(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    await market.contract.send(market.seller.key, "mark_shipped", 1, bytes(32))
    await market.indexer().catch_up()

    async def not_yet(_: Sessions) -> int:
        return 0

    with monkeypatch.context() as patched:
        patched.setattr(projector, "apply_pending", not_yet)
        result = await compared(market)
    assert (result.orders_compared, result.left) == (0, [])

    result = await compared(market)
    assert (result.orders_compared, result.left, result.repaired) == (1, [], [])
    assert await column(market, order_id, "status") is OrderStatus.SHIPPED


async def test_blocks_that_the_log_does_not_have_yet_do_not_count(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    await market.contract.send(market.seller.key, "mark_shipped", 1, bytes(32))

    assert (await compared(market)).left == []

    assert await column(market, order_id, "status") is OrderStatus.FUNDED


async def test_the_case_of_an_order_that_ended_long_ago_stays_while_it_differs(market: Market) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    await market.take_step(market.seller, order_id, "refund")
    await tamper_with_order(market, order_id, terms_id=9)
    await compared(market)
    await tamper_with_order(market, order_id, ended_at=LONG_AGO)

    assert drifts(await compared(market)) == [Drift.TERMS_DIFFER]

    await tamper_with_order(market, order_id, terms_id=1)
    assert (await compared(market)).left == []
    result = await compared(market)
    assert result.orders_compared == 0, "without a case it is too old to be looked at"


async def test_a_log_without_blocks_cannot_be_compared(market: Market) -> None:
    with pytest.raises(LogIsEmpty):
        await compared(market)


async def test_a_block_whose_state_the_node_does_not_keep_cannot_be_compared(market: Market) -> None:
    with pytest.raises(BadAnswer):
        await orders_at(market.contract, [1], block_hash="0x" + "12" * 32)


# --- one order ---


async def test_one_order_is_repaired_alone_and_only_its_cases_close(market: Market) -> None:
    first, second = await market.order_that_is(OrderStatus.FUNDED), await market.order_that_is(OrderStatus.FUNDED)
    await tamper_with_order(market, first, terms_id=9)
    await tamper_with_order(market, second, terms_id=9)
    await compared(market)
    await tamper_with_order(market, first, terms_id=1, status=OrderStatus.CREATED)
    await tamper_with_order(market, second, terms_id=1, status=OrderStatus.CREATED)

    result = await reconcile_order(market.sessions, market.contract, first)

    assert (result.orders_compared, result.repaired, result.left) == (1, [first], [])
    assert await column(market, second, "status") is OrderStatus.CREATED
    assert [(case.order_id, case.closed_by) for case in await cases(market)] == [
        (first, "reconciler"),
        (second, None),
    ]


async def test_asking_about_one_order_tries_its_parked_events_at_once(market: Market) -> None:
    order_id = await market.place_order()
    reference = await column(market, order_id, "reference")
    await tamper_with_order(market, order_id, reference=uuid4())
    await market.work()
    await tamper_with_order(market, order_id, reference=reference)
    async with market.sessions.begin() as session:
        await session.execute(update(ChainEvent).values(next_attempt_at=utc_now() + timedelta(hours=1)))

    result = await reconcile_order(market.sessions, market.contract, order_id)

    assert (result.orders_compared, result.left) == (1, [])
    assert await column(market, order_id, "contract_order_id") == 1


async def test_a_creation_that_cannot_be_applied_is_found_with_its_order(market: Market) -> None:
    order_id = await market.place_order()
    await tamper_with_order(market, order_id, amount_planck=PRICE + 1)
    await market.work()

    result = await reconcile_order(market.sessions, market.contract, order_id)

    assert [(found.drift, found.order_id) for found in result.left] == [(Drift.MISSING_HERE, order_id)]
    assert result.left == (await compared(market)).left
    assert "was to be" in str(result.left[0].why)


async def test_an_order_that_the_chain_has_not_made_yet_has_nothing_to_compare(market: Market) -> None:
    await market.follow()
    order_id = await market.place_order()

    result = await reconcile_order(market.sessions, market.contract, order_id)

    assert (result.orders_compared, result.repaired, result.left) == (0, [], [])


# --- by itself ---


async def test_a_worker_compares_without_being_asked(market: Market, settings: Settings) -> None:
    order_id = await market.order_that_is(OrderStatus.FUNDED)
    await tamper_with_order(market, order_id, terms_id=9)

    async with running_worker(settings.model_copy(update={"reconcile_every_s": 1})):
        opened = await eventually(lambda: cases(market))

    assert [case.kind for case in opened] == [CaseKind.TERMS_DIFFER]
