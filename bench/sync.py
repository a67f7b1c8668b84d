"""Measure how fast the log and the orders catch up with a chain, beside the loop that the specification sketches.

    uv run python -m bench.sync [--orders 2000] [--rounds 3] [--flush-ms 0 1 2 5]

Orders are played on the real chain, from creation to payout (six events each). What the node answered is recorded, so
that RPC time is told apart: every way reads the same answers from memory and writes with every commit on disk.

Beside our follower ("log": each event, proven and kept) and projection ("orders": statuses, trails, feeds, notices):

- "spec", the specification's way (`EventSyncService` there): one block at a time, all of its events read by the chain's
  general codec, a write for each of ours, one for the cursor; SQLAlchemy stands for its Prisma. The same loop in
  TypeScript, with Prisma 6.19, its adapter for PostgreSQL and @polkadot/api 16.5, took 5.0 to 5.3 ms an event on a
  machine where this one took 4.7 to 6.2;
- "bare", the least that such a loop can cost in Python: our own decoder, and each write a bare statement of asyncpg's.

How far apart they are is also a question of what a commit costs: ours makes one for many events, the others one for
each. So it is measured on this machine's disk as it is, and with commits that take so many milliseconds more, as they
do on a disk across a network. How long a commit alone takes then is measured in the same run.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from tests.dev_chain import sign_and_include

from bench.parts import durable_parts, new_database, slow_commits
from descrow.accounts.sign_in import find_or_create_account
from descrow.app.devstack.roles import development_roles
from descrow.app.devstack.stack import DevStackEndpoints
from descrow.app.wiring import payment_methods, wire
from descrow.catalog.models import Category, Product
from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress, Keypair
from descrow.chain.nodes import Nodes
from descrow.chain.runtime import storage_key
from descrow.chain.scale import hex_bytes
from descrow.contract.abi import DecodedEvent, escrow_interface
from descrow.contract.deployment import deploy
from descrow.contract.escrow import EscrowContract
from descrow.contract.indexer import Indexer
from descrow.contract.models import Deployment
from descrow.contract.oracle_caps import OracleCaps
from descrow.contract.terms import Terms
from descrow.kernel.db import async_url, open_engine, plain_url, sessions_of, utc_now
from descrow.kernel.money import NOTHING, KesCents, Planck, wei_from_planck
from descrow.orders import projector
from descrow.orders.models import Order
from descrow.orders.service import reference_of_word, reference_word
from descrow.orders.transitions import STATUS_AFTER_EVENT

PRICE = Planck(10**10)
BATCH = 20
EVENTS_PER_ORDER = 6
COMMITS = 200

SYNC_STATE = "CREATE TABLE sync_state (id int PRIMARY KEY, last_block bigint)"
KEEP_CURSOR = "INSERT INTO sync_state VALUES (1, {}) ON CONFLICT (id) DO UPDATE SET last_block = excluded.last_block"


def question(method: str, params: Sequence[Any]) -> str:
    """Return the key of an answer. There is one runtime: whichever block is read first asks for its metadata."""
    return json.dumps([method, *(params[:2] if method == "state_call" else params)])


class RecordingNodes(Nodes):
    """Remembers every answer of the node, and how long all of them took."""

    def __init__(self, urls: list[str]) -> None:
        super().__init__(urls)
        self.answers: dict[str, Any] = {}
        self.rpc_s = 0.0

    async def call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        began = time.perf_counter()
        answer = await super().call(method, *params, timeout_s=timeout_s)
        self.rpc_s += time.perf_counter() - began
        self.answers[question(method, params)] = answer
        return answer


class RecordedNodes(Nodes):
    """Gives the remembered answers, at no cost."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__(["ws://recorded"])
        self._answers = answers

    async def connected(self) -> Any:
        return None

    async def call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:  # noqa: ARG002  (the base's signature)
        return self._answers[question(method, params)]


def client_over(nodes: Nodes) -> ChainClient:
    client = ChainClient(nodes.url)
    client._nodes = nodes
    return client


@dataclass
class Played:
    """Describe what was done on the chain, and the rows that the orders' creation would have left."""

    deployment: Deployment
    references: list[UUID]
    buyer: Keypair
    seller: Keypair


async def play(chain: ChainClient, sessions: Any, orders: int) -> Played:
    """Create, pay, ship and confirm this many orders, twenty to a block."""
    operator, buyer, seller = (Keypair.from_uri(f"//{name}") for name in ("Operator", "Wanjiru", "Otieno"))
    nothing_by_mpesa = OracleCaps(per_order=KesCents(0), per_day=KesCents(0))
    owner = Keypair.from_uri("//Owner")
    deployment = await deploy(sessions, chain, owner, development_roles(), Terms(), nothing_by_mpesa)
    contract = EscrowContract(chain, EvmAddress(deployment.contract_address))
    references = [uuid4() for _ in range(orders)]
    amount = wei_from_planck(PRICE)
    for begin in range(0, orders, BATCH):
        batch = references[begin : begin + BATCH]
        new = [(buyer.evm_address, seller.evm_address, amount, 1, 0, reference_word(ref), bytes(32)) for ref in batch]
        await contract.send(operator, "create_orders", new)
    for begin in range(1, orders + 1, BATCH):
        ids = range(begin, min(orders, begin + BATCH - 1) + 1)
        await send_batch(contract, buyer, "fund_order_dot", [[i] for i in ids], value=PRICE)
        await send_batch(contract, seller, "mark_shipped", [[i, bytes(32)] for i in ids])
        await send_batch(contract, buyer, "confirm_delivery", [[i] for i in ids])
    return Played(deployment, references, buyer, seller)


async def send_batch(
    contract: EscrowContract, key: Keypair, function: str, calls: list[list[Any]], *, value: Planck = NOTHING
) -> None:
    """The same function for many orders, in one transaction; the first one's limits serve all."""
    chain = contract.chain
    _, run = await contract.dry_run(function, *calls[0], caller=key.public_key, value=value)
    encoded = [
        await chain.encode_contract_call(
            dest=contract.address,
            data=escrow_interface().encode_call(function, *arguments),
            limits=run.limits(),
            value=value,
        )
        for arguments in calls
    ]
    block, outcome = await sign_and_include(chain, await chain.encode_batch(encoded), key)
    failed = [error for error in map(outcome.error_of_item, range(len(calls))) if error]
    if failed:
        raise RuntimeError(f"{function} in block {block.number}: {failed[0]}")


async def with_rows(url: str, played: Played) -> AsyncEngine:
    """A database in which these orders were made and wait for the chain."""
    engine = open_engine(url, pool_size=5)
    deployment = played.deployment
    async with sessions_of(engine).begin() as session:
        named = ("genesis_hash", "contract_address", "block_number", "terms_id", "fee_bps", "arbiter_address")
        session.add(Deployment(**{name: getattr(deployment, name) for name in named}))
        buyer, seller = [await find_or_create_account(session, key.public_key) for key in (played.buyer, played.seller)]
        product = Product(
            seller_id=seller.id, title="Basket", description="", category=Category.HOME, price_planck=PRICE, stock=0
        )
        session.add(product)
        await session.flush()
        session.add_all(
            Order(
                reference=reference,
                product_id=product.id,
                buyer_id=buyer.id,
                seller_id=seller.id,
                amount_planck=PRICE,
                fee_bps=deployment.fee_bps,
                terms_id=deployment.terms_id,
                payment_method="dot",
                delivery_address="Moi Avenue",
            )
            for reference in played.references
        )
    return engine


async def our_way(url: str, played: Played, answers: dict[str, Any]) -> tuple[float, float]:
    """Seconds until all is in the log, and until all orders, trails and feeds say so."""
    engine = await with_rows(url, played)
    sessions = sessions_of(engine)
    began = time.perf_counter()
    await Indexer(sessions, client_over(RecordedNodes(answers)), played.deployment).catch_up()
    logged_s = time.perf_counter() - began
    await projector.apply_pending(sessions)
    applied_s = time.perf_counter() - began
    async with sessions() as session:
        delivered = await session.scalar(text("SELECT count(*) FROM orders WHERE status = 'delivered'"))
    await engine.dispose()
    if delivered != len(played.references):
        raise RuntimeError(f"only {delivered} orders are delivered")
    return logged_s, applied_s


@dataclass(frozen=True)
class Write:
    """Describe what the specification's handler of an event changes of an order, which it finds by this column."""

    column: str
    key: UUID | int
    values: dict[str, object]


def write_for(event: DecodedEvent) -> Write | None:
    """None for an event that is of no order."""
    if "order_id" not in event.arguments:
        return None
    order_id = int(str(event.arguments["order_id"]))
    if event.name == "OrderCreated":
        reference = reference_of_word(cast(bytes, event.arguments["reference"]))
        return Write("reference", reference, {"contract_order_id": order_id})
    if event.name in STATUS_AFTER_EVENT:
        return Write("contract_order_id", order_id, {"status": STATUS_AFTER_EVENT[event.name], "funded_at": utc_now()})
    return Write("contract_order_id", order_id, {"ended_at": utc_now()})  # a handler for payouts writes something too


async def the_specifications_way(url: str, played: Played, answers: dict[str, Any]) -> float:
    """Seconds until the orders' statuses and the cursor are written, one write after the other."""
    await (await with_rows(url, played)).dispose()
    engine = create_async_engine(async_url(url))
    nodes = RecordedNodes(answers)
    client = client_over(nodes)
    first, newest = played.deployment.block_number, (await client.final_head()).number
    runtime = await client._runtime((await client.block(first)).parent_hash)
    sessions = sessions_of(engine)
    async with sessions.begin() as session:
        await session.execute(text(SYNC_STATE))
    began = time.perf_counter()
    for number in range(first, newest + 1):
        block_hash = await nodes.call("chain_getBlockHash", number)
        encoded = hex_bytes(await nodes.call("state_getStorage", storage_key("System", "Events"), block_hash))
        for record in runtime.decode_storage("System", "Events", encoded):
            event = record["event"]
            if (event["module_id"], event["event_id"]) != ("Revive", "ContractEmitted"):
                continue
            said = event["attributes"]
            if said["contract"] != played.deployment.contract_address:
                continue
            topics = [hex_bytes(topic) for topic in said["topics"]]
            write = write_for(escrow_interface().decode_event(topics, hex_bytes(said["data"])))
            if write is None:
                continue
            async with sessions.begin() as session:
                found = getattr(Order, write.column) == write.key
                (await session.scalars(update(Order).where(found).values(write.values).returning(Order))).one()
        async with sessions.begin() as session:
            await session.execute(text(KEEP_CURSOR.format(":number")), {"number": number})
    took_s = time.perf_counter() - began
    await engine.dispose()
    return took_s


async def the_bare_way(url: str, played: Played, answers: dict[str, Any]) -> float:
    """The same with our decoder, and with nothing between the loop and PostgreSQL but asyncpg."""
    await (await with_rows(url, played)).dispose()
    client = client_over(RecordedNodes(answers))
    connection = await asyncpg.connect(plain_url(url))
    await connection.execute(SYNC_STATE)
    newest = (await client.final_head()).number
    began = time.perf_counter()
    for number in range(played.deployment.block_number, newest + 1):
        for event in (await client.block(number)).events:
            if not event.is_contract_event_of(played.deployment.contract_address):
                continue
            write = write_for(escrow_interface().decode_event(*event.contract_log()))
            if write is not None:
                values = ", ".join(f"{name} = ${place}" for place, name in enumerate(write.values, 2))
                statement = f"UPDATE orders SET {values} WHERE {write.column} = $1"  # noqa: S608  (our own names)
                await connection.execute(statement, write.key, *write.values.values())
        await connection.execute(KEEP_CURSOR.format("$1"), number)
    took_s = time.perf_counter() - began
    await connection.close()
    return took_s


async def commit_ms(url: str) -> float:
    """Return what one small commit takes in this database."""
    connection = await asyncpg.connect(plain_url(url))
    await connection.execute("CREATE TABLE alone (n int)")
    began = time.perf_counter()
    for number in range(COMMITS):
        await connection.execute("INSERT INTO alone VALUES ($1)", number)
    took_s = time.perf_counter() - began
    await connection.close()
    return 1000 * took_s / COMMITS


async def record(parts: DevStackEndpoints, played: Played) -> dict[str, Any]:
    """Return what the node answers to either way."""
    recording = RecordingNodes([parts.chain_url])
    engine = await with_rows(await new_database(parts), played)
    client = client_over(recording)
    await Indexer(sessions_of(engine), client, played.deployment).catch_up()
    for number in range(played.deployment.block_number, (await client.final_head()).number + 1):
        await client.block_hash(number)
    await engine.dispose()
    await client.close()
    return recording.answers


async def measure(orders: int, rounds: int, flush_ms: list[float], say: Callable[[str], None]) -> None:
    wire(payment_methods(None))
    async with durable_parts() as parts:
        chain = ChainClient(parts.chain_url)
        engine = open_engine(await new_database(parts), pool_size=5)
        played = await play(chain, sessions_of(engine), orders)
        await engine.dispose()
        await chain.close()
        answers = await record(parts, played)

        async def database(extra_ms: float) -> str:
            url = await new_database(parts)
            await slow_commits(parts, url, extra_ms)
            return url

        # What the node says of its runtime is half a megabyte, which a process reads once: before the clock.
        await client_over(RecordedNodes(answers)).block(played.deployment.block_number)
        events = orders * EVENTS_PER_ORDER
        say(f"{orders} orders, {events} events; {len(answers)} RPC answers recorded. Events a second, and ratios:")
        say("  a commit      log  +orders     spec     bare   log/spec  +orders/spec  log/bare")
        for extra_ms in flush_ms:
            for _ in range(rounds):
                alone_ms = await commit_ms(await database(extra_ms))
                logged_s, applied_s = await our_way(await database(extra_ms), played, answers)
                spec_s = await the_specifications_way(await database(extra_ms), played, answers)
                bare_s = await the_bare_way(await database(extra_ms), played, answers)
                rates = " ".join(f"{events / took_s:>8,.0f}" for took_s in (logged_s, applied_s, spec_s, bare_s))
                say(
                    f"{alone_ms:>7.2f} ms {rates}"
                    f"   {spec_s / logged_s:>8.1f}  {spec_s / applied_s:>12.1f}  {bare_s / logged_s:>8.1f}"
                )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--orders", type=int, default=2_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--flush-ms", type=float, nargs="+", default=[0, 1, 2, 5])
    given = arguments.parse_args()
    asyncio.run(measure(given.orders, given.rounds, given.flush_ms, print))
