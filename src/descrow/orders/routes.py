"""Orders over HTTP, as the spec's routes name them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import cast

from litestar import Controller, get, post, put
from litestar.params import JSONBody
from msgspec.structs import asdict
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.catalog import service as catalog
from descrow.catalog.dependencies import WithRates
from descrow.catalog.errors import RateNotAvailable
from descrow.catalog.metadata import find_document
from descrow.catalog.rates import Rate, RateSource
from descrow.chain.keys import account_id_of
from descrow.content.block_stores import BlockStore
from descrow.content.dependencies import WithBlocks
from descrow.contract.dependencies import GetContract, WithContract
from descrow.contract.order_status import PaymentMode
from descrow.contract.refusals import CALL_REFUSALS, CHAIN_REFUSALS, TRANSITION_REFUSALS
from descrow.kernel.db import Sessions
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithNetworkLimits, WithReads, WithSessions
from descrow.kernel.http.limits import RateLimitKind
from descrow.kernel.idempotency import IdempotencyKey, answer_once
from descrow.kernel.money import digits_of
from descrow.kernel.pages import After, Limit, Page
from descrow.kernel.texts.languages import Language, language_of_request
from descrow.orders import queries, service
from descrow.orders.chain_check import ChainCheck, check_with_chain
from descrow.orders.confirmations import UnfinalStep, unfinal_steps
from descrow.orders.credit_log import accounts_exist, credit_of_order
from descrow.orders.dependencies import WithOrderLimits, WithPaymentMethods
from descrow.orders.errors import ProductNotAsSeen, SeenProduct
from descrow.orders.listing import page_of_party
from descrow.orders.named_files import OrderFiles, files_of
from descrow.orders.payment_methods import PaymentMethod, is_priced_in
from descrow.orders.queries import OrderInFull
from descrow.orders.recovery_schemas import ChainCheckView, DifferenceView
from descrow.orders.refusals import PAYMENT_START_REFUSALS
from descrow.orders.schemas import (
    CallToSign,
    CreateOrderRequest,
    CreateOrderResponse,
    OrderDetails,
    OrderId,
    OrderUpdateRequest,
    OrderView,
    TransitionView,
)
from descrow.orders.settlements import Offer, standing_offers
from descrow.orders.timeline import offer_view, timeline_of
from descrow.orders.transitions import HOLDING_STATUSES, Party
from descrow.orders.views import NO_FILES, columns_of, order_view


class OrderController(Controller):
    path = "/orders"
    tags = ("orders",)

    @post(
        access=Open.SIGNED_IN,
        refusals=(
            *PAYMENT_START_REFUSALS,
            "arbiter_is_party",
            "idempotency_key_reused",
            "mpesa_not_offered",
            "no_more_orders_today",
            "not_deployed",
            "order_too_small",
            "own_product",
            "payment_method_not_known",
            "price_not_payable",
            "product_not_as_seen",
            "product_not_found",
            "product_sold_out",
            "quote_not_usable",
            "rate_not_available",
            "seller_takes_no_mpesa",
            "too_many_unpaid_orders",
        ),
    )
    async def create_order(
        self,
        sessions: WithSessions,
        payment_methods: WithPaymentMethods,
        rates: WithRates,
        order_limits: WithOrderLimits,
        network_limits: WithNetworkLimits,
        blocks: WithBlocks,
        request: CallerRequest,
        data: JSONBody[CreateOrderRequest],
        idempotency_key: IdempotencyKey = None,
    ) -> CreateOrderResponse:
        """Order a product. The contract hears of it at once; the buyer pays when it has answered."""
        account_id = request.user.account_id
        method = payment_methods.of(data.payment_method)
        rate = await _rate_for(sessions, rates, data, method)
        async with _naming_what_was_seen(blocks), sessions.begin() as session:

            async def create() -> CreateOrderResponse:
                has_paid = await queries.has_paid(session, account_id)
                found = await service.create_order(session, account_id, data, method, order_limits, rate)
                # Only what comes to be counts: else refused requests would use up what the network's others may do.
                if not has_paid:
                    await network_limits.charge(request.scope, "unpaid orders", per_day=order_limits.unpaid_per_network)
                if not has_paid and data.phone_number is not None:
                    await network_limits.charge(request.scope, "prompts", per_day=order_limits.prompts_per_network)
                await method.start(session, found.order, data.phone_number)
                return CreateOrderResponse(order=_view(found, account_id, [], None), contract_order_id=None)

            return await answer_once(session, account_id, idempotency_key, data, create, CreateOrderResponse)

    @get(access=Open.SIGNED_IN)
    async def list_orders(
        self,
        sessions: WithSessions,
        reads: WithReads,
        request: CallerRequest,
        after: After = None,
        limit: Limit = 20,
    ) -> Page[OrderView]:
        """The caller's purchases and sales, the newest first."""
        account_id = request.user.account_id
        page = Page.of(
            await page_of_party(reads, account_id, before_id=after, limit=limit + 1),
            limit,
            id_of=lambda order: order.id,
        )
        in_full: dict[int, OrderView] = {}
        if with_more := [order.id for order in page.items if order.has_more]:
            async with sessions() as session:
                found = await queries.orders_by_ids(session, with_more)
                in_full = {view.id: view for view in await _views(session, found, account_id)}
        items = [in_full.get(order.id, order.encoded) for order in page.items]
        return Page(items=cast(list[OrderView], items), next=page.next)

    @get("/{order_id:int}", access=Open.SIGNED_IN, refusals=("order_not_found",))
    async def get_order(
        self, sessions: WithSessions, get_contract: WithContract, request: CallerRequest, order_id: OrderId
    ) -> OrderDetails:
        """One order of the caller's, or one whose dispute the caller decides."""
        account_id = request.user.account_id
        async with sessions() as session:
            found = await service.see_order(session, order_id, account_id)
            [view] = await _views(session, [found], account_id)
            credit = await credit_of_order(session, found.order, _evm_address_of(found, account_id))
        buyer_exists, seller_exists = await _accounts_of_payees(get_contract, found)
        return OrderDetails(
            **asdict(view),
            credit_planck=digits_of(credit),
            buyer_account_exists=buyer_exists,
            seller_account_exists=seller_exists,
        )

    @get("/{order_id:int}/timeline", access=Open.SIGNED_IN, refusals=("order_not_found",))
    async def get_order_timeline(
        self, sessions: WithSessions, request: CallerRequest, order_id: OrderId
    ) -> list[TransitionView]:
        """Every step of the order's life, offer and piece of evidence, with the block and transaction that made it."""
        async with sessions() as session:
            return await timeline_of(session, await service.see_order(session, order_id, request.user.account_id))

    @put(
        "/{order_id:int}",
        access=Open.SIGNED_IN,
        refusals=(
            *CALL_REFUSALS,
            *TRANSITION_REFUSALS,
            "action_too_late",
            "cid_not_valid",
            "detail_missing",
            "move_not_allowed",
            "no_offer_stands",
            "not_relayable",
            "offer_differs",
            "order_not_found",
            "order_not_on_chain_yet",
        ),
    )
    async def update_order(
        self,
        sessions: WithSessions,
        get_contract: WithContract,
        payment_methods: WithPaymentMethods,
        request: CallerRequest,
        order_id: OrderId,
        data: JSONBody[OrderUpdateRequest],
    ) -> CallToSign:
        """The move for the caller's wallet to sign: shipping, confirming or deciding is theirs, not the server's.

        With `relay` the shop passes on what a party of an M-Pesa order says, and there is nothing to sign.
        """
        account_id = request.user.account_id
        async with sessions.begin() as session:
            found = await service.see_order(session, order_id, account_id)
            offer = (await standing_offers(session, [found.order])).get(order_id)
            if data.relay:
                method = payment_methods.of(found.order.payment_method)
                await service.relay(session, found, account_id, data, offer, method)
                await service.name_files(session, found, data)
                return CallToSign(contract_order_id=service.on_chain(found.order), call=None, relayed=True)
            action, arguments = service.call_for(found, account_id, data, offer)
            await service.name_files(session, found, data)
        contract = await get_contract()
        call = await contract.prepare(action, *arguments, caller=account_id_of(request.user.address))
        return CallToSign(contract_order_id=service.on_chain(found.order), call=call)

    @post(
        "/{order_id:int}/sync-blockchain",
        status_code=200,
        rate_limit=RateLimitKind.PAY,
        access=Open.SIGNED_IN,
        refusals=(*CHAIN_REFUSALS, "log_is_empty", "order_not_found"),
    )
    async def check_order_with_chain(
        self, sessions: WithSessions, get_contract: WithContract, request: CallerRequest, order_id: OrderId
    ) -> ChainCheckView:
        """Compare this order with the contract now, and put right here what differs. The chain is never changed."""
        account_id = request.user.account_id
        check = await check_with_chain(sessions, await get_contract(), order_id, account_id)
        async with sessions() as session:
            [view] = await _views(session, [check.found], account_id)
        return _check_view(check, view, language_of_request(request))


@asynccontextmanager
async def _naming_what_was_seen(blocks: BlockStore) -> AsyncIterator[None]:
    """Let a refusal say what the document that the buyer saw said: once no row is locked any more."""
    try:
        yield
    except ProductNotAsSeen as refused:
        cid = refused.seen.product_cid
        document = None if cid is None else await find_document(blocks, cid)
        if document is None:
            raise
        seen = SeenProduct(cid, document.price_planck, document.price_kes_cents, document.title)
        raise ProductNotAsSeen(refused.product_id, seen=seen, now=refused.now) from refused


async def _rate_for(
    sessions: Sessions, rates: RateSource | None, wanted: CreateOrderRequest, method: PaymentMethod
) -> Rate | None:
    """Return the rate if the price is to be converted by it; None if it is not, or if nobody knows the rate.

    Whoever asks for it may wait for others. So it is asked for before any row is locked. Raises ProductNotFound.
    """
    if rates is None or wanted.quote_id is not None:
        return None
    async with sessions() as session:
        product, _ = await catalog.get_product(session, wanted.product_id)
    if is_priced_in(product, method.mode):
        return None
    with suppress(RateNotAvailable):
        return await rates.rate()
    return None


async def _views(session: AsyncSession, found: Sequence[OrderInFull], account_id: int) -> list[OrderView]:
    orders = [one.order for one in found]
    steps, offers = await unfinal_steps(session, orders), await standing_offers(session, orders)
    files = await files_of(session, orders)
    return [
        _view(one, account_id, steps.get(one.order.id, []), offers.get(one.order.id), files[one.order.id])
        for one in found
    ]


def _view(
    found: OrderInFull,
    account_id: int,
    confirmations: Sequence[UnfinalStep],
    offer: Offer | None,
    files: OrderFiles = NO_FILES,
) -> OrderView:
    return order_view(
        columns_of(found.order),
        product_title=found.product_title,
        buyer_address=found.buyer.address,
        seller_address=found.seller.address,
        role=service.role_of(found, account_id),
        actions=[action.word for action in service.actions_open(found, account_id, offer)],
        offer=None if offer is None else offer_view(found, offer),
        confirmations=confirmations,
        files=files,
    )


def _evm_address_of(found: OrderInFull, account_id: int) -> str:
    """Return the address of the caller as the contract knows a party; an arbiter is nobody's payee."""
    role = service.role_of(found, account_id)
    return {Party.BUYER: found.buyer.evm_address, Party.SELLER: found.seller.evm_address}.get(role, "")


async def _accounts_of_payees(get_contract: GetContract, found: OrderInFull) -> list[bool | None]:
    """Say of buyer and seller if coin would reach them, while the contract holds coin for one of them."""
    if found.order.payment_mode is not PaymentMode.COIN or found.order.status not in HOLDING_STATUSES:
        return [None, None]
    accounts = [account_id_of(party.address) for party in (found.buyer, found.seller)]
    return await accounts_exist(get_contract, accounts)


def _check_view(check: ChainCheck, order: OrderView, language: Language) -> ChainCheckView:
    return ChainCheckView(
        success=not check.result.left,
        message=check.message.in_language(language),
        compared=check.result.orders_compared > 0,
        repaired=bool(check.result.repaired),
        status_before=check.status_before,
        block_number=check.result.block_number,
        final_block_number=check.final_block,
        differences=[DifferenceView(one.drift, one.here, one.there) for one in check.result.left],
        order=order,
    )
