"""From a block to a browser: how long until a client hears over Socket.IO what a block has done to its order.

    uv run python -m bench.latency [--orders 60] [--rounds 3] [--write]

`--write` makes the result the committed one, bench/latency.json, with the load that the machine had before: the numbers
mean something on an idle one, the ratio to the raw limit elsewhere too.

The real worker and the real API, on a chain that makes a block for each transaction and calls it final at once: the
longest way there is, through log, projection and feed. Time runs from the moment that the node began to make the block,
by the block's own timestamp. Each stage is the first look at something that the one after it needs; nothing is changed
for it but that the clock is read.

The raw limit goes the same way with nothing in it: a subscription, the same two questions to the node, one commit with
a notice, a websocket. Worker, API and client share one event loop here, as raw limit and client do.
"""

import argparse
import asyncio
import functools
import inspect
import json
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

import asyncpg
import socketio
from pydantic import SecretStr
from tests.market import order_request
from tests.servers import free_port
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from bench.parts import durable_parts, new_database
from descrow.app.api import build_app
from descrow.app.context import AppContext
from descrow.app.demo.shop_client import ShopClient
from descrow.app.devstack.roles import development_roles
from descrow.app.devstack.stack import DevStackEndpoints
from descrow.app.server import listen_at, serving
from descrow.app.settings import Settings
from descrow.app.worker import run_worker
from descrow.chain.client import ChainClient
from descrow.chain.contract_runs import Limits
from descrow.chain.headers import read_header
from descrow.chain.keys import EvmAddress, Keypair
from descrow.chain.rpc import RpcConnection
from descrow.chain.runtime import SignedExtrinsic, storage_key
from descrow.contract.abi import escrow_interface
from descrow.contract.deployment import deploy
from descrow.contract.escrow import EscrowContract
from descrow.contract.indexer import Indexer
from descrow.contract.terms import Terms
from descrow.feed.announcements import Announcements
from descrow.kernel.db import plain_url
from descrow.kernel.http.server import LOOPBACK
from descrow.kernel.logs import configure_logs
from descrow.kernel.money import NOTHING, Planck
from descrow.orders import projector

PRICE = Planck(10**10)
UNPAID_AT_ONCE = 20
"""As many as one buyer may have."""

TRANSITIONS = (("buyer", "fund_order_dot"), ("seller", "mark_shipped"), ("buyer", "confirm_delivery"))
STAGES = ("head heard", "block fetched", "log written", "committed", "notified", "emitted", "received")
RAW_STAGES = ("head heard", "block fetched", "committed", "notified", "received")
COMMITTED = Path(__file__).with_name("latency.json")
REST_S = 0.1
"""Between two blocks: what the one before has woken is asleep again."""


@dataclass
class Clock:
    """Describe when each stage was passed, again and again; times in seconds of the day's clock, as blocks have it."""

    passed: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def stamp(self, stage: str) -> None:
        self.passed[stage].append(time.time())

    def way(self, stages: tuple[str, ...], *, end: float) -> dict[str, float]:
        """The newest pass of each stage that led to the end.

        A stage counts as passed by the time that the next one is: a notice may be out before PostgreSQL has told the
        writer of its commit.
        """
        found: dict[str, float] = {}
        for stage in reversed(stages):
            end = found[stage] = max((moment for moment in self.passed[stage] if moment <= end), default=end)
        return found


@contextmanager
def clocked(clock: Clock, owner: Any, name: str, stage: str, *, before: bool = False) -> Iterator[None]:
    """Read the clock whenever this function is called, or has returned."""
    original = getattr(owner, name)

    @functools.wraps(original)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        if before:
            clock.stamp(stage)
        answer = await original(*args, **kwargs)
        if not before:
            clock.stamp(stage)
        return answer

    @functools.wraps(original)
    def called(*args: Any, **kwargs: Any) -> Any:
        clock.stamp(stage)
        return original(*args, **kwargs)

    setattr(owner, name, awaited if inspect.iscoroutinefunction(original) else called)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextmanager
def clocked_marketplace(clock: Clock) -> Iterator[None]:
    with ExitStack() as stack:
        for owner, name, stage, before in (
            (Indexer, "advance", "head heard", True),
            (ChainClient, "block_by_hash", "block fetched", False),
            (Indexer, "_write_final", "log written", False),
            (projector, "_apply_orders", "committed", False),
            (Announcements, "_announced", "notified", True),
            (socketio.AsyncServer, "emit", "emitted", True),
            (ShopClient, "_receive", "received", True),
        ):
            stack.enter_context(clocked(clock, owner, name, stage, before=before))
        yield


Sample = dict[str, float]
"""Seconds from the block's own time to each stage."""


@dataclass
class Marketplace:
    """Describe what is measured, and people who move orders in it."""

    clock: Clock
    chain: ChainClient
    contract: EscrowContract
    buyer: ShopClient
    seller: ShopClient
    _limits: dict[str, Limits] = field(default_factory=dict)

    async def new_orders(self, count: int) -> list[int]:
        """Orders that nobody has paid; their numbers on the contract."""
        product = await self.seller.post(
            "/api/v1/products", {"title": "Basket", "pricePlanck": str(PRICE), "stock": count}
        )
        wanted = order_request(product["id"])
        made = [(await self.buyer.post("/api/v1/orders", wanted))["order"]["id"] for _ in range(count)]
        numbers: list[int] = []
        for order_id in made:
            while (number := (await self.buyer.get(f"/api/v1/orders/{order_id}"))["contractOrderId"]) is None:
                await asyncio.sleep(0.05)
            numbers.append(int(number))
        return numbers

    async def measure(self, orders: int) -> list[Sample]:
        """Move this many orders to their ends, a step at a time, each when the one before has been heard of."""
        samples = []
        for begin in range(0, orders, UNPAID_AT_ONCE):
            for number in await self.new_orders(min(UNPAID_AT_ONCE, orders - begin)):
                for who, function in TRANSITIONS:
                    samples.append(
                        await self._measure_transition(self.buyer if who == "buyer" else self.seller, function, number)
                    )
        return samples

    async def _measure_transition(self, who: ShopClient, function: str, number: int) -> Sample:
        signed = await self._signed(who, function, number)
        await asyncio.sleep(REST_S)
        self.clock.passed.clear()
        before = len(self.buyer.received)
        await self.chain.submit(signed.extrinsic)
        while "orderUpdate" not in (names := [events["event"] for events in self.buyer.received[before:]]):
            await self.buyer.wait_for_events()
        place = names.index("orderUpdate")  # before it the client may have heard that the step is coming
        stages = self.clock.way(STAGES, end=self.clock.passed["received"][place])
        block = await self.chain.block(self.buyer.received[before + place]["blockNumber"])
        return since(block.produced_at.timestamp(), stages)

    async def _signed(self, who: ShopClient, function: str, number: int) -> SignedExtrinsic:
        """A party's next step, ready to be sent; a dry run of the first of its kind serves all."""
        arguments: list[Any] = [number, bytes(32)] if function == "mark_shipped" else [number]
        value = PRICE if function == "fund_order_dot" else NOTHING
        if function not in self._limits:
            _, run = await self.contract.dry_run(function, *arguments, caller=who.key.public_key, value=value)
            self._limits[function] = run.limits()
        call = await self.chain.encode_contract_call(
            dest=self.contract.address,
            data=escrow_interface().encode_call(function, *arguments),
            limits=self._limits[function],
            value=value,
        )
        return await self.chain.sign(call, who.key)


@asynccontextmanager
async def a_marketplace(parts: DevStackEndpoints, clock: Clock) -> AsyncIterator[Marketplace]:
    """Worker and API as they are, the API behind its real server, a buyer's browser connected to it."""
    port = free_port()
    url = f"http://{LOOPBACK}:{port}"
    settings = Settings(
        database_url=SecretStr(await new_database(parts)),
        valkey_url=SecretStr(parts.valkey_url),
        chain_url=parts.chain_url,
        jwt_secret=SecretStr("a secret for measurements, of 32 bytes"),
        operator_key=SecretStr("//Operator"),
        public_url=url,
        rate_limit_factor=0,
        operator_planck_per_day=None,
        unpaid_orders_of_newcomer=UNPAID_AT_ONCE,
    )
    chain = ChainClient(parts.chain_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(chain.close)
        works_with = AppContext.open(settings)
        stack.push_async_callback(works_with.close)
        deployment = await deploy(
            works_with.sessions,
            chain,
            Keypair.from_uri("//Owner"),
            development_roles(),
            Terms(),
            settings.oracle_caps,
        )
        await stack.enter_async_context(serving(build_app(settings), listen_at("127.0.0.1", port)))
        working = asyncio.create_task(run_worker(works_with))
        stack.push_async_callback(ended, working)
        buyer, seller = (ShopClient(url, Keypair.from_uri(f"//{name}"), chain) for name in ("Wanjiru", "Otieno"))
        for person in (buyer, seller):
            stack.push_async_callback(person.close)
            await person.sign_in()
        await stack.enter_async_context(buyer.listening())
        contract = EscrowContract(chain, EvmAddress(deployment.contract_address))
        yield Marketplace(clock, chain, contract, buyer, seller)


async def ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def raw_limit(parts: DevStackEndpoints, url: str, count: int) -> list[Sample]:
    """The same way with nothing in it, for empty blocks."""
    clock, chain = Clock(), ChainClient(parts.chain_url)
    follows, makes = await RpcConnection.open(parts.chain_url), await RpcConnection.open(parts.chain_url)
    writes, receives = await asyncpg.connect(plain_url(url)), await asyncpg.connect(plain_url(url))
    await writes.execute("CREATE TABLE IF NOT EXISTS raw_blocks (hash text)")
    browsers: set[ServerConnection] = set()
    sending: set[asyncio.Task[None]] = set()

    async def take_in(browser: ServerConnection) -> None:
        browsers.add(browser)
        await browser.wait_closed()

    def pass_on(_connection: Any, _pid: int, _channel: str, block_hash: object) -> None:
        clock.stamp("notified")
        sending.update(asyncio.create_task(browser.send(str(block_hash))) for browser in browsers)

    async def follow(heads: AsyncIterator[Any]) -> None:
        async for head in heads:
            clock.stamp("head heard")
            block_hash = read_header(head).hash
            await asyncio.gather(
                follows.call("chain_getBlock", block_hash),
                follows.call("state_getStorage", storage_key("System", "Events"), block_hash),
            )
            clock.stamp("block fetched")
            async with writes.transaction():
                await writes.execute("INSERT INTO raw_blocks VALUES ($1)", block_hash)
                await writes.execute("SELECT pg_notify('raw_blocks', $1)", block_hash)
            clock.stamp("committed")

    samples = []
    await receives.add_listener("raw_blocks", pass_on)
    async with (
        serve(take_in, LOOPBACK, 0) as server,
        connect(f"ws://{LOOPBACK}:{server.sockets[0].getsockname()[1]}") as browser,
        follows.subscribe("chain_subscribeNewHeads", unsubscribe="chain_unsubscribeNewHeads") as heads,
    ):
        following = asyncio.create_task(follow(heads))
        for _ in range(count):
            await asyncio.sleep(REST_S)
            clock.passed.clear()
            made = await makes.call("dev_newBlock")
            while await browser.recv() != made:
                pass
            clock.stamp("received")
            stages = clock.way(RAW_STAGES, end=clock.passed["received"][-1])
            block = await chain.block_by_hash(made)
            samples.append(since(block.produced_at.timestamp(), stages))
        await ended(following)
    for connection in (follows, makes, chain, writes, receives):
        await connection.close()
    return samples


def since(begin: float, stages: dict[str, float]) -> Sample:
    return {stage: moment - begin for stage, moment in stages.items()}


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 95th, in milliseconds."""
    cut = quantiles(values, n=20, method="inclusive")
    return cut[9] * 1000, cut[18] * 1000


Table = dict[str, dict[str, float]]


def tabled(stages: Sequence[str], samples: list[Sample]) -> Table:
    """Each stage in milliseconds: since the block, and since the stage before."""
    rows: Table = {}
    before = [0.0] * len(samples)
    for stage in stages:
        since_block = [sample[stage] for sample in samples]
        alone = [now - then for now, then in zip(since_block, before, strict=True)]
        (at_p50, at_p95), (took_p50, took_p95) = percentiles(since_block), percentiles(alone)
        rows[stage] = {"p50": at_p50, "p95": at_p95, "alone p50": took_p50, "alone p95": took_p95}
        before = since_block
    return rows


def report(title: str, table: Table, say: Callable[[str], None]) -> None:
    say(f"{title}: ms since the block (p50, p95), and since the stage before (p50, p95)")
    for stage, row in table.items():
        say(f"{stage:>16} " + " ".join(f"{value:>8.1f}" for value in row.values()))


async def measure(orders: int, rounds: int, say: Callable[[str], None]) -> dict[str, Table]:
    clock = Clock()
    async with durable_parts() as parts:
        ours: list[Sample] = []
        raw: list[Sample] = []
        url = await new_database(parts)
        with clocked_marketplace(clock):
            async with a_marketplace(parts, clock) as marketplace:
                for number in range(1, rounds + 1):
                    newest = await marketplace.measure(orders)
                    limit = await raw_limit(parts, url, len(newest))
                    ours, raw = ours + newest, raw + limit
                    (p50, p95), (raw_p50, raw_p95) = (
                        percentiles([sample["received"] for sample in side]) for side in (newest, limit)
                    )
                    say(
                        f"round {number}: {p50:.1f} ms, p95 {p95:.1f} ms; "
                        f"raw limit {raw_p50:.1f} ms, p95 {raw_p95:.1f} ms; "
                        f"ratio {p50 / raw_p50:.1f}, p95 {p95 / raw_p95:.1f}"
                    )
    tables = {"ours": tabled(STAGES, ours), "raw limit": tabled(RAW_STAGES, raw)}
    for title, table in tables.items():
        report(f"{title}, {len(ours)} blocks", table, say)
    return tables


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--orders", type=int, default=60, help="three blocks each")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--write", action="store_true", help="keep the result")
    given = arguments.parse_args()
    configure_logs(log_format="text", level="CRITICAL", process="bench")
    machine = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    print(f"{machine['cores']} cores, load {machine['load']} before the first round")
    measured = asyncio.run(measure(given.orders, given.rounds, print))
    if given.write:
        rounded = {
            title: {stage: {name: round(value, 1) for name, value in row.items()} for stage, row in table.items()}
            for title, table in measured.items()
        }
        COMMITTED.write_text(json.dumps({"machine": machine, **rounded}, indent=1) + "\n")
