"""Measure how many times a second `GET /api/orders` is answered: `uv run python -m bench.http`.

The API as `descrow api` runs it, in one process and in two, signed in and rate limited as always, asked over
connections kept open. Beside it, in the same run and on the same rows, three that send the same SQL by asyncpg and
encode what comes with msgspec: a process that is asked over HTTP, by the same server and the same sender; one that asks
itself, by asyncpg's pool; and one that does so past the pool, by connections that it holds.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from statistics import median
from uuid import uuid4

from pydantic import SecretStr
from tests.servers import free_port

from bench.parts import api_process, durable_parts, new_database, running
from descrow.accounts.sign_in import find_or_create_account
from descrow.accounts.tokens import issue_token
from descrow.app.devstack.stack import DevStackEndpoints
from descrow.app.settings import Settings
from descrow.catalog.models import Category, Product
from descrow.chain.keys import Keypair
from descrow.contract.order_status import OrderStatus
from descrow.kernel.db import LARGEST_ID, open_engine, plain_url, sessions_of, utc_now
from descrow.kernel.http.caller import Caller
from descrow.orders.listing import PAGE_OF_PARTY
from descrow.orders.models import Order

SECRET = "what tokens are signed with in the bench"  # noqa: S105
ORDERS = 200
LANES = 16
CONNECTIONS = 10
"""To PostgreSQL, as the API has them."""
NOBODY_IS_REFUSED = 1_000_000
"""The limits are asked at every request all the same."""


async def measure(requests: int, rounds: int, say: Callable[[str], None]) -> None:
    async with durable_parts() as parts:
        url = await new_database(parts)
        buyer = await party_with_orders(url)
        token, _ = issue_token(settings_for(parts, url).sign_in, buyer, now=utc_now())
        ours, two_of_ours, bare, raw, held = [], [], [], [], []
        async with (
            _api(parts, url, workers=1) as api,
            _api(parts, url, workers=2) as two_apis,
            _bare(url, buyer.account_id) as bare_api,
        ):
            for address in (api, two_apis, bare_api):
                await _ask(address, "/api/orders", token, requests)  # warms up
            for _ in range(rounds):
                ours.append(await _ask(api, "/api/orders", token, requests))
                two_of_ours.append(await _ask(two_apis, "/api/orders", token, requests))
                bare.append(await _ask(bare_api, "/api/orders", token, requests))
                raw.append(await _ask_raw(url, buyer.account_id, requests, by_pool=True))
                held.append(await _ask_raw(url, buyer.account_id, requests, by_pool=False))
    say(f"{LANES} at a time, pages of 20 of {ORDERS} orders; the middle of {rounds} rounds, the least and the most")
    say(f"connections held, no HTTP        {_spread(held)} a second")
    say(f"asyncpg's pool, no HTTP          {_spread(raw)} a second")
    say(f"asyncpg's pool, over HTTP        {_spread(bare)} a second")
    for name, rates in (("one process", ours), ("two processes", two_of_ours)):
        ratios = ", ".join(f"{_ratio(rates, peers):.2f}" for peers in (held, raw, bare))
        say(f"GET /api/orders, {name:13}   {_spread(rates)} a second: {ratios} of these")


def settings_for(parts: DevStackEndpoints, database_url: str) -> Settings:
    """Return what the API runs with, rate limits that refuse nobody included."""
    return Settings(
        database_url=SecretStr(database_url),
        valkey_url=SecretStr(parts.valkey_url),
        chain_url=parts.chain_url,
        jwt_secret=SecretStr(SECRET),
        rate_limit_factor=NOBODY_IS_REFUSED,
    )


def _ratio(rates: list[float], peers: list[float]) -> float:
    return median(rate / peer for rate, peer in zip(rates, peers, strict=True))


def _spread(rates: list[float]) -> str:
    return f"{median(rates):8,.0f} ({min(rates):,.0f} to {max(rates):,.0f})"


async def party_with_orders(url: str) -> Caller:
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
                payment_method="dot",
                delivery_address="Moi Avenue 12, Nairobi",
                contract_order_id=number,
                status=list(OrderStatus)[number % 5],
                funded_at=utc_now(),
                deadline_at=utc_now(),
            )
            for number in range(1, ORDERS + 1)
        )
    await engine.dispose()
    return Caller(buyer.id, buyer.address, buyer.evm_address)


@asynccontextmanager
async def _api(parts: DevStackEndpoints, database_url: str, *, workers: int) -> AsyncIterator[str]:
    port = free_port()
    settings = {"DESCROW_RATE_LIMIT_FACTOR": str(NOBODY_IS_REFUSED)}
    async with api_process(parts, database_url, SECRET, port=port, settings=settings, workers=workers):
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def _bare(database_url: str, account_id: int) -> AsyncIterator[str]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({**_query(database_url, account_id), "port": port}, file)
        file.flush()
        async with running("bench.http_bare", file.name, answers_at=url):
            yield url


def _query(database_url: str, account_id: int) -> dict[str, object]:
    """The very statement that the route sends."""
    arguments = [account_id, LARGEST_ID, 21]
    return {"url": plain_url(database_url), "sql": PAGE_OF_PARTY, "arguments": arguments, "connections": CONNECTIONS}


async def _ask(api: str, path: str, token: str, requests: int) -> float:
    job = {"url": api, "lanes": LANES, "requests": [("GET", path, "")] * requests, "token": token}
    answer = await _run("bench.sender", job)
    if answer["statuses"] != {"200": requests}:
        sys.exit(f"not all were answered 200: {answer['statuses']}")
    return requests / float(str(answer["took_s"]))


async def _ask_raw(url: str, account_id: int, requests: int, *, by_pool: bool) -> float:
    job = {**_query(url, account_id), "lanes": LANES, "requests": requests, "by_pool": by_pool}
    answer = await _run("bench.http_raw", job)
    return requests / float(str(answer["took_s"]))


async def _run(module: str, job: dict[str, object]) -> dict[str, object]:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(job, file)
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
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    asyncio.run(measure(given.requests, given.rounds, print))
