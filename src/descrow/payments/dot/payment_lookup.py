"""A payment in DOT that seems lost: what became of it, where the money is, and what to do next.

The contract's own state says where the money is, the event log which transaction paid. What failed or never came
leaves no event of ours: for that the chain's recent blocks are read, as many as a transaction may wait for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from descrow.chain.block_reader import Heads
from descrow.chain.blocks import Block
from descrow.chain.errors import CallNotPossible
from descrow.chain.runtime import ERA_PERIOD
from descrow.chain.search import find_extrinsic
from descrow.contract.abi import DecodedEvent, escrow_interface
from descrow.contract.contract_state import OrderOnContract, orders_at
from descrow.contract.errors import ContractReverted, code_of_reason
from descrow.contract.escrow import EscrowContract, get_deployment
from descrow.contract.models import ChainEvent, Finality
from descrow.contract.order_status import OrderStatus
from descrow.kernel.db import Sessions
from descrow.kernel.texts import CONTRACT_REASONS, Message, words_of
from descrow.kernel.texts.languages import Language
from descrow.orders.confirmations import confirmations_of
from descrow.orders.queries import OrderInFull
from descrow.orders.transitions import TRANSITIONS, Action
from descrow.payments.dot.method import amount_due

TIME_IS_OVER = "escrow: time to pay is over"


class DotPaymentStatus(StrEnum):
    """Describe what became of the transaction, or of any payment when none is named."""

    UNPAID = "unpaid"
    NOT_SEEN = "not_seen"
    MAY_STILL_COME = "may_still_come"
    IN_BLOCK = "in_block"
    FINAL = "final"
    FAILED = "failed"
    ABANDONED = "given_up"
    NEVER_WAS = "never_was"
    NOT_THIS_ORDER = "not_this_order"


_MAY_YET_PAY = frozenset(
    {DotPaymentStatus.MAY_STILL_COME, DotPaymentStatus.NOT_SEEN, DotPaymentStatus.IN_BLOCK, DotPaymentStatus.ABANDONED}
)


class MoneyIs(StrEnum):
    WITH_BUYER = "with_buyer"
    IN_CONTRACT = "in_contract"
    PAID_OUT = "paid_out"
    REFUNDED = "refunded"
    UNKNOWN = "unknown"


class NextStep(StrEnum):
    """Programs compare these; paying again is safe always, since the contract takes one payment for an order."""

    WAIT = "wait"
    PAY_AGAIN = "pay_again"
    PAY_OTHER_WAY = "pay_other_way"
    NOTHING_TO_DO = "nothing_to_do"
    CONTACT_SUPPORT = "contact_support"


_MONEY_IS = {
    OrderStatus.CREATED: MoneyIs.WITH_BUYER,
    OrderStatus.CANCELLED: MoneyIs.WITH_BUYER,
    OrderStatus.EXPIRED: MoneyIs.WITH_BUYER,
    OrderStatus.FUNDED: MoneyIs.IN_CONTRACT,
    OrderStatus.SHIPPED: MoneyIs.IN_CONTRACT,
    OrderStatus.RECEIVED: MoneyIs.IN_CONTRACT,
    OrderStatus.DISPUTED: MoneyIs.IN_CONTRACT,
    OrderStatus.DELIVERED: MoneyIs.PAID_OUT,
    OrderStatus.RESOLVED: MoneyIs.PAID_OUT,
    OrderStatus.REFUNDED: MoneyIs.REFUNDED,
}


@dataclass(frozen=True)
class Trace:
    """Describe what became of the transaction. `error` is the chain's word for a failure, `reason` the contract's."""

    status: DotPaymentStatus
    block_number: int | None = None
    error: str | None = None
    reason: str | None = None
    is_over: bool = False
    """Whether no block can take it any more."""


@dataclass(frozen=True)
class DotPayment:
    """The answer. `obstacle` says why one cannot pay now, where that is so."""

    trace: Trace
    money_is: MoneyIs
    next: NextStep
    obstacle: str | None
    confirmations: int | None
    required: int | None
    messages: Sequence[Message]

    def message_in(self, language: Language) -> str:
        """Return the answer in sentences for people."""
        return " ".join(message.in_language(language) for message in self.messages)


async def look_for_payment(
    sessions: Sessions,
    contract: EscrowContract,
    found: OrderInFull,
    *,
    transaction: str | None,
    valid_until_block: int | None,
) -> DotPayment:
    """Return what became of the buyer's payment. Nothing is changed. Raises ChainUnreachable."""
    heads = Heads(await contract.chain.best_head(), await contract.chain.final_head())
    search = _Search(sessions, contract, found, heads, transaction, valid_until_block)
    there = await search.order_on_contract()
    trace = await search.trace(there)
    money_is = _money_is(found, there)
    next_step, obstacle = await search.next_step(trace, money_is, there)
    confirmations = required = None
    if trace.block_number is not None:
        confirmations, required = confirmations_of(trace.block_number, best=heads.best.number, final=heads.final.number)
        confirmations = min(confirmations, required)
    messages = [
        _message_of(trace, valid_until_block, confirmations, required),
        *(_why(trace.reason or trace.error) if trace.status is DotPaymentStatus.FAILED else ()),
        Message(f"money.{money_is}"),
        *([] if obstacle is None else [Message("dot_payment.refused_now"), *_why(obstacle)]),
        Message(f"next.{next_step}"),
    ]
    return DotPayment(trace, money_is, next_step, obstacle, confirmations, required, messages)


@dataclass(frozen=True)
class _Search:
    sessions: Sessions
    contract: EscrowContract
    found: OrderInFull
    heads: Heads
    transaction: str | None
    valid_until_block: int | None

    @property
    def number(self) -> int | None:
        return self.found.order.contract_order_id

    async def order_on_contract(self) -> OrderOnContract | None:
        """As the newest block has it."""
        if self.number is None:
            return None
        return (await orders_at(self.contract, [self.number], block_hash=self.heads.best.hash))[self.number]

    async def trace(self, there: OrderOnContract | None) -> Trace:
        """From the log first, then from the chain's recent blocks."""
        events = await self._payments_in_log()
        for finality, status in (
            (Finality.FINALIZED, DotPaymentStatus.FINAL),
            (Finality.BEST, DotPaymentStatus.IN_BLOCK),
        ):
            for event in events:
                if event.finality is finality:
                    return Trace(status, event.block_number)
        if self.transaction is not None:
            block_hash = await find_extrinsic(
                self.contract.chain, self.transaction, first=await self._first_block(), last=self._last_block
            )
            if block_hash is not None:
                return await self._trace_in(await self.contract.chain.block_by_hash(block_hash), self.transaction)
        if events:
            return Trace(DotPaymentStatus.ABANDONED, is_over=self._is_too_late)
        if self.transaction is None:
            is_unpaid = _money_is(self.found, there) in (MoneyIs.WITH_BUYER, MoneyIs.UNKNOWN)
            return Trace(DotPaymentStatus.UNPAID if is_unpaid else DotPaymentStatus.IN_BLOCK)
        if self.valid_until_block is None:
            return Trace(DotPaymentStatus.NOT_SEEN)
        if self._is_too_late:
            return Trace(DotPaymentStatus.NEVER_WAS, is_over=True)
        return Trace(DotPaymentStatus.MAY_STILL_COME)

    async def next_step(
        self, trace: Trace, money_is: MoneyIs, there: OrderOnContract | None
    ) -> tuple[NextStep, str | None]:
        """Return what to do, and what keeps the buyer from paying now."""
        if money_is is MoneyIs.UNKNOWN:
            return NextStep.CONTACT_SUPPORT, None
        if self.number is None or there is None:
            return NextStep.WAIT, None
        if there.status is not OrderStatus.CREATED:
            is_known = self.found.order.status is not OrderStatus.CREATED
            return NextStep.NOTHING_TO_DO if is_known else NextStep.WAIT, None
        if trace.status in _MAY_YET_PAY and not trace.is_over:
            return NextStep.WAIT, None
        return await self._whether_to_pay(self.number)

    async def _whether_to_pay(self, number: int) -> tuple[NextStep, str | None]:
        try:
            await self._try_to_pay(number)
        except CallNotPossible as refusal:
            return NextStep.PAY_OTHER_WAY, refusal.why
        except ContractReverted as refusal:
            is_over = refusal.reason == TIME_IS_OVER
            return NextStep.NOTHING_TO_DO if is_over else NextStep.CONTACT_SUPPORT, refusal.reason or refusal.detail
        return NextStep.PAY_AGAIN, None

    async def _try_to_pay(self, number: int, *, at: str | None = None) -> None:
        await self.contract.dry_run(
            Action.FUND,
            number,
            caller=self.found.buyer.public_key,
            value=amount_due(self.found.order),
            at=at,
        )

    async def _payments_in_log(self) -> Sequence[ChainEvent]:
        """This order's payments that the log tells of, given up ones too; only the named transaction's if one is."""
        wanted = [ChainEvent.contract_order_id == self.number, ChainEvent.name == "OrderFunded"]
        if self.transaction is not None:
            wanted.append(ChainEvent.extrinsic_hash == self.transaction)
        async with self.sessions() as session:
            return (await session.scalars(select(ChainEvent).where(*wanted))).all()

    @property
    def _last_block(self) -> int:
        best = self.heads.best.number
        return best if self.valid_until_block is None else min(best, self.valid_until_block)

    async def _first_block(self) -> int:
        """An era before the last one that may hold the transaction; before the contract nobody could pay."""
        last = self.heads.best.number if self.valid_until_block is None else self.valid_until_block
        async with self.sessions() as session:
            deployment = await get_deployment(session)
        return max(deployment.block_number, last - ERA_PERIOD + 1)

    @property
    def _is_too_late(self) -> bool:
        """Return whether every block that could hold the transaction is final."""
        return self.valid_until_block is not None and self.heads.final.number >= self.valid_until_block

    async def _trace_in(self, block: Block, transaction: str) -> Trace:
        """Return what a block did that the log does not have (yet), or that left no event of ours."""
        place = block.extrinsic_hashes.index(transaction)
        outcome = block.outcome_of(place)
        if outcome.error is not None:
            return Trace(DotPaymentStatus.FAILED, block.number, outcome.error, await self._reason_in(block))
        paid = any(
            event.extrinsic_index == place
            and event.is_contract_event_of(self.contract.address)
            and _pays_for(escrow_interface().decode_event(*event.contract_log()), self.number)
            for event in block.events
        )
        return Trace(DotPaymentStatus.IN_BLOCK if paid else DotPaymentStatus.NOT_THIS_ORDER, block.number)

    async def _reason_in(self, block: Block) -> str | None:
        """Why the contract would refuse the payment in that block: the chain itself keeps no reasons."""
        if self.number is None:
            return None
        try:
            await self._try_to_pay(self.number, at=block.hash)
        except ContractReverted as refusal:
            return refusal.reason
        except CallNotPossible as refusal:
            return refusal.why
        return None


def _pays_for(event: DecodedEvent, number: int | None) -> bool:
    return event.name == "OrderFunded" and event.arguments["order_id"] == number


def _money_is(found: OrderInFull, there: OrderOnContract | None) -> MoneyIs:
    """By the contract, unless what it says can never have come from what our final events say."""
    if found.order.contract_order_id is None:
        return MoneyIs.WITH_BUYER
    if there is None or not isinstance(there.status, OrderStatus):
        return MoneyIs.UNKNOWN
    return _MONEY_IS[there.status] if _can_become(found.order.status, there.status) else MoneyIs.UNKNOWN


def _can_become(status: OrderStatus, later: OrderStatus) -> bool:
    """Return whether moves lead from one status to the other, in any number of steps."""
    reached = {status}
    while further := {transition.after for transition in TRANSITIONS if transition.before in reached} - reached:
        reached |= further
    return later in reached


def _why(reason: str | None) -> list[Message]:
    """Explain a reason of the contract; the chain's own word stands where there is no explanation."""
    if reason is None:
        return []
    code = code_of_reason(reason)
    if code in words_of(CONTRACT_REASONS, Language.ENGLISH):
        return [Message.explaining(CONTRACT_REASONS, code)]
    return [Message("dot_payment.chain_says", {"reason": reason})]


def _message_of(
    trace: Trace, valid_until_block: int | None, confirmations: int | None, required: int | None
) -> Message:
    """Say what became of the transaction."""
    values = {
        "block": trace.block_number,
        "blocks": ERA_PERIOD,
        "confirmations": confirmations,
        "required": required,
    }
    match trace.status:
        case DotPaymentStatus.UNPAID | DotPaymentStatus.NOT_SEEN | DotPaymentStatus.FINAL | DotPaymentStatus.FAILED:
            key = trace.status.value
        case DotPaymentStatus.MAY_STILL_COME:
            key, values = trace.status.value, {"block": valid_until_block}
        case DotPaymentStatus.IN_BLOCK:
            key = "in_unread_block" if trace.block_number is None else "in_block"
        case DotPaymentStatus.ABANDONED:
            key = "orphaned_for_good" if trace.is_over else "orphaned"
        case DotPaymentStatus.NEVER_WAS:
            key, values = "expired", {"block": valid_until_block}
        case DotPaymentStatus.NOT_THIS_ORDER:
            key = "not_this_order"
    return Message(f"dot_payment.{key}", values)
