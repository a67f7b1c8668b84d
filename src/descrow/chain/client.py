"""One node, as the rest of Descrow sees it: heads, blocks with their events, dry runs, signing, submission."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from descrow.chain.blocks import Block, ExtrinsicOutcome
from descrow.chain.errors import CallNotPossible, ChainUnreachable, NotIncluded
from descrow.chain.keys import EvmAddress, Keypair, address_of
from descrow.chain.rpc import RpcConnection
from descrow.chain.runtime import (
    METADATA_VERSION,
    Era,
    Runtime,
    SignedExtrinsic,
    account_storage_key,
    decode_compact,
    extrinsic_hash,
    load_runtime,
    storage_key,
)
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


class ChainClient:
    """Connects at its first use, and again after a lost connection. Methods raise ChainUnreachable or RpcRefused."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: RpcConnection | None = None
        self._connecting = asyncio.Lock()
        self._runtimes: dict[int, Runtime] = {}
        self._genesis_hash: str | None = None

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    # --- heads and blocks ---

    async def genesis_hash(self) -> str:
        """Which chain this is."""
        if self._genesis_hash is None:
            self._genesis_hash = str(await self._call("chain_getBlockHash", 0))
        return self._genesis_hash

    async def finalized_number(self) -> int:
        """Number of the newest final block."""
        return await self._number_of(await self._finalized_hash())

    @asynccontextmanager
    async def finalized_numbers(self) -> AsyncIterator[AsyncIterator[int]]:
        """Numbers of final blocks as they come, the present one first; a burst may be told by its last number only."""
        connection = await self._connected()
        async with connection.subscribe(
            "chain_subscribeFinalizedHeads", unsubscribe="chain_unsubscribeFinalizedHeads"
        ) as heads:

            async def numbers() -> AsyncIterator[int]:
                yield await self.finalized_number()
                next_head = asyncio.ensure_future(anext(heads))
                try:
                    while True:
                        done, _ = await asyncio.wait([next_head], timeout=POLL_S)
                        if done:
                            yield int(next_head.result()["number"], 16)
                            next_head = asyncio.ensure_future(anext(heads))
                        else:
                            yield await self.finalized_number()
                finally:
                    next_head.cancel()
                    with suppress(asyncio.CancelledError, ChainUnreachable):
                        await next_head

            yield numbers()

    async def block(self, number: int) -> Block:
        """The block at this height of the finalized chain. Raises ChainUnreachable if the node has none."""
        block_hash = await self._call("chain_getBlockHash", number)
        if block_hash is None:
            raise ChainUnreachable(f"the node has no block {number} yet")
        body, events, moment, runtime = await asyncio.gather(
            self._call("chain_getBlock", block_hash),
            self._call("state_getStorage", storage_key("System", "Events"), block_hash),
            self._call("state_getStorage", storage_key("Timestamp", "Now"), block_hash),
            self._runtime(block_hash),
        )
        header = body["block"]["header"]
        return Block(
            number=number,
            hash=block_hash,
            parent_hash=header["parentHash"],
            produced_at=_time(moment),
            extrinsic_hashes=[extrinsic_hash(_bytes(extrinsic)) for extrinsic in body["block"]["extrinsics"]],
            events=runtime.decode_events(_bytes(events)) if events is not None else [],
        )

    # --- accounts ---

    async def free_balance(self, account_id: bytes) -> Planck:
        """What the account may spend, holds apart, in the newest block."""
        encoded = await self._call("state_getStorage", account_storage_key(account_id))
        if encoded is None:
            return Planck(0)
        account = (await self._runtime()).decode_storage("System", "Account", _bytes(encoded))
        return Planck(int(account["data"]["free"]))

    async def next_nonce(self, account_id: bytes) -> int:
        """How many transactions of this account the newest block counts."""
        encoded = await self._call("state_call", "AccountNonceApi_account_nonce", "0x" + account_id.hex())
        return int.from_bytes(_bytes(encoded), "little")

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

    async def sign(self, call: bytes, key: Keypair) -> SignedExtrinsic:
        """Sign with the account's next nonce, valid for an era from the newest final block on."""
        birth_hash = await self._finalized_hash()
        nonce, birth, runtime = await asyncio.gather(
            self.next_nonce(key.public_key), self._number_of(birth_hash), self._runtime()
        )
        return runtime.sign(call, key, nonce=nonce, era=Era(birth, birth_hash))

    async def submit(self, extrinsic: bytes) -> None:
        """Hand over a signed extrinsic. Raises RpcRefused when the node does not take it into its pool."""
        await self._call("author_submitExtrinsic", "0x" + extrinsic.hex())

    async def wait_for(self, transaction: SignedExtrinsic) -> tuple[Block, ExtrinsicOutcome]:
        """The final block that holds the transaction, and what became of it.

        Raises NotIncluded once no block can hold it any more.
        """
        number = transaction.era.birth
        async with self.finalized_numbers() as finalized:
            async for newest in finalized:
                while number <= min(newest, transaction.era.last_block):
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
            output=_bytes(answer["data"]),
            ref_time=int(required["ref_time"]),
            proof_size=int(required["proof_size"]),
            storage_deposit=Planck(int(result["storage_deposit"].get("Charge", 0))),
        )

    async def _connected(self) -> RpcConnection:
        async with self._connecting:
            if self._connection is None or not self._connection.is_open:
                self._connection = await RpcConnection.open(self.url)
            return self._connection

    async def _call(self, method: str, *params: Any) -> Any:
        return await (await self._connected()).call(method, *params)

    async def _call_api(self, method: str, *arguments: Any) -> Any:
        runtime = await self._runtime()
        encoded = runtime.encode_api_arguments(method, *arguments)
        return runtime.decode_api_result(method, _bytes(await self._call("state_call", method, "0x" + encoded.hex())))

    async def _finalized_hash(self) -> str:
        return str(await self._call("chain_getFinalizedHead"))

    async def _number_of(self, block_hash: str) -> int:
        header = await self._call("chain_getHeader", block_hash)
        if header is None:
            raise ChainUnreachable(f"the node does not know its own block {block_hash}")
        return int(header["number"], 16)

    async def _runtime(self, block_hash: str | None = None) -> Runtime:
        """The runtime that made a block (the newest one), loaded once per version."""
        at = [] if block_hash is None else [block_hash]
        version = await self._call("state_getRuntimeVersion", *at)
        spec_version = int(version["specVersion"])
        if spec_version not in self._runtimes:
            argument = "0x" + METADATA_VERSION.to_bytes(4, "little").hex()
            optional = _bytes(await self._call("state_call", "Metadata_metadata_at_version", argument, *at))
            length, prefix = decode_compact(optional[1:])
            self._runtimes[spec_version] = load_runtime(
                optional[1 + prefix : 1 + prefix + length],
                spec_version=spec_version,
                transaction_version=int(version["transactionVersion"]),
                genesis_hash=await self.genesis_hash(),
            )
        return self._runtimes[spec_version]


def _flags(flags: Any) -> int:
    return int(flags["bits"]) if isinstance(flags, dict) else int(flags)


def _time(encoded_moment: str | None) -> datetime:
    """`Timestamp.Now` counts milliseconds; the genesis block has none and stands at the beginning of 1970."""
    if encoded_moment is None:
        return datetime.fromtimestamp(0, UTC)
    return datetime.fromtimestamp(int.from_bytes(_bytes(encoded_moment), "little") / 1000, UTC)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
