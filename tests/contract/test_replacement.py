"""A transaction that no block takes is signed again with a tip; whichever of the two is taken, each call is once."""

from copy import copy

import pytest
from sqlalchemy import update

from descrow.chain.client import ChainClient
from descrow.chain.keys import Keypair
from descrow.chain.runtime import Runtime
from descrow.contract import submitter as sending
from descrow.contract.event_store import cursor_of
from descrow.contract.models import CallStatus, ChainTransaction, TransactionStatus
from descrow.contract.replacement import give_up, store_replacement
from descrow.contract.spending import USUAL_LIMITS, SpendingLimits, spent_on_day
from descrow.contract.submitter import REPLACE_AFTER_BLOCKS
from descrow.kernel.db import utc_now
from descrow.kernel.money import Planck
from tests.contract.submissions import (
    calls,
    orders_on_chain,
    queue,
    transactions,
    unlucky_sender,
)
from tests.dev_chain import ask_node, blocks_by_hand, make_blocks, set_head
from tests.market import Market

EXPIRED, FINALIZED, REPLACED, SIGNED = (
    TransactionStatus.EXPIRED,
    TransactionStatus.FINALIZED,
    TransactionStatus.REPLACED,
    TransactionStatus.SIGNED,
)


async def stuck(market: Market) -> ChainTransaction:
    """A transaction with two orders, signed some time ago and known to no node."""
    await queue(market, "first", terms_id=1)
    await queue(market, "second", terms_id=1)
    await (await unlucky_sender(market, takes=False, answers=True)).step()
    await wait_blocks(market, REPLACE_AFTER_BLOCKS)
    [transaction] = await transactions(market)
    return transaction


async def wait_blocks(market: Market, count: int) -> None:
    await make_blocks(market.chain, count)
    await market.follow()


async def statuses(market: Market) -> list[TransactionStatus]:
    return [transaction.status for transaction in await transactions(market)]


async def call_statuses(market: Market) -> list[CallStatus]:
    return [call.status for call in await calls(market)]


async def call_in(market: Market, transaction: ChainTransaction) -> bytes | None:
    return await market.chain.call_in(transaction.extrinsic, birth_hash=transaction.birth_hash)


async def test_the_same_calls_are_signed_again_with_the_same_nonce_and_a_tip(market: Market) -> None:
    old = await stuck(market)

    await market.sender().step()
    await market.follow()

    replaced, new = await transactions(market)
    assert (replaced.status, new.status) == (REPLACED, FINALIZED)
    assert replaced.extrinsic == old.extrinsic
    assert (new.signer, new.nonce) == (old.signer, old.nonce)
    assert await call_in(market, new) == await call_in(market, old)
    assert new.tip_planck == old.fee_estimate_planck // 10
    assert new.fee_estimate_planck == old.fee_estimate_planck + new.tip_planck
    assert new.fee_planck is not None
    assert new.fee_planck > new.tip_planck
    assert new.valid_until_block > old.valid_until_block
    assert [(call.status, call.transaction_id) for call in await calls(market)] == [(CallStatus.SUCCEEDED, new.id)] * 2
    assert await orders_on_chain(market) == 2


async def test_nothing_is_replaced_before_its_time(market: Market) -> None:
    await queue(market, "first", terms_id=1)
    await (await unlucky_sender(market, takes=False, answers=True)).step()
    await wait_blocks(market, REPLACE_AFTER_BLOCKS - 1)

    await market.sender().step()
    await market.follow()

    assert await statuses(market) == [FINALIZED]


async def test_the_old_bytes_count_when_a_block_takes_them_all_the_same(market: Market) -> None:
    old = await stuck(market)
    await (await unlucky_sender(market, takes=False, answers=True)).step()
    assert await statuses(market) == [REPLACED, SIGNED]

    await market.chain.submit(old.extrinsic)  # a node had kept them
    await market.follow()

    assert await statuses(market) == [FINALIZED, REPLACED]
    assert [(call.status, call.transaction_id) for call in await calls(market)] == [(CallStatus.SUCCEEDED, old.id)] * 2
    await queue(market, "third", terms_id=1)  # the newer one is no longer in the way
    await market.work()
    assert await statuses(market) == [FINALIZED, REPLACED, FINALIZED]
    assert await orders_on_chain(market) == 3


async def test_a_pool_gives_the_old_bytes_up_for_the_new(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "REPLACE_AFTER_BLOCKS", 0)
    await market.follow()
    await queue(market, "first", terms_id=1)
    async with blocks_by_hand(market.chain):
        await market.sender().step()
        await market.sender().step()
        old, new = await transactions(market)

        assert await ask_node(market.chain, "author_pendingExtrinsics") == ["0x" + new.extrinsic.hex()]
        await wait_blocks(market, 1)

    assert old.nonce == new.nonce
    assert await statuses(market) == [REPLACED, FINALIZED]
    assert await orders_on_chain(market) == 1


async def test_a_crash_between_storing_and_sending_sends_the_stored_replacement(market: Market) -> None:
    await stuck(market)
    await (await unlucky_sender(market, takes=False, answers=True)).step()
    stored = (await transactions(market))[1]

    await market.sender().step()
    await market.follow()

    assert await statuses(market) == [REPLACED, FINALIZED]
    assert (await transactions(market))[1].extrinsic == stored.extrinsic
    assert await call_statuses(market) == [CallStatus.SUCCEEDED] * 2


async def test_the_tip_doubles_as_long_as_the_ceiling_allows(market: Market) -> None:
    old = await stuck(market)
    fee = old.fee_estimate_planck
    limits = SpendingLimits(fee=Planck(fee + fee // 4), deposit=USUAL_LIMITS.deposit)
    nobody_subscribes = await unlucky_sender(market, takes=False, answers=True)
    for _ in range(4):
        sender = market.sender(nobody_subscribes.chain, limits=limits)
        await sender.step()
        await wait_blocks(market, REPLACE_AFTER_BLOCKS)

    tips = [transaction.tip_planck for transaction in await transactions(market)]
    assert tips[:3] == [0, fee // 10, 2 * (fee // 10)]
    assert tips[3] == fee // 4
    assert max(t.fee_estimate_planck for t in await transactions(market)) <= limits.fee


async def test_the_limit_of_the_day_counts_only_one_of_the_two(market: Market) -> None:
    old = await stuck(market)
    tip = old.fee_estimate_planck // 10
    cost = old.fee_estimate_planck + old.deposit_limit_planck
    for per_day, expected in ((cost + tip - 1, [SIGNED]), (cost + tip, [REPLACED, SIGNED])):
        limits = SpendingLimits(fee=USUAL_LIMITS.fee, deposit=USUAL_LIMITS.deposit, per_day=Planck(per_day))
        nobody_subscribes = await unlucky_sender(market, takes=False, answers=True)
        sender = market.sender(nobody_subscribes.chain, limits=limits)
        await sender.step()
        assert await statuses(market) == expected

    async with market.sessions() as session:
        assert await spent_on_day(session, old.signer, utc_now()) == cost + tip


async def test_what_a_best_block_holds_is_not_replaced(market: Market) -> None:
    old = await stuck(market)
    await market.chain.submit(old.extrinsic)  # in a block that the log does not know of yet

    await market.sender().step()

    assert await statuses(market) == [SIGNED]
    await market.follow()
    assert await statuses(market) == [FINALIZED]


async def test_after_a_new_version_of_the_runtime_the_same_bytes_might_mean_something_else(market: Market) -> None:
    class Upgraded(ChainClient):
        """A node whose chain has a newer runtime than when any block so far was made."""

        async def _runtime(self, block_hash: str | None = None) -> Runtime:
            runtime = copy(await super()._runtime(block_hash))
            if block_hash is not None:
                runtime.spec_version -= 1
            return runtime

    await stuck(market)
    chain = Upgraded(market.chain.url)

    await market.sender(chain).step()

    assert len(await transactions(market)) == 1
    await chain.close()


async def test_a_transaction_that_ended_while_its_replacement_was_signed_is_not_replaced(market: Market) -> None:
    old = await stuck(market)
    new = ChainTransaction(
        signer=old.signer,
        nonce=old.nonce,
        extrinsic=b"new",
        hash="0xnew",
        birth_hash=old.birth_hash,
        valid_until_block=old.valid_until_block,
        fee_estimate_planck=1,
        deposit_limit_planck=1,
    )
    await market.chain.submit(old.extrinsic)
    await market.follow()

    async with market.sessions.begin() as session:
        assert not await store_replacement(session, old, new)

    assert await statuses(market) == [FINALIZED]
    assert await call_statuses(market) == [CallStatus.SUCCEEDED] * 2


async def test_when_both_eras_are_over_the_calls_are_signed_anew_and_made_once(market: Market) -> None:
    await stuck(market)
    nobody_subscribes = await unlucky_sender(market, takes=False, answers=True)
    await nobody_subscribes.step()
    await wait_blocks(market, 64)

    await nobody_subscribes.step()
    assert await statuses(market) == [REPLACED, EXPIRED]
    assert await call_statuses(market) == [CallStatus.QUEUED] * 2
    await market.due_again()
    await market.work()

    assert await statuses(market) == [REPLACED, EXPIRED, FINALIZED]
    assert await orders_on_chain(market) == 2


async def test_while_the_old_bytes_may_still_be_taken_the_calls_wait_for_them(market: Market) -> None:
    old = await stuck(market)
    await (await unlucky_sender(market, takes=False, answers=True)).step()
    async with market.sessions.begin() as session:  # as when another node, less far, was asked for the newest block
        await session.execute(
            update(ChainTransaction).where(ChainTransaction.id == old.id).values(valid_until_block=10**6)
        )
        cursor = await cursor_of(session)
        assert cursor is not None
        newest = await session.get_one(ChainTransaction, (await transactions(market))[1].id)
        await give_up(session, newest, "over", above=cursor.number)

    assert await statuses(market) == [SIGNED, EXPIRED]
    assert [(call.status, call.transaction_id) for call in await calls(market)] == [(CallStatus.SIGNED, old.id)] * 2
    await market.sender().step()
    await market.follow()
    assert await orders_on_chain(market) == 2


async def test_after_a_re_org_the_one_that_was_taken_is_sent_again(market: Market) -> None:
    old = await stuck(market)
    await (await unlucky_sender(market, takes=False, answers=True)).step()
    before = await market.chain.finalized_number()
    await market.chain.submit(old.extrinsic)
    await market.follow()
    await set_head(market.chain, before)
    await wait_blocks(market, 2)
    assert await statuses(market) == [SIGNED, REPLACED]

    await market.chain.submit((await transactions(market))[1].extrinsic)  # this branch takes the other one
    await market.follow()

    assert await statuses(market) == [REPLACED, FINALIZED]
    assert await call_statuses(market) == [CallStatus.SUCCEEDED] * 2
    assert await orders_on_chain(market) == 2


async def test_a_re_org_that_takes_the_birth_of_the_newer_leaves_the_older_to_go_on(market: Market) -> None:
    old = await stuck(market)
    fork = await market.chain.finalized_number()
    await wait_blocks(market, 1)
    await (await unlucky_sender(market, takes=False, answers=True)).step()
    assert await statuses(market) == [REPLACED, SIGNED]

    await set_head(market.chain, fork)
    await market.chain.submit(await a_remark(market))  # so that the block at this height is another one
    await wait_blocks(market, 1)

    assert await statuses(market) == [SIGNED, EXPIRED]
    assert [(call.status, call.transaction_id) for call in await calls(market)] == [(CallStatus.SIGNED, old.id)] * 2


async def a_remark(market: Market) -> bytes:
    """Something for a block to hold that is nothing of ours."""
    runtime = await market.chain._runtime()
    call = runtime.encode_call("System", "remark", {"remark": "0x01"})
    return (await market.chain.sign(call, Keypair.from_uri("//Kamau"))).extrinsic
