"""Check that M-Pesa is part of the shop's health, and that the shop works without it."""

from litestar.types import ASGIApp
from valkey.asyncio import Valkey

from tests.application import client_of
from tests.payments.shop import MpesaMarket
from tests.waiting import eventually


async def test_health_says_whether_daraja_lets_us_in(shop: MpesaMarket, app: ASGIApp, valkey: Valkey) -> None:
    await shop.follow()

    assert await _health(app) == (200, "ok")
    await valkey.flushdb()  # its token is over
    shop.faults(html_error={"probability": 1})

    async def is_seen() -> bool:
        return await _health(app) == (200, "error")

    await eventually(is_seen, every_s=0.2)  # an answer is good for a second


async def _health(app: ASGIApp) -> tuple[int, str]:
    async with client_of(app) as http:
        answer = await http.get("/health")
    return answer.status_code, answer.json()["services"]["mpesa"]
