"""From queued calls to the chain: one sender per signer, nothing signed while something is open, each call once.

The signed bytes are stored before they are sent. Whatever happens then, the same bytes are sent again until a final
block holds them or their era has passed without one (the follower tells both); only then is anything signed anew.
A re-org may open transactions again whose blocks were abandoned: they are all sent again, in the order of their nonces.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import accumulate

import structlog
from eth_abi.exceptions import EncodingError
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.client import ChainClient
from descrow.chain.errors import CallNotPossible, RpcRefused, SignerRefused
from descrow.chain.keys import EvmAddress, Signer
from descrow.chain.runtime import ERA_PERIOD, Era, SignedExtrinsic
from descrow.contract.abi import Value, escrow_interface, from_json
from descrow.contract.calls import drop, hold_back, requeue
from descrow.contract.errors import ContractReverted
from descrow.contract.escrow import EscrowContract
from descrow.contract.event_store import cursor_of
from descrow.contract.models import (
    CallPriority,
    CallStatus,
    ChainTransaction,
    ContractCall,
    HoldReason,
    SignerRole,
    TransactionStatus,
)
from descrow.contract.replacement import give_up, store_replacement
from descrow.contract.spending import USUAL_LIMITS, Cost, SpendingLimits, spent_on_day
from descrow.kernel.days import next_day
from descrow.kernel.db import Sessions, lock_until_commit, utc_now
from descrow.kernel.money import NOTHING, Planck
from descrow.kernel.retry.policies import policies
from descrow.kernel.retry.rows import select_due

log = structlog.get_logger(__name__)

BATCH_SIZE = 20
_NOT_ENCODABLE = (EncodingError, KeyError, TypeError, ValueError)
"""A row that is no call of this contract: it waits for a person, and the others go on."""

REPLACE_AFTER_BLOCKS = 16
"""Final blocks without it, and a transaction is signed again with a tip: its fee may be too low for a full chain."""
TIP_PART = 10
"""The first tip is this part of the fee; each later one doubles it, as far as the ceiling for the fee allows."""

OLDEST_BIRTH_BLOCKS = ERA_PERIOD // 8
"""How far the log may be behind the node's final block for an era to begin where the log ends."""

SEND_AGAIN_S = 6
"""A node may forget a transaction; sending the same bytes again is harmless."""


IsObsolete = Callable[[AsyncSession, ContractCall], Awaitable[bool]]
"""Says that a call can never do anything again; who queues calls knows."""


@dataclass(frozen=True)
class ReadyCall:
    """A queued call that went well in a dry run, as it stands in a batch."""

    call: ContractCall
    encoded: bytes
    deposit_limit: Planck


@dataclass(frozen=True)
class SignedBatch:
    signed: SignedExtrinsic
    calls: list[ReadyCall]
    cost: Cost


@dataclass
class TransactionSubmitter:
    sessions: Sessions
    chain: ChainClient
    signer: Signer
    contract_address: EvmAddress
    is_obsolete: IsObsolete = field(kw_only=True)
    """Asked of a call that was refused, before it is tried again."""
    role: SignerRole = SignerRole.OPERATOR
    limits: SpendingLimits = USUAL_LIMITS
    _sent_at: dict[str, float] = field(default_factory=dict)

    async def step(self) -> bool:
        """Do the next thing there is to do; False when there is nothing. Raises ChainUnreachable."""
        async with self.sessions() as session:
            open_transactions = await self._open_transactions(session)
        if not open_transactions:
            return await self._sign_next_batch()
        for transaction in open_transactions:
            await self._push(transaction)
        return False  # nothing more until the follower has seen them final

    async def _open_transactions(self, session: AsyncSession) -> list[ChainTransaction]:
        rows = await session.scalars(
            select(ChainTransaction)
            .where(ChainTransaction.signer == self.signer.address, ChainTransaction.status == TransactionStatus.SIGNED)
            .order_by(ChainTransaction.nonce, ChainTransaction.id)
        )
        return list(rows)

    async def _push(self, transaction: ChainTransaction) -> None:
        """Send the stored bytes if it is time to; give them up, or sign with a tip, when they wait for too long."""
        async with self.sessions.begin() as session:
            cursor = await cursor_of(session)
            if cursor is not None and cursor.number >= transaction.valid_until_block:
                await self._expire(session, transaction.id, above=cursor.number)
                return
        sent_at = self._sent_at.get(transaction.hash)
        if sent_at is not None and time.monotonic() - sent_at < SEND_AGAIN_S:
            return
        birth = transaction.valid_until_block - ERA_PERIOD + 1
        has_waited = cursor is not None and cursor.number >= birth + REPLACE_AFTER_BLOCKS
        if not (has_waited and await self._replace(transaction)):
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

    async def _replace(self, stuck: ChainTransaction) -> bool:
        """Sign the same calls with the same nonce and a higher tip, so that one of the two is taken, and once.

        False when that is not to be: a best block holds it already, its nonce is not the next one, the limits allow no
        higher tip, or the runtime has changed.
        """
        if await self.chain.next_nonce(self.signer.public_key) != stuck.nonce:
            return False
        fee = Planck(stuck.fee_estimate_planck - stuck.tip_planck)
        tip = Planck(min(max(2 * stuck.tip_planck, fee // TIP_PART), self.limits.fee - fee))
        cost = Cost(fee=Planck(fee + tip), deposit=Planck(stuck.deposit_limit_planck))
        async with self.sessions() as session:
            spent = await spent_on_day(session, self.signer.address, utc_now())
        without_it = Planck(spent - stuck.fee_estimate_planck - stuck.deposit_limit_planck)
        # Nothing else can be sent before it, a dispute neither: so its tip may use up the whole budget.
        objection = self.limits.objection(cost, spent_today=without_it, priority=CallPriority.DISPUTE)
        if tip <= stuck.tip_planck or objection:
            log.warning("no higher tip is allowed", hash=stuck.hash, nonce=stuck.nonce, tip_planck=stuck.tip_planck)
            return False
        call = await self.chain.call_in(stuck.extrinsic, birth_hash=stuck.birth_hash)
        if call is None:
            return False

        signed = await self.chain.sign(call, self.signer, nonce=stuck.nonce, tip=tip, era=await self._era())
        replacement = transaction_row(self.signer, signed, cost, tip=tip)
        async with self.sessions.begin() as session:
            if not await store_replacement(session, stuck, replacement):
                return False
        log.warning("transaction replaced", hash=stuck.hash, by=signed.hash, nonce=stuck.nonce, tip_planck=tip)
        await self._send(replacement)
        return True

    async def _era(self) -> Era:
        """From where the log ends, so that it begins with a block that we have followed and witnesses have confirmed.

        While the log is far behind, or the node is, from the node's own final block: else the era were over too soon.
        """
        final = await self.chain.final_head()
        async with self.sessions() as session:
            cursor = await cursor_of(session)
        if cursor is not None and 0 <= final.number - cursor.number <= OLDEST_BIRTH_BLOCKS:
            return Era(cursor.number, cursor.hash)
        return Era(final.number, final.hash)

    async def _expire(self, session: AsyncSession, transaction_id: int, *, above: int) -> None:
        """Every block that could hold it is in the log, and none does."""
        transaction = await session.get_one(ChainTransaction, transaction_id, with_for_update=True)
        if transaction.status is not TransactionStatus.SIGNED:
            return
        await give_up(session, transaction, "the transaction's era ended before a block took it", above=above)
        log.warning("transaction expired", hash=transaction.hash)

    async def _sign_next_batch(self) -> bool:
        """Sign what is queued and would go well now; False when nothing is, or nothing may be."""
        queued = await self._queued_calls()
        if not queued:
            return False
        nonce = await self._next_nonce()
        if nonce is None:
            return False
        tried = [await self._try(call) for call in queued]
        ready = self._within_deposit_ceiling([call for call in tried if call is not None])
        batch = await self._sign_affordable(ready, nonce)
        transaction = await self._store(batch) if batch is not None else None
        if transaction is None:
            return False
        self._sent_at = {}  # whatever was sent before is no longer open
        await self._send(transaction)
        return True

    async def _queued_calls(self) -> list[ContractCall]:
        """Those that are due, by their priority: where not all fit, the last ones wait."""
        async with self.sessions() as session:
            rows = await session.scalars(
                select_due(
                    ContractCall,
                    ContractCall.signer_role == self.role,
                    ContractCall.status == CallStatus.QUEUED,
                    now=utc_now(),
                    limit=BATCH_SIZE,
                ).order_by(ContractCall.priority, ContractCall.id)
            )
            return list(rows)

    async def _next_nonce(self) -> int | None:
        """The node's count of our transactions; None while it has not caught up with what we know to be final.

        Signing with a nonce that is used already would only make bytes that no block can ever take.
        """
        nonce = await self.chain.next_nonce(self.signer.public_key)
        async with self.sessions() as session:
            lowest = await self._lowest_free_nonce(session)
        if nonce < lowest:
            log.warning("the node is behind", signer=self.signer.address, nonce_of_node=nonce, lowest_free_nonce=lowest)
            return None
        return nonce

    async def _lowest_free_nonce(self, session: AsyncSession) -> int:
        """One more than the highest that a final block is known to hold."""
        highest = await session.scalar(
            select(func.max(ChainTransaction.nonce)).where(
                ChainTransaction.signer == self.signer.address, ChainTransaction.status == TransactionStatus.FINALIZED
            )
        )
        return 0 if highest is None else highest + 1

    def _within_deposit_ceiling(self, ready: list[ReadyCall]) -> list[ReadyCall]:
        """As many of the first as one transaction may hold deposits for; each of them alone may."""
        deposits = accumulate(call.deposit_limit for call in ready)
        return [call for call, deposit in zip(ready, deposits, strict=True) if deposit <= self.limits.deposit]

    async def _sign_affordable(self, ready: list[ReadyCall], nonce: int) -> SignedBatch | None:
        """Sign as many of the first as the limits allow; None when not even the first is, which is then held back."""
        now = utc_now()
        async with self.sessions() as session:
            spent = await spent_on_day(session, self.signer.address, now)
        era = await self._era()
        while ready:
            encoded = await self.chain.encode_batch([call.encoded for call in ready])
            try:
                signed = await self.chain.sign(encoded, self.signer, nonce=nonce, era=era)
            except SignerRefused as refusal:
                if len(ready) == 1:
                    await self._put_back(ready[0].call, str(refusal))
                ready = ready[: len(ready) // 2]
                continue
            cost = Cost(
                fee=await self.chain.estimate_fee(signed.extrinsic),
                deposit=Planck(sum(call.deposit_limit for call in ready)),
            )
            lowest = CallPriority(max(call.call.priority for call in ready))
            objection = self.limits.objection(cost, spent_today=spent, priority=lowest)
            if objection is None:
                return SignedBatch(signed, ready, cost)
            if len(ready) == 1:
                await self._hold_back(ready[0].call, objection, cost, now)
            ready = ready[: len(ready) // 2]
        return None

    async def _hold_back(self, call: ContractCall, reason: HoldReason, cost: Cost, now: datetime) -> None:
        later = now + policies().contract_calls.delay(call.attempt_count)
        until = next_day(now) if reason is HoldReason.SPEND_LIMIT_REACHED else later
        why = f"{reason}: it would cost up to {cost.fee} planck of fee and {cost.deposit} planck of deposit"
        async with self.sessions.begin() as session:
            await hold_back(session, call.id, reason, why, until=until)
        log.error("call held back", call_id=call.id, function=call.function, reason=reason, until=until.isoformat())

    async def _try(self, call: ContractCall) -> ReadyCall | None:
        """The encoded call, if a dry run goes well; otherwise it is put back with the reason, to be tried later."""
        contract = EscrowContract(self.chain, self.contract_address)
        try:
            arguments = _arguments_of(call)
            data, run = await contract.dry_run(call.function, *arguments, caller=self.signer.public_key)
        except (ContractReverted, CallNotPossible, *_NOT_ENCODABLE) as refusal:
            await self._put_back(call, str(refusal))
            return None
        if run.storage_deposit > self.limits.deposit:
            cost = Cost(fee=NOTHING, deposit=run.storage_deposit)
            await self._hold_back(call, HoldReason.DEPOSIT_ABOVE_CEILING, cost, utc_now())
            return None
        limits = run.limits()
        limits = replace(limits, storage_deposit=min(limits.storage_deposit, self.limits.deposit))
        encoded = await self.chain.encode_contract_call(dest=self.contract_address, data=data, limits=limits)
        return ReadyCall(call, encoded, limits.storage_deposit)

    async def _put_back(self, call: ContractCall, reason: str) -> None:
        """Try again later what was refused now, or drop what has nothing left to do."""
        async with self.sessions.begin() as session:
            if await self.is_obsolete(session, call):
                await drop(session, call)
                log.info("obsolete call dropped", call_id=call.id, function=call.function)
            else:
                await requeue(session, call, reason)
                log.warning("call refused", call_id=call.id, function=call.function, reason=reason)

    async def _store(self, batch: SignedBatch) -> ChainTransaction | None:
        """Write the signed bytes and tie the calls to them, unless something came in between: then nothing is done.

        The worker's lock already lets one sender work for a signer. A lock can be lost without the holder's knowing,
        so what the signature took for granted is made sure of here, where it becomes a fact.
        """
        signed = batch.signed
        async with self.sessions.begin() as session:
            await lock_until_commit(session, f"signing:{self.signer.address}")
            if await self._open_transactions(session) or signed.nonce < await self._lowest_free_nonce(session):
                log.warning("another transaction came first", signer=self.signer.address, nonce=signed.nonce)
                return None
            calls = {
                call.id: call
                for call in await session.scalars(
                    select(ContractCall)
                    .where(
                        ContractCall.id.in_([ready.call.id for ready in batch.calls]),
                        ContractCall.status == CallStatus.QUEUED,
                    )
                    .order_by(ContractCall.id)
                    .with_for_update()
                )
            }
            if len(calls) < len(batch.calls):
                log.warning("a call is no longer queued", signer=self.signer.address, nonce=signed.nonce)
                return None

            transaction = transaction_row(self.signer, signed, batch.cost)
            session.add(transaction)
            await session.flush()
            for place, ready in enumerate(batch.calls):
                call = calls[ready.call.id]
                call.status, call.transaction_id, call.place = CallStatus.SIGNED, transaction.id, place
                call.held_back = None
                log.info(
                    "call signed",
                    call_id=call.id,
                    function=call.function,
                    order_id=call.order_id,
                    asked_by=call.asked_by,
                    asked_in=call.correlation_id,
                    hash=transaction.hash,
                )
        return transaction


def _arguments_of(call: ContractCall) -> list[Value]:
    inputs = escrow_interface().functions[call.function].inputs
    return [from_json(value, field.type) for value, field in zip(call.arguments, inputs, strict=True)]


def transaction_row(signer: Signer, signed: SignedExtrinsic, cost: Cost, *, tip: Planck = NOTHING) -> ChainTransaction:
    """Signed bytes as they are stored before they are sent."""
    return ChainTransaction(
        signer=signer.address,
        nonce=signed.nonce,
        extrinsic=signed.extrinsic,
        hash=signed.hash,
        birth_hash=signed.era.birth_hash,
        valid_until_block=signed.era.last_block,
        tip_planck=tip,
        fee_estimate_planck=cost.fee,
        deposit_limit_planck=cost.deposit,
    )
