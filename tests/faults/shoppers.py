"""Many people trading in DOT in a stack that keeps breaking: each order goes its way to the end planned for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from descrow.app.demo.shop_client import PatientChain, ShopClient
from descrow.chain.keys import EvmAddress, Keypair
from descrow.contract.escrow import EscrowContract
from descrow.contract.order_status import OrderStatus
from descrow.kernel.money import Planck
from tests.faults.crowd import NOT_NOW, RETRY_S, Crowd, Lane, PlannedOrder, endow, present, sign_and_send
from tests.market import order_request

PRICE = Planck(20_000_000_007)
ORDER_TIMEOUT_S = 600
_S = OrderStatus
WAYS: dict[OrderStatus, tuple[OrderStatus, ...]] = {
    _S.DELIVERED: (_S.CREATED, _S.FUNDED, _S.SHIPPED, _S.DELIVERED),
    _S.REFUNDED: (_S.CREATED, _S.FUNDED, _S.REFUNDED),
    _S.CANCELLED: (_S.CREATED, _S.CANCELLED),
    _S.RESOLVED: (_S.CREATED, _S.FUNDED, _S.SHIPPED, _S.DISPUTED, _S.RESOLVED),
}
"""By how an order ends: the statuses on its way there."""

HOW_OFTEN = {_S.DELIVERED: 6, _S.REFUNDED: 2, _S.CANCELLED: 1, _S.RESOLVED: 1}


class OrderStuck(Exception):
    """An order did not come to its end although everybody kept trying; the message says why not."""


class DotCrowd(Crowd[Lane]):
    """People who pay in DOT. An order that does not come to its end raises OrderStuck."""

    async def _prepare(self, lane: Lane) -> None:
        await self._list_product(lane, PRICE)

    async def _carry_out(self, lane: Lane, order: PlannedOrder) -> None:
        refusal: Exception | None = None
        try:
            async with asyncio.timeout(ORDER_TIMEOUT_S):
                order_id = order.order_id = await self._create(lane, order)
                while (seen := await lane.buyer.get(f"/api/v1/orders/{order_id}"))["status"] != order.end:
                    refusal = await self._take_next_step(lane, order, seen)
        except TimeoutError:
            raise OrderStuck(f"order {order.order_id}, on its way to {order.end}: {refusal!r}") from refusal

    async def _create(self, lane: Lane, order: PlannedOrder) -> int:
        wanted = order_request(lane.product_id)
        made = await lane.buyer.post("/api/v1/orders", wanted, idempotency_key=self._key_of(order))
        return int(made["order"]["id"])

    async def _take_next_step(self, lane: Lane, order: PlannedOrder, seen: dict[str, Any]) -> Exception | None:
        """One step along the order's way, or a little patience; returns why it was not to be."""
        way = WAYS[order.end]
        status = OrderStatus(seen["status"])
        if status not in way:
            raise OrderStuck(f"order {order.order_id} is {status}, which is not on its way to {order.end}")
        if seen["contractOrderId"] is None:
            await lane.buyer.wait_for_events()
            return None
        try:
            await self._act(lane, way[way.index(status) + 1], seen)
        except NOT_NOW as error:
            await asyncio.sleep(RETRY_S)
            return error
        while (await lane.buyer.get(f"/api/v1/orders/{seen['id']}"))["status"] == status:
            await lane.buyer.wait_for_events()
        return None

    async def _act(self, lane: Lane, wanted: OrderStatus, seen: dict[str, Any]) -> None:
        """Do what leads to the status wanted, and wait until a final block holds it."""
        path = f"/api/v1/orders/{seen['id']}"
        match wanted:
            case OrderStatus.FUNDED:
                prepared = await lane.buyer.post(f"{path}/pay/dot", {})
                await sign_and_send(lane.buyer, prepared["call"])
            case OrderStatus.RESOLVED:
                await self._decide(int(seen["contractOrderId"]))
            case _:
                who, action = lane.step_to(wanted)
                prepared = await who.put(path, {"action": action})
                await sign_and_send(who, prepared["call"])


@asynccontextmanager
async def a_crowd(
    *, shop_url: str, chain_url: str, contract: EvmAddress, lanes: int, seed: int
) -> AsyncIterator[DotCrowd]:
    """People with coin, signed in and listening to what the shop tells them live."""
    chain = PatientChain(chain_url)
    keys = [(Keypair.from_uri(f"//Buyer{n}"), Keypair.from_uri(f"//Seller{n}")) for n in range(lanes)]
    await endow(chain, [key for pair in keys for key in pair])
    crowd = DotCrowd(
        lanes=[Lane(ShopClient(shop_url, buyer, chain), ShopClient(shop_url, seller, chain)) for buyer, seller in keys],
        arbiter=ShopClient(shop_url, Keypair.from_uri("//Arbiter"), chain),
        contract=EscrowContract(chain, contract),
        seed=seed,
    )
    async with present(crowd, chain, listeners=crowd.people):
        yield crowd
