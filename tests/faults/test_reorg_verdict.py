"""Check the drill's judgement of re-organisations: it notices a missing event, and nothing that is right."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete, select

from descrow.contract.indexer import Indexer
from descrow.contract.models import ChainEvent, Finality
from descrow.feed.models import FeedEntry
from tests.dev_chain import ask_node, finality_lag, make_blocks, replace_blocks
from tests.faults.feeds import judge_reorgs
from tests.faults.findings import Verdict
from tests.faults.trouble import Reorg
from tests.market import Market


@pytest.fixture
async def indexer(market: Market) -> AsyncIterator[Indexer]:
    """Has logged a payment that is not final yet, and told both parties."""
    order = await market.order()
    async with finality_lag(market.chain, 3):
        await market.submit_payment(order["id"])
        indexer = market.indexer()
        await indexer.catch_up()
        yield indexer


async def a_reorg(market: Market) -> Reorg:
    """Return what the drill notes when the chain goes back by one block now."""
    async with market.sessions() as session:
        newest = await session.scalar(select(ChainEvent.block_hash).where(ChainEvent.finality == Finality.BEST))
    return Reorg(1, resubmitted=False, logged=(str(newest),))


async def judged(market: Market, *reorgs: Reorg) -> Verdict:
    verdict = Verdict()
    async with market.sessions() as session:
        await judge_reorgs(session, verdict, market.chain, reorgs)
    return verdict


async def test_blocks_taken_back_twice_before_anybody_looked_need_one_retraction(
    market: Market, indexer: Indexer
) -> None:
    first = await a_reorg(market)
    await replace_blocks(market.chain, 1)
    second = await a_reorg(market)
    await replace_blocks(market.chain, 1)
    await indexer.catch_up()

    assert first == second
    verdict = await judged(market, first, second)
    assert verdict.wrong == []
    assert verdict.counts["retractions heard"] == 2


async def test_blocks_that_a_killed_node_has_again_need_none(market: Market, indexer: Indexer) -> None:
    reorg = await a_reorg(market)
    await ask_node(market.chain, "dev_setFinalityLag", 0)
    await make_blocks(market.chain)
    await indexer.catch_up()

    assert (await judged(market, reorg)).wrong == []


async def test_a_step_taken_back_without_a_word_is_noticed(market: Market, indexer: Indexer) -> None:
    reorg = await a_reorg(market)
    await replace_blocks(market.chain, 1)
    await indexer.catch_up()
    async with market.sessions.begin() as session:
        await session.execute(delete(FeedEntry).where(FeedEntry.name == "orderRetracted"))

    [fault] = (await judged(market, reorg)).wrong
    assert "without a word" in fault


@pytest.mark.usefixtures("indexer")
async def test_a_block_that_still_stands_in_the_log_is_noticed(market: Market) -> None:
    reorg = await a_reorg(market)
    await replace_blocks(market.chain, 1)

    faults = (await judged(market, reorg)).wrong
    assert any("standing of" in fault for fault in faults)
