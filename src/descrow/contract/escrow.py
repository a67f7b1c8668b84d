"""The deployed contract: dry runs that answer before anybody signs, and the view functions."""

from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.blocks import Block, ExtrinsicOutcome
from descrow.chain.client import ChainClient
from descrow.chain.contract_runs import ContractRun
from descrow.chain.keys import EvmAddress, Signer
from descrow.contract.abi import Value, decode_revert, escrow_interface
from descrow.contract.errors import CallFailed, ContractMissing, ContractReverted, NotDeployed
from descrow.contract.models import Deployment
from descrow.kernel.db import Sessions
from descrow.kernel.money import NOTHING, Planck

READER = bytes(32)
"""Whose name view functions are asked in: an account that nobody has."""


class PreparedCall(msgspec.Struct, rename="camel"):
    """Arguments of `Revive.call`, with limits well above what the dry run needed. Money and weights are digits."""

    function: str
    dest: str
    value_planck: str
    ref_time_limit: str
    proof_size_limit: str
    storage_deposit_limit_planck: str
    data: str


@dataclass(frozen=True)
class EscrowContract:
    chain: ChainClient
    address: EvmAddress

    async def dry_run(
        self, function: str, *arguments: Value, caller: bytes, value: Planck = NOTHING, at: str | None = None
    ) -> tuple[bytes, ContractRun]:
        """The call's bytes and what it would do as `caller` (a 32-byte account) in the newest block, or in `at`.

        Raises ContractReverted with the contract's reason, or CallNotPossible.
        """
        data = escrow_interface().encode_call(function, *arguments)
        run = await self.chain.dry_run_call(caller=caller, dest=self.address, value=value, data=data, at=at)
        if run.reverted:
            raise ContractReverted(function, decode_revert(run.output))
        return data, run

    async def prepare(self, function: str, *arguments: Value, caller: bytes, value: Planck = NOTHING) -> PreparedCall:
        """Return what the caller's wallet should sign, proven by a dry run. Raises as `dry_run`."""
        data, run = await self.dry_run(function, *arguments, caller=caller, value=value)
        limits = run.limits()
        return PreparedCall(
            function=function,
            dest=self.address,
            value_planck=str(value),
            ref_time_limit=str(limits.ref_time),
            proof_size_limit=str(limits.proof_size),
            storage_deposit_limit_planck=str(limits.storage_deposit),
            data="0x" + data.hex(),
        )

    async def read(self, function: str, *arguments: Value, at: str | None = None) -> Any:
        """Return what a view function returns in the newest block, or in `at`. Raises ContractMissing if nothing
        answers.
        """
        _, run = await self.dry_run(function, *arguments, caller=READER, at=at)
        if not run.output:
            raise ContractMissing(self.address)
        return escrow_interface().decode_result(function, run.output)

    async def order(self, contract_order_id: int) -> dict[str, Any]:
        """An order as the contract holds it, by the names of its fields. Raises ContractMissing."""
        values = await self.read("order", contract_order_id)
        return dict(zip(escrow_interface().functions["order"].output_names, values, strict=True))

    async def send(
        self, key: Signer, function: str, *arguments: Value, value: Planck = NOTHING
    ) -> tuple[Block, ExtrinsicOutcome]:
        """Call as `key`'s account and wait until a final block holds it: for tools and demos, not for the server.

        Raises as `dry_run`; CallFailed when the call was refused on the chain; NotIncluded when no block took it.
        """
        data, run = await self.dry_run(function, *arguments, caller=key.public_key, value=value)
        call = await self.chain.encode_contract_call(dest=self.address, data=data, limits=run.limits(), value=value)
        signed = await self.chain.sign(call, key)
        await self.chain.submit(signed.extrinsic)
        block, outcome = await self.chain.wait_for(signed)
        if outcome.error is not None:
            raise CallFailed(function, outcome.error)
        return block, outcome


async def open_contract(sessions: Sessions, chain: ChainClient) -> EscrowContract:
    """Return the deployed contract, on the chain that it was deployed to. Raises NotDeployed or WrongChain."""
    async with sessions() as session:
        deployment = await get_deployment(session)
    await chain.expect(deployment.genesis_hash)
    return EscrowContract(chain, EvmAddress(deployment.contract_address))


async def get_deployment(session: AsyncSession) -> Deployment:
    """The contract this database belongs to. Raises NotDeployed."""
    deployment = await session.get(Deployment, 1)
    if deployment is None:
        raise NotDeployed
    return deployment
