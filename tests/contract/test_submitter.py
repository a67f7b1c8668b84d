"""Queued calls take effect exactly once, whatever breaks between queue and block."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from descrow.chain.blocks import Block
from descrow.chain.client import ChainClient
from descrow.chain.errors import ChainUnreachable
from descrow.chain.headers import Head
from descrow.chain.keys import EvmAddress, Keypair, Signer
from descrow.chain.runtime import Era, SignedExtrinsic
from descrow.contract.calls import queue_call
from descrow.contract.models import CallStatus, ContractCall, SignerRole, TransactionStatus
from descrow.contract.submitter import OLDEST_BIRTH_BLOCKS, TransactionSubmitter
from descrow.kernel.db import utc_now
from descrow.kernel.money import NOTHING, Planck
from tests.contract.submissions import calls, orders_on_chain, queue, transactions, unlucky_sender
from tests.dev_chain import make_blocks, set_head
from tests.market import Market


class Behind(ChainClient):
    """A node that has not seen the newest blocks yet: it counts fewer transactions than there are."""

    async def next_nonce(self, account_id: bytes) -> int:
        return await super().next_nonce(account_id) - 1


class SlowFinality(ChainClient):
    """A node that calls nothing final after one block: what is signed there is born in that one."""

    def __init__(self, url: str, *, finalized_at: Block) -> None:
        super().__init__(url)
        self._finalized_at = finalized_at

    async def final_head(self) -> Head:
        return Head(self._finalized_at.number, self._finalized_at.hash, self._finalized_at.parent_hash)


class Interrupted(ChainClient):
    """A node that answers slowly: something happens here between the signature and its being stored."""

    def __init__(self, url: str, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(url)
        self._meanwhile = meanwhile

    async def sign(
        self, call: bytes, signer: Signer, *, nonce: int | None = None, tip: Planck = NOTHING, era: Era | None = None
    ) -> SignedExtrinsic:
        signed = await super().sign(call, signer, nonce=nonce, tip=tip, era=era)
        await self._meanwhile()
        return signed


async def test_a_queued_call_is_sent_and_ends_when_a_final_block_holds_it(market: Market) -> None:
    order_id = await market.place_order()

    await market.work()

    [call] = await calls(market)
    [transaction] = await transactions(market)
    assert call.status is CallStatus.SUCCEEDED
    assert transaction.status is TransactionStatus.FINALIZED
    assert transaction.fee_planck is not None
    assert transaction.fee_planck > 0
    assert (await market.seen(order_id))["contractOrderId"] == 1


async def test_a_crash_between_storing_and_sending_sends_the_stored_bytes_once(market: Market) -> None:
    await market.place_order()
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
    await market.place_order()
    crashing = await unlucky_sender(market, takes=True, answers=False)
    with pytest.raises(ChainUnreachable):
        await crashing.step()

    for _ in range(3):  # the node refuses the same bytes again, and the follower tells what became of them
        await market.work()

    assert len(await transactions(market)) == 1
    assert [call.status for call in await calls(market)] == [CallStatus.SUCCEEDED]
    assert await orders_on_chain(market) == 1


async def test_bytes_that_no_block_took_are_signed_anew_only_once_their_era_is_over(market: Market) -> None:
    await market.place_order()
    losing = await unlucky_sender(market, takes=False, answers=True)
    await losing.step()
    await make_blocks(market.chain, 10)
    await market.follow()
    await losing.step()
    assert len(await transactions(market)) == 1

    await make_blocks(market.chain, 64)
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
        await market.place_order(product_id=product["id"])

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
    assert refused.attempt_count == 1
    assert refused.last_error == "escrow: no such terms"
    assert sent.status is CallStatus.SUCCEEDED
    assert await orders_on_chain(market) == 1


async def test_a_row_that_is_no_call_waits_and_the_others_go(market: Market) -> None:
    async with market.sessions.begin() as session:
        await queue_call(
            session, idempotency_key="nonsense", order_id=None, function="settle_expired", arguments=["not a list"]
        )
    await market.place_order()

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


async def test_each_role_signs_its_own_calls_with_its_own_key(market: Market) -> None:
    oracle = Keypair.from_uri("//Oracle")
    await queue(market, "of the operator", terms_id=1)
    await queue(market, "of the oracle", terms_id=1, signer_role=SignerRole.ORACLE)

    await market.sender(signer=oracle, role=SignerRole.ORACLE).step()
    assert [call.last_error for call in await calls(market)] == [None, "escrow: caller is not the operator"]
    await market.work()

    assert [call.status for call in await calls(market)] == [CallStatus.SUCCEEDED, CallStatus.QUEUED]
    assert [transaction.signer for transaction in await transactions(market)] == [market.sender().signer.address]


async def test_nothing_is_signed_on_a_node_that_is_behind(market: Market) -> None:
    await queue(market, "first", terms_id=1)
    await market.work()
    await queue(market, "second", terms_id=1)
    behind = Behind(market.chain.url)

    assert not await market.sender(behind).step()

    assert len(await transactions(market)) == 1
    assert [(call.status, call.attempt_count) for call in await calls(market)][1] == (CallStatus.QUEUED, 0)
    await market.work()  # by a node that is not
    assert [transaction.status for transaction in await transactions(market)] == [TransactionStatus.FINALIZED] * 2
    await behind.close()


async def test_of_two_senders_for_one_signer_the_later_stores_nothing(market: Market) -> None:
    await queue(market, "wanted once", terms_id=1)
    late = Interrupted(market.chain.url, market.sender().step)

    assert not await market.sender(late).step()
    await market.follow()

    assert len(await transactions(market)) == 1
    assert [call.status for call in await calls(market)] == [CallStatus.SUCCEEDED]
    assert await orders_on_chain(market) == 1
    await late.close()


async def test_a_nonce_that_was_used_up_while_signing_is_not_stored(market: Market) -> None:
    await queue(market, "wanted first", terms_id=1)

    async def another_is_signed_and_final() -> None:
        async with market.sessions.begin() as session:
            await session.execute(update(ContractCall).values(next_attempt_at=utc_now() + timedelta(days=1)))
        await queue(market, "wanted later", terms_id=1)
        await market.work()

    late = Interrupted(market.chain.url, another_is_signed_and_final)
    assert not await market.sender(late).step()

    assert [call.status for call in await calls(market)] == [CallStatus.QUEUED, CallStatus.SUCCEEDED]
    assert len(await transactions(market)) == 1
    await late.close()


async def test_a_call_that_is_withdrawn_while_signing_is_not_sent(market: Market) -> None:
    await queue(market, "thought better of", terms_id=1)
    await queue(market, "still wanted", terms_id=1)

    async def withdrawn() -> None:
        async with market.sessions.begin() as session:
            first = ContractCall.idempotency_key == "thought better of"
            await session.execute(update(ContractCall).where(first).values(status=CallStatus.DROPPED))

    late = Interrupted(market.chain.url, withdrawn)
    assert not await market.sender(late).step()
    assert await transactions(market) == []
    await market.work()

    assert [call.status for call in await calls(market)] == [CallStatus.DROPPED, CallStatus.SUCCEEDED]
    assert await orders_on_chain(market) == 1
    await late.close()


async def test_transactions_that_a_re_org_opens_again_are_all_sent_in_the_order_of_their_nonces(
    market: Market,
) -> None:
    before = await market.chain.finalized_number()
    slow = SlowFinality(market.chain.url, finalized_at=await market.chain.block(before))
    for key in ("first", "second"):
        await queue(market, key, terms_id=1)
        await market.sender(slow).step()
        await market.follow()
    sent = await transactions(market)
    await set_head(market.chain, before)
    await make_blocks(market.chain, len(sent))  # another branch, as long as the one that was given up
    await market.follow()
    assert [transaction.status for transaction in await transactions(market)] == [TransactionStatus.SIGNED] * 2

    sender = market.sender()
    await queue(market, "third", terms_id=1)
    assert not await sender.step()

    assert await orders_on_chain(market) == 2
    again = await transactions(market)
    assert [transaction.extrinsic for transaction in again] == [transaction.extrinsic for transaction in sent]
    assert (await calls(market))[2].status is CallStatus.QUEUED  # nothing is signed while something is open
    await slow.close()


async def test_a_transaction_remembers_the_block_its_era_began_with(market: Market) -> None:
    await queue(market, "any", terms_id=1)
    birth = await market.chain.block(await market.chain.finalized_number())

    await market.sender().step()

    [transaction] = await transactions(market)
    assert (transaction.birth_hash, transaction.valid_until_block) == (birth.hash, birth.number + 63)


async def test_an_era_begins_where_the_log_ends_also_when_the_node_is_a_little_ahead(market: Market) -> None:
    await market.follow()
    followed = await market.chain.block(await market.chain.finalized_number())
    await make_blocks(market.chain, OLDEST_BIRTH_BLOCKS)
    await queue(market, "any", terms_id=1)

    await market.work()

    [transaction] = await transactions(market)
    assert transaction.birth_hash == followed.hash
    assert [call.status for call in await calls(market)] == [CallStatus.SUCCEEDED]


async def test_an_era_begins_at_the_nodes_final_block_while_the_log_is_far_behind(market: Market) -> None:
    await market.follow()
    await make_blocks(market.chain, OLDEST_BIRTH_BLOCKS + 1)
    newest = await market.chain.block(await market.chain.finalized_number())
    await queue(market, "any", terms_id=1)

    await market.sender().step()

    assert [transaction.birth_hash for transaction in await transactions(market)] == [newest.hash]


def test_the_operator_key_is_not_shown_by_a_sender() -> None:
    nothing: Any = None
    sender = TransactionSubmitter(
        nothing, nothing, Keypair.from_uri("//Operator"), EvmAddress("0x"), is_obsolete=nothing
    )

    assert "_secret_key" not in repr(sender)
