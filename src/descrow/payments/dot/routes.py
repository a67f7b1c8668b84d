"""Paying in DOT over HTTP: the call for the buyer's wallet, and what became of a payment."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.params import JSONBody, QueryParameter

from descrow.chain.keys import account_id_of
from descrow.contract.dependencies import WithContract
from descrow.contract.order_status import OrderStatus
from descrow.contract.refusals import CALL_REFUSALS, CHAIN_REFUSALS, FUNDING_REFUSALS
from descrow.kernel.db import LARGEST_ID, utc_now
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithSessions
from descrow.kernel.http.limits import RateLimitKind
from descrow.kernel.money import Planck
from descrow.kernel.texts.languages import language_of_request
from descrow.orders import service
from descrow.orders.models import Order
from descrow.orders.reservations import KEPT_AFTER_INTENT, keep_piece
from descrow.orders.schemas import CallToSign, OrderId
from descrow.orders.transitions import Action
from descrow.payments.dot.method import amount_due
from descrow.payments.dot.payment_lookup import look_for_payment
from descrow.payments.dot.schemas import DotPaymentView, PayWithDotRequest

TransactionHash = Annotated[
    str | None,
    QueryParameter(pattern="^0x[0-9a-fA-F]{64}$", description="The hash that the wallet tells of what it sent."),
]
ValidUntilBlock = Annotated[
    int | None,
    QueryParameter(
        name="validUntilBlock", ge=1, le=LARGEST_ID, description="The last block of the transaction's era, if known."
    ),
]


class DotPaymentController(Controller):
    path = "/orders"
    tags = ("orders",)

    @post(
        "/{order_id:int}/pay/dot",
        status_code=200,
        access=Open.SIGNED_IN,
        refusals=(
            *CALL_REFUSALS,
            *FUNDING_REFUSALS,
            "order_differs",
            "order_not_found",
            "order_not_on_chain_yet",
            "paid_another_way",
            "product_sold_out",
        ),
    )
    async def pay_with_dot(
        self,
        sessions: WithSessions,
        get_contract: WithContract,
        request: CallerRequest,
        order_id: OrderId,
        data: JSONBody[PayWithDotRequest],
    ) -> CallToSign:
        """The payment for the buyer's wallet to sign, tried on the newest block first: a refusal says why."""
        async with sessions() as session:
            found = await service.get_order(session, order_id, request.user.account_id)
        contract = await get_contract()
        contract_order_id = service.on_chain(found.order)
        await service.check_on_contract(contract, found)
        due = amount_due(found.order)
        amount = due if data.amount_planck is None else int(data.amount_planck)
        call = await contract.prepare(
            Action.FUND, contract_order_id, caller=account_id_of(request.user.address), value=Planck(amount)
        )
        # The contract has found the coin in the buyer's account: that is as much intent as there is before it is paid.
        async with sessions.begin() as session:
            order = await session.get_one(Order, order_id, with_for_update={"key_share": True})
            if order.status is OrderStatus.CREATED:
                await keep_piece(session, order, until=utc_now() + KEPT_AFTER_INTENT)
        return CallToSign(contract_order_id=contract_order_id, call=call)

    @get(
        "/{order_id:int}/payments/dot",
        rate_limit=RateLimitKind.PAY,
        access=Open.SIGNED_IN,
        refusals=(*CHAIN_REFUSALS, "order_not_found", "paid_another_way"),
    )
    async def find_dot_payment(
        self,
        sessions: WithSessions,
        get_contract: WithContract,
        request: CallerRequest,
        order_id: OrderId,
        transaction: TransactionHash = None,
        valid_until_block: ValidUntilBlock = None,
    ) -> DotPaymentView:
        """Return what became of a payment in DOT: where the money is, and what to do next."""
        async with sessions() as session:
            found = await service.get_order(session, order_id, request.user.account_id)
        amount_due(found.order)
        named = None if transaction is None else transaction.lower()
        payment = await look_for_payment(
            sessions,
            await get_contract(),
            found,
            transaction=named,
            valid_until_block=valid_until_block,
        )
        return DotPaymentView(
            order_id=order_id,
            transaction=named,
            status=payment.trace.status,
            money_is=payment.money_is,
            next=payment.next,
            message=payment.message_in(language_of_request(request)),
            block_number=payment.trace.block_number,
            confirmations=payment.confirmations,
            required=payment.required,
            error=payment.trace.error,
            reason=payment.trace.reason,
            obstacle=payment.obstacle,
        )
