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
from tests.chain import liar as lies
from tests.chain.liar import Exchange, Liar, Lie, never_resting, says, tells, tells_changed
from tests.chain.nodes import GENESIS, Line, a_header, a_moment, a_node, told_by_one_at

ALICE = Keypair.from_uri("//Alice")
NOWHERE = EvmAddress("0x" + "00" * 19 + "77")
TRIES = 4


@pytest.fixture(scope="module", autouse=True)
async def some_blocks(stack: DevStackEndpoints) -> None:
    connection = await RpcConnection.open(stack.chain_url)
    await connection.call("dev_newBlock", {"count": 3})
    await connection.close()


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


ON_THE_WIRE: dict[str, Lie] = {
    "no JSON": says("\x00\x17 not what a node says"),
    "JSON of another form": says("[[]]"),
    "JSON too deep to be read": says("[" * 100_000),
    "bytes that are no text": says(bytes(range(256))),
    "an answer of no end": says('"' + "x" * 5 * 2**20 + '"'),
    "half an answer": lies.says_half,
    "no answer": lies.says_nothing,
    "the end of the line": lies.cuts_the_line,
    "the end of the line in a frame": lies.cuts_the_line_in_a_frame,
    "an answer to somebody else": lies.answers_somebody_else,
    "neither result nor error": lies.leaves_the_result_out,
    "an error": lies.refuses({"code": -32603, "message": "x" * 100_000}),
    "an error of no form": lies.refuses(["no"]),
}

IN_RESULTS: dict[str, Lie] = {
    "a number": tells(7),
    "a fraction": tells(1.5),
    "yes": tells(True),
    "an empty text": tells(""),
    "no digits": tells("0xzz"),
    "half a byte": tells("0x0"),
    "one byte": tells("0x17"),
    "too many bytes": tells("0x" + "17" * 5_000),
    "an empty list": tells([]),
    "a list": tells([["0x00"]]),
    "an empty object": tells({}),
    "an object": tells({"block": {"header": None}, "number": "0x7", "specVersion": [], "digest": {"logs": 1}}),
    "something huge": tells({"number": "0x" + "f" * 2_000_000}),
}

METHODS = [
    "chain_getBlock",
    "chain_getBlockHash",
    "chain_getFinalizedHead",
    "chain_getHeader",
    "state_call",
    "state_getRuntimeVersion",
    "state_getStorage",
]


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


async def ends_of(client: ChainClient, read: Callable[[ChainClient], Awaitable[Any]]) -> list[Any]:
    """Return what came of several tries: the answer, or the kind of failure. Anything but ChainUnreachable is not
    caught.
    """
    ends: list[Any] = []
    for _ in range(TRIES):
        try:
            ends.append(await read(client))
        except ChainUnreachable as error:
            ends.append(type(error))
    return ends


@pytest.mark.parametrize("lie", [*ON_THE_WIRE, *IN_RESULTS])
@pytest.mark.usefixtures("impatient")
async def test_nonsense_is_unreachable_and_the_next_node_is_asked(liar: Liar, chain: ChainClient, lie: str) -> None:
    truth = await read_everything(chain)
    liar.tell((ON_THE_WIRE | IN_RESULTS)[lie], about=METHODS)

    async with a_client(liar.url) as alone, a_client(liar.url, chain.url) as with_another:
        with structlog.testing.capture_logs() as logged:
            ends_with_another = await ends_of(with_another, read_everything)
        ends_alone = await ends_of(alone, read_everything)

    assert liar.lies_told
    assert ends_with_another[-1] == truth
    assert set(map(str, ends_with_another)) <= {str(truth), str(ChainUnreachable), str(BadAnswer)}
    assert truth not in ends_alone
    assert [entry["node"] for entry in logged if entry["log_level"] == "warning"] == [liar.url]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.usefixtures("impatient")
async def test_nonsense_in_one_kind_of_answer_is_found_out_too(liar: Liar, chain: ChainClient, method: str) -> None:
    truth = await read_everything(chain)

    for name, lie in (ON_THE_WIRE | IN_RESULTS).items():
        async with a_client(liar.url, chain.url) as client:
            assert await client.genesis_hash()
            liar.tell(lie, about=[method])
            ends = await ends_of(client, read_everything)
            liar.be_honest()

        assert ends[-1] == truth, name
        assert all(end in (truth, ChainUnreachable, BadAnswer) for end in ends), name
    assert method in liar.methods


CONTRADICTIONS: dict[str, tuple[str, Lie]] = {
    "the block before": ("chain_getBlock", lies.tells_of_the_block_before),
    "the extrinsics of the block before": ("chain_getBlock", lies.tells_the_extrinsics_of_the_block_before),
    "the header of the block before": ("chain_getBlock", lies.tells_the_header_of_the_block_before),
    "one extrinsic too few": ("chain_getBlock", tells_changed(lies.without_last_extrinsic)),
    "no block": ("chain_getBlock", tells(None)),
    "the hash of the block before": ("chain_getBlockHash", lies.tells_of_the_block_before),
    "the hash of no block": ("chain_getBlockHash", tells("0x" + "77" * 32)),
    "another header": ("chain_getHeader", lies.tells_of_the_block_before),
    "a header with another number": (
        "chain_getHeader",
        tells_changed(lies.with_number(lambda number: hex(number + 9))),
    ),
    "a header with a number in digits": ("chain_getHeader", tells_changed(lies.with_number(lambda number: number))),
    "no header": ("chain_getHeader", tells(None)),
    "no events": ("state_getStorage", tells(None)),
    "empty events": ("state_getStorage", tells("0x00")),
    "a nonce of too many bytes": ("state_call", tells("0x" + "00" * 8)),
}


@pytest.mark.parametrize("what", CONTRADICTIONS)
async def test_a_block_that_contradicts_its_hash_is_not_taken(liar: Liar, chain: ChainClient, what: str) -> None:
    method, lie = CONTRADICTIONS[what]
    newest = await chain.finalized_number()

    async def read(client: ChainClient) -> Any:
        head = await client.final_head()
        return head, await client.block(newest), await client.next_nonce(ALICE.public_key)

    truth = await read(chain)
    async with a_client(liar.url, chain.url) as client:
        await client.genesis_hash()
        liar.tell(lie, about=[method])
        ends = await ends_of(client, read)

    assert ends[0] in (ChainUnreachable, BadAnswer)
    assert ends[-1] == truth


@pytest.mark.parametrize("seed", range(10))
async def test_one_bit_the_other_way_round_is_found_in_all_that_a_hash_proves(
    liar: Liar, chain: ChainClient, seed: int
) -> None:
    random = Random(seed)

    def with_one_bit_changed(told: Any) -> Any:
        extrinsics = told["block"]["extrinsics"]
        place = random.randrange(len(extrinsics))
        extrinsics[place] = lies.flipped(extrinsics[place], random)
        return told

    number = await chain.finalized_number()
    liar.tell(tells_changed(with_one_bit_changed), about=["chain_getBlock"])

    async with a_client(liar.url, chain.url) as client:
        with pytest.raises(BadAnswer, match="extrinsics are not its own"):
            await client.block(number)

        assert await client.block(number) == await chain.block(number)


async def test_answers_said_twice_and_news_nobody_asked_for_disturb_nothing(liar: Liar, chain: ChainClient) -> None:
    truth = await read_everything(chain)

    async with a_client(liar.url) as client:
        for lie in (lies.answers_twice, lies.tells_news_nobody_asked_for):
            liar.tell(lie, about=METHODS)
            assert await read_everything(client) == truth


async def test_metadata_that_was_garbage_is_asked_for_again(liar: Liar, chain: ChainClient) -> None:
    number = await chain.finalized_number()
    random = Random(1)

    def spoilt(told: str) -> str:
        for _ in range(200):
            told = lies.flipped(told, random)
        return told

    async with a_client(liar.url) as client:
        liar.tell(tells_changed(spoilt), about=["state_call"])
        with pytest.raises(BadAnswer):
            await client.block(number)
        liar.be_honest()

        assert await client.block(number) == await chain.block(number)


async def test_metadata_of_a_node_that_was_left_is_forgotten(liar: Liar, chain: ChainClient) -> None:
    """It could be read, so it was believed; but nobody else must be judged by it."""
    number = await chain.finalized_number()
    other_name = b"ExtrinsicSuccess".hex(), b"ExtrinsicSoccess".hex()

    async with a_client(liar.url, chain.url) as client:
        liar.tell(tells_changed(lambda told: told.replace(*other_name)), about=["state_call"])
        with pytest.raises(BadAnswer, match="outcomes of"):
            await client.block(number)

        assert await client.block(number) == await chain.block(number)


async def test_a_transaction_that_the_node_says_was_another_is_not_taken_as_sent(
    liar: Liar, chain: ChainClient
) -> None:
    liar.tell(tells("0x" + "00" * 32), about=["author_submitExtrinsic"])
    runtime = await chain._runtime()
    remark = runtime.encode_call("System", "remark", {"remark": "0x01"})

    async with a_client(liar.url, chain.url) as client:
        signed = await client.sign(remark, ALICE)
        with pytest.raises(BadAnswer):
            await client.submit(signed.extrinsic)
        with pytest.raises(RpcRefused):  # it was taken after all: the same bytes have one effect
            await client.submit(signed.extrinsic)


# --- which node is used ---


async def test_a_node_of_another_chain_is_skipped_and_named(liar: Liar, chain: ChainClient) -> None:
    genesis_hash = await chain.genesis_hash()
    liar.tell(tells(GENESIS[:-1] + "7"), about=["chain_getBlockHash"])

    async with a_client(liar.url, chain.url) as client:
        with structlog.testing.capture_logs() as logged:
            await client.expect(genesis_hash)

        assert client.url == chain.url
    skipped = [entry for entry in logged if entry["event"] in ("node skipped", "node left")]
    assert [(entry["node"], GENESIS[:-1] + "7" in entry["reason"]) for entry in skipped] == [(liar.url, True)]


async def test_an_address_with_a_key_in_it_is_neither_logged_nor_told(liar: Liar) -> None:
    for url in (
        liar.url.replace("ws://", "ws://user:SECRET@") + "/v1/SECRET?key=SECRET",
        "ws://127.0.0.1:1/SECRET",
        "ws://127.0.0.1:no-port/SECRET",
        "ftp://127.0.0.1/SECRET",
        "SECRET",
    ):
        liar.tell(tells({}), about=["chain_getBlockHash"])
        async with a_client(url) as client:
            with structlog.testing.capture_logs() as logged, pytest.raises(ChainUnreachable) as unreachable:
                await client.final_head()

        assert "SECRET" not in f"{logged}{unreachable.value}{unreachable.value.detail}", url


async def test_what_a_node_says_is_logged_in_short_and_not_told_to_who_asks_us(liar: Liar) -> None:
    liar.tell(lies.refuses({"code": 1, "message": "GARBAGE\n" * 100_000}), about=["chain_getFinalizedHead"])

    async with a_client(liar.url) as client:
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


async def test_a_node_that_served_well_for_long_is_forgiven_at_once(chain: ChainClient, liar: Liar) -> None:
    now = [0.0]
    client = ChainClient(liar.url, clock=a_clock(at=now))
    for _ in range(2):
        liar.tell(tells({}), about=["chain_getFinalizedHead"])
        with pytest.raises(BadAnswer):
            await client.final_head()
        liar.be_honest()
    with pytest.raises(ChainUnreachable):  # it rests
        await client.final_head()

    now[0] += 1
    truth = await client.final_head()
    now[0] += nodes.GOOD_AFTER_S
    liar.tell(tells({}), about=["chain_getFinalizedHead"])
    with pytest.raises(BadAnswer):
        await client.final_head()
    liar.be_honest()

    assert await client.final_head() == truth == await chain.final_head()
    await client.close()


async def test_the_same_trouble_is_logged_once_however_often_it_is_found(liar: Liar) -> None:
    liar.tell(tells({}), about=["chain_getFinalizedHead"])

    client = ChainClient(liar.url, clock=a_clock(at=[0.0]))
    with structlog.testing.capture_logs() as logged:
        ends = await ends_of(client, lambda client: client.final_head())
    await client.close()

    assert set(ends) == {BadAnswer, ChainUnreachable}
    assert [entry["event"] for entry in logged if entry["log_level"] == "warning"] == ["node left"]


async def test_who_has_patience_reads_on_when_there_is_a_node_again(
    liar: Liar, chain: ChainClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("descrow.app.demo.shop_client.RETRY_S", 0.01)

    async def cut_the_first_three(exchange: Exchange) -> None:
        if liar.lies_told > 3:
            liar.be_honest()
        await lies.cuts_the_line(exchange)

    liar.tell(cut_the_first_three, about=["chain_getBlockHash"])
    client = PatientChain(liar.url, clock=never_resting())

    assert await client.final_head() == await chain.final_head()
    assert liar.lies_told > 3
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
async def test_a_node_whose_head_stands_still_is_left_once_another_is_ahead(liar: Liar, chain: ChainClient) -> None:
    now = await chain.finalized_number()
    liar.tell(lies.frozen_at(now - 2), about=lies.OF_HEADS)

    async with a_client(liar.url, chain.url) as client:
        with structlog.testing.capture_logs() as logged:
            numbers = await follow(client, until=now)

        assert client.url == chain.url
    assert (numbers[0], numbers[-1]) == (now - 2, now)
    (reason,) = [entry["reason"] for entry in logged if entry["event"] == "node left"]
    assert reason == f"its final block is {now - 2}, another node's is {now}"


@pytest.mark.usefixtures("asked_often")
async def test_a_head_that_stands_still_everywhere_costs_no_node_its_place(liar: Liar, chain: ChainClient) -> None:
    async with a_client(liar.url, chain.url) as client, client.heads() as heads:
        for _ in range(4):
            await anext(heads)

        assert client.url == liar.url


@pytest.mark.parametrize("lie", ["no header", "another form", "nothing"])
@pytest.mark.usefixtures("asked_often")
async def test_news_that_are_garbage_or_do_not_come_are_made_up_for(liar: Liar, chain: ChainClient, lie: str) -> None:
    tell = {"no header": tells({"number": 7}), "another form": tells([None]), "nothing": lies.says_nothing}[lie]
    liar.tell(tell, about=["chain_newHead", "chain_finalizedHead"])
    before = await chain.finalized_number()

    async with a_client(liar.url, chain.url) as client:
        await chain._call("dev_newBlock")
        numbers = await follow(client, until=before + 1)

    assert numbers[-1] == before + 1


@pytest.mark.parametrize("subscription", [None, 7, "", ["list"], {"an": "object"}])
@pytest.mark.usefixtures("asked_often")
async def test_a_subscription_without_a_proper_name_is_made_up_for(
    liar: Liar, chain: ChainClient, subscription: object
) -> None:
    liar.tell(tells(subscription), about=["chain_subscribeNewHeads", "chain_subscribeFinalizedHeads"])
    now = await chain.finalized_number()

    async with a_client(liar.url, chain.url) as client:
        assert (await follow(client, until=now))[-1] == now


async def test_a_reader_who_is_slow_hears_the_newest_news_and_nothing_piles_up() -> None:
    async def flood(line: Line, request: dict[str, Any]) -> None:
        await line.answer(request, told_by_one_at(a_header(1), request))
        if request["method"] == "subscribe":
            for number in range(10 * rpc.NEWS_KEPT):
                await line.notify("subscribe", number)

    async with a_node(flood) as node:
        connection = await RpcConnection.open(node.url)
        async with connection.subscribe("subscribe", unsubscribe="unsubscribe") as news:
            await a_moment()
            await connection.call("wait for the flood to be over")
            heard = [await anext(news) for _ in range(rpc.NEWS_KEPT)]

        assert heard == list(range(9 * rpc.NEWS_KEPT, 10 * rpc.NEWS_KEPT))
        await connection.close()
