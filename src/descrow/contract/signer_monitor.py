"""Define what an operator must hear of a signer: its balance runs low, or sending its calls would cost too much."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.keys import Signer
from descrow.contract.escrow import EscrowContract
from descrow.contract.models import CallStatus, ContractCall, HoldReason, SignerRole, SignerState
from descrow.contract.spending import SpendingLimits, spent_on_day
from descrow.incidents.alerts import keep_alert
from descrow.incidents.models import AlertKind
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.money import Planck


async def watch_signer(
    sessions: Sessions,
    contract: EscrowContract,
    signer: Signer,
    role: SignerRole,
    *,
    low_balance: Planck,
    limits: SpendingLimits,
) -> None:
    """Write down what the signer has and may spend; raise what is wrong, clear what is well again.

    Raises ChainUnreachable.
    """
    free = await contract.chain.free_balance(signer.public_key)
    caps = await contract.read("oracle_caps") if role is SignerRole.ORACLE else (None, None)
    async with sessions.begin() as session:
        await _write_down(
            session,
            role,
            address=signer.address,
            free_planck=free,
            per_day_planck=limits.per_day,
            cap_per_order_kes_cents=caps[0],
            cap_per_day_kes_cents=caps[1],
            seen_at=utc_now(),
        )
        await keep_alert(
            session,
            AlertKind.LOW_BALANCE,
            subject=signer.address,
            is_there=free < low_balance,
            role=role,
            free_planck=str(free),
            wanted_planck=str(low_balance),
        )
        spent = await spent_on_day(session, signer.address, utc_now())
        await keep_alert(
            session,
            AlertKind.SPEND_LIMIT_NEAR,
            subject=signer.address,
            is_there=limits.is_nearly_spent(spent),
            role=role,
            spent_planck=str(spent),
            per_day_planck=str(limits.per_day),
        )
        waiting = await _held_back(session, role)
        too_dear = waiting.get(HoldReason.FEE_ABOVE_CEILING, 0) + waiting.get(HoldReason.DEPOSIT_ABOVE_CEILING, 0)
        await keep_alert(
            session,
            AlertKind.TRANSACTION_TOO_DEAR,
            subject=signer.address,
            is_there=too_dear > 0,
            role=role,
            calls=too_dear,
        )
        over_the_limit = waiting.get(HoldReason.SPEND_LIMIT_REACHED, 0)
        await keep_alert(
            session,
            AlertKind.SPEND_LIMIT_REACHED,
            subject=signer.address,
            is_there=over_the_limit > 0,
            role=role,
            calls=over_the_limit,
        )


async def _write_down(session: AsyncSession, role: SignerRole, **seen: object) -> None:
    row = insert(SignerState).values(role=role, **seen)
    await session.execute(row.on_conflict_do_update(index_elements=[SignerState.role], set_=seen))


async def _held_back(session: AsyncSession, role: SignerRole) -> dict[HoldReason, int]:
    """Return how many calls wait for each reason."""
    rows = await session.execute(
        select(ContractCall.held_back, func.count())
        .where(
            ContractCall.signer_role == role,
            ContractCall.status == CallStatus.QUEUED,
            ContractCall.held_back.is_not(None),
        )
        .group_by(ContractCall.held_back)
    )
    return {reason: count for reason, count in rows if reason is not None}
