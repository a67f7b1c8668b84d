"""One order paid by M-Pesa, from its price in shillings to the seller's phone, with the simulator's phones."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx
from rich.console import Console

from descrow.app.demo.dot import BUYER, SELLER, Demo, DemoFailed
from descrow.app.demo.shop_client import OUTAGE_S, RETRY_S, PatientChain, ShopClient
from descrow.app.devstack.mpesa import BUYERS_PHONE, PIN, SELLERS_PHONE
from descrow.chain.keys import EvmAddress, Keypair
from descrow.contract.abi import escrow_interface, to_json
from descrow.contract.escrow import get_deployment
from descrow.kernel.db import Sessions, open_engine, sessions_of
from descrow.kernel.money import KesCents, Planck, format_kes
from descrow.payments.mpesa.ledger import balances

TITLE = "Maasai shuka blanket"


@dataclass
class MpesaDemo(Demo):
    phones: httpx.AsyncClient
    sessions: Sessions

    async def run(self) -> None:
        """Raises DemoFailed when a phone, the chain or the ledger does not hold what it should."""
        await asyncio.gather(self.buyer.sign_in(), self.seller.sign_in())
        async with AsyncExitStack() as listening:
            await listening.enter_async_context(self.buyer.listening())
            await listening.enter_async_context(self.seller.listening())
            phone = await self.seller.put("/api/auth/me/mpesa-phone", {"phoneNumber": SELLERS_PHONE})
            self._say("both wallets signed in", f"the seller wants M-Pesa to pay {phone['phone']}")
            before = await self._on_phones()
            order = await self._order()
            await self._pay(order)
            await self._deliver(order)
            await self._check_phones(order, before)
            await self._check_receipt(order)
            await self._check_ledger()

    async def _order(self) -> dict[str, Any]:
        # M-Pesa takes the same amount from the same phone once in two minutes, so each run has a price of its own.
        price = Planck(2_0000_0000_00 + secrets.randbelow(2_0000_0000_00))
        product = await self.seller.post("/api/v1/products", {"title": TITLE, "pricePlanck": str(price)})
        quote = await self.buyer.post(f"/api/v1/products/{product['id']}/quotes", {})
        amount = format_kes(KesCents(int(quote["amountKesCents"])))
        rate = format_kes(KesCents(int(quote["kesCentsPerDot"])))
        self._say(f"{TITLE} costs {amount}", f"at {rate} a DOT and {quote['spreadBps']} bp, till {quote['expiresAt']}")
        made = await self.buyer.post(
            "/api/orders",
            {
                "productId": product["id"],
                "paymentMode": "mpesa",
                "deliveryAddress": "Moi Avenue 12, Nairobi",
                "quoteId": quote["id"],
            },
            idempotency_key=f"demo-mpesa-{product['id']}",
        )
        order_id = made["order"]["id"]
        await self._until(order_id, lambda seen: seen["contractOrderId"] is not None)
        order: dict[str, Any] = await self.buyer.get(f"/api/orders/{order_id}")
        self._say(f"buyer made order {order_id}", f"the contract has it as number {order['contractOrderId']}")
        return order

    async def _pay(self, order: dict[str, Any]) -> None:
        asked = await self.buyer.post(f"/api/orders/{order['id']}/pay/mpesa", {"phoneNumber": "0712 345 678"})
        self._say("the buyer's phone asks for the PIN", f"{asked['phone']}: {asked['message']}")
        await self._answer_prompt()
        self._say("the buyer typed it", "M-Pesa's callback is checked against M-Pesa's own books before it counts")
        await self._until(order["id"], lambda seen: seen["status"] != "created")
        [payment] = await self.buyer.get(f"/api/orders/{order['id']}/payments/mpesa")
        self._say("the oracle recorded the payment on the chain", f"M-Pesa's receipt is {payment['receiptNumber']}")

    async def _answer_prompt(self) -> None:
        async with asyncio.timeout(OUTAGE_S):
            while True:
                answered = await self.phones.post(f"/control/phones/{BUYERS_PHONE}/answer", json={"pin": PIN})
                if answered.status_code == 200:
                    return
                await asyncio.sleep(RETRY_S)

    async def _deliver(self, order: dict[str, Any]) -> None:
        """Neither party needs a coin for it: the shop passes on what they say."""
        path = f"/api/orders/{order['id']}"
        await self.seller.put(path, {"action": "ship", "relay": True})
        await self._until(order["id"], lambda seen: seen["status"] == "shipped")
        self._say("seller shipped", "relayed by the shop's oracle, at the shop's cost")
        await self.buyer.put(path, {"action": "confirm_receipt", "relay": True})
        await self._until(order["id"], lambda seen: seen["status"] == "received")
        self._say("it has arrived", "relayed too: the buyer's time to inspect begins")
        await self.buyer.put(path, {"action": "confirm", "relay": True})
        await self._until(order["id"], lambda seen: seen["status"] == "delivered")
        self._say("buyer confirmed", "relayed too")

    async def _check_phones(self, order: dict[str, Any], before: dict[str, int]) -> None:
        """Buyer's phone down by the price, seller's up by the price less the fee."""
        amount, fee = int(order["amountKesCents"]), int(order["feeKesCents"])
        async with asyncio.timeout(OUTAGE_S):
            while not all(
                payout["status"] == "paid" for payout in await self.seller.get(f"/api/orders/{order['id']}/payouts")
            ):
                await self.seller.wait_for_events()
        after = await self._on_phones()
        moved = {phone: after[phone] - before[phone] for phone in after}
        if moved != {BUYERS_PHONE: -amount, SELLERS_PHONE: amount - fee}:
            raise DemoFailed(
                f"the phones should have moved by -{amount} and {amount - fee} cents, but moved by {moved}"
            )
        self._say(
            f"the seller's phone has {format_kes(KesCents(amount - fee))} more",
            f"{format_kes(KesCents(amount))} left the buyer's, {format_kes(KesCents(fee))} are the shop's fee",
        )

    async def _check_receipt(self, order: dict[str, Any]) -> None:
        """Anybody who has the receipt's number can find its digest on the chain."""
        [payment] = await self.buyer.get(f"/api/orders/{order['id']}/payments/mpesa")
        wanted = "0x" + sha256(payment["receiptNumber"].encode()).hexdigest()
        steps = await self.buyer.get(f"/api/orders/{order['id']}/timeline")
        funded = next(step for step in steps if step["statusAfter"] == "funded")
        async with self.sessions() as session:
            contract = EvmAddress((await get_deployment(session)).contract_address)
        block = await self.chain.block_by_hash(funded["blockHash"])
        events = [
            escrow_interface().decode_event(*event.contract_log())
            for event in block.events
            if event.is_contract_event_of(contract)
        ]
        recorded = [event for event in events if event.name == "OffchainPaymentRecorded"]
        if wanted not in [to_json(event.arguments["receipt"]) for event in recorded]:
            raise DemoFailed(f"block {block.number} does not hold the digest of the receipt {payment['receiptNumber']}")
        self._say("the chain has the receipt's digest", f"{wanted}\nin block {block.number}")

    async def _check_ledger(self) -> None:
        async with self.sessions() as session:
            accounts = await balances(session)
        if sum(accounts.values()) != 0:
            raise DemoFailed(f"the ledger does not sum to zero: {accounts}")
        held = {account.value: format_kes(cents) for account, cents in accounts.items() if cents}
        self._say("the ledger sums to zero", "\n".join(f"{name}: {amount}" for name, amount in held.items()))

    async def _on_phones(self) -> dict[str, int]:
        """Return what each phone's wallet holds, in cents."""
        return {
            phone: (await self.phones.get(f"/control/phones/{phone}")).raise_for_status().json()["balance_cents"]
            for phone in (BUYERS_PHONE, SELLERS_PHONE)
        }


async def run_mpesa_demo(
    base_url: str, chain_url: str, simulator_url: str, database_url: str, console: Console
) -> None:
    """Play the demo against a running stack. Raises DemoFailed, Refused or TimeoutError."""
    chain = PatientChain(chain_url)
    buyer = ShopClient(base_url, Keypair.from_uri(BUYER), chain)
    seller = ShopClient(base_url, Keypair.from_uri(SELLER), chain)
    engine = open_engine(database_url, pool_size=2)
    try:
        async with httpx.AsyncClient(base_url=simulator_url, timeout=30) as phones:
            await MpesaDemo(buyer, seller, chain, console, phones, sessions_of(engine)).run()
    finally:
        await asyncio.gather(buyer.close(), seller.close(), chain.close(), engine.dispose())
