"""Define what operators are shown of one row: for people in tables, for programs in JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from descrow.contract.models import CallStatus, Finality, HoldReason, SignerRole, TransactionStatus
from descrow.contract.order_status import OrderStatus
from descrow.incidents.models import AlertKind, CaseKind
from descrow.kernel.db import Base
from descrow.kernel.texts import said_in
from descrow.kernel.texts.languages import Language

Line = TypeVar("Line", bound=msgspec.Struct)


class EventLine(msgspec.Struct, rename="camel"):
    """An event of the log. One with `lastError` is parked, and is tried again at `nextAttemptAt`."""

    block_number: int
    block_hash: str
    event_index: int
    finality: Finality
    name: str
    contract_order_id: int | None
    arguments: dict[str, object]
    extrinsic_hash: str | None
    happened_at: datetime
    applied_at: datetime | None
    attempt_count: int
    next_attempt_at: datetime | None
    last_error: str | None


class CallLine(msgspec.Struct, rename="camel"):
    id: int
    function: str
    order_id: int | None
    signer_role: SignerRole
    asked_by: int | None
    correlation_id: str | None
    status: CallStatus
    transaction_id: int | None
    attempt_count: int
    next_attempt_at: datetime
    held_back: HoldReason | None
    last_error: str | None
    created_at: datetime
    ended_at: datetime | None


class TransactionLine(msgspec.Struct, rename="camel"):
    id: int
    signer: str
    nonce: int
    hash: str
    status: TransactionStatus
    valid_until_block: int
    block_number: int | None
    fee_planck: str | None
    error: str | None
    created_at: datetime
    ended_at: datetime | None


class AlertLine(msgspec.Struct, rename="camel"):
    kind: AlertKind
    subject: str
    details: dict[str, object]
    raised_at: datetime
    last_seen_at: datetime


class CaseLine(msgspec.Struct, rename="camel"):
    id: int
    kind: CaseKind
    subject: str
    order_id: int | None
    details: dict[str, object]
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    resolution: str | None


class StepLine(msgspec.Struct, rename="camel"):
    status_before: OrderStatus | None
    status_after: OrderStatus
    cause: str
    actor: str | None
    block_number: int
    extrinsic_hash: str | None
    happened_at: datetime
    recorded_at: datetime


class FeedEventLine(msgspec.Struct, rename="camel"):
    account_id: int
    number: int
    name: str
    payload: dict[str, object]
    created_at: datetime


def lines_of(rows: Iterable[Base], kind: type[Line]) -> list[Line]:
    """The rows' columns that a line of this kind shows; amounts as digits, which no reader of JSON rounds."""
    return [kind(**{name: _shown(name, getattr(row, name)) for name in kind.__struct_fields__}) for row in rows]


def _shown(name: str, value: object) -> object:
    if name == "payload" and isinstance(value, dict):
        return said_in(value, Language.ENGLISH)
    return str(value) if name.endswith(("_planck", "_cents")) and value is not None else value
