"""The query behind `GET /api/orders` by asyncpg alone, its rows encoded by msgspec; for `bench.http` alone.

No HTTP, no sign-in, no limits, no shapes: what PostgreSQL and its driver give to one Python process, on the event loop
that the API has.
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


async def open_pool(told: dict[str, Any]) -> asyncpg.Pool:
    """As the API has it: a connection that comes back is not told to forget anything, which would be another query."""
    size = told["connections"]
    return await asyncpg.create_pool(told["url"], min_size=size, max_size=size, reset=_leave_as_it_is)


async def _leave_as_it_is(_connection: object) -> None:
    return None


async def page_as_json(pool: asyncpg.Pool, told: dict[str, Any]) -> bytes:
    """One answer of PostgreSQL's, encoded."""
    async with pool.acquire() as connection:
        rows = await connection.fetch(told["sql"], *told["arguments"])
    return msgspec.json.encode([dict(row) for row in rows], enc_hook=str)


async def main(told: dict[str, Any]) -> None:
    pool = await open_pool(told)
    left = told["requests"]
    bytes_encoded = 0

    async def lane() -> None:
        nonlocal left, bytes_encoded
        while left > 0:
            left -= 1
            bytes_encoded += len(await page_as_json(pool, told))

    began = time.perf_counter()
    await asyncio.gather(*(lane() for _ in range(told["lanes"])))
    took_s = time.perf_counter() - began
    await pool.close()
    print(json.dumps({"took_s": took_s, "bytes": bytes_encoded}))


if __name__ == "__main__":
    uvloop.run(main(json.loads(Path(sys.argv[1]).read_text())))
