"""Serve an application on a port of this machine, and wait until a server answers."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from random import randrange
from typing import Any

import httpx

from descrow.app.devstack.ports import is_free
from descrow.kernel.http.server import http_server
from tests.waiting import PATIENCE_S, eventually

FIRST_PORT, PORTS_OF_A_WORKER = 20_000, 1_000  # below those that the system gives to clients


def free_port() -> int:
    """Return a port that nobody listens at, and that no other test process is given."""
    return next(_FREE_PORTS)


def _free_ports() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 12
    first = FIRST_PORT + worker * PORTS_OF_A_WORKER
    begin = randrange(PORTS_OF_A_WORKER)
    for number in count(begin):
        port = first + number % PORTS_OF_A_WORKER
        if is_free(port):
            yield port


_FREE_PORTS = _free_ports()


@asynccontextmanager
async def served(application: Any, *, port: int, at: Path | None = None) -> AsyncIterator[None]:
    """Serve an ASGI application without WebSockets in this process; at a Unix socket with `at`."""
    server = http_server(application, port=port, socket=at)
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await serving


async def until_it_answers(url: str, *, within_s: float = PATIENCE_S) -> None:
    """Return once a server that was just started answers there with success."""
    async with httpx.AsyncClient() as http:

        async def answers() -> bool:
            try:
                return (await http.get(url)).is_success
            except httpx.TransportError:
                return False

        await eventually(answers, within_s=within_s)
