"""Connections that cost a server more than their sender: opened, held, and opened again when the server ends them.

Loopback only, and bounded in number. `python -m tests.abuse.attacks JOB` holds them in a process of its own, says
`ready` when all were opened once, and ends when its standard input is closed.
"""

import asyncio
import json
import sys
from base64 import b64encode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from secrets import token_bytes
from urllib.parse import urlsplit

import msgspec

OPENED_AT_ONCE = 50
PAUSE_S = 0.5
"""Before a connection that the server ended is opened again."""
MESSAGE_BYTES = 60 * 2**20


class Job(msgspec.Struct):
    url: str
    token: str
    counts: dict[str, int]
    """How many of each attack."""


class Attack:
    def __init__(self, job: Job) -> None:
        address = urlsplit(job.url)
        assert address.hostname == "127.0.0.1", "loopback only"
        self._host, self._port = address.hostname, address.port
        self._token = job.token
        self._opening = asyncio.Semaphore(OPENED_AT_ONCE)
        self._to_open = 0
        self._opened_once = asyncio.Event()

    async def run(self, counts: dict[str, int]) -> None:
        """Hold them all until cancelled; `ready` is printed when each was opened once."""
        self._to_open = sum(counts.values())
        async with asyncio.TaskGroup() as tasks:
            for name, count in counts.items():
                for _ in range(count):
                    tasks.create_task(self._hold(ATTACKS[name]))
            await self._opened_once.wait()
            print("ready", flush=True)

    async def _hold(self, attack: "Hold") -> None:
        is_first = True
        while True:
            writer = None
            with suppress(OSError, EOFError):
                async with self._opening:
                    reader, writer = await asyncio.open_connection(self._host, self._port)
                    held = await attack(self, reader, writer)
                if is_first:
                    self._count()
                    is_first = False
                await held
            if writer is not None:
                writer.close()
            if is_first:
                self._count()
                is_first = False
            await asyncio.sleep(PAUSE_S)

    def _count(self) -> None:
        self._to_open -= 1
        if self._to_open == 0:
            self._opened_once.set()

    async def silent(self, reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> Awaitable[object]:
        """Sends nothing."""
        return reader.read()

    async def idle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Awaitable[object]:
        """Asks once, and keeps the connection."""
        writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"}")
        return reader.read()

    async def slow_body(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Awaitable[object]:
        """Sends a byte of its body every second."""
        writer.write(
            b"POST /api/v1/auth/challenge HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 1000\r\n\r\n"
        )

        async def drip() -> None:
            while not reader.at_eof():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(1)

        return asyncio.gather(drip(), reader.read())

    async def long_poll(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Awaitable[object]:
        """Waits for news that do not come, and asks again."""

        async def poll() -> None:
            while True:
                authorization = f"Authorization: Bearer {self._token}\r\n".encode()
                writer.write(b"GET /api/v1/feed?wait=30 HTTP/1.1\r\nHost: x\r\n" + authorization + b"\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.partition(b":")[2]) for line in head.lower().split(b"\r\n") if b"content-length" in line
                )
                await reader.readexactly(length)
                await asyncio.sleep(PAUSE_S)

        return poll()

    async def socket(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Awaitable[object]:
        """Opens a WebSocket and shows no token."""
        await self._upgrade(reader, writer)
        return reader.read()

    async def endless_message(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Awaitable[object]:
        """Sends a WebSocket message of 60 MiB whose end never comes."""
        await self._upgrade(reader, writer)

        async def send() -> None:
            part_bytes = 2**20
            for sent in range(MESSAGE_BYTES // part_bytes - 1):
                opcode = 0x01 if sent == 0 else 0x00  # more to come, then continuations
                writer.write(bytes([opcode, 0x80 | 127]) + part_bytes.to_bytes(8, "big") + bytes(4) + b"x" * part_bytes)
                await writer.drain()
            await reader.read()

        return send()

    async def _upgrade(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        key = b64encode(token_bytes(16)).decode()
        writer.write(
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        await reader.readuntil(b"\r\n\r\n")


Hold = Callable[[Attack, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[Awaitable[object]]]
"""Opens, and returns what holds the connection."""

ATTACKS: dict[str, Hold] = {
    "silent connections": Attack.silent,
    "idle connections": Attack.idle,
    "slow bodies": Attack.slow_body,
    "long polls": Attack.long_poll,
    "sockets without a token": Attack.socket,
    "endless messages": Attack.endless_message,
}


async def main() -> None:
    job = msgspec.convert(json.loads(sys.argv[1]), Job)
    running = asyncio.create_task(Attack(job).run(job.counts))
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait([running, ended], return_when=asyncio.FIRST_COMPLETED)
    running.cancel()


if __name__ == "__main__":
    asyncio.run(main())
