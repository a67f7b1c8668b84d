"""Sends requests as fast as they are answered, over many connections kept open; for `bench.callbacks` and `bench.http`.

It writes to sockets itself: a client library would take as much of the two cores as the server that is measured.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvloop

CONNECTIONS = 64
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


async def main(job: dict[str, Any]) -> None:
    address = urlsplit(job["url"])
    token = job.get("token", "")
    waiting = deque(_request(method, target, body.encode(), token) for method, target, body in job["requests"])
    statuses: Counter[str] = Counter()
    began = time.perf_counter()
    await asyncio.gather(
        *(
            _drain(address.hostname or "", address.port or 80, waiting, statuses)
            for _ in range(job.get("lanes", CONNECTIONS))
        )
    )
    print(json.dumps({"took_s": time.perf_counter() - began, "statuses": statuses}))


async def _drain(host: str, port: int, waiting: deque[bytes], statuses: Counter[str]) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    while waiting:
        writer.write(waiting.popleft())
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(_LENGTH.search(head)[1]))  # type: ignore[index]
        statuses[head[9:12].decode()] += 1
    writer.close()


def _request(method: str, target: str, body: bytes, token: str) -> bytes:
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json;charset=UTF-8\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


if __name__ == "__main__":
    uvloop.run(main(json.loads(Path(sys.argv[1]).read_text())))
