"""One node, as the rest of Descrow sees it: heads, blocks with their events, dry runs, signing, submission."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from descrow.chain.blocks import Block, ExtrinsicOutcome
from descrow.chain.errors import BadAnswer, CallNotPossible, ChainUnreachable, NotIncluded, RpcRefused
from descrow.chain.headers import Head, read_header
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
from descrow.money import NOTHING, Planck

POLL_S = 12
"""How long to wait for a head before asking for it: a subscription can fall silent without an error."""

_REVERTED = 1


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
        """A fifth above what was needed: the state may change a little before the call runs."""
        return Limits(
            ref_time=self.ref_time * 12 // 10,
            proof_size=self.proof_size * 12 // 10,
            storage_deposit=Planck(self.storage_deposit * 12 // 10),
        )


@dataclass(frozen=True)
class Heads:
    """The newest block of the chain as it stands, and the newest one that cannot be undone."""

    best: Head
    final: Head


class ChainClient:
    """Connects at its first use, and again after a lost connection. Methods raise ChainUnreachable or RpcRefused.

    Given several nodes of one chain, it leaves one that fails, answers nonsense or is too slow for the next.
    """

    def __init__(self, *urls: str) -> None:
        self._nodes = Nodes(list(urls))
        self._runtimes: dict[int, Runtime] = {}

    @property
    def url(self) -> str:
        """The node in use."""
        return self._nodes.url

    async def close(self) -> None:
        await self._nodes.close()

    # --- heads and blocks ---

    async def genesis_hash(self) -> str:
        """Which chain this is."""
        return await self._nodes.genesis_hash()

    async def is_development(self) -> bool:
        """Whether the chain says that it is for development, or for tests on one machine: its keys are no secret."""
        return await self._call("system_chainType") in ("Development", "Local")

    async def expect(self, genesis_hash: str) -> None:
        """From now on use nodes of this chain only. Raises WrongChain when there is none."""
        await self._nodes.expect(genesis_hash)

    async def try_another_node(self, why: str) -> None:
        """Leave the node in use, whose answers are well formed but of no use."""
        await self._nodes.leave(await self._nodes.connected(), why)

    async def finalized_number(self) -> int:
        """Number of the newest final block."""
        return (await self.final_head()).number

    async def final_head(self) -> Head:
        return await self._head(str(await self._call("chain_getFinalizedHead")))

    async def best_head(self) -> Head:
        return await self._head()

    @asynccontextmanager
    async def heads(self) -> AsyncIterator[AsyncIterator[Heads]]:
        """The heads as they move, the present ones first. Who is slow misses some, never the newest."""
        connection = await self._nodes.connected()
        moved = asyncio.Event()
        async with (
            connection.subscribe("chain_subscribeNewHeads", unsubscribe="chain_unsubscribeNewHeads") as best,
            connection.subscribe(
                "chain_subscribeFinalizedHeads", unsubscribe="chain_unsubscribeFinalizedHeads"
            ) as final,
        ):
            newest: dict[str, Head] = {}
            watches = [
                asyncio.create_task(_watch(name, heads, newest, moved))
                for name, heads in (("best", best), ("final", final))
            ]

            async def pairs() -> AsyncIterator[Heads]:
                while True:
                    has_moved = moved.is_set()
                    moved.clear()  # before looking: what moves while we ask is told next time
                    if has_moved and len(newest) == 2:
                        yield Heads(newest["best"], newest["final"])
                    else:  # at the beginning, or silent for a while: a subscription can go dead without an error
                        yield Heads(await self.best_head(), await self.final_head())
                    still = asyncio.ensure_future(moved.wait())
                    await asyncio.wait([*watches, still], timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
                    still.cancel()
                    for watch in watches:
                        if watch.done():
                            await self._given_up(connection, watch)

            try:
                yield pairs()
            finally:
                for watch in watches:
                    watch.cancel()
                await asyncio.gather(*watches, return_exceptions=True)

    async def block_hash(self, number: int) -> str | None:
        """The hash at this height of the chain as it stands; None above its head."""
        answer = await self._call("chain_getBlockHash", number)
        return None if answer is None else str(answer)

    async def block(self, number: int) -> Block:
        """The block at this height of the chain as it stands. Raises ChainUnreachable if the node has none."""
        block_hash = await self.block_hash(number)
        if block_hash is None:
            raise ChainUnreachable(f"the node has no block {number} yet")
        return await self.block_by_hash(block_hash)

    async def block_by_hash(self, block_hash: str) -> Block:
        """The block of this hash, which is checked: header, and one outcome for each extrinsic.

        Raises ChainUnreachable if the node does not have it, BadAnswer for one that is not whole.
        """
        async with self._reading(f"block {block_hash}"):
            body = await self._call("chain_getBlock", block_hash)
            if body is None:
                raise ChainUnreachable(f"the node does not know block {block_hash}")
            head = read_header(body["block"]["header"])
            if head.hash != block_hash:
                raise ValueError(f"its header is that of {head.hash}")
            events, moment, runtime = await asyncio.gather(
                self._call("state_getStorage", storage_key("System", "Events"), block_hash),
                self._call("state_getStorage", storage_key("Timestamp", "Now"), block_hash),
                # A block that brings a new runtime was itself made by the old one.
                self._runtime(head.parent_hash if head.number > 0 else block_hash),
            )
            block = Block(
                number=head.number,
                hash=head.hash,
                parent_hash=head.parent_hash,
                produced_at=_time(moment),
                extrinsic_hashes=[extrinsic_hash(hex_bytes(extrinsic)) for extrinsic in body["block"]["extrinsics"]],
                events=runtime.decode_events(hex_bytes(events)) if events is not None else [],
            )
            if missing := block.missing_outcome():
                raise ValueError(missing)
        return block

    # --- accounts ---

    async def free_balance(self, account_id: bytes) -> Planck:
        """What the account may spend, holds apart, in the newest block."""
        encoded = await self._call("state_getStorage", account_storage_key(account_id))
        if encoded is None:
            return Planck(0)
        account = (await self._runtime()).decode_storage("System", "Account", hex_bytes(encoded))
        return Planck(int(account["data"]["free"]))

    async def next_nonce(self, account_id: bytes) -> int:
        """How many transactions of this account the newest block counts."""
        encoded = await self._call("state_call", "AccountNonceApi_account_nonce", "0x" + account_id.hex())
        return int.from_bytes(hex_bytes(encoded), "little")

    # --- contracts ---

    async def dry_run_call(self, *, caller: bytes, dest: EvmAddress, value: Planck, data: bytes) -> ContractRun:
        """What `Revive.call` would do in the newest block. Raises CallNotPossible when it would not even run."""
        result = await self._call_api("ReviveApi_call", address_of(caller), dest, value, None, None, "0x" + data.hex())
        return await self._run(result)

    async def dry_run_deployment(self, *, caller: bytes, code: bytes) -> ContractRun:
        """What `Revive.instantiate_with_code` would do. Raises CallNotPossible when it would not even run.

        `code` is EVM bytecode with the constructor's arguments behind it: the pallet takes no other data with it.
        """
        result = await self._call_api(
            "ReviveApi_instantiate",
            address_of(caller),
            0,
            None,
            None,
            {"Upload": "0x" + code.hex()},
            "0x",
            None,
        )
        return await self._run(result, returned="result")

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
        self, call: bytes, signer: Signer, *, nonce: int | None = None, tip: Planck = NOTHING
    ) -> SignedExtrinsic:
        """Sign with the account's next nonce, or the one given, valid for an era from the newest final block on."""
        birth, runtime = await asyncio.gather(self.final_head(), self._runtime())
        if nonce is None:
            nonce = await self.next_nonce(signer.public_key)
        return await runtime.sign(call, signer, nonce=nonce, era=Era(birth.number, birth.hash), tip=tip)

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
        answer = hex_bytes(await self._call("state_call", method, "0x" + arguments.hex()))
        return Planck(int((await self._runtime()).decode_api_result(method, answer)["partial_fee"]))

    async def read_payload(self, payload: bytes, public_key: bytes) -> SigningRequest:
        """What signing this would make the account do. Raises ValueError for anything but calls of contracts here."""
        return (await self._runtime()).read_payload(payload, public_key)

    async def submit(self, extrinsic: bytes) -> None:
        """Hand over a signed extrinsic. Raises RpcRefused when the node does not take it into its pool."""
        await self._call("author_submitExtrinsic", "0x" + extrinsic.hex())

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

    async def _run(self, result: Any, *, returned: str | None = None) -> ContractRun:
        """Read a `ContractResult`. Raises CallNotPossible for one that failed before the contract could answer."""
        outcome = result["result"]
        if "Ok" not in outcome:
            raise CallNotPossible((await self._runtime()).describe_error(outcome.get("Err", outcome)))
        answer = outcome["Ok"] if returned is None else outcome["Ok"][returned]
        required = result["weight_required"]
        return ContractRun(
            reverted=bool(_flags(answer["flags"]) & _REVERTED),
            output=hex_bytes(answer["data"]),
            ref_time=int(required["ref_time"]),
            proof_size=int(required["proof_size"]),
            storage_deposit=Planck(int(result["storage_deposit"].get("Charge", 0))),
        )

    @asynccontextmanager
    async def _reading(self, what: str) -> AsyncIterator[None]:
        """Whatever breaks while an answer is read, the answer was broken: BadAnswer, and on to another node."""
        connection = await self._nodes.connected()
        try:
            yield
        except (ChainUnreachable, RpcRefused):
            raise
        except Exception as error:  # the codec has no common base for what it raises
            await self._nodes.leave(connection, f"{what}: {error!r}")
            raise BadAnswer(f"{what}: {error}") from error

    async def _given_up(self, connection: RpcConnection, watch: asyncio.Task[None]) -> NoReturn:
        """A head that cannot be read, or the end of the connection: either way on to another node."""
        error = watch.exception()
        await self._nodes.leave(connection, repr(error))
        if isinstance(error, ChainUnreachable):
            raise error
        raise BadAnswer(f"a head: {error}") from error

    async def _call(self, method: str, *params: Any) -> Any:
        return await self._nodes.call(method, *params)

    async def _call_api(self, method: str, *arguments: Any) -> Any:
        runtime = await self._runtime()
        encoded = runtime.encode_api_arguments(method, *arguments)
        return runtime.decode_api_result(
            method, hex_bytes(await self._call("state_call", method, "0x" + encoded.hex()))
        )

    async def _head(self, *block_hash: str) -> Head:
        """The head of this block, or of the newest."""
        header = await self._call("chain_getHeader", *block_hash)
        if header is None:
            raise ChainUnreachable(f"the node does not know its own block {block_hash}")
        async with self._reading("a header"):
            return read_header(header)

    async def _runtime(self, block_hash: str | None = None) -> Runtime:
        """The runtime that makes the next block after this one, or after the newest; loaded once per version."""
        at = [] if block_hash is None else [block_hash]
        version = await self._call("state_getRuntimeVersion", *at)
        spec_version = int(version["specVersion"])
        if spec_version not in self._runtimes:
            argument = "0x" + METADATA_VERSION.to_bytes(4, "little").hex()
            optional = hex_bytes(await self._call("state_call", "Metadata_metadata_at_version", argument, *at))
            length, prefix = decode_compact(optional[1:])
            self._runtimes[spec_version] = load_runtime(
                optional[1 + prefix : 1 + prefix + length],
                spec_version=spec_version,
                transaction_version=int(version["transactionVersion"]),
                genesis_hash=await self._nodes.genesis_hash(),
            )
        return self._runtimes[spec_version]


def _flags(flags: Any) -> int:
    return int(flags["bits"]) if isinstance(flags, dict) else int(flags)


def _time(encoded_moment: str | None) -> datetime:
    """`Timestamp.Now` counts milliseconds; the genesis block has none and stands at the beginning of 1970."""
    if encoded_moment is None:
        return datetime.fromtimestamp(0, UTC)
    return datetime.fromtimestamp(int.from_bytes(hex_bytes(encoded_moment), "little") / 1000, UTC)


async def _watch(name: str, heads: AsyncIterator[Any], newest: dict[str, Head], moved: asyncio.Event) -> None:
    async for header in heads:
        newest[name] = read_header(header)
        moved.set()
