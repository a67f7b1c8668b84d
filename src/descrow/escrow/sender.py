"""From queued calls to the chain: one sender per key, one open transaction at a time, each call takes effect once.

The signed bytes are stored before they are sent. Whatever happens then, the same bytes are sent again until a final
block holds them or their era has passed without one (the follower tells both); only then is anything signed anew.
"""

import time
from dataclasses import dataclass, field

import structlog
from eth_abi.exceptions import EncodingError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.client import ChainClient
from descrow.chain.errors import CallNotPossible, RpcRefused
from descrow.chain.keys import EvmAddress, Keypair
from descrow.db import Sessions, utc_now
from descrow.escrow.abi import Value, escrow_interface, from_json
from descrow.escrow.calls import drop_if_moot, requeue
from descrow.escrow.chain_log import cursor_of
from descrow.escrow.contract import EscrowContract
from descrow.escrow.errors import ContractReverted
from descrow.escrow.models import CallStatus, ChainTransaction, ContractCall, TransactionStatus

log = structlog.get_logger()

BATCH_SIZE = 20
_NOT_ENCODABLE = (EncodingError, KeyError, TypeError, ValueError)
"""A row that is no call of this contract: it waits for a person, and the others go on."""

SEND_AGAIN_S = 6
"""A node may forget a transaction; sending the same bytes again is harmless."""


@dataclass
class Sender:
    sessions: Sessions
    chain: ChainClient
    key: Keypair
    contract_address: EvmAddress
    _sent_at: dict[str, float] = field(default_factory=dict)

    async def step(self) -> bool:
        """Do the next thing there is to do; False when there is nothing. Raises ChainUnreachable."""
        async with self.sessions() as session:
            open_transactions = (
                await session.scalars(
                    select(ChainTransaction)
                    .where(
                        ChainTransaction.signer == self.key.address, ChainTransaction.status == TransactionStatus.SIGNED
                    )
                    .order_by(ChainTransaction.nonce)
                )
            ).all()
        for transaction in open_transactions:
            await self._push(transaction)
        self._sent_at = {t.hash: self._sent_at[t.hash] for t in open_transactions if t.hash in self._sent_at}
        if open_transactions:
            return False  # nothing more until the follower has seen them final
        return await self._sign_next_batch()

    async def _push(self, transaction: ChainTransaction) -> None:
        """Send the stored bytes if it is time to, or give them up when they can no longer take effect."""
        async with self.sessions.begin() as session:
            cursor = await cursor_of(session)
            if cursor is not None and cursor.number >= transaction.valid_until_block:
                await self._expire(session, transaction.id)
                return
        sent_at = self._sent_at.get(transaction.hash)
        if sent_at is None or time.monotonic() - sent_at >= SEND_AGAIN_S:
            await self._send(transaction)

    async def _send(self, transaction: ChainTransaction) -> None:
        self._sent_at[transaction.hash] = time.monotonic()
        try:
            await self.chain.submit(transaction.extrinsic)
        except RpcRefused as refusal:
            # It may be in a block already, or in the pool; the follower will tell, or the era will end.
            log.warning("transaction not taken", hash=transaction.hash, refusal=str(refusal))
        else:
            log.info("transaction sent", hash=transaction.hash, nonce=transaction.nonce)

    async def _expire(self, session: AsyncSession, transaction_id: int) -> None:
        """Every block that could hold it is in the log, and none does."""
        transaction = await session.get_one(ChainTransaction, transaction_id, with_for_update=True)
        if transaction.status is not TransactionStatus.SIGNED:
            return
        transaction.status, transaction.ended_at = TransactionStatus.EXPIRED, utc_now()
        calls = await session.scalars(select(ContractCall).where(ContractCall.transaction_id == transaction.id))
        for call in calls.all():
            await requeue(session, call, "the transaction's era ended before a block took it")
        log.warning("transaction expired", hash=transaction.hash)

    async def _sign_next_batch(self) -> bool:
        """Sign what is queued and would go well now; False when nothing is."""
        async with self.sessions() as session:
            queued = (
                await session.scalars(
                    select(ContractCall)
                    .where(ContractCall.status == CallStatus.QUEUED, ContractCall.retry_at <= utc_now())
                    .order_by(ContractCall.id)
                    .limit(BATCH_SIZE)
                )
            ).all()
        batch: list[ContractCall] = []
        encoded: list[bytes] = []
        for call in queued:
            ready = await self._try(call)
            if ready is not None:
                batch.append(call)
                encoded.append(ready)
        if not batch:
            return False

        signed = await self.chain.sign(await self.chain.encode_batch(encoded), self.key)
        async with self.sessions.begin() as session:
            transaction = ChainTransaction(
                signer=self.key.address,
                nonce=signed.nonce,
                extrinsic=signed.extrinsic,
                hash=signed.hash,
                birth_hash=signed.era.birth_hash,
                valid_until_block=signed.era.last_block,
            )
            session.add(transaction)
            await session.flush()
            for place, call in enumerate(batch):
                row = await session.get_one(ContractCall, call.id)
                row.status, row.transaction_id, row.place = CallStatus.SIGNED, transaction.id, place
        await self._send(transaction)
        return True

    async def _try(self, call: ContractCall) -> bytes | None:
        """The encoded call, if a dry run goes well; otherwise it is put back with the reason, to be tried later."""
        contract = EscrowContract(self.chain, self.contract_address)
        try:
            arguments = _arguments_of(call)
            data, run = await contract.dry_run(call.function, *arguments, caller=self.key.public_key)
        except (ContractReverted, CallNotPossible, *_NOT_ENCODABLE) as refusal:
            async with self.sessions.begin() as session:
                if await drop_if_moot(session, call):
                    log.info("call no longer needed", call_id=call.id, function=call.function)
                else:
                    await requeue(session, call, str(refusal))
                    log.warning("call refused", call_id=call.id, function=call.function, reason=str(refusal))
            return None
        return await self.chain.encode_contract_call(dest=self.contract_address, data=data, limits=run.limits())


def _arguments_of(call: ContractCall) -> list[Value]:
    inputs = escrow_interface().functions[call.function].inputs
    return [from_json(value, field.type) for value, field in zip(call.arguments, inputs, strict=True)]
