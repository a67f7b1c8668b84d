"""Queued calls take effect exactly once, whatever breaks between queue and block."""

from typing import Any

import pytest
from sqlalchemy import select

from descrow.chain.client import ChainClient
from descrow.chain.errors import ChainUnreachable
from descrow.chain.keys import EvmAddress, Keypair
from descrow.chain.rpc import RpcConnection
from descrow.escrow.calls import queue_call
from descrow.escrow.models import CallStatus, ChainTransaction, ContractCall, TransactionStatus
from descrow.escrow.sender import Sender
from tests.market import PRICE, Market


class Unlucky(ChainClient):
    """A node of which we lose the answer, or which loses what we send."""

    def __init__(self, url: str, *, takes: bool, answers: bool) -> None:
        super().__init__(url)
        self._takes = takes
        self._answers = answers

    async def submit(self, extrinsic: bytes) -> None:
        if self._takes:
            await super().submit(extrinsic)
        if not self._answers:
            raise ChainUnreachable("cut off by the test")


async def unlucky_sender(market: Market, *, takes: bool, answers: bool) -> Sender:
    chain = Unlucky(market.chain.url, takes=takes, answers=answers)
    return Sender(market.sessions, chain, Keypair.from_uri("//Operator"), market.contract.address)


async def order_made(market: Market) -> int:
    """An order whose creation is queued; returns its id."""
    product = await market.product()
    made = await market.buyer.post(
        "/api/orders", {"productId": product["id"], "paymentMode": "dot", "deliveryAddress": "Moi Avenue 12"}
    )
    return int(made["order"]["id"])


async def orders_on_chain(market: Market) -> int:
    return int(await market.contract.read("next_order_id")) - 1


async def calls(market: Market) -> list[ContractCall]:
    async with market.sessions() as session:
        return list(await session.scalars(select(ContractCall).order_by(ContractCall.id)))


async def transactions(market: Market) -> list[ChainTransaction]:
    async with market.sessions() as session:
        return list(await session.scalars(select(ChainTransaction).order_by(ChainTransaction.id)))


async def make_blocks(market: Market, count: int) -> None:
    connection = await RpcConnection.open(market.chain.url)
    await connection.call("dev_newBlock", {"count": count})
    await connection.close()


async def test_a_queued_call_is_sent_and_ends_when_a_final_block_holds_it(market: Market) -> None:
    order_id = await order_made(market)

    await market.work()

    [call] = await calls(market)
    [transaction] = await transactions(market)
    assert call.status is CallStatus.SUCCEEDED
    assert transaction.status is TransactionStatus.FINALIZED
    assert transaction.fee_planck is not None
    assert transaction.fee_planck > 0
    assert (await market.seen(order_id))["contractOrderId"] == 1


async def test_a_crash_between_storing_and_sending_sends_the_stored_bytes_once(market: Market) -> None:
    await order_made(market)
    crashing = await unlucky_sender(market, takes=False, answers=False)
    with pytest.raises(ChainUnreachable):
        await crashing.step()
    [stored] = await transactions(market)
    assert await orders_on_chain(market) == 0

    await market.work()

    [transaction] = await transactions(market)
    assert transaction.extrinsic == stored.extrinsic
    assert transaction.status is TransactionStatus.FINALIZED
    assert await orders_on_chain(market) == 1


async def test_a_crash_after_sending_sends_nothing_new(market: Market) -> None:
    await order_made(market)
    crashing = await unlucky_sender(market, takes=True, answers=False)
    with pytest.raises(ChainUnreachable):
        await crashing.step()

    for _ in range(3):  # the node refuses the same bytes again, and the follower tells what became of them
        await market.work()

    assert len(await transactions(market)) == 1
    assert [call.status for call in await calls(market)] == [CallStatus.SUCCEEDED]
    assert await orders_on_chain(market) == 1


async def test_bytes_that_no_block_took_are_signed_anew_only_once_their_era_is_over(market: Market) -> None:
    await order_made(market)
    losing = await unlucky_sender(market, takes=False, answers=True)
    await losing.step()
    await make_blocks(market, 10)
    await market.follow()
    await losing.step()
    assert len(await transactions(market)) == 1

    await make_blocks(market, 64)
    await market.follow()
    await losing.step()
    assert [t.status for t in await transactions(market)] == [TransactionStatus.EXPIRED]
    await market.due_again()
    await market.work()

    assert [t.status for t in await transactions(market)] == [TransactionStatus.EXPIRED, TransactionStatus.FINALIZED]
    assert await orders_on_chain(market) == 1


async def test_many_queued_calls_go_in_one_transaction(market: Market) -> None:
    product = await market.product(stock=7)
    for _ in range(7):
        await market.buyer.post(
            "/api/orders", {"productId": product["id"], "paymentMode": "dot", "deliveryAddress": "Moi Avenue 12"}
        )

    await market.work()

    assert len(await transactions(market)) == 1
    assert await orders_on_chain(market) == 7
    orders = (await market.buyer.get("/api/orders"))["items"]
    assert sorted(order["contractOrderId"] for order in orders) == [1, 2, 3, 4, 5, 6, 7]


async def test_a_refused_call_waits_with_its_reason_and_the_others_go(market: Market) -> None:
    await queue(market, "with unknown terms", terms_id=99)
    await queue(market, "as it should be", terms_id=1)

    await market.sender().step()
    await market.follow()

    refused, sent = await calls(market)
    assert refused.status is CallStatus.QUEUED
    assert refused.attempts == 1
    assert refused.last_error == "escrow: no such terms"
    assert sent.status is CallStatus.SUCCEEDED
    assert await orders_on_chain(market) == 1


async def test_a_row_that_is_no_call_waits_and_the_others_go(market: Market) -> None:
    async with market.sessions.begin() as session:
        await queue_call(
            session, idempotency_key="nonsense", order_id=None, function="settle_expired", arguments=["not a list"]
        )
    await order_made(market)

    await market.work()

    nonsense, sent = await calls(market)
    assert nonsense.status is CallStatus.QUEUED
    assert nonsense.last_error
    assert sent.status is CallStatus.SUCCEEDED


async def test_a_call_that_fails_in_the_block_is_put_back_and_its_batch_stands(market: Market) -> None:
    order = await market.order()
    await market.travel(seconds=61)
    await market.let_deadlines_pass()
    for key in ("first", "second"):  # both look well in a dry run; only one can do it
        async with market.sessions.begin() as session:
            await queue_call(
                session,
                idempotency_key=key,
                order_id=order["id"],
                function="settle_expired",
                arguments=[[order["contractOrderId"]]],
            )

    await market.work()

    _, first, second = await calls(market)
    assert first.status is CallStatus.SUCCEEDED
    assert second.status is CallStatus.QUEUED
    assert second.last_error == "Revive.ContractReverted"
    await market.due_again()
    await market.work()
    assert (await calls(market))[2].status is CallStatus.DROPPED  # the order ended: nothing is left to do


async def test_a_call_of_a_transaction_that_is_rolled_back_is_never_made(market: Market) -> None:
    async with market.sessions() as session:
        await queue_call(session, idempotency_key="dropped", order_id=None, function="create_order", arguments=[])
        await session.rollback()

    await market.work()

    assert await calls(market) == []
    assert await transactions(market) == []


async def test_one_key_queues_one_call(market: Market) -> None:
    for _ in range(2):
        await queue(market, "the same", terms_id=1)

    await market.work()
    await market.work()

    assert len(await calls(market)) == 1
    assert await orders_on_chain(market) == 1


async def queue(market: Market, key: str, *, terms_id: int) -> None:
    buyer, seller = market.buyer.key.evm_address, market.seller.key.evm_address
    arguments: list[Any] = [buyer, seller, PRICE * 10**8, terms_id, bytes(32), bytes(32)]
    async with market.sessions.begin() as session:
        await queue_call(session, idempotency_key=key, order_id=None, function="create_order", arguments=arguments)


def test_the_operator_key_is_not_shown_by_a_sender() -> None:
    sender = Sender(None, None, Keypair.from_uri("//Operator"), EvmAddress("0x"))  # type: ignore[arg-type]

    assert "_secret_key" not in repr(sender)
