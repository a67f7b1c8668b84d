"""Nodes that answer garbage, half, late, twice, or from an older head: no wrong row at any time, and on to the next."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import select

from descrow.app.demo.shop_client import ApiRefused
from descrow.app.settings import Settings
from descrow.chain import nodes, rpc
from descrow.chain.client import ChainClient
from descrow.chain.errors import BadAnswer, ChainUnreachable, WrongChain
from descrow.chain.headers import read_header
from descrow.chain.runtime import Runtime
from descrow.chain.scale import hex_bytes
from descrow.contract.abi import escrow_interface, to_json
from descrow.contract.cids import raw_cid_of
from descrow.contract.event_store import write_blocks
from descrow.contract.indexer import Indexer, NodesDisagree
from descrow.contract.models import ChainBlock, ChainEvent, Finality
from descrow.contract.witness_monitor import MAY_STAND_S
from descrow.incidents.alerts import open_alerts
from descrow.incidents.models import AlertKind
from descrow.orders import projector
from tests.chain import liar as lies
from tests.chain.liar import Exchange, Liar, Lie, never_resting, says, tells, tells_changed
from tests.contract.test_indexer import create_on_chain
from tests.market import Market

TRIES = 4


@pytest.fixture
def settings(settings: Settings, liar: Liar) -> Settings:
    """The API asks the liar, which is honest until it is told otherwise; the tests' own wallets ask the chain."""
    return settings.model_copy(update={"chain_url": liar.url})


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "CALL_TIMEOUT_S", 2.0)
    monkeypatch.setattr(nodes, "CALL_TIMEOUT_S", 2.0)
    monkeypatch.setattr(nodes, "ONLY_NODE_TIMEOUT_S", 2.0)
    monkeypatch.setattr("descrow.chain.node_reader.METADATA_TIMEOUT_S", 2.0)
    monkeypatch.setattr("descrow.chain.block_reader.POLL_S", 0.1)


# --- what is written, and what is true ---


@dataclass(frozen=True)
class Log:
    """Blocks and events, each as one text, oldest first."""

    blocks: list[str]
    events: list[str]

    @property
    def final(self) -> "Log":
        """Only what counts as a fact: a block that stood and fell while it was not final was news."""
        return Log(*([row for row in rows if " finalized " in row] for rows in (self.blocks, self.events)))

    def is_part_of(self, whole: "Log") -> bool:
        return self.blocks == whole.blocks[: len(self.blocks)] and self.events == whole.events[: len(self.events)]


async def written(market: Market) -> Log:
    """All rows of the log, those given up too, which no test here should see."""
    async with market.sessions() as session:
        blocks = await session.scalars(select(ChainBlock).order_by(ChainBlock.number, ChainBlock.hash))
        events = await session.scalars(select(ChainEvent).order_by(ChainEvent.block_number, ChainEvent.event_index))
        return Log(
            [f"{row.number} {row.hash} {row.parent_hash} {row.finality} {row.produced_at}" for row in blocks],
            [
                f"{row.block_number} {row.event_index} {row.finality} {row.name} {_in_order(row.arguments)} "
                f"{row.extrinsic_hash} {row.happened_at}"
                for row in events
            ],
        )


async def truth(market: Market) -> Log:
    """Return what has to be written, asked of the chain itself."""
    log = Log([], [])
    for number in range(market.deployment.block_number, await market.chain.finalized_number() + 1):
        block = await market.chain.block(number)
        log.blocks.append(f"{number} {block.hash} {block.parent_hash} finalized {block.produced_at}")
        for event in block.events:
            if event.is_contract_event_of(market.contract.address):
                said = escrow_interface().decode_event(*event.contract_log())
                arguments = {name: to_json(value) for name, value in said.arguments.items()}
                made_by = None if event.extrinsic_index is None else block.extrinsic_hashes[event.extrinsic_index]
                log.events.append(
                    f"{number} {event.index} finalized {said.name} {_in_order(arguments)} {made_by} {block.produced_at}"
                )
    return log


def _in_order(arguments: dict[str, Any]) -> str:
    return json.dumps(arguments, sort_keys=True)


async def paid_but_not_yet_followed(market: Market) -> int:
    """An order of ours whose payment, with other blocks around it, is on the chain and not yet in the log."""
    order = await market.order()
    await create_on_chain(market, 2)
    prepared = await market.buyer.post(f"/api/orders/{order['id']}/pay/dot", {})
    await market.buyer.sign_and_send(prepared["call"])
    await create_on_chain(market, 1)
    return int(order["id"])


@asynccontextmanager
async def a_client(*urls: str) -> AsyncIterator[ChainClient]:
    client = ChainClient(*urls, clock=never_resting())
    yield client
    await client.close()


async def follow_all_the_same(
    market: Market, chain: ChainClient, witnesses: Sequence[ChainClient] = (), *, tries: int = TRIES
) -> list[type[Exception] | None]:
    """Catch up as a worker does, begun anew after each failure. After each try all that is written is true."""
    whole = await truth(market)
    ends: list[type[Exception] | None] = []
    for _ in range(tries):
        follower = Indexer(market.sessions, chain, market.deployment, witnesses)
        try:
            await chain.expect(market.deployment.genesis_hash)
            await follower.catch_up()
        except (ChainUnreachable, WrongChain) as error:
            ends.append(type(error))
        else:
            ends.append(None)
        assert (await written(market)).is_part_of(whole)
        await projector.apply_pending(market.sessions)
    return ends


def named(logged: Sequence[Any]) -> list[str]:
    """The nodes that the log warns of."""
    return [str(entry["node"]) for entry in logged if entry["event"] in ("node left", "node skipped")]


# --- one node lies ---

ABOUT_ALL = (
    "chain_getBlock",
    "chain_getBlockHash",
    "chain_getFinalizedHead",
    "chain_getHeader",
    "state_call",
    "state_getRuntimeVersion",
    "state_getStorage",
)

LIES: dict[str, tuple[Sequence[str], Lie]] = {
    "no JSON": (ABOUT_ALL, says("\x00\x17 not what a node says")),
    "bytes that are no text": (["chain_getBlock"], says(bytes(range(256)))),
    "half an answer": (["chain_getBlock"], lies.says_half),
    "no answer": (["state_getStorage"], lies.says_nothing),
    "the end of the line": (["chain_getBlock"], lies.cuts_the_line),
    "the end of the line in a frame": (["state_getStorage"], lies.cuts_the_line_in_a_frame),
    "an answer to somebody else": (["chain_getBlockHash"], lies.answers_somebody_else),
    "neither result nor error": (["chain_getBlock"], lies.leaves_the_result_out),
    "an error": (["state_getStorage"], lies.refuses({"code": 4003, "message": "State already discarded"})),
    "an error of no form": (["chain_getBlock"], lies.refuses(["no"])),
    "nothing": (ABOUT_ALL, tells(None)),
    "numbers": (ABOUT_ALL, tells(7)),
    "lists": (ABOUT_ALL, tells([{}])),
    "another chain": (["chain_getBlockHash"], tells("0x" + "77" * 32)),
    "the block before": (["chain_getBlock"], lies.tells_of_the_block_before),
    "the extrinsics of the block before": (["chain_getBlock"], lies.tells_the_extrinsics_of_the_block_before),
    "the header of the block before": (["chain_getBlock"], lies.tells_the_header_of_the_block_before),
    "one extrinsic too few": (["chain_getBlock"], tells_changed(lies.without_last_extrinsic)),
    "hashes of the blocks before": (["chain_getBlockHash"], lies.tells_of_the_block_before),
    "a head of a higher number": (["chain_getHeader"], tells_changed(lies.with_number(lambda n: hex(n + 10**12)))),
    "a head with a number in digits": (["chain_getHeader"], tells_changed(lies.with_number(str))),
    "no events": (["state_getStorage"], tells(None)),
    "half the events": (["state_getStorage"], tells_changed(lambda told: told[: len(told) // 4 * 2])),
    "events of the genesis block": (["state_getStorage"], tells("0x00")),
    "garbage for metadata": (["state_call"], tells("0x01fd7fff" + "17" * 5_000)),
    "no version": (["state_getRuntimeVersion"], tells({"specVersion": "newest"})),
}


@pytest.mark.parametrize("what", LIES)
async def test_of_two_nodes_the_one_that_lies_is_named_and_left_and_the_log_is_the_chains(
    market: Market, liar: Liar, what: str
) -> None:
    order_id = await paid_but_not_yet_followed(market)
    about, lie = LIES[what]

    async with a_client(liar.url, market.chain.url) as chain:
        liar.tell(lie, about=about)
        with structlog.testing.capture_logs() as logged:
            ends = await follow_all_the_same(market, chain)
        liar.be_honest()

        assert chain.url == market.chain.url
    assert ends[-1] is None
    assert await written(market) == await truth(market)
    assert (await market.seen(order_id))["status"] == "funded"
    assert named(logged) == [liar.url]
    assert not [entry for entry in logged if "exc_info" in entry]


@pytest.mark.parametrize("what", LIES)
async def test_a_node_that_lies_and_is_the_only_one_has_nothing_written_until_it_stops(
    market: Market, liar: Liar, what: str
) -> None:
    order_id = await paid_but_not_yet_followed(market)
    before = await written(market)
    about, lie = LIES[what]

    async with a_client(liar.url) as chain:
        await chain.expect(market.deployment.genesis_hash)
        liar.tell(lie, about=about)
        ends = await follow_all_the_same(market, chain)
        assert None not in ends
        assert await written(market) == before
        liar.be_honest()
        assert (await market.seen(order_id))["status"] == "created"

        assert await follow_all_the_same(market, chain, tries=1) == [None]
    assert await written(market) == await truth(market)
    assert (await market.seen(order_id))["status"] == "funded"


async def test_blocks_that_hang_together_are_not_taken_at_other_heights(
    market: Market, liar: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descrow.contract.indexer.FETCH_AHEAD", 1)
    await paid_but_not_yet_followed(market)

    async with a_client(liar.url, market.chain.url) as chain:
        liar.tell(lies.tells_hashes_one_off_below_its_head, about=["chain_getBlockHash"])
        ends = await follow_all_the_same(market, chain)

        assert chain.url == market.chain.url
    assert ends == [BadAnswer, None, None, None]
    assert await written(market) == await truth(market)


# --- an older head ---


async def test_a_node_behind_the_log_is_left_for_one_that_is_not(market: Market, liar: Liar) -> None:
    await paid_but_not_yet_followed(market)
    await market.follow()
    await create_on_chain(market, 1)
    cursor = await market.chain.finalized_number() - 1

    async with a_client(liar.url, market.chain.url) as chain:
        liar.tell(lies.frozen_at(cursor - 2), about=lies.OF_HEADS)
        with structlog.testing.capture_logs() as logged:
            ends = await follow_all_the_same(market, chain)

    assert ends == [ChainUnreachable, None, None, None]
    assert await written(market) == await truth(market)
    (reason,) = [entry["reason"] for entry in logged if entry["event"] == "node left"]
    assert reason == f"its final block is {cursor - 2}, another node's is {cursor + 1}"


async def test_the_only_node_behind_the_log_changes_nothing_that_is_written(market: Market, liar: Liar) -> None:
    await paid_but_not_yet_followed(market)
    await market.follow()
    before = await written(market)

    async with a_client(liar.url) as chain:
        for further_back in (1, 2, market.deployment.block_number + 2):
            liar.tell(lies.frozen_at(max(0, await market.chain.finalized_number() - further_back)), about=lies.OF_HEADS)
            assert await follow_all_the_same(market, chain, tries=1) == [None]

    assert await written(market) == before


@asynccontextmanager
async def following(market: Market, chain: ChainClient, liar: Liar) -> AsyncIterator[None]:
    """Heads are followed as a worker does, at the end until the log is the chain's. All that is written is true."""

    async def run() -> None:
        while True:
            try:
                await Indexer(market.sessions, chain, market.deployment).run()
            except ChainUnreachable:
                await asyncio.sleep(0)

    running = asyncio.create_task(run())
    try:
        await liar.was_asked_for("chain_subscribeNewHeads")
        yield
        whole = await truth(market)
        async with asyncio.timeout(30):
            while (log := (await written(market)).final) != whole:
                assert log.is_part_of(whole)
                assert not running.done()
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_node_that_stands_still_while_it_is_followed_is_left(market: Market, liar: Liar) -> None:
    await market.follow()
    liar.tell(lies.frozen_at(await market.chain.finalized_number()), about=lies.OF_HEADS)

    with structlog.testing.capture_logs() as logged:
        async with a_client(liar.url, market.chain.url) as chain, following(market, chain, liar):
            await create_on_chain(market, 3)

    assert named(logged) == [liar.url]


@pytest.mark.parametrize("seed", range(3))
async def test_heads_that_jump_back_and_forth_lead_nowhere_wrong(market: Market, liar: Liar, seed: int) -> None:
    random = Random(seed)

    async def jump(exchange: Exchange) -> None:
        newest = int(exchange.truth["number"], 16)
        some_hash = await exchange.ask("chain_getBlockHash", random.randint(max(0, newest - 5), newest))
        await exchange.tell(await exchange.ask("chain_getHeader", some_hash))

    liar.tell(jump, about=["chain_newHead", "chain_finalizedHead"])
    await market.follow()

    async with a_client(liar.url) as chain, following(market, chain, liar):
        await create_on_chain(market, 5)

    assert liar.lies_told


@pytest.mark.parametrize(
    "lie",
    [lies.says_nothing, lies.cuts_the_line_in_a_frame, tells({"number": []}), tells_changed(lies.with_number(str))],
)
async def test_news_that_do_not_come_or_break_are_made_up_for(market: Market, liar: Liar, lie: Lie) -> None:
    liar.tell(lie, about=["chain_newHead", "chain_finalizedHead"])
    await market.follow()

    async with a_client(liar.url, market.chain.url) as chain, following(market, chain, liar):
        await create_on_chain(market, 3)

    assert liar.lies_told


async def test_a_head_that_the_node_has_no_block_for_is_a_lie(market: Market, liar: Liar) -> None:
    million_higher = tells_changed(lies.with_number(lambda number: hex(number + 10**6)))
    liar.tell(million_higher, about=["chain_newHead", "chain_finalizedHead"])
    await market.follow()

    with structlog.testing.capture_logs() as logged:
        async with a_client(liar.url, market.chain.url) as chain, following(market, chain, liar):
            await create_on_chain(market, 3)

    (reason,) = [entry["reason"] for entry in logged if entry["event"] == "node left"]
    assert re.fullmatch(r"final block 1000\d+: it is not 0x\w{64}", reason)


# --- a branch that one node alone has ---


async def test_final_blocks_are_not_given_up_while_another_node_has_them(market: Market, liar: Liar) -> None:
    await paid_but_not_yet_followed(market)
    await market.follow()
    before = await written(market)
    newest = await market.chain.finalized_number()
    header = await market.chain._call("chain_getHeader", await market.chain.block_hash(newest))
    forged = {**header, "stateRoot": "0x" + "77" * 32}
    forged_hash = read_header(forged).hash

    async def tell_of_the_forged(exchange: Exchange) -> None:
        assert exchange.request is not None
        match exchange.request["method"], exchange.parameters:
            case "chain_getFinalizedHead", _:
                await exchange.tell(forged_hash)
            case "chain_getHeader", ([] | [str()]) as wanted if wanted in ([], [forged_hash]):
                await exchange.tell(forged)
            case "chain_getBlockHash", [number] if number == newest:
                await exchange.tell(forged_hash)
            case _:
                await exchange.say(json.dumps(exchange.reply))

    async with a_client(liar.url, market.chain.url) as chain:
        liar.tell(tell_of_the_forged, about=["chain_getFinalizedHead", "chain_getHeader", "chain_getBlockHash"])
        with structlog.testing.capture_logs() as logged:
            ends = await follow_all_the_same(market, chain)

    assert ends == [BadAnswer, None, None, None]
    assert await written(market) == before
    assert named(logged) == [liar.url]
    async with market.sessions() as session:
        assert await open_alerts(session) == []


# --- what one node alone can lie about, and witnesses ---


async def a_bit_that_still_reads(market: Market, random: Random) -> Callable[[str], str]:
    """Changes the events of a block of ours in a way that only the truth can tell."""
    runtime = await market.chain._runtime()

    def change(told: str) -> str:
        before = _ours(runtime, told, market)
        while before:
            changed = lies.flipped(told, random)
            if _ours(runtime, changed, market) not in (None, before):
                return changed
        return told

    return change


def _ours(runtime: Runtime, told: str, market: Market) -> list[Any] | None:
    """The events of ours in these bytes; None where they cannot be read."""
    try:
        return [
            escrow_interface().decode_event(*event.contract_log())
            for event in runtime.decode_events(hex_bytes(told))
            if event.is_contract_event_of(market.contract.address)
        ]
    except Exception:  # the codec has no common base for what it raises
        return None


async def without_our_events(market: Market) -> dict[str, tuple[str, Lie]]:
    name, other_name = b"ContractEmitted".hex(), b"ContractEmittee".hex()
    return {
        "a bit in the events": ("state_getStorage", tells_changed(await a_bit_that_still_reads(market, Random(7)))),
        "the events of the block before": ("state_getStorage", lies.tells_of_the_block_before),
        "the events' name in the metadata": ("state_call", tells_changed(lambda told: told.replace(name, other_name))),
    }


ONE_ALONE = ["a bit in the events", "the events of the block before", "the events' name in the metadata"]


@pytest.mark.parametrize("what", ONE_ALONE)
async def test_events_that_read_well_and_are_not_the_chains_are_caught_by_a_witness(
    market: Market, liar: Liar, what: str
) -> None:
    order_id = await paid_but_not_yet_followed(market)
    before = await written(market)
    method, lie = (await without_our_events(market))[what]
    about_the_newest = await market.chain.finalized_number()

    async with a_client(liar.url) as alone, a_client(liar.url, market.chain.url) as chain:
        liar.tell(lie, about=[method])
        believed = await alone.block(about_the_newest)
        with structlog.testing.capture_logs() as logged:
            first = await follow_all_the_same(market, chain, [market.chain], tries=1)
        assert await written(market) == before
        assert await alerts(market) == ["nodes_disagree"]

        ends = await follow_all_the_same(market, chain, [market.chain])

    assert believed.events != (await market.chain.block(about_the_newest)).events  # the lie alone would have passed
    assert first == [NodesDisagree]
    assert ends[-1] is None
    assert await written(market) == await truth(market)
    assert (await market.seen(order_id))["status"] == "funded"
    assert await alerts(market) == []
    assert named(logged) == [liar.url]


@pytest.mark.parametrize("what", ["the events", "the hash of a block"])
async def test_while_a_witness_says_otherwise_nothing_is_written(market: Market, liar: Liar, what: str) -> None:
    await paid_but_not_yet_followed(market)
    before = await written(market)
    asked = {"the events": "state_getStorageHash", "the hash of a block": "chain_getBlockHash"}[what]

    async with a_client(liar.url) as witness:
        await witness.expect(market.deployment.genesis_hash)
        liar.tell(tells("0x" + "77" * 32), about=[asked])
        ends = await follow_all_the_same(market, market.chain, [witness])
        assert set(ends) == {NodesDisagree}
        assert await written(market) == before
        assert await alerts(market) == ["nodes_disagree"]

        liar.be_honest()
        assert await follow_all_the_same(market, market.chain, [witness], tries=1) == [None]

    assert await written(market) == await truth(market)
    assert await alerts(market) == []


async def test_nothing_is_final_before_it_is_so_for_the_witness(market: Market, liar: Liar) -> None:
    await paid_but_not_yet_followed(market)
    witnessed = await market.chain.finalized_number() - 2

    async with a_client(liar.url) as witness:
        liar.tell(lies.frozen_at(witnessed), about=lies.OF_HEADS)
        await Indexer(market.sessions, market.chain, market.deployment, [witness]).catch_up()
        async with market.sessions() as session:
            final = await session.scalars(select(ChainBlock.number).where(ChainBlock.finality == Finality.FINALIZED))
            assert max(final) == witnessed
        assert await alerts(market) == []

        liar.be_honest()
        await follow_all_the_same(market, market.chain, [witness], tries=1)

    assert await written(market) == await truth(market)


async def test_a_witness_that_stands_still_for_long_is_an_alert_until_it_moves(market: Market, liar: Liar) -> None:
    await paid_but_not_yet_followed(market)
    stood_at, now_s = await market.chain.finalized_number() - 2, 0.0

    async with a_client(liar.url) as witness:
        follower = Indexer(market.sessions, market.chain, market.deployment, [witness])
        follower._witness_watch.clock = lambda: now_s
        liar.tell(lies.frozen_at(stood_at), about=lies.OF_HEADS)
        for now_s in (1.0, MAY_STAND_S, MAY_STAND_S + 2.0):  # noqa: B007  (the clock reads it)
            assert await alerts(market) == []
            await follower.catch_up()
        async with market.sessions() as session:
            [alert] = await open_alerts(session)
        assert (alert.kind, alert.subject) == (AlertKind.WITNESS_STANDS_STILL, "witness 1")
        assert alert.details["block"] == stood_at

        liar.be_honest()
        await follower.catch_up()

    assert await alerts(market) == []


async def test_a_chain_that_stands_still_is_no_fault_of_the_witness(market: Market, liar: Liar) -> None:
    now_s = 0.0
    async with a_client(liar.url) as witness:
        follower = Indexer(market.sessions, market.chain, market.deployment, [witness])
        follower._witness_watch.clock = lambda: now_s
        for now_s in (1.0, MAY_STAND_S + 2.0):  # noqa: B007  (the clock reads it)
            await follower.catch_up()

    assert await alerts(market) == []


async def test_a_block_that_brings_a_new_runtime_is_confirmed_by_the_one_that_made_it(
    market: Market, liar: Liar
) -> None:
    await paid_but_not_yet_followed(market)
    newest = (await market.chain.final_head()).hash

    async def tell_of_an_upgrade(exchange: Exchange) -> None:
        """No lie, for once: from the newest block on another runtime is there."""
        if exchange.parameters[-1:] != [newest]:
            await exchange.say(json.dumps(exchange.reply))
        elif isinstance(exchange.truth, dict):
            await exchange.tell({**exchange.truth, "specVersion": exchange.truth["specVersion"] + 1})
        else:
            await exchange.tell(exchange.truth.replace(b"ContractEmitted".hex(), b"ContractEmittee".hex()))

    async with a_client(liar.url) as witness:
        liar.tell(tell_of_an_upgrade, about=["state_getRuntimeVersion", "state_call"])
        assert await follow_all_the_same(market, market.chain, [witness], tries=1) == [None]

    assert await written(market) == await truth(market)


async def test_what_a_liar_said_of_a_block_that_was_not_final_does_not_outlive_the_final_one(market: Market) -> None:
    await create_on_chain(market, 1)
    number = await market.chain.finalized_number()
    block = await market.chain.block(number)
    false = [event for event in block.events if not event.is_contract_event_of(market.contract.address)]
    told = type(block)(**{**vars(block), "events": [*false, *_renamed(block.events, market)]})

    async with market.sessions.begin() as session:
        await write_blocks(session, [told], Finality.BEST, contract_address=market.contract.address)
        await write_blocks(session, [block], Finality.FINALIZED, contract_address=market.contract.address)

    whole = await truth(market)
    assert (await written(market)).events == [event for event in whole.events if event.startswith(f"{number} ")]


def _renamed(events: Sequence[Any], market: Market) -> list[Any]:
    """Our events at places where they are not."""
    ours = [event for event in events if event.is_contract_event_of(market.contract.address)]
    return [type(event)(**{**vars(event), "index": event.index + 100}) for event in ours]


async def alerts(market: Market) -> list[str]:
    async with market.sessions() as session:
        return [alert.kind.value for alert in await open_alerts(session)]


# --- anything at all ---


def anything(random: Random) -> Lie:
    """Now and then one of all lies, or a bit somewhere the other way round."""
    known: list[Lie] = [lie for _, lie in LIES.values() if lie is not lies.says_nothing]

    async def a_bit(exchange: Exchange) -> None:
        whole = json.dumps(exchange.reply)
        place = random.randrange(len(whole))
        await exchange.say(whole[:place] + chr(ord(whole[place]) ^ 1 << random.randrange(7)) + whole[place + 1 :])

    async def lie(exchange: Exchange) -> None:
        try:
            await random.choice([*known, *[a_bit] * len(known), *[_the_truth] * len(known)])(exchange)
        except (KeyError, TypeError, ValueError):  # a lie about something else
            await a_bit(exchange)

    return lie


async def _the_truth(exchange: Exchange) -> None:
    await exchange.say(json.dumps(exchange.reply))


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_a_node_says_the_log_is_the_chains(market: Market, liar: Liar, seed: int) -> None:
    """With a witness, since anything may be said of events too. The seed is in the test's name."""
    order_id = await paid_but_not_yet_followed(market)
    liar.tell(anything(Random(seed)), about=ABOUT_ALL)

    async with a_client(liar.url, market.chain.url) as chain:
        ends = await follow_all_the_same(market, chain, [market.chain])

    assert ends[-1] is None
    assert liar.lies_told
    assert await written(market) == await truth(market)
    assert (await market.seen(order_id))["status"] == "funded"


# --- what the API says meanwhile ---


async def answer_to_payment(market: Market, order_id: int) -> httpx.Response:
    """Return what the API says at once; the shop's own client would ask again."""
    headers = {"Authorization": f"Bearer {market.buyer._token}"}
    return await market.buyer._http.post(f"/api/orders/{order_id}/pay/dot", json={}, headers=headers)


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("numbers", "chain_unreachable"),
        ("an error", "chain_unreachable"),
        ("the end of the line", "chain_unreachable"),
        ("half an answer", "chain_unreachable"),
        ("another chain", "wrong_chain"),
    ],
)
async def test_a_request_that_needs_the_chain_is_told_to_come_back_and_no_more(
    market: Market, liar: Liar, what: str, code: str
) -> None:
    order = await market.order()
    liar.tell(LIES[what][1], about=ABOUT_ALL)

    answer = await answer_to_payment(market, order["id"])

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, code)
    assert "Nothing was changed here" in problem["detail"]
    assert "127.0.0.1" not in problem["detail"]
    assert await market.seen(order["id"]) == order
    liar.be_honest()
    assert (await market.buyer.post(f"/api/orders/{order['id']}/pay/dot", {}))["call"]


async def test_a_request_to_a_node_that_is_behind_may_be_refused_and_writes_nothing(market: Market, liar: Liar) -> None:
    order = await market.order()
    before_payment = await market.chain.finalized_number()
    await market.pay(order["id"])
    seen, log = await market.seen(order["id"]), await written(market)
    liar.tell(lies.frozen_at(before_payment), about=lies.OF_HEADS)

    with pytest.raises(ApiRefused) as refused:
        await market.seller.put(f"/api/orders/{order['id']}", {"action": "ship", "trackingCid": raw_cid_of(bytes(32))})

    assert refused.value.status == 409
    assert await market.seen(order["id"]) == seen
    assert await written(market) == log
    liar.be_honest()
    await market.seller.put(f"/api/orders/{order['id']}", {"action": "ship", "trackingCid": raw_cid_of(bytes(32))})
