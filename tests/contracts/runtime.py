"""An escrow on the real runtime, called like the one in `world`, each call in a block of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_abi.abi import decode, encode

from descrow.app.devstack.chain import NAME as CHAIN
from descrow.app.devstack.stack import parts_for_tests
from descrow.chain.blocks import Block
from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress, Keypair
from descrow.chain.rpc import RpcConnection
from descrow.contract.deployment import contract_made_in
from descrow.kernel.money import NOTHING, Planck, Wei, planck_from_wei

from .script import KEYS, PAYEES, PEOPLE, Call, Cast
from .world import (
    OPEN,
    Amount,
    Outcome,
    act_on,
    aim_at,
    artifact,
    callbacks_in,
    calldata,
    event_in,
    functions,
    payee_bytecode,
    reason_in,
)

STRANGER = KEYS["stranger"]


@dataclass
class Chain:
    """A development chain whose blocks and clock the test makes. Time stands still there unless it is told to pass."""

    client: ChainClient
    connection: RpcConnection
    now: int

    def waits(self, seconds: int) -> None:
        self.now += seconds

    async def holds_the_clock(self) -> None:
        """What is asked or built in the second after this is so at `now`."""
        await self.connection.call("dev_timeTravel", self.now * 1000)

    async def includes(self, call: bytes, key: Keypair) -> tuple[Block, str]:
        """A block with this call, and the hash of its extrinsic."""
        signed = await self.client.sign(call, key)
        await self.holds_the_clock()
        made = await self.connection.call("dev_newBlock", {"transactions": ["0x" + signed.extrinsic.hex()]})
        block = await self.client.block_by_hash(made)
        return block, signed.hash

    async def deploys(self, code: bytes, key: Keypair) -> EvmAddress:
        run = await self.client.dry_run_deployment(caller=key.public_key, code=code)
        assert not run.reverted, reason_in(run.output)
        call = await self.client.encode_deployment(code=code, limits=run.limits())
        return contract_made_in(*await self.includes(call, key))


@asynccontextmanager
async def a_chain(directory: Path) -> AsyncIterator[Chain]:
    async with parts_for_tests(directory, parts=frozenset({CHAIN}), chain_blocks="manual") as parts:
        client, connection = ChainClient(parts.chain_url), await RpcConnection.open(parts.chain_url)
        newest = await client.block(await client.finalized_number())
        yield Chain(client, connection, now=int(newest.produced_at.timestamp()) + 1)
        await connection.close()
        await client.close()


@dataclass(frozen=True)
class Happened:
    """What a call came to, and the second in which it did."""

    at: int
    outcome: Outcome


@dataclass
class EscrowOnRuntime:
    chain: Chain
    cast: Cast

    @classmethod
    async def deployed(cls, chain: Chain) -> "EscrowOnRuntime":
        """An escrow of its own, with payees' contracts of its own."""
        roles = encode(["address"] * 3, [PEOPLE["operator"], PEOPLE["oracle"], PEOPLE["guardian"]])
        code = bytes.fromhex(artifact()["bytecode"].removeprefix("0x"))
        payees = {kind: await chain.deploys(payee_bytecode(kind), STRANGER) for kind in PAYEES}
        return cls(chain, Cast.of(await chain.deploys(code + roles, KEYS["owner"]), payees))

    async def call(self, call: Call) -> Happened:
        """Call the escrow as a person, or through the contract when the caller is one."""
        escrow = self.cast.addresses["escrow"]
        data = calldata(call.function, *self.cast.addressed(call.args))
        if call.by in PAYEES:
            return await self._send(STRANGER, call.by, act_on(escrow, data), call.value)
        return await self._send(KEYS[call.by], "escrow", data, call.value)

    async def opens(self, payee: str) -> None:
        assert (await self._send(STRANGER, payee, OPEN)).outcome.refusal is None

    async def aims(self, payee: str, function: str, *args: Any) -> None:
        aim = aim_at(self.cast.addresses["escrow"], function, *self.cast.addressed(args))
        assert (await self._send(STRANGER, payee, aim)).outcome.refusal is None

    async def view(self, function: str, *args: Any) -> Any:
        data = calldata(function, *self.cast.addressed(args))
        await self.chain.holds_the_clock()
        run = await self._dry_run(STRANGER, "escrow", data, NOTHING)
        assert not run.reverted, reason_in(run.output)
        values = decode(functions()[function].outputs, run.output)
        return values[0] if len(values) == 1 else values

    async def balance(self, name: str) -> Amount:
        return await self.chain.client.contract_balance(EvmAddress(self.cast.addresses[name]))

    async def _send(self, key: Keypair, target: str, data: bytes, value: Amount = 0) -> Happened:
        """What is refused is only tried: why, nothing but a dry run can tell."""
        planck = planck_from_wei(Wei(value))
        await self.chain.holds_the_clock()
        run = await self._dry_run(key, target, data, planck)
        if run.reverted:
            return Happened(self.chain.now, Outcome(reason_in(run.output)))
        encoded = await self.chain.client.encode_contract_call(
            dest=EvmAddress(self.cast.addresses[target]), data=data, limits=run.limits(), value=planck
        )
        block, extrinsic_hash = await self.chain.includes(encoded, key)
        at = int(block.produced_at.timestamp())
        if error := block.outcome_of(
            block.extrinsic_hashes.index(extrinsic_hash)
        ).error:  # a second has passed since the dry run, and with it a deadline
            again = await self._dry_run(key, target, data, planck, at=block.hash)
            assert again.reverted, error
            return Happened(at, Outcome(reason_in(again.output)))
        logs = self._logs(block, ("escrow",))
        events = tuple(event_in(topics, data) for topics, data in logs)
        return Happened(at, Outcome(None, events=events, callbacks=callbacks_in(self._logs(block, PAYEES))))

    async def _dry_run(self, key: Keypair, target: str, data: bytes, value: Planck, at: str | None = None) -> Any:
        dest = EvmAddress(self.cast.addresses[target])
        return await self.chain.client.dry_run_call(caller=key.public_key, dest=dest, value=value, data=data, at=at)

    def _logs(self, block: Block, names: tuple[str, ...]) -> list[tuple[list[bytes], bytes]]:
        addresses = [self.cast.addresses[name] for name in names]
        return [
            event.contract_log()
            for event in block.events
            if any(event.is_contract_event_of(address) for address in addresses)
        ]
