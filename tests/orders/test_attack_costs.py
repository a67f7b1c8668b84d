"""Fifty free accounts do what they can for an hour: it costs no more than the table in docs/operations.md says."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update
from valkey.asyncio import Valkey

from descrow.accounts.models import Account
from descrow.accounts.sign_in import find_or_create_account
from descrow.app.demo.shop_client import ApiRefused
from descrow.app.settings import Settings
from descrow.catalog.models import Product
from descrow.chain.client import ChainClient
from descrow.chain.keys import Keypair
from descrow.contract.models import CallPriority, ContractCall
from descrow.contract.order_status import OrderStatus
from descrow.kernel.db import utc_now
from descrow.kernel.money import Planck
from descrow.mpesa.phones import Msisdn
from descrow.mpesa.results import StkFailure
from descrow.orders import reservations, service
from descrow.orders.errors import TooManyUnpaidOrders
from descrow.orders.models import Order
from descrow.orders.schemas import CreateOrderRequest
from descrow.payments.dot.method import DotMethod
from descrow.payments.errors import PhoneIsBusy, TryAgainLater
from descrow.payments.mpesa.models import Payment, PaymentStatus
from descrow.payments.mpesa.prompt_limits import spare_phone
from tests.application import running_application, shop_client_of
from tests.attack_costs import ACCOUNTS, LIMITS, PROMPTS, Bounds, table
from tests.market import Market, order_request

STOCK = 5_000
VICTIM = Msisdn("254712345678")


def test_the_page_for_operators_shows_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()

    assert "\n".join(table()) in page


async def test_fifty_accounts_cost_the_operator_no_more_transactions_than_the_table_says(market: Market) -> None:
    """Each orders and cancels, again and again, from a network of its own."""
    product = await market.product(stock=STOCK)
    accounts = await _free_accounts(market)
    for account in accounts:
        await _order_until_refused(market, account.id, product["id"], cancels=True)

    bounds = Bounds(networks=ACCOUNTS)
    async with market.sessions() as session:
        created = await session.execute(select(ContractCall.priority, func.count()).group_by(ContractCall.priority))
        assert dict(created.all()) == {CallPriority.UNPAID: bounds.orders}


async def test_fifty_accounts_keep_the_stock_no_longer_than_the_table_says(market: Market) -> None:
    """Each leaves its orders as they are. The worker gives the pieces back when their time is over."""
    product = await market.product(stock=STOCK)
    accounts = await _free_accounts(market)
    for account in accounts:
        await _order_until_refused(market, account.id, product["id"])
    began_at = utc_now()
    async with market.sessions() as session:
        kept = (await session.execute(select(Order.reserved_until))).scalars().all()

    assert sum(((until - began_at) / timedelta(hours=1)) for until in kept if until) <= Bounds(ACCOUNTS).piece_hours
    async with market.sessions.begin() as session:
        a_moment_ago = utc_now() - timedelta(seconds=1)
        await session.execute(update(Order).values(reserved_until=a_moment_ago))
    while await reservations.release_pieces(market.sessions):
        pass
    async with market.sessions() as session:
        assert (await session.get_one(Product, product["id"])).stock == STOCK


async def test_fifty_accounts_of_one_network_make_no_more_orders_than_the_table_says(
    market: Market, settings: Settings, chain: ChainClient
) -> None:
    product = await market.product(stock=STOCK)
    limited = settings.model_copy(update={"rate_limit_factor": 1})
    limited.jwt_secret = SecretStr("a secret of this test alone, 32 bytes")
    valkey = Valkey.from_url(settings.valkey_url.get_secret_value())
    await valkey.flushdb()
    made, refusals = 0, set()
    async with running_application(limited) as application:
        for number in range(ACCOUNTS):
            stranger = shop_client_of(application, f"//Stranger{number}", chain)
            try:
                while True:
                    await stranger.post("/api/orders", order_request(product["id"]))
                    made += 1
            except ApiRefused as refused:
                refusals.add(refused.code)
            await stranger.close()
    await valkey.flushdb()
    await valkey.aclose()

    assert 0 < made <= Bounds(networks=1).orders
    assert refusals == {"too_many_unpaid_orders", "too_many_requests"}


@pytest.mark.parametrize("targets", ["one phone", "many phones"])
async def test_fifty_accounts_make_phones_ring_no_more_often_than_the_table_says(market: Market, targets: str) -> None:
    """Each asks once a minute; the phones' owners cancel at once. An hour passes."""
    product = await market.product(stock=STOCK)
    accounts = await _free_accounts(market)
    orders = [await _order(market, account.id, product["id"]) for account in accounts]
    began_at = utc_now()
    rung: Counter[str] = Counter()
    for minute in range(60):
        now = began_at + timedelta(minutes=minute)
        for number, order in enumerate(orders):
            phone = VICTIM if targets == "one phone" else Msisdn(f"2547{number:02}{minute:06}")
            async with market.sessions.begin() as session:
                try:
                    await spare_phone(session, order, phone, PROMPTS, now=now)
                except (PhoneIsBusy, TryAgainLater):
                    continue
                session.add(
                    Payment(
                        order_id=order.id,
                        buyer_id=order.buyer_id,
                        phone=phone,
                        amount_shillings=100,
                        status=PaymentStatus.FAILED,
                        failure=StkFailure.CANCELLED_BY_USER,
                        created_at=now,
                        sent_at=now,
                    )
                )
            rung[phone] += 1

    bounds = Bounds(networks=ACCOUNTS)
    assert max(rung.values()) <= bounds.prompts_to_one_phone
    assert 0 < rung.total() <= bounds.prompts


async def _free_accounts(market: Market) -> list[Account]:
    async with market.sessions.begin() as session:
        return [
            await find_or_create_account(session, Keypair.from_uri(f"//Stranger{number}").public_key)
            for number in range(ACCOUNTS)
        ]


async def _order(market: Market, account_id: int, product_id: int) -> Order:
    """Raises TooManyUnpaidOrders."""
    wanted = CreateOrderRequest(product_id=product_id, payment_method="dot", delivery_address="Nowhere 1")
    async with market.sessions.begin() as session:
        found = await service.create_order(session, account_id, wanted, DotMethod(None, Planck(1)), LIMITS)
    return found.order


async def _order_until_refused(market: Market, account_id: int, product_id: int, *, cancels: bool = False) -> None:
    for _ in range(2 * LIMITS.unpaid_of_newcomer):
        try:
            order = await _order(market, account_id, product_id)
        except TooManyUnpaidOrders:
            return
        if cancels:
            async with market.sessions.begin() as session:
                cancelled = {"status": OrderStatus.CANCELLED, "holds_piece": False}
                await session.execute(update(Order).where(Order.id == order.id).values(**cancelled))
    raise AssertionError("the orders never end")
