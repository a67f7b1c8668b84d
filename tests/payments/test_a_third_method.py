"""A third way to pay, made here alone: `src` knows nothing of it, and an order goes from creation to payout by it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.app import context
from descrow.app.demo.shop_client import ApiRefused, ShopClient
from descrow.app.wiring import payment_methods
from descrow.chain.keys import Keypair
from descrow.contract.models import SignerRole
from descrow.contract.order_status import PaymentMode
from descrow.kernel.db import utc_now
from descrow.kernel.events import bus
from descrow.kernel.money import Planck
from descrow.mpesa.settings import MpesaSettings
from descrow.operations.order_report import OrderReport, find_order, order_report
from descrow.orders.division import Division
from descrow.orders.errors import PaidAnotherWay
from descrow.orders.events import OrdersReverted
from descrow.orders.models import Order
from descrow.orders.payment_methods import OrderPrice, PaymentLine, PaymentMethods, PayoutLine, PriceRequest
from descrow.orders.transitions import Party
from descrow.payments.errors import PriceNotPayable
from descrow.payments.quotes import price_order
from descrow.payments.records import record_payment
from tests.conftest import deployment, settings  # noqa: F401  (a shop that takes no M-Pesa)
from tests.market import Market, order_request

PRICE_KES_CENTS = 180_000
FEE_KES_CENTS = 1_800
MOST_KES_CENTS = 1_000_000


@dataclass
class VoucherMethod:
    """Paid by a voucher's code, which the shop takes at its counter; paid out in cash."""

    name = "voucher"
    mode = PaymentMode.RECORD
    relayed_by = (Party.ORACLE, Party.OPERATOR)
    smallest_part = 100
    redeemed: dict[int, int] = field(default_factory=dict)
    """Cents by the order's id."""
    owed: dict[str, int] = field(default_factory=dict)
    """Cents by what they are owed for: once for each."""
    held: list[int] = field(default_factory=list)

    async def redeem(self, session: AsyncSession, order: Order, code: str) -> None:
        """Take a voucher of the whole amount for the order, and have the oracle record it."""
        self.redeemed[order.id] = order.amount_kes_cents or 0
        await record_payment(session, order, order.id, receipt_digest=sha256(code.encode()).digest())

    def check_amount(self, amount: int) -> None:
        if amount > MOST_KES_CENTS:
            raise PriceNotPayable(amount // 100, smallest=1, largest=MOST_KES_CENTS // 100)

    async def price(self, session: AsyncSession, wanted: PriceRequest) -> OrderPrice:
        return await price_order(session, self, wanted, None)

    async def start(self, session: AsyncSession, order: Order, phone_number: str | None) -> None:  # noqa: ARG002
        if phone_number is not None:
            raise PaidAnotherWay(order.id, order.payment_method, tried="from a phone")

    async def pay_out(self, session: AsyncSession, order: Order, division: Division) -> None:  # noqa: ARG002
        assert division.whole == self.redeemed[order.id]
        self.owed |= {f"seller of {order.id}": division.seller, f"buyer of {order.id}": division.buyer}

    async def refund(self, session: AsyncSession, order: Order) -> None:  # noqa: ARG002
        if order.id in self.redeemed:
            self.owed[f"buyer of {order.id}"] = self.redeemed[order.id]

    async def hold(self, session: AsyncSession, orders: Sequence[Order]) -> None:  # noqa: ARG002
        self.held += [order.id for order in orders]

    async def payments(
        self,
        session: AsyncSession,  # noqa: ARG002
        *,
        order_id: int | None = None,
        live: bool = False,  # noqa: ARG002
        limit: int = 50,  # noqa: ARG002
    ) -> list[PaymentLine]:
        return [
            PaymentLine(
                id=paid_id,
                order_id=paid_id,
                payment_method=self.name,
                phone="",
                amount_kes_cents=str(cents),
                status="redeemed",
                failure=None,
                receipt_number=None,
                next_attempt_at=None,
                created_at=utc_now(),
            )
            for paid_id, cents in self.redeemed.items()
            if order_id in (None, paid_id)
        ]

    async def payouts(
        self,
        session: AsyncSession,  # noqa: ARG002
        *,
        order_id: int | None = None,  # noqa: ARG002
        unpaid: bool = False,  # noqa: ARG002
        limit: int = 50,  # noqa: ARG002
    ) -> list[PayoutLine]:
        return []


@pytest.fixture(autouse=True)
def voucher(monkeypatch: pytest.MonkeyPatch) -> VoucherMethod:
    """The third method, in the table of every process that starts during the test."""
    method = VoucherMethod()

    def with_vouchers(mpesa: MpesaSettings | None, smallest_order: Planck) -> PaymentMethods:
        return PaymentMethods(*payment_methods(mpesa, smallest_order), method)

    monkeypatch.setattr(context, "payment_methods", with_vouchers)
    return method


async def test_an_order_goes_from_creation_to_payout(market: Market, voucher: VoucherMethod) -> None:
    order_id = await _order(market)
    assert (await market.seen(order_id))["paymentMode"] == "voucher"

    await _redeem(market, voucher, order_id)
    await _relay(market, market.seller, order_id, "ship")
    await _relay(market, market.buyer, order_id, "confirm")

    assert (await market.seen(order_id))["status"] == "delivered"
    assert voucher.owed == {
        f"seller of {order_id}": PRICE_KES_CENTS - FEE_KES_CENTS,
        f"buyer of {order_id}": 0,
    }
    assert [(line.payment_method, line.status) for line in (await _report(market, voucher, order_id)).payments] == [
        ("voucher", "redeemed")
    ]


async def test_a_refunded_order_gives_all_of_it_back_to_the_buyer(market: Market, voucher: VoucherMethod) -> None:
    order_id = await _order(market)
    await _redeem(market, voucher, order_id)

    await market.take_step(market.seller, order_id, "refund")

    assert (await market.seen(order_id))["status"] == "refunded"
    assert voucher.owed == {f"seller of {order_id}": 0, f"buyer of {order_id}": PRICE_KES_CENTS}


async def test_what_was_redeemed_for_an_order_that_closes_before_its_record_is_given_back(
    market: Market, voucher: VoucherMethod
) -> None:
    order_id = await _order(market)
    async with market.sessions.begin() as session:
        await voucher.redeem(session, await session.get_one(Order, order_id), "a voucher that is late")

    await market.take_step(market.buyer, order_id, "cancel")

    assert (await market.seen(order_id))["status"] == "cancelled"
    assert voucher.owed == {f"buyer of {order_id}": PRICE_KES_CENTS}


async def test_blocks_that_are_orphaned_hold_what_was_owed(market: Market, voucher: VoucherMethod) -> None:
    by_voucher, in_dot = await _order(market), int((await market.order())["id"])

    async with market.sessions.begin() as session:
        orders = (await session.scalars(select(Order).where(Order.id.in_((by_voucher, in_dot))))).all()
        await bus.publish(session, OrdersReverted(orders))

    assert voucher.held == [by_voucher]


async def test_the_methods_own_limits_and_refusals_reach_the_buyer(market: Market) -> None:
    dear = await market.seller.post("/api/products", {"title": "A cow", "priceKesCents": str(MOST_KES_CENTS + 100)})
    wanted = order_request(dear["id"], "voucher")

    with pytest.raises(ApiRefused, match="price_not_payable"):
        await market.buyer.post("/api/orders", wanted)
    with pytest.raises(ApiRefused, match="payment_method_not_known"):
        await market.buyer.post("/api/orders", wanted | {"paymentMode": "barter"})
    with pytest.raises(ApiRefused, match="mpesa_not_offered"):
        await market.buyer.post("/api/orders", wanted | {"paymentMode": "mpesa"})


async def _order(market: Market) -> int:
    """An order to be paid by voucher that the contract knows."""
    product = await market.seller.post("/api/products", {"title": "Kitenge", "priceKesCents": str(PRICE_KES_CENTS)})
    order_id = await market.place_order(product_id=product["id"], payment_mode="voucher")
    await market.work()
    return order_id


async def _redeem(market: Market, voucher: VoucherMethod, order_id: int) -> None:
    async with market.sessions.begin() as session:
        await voucher.redeem(session, await session.get_one(Order, order_id), f"voucher {order_id}")
    await _let_the_oracle_work(market)
    assert (await market.seen(order_id))["status"] == "funded"


async def _relay(market: Market, who: ShopClient, order_id: int, action: str) -> None:
    answer = await who.put(f"/api/orders/{order_id}", {"action": action, "relay": True})
    assert answer["relayed"]
    await _let_the_oracle_work(market)


async def _let_the_oracle_work(market: Market) -> None:
    await market.sender(signer=Keypair.from_uri("//Oracle"), role=SignerRole.ORACLE).step()
    await market.follow()


async def _report(market: Market, voucher: VoucherMethod, order_id: int) -> OrderReport:
    async with market.sessions() as session:
        named = await find_order(session, str(order_id))
        assert named.order is not None
        methods = PaymentMethods(*payment_methods(None), voucher)
        return await order_report(session, market.contract, methods, named.order, named.numbers)
