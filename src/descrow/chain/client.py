"""One node, as the rest of Descrow sees it: heads, blocks with their events, dry runs, signing, submission."""

import asyncio
from typing import Any

from descrow.chain.block_reader import BlockReader
from descrow.chain.blocks import Block, ExtrinsicOutcome
from descrow.chain.contract_runs import ContractRun, Limits
from descrow.chain.errors import CallNotPossible, NotIncluded
from descrow.chain.keys import EvmAddress, Signer, address_of
from descrow.chain.runtime import (
    Era,
    SignedExtrinsic,
    SigningRequest,
    account_storage_key,
    extrinsic_hash,
)
from descrow.chain.scale import hex_bytes
from descrow.kernel.money import NOTHING, Planck, Wei

_REVERTED = 1
_NONCE_BYTES = 4


class ChainClient(BlockReader):
    """Reads blocks, asks contracts and accounts, and sends transactions. Methods raise ChainUnreachable."""

    # --- accounts ---

    async def free_balance(self, account_id: bytes) -> Planck:
        """Return what the account may spend, holds apart, in the newest block."""
        async with self.reading("a balance"):
            encoded = await self._call("state_getStorage", account_storage_key(account_id))
            if encoded is None:
                return Planck(0)
            account = (await self._runtime()).decode_storage("System", "Account", hex_bytes(encoded))
            return Planck(int(account["data"]["free"]))

    async def account_exists(self, account_id: bytes) -> bool:
        """Say if the account is on the chain in the newest block. One that was emptied is not."""
        async with self.reading("an account"):
            return await self._call("state_getStorage", account_storage_key(account_id)) is not None

    async def next_nonce(self, account_id: bytes) -> int:
        """Return how many transactions of this account the newest block counts."""
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
        """Return what `Revive.call` would do in the newest block, or in `at`. Raises CallNotPossible when it would
        not run.
        """
        arguments = address_of(caller), dest, value, None, None, "0x" + data.hex()
        return await self._run("ReviveApi_call", *arguments, at=at)

    async def contract_balance(self, address: EvmAddress, *, at: str | None = None) -> Wei:
        """Return what the contract could pay out in the newest block, or in `at`: all but the existential deposit."""
        async with self.reading("a contract's balance"):
            return Wei(int(await self._call_api("ReviveApi_balance", address, at=at)))

    async def dry_run_deployment(self, *, caller: bytes, code: bytes) -> ContractRun:
        """Return what `Revive.instantiate_with_code` would do. Raises CallNotPossible when it would not even run.

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
        """Return what a signed extrinsic costs at most if the newest block were to take it, without a tip and
        deposits.
        """
        method = "TransactionPaymentApi_query_info"
        arguments = extrinsic + len(extrinsic).to_bytes(4, "little")
        async with self.reading("a fee"):
            answer = hex_bytes(await self._call("state_call", method, "0x" + arguments.hex()))
            return Planck(int((await self._runtime()).decode_api_result(method, answer)["partial_fee"]))

    async def read_payload(self, payload: bytes, public_key: bytes) -> SigningRequest:
        """Return what signing this would make the account do. Raises ValueError for anything but calls of contracts
        here.
        """
        return (await self._runtime()).read_payload(payload, public_key)

    async def submit(self, extrinsic: bytes) -> None:
        """Hand over a signed extrinsic. Raises RpcRefused when the node does not take it into its pool."""
        reported = await self._call("author_submitExtrinsic", "0x" + extrinsic.hex())
        async with self.reading(f"what became of {extrinsic_hash(extrinsic)}"):
            if reported != extrinsic_hash(extrinsic):
                raise ValueError(f"it says that it has taken {reported}")

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


def _flags(flags: Any) -> int:
    return int(flags["bits"]) if isinstance(flags, dict) else int(flags)
