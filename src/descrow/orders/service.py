"""Define what buyers and sellers may do with an order. The chain decides; here an act is prepared, or an order made."""

import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.accounts.models import Account
from descrow.catalog import service as catalog
from descrow.catalog.metadata import metadata_of
from descrow.catalog.models import Product
from descrow.catalog.rates import Rate
from descrow.contract import calls
from descrow.contract.abi import Value
from descrow.contract.cids import NO_DIGEST, digest_of_cid
from descrow.contract.escrow import EscrowContract, get_deployment
from descrow.contract.models import CallPriority, Deployment, SignerRole
from descrow.contract.order_status import PaymentMode
from descrow.contract.published_terms import published_terms
from descrow.kernel.db import utc_now
from descrow.kernel.money import digits_of
from descrow.orders import deadlines, queries
from descrow.orders.errors import (
    ActionNotAllowed,
    ActionTooLate,
    ArbiterIsParty,
    DetailMissing,
    NoMoreOrdersToday,
    NoOfferStands,
    NotRelayable,
    OfferDiffers,
    OrderDiffers,
    OrderNotFound,
    OrderNotOnChainYet,
    OrderTooSmall,
    OwnProduct,
    ProductNotAsSeen,
    SeenProduct,
    TooManyUnpaidOrders,
)
from descrow.orders.limits import OrderLimits
from descrow.orders.models import Order
from descrow.orders.named_files import name_file
from descrow.orders.order_floor import smallest_amount
from descrow.orders.payment_methods import PaymentMethod, PriceRequest
from descrow.orders.queries import OrderInFull
from descrow.orders.schemas import CreateOrderRequest, OrderUpdateRequest
from descrow.orders.settlements import WHOLE_BPS, Offer
from descrow.orders.transitions import Action, Party, actions_open_to, find_transition

UNPAID_COUNTS_FOR = timedelta(days=1)
"""An order that was not paid counts so long, whatever became of it: cancelling it does not undo what it cost."""
_PRIORITIES = {Action.DISPUTE: CallPriority.DISPUTE, Action.CANCEL: CallPriority.UNPAID}
"""How urgent it is to carry a party's act; acts that are not named are acts on a paid order."""
_ACTIONS = {action.word: action for action in Action if action not in (Action.FUND, Action.RECORD, Action.SETTLE)}


async def create_order(
    session: AsyncSession,
    buyer_id: int,
    wanted: CreateOrderRequest,
    method: PaymentMethod,
    limits: OrderLimits,
    rate: Rate | None = None,
) -> OrderInFull:
    """Begin an order on today's terms and queue its creation on the contract; one piece is reserved for some minutes.

    `rate` is needed where the price is to be converted. Raises ProductNotFound, ProductSoldOut, OwnProduct,
    ProductNotAsSeen, ArbiterIsParty, TooManyUnpaidOrders, NoMoreOrdersToday, OrderTooSmall, or what the method's
    `price` raises.
    """
    product, seller = await catalog.get_product(session, wanted.product_id, lock=True)  # its seller changes it no more
    if seller.id == buyer_id:
        raise OwnProduct(product.id)
    offered = metadata_of(product, seller.address).cid
    _check_as_seen(product, str(offered), wanted)
    deployment = await get_deployment(session)
    # The product before the account, as everybody who locks both; and the account as `publish_to_feeds` locks it.
    await catalog.reserve_piece(session, product.id)
    buyer = await session.get_one(Account, buyer_id, with_for_update={"key_share": True})
    if deployment.arbiter_address in (buyer.evm_address, seller.evm_address):
        raise ArbiterIsParty(product.id)
    has_paid = await queries.has_paid(session, buyer.id)
    most_unpaid = limits.unpaid if has_paid else limits.unpaid_of_newcomer
    if await queries.count_unpaid_of(session, buyer.id, since=utc_now() - UNPAID_COUNTS_FOR) >= most_unpaid:
        raise TooManyUnpaidOrders(most_unpaid)
    priority = CallPriority.ORDERS if has_paid else CallPriority.UNPAID
    if await calls.are_held_back_today(session, "create_order", priority):
        raise NoMoreOrdersToday
    price = await method.price(session, PriceRequest(product, seller, buyer_id, wanted.quote_id, rate))
    await _check_parts(session, method, price.amount, deployment)
    holds_coin = method.mode is PaymentMode.COIN

    order = Order(
        reference=UUID(bytes=secrets.token_bytes(16)),
        product_id=product.id,
        product_cid=str(offered),
        product_title=product.title,
        price_planck=product.price_planck,
        price_kes_cents=product.price_kes_cents,
        buyer_id=buyer.id,
        seller_id=seller.id,
        amount_planck=price.amount if holds_coin else None,
        amount_kes_cents=None if holds_coin else price.amount,
        quote_id=price.quote_id,
        seller_phone=price.seller_phone,
        fee_bps=deployment.fee_bps,
        terms_id=deployment.terms_id,
        payment_method=method.name,
        delivery_address=wanted.delivery_address,
        reserved_until=utc_now() + limits.stock_kept,
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
            offered.digest,
        ],
        asked_by=buyer.id,
        priority=priority,
    )
    return OrderInFull(order, product, buyer, seller)


def _check_as_seen(product: Product, product_cid: str, wanted: CreateOrderRequest) -> None:
    """Refuse to sell something else, or at another price, than the buyer has seen. Raises ProductNotAsSeen."""
    seen = SeenProduct(wanted.product_cid, wanted.price_planck, wanted.price_kes_cents)
    now = SeenProduct(product_cid, digits_of(product.price_planck), digits_of(product.price_kes_cents), product.title)
    names_price = (seen.price_planck, seen.price_kes_cents) != (None, None)
    if (names_price and seen.price != now.price) or seen.product_cid not in (None, product_cid):
        raise ProductNotAsSeen(product.id, seen=seen, now=now)


async def _check_parts(session: AsyncSession, method: PaymentMethod, amount: int, deployment: Deployment) -> None:
    """Refuse an order whose parts could not be paid out under today's terms. Raises OrderTooSmall."""
    sheet = (await published_terms(session, [deployment.terms_id])).get(deployment.terms_id)
    smallest = smallest_amount(
        method.mode,
        smallest_part=method.smallest_part,
        fee_bps=deployment.fee_bps,
        default_seller_bps=None if sheet is None else sheet.default_seller_bps,
    )
    if amount < smallest:
        raise OrderTooSmall(amount, smallest=smallest, mode=method.mode)


async def get_order(session: AsyncSession, order_id: int, account_id: int) -> OrderInFull:
    """One of the account's own orders. Raises OrderNotFound, for a stranger's order too."""
    found = await queries.order_of_party(session, order_id, account_id)
    if found is None:
        raise OrderNotFound(order_id)
    return found


async def see_order(session: AsyncSession, order_id: int, account_id: int) -> OrderInFull:
    """One of the account's own orders, or one whose dispute it decides. Raises OrderNotFound for all others."""
    found = await queries.order_of_party_or_arbiter(session, order_id, account_id)
    if found is None:
        raise OrderNotFound(order_id)
    return found


def role_of(found: OrderInFull, account_id: int) -> Party:
    """Return what somebody who may see the order is in it."""
    match account_id:
        case found.order.buyer_id:
            return Party.BUYER
        case found.order.seller_id:
            return Party.SELLER
    return Party.ARBITER


def role_of_address(found: OrderInFull, evm_address: str) -> Party:
    """The same of somebody whom the contract knows by this address."""
    match evm_address:
        case found.buyer.evm_address:
            return Party.BUYER
        case found.seller.evm_address:
            return Party.SELLER
    return Party.ARBITER


def actions_open(found: OrderInFull, account_id: int, offer: Offer | None) -> list[Action]:
    """Return what this account may do with the order now, deadlines apart; `offer` is the one that stands."""
    order, role = found.order, role_of(found, account_id)
    offer_by = None if offer is None else role_of_address(found, offer.by)
    is_extended = order.transit_extended_at is not None
    return actions_open_to(role, order.status, order.payment_mode, offer_by=offer_by, is_transit_extended=is_extended)


def call_for(
    found: OrderInFull, account_id: int, wanted: OrderUpdateRequest, offer: Offer | None
) -> tuple[Action, list[Value]]:
    """Function and arguments that make the wanted move; `offer` is the one that stands.

    Raises ActionNotAllowed, NoOfferStands, OfferDiffers, DetailMissing, OrderNotOnChainYet or CidNotValid.
    """
    action = _ACTIONS[wanted.action]
    contract_order_id = on_chain(found.order)
    if action not in actions_open(found, account_id, offer):
        if action in (Action.ACCEPT, Action.WITHDRAW) and Action.PROPOSE in actions_open(found, account_id, offer):
            raise NoOfferStands(found.order.id, wanted.action)
        raise ActionNotAllowed(found.order.id, wanted.action, found.order.status)
    match action:
        case Action.SHIP:
            return action, [contract_order_id, _digest_of(wanted.tracking_cid)]
        case Action.DISPUTE:
            return action, [contract_order_id, _digest_of(wanted.evidence_cid)]
        case Action.ADD_EVIDENCE:
            if wanted.evidence_cid is None:
                raise DetailMissing(wanted.action, "evidenceCid")
            return action, [contract_order_id, digest_of_cid(wanted.evidence_cid)]
        case Action.PROPOSE:
            return action, [contract_order_id, _seller_bps(wanted), wanted.valid_for_s]
        case Action.RESOLVE:
            return action, [contract_order_id, _seller_bps(wanted)]
        case Action.ACCEPT if offer is not None:
            if _seller_bps(wanted) != offer.seller_bps:
                raise OfferDiffers(found.order.id, buyer_bps=offer.buyer_bps)
            return action, [contract_order_id, offer.seller_bps]
    return action, [contract_order_id]


def _seller_bps(wanted: OrderUpdateRequest) -> int:
    """The contract counts the seller's share. Raises DetailMissing."""
    if wanted.buyer_bps is None:
        raise DetailMissing(wanted.action, "buyerBps")
    return WHOLE_BPS - wanted.buyer_bps


async def relay(
    session: AsyncSession,
    found: OrderInFull,
    account_id: int,
    wanted: OrderUpdateRequest,
    offer: Offer | None,
    method: PaymentMethod,
) -> None:
    """Carry the party's act to the contract, as whoever may for this way to pay. Once for each act.

    What is taken counts from now on, whatever waits in the queue: so what the contract would find too late is refused,
    and the order is locked against a settlement of the same moment. Raises as `call_for`, ActionTooLate, and
    NotRelayable for an act that the contract takes from the party itself only.
    """
    await queries.lock_order(session, found.order)
    action, arguments = call_for(found, account_id, wanted, offer)
    status, mode = found.order.status, found.order.payment_mode
    carrier = next((party for party in method.relayed_by if action in actions_open_to(party, status, mode)), None)
    if carrier is None:
        raise NotRelayable(found.order.id, wanted.action)
    is_overdue = found.order.deadline_at is not None and found.order.deadline_at <= utc_now()
    is_settled = await deadlines.is_settlement_queued(session, found.order)
    if find_transition(action, status, carrier, mode, is_overdue=is_overdue or is_settled) is None:
        raise ActionTooLate(found.order.id, wanted.action)
    await calls.queue_call(
        session,
        idempotency_key=f"relay:{action}:{found.order.reference}",
        order_id=found.order.id,
        function=action,
        arguments=arguments,
        asked_by=account_id,
        priority=_PRIORITIES.get(action, CallPriority.ORDERS),
        signer_role=SignerRole(carrier),
    )


async def name_files(session: AsyncSession, found: OrderInFull, wanted: OrderUpdateRequest) -> None:
    """Keep the CIDs of a prepared or relayed move, since the chain keeps their digests only."""
    action = _ACTIONS[wanted.action]
    if action is Action.SHIP and wanted.tracking_cid is not None:
        await name_file(session, found.order.id, wanted.tracking_cid)
    if action in (Action.DISPUTE, Action.ADD_EVIDENCE) and wanted.evidence_cid is not None:
        await name_file(session, found.order.id, wanted.evidence_cid)


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


def on_chain(order: Order) -> int:
    """The order's number on the contract. Raises OrderNotOnChainYet."""
    if order.contract_order_id is None:
        raise OrderNotOnChainYet(order.id)
    return order.contract_order_id


def reference_word(reference: UUID) -> bytes:
    """An order's reference as the contract logs it: 16 bytes, filled up to 32."""
    return reference.bytes.ljust(32, b"\0")


def reference_of_word(word: bytes) -> UUID:
    """Back from the contract's 32 bytes. Raises ValueError when they were not made by `reference_word`."""
    if any(word[16:]):
        raise ValueError("not a reference of ours")
    return UUID(bytes=word[:16])
