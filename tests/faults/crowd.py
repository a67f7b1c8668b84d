"""Define what the people of both drills share: lanes of buyers and sellers, planned orders, and how they trade."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, Generic, TypeVar

import msgspec

from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.chain.client import ChainClient
from descrow.chain.errors import CallNotPossible, NotIncluded
from descrow.chain.keys import Keypair
from descrow.contract.errors import ContractReverted
from descrow.contract.escrow import EscrowContract
from descrow.contract.order_status import OrderStatus
from descrow.kernel.money import Planck
from tests.dev_chain import sign_and_include

STARTING_BALANCE = Planck(1_000 * 10**10)
STOCK = 10_000
SELLER_BPS = 9_500
"""What the arbiter gives the seller."""

RETRY_S = 0.5


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
    product_id: int = field(default=0, kw_only=True)
    orders: list[PlannedOrder] = field(default_factory=list, kw_only=True)

    def step_to(self, wanted: OrderStatus) -> tuple[ShopClient, str]:
        """Return who brings an order to this status, and by which action of the API."""
        return {
            OrderStatus.SHIPPED: (self.seller, "ship"),
            OrderStatus.DELIVERED: (self.buyer, "confirm"),
            OrderStatus.REFUNDED: (self.seller, "refund"),
            OrderStatus.CANCELLED: (self.buyer, "cancel"),
            OrderStatus.DISPUTED: (self.buyer, "dispute"),
        }[wanted]


LaneT = TypeVar("LaneT", bound=Lane)


@dataclass
class Crowd(Generic[LaneT]):
    """Everybody who trades, and the arbiter, who is one person for all."""

    lanes: list[LaneT]
    arbiter: ShopClient
    contract: EscrowContract
    seed: int
    _arbiter_is_free: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def people(self) -> list[ShopClient]:
        return [person for lane in self.lanes for person in (lane.buyer, lane.seller)]

    @property
    def orders_begun(self) -> int:
        return sum(len(lane.orders) for lane in self.lanes)

    async def trade(self, planned: list[PlannedOrder], may_begin: Callable[[int], Awaitable[None]]) -> None:
        """Take all orders as far as they go; order n is begun when `may_begin(n)` returns."""
        waiting = planned[::-1]

        async def serve(lane: LaneT) -> None:
            await self._prepare(lane)
            while waiting:
                order = waiting.pop()
                await may_begin(order.number)
                lane.orders.append(order)
                await self._carry_out(lane, order)

        async with asyncio.TaskGroup() as tasks:
            for lane in self.lanes:
                tasks.create_task(serve(lane))

    async def _prepare(self, lane: LaneT) -> None:
        """Do what a lane needs before its first order."""

    async def _carry_out(self, lane: LaneT, order: PlannedOrder) -> None:
        """Take one order to the end planned for it."""
        raise NotImplementedError

    def _key_of(self, order: PlannedOrder) -> str:
        """Return the idempotency key under which the order is made."""
        return f"order {order.number} of drill {self.seed}"

    async def _list_product(self, lane: LaneT, price: int) -> None:
        listed = await lane.seller.post(
            "/api/v1/products",
            {"title": "Sisal basket", "pricePlanck": str(price), "stock": STOCK},
            idempotency_key="the only product",
        )
        lane.product_id = listed["id"]

    async def _decide(self, contract_order_id: int) -> None:
        """Resolve a dispute as the arbiter."""
        async with self._arbiter_is_free:
            call = await self.contract.prepare(
                "resolve_dispute", contract_order_id, SELLER_BPS, caller=self.arbiter.key.public_key
            )
            await sign_and_send(self.arbiter, msgspec.to_builtins(call))


async def sign_and_send(who: ShopClient, call: dict[str, Any]) -> None:
    """Raises NotIncluded or CameToNothing."""
    block, outcome = await who.sign_and_send(call)
    if outcome.error is not None:
        raise CameToNothing(f"{call['function']} in block {block.number}: {outcome.error}")


def plan_orders(count: int, random: Random, how_often: Mapping[OrderStatus, int]) -> list[PlannedOrder]:
    """Return how each order is to end; every way there is, if there are that many."""
    ends = list(how_often)
    drawn = random.choices(ends, weights=list(how_often.values()), k=max(0, count - len(ends)))
    mixed = [*ends, *drawn][:count]
    random.shuffle(mixed)
    return [PlannedOrder(number, end) for number, end in enumerate(mixed)]


@asynccontextmanager
async def present(crowd: Crowd[LaneT], chain: ChainClient, *, listeners: list[ShopClient]) -> AsyncIterator[None]:
    """Sign these people in and let them hear the shop's news; everybody's connections are closed afterwards."""
    async with AsyncExitStack() as stack:
        stack.push_async_callback(chain.close)
        for person in (*crowd.people, crowd.arbiter):
            stack.push_async_callback(person.close)
        await asyncio.gather(*(person.sign_in() for person in listeners))
        for person in listeners:
            await stack.enter_async_context(person.listening())
        yield


async def endow(chain: ChainClient, keys: list[Keypair]) -> None:
    """Give each of these accounts coin of //Alice's."""
    runtime = await chain._runtime()
    transfers = [
        runtime.encode_call("Balances", "transfer_keep_alive", {"dest": key.address, "value": STARTING_BALANCE})
        for key in keys
    ]
    await sign_and_include(chain, await chain.encode_batch(transfers), Keypair.from_uri("//Alice"))
