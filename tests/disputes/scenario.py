"""A marketplace with its arbiter."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from asgi_lifespan import LifespanManager
from litestar.types import ASGIApp

from descrow.app.api import build_app
from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.app.settings import Settings
from descrow.contract.order_status import OrderStatus
from descrow.orders.transitions import Party
from tests.application import ADDRESS, shop_client_of, transport_to
from tests.market import Market


@dataclass
class DisputeScenario(Market):
    arbiter: ShopClient

    @property
    def people(self) -> dict[Party, ShopClient]:
        """Return who has a part in a dispute."""
        return {Party.BUYER: self.buyer, Party.SELLER: self.seller, Party.ARBITER: self.arbiter}

    async def disputed_order(self) -> int:
        """Its id."""
        return await self.order_that_is(OrderStatus.DISPUTED)

    async def dispute(self, who: ShopClient, order_id: int) -> dict[str, Any]:
        """The dispute as somebody sees it."""
        dispute: dict[str, Any] = await who.get(f"/api/v1/orders/{order_id}/dispute")
        return dispute

    async def say(self, who: ShopClient, order_id: int, text: str = "It has no handle.") -> dict[str, Any]:
        entry: dict[str, Any] = await who.post(f"/api/v1/orders/{order_id}/dispute/messages", {"text": text})
        return entry

    async def show(self, who: ShopClient, order_id: int, file: bytes = b"No handle.", key: str = "") -> dict[str, Any]:
        """Show a file in a dispute. Raises Refused."""
        return await self.asked(
            who,
            "POST",
            f"/api/v1/orders/{order_id}/dispute/evidence",
            files={"file": ("siri ya Wanjiru.txt", file)},
            key=key,
        )

    async def file(self, who: ShopClient, order_id: int, number: int) -> httpx.Response:
        return await who.ask("GET", f"/api/v1/orders/{order_id}/dispute/evidence/{number}")

    async def erase(self, who: ShopClient, order_id: int, number: int) -> dict[str, Any]:
        """Raises Refused."""
        return await self.asked(who, "DELETE", f"/api/v1/orders/{order_id}/dispute/evidence/{number}")

    async def asked(self, who: ShopClient, method: str, path: str, *, key: str = "", **options: Any) -> dict[str, Any]:
        answer = await who.ask(method, path, idempotency_key=key, **options)
        if not answer.is_success:
            raise ApiRefused(answer.status_code, answer.json())
        said: dict[str, Any] = answer.json()
        return said

    async def timeline(self, who: ShopClient, order_id: int) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = await who.get(f"/api/v1/orders/{order_id}/timeline")
        return steps


@asynccontextmanager
async def with_arbiter(market: Market, app: ASGIApp) -> AsyncIterator[DisputeScenario]:
    """The marketplace, and the arbiter of its terms, who is signed in."""
    arbiter = shop_client_of(app, "//Arbiter", market.chain)
    await arbiter.sign_in()
    yield DisputeScenario(**vars(market), arbiter=arbiter)
    await arbiter.close()


@asynccontextmanager
async def restarted_with(settings: Settings, scenario: DisputeScenario) -> AsyncIterator[DisputeScenario]:
    """Serve the same court by a process that was started with these settings."""
    application = build_app(settings)
    async with LifespanManager(application):  # type: ignore[arg-type]
        transport = transport_to(application)
        people = {
            name: ShopClient(ADDRESS, getattr(scenario, name).key, scenario.chain, transport)
            for name in ("buyer", "seller", "stranger", "arbiter")
        }
        yield DisputeScenario(
            sessions=scenario.sessions, chain=scenario.chain, deployment=scenario.deployment, **people
        )
        for person in people.values():
            await person.close()
