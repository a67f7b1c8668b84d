"""Many buyers want the few pieces there are, all in the same moment."""

import asyncio
from collections import Counter

import httpx
from litestar.types import ASGIApp
from sqlalchemy import func, select

from descrow.accounts.sign_in import find_or_create_account
from descrow.accounts.tokens import issue_token
from descrow.app.settings import Settings
from descrow.catalog.models import Product
from descrow.chain.keys import Keypair
from descrow.contract.models import ContractCall
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.http.caller import Caller
from descrow.orders.models import Order
from tests.application import ADDRESS, transport_to
from tests.catalog.shops import Shop, a_product, say_it_is_deployed
from tests.market import order_request

BUYERS = 200
PIECES = 50


async def test_of_two_hundred_buyers_at_once_fifty_get_the_fifty_pieces(
    shop: Shop, app: ASGIApp, sessions: Sessions, settings: Settings
) -> None:
    await say_it_is_deployed(sessions)
    product = await shop.seller.post("/api/v1/products", a_product(stock=PIECES))
    tokens = await _tokens(sessions, settings)

    async with httpx.AsyncClient(transport=transport_to(app), base_url=ADDRESS, timeout=120) as client:
        answers = await asyncio.gather(
            *(
                client.post(
                    "/api/v1/orders", json=order_request(product["id"]), headers={"Authorization": f"Bearer {token}"}
                )
                for token in tokens
            )
        )

    said = Counter(answer.json().get("code", answer.status_code) for answer in answers)
    async with sessions() as session:
        buyers = await session.scalar(select(func.count(Order.buyer_id.distinct())))
        left = await session.scalar(select(Product.stock).where(Product.id == product["id"]))
    assert said == {201: PIECES, "product_sold_out": BUYERS - PIECES}
    assert (buyers, left) == (PIECES, 0)
    assert await shop.rows(ContractCall) == PIECES


async def _tokens(sessions: Sessions, settings: Settings) -> list[str]:
    async with sessions.begin() as session:
        accounts = [
            await find_or_create_account(session, Keypair.from_uri(f"//Buyer{n}").public_key) for n in range(BUYERS)
        ]
    return [
        issue_token(settings.sign_in, Caller(account.id, account.address, account.evm_address), now=utc_now())[0]
        for account in accounts
    ]
