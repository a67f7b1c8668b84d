"""One order from listing to payout, by two wallets over HTTP, Socket.IO and signed extrinsics, each step told.

Whatever it finds half done it goes on with: after a crash of any part, or of the demo itself, the same command
finishes the same order.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from descrow.app.demo.shop_client import OUTAGE_S, ApiRefused, PatientChain, ShopClient
from descrow.chain.blocks import Block, ExtrinsicOutcome
from descrow.chain.client import ChainClient
from descrow.chain.errors import NotIncluded
from descrow.chain.keys import Keypair
from descrow.kernel.money import Planck, format_dot

SELLER = "//Otieno"
BUYER = "//Wanjiru"
TITLE = "Hand-woven kiondo basket"
PRICE = Planck(12_3456_7890_12)
FINAL = ("delivered", "refunded", "expired")
WRONG_AMOUNT = "escrow_amount_is_not_exact"
TAKEN_ALREADY = {
    "created": "escrow_order_is_not_awaiting_payment",
    "funded": "escrow_order_is_not_funded",
    "shipped": "escrow_order_is_not_shipped",
    "received": "escrow_order_is_not_shipped",
}
"""How the contract refuses the step from each status when it has taken it before."""


class DemoFailed(Exception):
    """Something came out otherwise than it must; the message says what."""


@dataclass
class Demo:
    buyer: ShopClient
    seller: ShopClient
    chain: ChainClient
    console: Console

    async def run(self) -> None:
        """Raises DemoFailed when a balance, an event or a row is not what it should be."""
        await asyncio.gather(self.buyer.sign_in(), self.seller.sign_in())
        self._say("both wallets signed in", f"buyer {self.buyer.key.address}\nseller {self.seller.key.address}")
        async with AsyncExitStack() as listening:
            await listening.enter_async_context(self.buyer.listening())
            await listening.enter_async_context(self.seller.listening())
            order = await self._open_order() or await self._new_order()
            await self._carry_out(order)

    async def _new_order(self) -> dict[str, Any]:
        product = await self.seller.post(
            "/api/v1/products", {"title": TITLE, "pricePlanck": str(PRICE)}, idempotency_key=secrets.token_hex(8)
        )
        self._say(f"seller listed product {product['id']}", f"{TITLE} for {format_dot(PRICE)}")
        made = await self.buyer.post(
            "/api/orders",
            {"productId": product["id"], "paymentMode": "dot", "deliveryAddress": "Moi Avenue 12, Nairobi"},
            idempotency_key=f"demo-{product['id']}",
        )
        order: dict[str, Any] = made["order"]
        self._say(f"buyer made order {order['id']}", f"reference {order['reference']}")
        return order

    async def _open_order(self) -> dict[str, Any] | None:
        """An order of an earlier run that did not come to its end."""
        orders = await self.buyer.get("/api/v1/orders")
        for order in orders["items"]:
            if (
                order["role"] == "buyer"
                and order["productTitle"] == TITLE
                and order["sellerAddress"] == self.seller.key.address
                and order["status"] not in FINAL
            ):
                found: dict[str, Any] = order
                self._say(f"going on with order {order['id']}", f"it is {order['status']}")
                return found
        return None

    async def _carry_out(self, order: dict[str, Any]) -> None:
        order_id = order["id"]
        amount = Planck(int(order["amountPlanck"]))
        await self._until(order_id, lambda seen: seen["contractOrderId"] is not None)
        order = await self.buyer.get(f"/api/orders/{order_id}")
        self._say(f"the contract has it as number {order['contractOrderId']}", f"pay before {order['deadlineAt']}")

        await self._step(order_id, "created", lambda: self._pay_in_dot(order_id, amount))
        await self._step(order_id, "funded", lambda: self._ship(order_id))
        await self._step(order_id, "shipped", lambda: self._confirm_receipt(order_id))
        await self._step(order_id, "received", lambda: self._confirm(order_id, amount, Planck(int(order["feePlanck"]))))
        await self._check(order_id)

    async def _step(self, order_id: int, status: str, take: Callable[[], Awaitable[None]]) -> None:
        """Take the step that leads on from this status, if the order is still there.

        The contract may know more than the API has heard: a step of an earlier run is waited for, not taken again.
        """
        if (await self.buyer.get(f"/api/orders/{order_id}"))["status"] != status:
            return
        try:
            await take()
        except ApiRefused as refusal:
            if refusal.code != TAKEN_ALREADY[status]:
                raise
            self._say("an earlier run took this step", f"{refusal.code}: {refusal.problem['detail']}")
        await self._until(order_id, lambda seen: seen["status"] != status)

    async def _pay_in_dot(self, order_id: int, amount: Planck) -> None:
        await self._refuse_wrong_amount(order_id, amount)
        await self._act(self.buyer, f"buyer paid {format_dot(amount)}", "POST", f"/api/orders/{order_id}/pay/dot", {})

    async def _ship(self, order_id: int) -> None:
        await self._act(self.seller, "seller shipped", "PUT", f"/api/orders/{order_id}", {"action": "ship"})

    async def _confirm_receipt(self, order_id: int) -> None:
        await self._act(self.buyer, "it has arrived", "PUT", f"/api/orders/{order_id}", {"action": "confirm_receipt"})

    async def _confirm(self, order_id: int, amount: Planck, fee: Planck) -> None:
        before = await self.chain.free_balance(self.seller.key.public_key)
        await self._act(self.buyer, "buyer confirmed", "PUT", f"/api/orders/{order_id}", {"action": "confirm"})
        grown = (await self.chain.free_balance(self.seller.key.public_key)) - before
        if grown != amount - fee:
            raise DemoFailed(f"the seller should have {amount - fee} planck more, but has {grown}")
        self._say("the seller is paid", f"{format_dot(amount)} less a fee of {format_dot(fee)}, to the last planck")

    async def _act(self, who: ShopClient, what: str, method: str, path: str, body: dict[str, Any]) -> None:
        """Ask for the call, sign it, send it; asked and signed anew only if no block took it."""
        while True:
            prepared = await (who.post(path, body) if method == "POST" else who.put(path, body))
            try:
                block, outcome = await who.sign_and_send(prepared["call"])
            except NotIncluded:
                continue
            break
        if outcome.error is not None:
            raise DemoFailed(f"{what}: {outcome.error}")
        await self._say_act(what, block, outcome)

    async def _refuse_wrong_amount(self, order_id: int, amount: Planck) -> None:
        try:
            await self.buyer.post(f"/api/orders/{order_id}/pay/dot", {"amountPlanck": str(amount - 1)})
        except ApiRefused as refusal:
            if refusal.code != WRONG_AMOUNT:
                raise
            self._say("one planck too little is refused", f"{refusal.code}: {refusal.problem['detail']}")
            return
        raise DemoFailed("the contract would take a payment that is one planck short")

    async def _until(self, order_id: int, is_there: Any) -> None:
        """Wait until the API says so, asking again whenever the live feed brings something."""
        async with asyncio.timeout(OUTAGE_S):
            while not is_there(await self.buyer.get(f"/api/orders/{order_id}")):
                await self.buyer.wait_for_events()

    async def _check(self, order_id: int) -> None:
        """Database, chain and listeners must tell one story."""
        order = await self.buyer.get(f"/api/orders/{order_id}")
        if order["status"] != "delivered":
            raise DemoFailed(f"the order ended as {order['status']}")
        steps = [step["statusAfter"] for step in await self.buyer.get(f"/api/orders/{order_id}/timeline")]
        if steps != ["created", "funded", "shipped", "received", "delivered"]:
            raise DemoFailed(f"the order's trail is {steps}")
        for who in (self.buyer, self.seller):
            async with asyncio.timeout(OUTAGE_S):
                while _statuses_received(who, order_id) != steps:
                    await who.wait_for_events()
        self._say("both heard every step live", " → ".join(steps))

    def _say(self, what: str, details: str) -> None:
        self.console.print(f"[bold green]✓[/] [bold]{what}[/]")
        for line in details.splitlines():
            self.console.print(f"    [dim]{line}[/]")

    async def _say_act(self, what: str, block: Block, outcome: ExtrinsicOutcome) -> None:
        buyer = await self.chain.free_balance(self.buyer.key.public_key)
        seller = await self.chain.free_balance(self.seller.key.public_key)
        fee = "unknown" if outcome.fee is None else format_dot(outcome.fee)
        self._say(
            what,
            f"block {block.number}, fee {fee}\nbuyer has {format_dot(buyer)}, seller has {format_dot(seller)}",
        )


def _statuses_received(who: ShopClient, order_id: int) -> list[str]:
    return [
        str(message["status"])
        for message in who.received
        if message["event"] == "orderUpdate" and message["orderId"] == order_id
    ]


async def run_demo(base_url: str, chain_url: str, console: Console) -> None:
    """Play the demo against a running stack. Raises DemoFailed, Refused or TimeoutError."""
    chain = PatientChain(chain_url)
    buyer = ShopClient(base_url, Keypair.from_uri(BUYER), chain)
    seller = ShopClient(base_url, Keypair.from_uri(SELLER), chain)
    try:
        await Demo(buyer, seller, chain, console).run()
    finally:
        await asyncio.gather(buyer.close(), seller.close(), chain.close())
