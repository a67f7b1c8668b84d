"""Many people trading at once in a stack that keeps breaking: each order goes its way to the end planned for it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType
from typing import Any

import msgspec

from descrow.app.demo.shop_client import ApiRefused, PatientChain, ShopClient
from descrow.chain.client import ChainClient
from descrow.chain.errors import CallNotPossible, NotIncluded
from descrow.chain.keys import EvmAddress, Keypair
from descrow.contract.errors import ContractReverted
from descrow.contract.escrow import EscrowContract
from descrow.contract.order_status import OrderStatus
from descrow.kernel.money import Planck
from tests.dev_chain import sign_and_include
from tests.market import order_request

PRICE = Planck(20_000_000_007)
STARTING_BALANCE = Planck(1_000 * 10**10)
STOCK = 10_000
SELLER_BPS = 6_250
"""What the arbiter gives the seller."""

ORDER_TIMEOUT_S = 600
RETRY_S = 0.5
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


class CameToNothing(Exception):
    """A block took the call, and it failed there."""


NOT_NOW = (NotIncluded, ApiRefused, ContractReverted, CallNotPossible, CameToNothing)
"""The chain is not where we thought: look again, and then do what there is to do."""


@dataclass
class PlannedOrder:
    number: int
    end: OrderStatus
    order_id: int | None = None
    """Ours, once the API has told it."""


@dataclass
class Lane:
    """A buyer and a seller who trade with each other, one order at a time."""

    buyer: ShopClient
    seller: ShopClient
    product_id: int = 0
    orders: list[PlannedOrder] = field(default_factory=list)


@dataclass
class Crowd:
    """Everybody who trades, and the arbiter, who is one person for all."""

    lanes: list[Lane]
    arbiter: ShopClient
    contract: EscrowContract
    seed: int
    _arbiter_is_free: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def people(self) -> list[ShopClient]:
        return [person for lane in self.lanes for person in (lane.buyer, lane.seller)]

    async def trade(self, planned: list[PlannedOrder], may_begin: Callable[[int], Awaitable[None]]) -> None:
        """Take all orders to their ends; order n is begun when `may_begin(n)` returns. Raises OrderStuck."""
        waiting = planned[::-1]

        async def serve(lane: Lane) -> None:
            await self._open_shop(lane)
            while waiting:
                order = waiting.pop()
                await may_begin(order.number)
                lane.orders.append(order)
                await self._carry_out(lane, order)

        async with asyncio.TaskGroup() as tasks:
            for lane in self.lanes:
                tasks.create_task(serve(lane))

    async def _open_shop(self, lane: Lane) -> None:
        listed = await lane.seller.post(
            "/api/v1/products",
            {"title": "Sisal basket", "pricePlanck": str(PRICE), "stock": STOCK},
            idempotency_key="the only product",
        )
        lane.product_id = listed["id"]

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
        made = await lane.buyer.post(
            "/api/v1/orders",
            order_request(lane.product_id),
            idempotency_key=f"order {order.number} of drill {self.seed}",
        )
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
                async with self._arbiter_is_free:
                    await self._decide(int(seen["contractOrderId"]))
            case _:
                who, action = {
                    OrderStatus.SHIPPED: (lane.seller, "ship"),
                    OrderStatus.DELIVERED: (lane.buyer, "confirm"),
                    OrderStatus.REFUNDED: (lane.seller, "refund"),
                    OrderStatus.CANCELLED: (lane.buyer, "cancel"),
                    OrderStatus.DISPUTED: (lane.buyer, "dispute"),
                }[wanted]
                prepared = await who.put(path, {"action": action})
                await sign_and_send(who, prepared["call"])

    async def _decide(self, contract_order_id: int) -> None:
        call = await self.contract.prepare(
            "resolve_dispute", contract_order_id, SELLER_BPS, caller=self.arbiter.key.public_key
        )
        await sign_and_send(self.arbiter, msgspec.to_builtins(call))


async def sign_and_send(who: ShopClient, call: dict[str, Any]) -> None:
    """Raises NotIncluded or CameToNothing."""
    block, outcome = await who.sign_and_send(call)
    if outcome.error is not None:
        raise CameToNothing(f"{call['function']} in block {block.number}: {outcome.error}")


def plan_orders(
    count: int, random: Random, how_often: Mapping[OrderStatus, int] = MappingProxyType(HOW_OFTEN)
) -> list[PlannedOrder]:
    """Return how each order is to end; every way there is, if there are that many."""
    ends = list(how_often)
    drawn = random.choices(ends, weights=list(how_often.values()), k=max(0, count - len(ends)))
    mixed = [*ends, *drawn][:count]
    random.shuffle(mixed)
    return [PlannedOrder(number, end) for number, end in enumerate(mixed)]


@asynccontextmanager
async def a_crowd(
    *, shop_url: str, chain_url: str, contract: EvmAddress, lanes: int, seed: int
) -> AsyncIterator[Crowd]:
    """People with coin, signed in and listening to what the shop tells them live."""
    chain = PatientChain(chain_url)
    keys = [(Keypair.from_uri(f"//Buyer{n}"), Keypair.from_uri(f"//Seller{n}")) for n in range(lanes)]
    await endow(chain, [key for pair in keys for key in pair])
    crowd = Crowd(
        lanes=[Lane(ShopClient(shop_url, buyer, chain), ShopClient(shop_url, seller, chain)) for buyer, seller in keys],
        arbiter=ShopClient(shop_url, Keypair.from_uri("//Arbiter"), chain),
        contract=EscrowContract(chain, contract),
        seed=seed,
    )
    async with AsyncExitStack() as stack:
        for person in (*crowd.people, crowd.arbiter):
            stack.push_async_callback(person.close)
        stack.push_async_callback(chain.close)
        for person in crowd.people:
            await person.sign_in()
            await stack.enter_async_context(person.listening())
        yield crowd


async def endow(chain: ChainClient, keys: list[Keypair]) -> None:
    """Give each of these accounts coin of //Alice's."""
    runtime = await chain._runtime()
    transfers = [
        runtime.encode_call("Balances", "transfer_keep_alive", {"dest": key.address, "value": STARTING_BALANCE})
        for key in keys
    ]
    await sign_and_include(chain, await chain.encode_batch(transfers), Keypair.from_uri("//Alice"))
