"""Run the web application: at the public port, in one process or several."""

import asyncio
import multiprocessing
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvloop
from litestar.types import ASGIApp

from descrow.app.api import build_app
from descrow.app.front.front import Front, with_true_client
from descrow.app.front.processes import keep_processes
from descrow.app.settings import Settings, get_settings
from descrow.feed.announcements import Announcements
from descrow.kernel.http.server import BACKLOG, LOOPBACK, http_server
from descrow.kernel.logs import configure_logs
from descrow.kernel.shutdown import STOPS_WITHIN_S, leave_after

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def serve(settings: Settings, *, workers: int) -> None:
    """Serve until asked to stop: in this very process when it is one, so that its end leaves nothing behind."""
    listening = listen_at(settings.host, settings.port)
    if workers == 1:
        uvloop.run(_serve(settings, listening))
    else:
        keep_processes(_serve_in_process, listening, workers)


def listen_at(host: str, port: int) -> socket.socket:
    """Take the public port, IPv4 or IPv6. Raises OSError where another process has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG, dualstack_ipv6=host == "::")


def _serve_in_process(listening: socket.socket) -> None:
    # A client's requests come to any of the processes, and polling keeps its state in one.
    settings = get_settings().model_copy(update={"socket_polling": False})
    uvloop.run(_serve(settings, listening))


async def _serve(settings: Settings, listening: socket.socket) -> None:
    configure_logs(log_format=settings.log_format, level=settings.log_level, process="api")
    announcements = Announcements(settings.database_url.get_secret_value())
    is_asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in STOP_SIGNALS:
        loop.add_signal_handler(signal_number, is_asked_to_stop.set)

    if (parent := multiprocessing.parent_process()) is not None:
        loop.add_reader(parent.sentinel, is_asked_to_stop.set)  # it is gone without having asked

    async with serving(
        build_app(settings, announcements),
        listening,
        proxies=settings.proxies,
        rate_limit_factor=settings.rate_limit_factor,
        when_http_ends=is_asked_to_stop.set,
    ) as front:
        await is_asked_to_stop.wait()
        leave_after(STOPS_WITHIN_S)
        front.stop()
        await announcements.end(within_s=STOPS_WITHIN_S / 2)


@asynccontextmanager
async def serving(
    app: ASGIApp,
    listening: socket.socket,
    *,
    proxies: int = 0,
    rate_limit_factor: int = 1,
    when_http_ends: Callable[[], None] = lambda: None,
) -> AsyncIterator[Front]:
    """Serve the application at a listening socket until the block ends.

    Raises RuntimeError where the application does not start.
    """
    with _reserved_port() as port:
        front = Front(app, http_address=(LOOPBACK, port), proxies=proxies, rate_limit_factor=rate_limit_factor)
        server = http_server(with_true_client(app, front.peers), address=LOOPBACK, port=port)
        serving_http = asyncio.create_task(server.serve())
        await _until_it_listens(front.http_address, serving_http)
        serving_http.add_done_callback(lambda _: when_http_ends())
        await front.listen(listening)
        try:
            yield front
        finally:
            front.stop()
            server.stop()  # type: ignore[no-untyped-call]
            await serving_http
            front.close()


@contextmanager
def _reserved_port() -> Iterator[int]:
    """Yield a port of loopback that nobody gets but Granian, which shares it (SO_REUSEPORT)."""
    with socket.socket() as reserving:
        reserving.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserving.bind((LOOPBACK, 0))
        yield reserving.getsockname()[1]


async def _until_it_listens(address: tuple[str, int], serving: asyncio.Task[None]) -> None:
    """Raises what ended the server."""
    while not serving.done():
        try:
            _, writer = await asyncio.open_connection(*address)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return
    await serving
    raise RuntimeError("the HTTP server ended before it listened")
