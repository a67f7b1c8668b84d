"""The web application and the worker in the tests' own process, and clients that ask without a network."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING

import httpx
from asgi_lifespan import LifespanManager
from litestar.types import ASGIApp

from descrow.app.demo.shop_client import ShopClient
from descrow.app.settings import Settings
from descrow.chain.client import ChainClient
from descrow.chain.keys import Keypair

if TYPE_CHECKING:
    from litestar import Litestar

ADDRESS = "http://127.0.0.1:8080"
NOT_IN_ROUTES = {"database_url": None, "mpesa": None, "notifications": None}
"""Settings that only `open_app` reads: they may differ between applications that share routes."""
MOST_IDLE = 4

_idle: list[tuple[Settings, "Litestar"]] = []
"""Routes whose application has shut down, the latest last."""


@contextmanager
def open_application(settings: Settings) -> Iterator[ASGIApp]:
    """An application that nobody has started yet; it must have shut down at the end.

    Its routes are those of an earlier application with the same settings where there are any: making them takes as much
    computing as most tests do.
    """
    from descrow.app.api import build_http, open_app  # unit tests must not pay for it

    wanted = settings.model_copy(update=NOT_IN_ROUTES)
    found = next((index for index, (made_for, _) in enumerate(_idle) if made_for == wanted), None)
    routes = build_http(settings) if found is None else _idle.pop(found)[1]
    yield open_app(routes, settings)
    _idle.append((wanted, routes))
    del _idle[:-MOST_IDLE]


def build_routes(settings: Settings) -> "Litestar":
    """The routes alone, to be looked at."""
    from descrow.app.api import build_http

    return build_http(settings)


@asynccontextmanager
async def running_application(settings: Settings) -> AsyncIterator[ASGIApp]:
    with open_application(settings) as application:
        # Not the manager's own `app`: that one shares one scope state among all requests.
        async with LifespanManager(application):  # type: ignore[arg-type]
            yield application


def transport_to(application: ASGIApp) -> httpx.ASGITransport:
    """Return the way to an application without a network."""
    return httpx.ASGITransport(application)  # type: ignore[arg-type]


def client_of(application: ASGIApp, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=ADDRESS, transport=transport_to(application), headers=headers)


def shop_client_of(application: ASGIApp, uri: str, chain: ChainClient) -> ShopClient:
    """Return the program of a person whose key is derived from this name, such as `//Wanjiru`."""
    return ShopClient(ADDRESS, Keypair.from_uri(uri), chain, transport_to(application))


@asynccontextmanager
async def open_people(application: ASGIApp, chain: ChainClient) -> AsyncIterator[dict[str, ShopClient]]:
    """Yield the buyer, the seller and the stranger of most tests, by these words."""
    names = {"buyer": "//Wanjiru", "seller": "//Otieno", "stranger": "//Kamau"}
    people = {role: shop_client_of(application, uri, chain) for role, uri in names.items()}
    yield people
    for person in people.values():
        await person.close()


@asynccontextmanager
async def client_of_application(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with these settings."""
    async with running_application(settings) as application, client_of(application) as client:
        yield client


@asynccontextmanager
async def running_worker(settings: Settings) -> AsyncIterator["asyncio.Task[None]"]:
    """Let a worker with these settings do its work, in this process, until the block ends."""
    from descrow.app.context import AppContext
    from descrow.app.worker import run_worker

    context = AppContext.open(settings)
    working = asyncio.create_task(run_worker(context))
    try:
        yield working
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        await context.close()
