"""Serve an application on a port of this machine, and wait until a server answers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from descrow.kernel.http.server import LOOPBACK, http_server
from tests.waiting import PATIENCE_S, eventually


def free_port() -> int:
    """Return a port that nobody listens at, so that servers side by side never share one."""
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


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
