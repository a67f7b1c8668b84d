"""Runs the web application under Granian."""

import asyncio
import signal

from granian import Granian
from granian.constants import Interfaces
from granian.server.embed import Server

from descrow.app import build_app
from descrow.logs import configure_logs
from descrow.settings import Settings

TARGET = "descrow.app:create_app"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(settings: Settings, *, workers: int) -> None:
    """Serve until asked to stop: in this very process when it is one, so that its end leaves nothing behind."""
    if workers == 1:
        asyncio.run(_serve_here(settings))
        return
    Granian(
        TARGET,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=workers,
        factory=True,
        websockets=True,
        respawn_failed_workers=True,
    ).serve()


async def _serve_here(settings: Settings) -> None:
    configure_logs(log_format=settings.log_format, level=settings.log_level, process="api")
    server = Server(
        build_app(settings), address=settings.host, port=settings.port, interface=Interfaces.ASGI, log_enabled=False
    )
    loop = asyncio.get_running_loop()
    for signal_number in STOP_SIGNALS:
        loop.add_signal_handler(signal_number, server.stop)
    await server.serve()
