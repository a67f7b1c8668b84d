"""The query behind `GET /api/orders` by asyncpg alone, its rows encoded by msgspec; for `bench.http` alone.

No HTTP, no sign-in, no limits, no shapes: what PostgreSQL and its driver give to one Python process, on the event loop
that the API has. By asyncpg's pool, which sends a statement of its own behind each query, or past it, by connections
that are held, which is the least that there can be.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import uvloop
from asyncpg.pool import PoolConnectionProxy


async def page_as_json(connections: asyncpg.Pool | PoolConnectionProxy, job: dict[str, Any]) -> bytes:
    """One answer of PostgreSQL's, encoded."""
    rows = await connections.fetch(job["sql"], *job["arguments"])
    return msgspec.json.encode([dict(row) for row in rows], enc_hook=str)


async def main(job: dict[str, Any]) -> None:
    size = job["connections"]
    left = job["requests"]
    bytes_encoded = 0

    async def lane(connections: asyncpg.Pool | PoolConnectionProxy) -> None:
        nonlocal left, bytes_encoded
        while left > 0:
            left -= 1
            bytes_encoded += len(await page_as_json(connections, job))

    async with asyncpg.create_pool(job["url"], min_size=size, max_size=size) as pool:
        if job["by_pool"]:
            lanes = [lane(pool) for _ in range(job["lanes"])]
        else:
            lanes = [lane(await pool.acquire()) for _ in range(size)]
        began = time.perf_counter()
        await asyncio.gather(*lanes)
        took_s = time.perf_counter() - began
        pool.terminate()
    print(json.dumps({"took_s": took_s, "bytes": bytes_encoded}))


if __name__ == "__main__":
    uvloop.run(main(json.loads(Path(sys.argv[1]).read_text())))
