"""What buyers and sellers may do with an order. The chain decides; here a move is prepared, or an order begun."""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.catalog import service as catalog
from descrow.catalog.models import Product
from descrow.escrow import calls
from descrow.escrow.abi import Value
from descrow.escrow.cids import NO_DIGEST, digest_of_cid
from descrow.escrow.contract import EscrowContract, get_deployment
from descrow.escrow.models import SignerRole
from descrow.money import KesCents, Planck, Shillings, shillings_from_cents
from descrow.mpesa.settings import MpesaSettings
from descrow.orders import queries
from descrow.orders.errors import (
    ArbiterIsParty,
    MoveNotAllowed,
    NotRelayable,
    OrderDiffers,
    OrderNotFound,
    OrderNotOnChainYet,
    OwnProduct,
    PaidAnotherWay,
    TooManyUnpaidOrders,
)
from descrow.orders.models import Order
from descrow.orders.moves import Action, Party, PaymentMode, actions_open_to
from descrow.orders.queries import OrderInFull
from descrow.orders.schemas import CreateOrderRequest, OrderUpdateRequest
from descrow.payments.errors import MpesaNotOffered, RateNotAvailable, SellerTakesNoMpesa
from descrow.payments.models import Quote
from descrow.payments.quotes import make_quote, take_quote
from descrow.payments.rates import Rate

_ACTIONS = {
    action.word: action for action in (Action.SHIP, Action.CONFIRM, Action.REFUND, Action.CANCEL, Action.DISPUTE)
}


MOST_UNPAID_ORDERS = 20
"""Of one buyer at a time: each keeps a piece from others, and costs the operator a fee, until it is paid or expires."""


@dataclass(frozen=True)
class ShillingPrices:
    """By what an M-Pesa order is priced. `rate` may be missing where a quote was made before."""

    settings: MpesaSettings
    rate: Rate | None


async def create_order(
    session: AsyncSession, buyer_id: int, wanted: CreateOrderRequest, prices: ShillingPrices | None = None
) -> OrderInFull:
    """Begin an order on today's terms and queue its creation on the contract; one piece is reserved for it.

    Raises ProductNotFound, ProductSoldOut, OwnProduct, ArbiterIsParty or TooManyUnpaidOrders; for M-Pesa also
    SellerTakesNoMpesa, QuoteNotUsable, RateNotAvailable or PriceNotPayable.
    """
    product, seller = await catalog.get_product(session, wanted.product_id)
    if seller.id == buyer_id:
        raise OwnProduct(product.id)
    deployment = await get_deployment(session)
    # The product before the account, as everybody who locks both; and the account as `realtime.service.tell` locks it.
    await catalog.reserve_piece(session, product.id)
    buyer = await session.get_one(Account, buyer_id, with_for_update={"key_share": True})
    if deployment.arbiter_address in (buyer.evm_address, seller.evm_address):
        raise ArbiterIsParty(product.id)
    if await queries.count_unpaid_of(session, buyer.id) >= MOST_UNPAID_ORDERS:
        raise TooManyUnpaidOrders(MOST_UNPAID_ORDERS)
    quote = await _quote_for(session, wanted, product, seller, buyer_id, prices)

    order = Order(
        reference=UUID(bytes=secrets.token_bytes(16)),
        product_id=product.id,
        buyer_id=buyer.id,
        seller_id=seller.id,
        amount_planck=product.price_planck if quote is None else None,
        amount_kes_cents=None if quote is None else quote.amount_cents,
        quote_id=None if quote is None else quote.id,
        seller_phone=None if quote is None else seller.mpesa_phone,
        fee_bps=deployment.fee_bps,
        terms_id=deployment.terms_id,
        payment_mode=wanted.payment_mode,
        delivery_address=wanted.delivery_address,
    )
    session.add(order)
    await session.flush()
    await calls.queue_call(
        session,
        idempotency_key=f"create_order:{order.reference}",
        order_id=order.id,
        function="create_order",
        arguments=[
            buyer.evm_address,
            seller.evm_address,
            order.contract_amount,
            order.terms_id,
            order.payment_mode.number,
            reference_word(order.reference),
            product_digest(product),
        ],
    )
    return OrderInFull(order, product, buyer, seller)


async def _quote_for(
    session: AsyncSession,
    wanted: CreateOrderRequest,
    product: Product,
    seller: Account,
    buyer_id: int,
    prices: ShillingPrices | None,
) -> Quote | None:
    """The price in shillings that the order keeps; None for an order in DOT."""
    if wanted.payment_mode is PaymentMode.DOT:
        return None
    if prices is None:
        raise MpesaNotOffered
    if seller.mpesa_phone is None:
        raise SellerTakesNoMpesa(product.id)
    if wanted.quote_id is not None:
        return await take_quote(session, wanted.quote_id, product, buyer_id=buyer_id)
    if prices.rate is None:
        raise RateNotAvailable
    return await make_quote(session, prices.settings, product, prices.rate, buyer_id=buyer_id)


async def get_order(session: AsyncSession, order_id: int, account_id: int) -> OrderInFull:
    """One of the account's own orders. Raises OrderNotFound, for a stranger's order too."""
    found = await queries.order_of_party(session, order_id, account_id)
    if found is None:
        raise OrderNotFound(order_id)
    return found


def role_of(found: OrderInFull, account_id: int) -> Party:
    return Party.BUYER if found.order.buyer_id == account_id else Party.SELLER


def call_for(found: OrderInFull, account_id: int, wanted: OrderUpdateRequest) -> tuple[Action, list[Value]]:
    """Function and arguments that make the wanted move. Raises MoveNotAllowed, OrderNotOnChainYet or CidNotValid."""
    action = _ACTIONS[wanted.action]
    chain_order_id = on_chain(found.order)
    if action not in actions_open_to(role_of(found, account_id), found.order.status, found.order.payment_mode):
        raise MoveNotAllowed(found.order.id, wanted.action, found.order.status)
    match action:
        case Action.SHIP:
            return action, [chain_order_id, _digest_of(wanted.tracking_cid)]
        case Action.DISPUTE:
            return action, [chain_order_id, _digest_of(wanted.evidence_cid)]
    return action, [chain_order_id]


async def relay(session: AsyncSession, found: OrderInFull, account_id: int, wanted: OrderUpdateRequest) -> None:
    """Pass the party's move on to the contract, as the oracle; a call off, as the operator. Once for each move.

    Raises as `call_for`, and NotRelayable for a move that the contract takes from the party itself only.
    """
    action, arguments = call_for(found, account_id, wanted)
    status, mode = found.order.status, found.order.payment_mode
    if mode is PaymentMode.MPESA and action in actions_open_to(Party.ORACLE, status, mode):
        signer_role = SignerRole.ORACLE
    elif mode is PaymentMode.MPESA and action in actions_open_to(Party.OPERATOR, status, mode):
        signer_role = SignerRole.OPERATOR
    else:
        raise NotRelayable(found.order.id, wanted.action)
    await calls.queue_call(
        session,
        idempotency_key=f"relay:{action}:{found.order.reference}",
        order_id=found.order.id,
        function=action,
        arguments=arguments,
        signer_role=signer_role,
    )


def _digest_of(cid: str | None) -> bytes:
    return NO_DIGEST if cid is None else digest_of_cid(cid)


async def check_on_contract(contract: EscrowContract, found: OrderInFull) -> None:
    """Before anybody pays: the contract is there and holds the order as our row has it.

    A payment to an address without a contract would succeed, and be lost. Raises ContractMissing or OrderDiffers.
    """
    held = await contract.order(on_chain(found.order))
    ours = {
        "buyer": found.buyer.evm_address,
        "seller": found.seller.evm_address,
        "amount": found.order.contract_amount,
        "terms_id": found.order.terms_id,
        "payment_mode": found.order.payment_mode.number,
    }
    if any(held[name] != value for name, value in ours.items()):
        raise OrderDiffers(found.order.id)


def due_in_dot(order: Order) -> Planck:
    """What is to be paid from a wallet. Raises PaidAnotherWay for an order that is paid by M-Pesa."""
    if order.amount_planck is None:
        raise PaidAnotherWay(order.id, order.payment_mode)
    return Planck(order.amount_planck)


def due_by_mpesa(order: Order) -> Shillings:
    """What is to be paid from a phone. Raises PaidAnotherWay for an order that is paid in DOT."""
    if order.amount_kes_cents is None:
        raise PaidAnotherWay(order.id, order.payment_mode)
    return shillings_from_cents(KesCents(order.amount_kes_cents))


def on_chain(order: Order) -> int:
    """The order's number on the contract. Raises OrderNotOnChainYet."""
    if order.chain_order_id is None:
        raise OrderNotOnChainYet(order.id)
    return order.chain_order_id


def reference_word(reference: UUID) -> bytes:
    """An order's reference as the contract logs it: 16 bytes, filled up to 32."""
    return reference.bytes.ljust(32, b"\0")


def reference_of_word(word: bytes) -> UUID:
    """Back from the contract's 32 bytes. Raises ValueError when they were not made by `reference_word`."""
    if any(word[16:]):
        raise ValueError("not a reference of ours")
    return UUID(bytes=word[:16])


def product_digest(product: Product) -> bytes:
    """SHA-256 of what was offered, as canonical JSON: proof of what the order was about."""
    offered = {
        "category": product.category,
        "description": product.description,
        "pricePlanck": str(product.price_planck),
        "productId": product.id,
        "title": product.title,
    }
    return sha256(msgspec.json.encode(offered, order="sorted")).digest()
