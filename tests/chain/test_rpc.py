"""One line to a node: each call gets its own answer, or learns in time that there is none."""

import asyncio
import json
import socket
from typing import Any

import pytest

from descrow.chain import rpc
from descrow.chain.client import ChainClient
from descrow.chain.errors import ChainUnreachable, RpcRefused
from descrow.chain.rpc import RpcConnection
from tests.chain.nodes import LOOPBACK, Line, a_header, a_moment, a_node, echo, never, reported_by_one_at

Request = dict[str, Any]


async def test_answers_out_of_order_reach_who_asked() -> None:
    async def last_first(line: Line, _request: Request) -> None:
        if len(line.asked) == 3:
            for request in reversed(line.asked):
                await line.answer(request, request["method"])

    async with a_node(last_first) as node:
        connection = await RpcConnection.open(node.url)

        answers = await asyncio.gather(*(connection.call(method) for method in ("one", "two", "three")))

        assert answers == ["one", "two", "three"]
        await connection.close()


async def test_an_error_is_a_refusal_that_names_method_code_and_data_and_the_line_stays_good() -> None:
    async def refuse_once(line: Line, request: Request) -> None:
        if request["method"] == "state_call":
            await line.refuse(request, {"code": 1010, "message": "Invalid Transaction", "data": {"stale": None}})
        else:
            await line.answer(request, "fine")

    async with a_node(refuse_once) as node:
        connection = await RpcConnection.open(node.url)

        with pytest.raises(RpcRefused, match="state_call: Invalid Transaction") as refused:
            await connection.call("state_call")

        assert refused.value.rpc_code == 1010
        assert refused.value.data == {"stale": None}
        assert await connection.call("system_chain") == "fine"
        await connection.close()


@pytest.mark.parametrize("error", ["no", 7, {}, {"code": None}, ["no"]])
async def test_an_error_of_no_known_form_is_a_refusal_too(error: Any) -> None:
    async def refuse(line: Line, request: Request) -> None:
        await line.refuse(request, error)

    async with a_node(refuse) as node:
        connection = await RpcConnection.open(node.url)

        with pytest.raises(RpcRefused, match="system_chain"):
            await connection.call("system_chain")

        await connection.close()


async def test_a_node_that_hangs_up_leaves_no_call_waiting() -> None:
    async def hang_up_at_the_third(line: Line, _request: Request) -> None:
        if len(line.asked) == 3:
            await line.hang_up()

    async with a_node(hang_up_at_the_third) as node:
        connection = await RpcConnection.open(node.url)

        async with asyncio.timeout(5):
            ends = await asyncio.gather(*(connection.call("x") for _ in range(3)), return_exceptions=True)

        assert [type(end) for end in ends] == [ChainUnreachable] * 3
        assert not connection.is_open
        with pytest.raises(ChainUnreachable, match="closed"):
            await connection.call("x")
        await connection.close()


async def test_a_node_that_never_answers_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc, "CALL_TIMEOUT_S", 0.05)

    async with a_node(never) as node:
        connection = await RpcConnection.open(node.url)

        with pytest.raises(ChainUnreachable, match="no answer to system_chain"):
            await connection.call("system_chain")

        await connection.close()


async def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    async def late(line: Line, request: Request) -> None:
        if request["method"] == "second":
            await line.answer(line.asked[0], "of the first")
            await line.answer(request, "of the second")

    async with a_node(late) as node:
        connection = await RpcConnection.open(node.url)
        monkeypatch.setattr(rpc, "CALL_TIMEOUT_S", 0.2)
        with pytest.raises(ChainUnreachable):
            await connection.call("first")

        assert await connection.call("second") == "of the second"

        await connection.close()


GARBAGE = ["", "{", "7", "null", '"text"', "[]", "[1]", "{}", '{"id": [1]}', '{"params": []}', '{"id": 999}']
GARBAGE += ['{"params": {"subscription": {}}}', '{"params": {"subscription": 999}}']


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_garbage_ends_the_wait_or_is_passed_over_and_never_hurts_the_client(garbage: str) -> None:
    async def garbage_first(line: Line, request: Request) -> None:
        await line.say(garbage)
        await line.answer(request, "fine")

    async with a_node(garbage_first) as node:
        client = ChainClient(node.url)

        with_garbage = await asyncio.wait_for(_answer_or_unreachable(client), timeout=5)

        assert with_garbage in ("fine", ChainUnreachable)
        await client.close()


async def _answer_or_unreachable(client: ChainClient) -> Any:
    try:
        return await client.genesis_hash()
    except ChainUnreachable as error:
        return type(error)


async def test_a_line_that_carried_garbage_is_closed() -> None:
    async def garbage(line: Line, _request: Request) -> None:
        await line.say("not what a node says")

    async with a_node(garbage) as node:
        connection = await RpcConnection.open(node.url)

        with pytest.raises(ChainUnreachable):
            await connection.call("system_chain")

        await asyncio.wait_for(node.lines[0].socket.wait_closed(), timeout=5)
        await connection.close()


async def test_no_node_at_all_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        url = f"ws://{LOOPBACK}:{taken.getsockname()[1]}"

        with pytest.raises(ChainUnreachable):
            await RpcConnection.open(url)


async def test_notifications_that_come_with_the_answer_are_all_heard_in_order() -> None:
    async def subscribe(line: Line, request: Request) -> None:
        if request["method"] == "subscribe":
            await line.answer(request, "news-1")
            for number in range(5):
                await line.notify("news-1", number)
        else:
            await line.answer(request, True)

    async with a_node(subscribe) as node:
        connection = await RpcConnection.open(node.url)

        async with connection.subscribe("subscribe", unsubscribe="unsubscribe") as events:
            received = [await anext(events) for _ in range(5)]

        assert received == [0, 1, 2, 3, 4]
        assert node.lines[0].asked[-1]["method"] == "unsubscribe"
        assert node.lines[0].asked[-1]["params"] == ["news-1"]
        await connection.close()


async def test_notifications_before_the_answer_or_of_others_disturb_nothing() -> None:
    async def too_early(line: Line, request: Request) -> None:
        if request["method"] == "subscribe":
            await line.notify("news-1", "too early")
            await line.answer(request, "news-1")
            await line.notify("news-2", "of others")
            await line.notify("news-1", "in time")
        else:
            await line.answer(request, True)

    async with a_node(too_early) as node:
        connection = await RpcConnection.open(node.url)

        async with connection.subscribe("subscribe", unsubscribe="unsubscribe") as events:
            assert await anext(events) == "in time"

        assert connection.is_open
        await connection.close()


async def test_a_refused_subscription_is_told_and_nothing_is_left_of_it() -> None:
    async def refuse(line: Line, request: Request) -> None:
        await line.refuse(request, {"code": -32601, "message": "Method not found"})

    async with a_node(refuse) as node:
        connection = await RpcConnection.open(node.url)

        with pytest.raises(RpcRefused, match="Method not found"):
            async with connection.subscribe("subscribe", unsubscribe="unsubscribe"):
                pass

        assert [request["method"] for request in node.lines[0].asked] == ["subscribe"]
        await connection.close()


@pytest.mark.parametrize("politely", [True, False])
async def test_a_subscription_ends_as_unreachable_when_the_line_is_lost(politely: bool) -> None:
    async def subscribe(line: Line, request: Request) -> None:
        await line.answer(request, "news-1")
        await line.notify("news-1", 1)

    async with a_node(subscribe) as node:
        connection = await RpcConnection.open(node.url)
        async with connection.subscribe("subscribe", unsubscribe="unsubscribe") as events:
            first = await anext(events)
            await _lose(node.lines[0], politely=politely)

            with pytest.raises(ChainUnreachable):
                await asyncio.wait_for(anext(events), timeout=5)

        assert first == 1
        await connection.close()


async def _lose(line: Line, *, politely: bool) -> None:
    if politely:
        await line.hang_up()
    else:
        line.cut()


async def test_after_a_lost_connection_the_client_connects_again_at_the_next_call() -> None:
    async with a_node(echo) as node:
        client = ChainClient(node.url)
        await client.genesis_hash()
        node.lines[0].cut()
        await a_moment()

        assert await client._call("system_name") == []

        assert len(node.lines) == 2
        await client.close()


async def test_calls_at_once_share_one_connection() -> None:
    async with a_node(echo) as node:
        client = ChainClient(node.url)

        await asyncio.gather(*(client._call("x", number) for number in range(20)))

        assert len(node.lines) == 1
        await client.close()


async def test_following_the_heads_ends_as_unreachable_when_the_line_is_cut() -> None:
    async def one_head(line: Line, request: Request) -> None:
        await line.answer(request, reported_by_one_at(a_header(7), request))
        if request["method"] == "chain_subscribeFinalizedHeads":
            await line.notify("chain_subscribeNewHeads", a_header(9))
            await line.notify("chain_subscribeFinalizedHeads", a_header(8))

    async with a_node(one_head) as node:
        client = ChainClient(node.url)

        seen = []
        with pytest.raises(ChainUnreachable):  # noqa: PT012  (the line is cut while it is followed)
            async with asyncio.timeout(5), client.heads() as heads:
                async for now in heads:
                    seen.append((now.best.number, now.final.number))
                    if seen[-1] == (9, 8):
                        node.lines[0].cut()

        assert seen == [(7, 7), (9, 8)]
        await client.close()


async def test_a_silent_subscription_is_made_up_for_by_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("descrow.chain.block_reader.POLL_S", 0.05)
    newest = 3

    async def silent(line: Line, request: Request) -> None:
        nonlocal newest
        if (request["method"], request["params"]) == ("chain_getHeader", []):
            newest += 1
        await line.answer(request, reported_by_one_at(a_header(newest), request))

    async with a_node(silent) as node:
        client = ChainClient(node.url)

        async with client.heads() as heads:
            numbers = [(await anext(heads)).final.number for _ in range(3)]

        assert numbers == [4, 5, 6]
        await client.close()


async def test_requests_are_json_rpc_with_an_id_of_their_own() -> None:
    async with a_node(echo) as node:
        connection = await RpcConnection.open(node.url)
        await connection.call("one", 1, "0x")
        await connection.call("two")

        asked = node.lines[0].asked

        assert [request["id"] for request in asked] == [1, 2]
        assert json.dumps(asked[0]["params"]) == '[1, "0x"]'
        assert {request["jsonrpc"] for request in asked} == {"2.0"}
        await connection.close()
