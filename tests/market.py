"""A marketplace in one process, moved on step by step: what the worker does all the time, tests do when they want."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from litestar.types import ASGIApp
from sqlalchemy import update

from descrow.app.demo.shop_client import ShopClient
from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress, Keypair, Signer
from descrow.contract.escrow import EscrowContract
from descrow.contract.indexer import Indexer
from descrow.contract.models import ContractCall, Deployment, SignerRole
from descrow.contract.order_status import OrderStatus
from descrow.contract.spending import USUAL_LIMITS, SpendingLimits
from descrow.contract.submitter import TransactionSubmitter
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.money import Planck
from descrow.orders import projector
from descrow.orders.models import Order
from descrow.orders.obsolete_calls import is_obsolete
from descrow.orders.service import reference_word
from tests.application import open_people
from tests.dev_chain import advance_clock, sign_and_submit

PRICE = Planck(30_000_000_007)
"""Three DOT and a few planck, so that one percent of it is no whole number."""


def order_request(product_id: int, payment_mode: str = "dot", **wanted: object) -> dict[str, Any]:
    """Return the body of a request to order this product."""
    return {"productId": product_id, "paymentMode": payment_mode, "deliveryAddress": "Moi Avenue 12", **wanted}


UNPAID = (OrderStatus.CREATED, OrderStatus.CANCELLED, OrderStatus.EXPIRED)
PAST_EVERY_DEADLINE_S = 121
"""In these tests an order is in transit for a minute, and then inspected for another. Other windows are a minute."""


@dataclass
class Market:
    sessions: Sessions
    chain: ChainClient
    deployment: Deployment
    buyer: ShopClient
    seller: ShopClient
    stranger: ShopClient

    @property
    def contract(self) -> EscrowContract:
        return EscrowContract(self.chain, EvmAddress(self.deployment.contract_address))

    def sender(
        self,
        chain: ChainClient | None = None,
        signer: Signer | None = None,
        role: SignerRole = SignerRole.OPERATOR,
        limits: SpendingLimits = USUAL_LIMITS,
    ) -> TransactionSubmitter:
        """A sender as a worker that has just started would have it."""
        return TransactionSubmitter(
            self.sessions,
            chain or self.chain,
            signer or Keypair.from_uri("//Operator"),
            self.contract.address,
            role,
            limits,
            is_obsolete=is_obsolete,
        )

    def indexer(self) -> Indexer:
        """A follower as a worker that has just started would have it."""
        return Indexer(self.sessions, self.chain, self.deployment)

    async def follow(self) -> None:
        """Bring the event log up to the newest final block, and apply it."""
        await self.indexer().catch_up()
        await projector.apply_pending(self.sessions)

    async def work(self) -> None:
        """Send what is queued, then follow until the log knows of it."""
        await self.sender().step()
        await self.follow()

    async def product(self, *, stock: int = 1, price: Planck = PRICE) -> dict[str, Any]:
        listed: dict[str, Any] = await self.seller.post(
            "/api/products", {"title": "Sisal basket", "pricePlanck": str(price), "stock": stock}
        )
        return listed

    async def order(self, *, product_id: int | None = None) -> dict[str, Any]:
        """An order by the buyer that the contract knows and nobody has paid."""
        order_id = await self.place_order(product_id=product_id)
        await self.work()
        return await self.seen(order_id)

    async def place_order(self, *, product_id: int | None = None, payment_mode: str = "dot", **wanted: object) -> int:
        """Order a product, by default a new one, as the buyer; return the order's id. The contract does not know it."""
        if product_id is None:
            product_id = (await self.product())["id"]
        made = await self.buyer.post("/api/orders", order_request(product_id, payment_mode, **wanted))
        return int(made["order"]["id"])

    async def create_stray_order(self, *, reference: bytes | None = None, amount: int = PRICE * 10**8) -> None:
        """Create an order on the contract that no row of ours asked for, in units of 10**-18 DOT."""
        buyer, seller = self.buyer.key.evm_address, self.seller.key.evm_address
        reference = reference or reference_word(uuid4())
        await self.contract.send(
            Keypair.from_uri("//Operator"), "create_order", buyer, seller, amount, 1, 0, reference, bytes(32)
        )

    async def seen(self, order_id: int) -> dict[str, Any]:
        """The order as its buyer sees it."""
        order: dict[str, Any] = await self.buyer.get(f"/api/orders/{order_id}")
        return order

    async def pay(self, order_id: int) -> None:
        prepared = await self.buyer.post(f"/api/orders/{order_id}/pay/dot", {})
        await self.buyer.sign_and_send(prepared["call"])
        await self.follow()

    async def submit_payment(self, order_id: int) -> None:
        """Pay as the buyer, and do not wait until the payment's block is final."""
        prepared = await self.buyer.post(f"/api/orders/{order_id}/pay/dot", {})
        await sign_and_submit(self.chain, await self.buyer.encode(prepared["call"]), self.buyer.key)

    async def take_step(self, who: ShopClient, order_id: int, action: str, **details: object) -> None:
        prepared = await who.put(f"/api/orders/{order_id}", {"action": action, **details})
        await who.sign_and_send(prepared["call"])
        await self.follow()

    async def travel(self, *, seconds: int) -> None:
        """Let time pass on the chain: the newest block is then that much later than the one before."""
        await advance_clock(self.chain, seconds=seconds)

    async def let_deadlines_pass(self) -> None:
        """Let time pass in the database: every deadline is a moment ago. The chain keeps its own."""
        async with self.sessions.begin() as session:
            await session.execute(
                update(Order).where(Order.deadline_at.is_not(None)).values(deadline_at=utc_now() - timedelta(seconds=1))
            )

    async def due_again(self) -> None:
        """Calls that wait for their next try are due now."""
        async with self.sessions.begin() as session:
            await session.execute(update(ContractCall).values(next_attempt_at=utc_now()))

    async def settle_as_stranger(self, order_id: int) -> None:
        """`settle_expired` by somebody with no part in the order."""
        contract_order_id = int((await self.seen(order_id))["contractOrderId"])
        await self.contract.send(self.stranger.key, "settle_expired", [contract_order_id])
        await self.follow()

    async def resolve_as_arbiter(self, order_id: int, *, seller_bps: int) -> None:
        """The arbiter's decision on a disputed order."""
        contract_order_id = int((await self.seen(order_id))["contractOrderId"])
        await self.contract.send(Keypair.from_uri("//Arbiter"), "resolve_dispute", contract_order_id, seller_bps)
        await self.follow()

    async def order_that_is(self, status: OrderStatus) -> int:
        """An order that is `status`; returns its id."""
        order_id = int((await self.order())["id"])
        if status not in UNPAID:
            await self.pay(order_id)
        if status not in (*UNPAID, OrderStatus.FUNDED, OrderStatus.REFUNDED):
            await self.take_step(self.seller, order_id, "ship")
        if status is OrderStatus.RECEIVED:
            await self.take_step(self.buyer, order_id, "confirm_receipt")
        if status in (OrderStatus.DISPUTED, OrderStatus.RESOLVED):
            await self.take_step(self.buyer, order_id, "dispute")
        match status:
            case OrderStatus.DELIVERED:
                await self.take_step(self.buyer, order_id, "confirm")
            case OrderStatus.REFUNDED:
                await self.take_step(self.seller, order_id, "refund")
            case OrderStatus.CANCELLED:
                await self.take_step(self.buyer, order_id, "cancel")
            case OrderStatus.RESOLVED:
                await self.resolve_as_arbiter(order_id, seller_bps=2_500)
            case OrderStatus.EXPIRED:
                await self.travel(seconds=61)
                await self.settle_as_stranger(order_id)
        assert (await self.seen(order_id))["status"] == status
        return order_id


@asynccontextmanager
async def open_market(
    app: ASGIApp, sessions: Sessions, chain: ChainClient, deployment: Deployment
) -> AsyncIterator[Market]:
    async with open_people(app, chain) as people:
        yield Market(sessions=sessions, chain=chain, deployment=deployment, **people)
