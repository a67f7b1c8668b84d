"""A marketplace that takes M-Pesa: with the simulator as Daraja, and a door through which it posts to us."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from litestar.types import ASGIApp
from pydantic import SecretStr
from valkey.asyncio import Valkey

from descrow.app.devstack.stack import DevStackEndpoints as DevStackEndpoints
from descrow.app.settings import Settings
from descrow.contract.terms import Terms
from descrow.mpesa.settings import MpesaSettings
from descrow.payments.mpesa.daraja_context import DarajaContext
from tests.app.devstack.daraja.merchant import Daraja, Inbox
from tests.application import transport_to
from tests.market import Market
from tests.payments.shop import BUYERS_PHONE, SELLERS_PHONE, Door, MpesaMarket
from tests.snapshot import terms_with_windows_of


@pytest.fixture(scope="module")
def simulators_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(tmp_path_factory.mktemp("daraja"))


@pytest.fixture(scope="module")
def simulator(simulators_folder: Path) -> Iterator[Daraja]:
    inbox = Inbox()
    running = Daraja(simulators_folder / "daraja.sqlite", inbox)
    yield running
    running.stop()
    inbox.close()


@pytest.fixture
def daraja(simulator: Daraja) -> Daraja:
    """Nothing in its books but two phones: the buyer's with money, the seller's with none."""
    simulator.control("POST", "/reset")
    simulator.control("POST", "/phones", phone(BUYERS_PHONE, 100_000))
    simulator.control("POST", "/phones", phone(SELLERS_PHONE, 0))
    return simulator


def phone(msisdn: str, shillings: int) -> dict[str, object]:
    return {"msisdn": msisdn, "name": "Wanjiru", "pin": "1234", "balance_cents": shillings * 100}


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """An address that the simulator can post to, in front of the application once that is there."""
    opened = Door()
    server = web.Application()
    server.router.add_post("/{path:.*}", opened.let_in)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    opened.url = f"http://127.0.0.1:{port}/callbacks"
    yield opened
    await runner.cleanup()


@pytest.fixture
def mpesa_settings(daraja: Daraja, door: Door, simulators_folder: Path) -> MpesaSettings:
    certificate = simulators_folder / "certificate.pem"
    certificate.write_bytes(daraja.http.get("/control/certificate").content)
    merchant = daraja.merchant
    return MpesaSettings(
        environment=str(daraja.http.base_url).rstrip("/"),
        consumer_key=SecretStr(merchant["consumer_key"]),
        consumer_secret=SecretStr(merchant["consumer_secret"]),
        shortcode=merchant["shortcode"],
        passkey=SecretStr(merchant["passkey"]),
        initiator=merchant["initiator"],
        initiator_password=SecretStr(merchant["initiator_password"]),
        certificate=certificate,
        callback_base_url=door.url,
        callback_secret=SecretStr("a secret for callback addresses, 32"),
        kes_cents_per_dot=50_000,
        rate_spread_bps=0,
        requests_per_minute=60_000,
        burst=1_000,
    )


@pytest.fixture
def settings(settings: Settings, mpesa_settings: MpesaSettings) -> Settings:
    return settings.model_copy(update={"mpesa": mpesa_settings})


@pytest.fixture
def terms() -> Terms:
    """Buyers have ten minutes to pay."""
    return terms_with_windows_of(seconds=600)


@pytest.fixture
async def valkey(stack: DevStackEndpoints) -> AsyncIterator[Valkey]:
    opened = Valkey.from_url(stack.valkey_url)
    await opened.flushdb()  # the simulator was emptied, and knows none of its tokens
    yield opened
    await opened.aclose()


@pytest.fixture
async def shop(
    market: Market, app: ASGIApp, door: Door, daraja: Daraja, valkey: Valkey, mpesa_settings: MpesaSettings
) -> AsyncIterator[MpesaMarket]:
    """The marketplace with its seller ready to be paid by M-Pesa."""
    door.transport = transport_to(app)
    payment_context = DarajaContext.open(market.sessions, valkey, mpesa_settings)
    shop = MpesaMarket(**vars(market), payment_context=payment_context, daraja=daraja, door=door)
    await shop.seller.put("/api/auth/me/mpesa-phone", {"phoneNumber": SELLERS_PHONE})
    await shop.watch_oracle()
    yield shop
    await payment_context.close()


@pytest.fixture
def other_payment_context(shop: MpesaMarket) -> DarajaContext:
    """The same desk in another process."""
    return replace(shop.payment_context)
