"""The public port: bounds on what has not become a request yet, and who is behind a request."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from descrow.app.front import connection as front_connection
from descrow.app.front import front as front_module
from descrow.app.front import websocket as front_websocket
from descrow.app.server import listen_at, serving
from descrow.kernel.http.limits import Allowance
from descrow.kernel.http.server import LOOPBACK
from tests.waiting import eventually

PATHS: list[str] = []
"""Of all requests that the application has seen."""
pytestmark = pytest.mark.integration


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Says who asks and what came; as a WebSocket, says everything back."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
    else:
        PATHS.append(scope["path"])
        body = b""
        while scope["path"] != "/early":
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        answer = f"{scope['client'][0]}:{scope['client'][1]} {len(body)} bytes".encode()
        if scope["path"] == "/large":
            answer = b"x" * 20_000_000
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(answer))]}
        )
        await send({"type": "http.response.body", "body": answer})


@asynccontextmanager
async def served(proxies: int = 0) -> AsyncIterator[int]:
    listening = listen_at(LOOPBACK, 0)
    port: int = listening.getsockname()[1]
    async with serving(application, listening, proxies=proxies):
        yield port


async def open_raw(port: int, said: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(said)
    await writer.drain()
    return reader, writer


async def is_closed(reader: asyncio.StreamReader, *, within_s: float = 5) -> bool:
    with suppress(ConnectionError):
        async with asyncio.timeout(within_s):
            while await reader.read(1000):
                pass
    return True


async def test_the_application_sees_the_clients_own_address_and_port() -> None:
    async with served() as port:
        reader, writer = await open_raw(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        own = "{}:{}".format(*writer.get_extra_info("sockname"))
        answer = await reader.readuntil(b" bytes")
        writer.close()

    assert own.encode() in answer


async def test_one_connection_serves_one_request_after_another() -> None:
    async with served() as port, httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as http:
        answers = [(await http.post("/", content=b"x" * size)).text for size in (0, 1, 70_000, 1_000_000)]

    assert len({answer.split()[0] for answer in answers}) == 1
    assert [int(answer.split()[1]) for answer in answers] == [0, 1, 70_000, 1_000_000]


async def test_a_client_that_reads_slowly_gets_all_of_a_large_answer() -> None:
    async with served() as port, httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as http:
        received = 0
        async with http.stream("GET", "/large") as answer:
            async for piece in answer.aiter_raw(100_000):
                received += len(piece)
                await asyncio.sleep(0.001)

    assert received == 20_000_000


@pytest.mark.parametrize("said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: "])
async def test_who_does_not_finish_a_head_in_time_is_closed(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_connection, "HEAD_WITHIN_S", 0.2)
    async with served() as port:
        reader, _ = await open_raw(port, said)

        assert await is_closed(reader)


async def test_a_head_without_end_is_refused() -> None:
    async with served() as port:
        reader, writer = await open_raw(port, b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000)
        answer = await reader.read()
        writer.close()

    assert answer.startswith(b"HTTP/1.1 431")


async def test_a_network_with_too_many_idle_connections_loses_the_longest_idle_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(front_module, "MOST_IDLE_OF_A_NETWORK", 3)
    async with served() as port:
        opened = [await open_raw(port) for _ in range(4)]

        assert await is_closed(opened[0][0])
        _, writer = opened[1]
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await opened[1][0].readuntil(b" bytes")).startswith(b"HTTP/1.1 200")


async def test_behind_a_proxy_connections_of_one_address_are_many_peoples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "MOST_IDLE_OF_A_NETWORK", 3)
    async with served(proxies=1) as port:
        opened = [await open_raw(port) for _ in range(10)]
        for reader, writer in opened:
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b" bytes")).startswith(b"HTTP/1.1 200")
            writer.close()


async def test_where_all_places_are_taken_an_idle_connection_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "MOST_CONNECTIONS", 5)
    async with served() as port:
        silent = [await open_raw(port) for _ in range(5)]
        reader, _ = await open_raw(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

        assert (await reader.readuntil(b" bytes")).startswith(b"HTTP/1.1 200")
        assert await is_closed(silent[0][0])


async def test_a_websocket_is_served_and_counts_as_no_http_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "MOST_CONNECTIONS", 1)
    async with (
        served() as port,
        connect(f"ws://{LOOPBACK}:{port}/socket") as one,
        connect(f"ws://{LOOPBACK}:{port}/socket") as other,
    ):
        await one.send("one")
        await other.send("other")

        assert (await one.recv(), await other.recv()) == ("one", "other")


@pytest.mark.parametrize("pieces", [1, 20])
async def test_a_websocket_message_that_is_too_large_is_refused_while_it_comes(pieces: int) -> None:
    part = "x" * (2 * front_module.LARGEST_MESSAGE_BYTES // pieces)

    async def in_pieces() -> AsyncIterator[str]:
        for _ in range(pieces):
            yield part

    async with served() as port, connect(f"ws://{LOOPBACK}:{port}/socket", compression=None) as client:
        with suppress(ConnectionClosed):
            await client.send(in_pieces() if pieces > 1 else part)
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_when_the_server_stops_websockets_are_told_to_come_back() -> None:
    listening = listen_at(LOOPBACK, 0)
    port = listening.getsockname()[1]
    async with serving(application, listening) as front, connect(f"ws://{LOOPBACK}:{port}/socket") as client:
        front.stop()
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOOPBACK, port), timeout=1)


async def test_nothing_is_left_of_connections_that_are_gone() -> None:
    listening = listen_at(LOOPBACK, 0)
    port = listening.getsockname()[1]
    async with serving(application, listening) as front:
        for said in (
            b"",
            b"GET / HT",
            b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
        ):
            _, writer = await open_raw(port, said)
            await asyncio.sleep(0.1)
            writer.transport.abort()

        await eventually(lambda: not front.peers and not front._connections)


UPGRADE = (
    b"GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


PING = bytes([0x89, 0x80 | 125]) + bytes(4) + bytes(125)


async def test_a_connection_that_served_a_request_may_go_on_as_a_websocket() -> None:
    """Clients and proxies that keep connections do so."""
    async with served() as port:
        reader, writer = await open_raw(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b" bytes")
        for piece in (UPGRADE[:30], UPGRADE[30:]):
            writer.write(piece)
            await asyncio.sleep(0.05)
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(bytes([0x81, 0x80 | 2]) + bytes(4) + b"hi")
        echo = await reader.readexactly(4)
        writer.close()

    assert head.startswith(b"HTTP/1.1 101")
    assert echo == b"\x81\x02hi"


async def test_what_looks_like_an_upgrade_inside_a_body_is_a_body() -> None:
    async with served() as port:
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(UPGRADE)
        reader, writer = await open_raw(port, head)
        writer.write(UPGRADE)
        answer = await reader.readuntil(b" bytes")
        writer.close()

    assert answer.endswith(b" %d bytes" % len(UPGRADE))


async def test_an_upgrade_behind_a_request_that_is_not_answered_yet_is_refused() -> None:
    async with served() as port:
        reader, _ = await open_raw(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" + UPGRADE)

        assert (await reader.read()).startswith(b"HTTP/1.1 400")


async def test_who_would_rather_speak_http_2_is_answered_by_http_1() -> None:
    would_rather = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n"
    async with served() as port:
        reader, writer = await open_raw(port, b"GET / HTTP/1.1\r\nHost: x\r\n" + would_rather + b"\r\n")
        answer = await reader.readuntil(b" bytes")
        writer.close()

    assert answer.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("said", [b"\x16\x03\x01\x02\x00", b"HELLO\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"])
async def test_what_is_no_http_is_refused_at_once(said: bytes) -> None:
    async with served() as port:
        reader, _ = await open_raw(port, said)

        assert (await reader.read()).startswith(b"HTTP/1.1 400")


FORWARDED = {
    "appended to what the client says": b"X-Forwarded-For: 192.0.2.%d, 203.0.113.%d\r\n",
    "instead of what the client says": b"X-Forwarded-For: 203.0.113.%d\r\n",
    "in a line of its own": b"X-Forwarded-For: 192.0.2.%d\r\nx-forwarded-for: 203.0.113.%d\r\n",
}


@pytest.mark.parametrize("how", FORWARDED)
async def test_behind_a_proxy_handshakes_count_for_the_network_that_the_proxy_names(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front_module, "WEBSOCKETS_OF_A_NETWORK", Allowance(per_minute=1, burst=2))
    monkeypatch.setattr(front_connection, "REFUSED_AFTER_S", 0.1)

    async def opens(port: int, *, claimed: int, true: int) -> bytes:
        line = FORWARDED[how]
        line %= (claimed, true) if line.count(b"%d") == 2 else true
        reader, writer = await open_raw(port, UPGRADE.replace(b"Host: x\r\n", b"Host: x\r\n" + line))
        status = (await reader.readline()).split()[1]
        writer.close()
        return status

    async with served(proxies=1) as port:
        one = [await opens(port, claimed=number, true=1) for number in range(3)]
        other = await opens(port, claimed=1, true=2)

    assert one == [b"101", b"101", b"429"]
    assert other == b"101"


async def test_websockets_that_are_opened_at_once_get_their_turn_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(front_module, "WEBSOCKETS_OF_A_NETWORK", Allowance(per_minute=600, burst=2))
    monkeypatch.setattr(front_module, "WAITS_FOR_TURN_S", 0.45)
    monkeypatch.setattr(front_connection, "REFUSED_AFTER_S", 0.1)
    async with served() as port:
        opened = [await open_raw(port, UPGRADE) for _ in range(8)]

        answers = [(await reader.readline()).split()[1] for reader, _ in opened]

    assert answers[:6] == [b"101"] * 6  # two at once, and four in the next 0.4 seconds
    assert answers[7] == b"429"


async def test_the_rest_of_a_request_that_was_answered_early_is_no_request() -> None:
    PATHS.clear()
    async with served() as port:
        smuggled = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        head = b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (2 * len(smuggled))
        reader, writer = await open_raw(port, head + smuggled)
        answer = await reader.readuntil(b" bytes")
        with suppress(ConnectionError):
            writer.write(smuggled)
            await writer.drain()

        assert answer.startswith(b"HTTP/1.1 200")
        assert await is_closed(reader)
    assert PATHS == ["/early"]


async def test_a_head_request_is_answered_without_a_body_and_the_next_one_follows() -> None:
    async with served() as port, httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") as http:
        answers = [await http.head("/"), await http.get("/"), await http.head("/"), await http.get("/")]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.text.split()[0] for answer in answers if answer.text}) == 1


async def test_a_connection_that_rested_serves_the_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_connection, "RESTS_AFTER_S", 0.05)
    listening = listen_at(LOOPBACK, 0)
    async with serving(application, listening) as front:
        reader, writer = await open_raw(listening.getsockname()[1], b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        first = await reader.readuntil(b" bytes")
        await eventually(lambda: not front.peers)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        second = await reader.readuntil(b" bytes")
        writer.close()

    assert first.split()[-3] == second.split()[-3]  # the client's own port, by whichever line


async def test_an_idle_connection_is_closed_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_connection, "RESTS_AFTER_S", 0.05)
    monkeypatch.setattr(front_connection, "IDLE_FOR_S", 0.3)
    async with served() as port:
        reader, _ = await open_raw(port, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b" bytes")

        assert await is_closed(reader)


async def test_a_body_in_chunks_and_one_that_waits_to_be_asked_for_arrive() -> None:
    async with served() as port:
        reader, writer = await open_raw(port, b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in (b"3\r\nabc\r\n", b"2\r\nde\r\n", b"0\r\n\r\n"):
            writer.write(piece)
            await asyncio.sleep(0.02)
        chunked = await reader.readuntil(b" bytes")
        writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"body")
        expected = await reader.readuntil(b" bytes")
        writer.close()

    assert chunked.endswith(b" 5 bytes")
    assert asked.startswith(b"HTTP/1.1 100")
    assert expected.endswith(b" 4 bytes")


async def test_a_client_that_reads_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_connection, "STALLS_FOR_S", 0.2)
    listening = listen_at(LOOPBACK, 0)
    async with serving(application, listening) as front:
        stays_open = [
            await open_raw(listening.getsockname()[1], b"GET /large HTTP/1.1\r\nHost: x\r\n" + more + b"\r\n")
            for more in (b"", b"Connection: close\r\n")
        ]
        await eventually(lambda: len(front._connections) == len(stays_open))
        await eventually(lambda: not front._connections)
        for _, writer in stays_open:
            writer.transport.abort()


async def test_one_network_never_has_all_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_module, "MOST_OF_A_NETWORK", 2)
    busy = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
    async with served() as port:
        opened = [await open_raw(port, busy) for _ in range(2)]
        await asyncio.sleep(0.1)
        refused, _ = await open_raw(port)

        assert (await refused.read()).startswith(b"HTTP/1.1 503")
        opened[0][1].write(b"123456789")
        assert (await opened[0][0].readuntil(b" bytes")).endswith(b" 9 bytes")
        for _, writer in opened:
            writer.transport.abort()


async def ping_for_ever(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(PING * 1000)
        await writer.drain()


async def test_a_websocket_that_sends_pings_and_reads_nothing_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_websocket, "STALLS_FOR_S", 0.2)
    async with served() as port:
        reader, writer = await open_raw(port, UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # as who reads nothing
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(ping_for_ever(writer), 30)


async def test_a_handshake_with_a_head_that_is_too_long_for_it_is_answered() -> None:
    async with served() as port:
        large = UPGRADE.replace(b"Host: x\r\n", b"Host: x\r\nCookie: " + b"c" * 10_000 + b"\r\n")
        reader, _ = await open_raw(port, large)

        assert await is_closed(reader)


async def test_the_server_stops_in_peace_with_a_websocket_that_reads_nothing() -> None:
    listening = listen_at(LOOPBACK, 0)
    async with serving(application, listening) as front:
        reader, writer = await open_raw(listening.getsockname()[1], UPGRADE)
        await reader.readuntil(b"\r\n\r\n")
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(PING * 20_000)
        await asyncio.sleep(0.3)
        front.stop()
        front.stop()
    writer.transport.abort()
