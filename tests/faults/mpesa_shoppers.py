"""Many people who pay by M-Pesa at once, in a stack that keeps breaking and at a Daraja that keeps misbehaving.

They do what people do: pay again when a payment failed, give an order up when nobody can say what became of it, call
an order off while the phone still rings.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from descrow.app.demo.shop_client import ApiRefused, PatientChain, ShopClient
from descrow.chain.keys import EvmAddress, Keypair
from descrow.contract.escrow import EscrowContract
from descrow.contract.order_status import OrderStatus
from descrow.kernel.money import PLANCK_PER_DOT, KesCents, Shillings, cents_from_shillings
from descrow.payments.mpesa.models import LIVE_STATUSES, PaymentStatus
from tests.faults.crowd import NOT_NOW, RETRY_S, Crowd, Lane, PlannedOrder, endow, present, sign_and_send
from tests.faults.simulator import KES_CENTS_PER_DOT, Simulator
from tests.market import order_request

_S = OrderStatus
STEPS: dict[OrderStatus, tuple[OrderStatus, ...]] = {
    _S.FUNDED: (),
    _S.DELIVERED: (_S.SHIPPED, _S.DELIVERED),
    _S.REFUNDED: (_S.REFUNDED,),
    _S.RESOLVED: (_S.SHIPPED, _S.DISPUTED, _S.RESOLVED),
}
"""By how a paid order is to end: the statuses on its way there. One that stays `funded` is left alone."""

HOW_OFTEN = {_S.DELIVERED: 8, _S.FUNDED: 5, _S.REFUNDED: 2, _S.RESOLVED: 2, _S.CANCELLED: 3}
"""An order that is to be `cancelled` is called off while its prompt rings."""

ON_A_PHONE = cents_from_shillings(Shillings(100_000))
CHEAPEST = Shillings(100)
"""The smallest order. The arbiter gives its buyer less than M-Pesa pays out."""
PROMPTS_AN_ORDER = 4
PATIENCE_S = 25
"""For which a buyer looks at a payment that nobody can tell the end of."""
PATIENCE_BY_HAND_S = 60
"""What was paid by hand is looked up at M-Pesa before it counts."""
ORDER_TIMEOUT_S = 600
CALLED_WITH_THE_ORDER = 3
"""Every so manieth order names the phone at once, and it is the worker who sends the prompt."""

PAID_BY_HAND = 5
"""Every so manieth order is paid at the paybill, with or without slips of the finger."""

PHONE_IS_BUSY = "phone_is_busy"
MOST_LEFT_UNPAID = 8
"""Of a buyer at a time: then the oldest is called off, whose money may yet come, and goes back."""

LOOK_AGAIN = frozenset({"payment_under_way", "already_paid", "not_payable_now", "try_again_later"})
"""Refusals of a prompt that are answered by looking at what became of the one before."""


@dataclass
class PhoneLane(Lane):
    """A buyer with two phones and a seller with one, who trade with each other, one order at a time."""

    phones: tuple[str, str]
    sellers_phone: str
    price: Shillings
    unpaid: list[PlannedOrder] = field(default_factory=list)
    """Orders that the buyer has given up paying; the shop allows so many."""


@dataclass
class PhoneCrowd(Crowd[PhoneLane]):
    """People who pay by M-Pesa."""

    simulator: Simulator = field(kw_only=True)
    stuck: list[str] = field(default_factory=list)
    """Orders that were not made, or did not come to the end planned for them although they were paid, and why not."""

    async def open_shops(self) -> None:
        await asyncio.gather(*(self._open_shop(lane) for lane in self.lanes))

    async def _open_shop(self, lane: PhoneLane) -> None:
        await lane.seller.put("/api/v1/auth/me/mpesa-phone", {"phoneNumber": lane.sellers_phone})
        price = cents_from_shillings(lane.price) * PLANCK_PER_DOT // KES_CENTS_PER_DOT
        await self._list_product(lane, price)

    async def _carry_out(self, lane: PhoneLane, order: PlannedOrder) -> None:
        try:
            async with asyncio.timeout(ORDER_TIMEOUT_S):
                await self._create(lane, order)
                if order.end is OrderStatus.CANCELLED:
                    await self._call_off_while_it_rings(lane, order)
                elif await self._pay_by_hand(lane, order) or await self._pay(lane, order):
                    for step in STEPS[order.end]:
                        await self._go_on_to(lane, order, step)
                else:
                    lane.unpaid.append(order)
                    if len(lane.unpaid) > MOST_LEFT_UNPAID:
                        await self._try_transfer(lane, lane.unpaid.pop(0), OrderStatus.CANCELLED)
        except (ApiRefused, TimeoutError) as error:
            self.stuck.append(f"order {order.order_id}, on its way to {order.end}: {error!r}")

    async def _call_off_while_it_rings(self, lane: PhoneLane, order: PlannedOrder) -> None:
        """Unless the money is quicker."""
        await self._prompt(lane, order, lane.phones[0])
        while (await self._seen(lane, order))["status"] == OrderStatus.CREATED:
            await self._try_transfer(lane, order, OrderStatus.CANCELLED)

    async def _go_on_to(self, lane: PhoneLane, order: PlannedOrder, step: OrderStatus) -> None:
        while (await self._seen(lane, order))["status"] != step:
            await self._try_transfer(lane, order, step)

    async def _create(self, lane: PhoneLane, order: PlannedOrder) -> None:
        wanted = order_request(lane.product_id, "mpesa")
        if order.number % CALLED_WITH_THE_ORDER == 0:
            wanted["phoneNumber"] = lane.phones[0]
        key = self._key_of(order)
        try:
            made = await lane.buyer.post("/api/v1/orders", wanted, idempotency_key=key)
        except ApiRefused as refusal:
            if refusal.code != PHONE_IS_BUSY:
                raise
            del wanted["phoneNumber"]
            made = await lane.buyer.post("/api/v1/orders", wanted, idempotency_key=key)
        order.order_id = int(made["order"]["id"])
        while (await self._seen(lane, order))["contractOrderId"] is None:
            await lane.buyer.wait_for_events()

    async def _pay_by_hand(self, lane: PhoneLane, order: PlannedOrder) -> bool:
        """Pay some orders at the paybill. False where it is another's turn, or what was paid is not seen for long."""
        if order.number % PAID_BY_HAND != 1:
            return False
        paybill = await lane.buyer.get(f"/api/v1/orders/{order.order_id}/paybill")
        if paybill["accountNumber"] is None:
            return False
        right, amount = str(paybill["accountNumber"]), int(paybill["amountKesCents"])
        for account, cents in _as_typed(right, amount, Random(f"{self.seed} {order.number}")):
            await self.simulator.pay_by_hand(lane.phones[0], account, KesCents(cents))
        give_up_at = asyncio.get_running_loop().time() + PATIENCE_BY_HAND_S
        while (await self._seen(lane, order))["status"] == OrderStatus.CREATED:
            if asyncio.get_running_loop().time() > give_up_at:
                return False
            await lane.buyer.wait_for_events()
        return True

    async def _pay(self, lane: PhoneLane, order: PlannedOrder) -> bool:
        """Prompt after prompt until the order is paid. False where the buyer gives up."""
        for attempt in range(PROMPTS_AN_ORDER):
            if not await self._prompt(lane, order, lane.phones[attempt % 2]):
                continue
            try:
                if await self._was_paid(lane, order):
                    return True
            except TimeoutError:
                return False
        return False

    async def _prompt(self, lane: PhoneLane, order: PlannedOrder, phone: str) -> bool:
        """Return whether there is a payment to wait for; none where the phone's last one has no end yet."""
        try:
            await lane.buyer.post(f"/api/v1/orders/{order.order_id}/pay/mpesa", {"phoneNumber": phone})
        except ApiRefused as refusal:
            if refusal.code == PHONE_IS_BUSY:
                return False
            if refusal.code not in LOOK_AGAIN:
                raise
        return True

    async def _was_paid(self, lane: PhoneLane, order: PlannedOrder) -> bool:
        """Wait until the newest payment has ended, and for one that succeeded until the chain has it.

        Raises TimeoutError where nobody can tell its end for a while.
        """
        waited_s = 0.0
        while True:
            if (await self._seen(lane, order))["status"] != OrderStatus.CREATED:
                return True
            [newest, *_] = await lane.buyer.get(f"/api/v1/orders/{order.order_id}/payments/mpesa")
            status = PaymentStatus(newest["paymentStatus"])
            if status not in (*LIVE_STATUSES, PaymentStatus.CONFIRMED):
                return False
            began = asyncio.get_running_loop().time()
            await lane.buyer.wait_for_events()
            if status in LIVE_STATUSES:
                waited_s += asyncio.get_running_loop().time() - began
            if waited_s > PATIENCE_S:
                raise TimeoutError

    async def _seen(self, lane: PhoneLane, order: PlannedOrder) -> dict[str, Any]:
        seen: dict[str, Any] = await lane.buyer.get(f"/api/v1/orders/{order.order_id}")
        return seen

    async def _try_transfer(self, lane: PhoneLane, order: PlannedOrder, wanted: OrderStatus) -> None:
        """Do what leads to the status wanted; then a little patience, whether or not it was to be."""
        try:
            await self._take_step(lane, order, wanted)
        except NOT_NOW:
            await asyncio.sleep(RETRY_S)
        else:
            await lane.buyer.wait_for_events()

    async def _take_step(self, lane: PhoneLane, order: PlannedOrder, wanted: OrderStatus) -> None:
        path = f"/api/v1/orders/{order.order_id}"
        match wanted:
            case OrderStatus.RESOLVED:
                await self._decide(int((await self._seen(lane, order))["contractOrderId"]))
            case OrderStatus.REFUNDED:  # of all moves the one that nobody relays
                await sign_and_send(lane.seller, (await lane.seller.put(path, {"action": "refund"}))["call"])
            case _:
                who, action = lane.step_to(wanted)
                await who.put(path, {"action": action, "relay": True})


def _as_typed(right: str, amount: int, random: Random) -> list[tuple[str, int]]:
    """Return what people type, one after the other; the last of it is right in most cases."""
    place = random.randrange(1, len(right))
    slip = right[:place] + ("3" if right[place] != "3" else "4") + right[place + 1 :]
    spelled = random.choice([right, right.lower(), f"{right[:3]} {right[3:]}"])
    ways = [
        [(spelled, amount)],
        [(slip, amount), (spelled, amount)],
        [("17", amount), (spelled, amount)],
        [(spelled, amount - 100), (spelled, amount)],
        [(spelled, amount + 100), (spelled, amount)],
        [(spelled, amount), (spelled, amount)],
        [(slip, amount)],
    ]
    return random.choice(ways)


@asynccontextmanager
async def a_crowd_with_phones(
    *, shop_url: str, chain_url: str, contract: EvmAddress, simulator: Simulator, lanes: int, seed: int
) -> AsyncIterator[PhoneCrowd]:
    """People with money on their phones, and sellers whose wallets can pay a fee; buyers hear the shop's news."""
    chain = PatientChain(chain_url)
    crowd = PhoneCrowd(
        lanes=[
            PhoneLane(
                buyer=ShopClient(shop_url, Keypair.from_uri(f"//Buyer{n}"), chain),
                seller=ShopClient(shop_url, Keypair.from_uri(f"//Seller{n}"), chain),
                phones=(f"2547120{n:05}", f"2547121{n:05}"),
                sellers_phone=f"2547220{n:05}",
                price=Shillings(CHEAPEST + 3 * n),
            )
            for n in range(lanes)
        ],
        arbiter=ShopClient(shop_url, Keypair.from_uri("//Arbiter"), chain),
        contract=EscrowContract(chain, contract),
        seed=seed,
        simulator=simulator,
    )
    await endow(chain, [lane.seller.key for lane in crowd.lanes])
    await simulator.hand_out_phones([phone for lane in crowd.lanes for phone in lane.phones], balance=ON_A_PHONE)
    await simulator.hand_out_phones([lane.sellers_phone for lane in crowd.lanes], balance=KesCents(0))
    async with present(crowd, chain, listeners=[lane.buyer for lane in crowd.lanes]):
        await crowd.open_shops()
        yield crowd
