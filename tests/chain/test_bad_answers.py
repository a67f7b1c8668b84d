"""Whatever a node says, the client tells the truth or that the chain does not answer, and goes on to another node."""

import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest
import structlog

from descrow.app.demo.shop_client import PatientChain
from descrow.app.devstack.stack import DevStackEndpoints as DevStackEndpoints
from descrow.chain import nodes, rpc
from descrow.chain.client import ChainClient
from descrow.chain.errors import BadAnswer, ChainUnreachable, RpcRefused
from descrow.chain.keys import EvmAddress, Keypair
from descrow.chain.rpc import RpcConnection
from descrow.kernel.money import NOTHING
from tests.chain import faulty_node as faults
from tests.chain.faulty_node import READING, Exchange, Fault, FaultyNode, alters, answers_changed, never_resting, says
from tests.chain.nodes import GENESIS, Line, a_header, a_moment, a_node, reported_by_one_at
from tests.dev_chain import make_blocks

ALICE = Keypair.from_uri("//Alice")
NOWHERE = EvmAddress("0x" + "00" * 19 + "77")
TRIES = 4


@pytest.fixture(scope="module", autouse=True)
async def some_blocks(stack: DevStackEndpoints) -> None:
    async with a_client(stack.chain_url) as client:
        await make_blocks(client, 3)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Silence is noticed at once; so is an answer that is too long."""
    monkeypatch.setattr(rpc, "CALL_TIMEOUT_S", 1.0)
    monkeypatch.setattr(nodes, "CALL_TIMEOUT_S", 1.0)
    monkeypatch.setattr(nodes, "ONLY_NODE_TIMEOUT_S", 1.0)
    monkeypatch.setattr("descrow.chain.node_reader.METADATA_TIMEOUT_S", 1.0)
    monkeypatch.setattr(rpc, "MAX_ANSWER_BYTES", 4 * 2**20)
    raised_by_the_contract_tests = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)  # as it is in our processes
    yield
    sys.setrecursionlimit(raised_by_the_contract_tests)


@asynccontextmanager
async def a_client(*urls: str) -> AsyncIterator[ChainClient]:
    client = ChainClient(*urls, clock=never_resting())
    yield client
    await client.close()


ON_THE_WIRE: dict[str, Fault] = {
    "no JSON": says("\x00\x17 not what a node says"),
    "JSON of another form": says("[[]]"),
    "JSON too deep to be read": says("[" * 100_000),
    "bytes that are no text": says(bytes(range(256))),
    "an answer of no end": says('"' + "x" * 5 * 2**20 + '"'),
    "half an answer": faults.says_half,
    "no answer": faults.says_nothing,
    "the end of the line": faults.cuts_the_line,
    "the end of the line in a frame": faults.cuts_the_line_in_a_frame,
    "an answer to somebody else": faults.answers_somebody_else,
    "neither result nor error": faults.leaves_the_result_out,
    "an error": faults.refuses({"code": -32603, "message": "x" * 100_000}),
    "an error of no form": faults.refuses(["no"]),
}

IN_RESULTS: dict[str, Fault] = {
    "a number": alters(7),
    "a fraction": alters(1.5),
    "yes": alters(True),
    "an empty text": alters(""),
    "no digits": alters("0xzz"),
    "half a byte": alters("0x0"),
    "one byte": alters("0x17"),
    "too many bytes": alters("0x" + "17" * 5_000),
    "an empty list": alters([]),
    "a list": alters([["0x00"]]),
    "an empty object": alters({}),
    "an object": alters({"block": {"header": None}, "number": "0x7", "specVersion": [], "digest": {"logs": 1}}),
    "something huge": alters({"number": "0x" + "f" * 2_000_000}),
}


async def read_everything(client: ChainClient) -> list[Any]:
    """All that has one true answer: the newest block and those before it, an account, a contract call."""
    final = await client.final_head()
    return [
        final,
        await client.best_head(),
        *[await client.block(number) for number in range(final.number - 2, final.number + 1)],
        await client.next_nonce(ALICE.public_key),
        await client.free_balance(ALICE.public_key),
        await client.dry_run_call(caller=ALICE.public_key, dest=NOWHERE, value=NOTHING, data=b"\x01\x02\x03\x04"),
    ]


async def ends_of(
    client: ChainClient, read: Callable[[ChainClient], Awaitable[Any]], *, until: Any = None
) -> list[Any]:
    """Return what came of several tries: the answer, or the kind of failure. Anything but ChainUnreachable is not
    caught.

    With `until`, try until that is the answer, and more often: on a busy machine a good node is slow, too.
    """
    ends: list[Any] = []
    for _ in range(TRIES if until is None else 3 * TRIES):
        if until is not None and ends and ends[-1] == until:
            break
        try:
            ends.append(await read(client))
        except ChainUnreachable as error:
            ends.append(type(error))
    return ends


@pytest.mark.parametrize("fault", [*ON_THE_WIRE, *IN_RESULTS])
@pytest.mark.usefixtures("impatient")
async def test_nonsense_is_unreachable_and_the_next_node_is_asked(
    faulty_node: FaultyNode, chain: ChainClient, fault: str
) -> None:
    truth = await read_everything(chain)
    faulty_node.show((ON_THE_WIRE | IN_RESULTS)[fault], about=READING)

    async with a_client(faulty_node.url) as alone, a_client(faulty_node.url, chain.url) as with_another:
        with structlog.testing.capture_logs() as logged:
            ends_with_another = await ends_of(with_another, read_everything, until=truth)
        ends_alone = await ends_of(alone, read_everything)

    assert faulty_node.faults_shown
    assert ends_with_another[-1] == truth
    assert set(map(str, ends_with_another)) <= {str(truth), str(ChainUnreachable), str(BadAnswer)}
    assert truth not in ends_alone
    assert [entry["node"] for entry in logged if entry["log_level"] == "warning"] == [faulty_node.url]


@pytest.mark.parametrize("method", READING)
@pytest.mark.usefixtures("impatient")
async def test_nonsense_in_one_kind_of_answer_is_found_out_too(
    faulty_node: FaultyNode, chain: ChainClient, method: str
) -> None:
    truth = await read_everything(chain)

    for name, fault in (ON_THE_WIRE | IN_RESULTS).items():
        async with a_client(faulty_node.url, chain.url) as client:
            assert await client.genesis_hash()
            faulty_node.show(fault, about=[method])
            ends = await ends_of(client, read_everything, until=truth)
            faulty_node.be_honest()

        assert ends[-1] == truth, name
        assert all(end in (truth, ChainUnreachable, BadAnswer) for end in ends), name
    assert method in faulty_node.methods


CONTRADICTIONS: dict[str, tuple[str, Fault]] = {
    "the block before": ("chain_getBlock", faults.answers_for_the_block_before),
    "the extrinsics of the block before": ("chain_getBlock", faults.answers_with_the_extrinsics_of_the_block_before),
    "the header of the block before": ("chain_getBlock", faults.answers_with_the_header_of_the_block_before),
    "one extrinsic too few": ("chain_getBlock", answers_changed(faults.without_last_extrinsic)),
    "no block": ("chain_getBlock", alters(None)),
    "the hash of the block before": ("chain_getBlockHash", faults.answers_for_the_block_before),
    "the hash of no block": ("chain_getBlockHash", alters("0x" + "77" * 32)),
    "another header": ("chain_getHeader", faults.answers_for_the_block_before),
    "a header with another number": (
        "chain_getHeader",
        answers_changed(faults.with_number(lambda number: hex(number + 9))),
    ),
    "a header with a number in digits": ("chain_getHeader", answers_changed(faults.with_number(lambda number: number))),
    "no header": ("chain_getHeader", alters(None)),
    "no events": ("state_getStorage", alters(None)),
    "empty events": ("state_getStorage", alters("0x00")),
    "a nonce of too many bytes": ("state_call", alters("0x" + "00" * 8)),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
async def test_a_block_that_contradicts_its_hash_is_not_taken(
    faulty_node: FaultyNode, chain: ChainClient, what: str
) -> None:
    method, fault = CONTRADICTIONS[what]
    newest = await chain.finalized_number()

    async def read(client: ChainClient) -> Any:
        head = await client.final_head()
        return head, await client.block(newest), await client.next_nonce(ALICE.public_key)

    truth = await read(chain)
    async with a_client(faulty_node.url, chain.url) as client:
        await client.genesis_hash()
        faulty_node.show(fault, about=[method])
        ends = await ends_of(client, read, until=truth)

    assert ends[0] in (ChainUnreachable, BadAnswer)
    assert ends[-1] == truth


@pytest.mark.parametrize("seed", range(10))
async def test_one_bit_the_other_way_round_is_found_in_all_that_a_hash_proves(
    faulty_node: FaultyNode, chain: ChainClient, seed: int
) -> None:
    random = Random(seed)

    def with_one_bit_changed(reported: Any) -> Any:
        extrinsics = reported["block"]["extrinsics"]
        place = random.randrange(len(extrinsics))
        extrinsics[place] = faults.flipped(extrinsics[place], random)
        return reported

    number = await chain.finalized_number()
    faulty_node.show(answers_changed(with_one_bit_changed), about=["chain_getBlock"])

    async with a_client(faulty_node.url, chain.url) as client:
        with pytest.raises(BadAnswer, match="extrinsics are not its own"):
            await client.block(number)

        assert await client.block(number) == await chain.block(number)


async def test_answers_said_twice_and_events_nobody_asked_for_disturb_nothing(
    faulty_node: FaultyNode, chain: ChainClient
) -> None:
    truth = await read_everything(chain)

    async with a_client(faulty_node.url) as client:
        for fault in (faults.answers_twice, faults.sends_unasked_notifications):
            faulty_node.show(fault, about=READING)
            assert await read_everything(client) == truth


async def test_metadata_that_was_garbage_is_asked_for_again(faulty_node: FaultyNode, chain: ChainClient) -> None:
    number = await chain.finalized_number()
    random = Random(1)

    def spoilt(reported: str) -> str:
        for _ in range(200):
            reported = faults.flipped(reported, random)
        return reported

    async with a_client(faulty_node.url) as client:
        faulty_node.show(answers_changed(spoilt), about=["state_call"])
        with pytest.raises(BadAnswer):
            await client.block(number)
        faulty_node.be_honest()

        assert await client.block(number) == await chain.block(number)


async def test_metadata_of_a_node_that_was_left_is_forgotten(faulty_node: FaultyNode, chain: ChainClient) -> None:
    """It could be read, so it was believed; but nobody else must be judged by it."""
    number = await chain.finalized_number()
    other_name = b"ExtrinsicSuccess".hex(), b"ExtrinsicSoccess".hex()

    async with a_client(faulty_node.url, chain.url) as client:
        faulty_node.show(answers_changed(lambda reported: reported.replace(*other_name)), about=["state_call"])
        with pytest.raises(BadAnswer, match="outcomes of"):
            await client.block(number)

        assert await client.block(number) == await chain.block(number)


async def test_a_transaction_that_the_node_says_was_another_is_not_taken_as_sent(
    faulty_node: FaultyNode, chain: ChainClient
) -> None:
    faulty_node.show(alters("0x" + "00" * 32), about=["author_submitExtrinsic"])
    runtime = await chain._runtime()
    remark = runtime.encode_call("System", "remark", {"remark": "0x01"})

    async with a_client(faulty_node.url, chain.url) as client:
        signed = await client.sign(remark, ALICE)
        with pytest.raises(BadAnswer):
            await client.submit(signed.extrinsic)
        with pytest.raises(RpcRefused):  # it was taken after all: the same bytes have one effect
            await client.submit(signed.extrinsic)


# --- which node is used ---


async def test_a_node_of_another_chain_is_skipped_and_named(faulty_node: FaultyNode, chain: ChainClient) -> None:
    genesis_hash = await chain.genesis_hash()
    faulty_node.show(alters(GENESIS[:-1] + "7"), about=["chain_getBlockHash"])

    async with a_client(faulty_node.url, chain.url) as client:
        with structlog.testing.capture_logs() as logged:
            await client.expect(genesis_hash)

        assert client.url == chain.url
    skipped = [entry for entry in logged if entry["event"] in ("node skipped", "node left")]
    assert [(entry["node"], GENESIS[:-1] + "7" in entry["reason"]) for entry in skipped] == [(faulty_node.url, True)]


async def test_an_address_with_a_key_in_it_is_neither_logged_nor_told(faulty_node: FaultyNode) -> None:
    for url in (
        faulty_node.url.replace("ws://", "ws://user:SECRET@") + "/v1/SECRET?key=SECRET",
        "ws://127.0.0.1:1/SECRET",
        "ws://127.0.0.1:no-port/SECRET",
        "ftp://127.0.0.1/SECRET",
        "SECRET",
    ):
        faulty_node.show(alters({}), about=["chain_getBlockHash"])
        async with a_client(url) as client:
            with structlog.testing.capture_logs() as logged, pytest.raises(ChainUnreachable) as unreachable:
                await client.final_head()

        assert "SECRET" not in f"{logged}{unreachable.value}{unreachable.value.detail}", url


async def test_what_a_node_says_is_logged_in_short_and_not_told_to_who_asks_us(faulty_node: FaultyNode) -> None:
    faulty_node.show(faults.refuses({"code": 1, "message": "GARBAGE\n" * 100_000}), about=["chain_getFinalizedHead"])

    async with a_client(faulty_node.url) as client:
        with structlog.testing.capture_logs() as logged, pytest.raises(BadAnswer) as broken:
            await client.final_head()

    (reason,) = [entry["reason"] for entry in logged if entry["event"] == "node left"]
    assert "GARBAGE" in reason
    assert "\n" not in reason
    assert len(reason) < 400
    assert "GARBAGE" not in broken.value.detail
    assert (broken.value.status, broken.value.code) == (503, "chain_unreachable")


def a_clock(*, at: list[float]) -> Callable[[], float]:
    """Shows what the test says."""
    return lambda: at[0]


async def test_dead_nodes_are_asked_less_and_less_and_at_once_when_they_have_rested() -> None:
    """Each look at a dead node costs a wait; so nobody else pays for it until the node has rested."""
    now = [0.0]
    opened: list[float] = []

    async def cut_at_once(line: Line, _request: dict[str, Any]) -> None:
        opened.append(now[0])
        line.cut()

    async with a_node(cut_at_once) as dead:
        client = ChainClient(dead.url, clock=a_clock(at=now))
        for half_second in range(100):
            now[0] = half_second / 2
            with pytest.raises(ChainUnreachable):
                await client.final_head()
        await client.close()

    waits = [later - sooner for sooner, later in itertools.pairwise(opened)]
    assert waits[:5] == [0.5, 1.0, 2.0, 4.0, 5.0]
    assert set(waits[5:]) == {5.0}


async def test_a_node_that_served_well_for_long_is_forgiven_at_once(
    chain: ChainClient, faulty_node: FaultyNode
) -> None:
    now = [0.0]
    client = ChainClient(faulty_node.url, clock=a_clock(at=now))
    for _ in range(2):
        faulty_node.show(alters({}), about=["chain_getFinalizedHead"])
        with pytest.raises(BadAnswer):
            await client.final_head()
        faulty_node.be_honest()
    with pytest.raises(ChainUnreachable):  # it rests
        await client.final_head()

    now[0] += 1
    truth = await client.final_head()
    now[0] += nodes.GOOD_AFTER_S
    faulty_node.show(alters({}), about=["chain_getFinalizedHead"])
    with pytest.raises(BadAnswer):
        await client.final_head()
    faulty_node.be_honest()

    assert await client.final_head() == truth == await chain.final_head()
    await client.close()


async def test_the_same_trouble_is_logged_once_however_often_it_is_found(faulty_node: FaultyNode) -> None:
    faulty_node.show(alters({}), about=["chain_getFinalizedHead"])

    client = ChainClient(faulty_node.url, clock=a_clock(at=[0.0]))
    with structlog.testing.capture_logs() as logged:
        ends = await ends_of(client, lambda client: client.final_head())
    await client.close()

    assert set(ends) == {BadAnswer, ChainUnreachable}
    assert [entry["event"] for entry in logged if entry["log_level"] == "warning"] == ["node left"]


async def test_who_has_patience_reads_on_when_there_is_a_node_again(
    faulty_node: FaultyNode, chain: ChainClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descrow.app.demo.shop_client.RETRY_S", 0.01)

    async def cut_the_first_three(exchange: Exchange) -> None:
        if faulty_node.faults_shown > 3:
            faulty_node.be_honest()
        await faults.cuts_the_line(exchange)

    faulty_node.show(cut_the_first_three, about=["chain_getBlockHash"])
    client = PatientChain(faulty_node.url, clock=never_resting())

    assert await client.final_head() == await chain.final_head()
    assert faulty_node.faults_shown > 3
    await client.close()


# --- heads ---


@pytest.fixture
def asked_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("descrow.chain.block_reader.POLL_S", 0.05)


async def follow(client: ChainClient, until: int) -> list[int]:
    """Final numbers as they are told, until one is reached; begun again as often as the node in use was left."""
    numbers: list[int] = []
    for _ in range(TRIES):
        try:
            async with client.heads() as heads:
                async for now in heads:
                    numbers.append(now.final.number)
                    if now.final.number >= until:
                        return numbers
        except ChainUnreachable:
            continue
    return numbers


@pytest.mark.usefixtures("asked_often")
async def test_a_node_whose_head_stands_still_is_left_once_another_is_ahead(
    faulty_node: FaultyNode, chain: ChainClient
) -> None:
    now = await chain.finalized_number()
    faulty_node.show(faults.frozen_at(now - 2), about=faults.OF_HEADS)

    async with a_client(faulty_node.url, chain.url) as client:
        with structlog.testing.capture_logs() as logged:
            numbers = await follow(client, until=now)

        assert client.url == chain.url
    assert (numbers[0], numbers[-1]) == (now - 2, now)
    (reason,) = [entry["reason"] for entry in logged if entry["event"] == "node left"]
    assert reason == f"its final block is {now - 2}, another node's is {now}"


@pytest.mark.usefixtures("asked_often")
async def test_a_head_that_stands_still_everywhere_costs_no_node_its_place(
    faulty_node: FaultyNode, chain: ChainClient
) -> None:
    async with a_client(faulty_node.url, chain.url) as client, client.heads() as heads:
        for _ in range(4):
            await anext(heads)

        assert client.url == faulty_node.url


@pytest.mark.parametrize("fault", ["no header", "another form", "nothing"])
@pytest.mark.usefixtures("asked_often")
async def test_events_that_are_garbage_or_do_not_come_are_made_up_for(
    faulty_node: FaultyNode, chain: ChainClient, fault: str
) -> None:
    reply = {"no header": alters({"number": 7}), "another form": alters([None]), "nothing": faults.says_nothing}[fault]
    faulty_node.show(reply, about=["chain_newHead", "chain_finalizedHead"])
    before = await chain.finalized_number()

    async with a_client(faulty_node.url, chain.url) as client:
        await make_blocks(chain)
        numbers = await follow(client, until=before + 1)

    assert numbers[-1] == before + 1


@pytest.mark.parametrize("subscription", [None, 7, "", ["list"], {"an": "object"}])
@pytest.mark.usefixtures("asked_often")
async def test_a_subscription_without_a_proper_name_is_made_up_for(
    faulty_node: FaultyNode, chain: ChainClient, subscription: object
) -> None:
    faulty_node.show(alters(subscription), about=["chain_subscribeNewHeads", "chain_subscribeFinalizedHeads"])
    now = await chain.finalized_number()

    async with a_client(faulty_node.url, chain.url) as client:
        assert (await follow(client, until=now))[-1] == now


async def test_a_reader_who_is_slow_hears_the_newest_events_and_nothing_piles_up() -> None:
    async def flood(line: Line, request: dict[str, Any]) -> None:
        await line.answer(request, reported_by_one_at(a_header(1), request))
        if request["method"] == "subscribe":
            for number in range(10 * rpc.NOTIFICATIONS_KEPT):
                await line.notify("subscribe", number)

    async with a_node(flood) as node:
        connection = await RpcConnection.open(node.url)
        async with connection.subscribe("subscribe", unsubscribe="unsubscribe") as events:
            await a_moment()
            await connection.call("wait for the flood to be over")
            received = [await anext(events) for _ in range(rpc.NOTIFICATIONS_KEPT)]

        assert received == list(range(9 * rpc.NOTIFICATIONS_KEPT, 10 * rpc.NOTIFICATIONS_KEPT))
        await connection.close()
