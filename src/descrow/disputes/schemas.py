"""Disputes as they travel. A share is the buyer's, in basis points; money is digits in planck or in KES cents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec
from litestar.datastructures import UploadFile

from descrow.contract.order_status import OrderStatus
from descrow.disputes.thread import EntryKind, ShownFile
from descrow.orders.schemas import DivisionView, MethodName, OfferView
from descrow.orders.transitions import Party


class WriteMessageRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=4_000, pattern=r"\S")]


@dataclass
class ShowFileRequest:
    """A form with one file in it."""

    file: UploadFile


class EntryView(msgspec.Struct, rename="camel"):
    """One entry of the thread. `file` stays when the file itself was erased: then `erasedBy` says by whom.

    `digest` is over the whole entry and the digest of the one before; a bundle shows how, for anybody to check.
    """

    number: int
    by: Party
    author_address: str
    kind: EntryKind
    text: str | None
    file: ShownFile | None
    erases: int | None
    written_at: datetime
    previous_digest: str
    digest: str
    erased_by: Party | None = None
    erased_at: datetime | None = None


class DisputeView(msgspec.Struct, rename="camel"):
    """`entries` are the oldest ones behind the number asked for, and `next` is the number to ask for then.

    If nobody decides until `deadlineAt`, anyone may have the money divided by `defaultBuyerBps`. `disputedAt` is null
    while the buyer prepares a dispute, and `role` for those who look after the shop.
    """

    order_id: int
    status: OrderStatus
    role: Party | None
    actions: list[str]
    arbiter_address: str
    disputed_at: datetime | None
    deadline_at: datetime | None
    default_buyer_bps: int
    offer: OfferView | None
    division: DivisionView | None
    may_write: bool
    may_show_files: bool
    entries: list[EntryView]
    next: int | None


class SigningKeyView(msgspec.Struct, rename="camel"):
    """Describe what a bundle's signature is checked with: 64 hex digits."""

    algorithm: str
    public_key: str


class OpenDisputeView(msgspec.Struct, rename="camel"):
    """A dispute that waits for the caller's decision."""

    order_id: int
    product_title: str
    buyer_address: str
    seller_address: str
    payment_method: MethodName = msgspec.field(name="paymentMode")
    amount_planck: str | None
    amount_kes_cents: str | None
    disputed_at: datetime | None
    deadline_at: datetime | None
    default_buyer_bps: int
    messages: int
    evidence: int
