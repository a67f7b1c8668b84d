"""The event log has no hole and nothing twice, wherever it is interrupted."""

import pytest
from sqlalchemy import select

from descrow.chain.blocks import Block
from descrow.chain.client import ChainClient
from descrow.chain.errors import ChainUnreachable, WrongChain
from descrow.chain.keys import EvmAddress
from descrow.contract import indexer
from descrow.contract.abi import DecodedEvent, escrow_interface
from descrow.contract.event_store import cursor_of
from descrow.contract.indexer import Indexer
from descrow.contract.models import ChainBlock, ChainEvent, Deployment
from tests.contract.blocks import create_on_chain
from tests.market import Market


async def events_on_chain(market: Market) -> list[tuple[int, int, str]]:
    """Every event of our contract since its deployment, asked of the chain itself: block, place, name."""
    found: list[tuple[int, int, str]] = []
    for number in range(market.deployment.block_number, await market.chain.finalized_number() + 1):
        block = await market.chain.block(number)
        found += [
            (number, event.index, decoded(event.contract_log()).name)
            for event in block.events
            if event.is_contract_event_of(market.contract.address)
        ]
    return found


def decoded(log: tuple[list[bytes], bytes]) -> DecodedEvent:
    return escrow_interface().decode_event(*log)


async def events_in_log(market: Market) -> list[tuple[int, int, str]]:
    async with market.sessions() as session:
        rows = await session.scalars(select(ChainEvent).order_by(ChainEvent.block_number, ChainEvent.event_index))
        return [(row.block_number, row.event_index, row.name) for row in rows]


async def catch_up(market: Market, chain: ChainClient | None = None) -> None:
    await Indexer(market.sessions, chain or market.chain, market.deployment).catch_up()


async def test_events_of_fifty_blocks_made_meanwhile_are_all_logged_in_order(market: Market) -> None:
    await catch_up(market)
    await create_on_chain(market, 50)

    await catch_up(market)

    logged = await events_in_log(market)
    assert logged == await events_on_chain(market)
    assert [name for _, _, name in logged].count("OrderCreated") == 50


async def test_following_twice_logs_nothing_twice(market: Market) -> None:
    await create_on_chain(market, 3)
    await catch_up(market)
    before = await events_in_log(market)

    await catch_up(market)

    assert await events_in_log(market) == before


@pytest.mark.parametrize("at", [1, 2, 5, 9])
async def test_a_indexer_cut_off_in_the_middle_goes_on_where_it_was(
    market: Market, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    class CutOff(ChainClient):
        async def block_by_hash(self, block_hash: str) -> Block:
            block = await super().block_by_hash(block_hash)
            if block.number >= market.deployment.block_number + at:
                raise ChainUnreachable("cut off by the test")
            return block

    monkeypatch.setattr("descrow.contract.indexer.FETCH_AHEAD", 2)
    await create_on_chain(market, 9)
    with pytest.raises(ChainUnreachable):
        await catch_up(market, CutOff(market.chain.url))

    await catch_up(market)

    assert await events_in_log(market) == await events_on_chain(market)


async def test_a_block_is_logged_whole_or_not_at_all(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    await catch_up(market)
    await create_on_chain(market, 1)
    before = await cursor_number(market)

    async def die(*_: object) -> bool:
        raise ConnectionError("killed by the test")

    with monkeypatch.context() as patched:
        patched.setattr(indexer, "end_own_transactions", die)
        with pytest.raises(ConnectionError):
            await catch_up(market)

    assert await cursor_number(market) == before
    await catch_up(market)
    assert await events_in_log(market) == await events_on_chain(market)


async def test_another_chain_is_refused(market: Market) -> None:
    other = Deployment(
        genesis_hash="0x" + "00" * 32,
        contract_address=market.contract.address,
        block_number=market.deployment.block_number,
        terms_id=1,
        fee_bps=100,
        arbiter_address=market.deployment.arbiter_address,
    )

    with pytest.raises(WrongChain):
        await Indexer(market.sessions, market.chain, other).run()

    assert await events_in_log(market) == []


async def test_another_contracts_events_are_not_ours(market: Market, second_contract: EvmAddress) -> None:
    await catch_up(market)

    assert second_contract != market.contract.address
    assert await events_in_log(market) == await events_on_chain(market)
    async with market.sessions() as session:
        cursor = await cursor_of(session)
    assert cursor is not None
    assert cursor.number >= await first_block_with_events_of(market, second_contract)


async def first_block_with_events_of(market: Market, address: EvmAddress) -> int:
    for number in range(market.deployment.block_number, await market.chain.finalized_number() + 1):
        if any(event.is_contract_event_of(address) for event in (await market.chain.block(number)).events):
            return number
    raise AssertionError("the second contract logged nothing")


async def cursor_number(market: Market) -> int:
    async with market.sessions() as session:
        cursor = await cursor_of(session)
    assert isinstance(cursor, ChainBlock)
    return cursor.number
