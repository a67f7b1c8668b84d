"""The query behind `GET /api/orders` by asyncpg, its rows encoded by msgspec, over HTTP; for `bench.http` alone.

No framework, no sign-in, no limits, no log, no shapes: what the server, PostgreSQL and its driver give to one process.
"""

import json
import sys
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from bench.http_raw import page_as_json


async def main(job: dict[str, Any]) -> None:
    pool = await asyncpg.create_pool(job["url"], min_size=job["connections"], max_size=job["connections"])

    async def app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = await page_as_json(pool, job)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    server = Server(app, port=job["port"], interface=Interfaces.ASGINL, log_enabled=False)
    await server.serve()


if __name__ == "__main__":
    uvloop.run(main(json.loads(Path(sys.argv[1]).read_text())))
