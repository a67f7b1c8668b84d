"""One node, as the rest of Descrow sees it: heads, blocks with their events, dry runs, signing, submission."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from descrow.chain.blocks import Block, ExtrinsicOutcome, moment_in
from descrow.chain.errors import BadAnswer, CallNotPossible, ChainUnreachable, NotIncluded, RpcRefused, WrongChain
from descrow.chain.headers import Head, hash_of, read_hash, read_header
from descrow.chain.keys import EvmAddress, Signer, address_of
from descrow.chain.nodes import Nodes
from descrow.chain.rpc import RpcConnection
from descrow.chain.runtime import (
    METADATA_VERSION,
    Era,
    Runtime,
    SignedExtrinsic,
    SigningRequest,
    account_storage_key,
    extrinsic_hash,
    load_runtime,
    storage_key,
)
from descrow.chain.scale import decode_compact, hex_bytes
from descrow.chain.trie import is_root_of
from descrow.kernel.money import NOTHING, Planck, Wei

POLL_S = 12
"""How long to wait for a head before asking for it: a subscription can fall silent without an error."""

METADATA_TIMEOUT_S = 30.0
"""A runtime describes itself anew for each that asks, in half a megabyte: slower than anything else, by nature."""

_REVERTED = 1
_NONCE_BYTES = 4
_BEFORE_THE_CHAIN = datetime.fromtimestamp(0, UTC)
"""The genesis block's time, which says none."""


@dataclass(frozen=True)
class Limits:
    """What a contract call may use."""

    ref_time: int
    proof_size: int
    storage_deposit: Planck


@dataclass(frozen=True)
class ContractRun:
    """What a call or a deployment would do on the newest block. `output` is the result, or the revert's data."""

    reverted: bool
    output: bytes
    ref_time: int
    proof_size: int
    storage_deposit: Planck

    def limits(self) -> Limits:
        """Twice the weight and a fifth more deposit than was needed; what is not used is not paid for.

        The state may change a little before the call runs. And a dry run says what a call used up, not what it must
        have had left: a contract that gives a part of its gas to another one, and then asks whether that was enough,
        wants up to 60 % more (the escrow does, when a payee takes no coin).
        """
        return Limits(
            ref_time=self.ref_time * 2,
            proof_size=self.proof_size * 2,
            storage_deposit=Planck(self.storage_deposit * 12 // 10),
        )


@dataclass(frozen=True)
class Heads:
    """The newest block of the chain as it stands, and the newest one that cannot be undone."""

    best: Head
    final: Head


class ChainClient:
    """Connects at its first use, and again after a lost connection. Methods raise ChainUnreachable.

    Given several nodes of one chain, it leaves one that fails, answers nonsense or is too slow for the next; that is
    then BadAnswer or ChainUnreachable, and asking again asks the next.
    """

    def __init__(self, *urls: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._nodes = Nodes(list(urls), clock)
        self._runtimes: dict[int, Runtime] = {}
        self._runtimes_by: RpcConnection | None = None
        self._loading = asyncio.Lock()

    @property
    def url(self) -> str:
        """The node in use."""
        return self._nodes.url

    async def close(self) -> None:
        await self._nodes.close()

    # --- nodes ---

    async def genesis_hash(self) -> str:
        """Which chain this is."""
        return await self._nodes.genesis_hash()

    async def is_development(self) -> bool:
        """Whether the chain says that it is for development, or for tests on one machine: its keys are no secret."""
        async with self.reading("the kind of chain"):
            return await self._call("system_chainType") in ("Development", "Local")

    async def expect(self, genesis_hash: str) -> None:
        """From now on use nodes of this chain only. Raises WrongChain when there is none."""
        await self._nodes.expect(genesis_hash)

    async def try_another_node(self, error: ChainUnreachable) -> None:
        """Leave the node in use for this reason, where there is another."""
        if self._nodes.are_several:
            await self._nodes.leave(await self._nodes.connected(), error)

    async def leave_if_behind(self, final_number: int) -> None:
        """Leave the node in use, whose newest final block this is, if another has one above. Then ChainUnreachable."""
        connection = await self._nodes.connected()
        highest = max(await self._nodes.ask_others(_final_number), default=0)
        if highest > final_number:
            error = ChainUnreachable(f"its final block is {final_number}, another node's is {highest}")
            await self._nodes.leave(connection, error)
            raise error

    async def leave_if_another_has(self, number: int, block_hash: str) -> None:
        """Leave the node in use, which has not this block at this height, if another one has it. Then BadAnswer."""
        async with self.reading(f"block {number}"):
            if block_hash in await self._nodes.ask_others(lambda node: node.call("chain_getBlockHash", number)):
                raise ValueError(f"it is not {block_hash}, which another node has")

    @asynccontextmanager
    async def reading(self, what: str) -> AsyncIterator[None]:
        """Whatever breaks while answers are read and compared, the node is to blame: BadAnswer, and on to another one.

        A refusal is a broken answer too: what is read here, every good node can tell.
        """
        connection = self._nodes.connection
        try:
            yield
        except (CallNotPossible, ChainUnreachable, WrongChain):
            raise
        except Exception as error:  # the codec has no common base for what it raises
            broken = BadAnswer(f"{what}: {error if isinstance(error, (RpcRefused, ValueError)) else repr(error)}")
            await self._nodes.leave(connection or self._nodes.connection, broken)
            raise broken from error

    # --- heads and blocks ---

    async def finalized_number(self) -> int:
        """Number of the newest final block."""
        return (await self.final_head()).number

    async def final_head(self) -> Head:
        async with self.reading("the final head"):
            return await self.head(read_hash(await self._call("chain_getFinalizedHead")))

    async def best_head(self) -> Head:
        async with self.reading("the best head"):
            return read_header(await self._call("chain_getHeader"))

    async def head(self, block_hash: str) -> Head:
        """The head of this block, which is checked."""
        async with self.reading(f"header {block_hash}"):
            head = read_header(await self._call("chain_getHeader", block_hash))
            if head.hash != block_hash:
                raise ValueError(f"it is that of {head.hash}")
            return head

    @asynccontextmanager
    async def heads(self) -> AsyncIterator[AsyncIterator[Heads]]:
        """The heads as they move, the present ones first. Who is slow misses some, never the newest.

        A subscription can fall silent without an error, so after a while the node is asked; and when it then has
        nothing new, so are the others.
        """
        connection = await self._nodes.connected()
        moved = asyncio.Event()
        newest: dict[str, Head] = {}
        async with AsyncExitStack() as stack:
            try:
                best = await stack.enter_async_context(
                    connection.subscribe("chain_subscribeNewHeads", unsubscribe="chain_unsubscribeNewHeads")
                )
                final = await stack.enter_async_context(
                    connection.subscribe("chain_subscribeFinalizedHeads", unsubscribe="chain_unsubscribeFinalizedHeads")
                )
            except (ChainUnreachable, RpcRefused) as error:
                await self._given_up(connection, error)
            watches = [
                asyncio.create_task(_watch(name, heads, newest, moved))
                for name, heads in (("best", best), ("final", final))
            ]

            async def pairs() -> AsyncIterator[Heads]:
                told: Heads | None = None
                while True:
                    has_moved = moved.is_set()
                    moved.clear()  # before looking: what moves while we ask is told next time
                    if has_moved and len(newest) == 2:
                        told = Heads(newest["best"], newest["final"])
                    else:
                        before, told = told, Heads(await self.best_head(), await self.final_head())
                        if told == before:
                            await self.leave_if_behind(told.final.number)
                    yield told
                    still = asyncio.ensure_future(moved.wait())
                    try:
                        await asyncio.wait([*watches, still], timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        still.cancel()
                    for watch in watches:
                        if watch.done():
                            await self._given_up(connection, watch.exception())

            try:
                yield pairs()
            finally:
                for watch in watches:
                    watch.cancel()
                await asyncio.gather(*watches, return_exceptions=True)

    async def block_hash(self, number: int) -> str | None:
        """The hash at this height of the chain as it stands; None above its head."""
        async with self.reading(f"the hash of block {number}"):
            told = await self._call("chain_getBlockHash", number)
            return None if told is None else read_hash(told)

    async def block(self, number: int) -> Block:
        """The block at this height of the chain as it stands. Raises ChainUnreachable if the node has none."""
        block_hash = await self.block_hash(number)
        if block_hash is None:
            raise ChainUnreachable(f"the node has no block {number} yet")
        async with self.reading(f"block {number}"):
            block = await self.block_by_hash(block_hash)
            if block.number != number:
                raise ValueError(f"it says that it is block {block.number}")
            return block

    async def block_by_hash(self, block_hash: str) -> Block:
        """The block of this hash. Its place, its extrinsics and its time are proven by it.

        Its events are believed if there is one outcome for each extrinsic: for more, let another node confirm
        `events_hash` and `metadata_hash`. Raises BadAnswer if the node does not have the block, or not whole.
        """
        async with self.reading(f"block {block_hash}"):
            (head, extrinsics, runtime), told_events = await asyncio.gather(
                self._body_and_runtime(block_hash),
                self._call("state_getStorage", storage_key("System", "Events"), block_hash),
            )
            produced_at = moment_in(extrinsics, runtime.timestamp_set)
            if produced_at is None and head.number > 0:
                raise ValueError("it does not say when it was made")
            events = None if told_events is None else hex_bytes(told_events)
            block = Block(
                number=head.number,
                hash=head.hash,
                parent_hash=head.parent_hash,
                produced_at=produced_at or _BEFORE_THE_CHAIN,
                extrinsic_hashes=[extrinsic_hash(extrinsic) for extrinsic in extrinsics],
                events=[] if events is None else runtime.decode_events(events),
                events_hash=None if events is None else hash_of(events),
                metadata_hash=runtime.metadata_hash,
            )
            if missing := block.missing_outcome():
                raise ValueError(missing)
            return block

    async def extrinsic_hashes(self, block_hash: str) -> list[str]:
        """Which extrinsics the block of this hash holds, proven by it: cheaper than the block with its events."""
        async with self.reading(f"the extrinsics of block {block_hash}"):
            _, extrinsics = await self._body(block_hash)
            return [extrinsic_hash(extrinsic) for extrinsic in extrinsics]

    async def events_hash(self, block_hash: str) -> str | None:
        """What this node says that the hash of a block's events is: a few bytes, to confirm what another one told."""
        async with self.reading(f"the hash of the events of {block_hash}"):
            told = await self._call("state_getStorageHash", storage_key("System", "Events"), block_hash)
            return None if told is None else read_hash(told)

    async def metadata_hash(self, block: Block) -> str:
        """What this node says that the hash of the metadata is, by which the block is to be read."""
        return (await self._runtime_that_made(block)).metadata_hash

    # --- accounts ---

    async def free_balance(self, account_id: bytes) -> Planck:
        """What the account may spend, holds apart, in the newest block."""
        async with self.reading("a balance"):
            encoded = await self._call("state_getStorage", account_storage_key(account_id))
            if encoded is None:
                return Planck(0)
            account = (await self._runtime()).decode_storage("System", "Account", hex_bytes(encoded))
            return Planck(int(account["data"]["free"]))

    async def next_nonce(self, account_id: bytes) -> int:
        """How many transactions of this account the newest block counts."""
        async with self.reading("a nonce"):
            encoded = hex_bytes(
                await self._call("state_call", "AccountNonceApi_account_nonce", "0x" + account_id.hex())
            )
            if len(encoded) != _NONCE_BYTES:
                raise ValueError(f"it has {len(encoded)} bytes")
            return int.from_bytes(encoded, "little")

    # --- contracts ---

    async def dry_run_call(
        self, *, caller: bytes, dest: EvmAddress, value: Planck, data: bytes, at: str | None = None
    ) -> ContractRun:
        """What `Revive.call` would do in the newest block, or in `at`. Raises CallNotPossible when it would not run."""
        arguments = address_of(caller), dest, value, None, None, "0x" + data.hex()
        return await self._run("ReviveApi_call", *arguments, at=at)

    async def contract_balance(self, address: EvmAddress, *, at: str | None = None) -> Wei:
        """What the contract could pay out in the newest block, or in `at`: all but the existential deposit."""
        async with self.reading("a contract's balance"):
            return Wei(int(await self._call_api("ReviveApi_balance", address, at=at)))

    async def dry_run_deployment(self, *, caller: bytes, code: bytes) -> ContractRun:
        """What `Revive.instantiate_with_code` would do. Raises CallNotPossible when it would not even run.

        `code` is EVM bytecode with the constructor's arguments behind it: the pallet takes no other data with it.
        """
        return await self._run(
            "ReviveApi_instantiate",
            address_of(caller),
            0,
            None,
            None,
            {"Upload": "0x" + code.hex()},
            "0x",
            None,
            returned="result",
        )

    async def encode_contract_call(
        self, *, dest: EvmAddress, data: bytes, limits: Limits, value: Planck = NOTHING
    ) -> bytes:
        runtime = await self._runtime()
        return runtime.encode_call(
            "Revive",
            "call",
            {
                "dest": dest,
                "value": value,
                "weight_limit": {"ref_time": limits.ref_time, "proof_size": limits.proof_size},
                "storage_deposit_limit": limits.storage_deposit,
                "data": "0x" + data.hex(),
            },
        )

    async def encode_deployment(self, *, code: bytes, limits: Limits) -> bytes:
        runtime = await self._runtime()
        return runtime.encode_call(
            "Revive",
            "instantiate_with_code",
            {
                "value": 0,
                "weight_limit": {"ref_time": limits.ref_time, "proof_size": limits.proof_size},
                "storage_deposit_limit": limits.storage_deposit,
                "code": "0x" + code.hex(),
                "data": "0x",
                "salt": None,
            },
        )

    async def encode_batch(self, calls: list[bytes]) -> bytes:
        """Several calls as one, each with an outcome of its own."""
        return (await self._runtime()).encode_batch(calls)

    # --- transactions ---

    async def sign(
        self, call: bytes, signer: Signer, *, nonce: int | None = None, tip: Planck = NOTHING, era: Era | None = None
    ) -> SignedExtrinsic:
        """Sign with the account's next nonce, or the one given, valid for an era from the newest final block on."""
        runtime = await self._runtime()
        if era is None:
            birth = await self.final_head()
            era = Era(birth.number, birth.hash)
        if nonce is None:
            nonce = await self.next_nonce(signer.public_key)
        return await runtime.sign(call, signer, nonce=nonce, era=era, tip=tip)

    async def call_in(self, extrinsic: bytes, *, birth_hash: str) -> bytes | None:
        """The call of an extrinsic that we signed; None when the runtime has changed since its era began.

        Then the bytes can never be valid again, and the same call might mean something else.
        """
        then, now = await asyncio.gather(self._runtime(birth_hash), self._runtime())
        return now.call_in(extrinsic) if then.spec_version == now.spec_version else None

    async def estimate_fee(self, extrinsic: bytes) -> Planck:
        """What a signed extrinsic costs at most if the newest block were to take it, without a tip and deposits."""
        method = "TransactionPaymentApi_query_info"
        arguments = extrinsic + len(extrinsic).to_bytes(4, "little")
        async with self.reading("a fee"):
            answer = hex_bytes(await self._call("state_call", method, "0x" + arguments.hex()))
            return Planck(int((await self._runtime()).decode_api_result(method, answer)["partial_fee"]))

    async def read_payload(self, payload: bytes, public_key: bytes) -> SigningRequest:
        """What signing this would make the account do. Raises ValueError for anything but calls of contracts here."""
        return (await self._runtime()).read_payload(payload, public_key)

    async def submit(self, extrinsic: bytes) -> None:
        """Hand over a signed extrinsic. Raises RpcRefused when the node does not take it into its pool."""
        told = await self._call("author_submitExtrinsic", "0x" + extrinsic.hex())
        async with self.reading(f"what became of {extrinsic_hash(extrinsic)}"):
            if told != extrinsic_hash(extrinsic):
                raise ValueError(f"it says that it has taken {told}")

    async def wait_for(self, transaction: SignedExtrinsic) -> tuple[Block, ExtrinsicOutcome]:
        """The final block that holds the transaction, and what became of it.

        Raises NotIncluded once no block can hold it any more.
        """
        number = transaction.era.birth
        async with self.heads() as heads:
            async for now in heads:
                while number <= min(now.final.number, transaction.era.last_block):
                    block = await self.block(number)
                    if transaction.hash in block.extrinsic_hashes:
                        return block, block.outcome_of(block.extrinsic_hashes.index(transaction.hash))
                    number += 1
                if number > transaction.era.last_block:
                    break
        raise NotIncluded(transaction.hash)

    # --- inside ---

    async def _run(
        self, method: str, *arguments: Any, at: str | None = None, returned: str | None = None
    ) -> ContractRun:
        """A dry run's `ContractResult`. Raises CallNotPossible for one that failed before the contract could answer."""
        runtime = await self._runtime(at)
        async with self.reading(method):
            result = await self._call_api(method, *arguments, at=at)
            outcome = result["result"]
            if "Ok" not in outcome:
                raise CallNotPossible(runtime.describe_error(outcome.get("Err", outcome)))
            answer = outcome["Ok"] if returned is None else outcome["Ok"][returned]
            required = result["weight_required"]
            return ContractRun(
                reverted=bool(_flags(answer["flags"]) & _REVERTED),
                output=hex_bytes(answer["data"]),
                ref_time=int(required["ref_time"]),
                proof_size=int(required["proof_size"]),
                storage_deposit=Planck(int(result["storage_deposit"].get("Charge", 0))),
            )

    async def _body(self, block_hash: str) -> tuple[Head, list[bytes]]:
        """A block's place and its extrinsics; to be read within `reading`."""
        told = await self._call("chain_getBlock", block_hash)
        if told is None:
            raise ValueError("it is not known")
        head = read_header(told["block"]["header"])
        if head.hash != block_hash:
            raise ValueError(f"its header is that of {head.hash}")
        extrinsics = [hex_bytes(extrinsic) for extrinsic in told["block"]["extrinsics"]]
        if not is_root_of(hex_bytes(told["block"]["header"]["extrinsicsRoot"]), extrinsics):
            raise ValueError(f"these {len(extrinsics)} extrinsics are not its own")
        return head, extrinsics

    async def _body_and_runtime(self, block_hash: str) -> tuple[Head, list[bytes], Runtime]:
        head, extrinsics = await self._body(block_hash)
        return head, extrinsics, await self._runtime_that_made(head)

    async def _given_up(self, connection: RpcConnection, error: BaseException | None) -> NoReturn:
        """No subscription, a head that cannot be read, or the end of the connection: on to another node."""
        unreachable = error if isinstance(error, ChainUnreachable) else BadAnswer(f"heads: {error}")
        await self._nodes.leave(connection, unreachable)
        raise unreachable from error

    async def _call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        return await self._nodes.call(method, *params, timeout_s=timeout_s)

    async def _runtime_that_made(self, block: Head | Block) -> Runtime:
        """The parent's: a block that brings a new runtime was itself made by the old one."""
        return await self._runtime(block.parent_hash if block.number > 0 else block.hash)

    async def _call_api(self, method: str, *arguments: Any, at: str | None = None) -> Any:
        """What the runtime's API answers in the newest block, or in `at`; to be read within `reading`."""
        runtime = await self._runtime(at)
        encoded = runtime.encode_api_arguments(method, *arguments)
        block = [] if at is None else [at]
        told = hex_bytes(await self._call("state_call", method, "0x" + encoded.hex(), *block))
        return runtime.decode_api_result(method, told)

    async def _runtime(self, block_hash: str | None = None) -> Runtime:
        """The runtime that makes the next block after this one, or after the newest.

        It is loaded once per version and connection: what a node said of it is forgotten when the node is left, or one
        lie would spoil what the others say.
        """
        at = [] if block_hash is None else [block_hash]
        async with self.reading("the runtime"):
            version = await self._call("state_getRuntimeVersion", *at)
            spec_version = int(version["specVersion"])
            async with self._loading:
                if self._runtimes_by is not self._nodes.connection:
                    self._runtimes_by, self._runtimes = self._nodes.connection, {}
                if spec_version not in self._runtimes:
                    self._runtimes[spec_version] = load_runtime(
                        await self._metadata(at),
                        spec_version=spec_version,
                        transaction_version=int(version["transactionVersion"]),
                        genesis_hash=await self._nodes.genesis_hash(),
                    )
                return self._runtimes[spec_version]

    async def _metadata(self, at: list[str]) -> bytes:
        argument = "0x" + METADATA_VERSION.to_bytes(4, "little").hex()
        parameters = ("Metadata_metadata_at_version", argument, *at)
        optional = hex_bytes(await self._call("state_call", *parameters, timeout_s=METADATA_TIMEOUT_S))
        length, prefix = decode_compact(optional[1:])
        return optional[1 + prefix : 1 + prefix + length]


def _flags(flags: Any) -> int:
    return int(flags["bits"]) if isinstance(flags, dict) else int(flags)


async def _final_number(node: RpcConnection) -> int:
    return read_header(await node.call("chain_getHeader", await node.call("chain_getFinalizedHead"))).number


async def _watch(name: str, heads: AsyncIterator[Any], newest: dict[str, Head], moved: asyncio.Event) -> None:
    async for header in heads:
        newest[name] = read_header(header)
        moved.set()
