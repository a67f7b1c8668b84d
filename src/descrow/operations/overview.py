"""Define how the marketplace is, on one screen: how far the log is, what waits and why, what a person must look at."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.client import ChainClient
from descrow.chain.errors import ChainUnreachable, KeyNotUsable, SignerRefused, SignerUnreachable, WrongChain
from descrow.chain.keys import KeySource
from descrow.chain.signers import read_signer
from descrow.contract.escrow import get_deployment
from descrow.contract.event_store import cursor_of
from descrow.contract.models import (
    CallStatus,
    ChainEvent,
    ChainTransaction,
    ContractCall,
    Finality,
    SignerRole,
    TransactionStatus,
)
from descrow.incidents.alerts import open_alerts
from descrow.incidents.cases import open_cases
from descrow.kernel.db import Sessions
from descrow.operations.health import MAX_LAG_BLOCKS
from descrow.operations.rows import AlertLine, CallLine, CaseLine, EventLine, TransactionLine, lines_of
from descrow.operations.services import SignerKeys
from descrow.orders.models import ReconciliationRun

MOST_LINES = 20
"""Of each kind; the counts are of all."""


class RunLine(msgspec.Struct, rename="camel"):
    """The newest comparison with the contract."""

    at: datetime
    block_number: int
    orders_compared: int
    orders_repaired: int
    differences: list[dict[str, object]]


class SignerLine(msgspec.Struct, rename="camel"):
    """A key that signs for us. Without an address, `trouble` says why; without a balance, the chain did not tell."""

    role: SignerRole
    address: str | None
    free_planck: str | None
    trouble: str | None


class Overview(msgspec.Struct, rename="camel"):
    """`lagBlocks` is how many final blocks the log is behind; the chain's numbers are null when it does not answer."""

    contract_address: str
    indexed_block: int | None
    finalized_block: int | None
    best_block: int | None
    lag_blocks: int | None
    chain_trouble: str | None
    events_waiting: int
    parked: list[EventLine]
    calls_queued: int
    calls_signed: int
    calls: list[CallLine]
    transactions: list[TransactionLine]
    alerts: list[AlertLine]
    cases: list[CaseLine]
    last_reconciliation: RunLine | None
    signers: list[SignerLine]

    @property
    def is_well(self) -> bool:
        """Return whether nothing waits for a person."""
        return (
            self.lag_blocks is not None
            and self.lag_blocks <= MAX_LAG_BLOCKS
            and not (self.parked or self.alerts or self.cases)
            and all(signer.trouble is None for signer in self.signers)
        )


async def overview(sessions: Sessions, chain: ChainClient, signer_keys: SignerKeys) -> Overview:
    """Look at everything once. Raises NotDeployed; a chain that does not answer is part of what is told."""
    final = best = trouble = None
    try:
        final, best = (await chain.final_head()).number, (await chain.best_head()).number
    except (ChainUnreachable, WrongChain) as error:
        trouble = str(error)
    async with sessions() as session:
        deployment = await get_deployment(session)
        cursor = await cursor_of(session)
        calls = await count_open_calls(session)
        logged = None if cursor is None else cursor.number
        return Overview(
            contract_address=deployment.contract_address,
            indexed_block=logged,
            finalized_block=final,
            best_block=best,
            lag_blocks=None if logged is None or final is None else max(0, final - logged),
            chain_trouble=trouble,
            events_waiting=await count_waiting(session),
            parked=lines_of(await parked_events(session, limit=MOST_LINES), EventLine),
            calls_queued=calls.get(CallStatus.QUEUED, 0),
            calls_signed=calls.get(CallStatus.SIGNED, 0),
            calls=lines_of(await open_calls(session, limit=MOST_LINES), CallLine),
            transactions=lines_of(await _open_transactions(session), TransactionLine),
            alerts=lines_of(await open_alerts(session), AlertLine),
            cases=lines_of(await open_cases(session), CaseLine),
            last_reconciliation=await last_run(session),
            signers=await look_at_signers(chain, signer_keys, chain_answers=trouble is None),
        )


async def parked_events(session: AsyncSession, *, limit: int) -> list[ChainEvent]:
    """Final events that could not be applied, those that are tried soonest first."""
    rows = await session.scalars(
        select(ChainEvent)
        .where(*_IS_WAITING, ChainEvent.last_error.is_not(None))
        .order_by(ChainEvent.next_attempt_at, ChainEvent.block_number, ChainEvent.event_index)
        .limit(limit)
    )
    return list(rows)


async def open_calls(session: AsyncSession, *, limit: int) -> list[ContractCall]:
    """Calls that are queued or signed, the oldest first."""
    rows = await session.scalars(
        select(ContractCall)
        .where(ContractCall.status.in_((CallStatus.QUEUED, CallStatus.SIGNED)))
        .order_by(ContractCall.id)
        .limit(limit)
    )
    return list(rows)


_IS_WAITING = (
    ChainEvent.finality == Finality.FINALIZED,
    ChainEvent.applied_at.is_(None),
    ChainEvent.contract_order_id.is_not(None),
)


async def count_waiting(session: AsyncSession) -> int:
    """Final events that are not applied yet, parked ones among them."""
    return await session.scalar(select(func.count()).select_from(ChainEvent).where(*_IS_WAITING)) or 0


async def count_parked(session: AsyncSession) -> int:
    """Final events that could not be applied, and are tried again."""
    parked = select(func.count()).select_from(ChainEvent).where(*_IS_WAITING, ChainEvent.last_error.is_not(None))
    return await session.scalar(parked) or 0


async def count_open_calls(session: AsyncSession) -> Mapping[CallStatus, int]:
    """Calls that are queued or signed; a status that none has is not there."""
    rows = await session.execute(
        select(ContractCall.status, func.count())
        .where(ContractCall.status.in_((CallStatus.QUEUED, CallStatus.SIGNED)))
        .group_by(ContractCall.status)
    )
    return dict(rows.all())


async def _open_transactions(session: AsyncSession) -> list[ChainTransaction]:
    rows = await session.scalars(
        select(ChainTransaction)
        .where(ChainTransaction.status == TransactionStatus.SIGNED)
        .order_by(ChainTransaction.signer, ChainTransaction.nonce)
    )
    return list(rows)


async def last_run(session: AsyncSession) -> RunLine | None:
    run = await session.scalar(select(ReconciliationRun).order_by(ReconciliationRun.id.desc()).limit(1))
    return None if run is None else lines_of([run], RunLine)[0]


async def look_at_signers(chain: ChainClient, keys: SignerKeys, *, chain_answers: bool) -> list[SignerLine]:
    """Return the keys and what they hold. Raises ChainUnreachable if the chain does not answer after all."""
    return [await _signer(chain, role, source, chain_answers=chain_answers) for role, source in keys.items()]


async def _signer(chain: ChainClient, role: SignerRole, source: KeySource, *, chain_answers: bool) -> SignerLine:
    """By the key as the worker opens it; an operator at another machine may not have it."""
    try:
        signer = await read_signer(source)
    except (KeyNotUsable, SignerRefused, SignerUnreachable, OSError) as error:
        return SignerLine(role, None, None, str(error))
    free = str(await chain.free_balance(signer.public_key)) if chain_answers else None
    return SignerLine(role, signer.address, free, None)
