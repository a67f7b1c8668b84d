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
from descrow.contract.event_store import write_blocks
from descrow.contract.indexer import Indexer, NodesDisagree
from descrow.contract.models import ChainBlock, ChainEvent, Finality
from descrow.contract.witness_monitor import MAY_STAND_S
from descrow.incidents.alerts import open_alerts
from descrow.incidents.models import AlertKind
from descrow.orders import projector
from tests.chain import faulty_node as faults
from tests.chain.faulty_node import READING, Exchange, Fault, FaultyNode, alters, answers_changed, never_resting, says
from tests.content.raw_cids import raw_cid_of
from tests.contract.blocks import create_on_chain
from tests.market import Market

TRIES = 4


@pytest.fixture
def settings(settings: Settings, faulty_node: FaultyNode) -> Settings:
    """The API asks the liar, which is honest until it is told otherwise; the tests' own wallets ask the chain."""
    return settings.model_copy(update={"chain_url": faulty_node.url})


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
        indexer = Indexer(market.sessions, chain, market.deployment, witnesses)
        try:
            await chain.expect(market.deployment.genesis_hash)
            await indexer.catch_up()
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

LIES: dict[str, tuple[Sequence[str], Fault]] = {
    "no JSON": (READING, says("\x00\x17 not what a node says")),
    "bytes that are no text": (["chain_getBlock"], says(bytes(range(256)))),
    "half an answer": (["chain_getBlock"], faults.says_half),
    "no answer": (["state_getStorage"], faults.says_nothing),
    "the end of the line": (["chain_getBlock"], faults.cuts_the_line),
    "the end of the line in a frame": (["state_getStorage"], faults.cuts_the_line_in_a_frame),
    "an answer to somebody else": (["chain_getBlockHash"], faults.answers_somebody_else),
    "neither result nor error": (["chain_getBlock"], faults.leaves_the_result_out),
    "an error": (["state_getStorage"], faults.refuses({"code": 4003, "message": "State already discarded"})),
    "an error of no form": (["chain_getBlock"], faults.refuses(["no"])),
    "nothing": (READING, alters(None)),
    "numbers": (READING, alters(7)),
    "lists": (READING, alters([{}])),
    "another chain": (["chain_getBlockHash"], alters("0x" + "77" * 32)),
    "the block before": (["chain_getBlock"], faults.answers_for_the_block_before),
    "the extrinsics of the block before": (["chain_getBlock"], faults.answers_with_the_extrinsics_of_the_block_before),
    "the header of the block before": (["chain_getBlock"], faults.answers_with_the_header_of_the_block_before),
    "one extrinsic too few": (["chain_getBlock"], answers_changed(faults.without_last_extrinsic)),
    "hashes of the blocks before": (["chain_getBlockHash"], faults.answers_for_the_block_before),
    "a head of a higher number": (["chain_getHeader"], answers_changed(faults.with_number(lambda n: hex(n + 10**12)))),
    "a head with a number in digits": (["chain_getHeader"], answers_changed(faults.with_number(str))),
    "no events": (["state_getStorage"], alters(None)),
    "half the events": (["state_getStorage"], answers_changed(lambda reported: reported[: len(reported) // 4 * 2])),
    "events of the genesis block": (["state_getStorage"], alters("0x00")),
    "garbage for metadata": (["state_call"], alters("0x01fd7fff" + "17" * 5_000)),
    "no version": (["state_getRuntimeVersion"], alters({"specVersion": "newest"})),
}


@pytest.mark.parametrize("what", LIES)
async def test_of_two_nodes_the_one_that_lies_is_named_and_left_and_the_log_is_the_chains(
    market: Market, faulty_node: FaultyNode, what: str
) -> None:
    order_id = await paid_but_not_yet_followed(market)
    about, fault = LIES[what]

    async with a_client(faulty_node.url, market.chain.url) as chain:
        faulty_node.show(fault, about=about)
        with structlog.testing.capture_logs() as logged:
            ends = await follow_all_the_same(market, chain)
        faulty_node.be_honest()

        assert chain.url == market.chain.url
    assert ends[-1] is None
    assert await written(market) == await truth(market)
    assert (await market.seen(order_id))["status"] == "funded"
    assert named(logged) == [faulty_node.url]
    assert not [entry for entry in logged if "exc_info" in entry]


@pytest.mark.parametrize("what", LIES)
async def test_a_node_that_lies_and_is_the_only_one_has_nothing_written_until_it_stops(
    market: Market, faulty_node: FaultyNode, what: str
) -> None:
    order_id = await paid_but_not_yet_followed(market)
    before = await written(market)
    about, fault = LIES[what]

    async with a_client(faulty_node.url) as chain:
        await chain.expect(market.deployment.genesis_hash)
        faulty_node.show(fault, about=about)
        ends = await follow_all_the_same(market, chain)
        assert None not in ends
        assert await written(market) == before
        faulty_node.be_honest()
        assert (await market.seen(order_id))["status"] == "created"

        assert await follow_all_the_same(market, chain, tries=1) == [None]
    assert await written(market) == await truth(market)
    assert (await market.seen(order_id))["status"] == "funded"


async def test_blocks_that_hang_together_are_not_taken_at_other_heights(
    market: Market, faulty_node: FaultyNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descrow.contract.indexer.FETCH_AHEAD", 1)
    await paid_but_not_yet_followed(market)

    async with a_client(faulty_node.url, market.chain.url) as chain:
        faulty_node.show(faults.answers_hashes_one_off_below_its_head, about=["chain_getBlockHash"])
        ends = await follow_all_the_same(market, chain)

        assert chain.url == market.chain.url
    assert ends == [BadAnswer, None, None, None]
    assert await written(market) == await truth(market)


# --- an older head ---


async def test_a_node_behind_the_log_is_left_for_one_that_is_not(market: Market, faulty_node: FaultyNode) -> None:
    await paid_but_not_yet_followed(market)
    await market.follow()
    await create_on_chain(market, 1)
    cursor = await market.chain.finalized_number() - 1

    async with a_client(faulty_node.url, market.chain.url) as chain:
        faulty_node.show(faults.frozen_at(cursor - 2), about=faults.OF_HEADS)
        with structlog.testing.capture_logs() as logged:
            ends = await follow_all_the_same(market, chain)

    assert ends == [ChainUnreachable, None, None, None]
    assert await written(market) == await truth(market)
    reason, *_ = [entry["reason"] for entry in logged if entry["event"] == "node left"]
    assert reason == f"its final block is {cursor - 2}, another node's is {cursor + 1}"


async def test_the_only_node_behind_the_log_changes_nothing_that_is_written(
    market: Market, faulty_node: FaultyNode
) -> None:
    await paid_but_not_yet_followed(market)
    await market.follow()
    before = await written(market)

    async with a_client(faulty_node.url) as chain:
        for further_back in (1, 2, market.deployment.block_number + 2):
            faulty_node.show(
                faults.frozen_at(max(0, await market.chain.finalized_number() - further_back)), about=faults.OF_HEADS
            )
            assert await follow_all_the_same(market, chain, tries=1) == [None]

    assert await written(market) == before


@asynccontextmanager
async def following(market: Market, chain: ChainClient, faulty_node: FaultyNode) -> AsyncIterator[None]:
    """Heads are followed as a worker does, at the end until the log is the chain's. All that is written is true."""

    async def run() -> None:
        while True:
            try:
                await Indexer(market.sessions, chain, market.deployment).run()
            except ChainUnreachable:
                await asyncio.sleep(0)

    running = asyncio.create_task(run())
    try:
        await faulty_node.was_asked_for("chain_subscribeNewHeads")
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


async def test_a_node_that_stands_still_while_it_is_followed_is_left(market: Market, faulty_node: FaultyNode) -> None:
    await market.follow()
    faulty_node.show(faults.frozen_at(await market.chain.finalized_number()), about=faults.OF_HEADS)

    with structlog.testing.capture_logs() as logged:
        async with a_client(faulty_node.url, market.chain.url) as chain, following(market, chain, faulty_node):
            await create_on_chain(market, 3)

    assert named(logged) == [faulty_node.url]


@pytest.mark.parametrize("seed", range(3))
async def test_heads_that_jump_back_and_forth_lead_nowhere_wrong(
    market: Market, faulty_node: FaultyNode, seed: int
) -> None:
    random = Random(seed)

    async def jump(exchange: Exchange) -> None:
        newest = int(exchange.truth["number"], 16)
        some_hash = await exchange.ask("chain_getBlockHash", random.randint(max(0, newest - 5), newest))
        await exchange.answer(await exchange.ask("chain_getHeader", some_hash))

    faulty_node.show(jump, about=["chain_newHead", "chain_finalizedHead"])
    await market.follow()

    async with a_client(faulty_node.url) as chain, following(market, chain, faulty_node):
        await create_on_chain(market, 5)

    assert faulty_node.faults_shown


@pytest.mark.parametrize(
    "fault",
    [
        faults.says_nothing,
        faults.cuts_the_line_in_a_frame,
        alters({"number": []}),
        answers_changed(faults.with_number(str)),
    ],
)
async def test_events_that_do_not_come_or_break_are_made_up_for(
    market: Market, faulty_node: FaultyNode, fault: Fault
) -> None:
    faulty_node.show(fault, about=["chain_newHead", "chain_finalizedHead"])
    await market.follow()

    async with a_client(faulty_node.url, market.chain.url) as chain, following(market, chain, faulty_node):
        await create_on_chain(market, 3)

    assert faulty_node.faults_shown


async def test_a_head_that_the_node_has_no_block_for_is_a_fault(market: Market, faulty_node: FaultyNode) -> None:
    million_higher = answers_changed(faults.with_number(lambda number: hex(number + 10**6)))
    faulty_node.show(million_higher, about=["chain_newHead", "chain_finalizedHead"])
    await market.follow()

    with structlog.testing.capture_logs() as logged:
        async with a_client(faulty_node.url, market.chain.url) as chain, following(market, chain, faulty_node):
            await create_on_chain(market, 3)

    (reason,) = [entry["reason"] for entry in logged if entry["event"] == "node left"]
    assert re.fullmatch(r"final block 1000\d+: it is not 0x\w{64}", reason)


# --- a branch that one node alone has ---


async def test_final_blocks_are_not_given_up_while_another_node_has_them(
    market: Market, faulty_node: FaultyNode
) -> None:
    await paid_but_not_yet_followed(market)
    await market.follow()
    before = await written(market)
    newest = await market.chain.finalized_number()
    header = await market.chain._call("chain_getHeader", await market.chain.block_hash(newest))
    forged = {**header, "stateRoot": "0x" + "77" * 32}
    forged_hash = read_header(forged).hash

    async def report_the_forged(exchange: Exchange) -> None:
        assert exchange.request is not None
        match exchange.request["method"], exchange.parameters:
            case "chain_getFinalizedHead", _:
                await exchange.answer(forged_hash)
            case "chain_getHeader", ([] | [str()]) as wanted if wanted in ([], [forged_hash]):
                await exchange.answer(forged)
            case "chain_getBlockHash", [number] if number == newest:
                await exchange.answer(forged_hash)
            case _:
                await exchange.say(json.dumps(exchange.reply))

    async with a_client(faulty_node.url, market.chain.url) as chain:
        faulty_node.show(report_the_forged, about=["chain_getFinalizedHead", "chain_getHeader", "chain_getBlockHash"])
        with structlog.testing.capture_logs() as logged:
            ends = await follow_all_the_same(market, chain)

    assert ends == [BadAnswer, None, None, None]
    assert await written(market) == before
    assert named(logged) == [faulty_node.url]
    async with market.sessions() as session:
        assert await open_alerts(session) == []


# --- what one node alone can lie about, and witnesses ---


async def a_bit_that_still_reads(market: Market, random: Random) -> Callable[[str], str]:
    """Changes the events of a block of ours in a way that only the truth can tell."""
    runtime = await market.chain._runtime()

    def change(reported: str) -> str:
        before = _ours(runtime, reported, market)
        while before:
            changed = faults.flipped(reported, random)
            if _ours(runtime, changed, market) not in (None, before):
                return changed
        return reported

    return change


def _ours(runtime: Runtime, reported: str, market: Market) -> list[Any] | None:
    """The events of ours in these bytes; None where they cannot be read."""
    try:
        return [
            escrow_interface().decode_event(*event.contract_log())
            for event in runtime.decode_events(hex_bytes(reported))
            if event.is_contract_event_of(market.contract.address)
        ]
    except Exception:  # the codec has no common base for what it raises
        return None


async def without_our_events(market: Market) -> dict[str, tuple[str, Fault]]:
    name, other_name = b"ContractEmitted".hex(), b"ContractEmittee".hex()
    return {
        "a bit in the events": ("state_getStorage", answers_changed(await a_bit_that_still_reads(market, Random(7)))),
        "the events of the block before": ("state_getStorage", faults.answers_for_the_block_before),
        "the events' name in the metadata": (
            "state_call",
            answers_changed(lambda reported: reported.replace(name, other_name)),
        ),
    }


ONE_ALONE = ["a bit in the events", "the events of the block before", "the events' name in the metadata"]


@pytest.mark.parametrize("what", ONE_ALONE)
async def test_events_that_read_well_and_are_not_the_chains_are_caught_by_a_witness(
    market: Market, faulty_node: FaultyNode, what: str
) -> None:
    order_id = await paid_but_not_yet_followed(market)
    before = await written(market)
    method, fault = (await without_our_events(market))[what]
    about_the_newest = await market.chain.finalized_number()

    async with a_client(faulty_node.url) as alone, a_client(faulty_node.url, market.chain.url) as chain:
        faulty_node.show(fault, about=[method])
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
    assert named(logged) == [faulty_node.url]


@pytest.mark.parametrize("what", ["the events", "the hash of a block"])
async def test_while_a_witness_says_otherwise_nothing_is_written(
    market: Market, faulty_node: FaultyNode, what: str
) -> None:
    await paid_but_not_yet_followed(market)
    before = await written(market)
    asked = {"the events": "state_getStorageHash", "the hash of a block": "chain_getBlockHash"}[what]

    async with a_client(faulty_node.url) as witness:
        await witness.expect(market.deployment.genesis_hash)
        faulty_node.show(alters("0x" + "77" * 32), about=[asked])
        ends = await follow_all_the_same(market, market.chain, [witness])
        assert set(ends) == {NodesDisagree}
        assert await written(market) == before
        assert await alerts(market) == ["nodes_disagree"]

        faulty_node.be_honest()
        assert await follow_all_the_same(market, market.chain, [witness], tries=1) == [None]

    assert await written(market) == await truth(market)
    assert await alerts(market) == []


async def test_nothing_is_final_before_it_is_so_for_the_witness(market: Market, faulty_node: FaultyNode) -> None:
    await paid_but_not_yet_followed(market)
    witnessed = await market.chain.finalized_number() - 2

    async with a_client(faulty_node.url) as witness:
        faulty_node.show(faults.frozen_at(witnessed), about=faults.OF_HEADS)
        await Indexer(market.sessions, market.chain, market.deployment, [witness]).catch_up()
        async with market.sessions() as session:
            final = await session.scalars(select(ChainBlock.number).where(ChainBlock.finality == Finality.FINALIZED))
            assert max(final) == witnessed
        assert await alerts(market) == []

        faulty_node.be_honest()
        await follow_all_the_same(market, market.chain, [witness], tries=1)

    assert await written(market) == await truth(market)


async def test_a_witness_that_stands_still_for_long_is_an_alert_until_it_moves(
    market: Market, faulty_node: FaultyNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc, "OPEN_TIMEOUT_S", 30)  # the machine may be busy
    await paid_but_not_yet_followed(market)
    stood_at, now_s = await market.chain.finalized_number() - 2, 0.0

    async with a_client(faulty_node.url) as witness:
        indexer = Indexer(market.sessions, market.chain, market.deployment, [witness])
        indexer._witness_watch.clock = lambda: now_s
        faulty_node.show(faults.frozen_at(stood_at), about=faults.OF_HEADS)
        for now_s in (1.0, MAY_STAND_S, MAY_STAND_S + 2.0):  # noqa: B007  (the clock reads it)
            assert await alerts(market) == []
            await indexer.catch_up()
        async with market.sessions() as session:
            [alert] = await open_alerts(session)
        assert (alert.kind, alert.subject) == (AlertKind.WITNESS_STANDS_STILL, "witness 1")
        assert alert.details["block"] == stood_at

        faulty_node.be_honest()
        await indexer.catch_up()

    assert await alerts(market) == []


async def test_a_chain_that_stands_still_is_no_fault_of_the_witness(market: Market, faulty_node: FaultyNode) -> None:
    now_s = 0.0
    async with a_client(faulty_node.url) as witness:
        indexer = Indexer(market.sessions, market.chain, market.deployment, [witness])
        indexer._witness_watch.clock = lambda: now_s
        for now_s in (1.0, MAY_STAND_S + 2.0):  # noqa: B007  (the clock reads it)
            await indexer.catch_up()

    assert await alerts(market) == []


async def test_a_block_that_brings_a_new_runtime_is_confirmed_by_the_one_that_made_it(
    market: Market, faulty_node: FaultyNode
) -> None:
    await paid_but_not_yet_followed(market)
    newest = (await market.chain.final_head()).hash

    async def report_an_upgrade(exchange: Exchange) -> None:
        """No lie, for once: from the newest block on another runtime is there."""
        if exchange.parameters[-1:] != [newest]:
            await exchange.say(json.dumps(exchange.reply))
        elif isinstance(exchange.truth, dict):
            await exchange.answer({**exchange.truth, "specVersion": exchange.truth["specVersion"] + 1})
        else:
            await exchange.answer(exchange.truth.replace(b"ContractEmitted".hex(), b"ContractEmittee".hex()))

    async with a_client(faulty_node.url) as witness:
        faulty_node.show(report_an_upgrade, about=["state_getRuntimeVersion", "state_call"])
        assert await follow_all_the_same(market, market.chain, [witness], tries=1) == [None]

    assert await written(market) == await truth(market)


async def test_what_a_faulty_node_said_of_a_block_that_was_not_final_does_not_outlive_the_final_one(
    market: Market,
) -> None:
    await create_on_chain(market, 1)
    number = await market.chain.finalized_number()
    block = await market.chain.block(number)
    false = [event for event in block.events if not event.is_contract_event_of(market.contract.address)]
    reported = type(block)(**{**vars(block), "events": [*false, *_renamed(block.events, market)]})

    async with market.sessions.begin() as session:
        await write_blocks(session, [reported], Finality.BEST, contract_address=market.contract.address)
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


def anything(random: Random) -> Fault:
    """Now and then one of all lies, or a bit somewhere the other way round."""
    known: list[Fault] = [fault for _, fault in LIES.values() if fault is not faults.says_nothing]

    async def a_bit(exchange: Exchange) -> None:
        whole = json.dumps(exchange.reply)
        place = random.randrange(len(whole))
        await exchange.say(whole[:place] + chr(ord(whole[place]) ^ 1 << random.randrange(7)) + whole[place + 1 :])

    async def fault(exchange: Exchange) -> None:
        try:
            await random.choice([*known, *[a_bit] * len(known), *[_the_truth] * len(known)])(exchange)
        except (KeyError, TypeError, ValueError):  # a lie about something else
            await a_bit(exchange)

    return fault


async def _the_truth(exchange: Exchange) -> None:
    await exchange.say(json.dumps(exchange.reply))


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_a_node_says_the_log_is_the_chains(market: Market, faulty_node: FaultyNode, seed: int) -> None:
    """With a witness, since anything may be said of events too. The seed is in the test's name."""
    order_id = await paid_but_not_yet_followed(market)
    faulty_node.show(anything(Random(seed)), about=READING)

    async with a_client(faulty_node.url, market.chain.url) as chain:
        ends = await follow_all_the_same(market, chain, [market.chain])

    assert ends[-1] is None
    assert faulty_node.faults_shown
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
    market: Market, faulty_node: FaultyNode, what: str, code: str
) -> None:
    order = await market.order()
    faulty_node.show(LIES[what][1], about=READING)

    answer = await answer_to_payment(market, order["id"])

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, code)
    assert "Nothing was changed here" in problem["detail"]
    assert "127.0.0.1" not in problem["detail"]
    assert await market.seen(order["id"]) == order
    faulty_node.be_honest()
    assert (await market.buyer.post(f"/api/orders/{order['id']}/pay/dot", {}))["call"]


async def test_a_request_to_a_node_that_is_behind_may_be_refused_and_writes_nothing(
    market: Market, faulty_node: FaultyNode
) -> None:
    order = await market.order()
    before_payment = await market.chain.finalized_number()
    await market.pay(order["id"])
    seen, log = await market.seen(order["id"]), await written(market)
    faulty_node.show(faults.frozen_at(before_payment), about=faults.OF_HEADS)

    with pytest.raises(ApiRefused) as refused:
        await market.seller.put(f"/api/orders/{order['id']}", {"action": "ship", "trackingCid": raw_cid_of(bytes(32))})

    assert refused.value.status == 409
    assert await market.seen(order["id"]) == seen
    assert await written(market) == log
    faulty_node.be_honest()
    await market.seller.put(f"/api/orders/{order['id']}", {"action": "ship", "trackingCid": raw_cid_of(bytes(32))})
