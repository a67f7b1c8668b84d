"""A marketplace with its arbiter."""

from dataclasses import dataclass
from typing import Any

from descrow.orders.moves import OrderStatus, Party
from descrow.shop_client import ShopClient
from tests.market import Market


@dataclass
class Court(Market):
    arbiter: ShopClient

    @property
    def people(self) -> dict[Party, ShopClient]:
        """Who has a part in a dispute."""
        return {Party.BUYER: self.buyer, Party.SELLER: self.seller, Party.ARBITER: self.arbiter}

    async def disputed_order(self) -> int:
        """Its id."""
        return await self.order_that_is(OrderStatus.DISPUTED)

    async def timeline(self, who: ShopClient, order_id: int) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = await who.get(f"/api/v1/orders/{order_id}/timeline")
        return steps
