"""Check that a price is one figure: on the card, at checkout, in the prompt, on the receipt, in ledger and contract."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import async_sessionmaker

from descrow.accounts.models import Account
from descrow.catalog import service as catalog
from descrow.catalog.metadata import metadata_of
from descrow.catalog.models import Product
from descrow.catalog.rates import Rate
from descrow.catalog.schemas import CreateProductRequest
from descrow.contract.models import ContractCall
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.money import Planck, Shillings, cents_from_shillings
from descrow.mpesa.client import Daraja
from descrow.mpesa.ids import CheckoutRequestId, MerchantRequestId, ReceiptNumber
from descrow.mpesa.outcomes import Accepted
from descrow.mpesa.phones import Msisdn
from descrow.mpesa.requests import StkPush
from descrow.mpesa.responses import PromptSent
from descrow.orders import service as orders
from descrow.orders.limits import OrderLimits
from descrow.orders.models import Order
from descrow.orders.payment_methods import PaymentMethod
from descrow.orders.schemas import CreateOrderRequest
from descrow.orders.transitions import Party
from descrow.orders.views import columns_of, order_view
from descrow.payments.dot.method import DotMethod, amount_due
from descrow.payments.mpesa import queries, service
from descrow.payments.mpesa.ledger import held_for
from descrow.payments.mpesa.method import MpesaMethod
from descrow.payments.mpesa.prompt_limits import PromptLimits
from descrow.payments.mpesa.prompts import send_prompt
from descrow.payments.quotes import QuoteTerms, make_quote
from tests.payments.payable import TABLE, draw
from tests.payments.shop import BUYERS_PHONE, MpesaMarket

CASES: list[dict[str, Any]] = json.loads(TABLE.read_text())["cases"]
NO_LIMITS = OrderLimits(unpaid=10**6, unpaid_of_newcomer=10**6)


def test_the_table_is_what_its_seed_draws() -> None:
    assert draw() == CASES
    assert len(CASES) == 500


class Prompts:
    """Stands for Daraja, and notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[StkPush] = []

    async def push_stk(self, push: StkPush) -> Accepted[PromptSent]:
        self.asked.append(push)
        return Accepted(PromptSent(MerchantRequestId("1"), CheckoutRequestId("ws_CO_1")))


@asynccontextmanager
async def undone(sessions: Sessions) -> AsyncIterator[Sessions]:
    """Sessions whose every commit is undone at the end."""
    async with sessions() as session, session.bind.connect() as connection:  # type: ignore[union-attr]
        outer = await connection.begin()
        yield async_sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        await outer.rollback()


async def test_five_hundred_prices_are_one_figure_from_the_quote_to_the_ledger(shop: MpesaMarket) -> None:
    await shop.buyer.sign_in()
    for case in CASES:
        async with undone(shop.sessions) as sessions:
            figures = await _figures_of(shop, sessions, case)
        assert set(figures.values()) == {int(case["payable"])}, (case, figures)


async def _figures_of(shop: MpesaMarket, sessions: Sessions, case: dict[str, Any]) -> dict[str, int]:
    """Order one product in the currency that it is not priced in; return the amount wherever it is told."""
    settings = shop.payment_context.settings
    terms = QuoteTerms(spread_bps=case["spreadBps"], lasts_s=600)
    by_phone = case["pricePlanck"] is not None
    method: PaymentMethod = MpesaMethod(settings) if by_phone else DotMethod(terms, Planck(10**9))
    async with sessions.begin() as session:
        buyer, seller = await _account(session, shop.buyer), await _account(session, shop.seller)
        product = catalog.draft(
            seller.id,
            CreateProductRequest(title="X", price_planck=case["pricePlanck"], price_kes_cents=case["priceKesCents"]),
        )
        session.add(product)
        await session.flush()
        rate = Rate(int(case["kesCentsPerDot"]), utc_now(), "test")
        quote = await make_quote(session, terms, product, rate, method=method, buyer_id=buyer.id)
        found = await orders.create_order(
            session, buyer.id, _wanted(product, seller, method, quote.id), method, NO_LIMITS
        )
        [created] = (
            await session.scalars(select(ContractCall).where(ContractCall.idempotency_key.contains(_key(found.order))))
        ).all()
    view = order_view(
        columns_of(found.order),
        product_title=found.product_title,
        buyer_address=buyer.address,
        seller_address=seller.address,
        role=Party.BUYER,
        actions=[],
    )
    figures = {"quote": quote.amount, "order": int(view.amount_kes_cents or view.amount_planck or 0)}
    on_contract = int(str(created.arguments[2]))
    if not by_phone:
        return figures | {"wallet": amount_due(found.order), "contract": on_contract // 10**8}
    return figures | {"contract": on_contract} | await _paid_by_phone(shop, sessions, found.order.id)


async def _paid_by_phone(shop: MpesaMarket, sessions: Sessions, order_id: int) -> dict[str, int]:
    prompts, settings = Prompts(), shop.payment_context.settings
    async with sessions.begin() as session:
        order = await session.get_one(Order, order_id, with_for_update=True)
        payment = await service.begin_payment(session, order, Msisdn(BUYERS_PHONE), PromptLimits.of(settings))
    await send_prompt(replace(shop.payment_context, sessions=sessions, daraja=cast(Daraja, prompts)), payment.id)
    [prompt] = prompts.asked
    in_prompt = cents_from_shillings(Shillings(prompt.amount))
    async with sessions.begin() as session:
        payment, order = await queries.lock_payment(session, payment.id)
        await service.confirm_payment(session, payment, order, receipt=ReceiptNumber("TEST1"), received=in_prompt)
        [recorded] = (
            await session.scalars(select(ContractCall).where(ContractCall.function == "record_offchain_payment"))
        ).all()
        return {
            "prompt": in_prompt,
            "receipt": payment.amount_cents,
            "ledger": await held_for(session, order_id),
            "record": int(str(recorded.arguments[1])),
        }


def _wanted(product: Product, seller: Account, method: PaymentMethod, quote_id: int) -> CreateOrderRequest:
    return CreateOrderRequest(
        product_id=product.id,
        payment_method=method.name,
        delivery_address="Home",
        quote_id=quote_id,
        price_planck=None if product.price_planck is None else str(product.price_planck),
        price_kes_cents=None if product.price_kes_cents is None else str(product.price_kes_cents),
        product_cid=str(metadata_of(product, seller.address).cid),
    )


def _key(order: Order) -> str:
    return str(order.reference)


async def _account(session: Any, who: Any) -> Account:
    account: Account = (await session.scalars(select(Account).where(Account.address == who.key.address))).one()
    return account


@pytest.mark.parametrize("spread_bps", [0, 200])
async def test_who_shows_prices_gets_rate_spread_source_and_time_for_the_same_sums(
    shop: MpesaMarket, spread_bps: int
) -> None:
    shop.payment_context.settings.rate_spread_bps = spread_bps

    rate = await shop.stranger.get("/api/v1/rate")
    product = await shop.product()
    quote = await shop.buyer.post(f"/api/products/{product['id']}/quotes", {})

    shared = ("kesCentsPerDot", "spreadBps")
    assert [rate[name] for name in shared] == [quote[name] for name in shared]
    assert rate["spreadBps"] == spread_bps
    assert (rate["source"], quote["rateSource"]) == ("fixed", "fixed")
