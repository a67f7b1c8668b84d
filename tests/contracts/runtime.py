"""An escrow on the real runtime, called like the one in `environment`. Each call is in its own block."""

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
from descrow.chain.keys import EvmAddress, Keypair, address_of, fallback_account_of
from descrow.chain.rpc import RpcConnection
from descrow.contract.deployment import contract_made_in
from descrow.kernel.money import NOTHING, PLANCK_PER_DOT, Planck, Wei, planck_from_wei
from tests.dev_chain import encode_balances_call

from .abi import artifact, calldata, event_in, functions, reason_in
from .environment import Outcome
from .payees import START_ACCEPTING, call_through_payee, callback_setting, callbacks_in, payee_bytecode
from .script import KEYS, PAYEES, PEOPLE, AddressBook, Call
from .values import Amount

STRANGER = KEYS["stranger"]


@dataclass
class Chain:
    """A development chain whose blocks and clock the test controls."""

    client: ChainClient
    connection: RpcConnection
    now: int

    def advance(self, seconds: int) -> None:
        self.now += seconds

    async def set_clock(self) -> None:
        """Set the chain's clock to `now`, for a second."""
        await self.connection.call("dev_timeTravel", self.now * 1000)

    async def include(self, call: bytes, key: Keypair) -> tuple[Block, str]:
        """Build a block with this call. Return it with the hash of the extrinsic."""
        signed = await self.client.sign(call, key)
        await self.set_clock()
        made = await self.connection.call("dev_newBlock", {"transactions": ["0x" + signed.extrinsic.hex()]})
        block = await self.client.block_by_hash(made)
        return block, signed.hash

    async def deploy(self, code: bytes, key: Keypair) -> EvmAddress:
        run = await self.client.dry_run_deployment(caller=key.public_key, code=code)
        assert not run.reverted, reason_in(run.output)
        call = await self.client.encode_deployment(code=code, limits=run.limits())
        return contract_made_in(*await self.include(call, key))


@asynccontextmanager
async def a_chain(directory: Path) -> AsyncIterator[Chain]:
    async with parts_for_tests(directory, parts=frozenset({CHAIN}), chain_blocks="manual") as parts:
        client, connection = ChainClient(parts.chain_url), await RpcConnection.open(parts.chain_url)
        newest = await client.block(await client.finalized_number())
        yield Chain(client, connection, now=int(newest.produced_at.timestamp()) + 1)
        await connection.close()
        await client.close()


@dataclass(frozen=True)
class TimedOutcome:
    """The outcome of a call, and its second."""

    at: int
    outcome: Outcome


@dataclass
class EscrowOnRuntime:
    chain: Chain
    address_book: AddressBook

    @classmethod
    async def deploy(cls, chain: Chain) -> "EscrowOnRuntime":
        """Deploy an escrow and its payees."""
        roles = encode(["address"] * 3, [PEOPLE["operator"], PEOPLE["oracle"], PEOPLE["guardian"]])
        code = bytes.fromhex(artifact()["bytecode"].removeprefix("0x"))
        payees = {kind: await chain.deploy(payee_bytecode(kind), STRANGER) for kind in PAYEES}
        return cls(chain, AddressBook.of(await chain.deploy(code + roles, KEYS["owner"]), payees))

    async def call(self, call: Call) -> TimedOutcome:
        """Call the escrow as a person, or through the contract if the caller is one."""
        escrow = self.address_book.addresses["escrow"]
        data = calldata(call.function, *self.address_book.addresses_for(call.args))
        if call.by in PAYEES:
            return await self._send(STRANGER, call.by, call_through_payee(escrow, data), call.value)
        return await self._send(KEYS[call.by], "escrow", data, call.value)

    async def start_accepting(self, payee: str) -> None:
        assert (await self._send(STRANGER, payee, START_ACCEPTING)).outcome.refusal is None

    async def set_callback(self, payee: str, function: str, *args: Any) -> None:
        data = callback_setting(self.address_book.addresses["escrow"], function, *self.address_book.addresses_for(args))
        assert (await self._send(STRANGER, payee, data)).outcome.refusal is None

    async def close_account(self, person: str) -> None:
        """Send all of a person's coin away, as a wallet's "send all" does."""
        await self._include(KEYS[person], "transfer_all", dest=STRANGER.address, keep_alive=False)

    async def open_account(self, person: str) -> None:
        """Send coin to a person's own account."""
        await self.send_coin(KEYS[person].address)

    async def open_fallback_account(self, person: str) -> None:
        """Send coin to the account of a person's contract address, which the person's wallet does not show."""
        await self.send_coin(address_of(fallback_account_of(KEYS[person].evm_address)))

    async def send_coin(self, to: str) -> None:
        await self._include(STRANGER, "transfer_allow_death", dest=to, value=1_000 * PLANCK_PER_DOT)

    async def _include(self, key: Keypair, name: str, **values: Any) -> None:
        """Make a call of the pallet Balances."""
        encoded = await encode_balances_call(self.chain.client, name, **values)
        block, extrinsic_hash = await self.chain.include(encoded, key)
        assert block.outcome_of(block.extrinsic_hashes.index(extrinsic_hash)).error is None

    async def view(self, function: str, *args: Any) -> Any:
        data = calldata(function, *self.address_book.addresses_for(args))
        await self.chain.set_clock()
        run = await self._dry_run(STRANGER, "escrow", data, NOTHING)
        assert not run.reverted, reason_in(run.output)
        values = decode(functions()[function].outputs, run.output)
        return values[0] if len(values) == 1 else values

    async def balance(self, name: str) -> Amount:
        return await self.chain.client.contract_balance(EvmAddress(self.address_book.addresses[name]))

    async def _send(self, key: Keypair, target: str, data: bytes, value: Amount = 0) -> TimedOutcome:
        """Send a call, or only dry-run it if it is refused: only a dry run returns the reason."""
        planck = planck_from_wei(Wei(value))
        await self.chain.set_clock()
        run = await self._dry_run(key, target, data, planck)
        if run.reverted:
            return TimedOutcome(self.chain.now, Outcome(reason_in(run.output)))
        encoded = await self.chain.client.encode_contract_call(
            dest=EvmAddress(self.address_book.addresses[target]), data=data, limits=run.limits(), value=planck
        )
        block, extrinsic_hash = await self.chain.include(encoded, key)
        at = int(block.produced_at.timestamp())
        if error := block.outcome_of(
            block.extrinsic_hashes.index(extrinsic_hash)
        ).error:  # a deadline has passed since the dry run
            again = await self._dry_run(key, target, data, planck, at=block.hash)
            assert again.reverted, error
            return TimedOutcome(at, Outcome(reason_in(again.output)))
        logs = self._logs(block, ("escrow",))
        events = tuple(event_in(topics, data) for topics, data in logs)
        return TimedOutcome(at, Outcome(None, events=events, callbacks=callbacks_in(self._logs(block, PAYEES))))

    async def _dry_run(self, key: Keypair, target: str, data: bytes, value: Planck, at: str | None = None) -> Any:
        dest = EvmAddress(self.address_book.addresses[target])
        return await self.chain.client.dry_run_call(caller=key.public_key, dest=dest, value=value, data=data, at=at)

    def _logs(self, block: Block, names: tuple[str, ...]) -> list[tuple[list[bytes], bytes]]:
        addresses = [self.address_book.addresses[name] for name in names]
        return [
            event.contract_log()
            for event in block.events
            if any(event.is_contract_event_of(address) for address in addresses)
        ]
