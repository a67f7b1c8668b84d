"""Runs the web application under Granian."""

import asyncio
import signal

import uvloop
from granian import Granian
from granian.constants import Interfaces
from granian.server.embed import Server

from descrow.app.api import build_app
from descrow.app.settings import Settings
from descrow.feed.announcements import Announcements
from descrow.kernel.logs import configure_logs
from descrow.kernel.shutdown import STOPS_WITHIN_S, leave_after

TARGET = "descrow.app.api:create_app"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(settings: Settings, *, workers: int) -> None:
    """Serve until asked to stop: in this very process when it is one, so that its end leaves nothing behind."""
    if workers == 1:
        uvloop.run(_serve_here(settings))
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
        workers_kill_timeout=STOPS_WITHIN_S,
    ).serve()


async def _serve_here(settings: Settings) -> None:
    configure_logs(log_format=settings.log_format, level=settings.log_level, process="api")
    announcements = Announcements(settings.database_url.get_secret_value())
    server = Server(
        build_app(settings, announcements),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )

    is_asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in STOP_SIGNALS:
        loop.add_signal_handler(signal_number, is_asked_to_stop.set)

    serving = asyncio.create_task(server.serve())
    asked = asyncio.create_task(is_asked_to_stop.wait())
    await asyncio.wait([serving, asked], return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    leave_after(STOPS_WITHIN_S)
    await announcements.end(within_s=STOPS_WITHIN_S / 2)
    server.stop()  # type: ignore[no-untyped-call]
    await serving
