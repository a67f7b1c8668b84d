"""Orders as they travel. Money is planck in a string of digits; times are UTC."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar.params import PathParameter

from descrow.catalog.schemas import PlanckDigits, ShillingDigits
from descrow.contract.escrow import PreparedCall
from descrow.contract.order_status import OrderStatus
from descrow.kernel.db import LARGEST_ID
from descrow.orders.transitions import Party

OrderId = Annotated[int, PathParameter(ge=1, le=LARGEST_ID)]
CidText = Annotated[str, msgspec.Meta(max_length=200)]
"""What may be a CID; those that are taken are looked at more closely."""
MethodName = Annotated[
    str,
    msgspec.Meta(
        pattern="^[a-z]{1,32}$", description="A way to pay: `dot`, `mpesa`, or another that this shop has added."
    ),
]
"""The API calls it `paymentMode`, as its specification does."""


class CreateOrderRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """`phone_number` goes with `mpesa`: it is asked for the money as soon as the contract has the order. `quote_id`
    keeps the price that was quoted; without it the order is at the rate of the moment.

    `price_planck` or `price_kes_cents`, and `product_cid`, say what the buyer has seen: the price and `metadataCid` of
    `GET /products/{product_id}`. If the product is something else by now, no order is made and no phone is asked:
    `product_not_as_seen` says what has changed. Whoever names nothing orders the product as it is at that moment.
    """

    product_id: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)]
    payment_method: MethodName = msgspec.field(name="paymentMode")
    delivery_address: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    phone_number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] | None = None
    quote_id: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_ID)] | None = None
    price_planck: PlanckDigits | None = None
    price_kes_cents: ShillingDigits | None = None
    product_cid: CidText | None = None


class OrderUpdateRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """`confirm_receipt` says that the goods have arrived, and starts the time to inspect them; `extend_transit` gives
    goods on their way once more the time for it; `confirm` accepts them, and pays the seller.

    `tracking_cid` goes with `ship`: a CIDv1 of what the seller says about the parcel, which
    `POST /orders/{order_id}/parcel-note` seals for the parties; `evidence_cid` with `dispute` and `add_evidence`. Only
    their digests go to the chain.

    `buyer_bps` is the buyer's share in basis points: of an offer to settle (`propose`), of the offer that is accepted
    (`accept`), or as the arbiter decides (`resolve`). An offer is good for `valid_for_s`, and replaces the one before,
    whoever made that. With `relay` the shop's oracle passes the move on in your name, at the shop's cost: for M-Pesa
    orders, whose parties need no wallet with coin in it, and only to ship, extend transit, confirm receipt, confirm,
    dispute or cancel.
    """

    action: Literal[
        "ship",
        "extend_transit",
        "confirm_receipt",
        "confirm",
        "refund",
        "cancel",
        "dispute",
        "add_evidence",
        "propose",
        "withdraw",
        "accept",
        "resolve",
    ]
    tracking_cid: CidText | None = None
    evidence_cid: CidText | None = None
    buyer_bps: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None
    valid_for_s: Annotated[int, msgspec.Meta(ge=60, le=365 * 86_400)] = 3 * 86_400
    relay: bool = False


class OfferView(msgspec.Struct, rename="camel"):
    """An offer to settle; `buyerBps` is the buyer's share in basis points, and the rest is the seller's."""

    by: Party
    buyer_bps: int
    expires_at: datetime


class DivisionView(msgspec.Struct, rename="camel"):
    """Describe how an order's money was divided: in planck, or in KES cents where it was paid by M-Pesa."""

    buyer: str
    seller: str
    fee: str


class ConfirmationView(msgspec.Struct, rename="camel"):
    """A step that is in a block and not final yet: a fact once `confirmations` reach `required`."""

    cause: str
    status_after: OrderStatus
    block_number: int
    confirmations: int
    required: int


class OrderView(msgspec.Struct, rename="camel"):
    """`actions` are open to the caller now, by the words of `OrderUpdateRequest`, and `fund`; from `deadlineAt` on
    anyone may settle the order. `offer` is the offer to settle that stands.

    `productTitle`, `productCid` and the price are those of the moment of the order, whatever the seller changes later:
    `productCid` names the document of what was offered, and `pricePlanck` or `priceKesCents` is what the seller asked
    for it (both are null in orders made before version 0.3). The amount is what is paid.

    `tracking` is the digest of what the seller said of the parcel, as the chain keeps it. `trackingCid` and
    `evidenceCids` are the CIDs as they were given: a CID cannot be made from a digest. `trackingCid` is null where
    nobody has named the file to this shop.
    """

    id: int
    reference: UUID
    contract_order_id: int | None
    status: OrderStatus
    role: Party
    actions: list[str]
    product_id: int
    product_title: str
    product_cid: str | None
    price_planck: str | None
    price_kes_cents: str | None
    buyer_address: str
    seller_address: str
    amount_planck: str | None
    fee_planck: str | None
    amount_kes_cents: str | None
    fee_kes_cents: str | None
    payment_method: MethodName = msgspec.field(name="paymentMode")
    delivery_address: str
    tracking: str | None
    tracking_cid: str | None
    evidence_cids: list[str]
    deadline_at: datetime | None
    created_at: datetime
    funded_at: datetime | None
    shipped_at: datetime | None
    transit_extended_at: datetime | None
    received_at: datetime | None
    delivered_at: datetime | None
    disputed_at: datetime | None
    ended_at: datetime | None
    offer: OfferView | None
    confirmations: list[ConfirmationView]


class OrderDetails(OrderView, rename="camel"):
    """An order with what only its own page says.

    `creditPlanck` is what of it the contract keeps for the caller, who withdraws it with `POST /credit/withdraw`.
    A party whose account is not on the chain is credited in this way, not paid. `buyerAccountExists` and
    `sellerAccountExists` say so before the order ends; they are null where it does not matter, and while the node does
    not answer.
    """

    credit_planck: str | None
    buyer_account_exists: bool | None
    seller_account_exists: bool | None


class CreateOrderResponse(msgspec.Struct, rename="camel"):
    """`contractOrderId` is null until the chain has the order; an `orderUpdate` event tells when it does."""

    order: OrderView
    contract_order_id: int | None


class CallToSign(msgspec.Struct, rename="camel"):
    """Describe what the caller's wallet is to sign: `Revive.call` with these values. Nothing has happened yet.

    `call` is null, and `relayed` true, where the shop passes the move on: then there is nothing to sign.
    """

    contract_order_id: int
    call: PreparedCall | None
    relayed: bool = False


class TransitionView(msgspec.Struct, rename="camel"):
    """One step of the order's life, or something said of it that left it where it was, and where on the chain it can
    be checked. `evidence` is the digest in a CID: 0x and 64 digits; `evidenceCid` is that CID, if it was named here."""

    status_before: OrderStatus | None
    status_after: OrderStatus
    cause: str
    actor: str | None
    """EVM address that the contract's event names, if it names one."""
    asked_by: Party | None
    """Whose act it is; `operator` where the shop acted by itself, `anyone` for a stranger."""
    signed_by: Party | None
    """Whose key signed it: `operator` or `oracle` where the shop carried it to the chain."""
    block_number: int
    block_hash: str
    extrinsic_hash: str | None
    happened_at: datetime
    offer: OfferView | None = None
    evidence: str | None = None
    evidence_cid: str | None = None
    division: DivisionView | None = None
