"""Define what operators change by hand. Each act is noted with who did it and why, in the transaction that does it."""

from collections.abc import Collection
from typing import ClassVar

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.catalog import service as catalog
from descrow.contract.calls import CHANNEL
from descrow.contract.models import CallStatus, ContractCall
from descrow.incidents import audit
from descrow.incidents.cases import close_case
from descrow.incidents.models import Case
from descrow.kernel.db import utc_now
from descrow.kernel.errors import Conflict, NotFound
from descrow.orders.models import Order
from descrow.orders.reconciliation import retry_events
from descrow.orders.reservations import keep_piece


class CallNotFound(NotFound):
    code: ClassVar[str] = "call_not_found"

    def __init__(self, call_id: int) -> None:
        super().__init__(f"There is no call {call_id}.", call_id=call_id)


class CaseNotFound(NotFound):
    code: ClassVar[str] = "case_not_found"

    def __init__(self, case_id: int) -> None:
        super().__init__(f"There is no case {case_id}.", case_id=case_id)


class CallIsBeyondUs(Conflict):
    """Once signed, a block may take the call whatever our rows say; once ended, nothing is left to change."""

    code: ClassVar[str] = "call_is_beyond_us"

    def __init__(self, call: ContractCall) -> None:
        super().__init__(f"Call {call.id} is {call.status}: only a queued one can be changed.", call_id=call.id)


class CaseIsClosed(Conflict):
    code: ClassVar[str] = "case_is_closed"

    def __init__(self, case: Case) -> None:
        super().__init__(f"Case {case.id} was closed by {case.closed_by}: {case.resolution}.", case_id=case.id)


async def retry_parked_events(
    session: AsyncSession, numbers: Collection[int], *, subject: str, actor: str, reason: str | None
) -> int:
    """Events of these orders of the contract that could not be applied are due now; returns how many they are."""
    due = await retry_events(session, numbers)
    await audit.note(session, actor=actor, action="retry events", subject=subject, reason=reason, events=due)
    return due


async def retry_call(session: AsyncSession, call_id: int, *, actor: str, reason: str | None) -> None:
    """The call is due now; one that had been dropped or cancelled is queued again, for it was never made.

    Raises CallNotFound or CallIsBeyondUs; ProductSoldOut for the creation of an order whose piece went to another.
    """
    call = await get_call(session, call_id)
    if call.status not in (CallStatus.QUEUED, CallStatus.DROPPED):
        raise CallIsBeyondUs(call)
    if call.status is CallStatus.DROPPED and (order := await _only_wanted(session, call)) is not None:
        await keep_piece(session, order, until=None)
    await audit.note(
        session,
        actor=actor,
        action="retry call",
        subject=f"call {call.id}",
        reason=reason,
        was=call.status,
        last_error=call.last_error,
    )
    call.status, call.next_attempt_at, call.ended_at, call.held_back = CallStatus.QUEUED, utc_now(), None, None
    await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})


async def cancel_call(session: AsyncSession, call_id: int, *, actor: str, reason: str) -> None:
    """The call is never made, and an order that is then never begun no longer keeps a piece from others.

    Raises CallNotFound; CallIsBeyondUs for one that is signed, since a block may take it.
    """
    call = await get_call(session, call_id)
    if call.status is not CallStatus.QUEUED:
        raise CallIsBeyondUs(call)
    if (order := await _only_wanted(session, call)) is not None:
        if order.holds_piece:
            await catalog.return_pieces(session, order.product_id)
        order.holds_piece = False
    await audit.note(
        session,
        actor=actor,
        action="cancel call",
        subject=f"call {call.id}",
        reason=reason,
        function=call.function,
        order_id=call.order_id,
        last_error=call.last_error,
    )
    call.status, call.ended_at, call.last_error = CallStatus.DROPPED, utc_now(), f"cancelled by {actor}: {reason}"


async def _only_wanted(session: AsyncSession, call: ContractCall) -> Order | None:
    """The order that this call would begin, and nothing else will; None for every other call."""
    if call.function != "create_order" or call.order_id is None:
        return None
    order = await session.get_one(Order, call.order_id)
    return order if order.contract_order_id is None else None


async def resolve_case(session: AsyncSession, case_id: int, *, actor: str, resolution: str) -> None:
    """A person says how the case ended. Raises CaseNotFound or CaseIsClosed."""
    case = await get_case(session, case_id)
    if case.closed_at is not None:
        raise CaseIsClosed(case)
    await close_case(session, case, by=actor, resolution=resolution)
    await audit.note(session, actor=actor, action="close case", subject=f"case {case.id}", reason=resolution)


async def get_call(session: AsyncSession, call_id: int) -> ContractCall:
    """The call, locked. Raises CallNotFound."""
    call = await session.get(ContractCall, call_id, with_for_update=True)
    if call is None:
        raise CallNotFound(call_id)
    return call


async def get_case(session: AsyncSession, case_id: int) -> Case:
    """The case, locked. Raises CaseNotFound."""
    case = await session.get(Case, case_id, with_for_update=True)
    if case is None:
        raise CaseNotFound(case_id)
    return case
