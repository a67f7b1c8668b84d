"""How many times a second `GET /api/orders` is answered: `uv run python -m bench.http`.

One API process as `descrow api` runs it, signed in and rate limited as always, asked over connections kept open. Beside
it, in the same run and on the same rows, a process that sends the same SQL by asyncpg and encodes what comes with
msgspec, and a route that asks nobody anything.
"""

import argparse
import asyncio
import json
import os
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

from pydantic import SecretStr

from bench.parts import answers, durable_parts, new_database
from descrow.accounts.service import find_or_create_account
from descrow.accounts.tokens import Caller, issue_token
from descrow.catalog.models import Category, Product
from descrow.chain.keys import Keypair
from descrow.db import LARGEST_ID, open_engine, plain_url, sessions_of, utc_now
from descrow.devstack.stack import Parts
from descrow.orders.listing import PAGE_OF_PARTY
from descrow.orders.models import Order
from descrow.orders.moves import OrderStatus, PaymentMode
from descrow.settings import Settings

SECRET = "what tokens are signed with in the bench"  # noqa: S105
ORDERS = 200
LANES = 16
CONNECTIONS = 10
"""To PostgreSQL, as the API has them."""
NOBODY_IS_REFUSED = 1_000_000
"""The limits are asked at every request all the same."""


async def measure(requests: int, say: Callable[[str], None]) -> None:
    async with durable_parts() as parts:
        url = await new_database(parts)
        buyer = await _orders(url)
        settings = Settings(
            database_url=SecretStr(url),
            valkey_url=SecretStr(parts.valkey_url),
            chain_url=parts.chain_url,
            jwt_secret=SecretStr(SECRET),
            operator_key=SecretStr("//Operator"),
        )
        token, _ = issue_token(settings, buyer, now=utc_now())
        async with _api(parts, url) as api:
            for _ in range(2):  # the first time warms up
                idle = await _ask(api, "/health/live", token, requests)
                ours = await _ask(api, "/api/orders", token, requests)
                raw = await _ask_raw(url, buyer.account_id, requests)
    say(f"{LANES} at a time, pages of 20 of {ORDERS} orders")
    say(f"a route that asks nobody        {idle:8,.0f} a second")
    say(f"asyncpg and msgspec, no HTTP    {raw:8,.0f} a second")
    both = 1 / (1 / idle + 1 / raw)
    say(f"one after the other, no more    {both:8,.0f} a second: what one process can give at most")
    say(
        f"GET /api/orders                 {ours:8,.0f} a second: {ours / raw:.2f} of asyncpg, {ours / both:.2f} of both"
    )


async def _orders(url: str) -> Caller:
    """A buyer with as many orders as somebody has who buys here every week."""
    engine = open_engine(url, pool_size=2)
    async with sessions_of(engine).begin() as session:
        buyer, seller = [
            await find_or_create_account(session, Keypair.from_uri(name).public_key)
            for name in ("//Wanjiru", "//Otieno")
        ]
        product = Product(
            seller_id=seller.id, title="Basket", description="Woven", category=Category.HOME, price_planck=1, stock=0
        )
        session.add(product)
        await session.flush()
        session.add_all(
            Order(
                reference=uuid4(),
                product_id=product.id,
                buyer_id=buyer.id,
                seller_id=seller.id,
                amount_planck=12 * 10**10,
                fee_bps=100,
                terms_id=1,
                payment_mode=PaymentMode.DOT,
                delivery_address="Moi Avenue 12, Nairobi",
                chain_order_id=number,
                status=list(OrderStatus)[number % 5],
                funded_at=utc_now(),
                deadline_at=utc_now(),
            )
            for number in range(1, ORDERS + 1)
        )
    await engine.dispose()
    return Caller(buyer.id, buyer.address, buyer.evm_address)


@asynccontextmanager
async def _api(parts: Parts, database_url: str) -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    environment = os.environ | {
        "DESCROW_DATABASE_URL": database_url,
        "DESCROW_VALKEY_URL": parts.valkey_url,
        "DESCROW_CHAIN_URL": parts.chain_url,
        "DESCROW_JWT_SECRET": SECRET,
        "DESCROW_OPERATOR_KEY": "//Operator",
        "DESCROW_PORT": str(port),
        "DESCROW_RATE_LIMIT_FACTOR": str(NOBODY_IS_REFUSED),
    }
    with tempfile.TemporaryFile() as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "descrow", "api", env=environment, stdout=log, stderr=log
        )
        try:
            await answers(f"http://127.0.0.1:{port}/health/live")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            await process.wait()


async def _ask(api: str, path: str, token: str, requests: int) -> float:
    told = {"url": api, "lanes": LANES, "requests": [("GET", path, "")] * requests, "token": token}
    answer = await _run("bench.sender", told)
    if answer["statuses"] != {"200": requests}:
        sys.exit(f"not all were answered 200: {answer['statuses']}")
    return requests / float(str(answer["took_s"]))


async def _ask_raw(url: str, account_id: int, requests: int) -> float:
    """The very statement that the route sends."""
    told = {"url": plain_url(url), "sql": PAGE_OF_PARTY, "arguments": [account_id, LARGEST_ID, 21], "lanes": LANES}
    answer = await _run("bench.http_raw", {**told, "requests": requests, "connections": CONNECTIONS})
    return requests / float(str(answer["took_s"]))


async def _run(module: str, told: dict[str, object]) -> dict[str, object]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(told, file)
        file.flush()
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, file.name, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await process.communicate()
    answer: dict[str, object] = json.loads(printed)
    return answer


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=5_000)
    asyncio.run(measure(parser.parse_args().requests, print))
