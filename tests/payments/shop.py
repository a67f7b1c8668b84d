"""A marketplace that takes M-Pesa, moved on step by step."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from aiohttp import web
from sqlalchemy import select

from descrow.app.demo.shop_client import ShopClient
from descrow.app.settings import Settings
from descrow.chain.keys import Keypair
from descrow.contract.models import ChainTransaction, SignerRole, TransactionStatus
from descrow.contract.signer_monitor import watch_signer
from descrow.contract.spending import USUAL_LIMITS, SpendingLimits, spent_on_day
from descrow.incidents.models import Alert, AlertKind, Case
from descrow.kernel.db import utc_now
from descrow.kernel.money import NOTHING, KesCents, Planck
from descrow.payments.mpesa import callbacks, hand_payments, payouts, prompts, reversals, status_queries
from descrow.payments.mpesa.daraja_context import DarajaContext
from descrow.payments.mpesa.ledger import LedgerAccount, balances
from descrow.payments.mpesa.models import Payment, Payout
from tests.app.devstack.daraja.merchant import Daraja
from tests.market import Market
from tests.payments.hurry import hurry

BUYERS_PHONE = "254712345678"
SELLERS_PHONE = "254110000001"
PIN = "1234"
PATIENCE_S = 40


@dataclass
class Door:
    """Lets the simulator's posts in to the application, or loses them."""

    url: str = ""
    transport: httpx.ASGITransport | None = None
    is_shut: bool = False
    came: list[tuple[str, bytes]] = field(default_factory=list)

    async def let_in(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.came.append((request.path, body))
        if self.is_shut or self.transport is None:
            return web.Response(status=502)
        return await self.knock(request.path, body)

    async def knock(self, path: str, body: bytes) -> web.Response:
        """Post something to the application."""
        assert self.transport is not None
        async with httpx.AsyncClient(transport=self.transport, base_url="http://127.0.0.1:8080") as client:
            answer = await client.post(path, content=body, headers={"Content-Type": "application/json"})
        return web.Response(status=answer.status_code, body=answer.content)


@dataclass
class MpesaMarket(Market):
    payment_context: DarajaContext
    daraja: Daraja
    door: Door
    makes_payouts: bool = True

    async def watch_oracle(
        self, *, per_day: Planck | None = Settings.model_fields["oracle_planck_per_day"].default
    ) -> None:
        """Note what the oracle has and may spend, as its worker does every half minute."""
        limits = SpendingLimits(USUAL_LIMITS.fee, USUAL_LIMITS.deposit, per_day)
        oracle = Keypair.from_uri("//Oracle")
        await watch_signer(self.sessions, self.contract, oracle, SignerRole.ORACLE, low_balance=NOTHING, limits=limits)

    async def spend_as_oracle(self, amount: Planck) -> Planck:
        """Let the oracle have spent as much more today; return what it has spent in all."""
        address = Keypair.from_uri("//Oracle").address
        async with self.sessions.begin() as session:
            session.add(
                ChainTransaction(
                    signer=address,
                    nonce=-1,  # no nonce of the chain is used up
                    extrinsic=b"",
                    hash=f"0x{uuid4().hex}",
                    birth_hash="0x00",
                    valid_until_block=64,
                    status=TransactionStatus.FINALIZED,
                    fee_estimate_planck=amount,
                    deposit_limit_planck=0,
                    ended_at=utc_now(),
                )
            )
            await session.flush()
            return await spent_on_day(session, address, utc_now())

    async def mpesa_order(self, **wanted: Any) -> dict[str, Any]:
        """An order by the buyer, to be paid by M-Pesa, that the contract knows: 1,500 shillings."""
        order_id = await self.place_order(payment_mode="mpesa", **wanted)
        await self.work()
        return await self.seen(order_id)

    async def prompt(self, order_id: int, phone: str = BUYERS_PHONE) -> dict[str, Any]:
        """Ask a phone for the money."""
        asked: dict[str, Any] = await self.buyer.post(f"/api/orders/{order_id}/pay/mpesa", {"phoneNumber": phone})
        return asked

    async def type_pin(self, phone: str = BUYERS_PHONE, *, pin: str = PIN) -> None:
        """The phone's owner answers the prompt."""
        await asyncio.to_thread(self.daraja.control, "POST", f"/phones/{phone}/answer", {"pin": pin})

    async def order_with_pin_typed(self) -> dict[str, Any]:
        """An order whose buyer was prompted and typed the PIN. Nobody has heard of the payment yet."""
        order = await self.mpesa_order()
        await self.prompt(order["id"])
        await self.type_pin()
        return order

    async def paid_order(self) -> dict[str, Any]:
        """An order that is paid by M-Pesa, and funded on the chain."""
        order = await self.order_with_pin_typed()
        await self.until_order(order["id"], "funded")
        return await self.seen(order["id"])

    async def relay(self, who: ShopClient, order_id: int, action: str) -> None:
        """A party's move, passed on by the shop."""
        answer = await who.put(f"/api/orders/{order_id}", {"action": action, "relay": True})
        assert answer["relayed"]
        await self.one_round()

    async def delivered_order(self) -> dict[str, Any]:
        """An order that is paid, shipped and confirmed: the seller is owed the money."""
        order = await self.paid_order()
        await self.relay(self.seller, order["id"], "ship")
        await self.until_order(order["id"], "shipped")
        await self.relay(self.buyer, order["id"], "confirm")
        await self.until_order(order["id"], "delivered")
        return await self.seen(order["id"])

    async def delivered_order_without_payout(self) -> dict[str, Any]:
        """The same, while payouts stand still."""
        self.makes_payouts = False
        try:
            return await self.delivered_order()
        finally:
            self.makes_payouts = True

    async def one_round(self) -> None:
        """Return what the worker does all the time, once."""
        await callbacks.process_callbacks(self.sessions)
        await prompts.process_due_payments(self.payment_context)
        if self.makes_payouts:
            await payouts.begin_due_payouts(self.payment_context)
            await payouts.process_due_attempts(self.payment_context)
        await hand_payments.place_due(self.payment_context)
        await reversals.process_due_reversals(self.payment_context)
        await status_queries.ask_what_is_due(self.payment_context)
        for role, key in ((SignerRole.OPERATOR, "//Operator"), (SignerRole.ORACLE, "//Oracle")):
            await self.sender(signer=Keypair.from_uri(key), role=role).step()
        await self.follow()

    async def rounds_in_a_hurry(self, count: int) -> None:
        """Several rounds, before each of which all that waits becomes due."""
        for _ in range(count):
            await self.hurry()
            await self.one_round()

    async def until(self, is_so: Callable[[], Awaitable[bool]]) -> None:
        """Round after round until it is so; what waits for another look is looked at at once."""
        give_up = time.monotonic() + PATIENCE_S
        while not await is_so():
            if time.monotonic() > give_up:
                raise AssertionError(f"it never came to that; payments {await self.payments()}")
            await self.one_round()
            await asyncio.sleep(0.05)

    async def until_order(self, order_id: int, status: str) -> None:
        async def is_there() -> bool:
            return str((await self.seen(order_id))["status"]) == status

        await self.until(is_there)

    async def until_payment(self, status: str) -> None:
        """Until the newest payment stands there."""

        async def is_there() -> bool:
            return (await self.payments())[-1].status == status

        await self.until(is_there)

    async def until_payouts(self, *statuses: str) -> None:
        async def are_there() -> bool:
            return [payout.status.value for payout in await self.payouts()] == list(statuses)

        await self.until(are_there)

    async def payments(self) -> list[Payment]:
        async with self.sessions() as session:
            return list(await session.scalars(select(Payment).order_by(Payment.id)))

    async def payouts(self) -> list[Payout]:
        async with self.sessions() as session:
            return list(await session.scalars(select(Payout).order_by(Payout.id)))

    async def hurry(self) -> None:
        """All that waits for another look, or another try, is due now."""
        await hurry(self.sessions)

    async def ledger(self) -> dict[LedgerAccount, KesCents]:
        """Return what the accounts hold, those that hold anything."""
        async with self.sessions() as session:
            return {account: cents for account, cents in (await balances(session)).items() if cents != 0}

    async def alerts(self) -> list[AlertKind]:
        async with self.sessions() as session:
            return list(await session.scalars(select(Alert.kind).where(Alert.cleared_at.is_(None))))

    async def cases(self) -> list[Case]:
        async with self.sessions() as session:
            return list(await session.scalars(select(Case).where(Case.closed_at.is_(None)).order_by(Case.id)))

    def faults(self, **faults: dict[str, object]) -> None:
        """Return what the simulator does wrong from now on; nothing where none is named."""
        self.daraja.control("PUT", "/faults", {"seed": 1, "faults": faults})

    def on_phone(self, phone: str) -> int:
        """Return what the phone's wallet holds, in cents."""
        return int(self.daraja.control("GET", f"/phones/{phone}")["balance_cents"])

    def in_utility(self) -> int:
        """Return what our account at M-Pesa holds, in cents, by M-Pesa's own books."""
        books = self.daraja.control("GET", "/books")
        return next(int(one["balance_cents"]) for one in books["accounts"] if one["kind"] == "utility")
