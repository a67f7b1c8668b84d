"""Paying by M-Pesa over HTTP, and the addresses that Daraja posts to."""

from typing import Annotated

from litestar import Controller, Request, get, post, put
from litestar.datastructures import State
from litestar.params import JSONBody, PathParameter
from sqlalchemy import select

from descrow.accounts.models import Account
from descrow.contract.dependencies import WithContract
from descrow.contract.refusals import CHAIN_REFUSALS
from descrow.feed.service import publish_to_feeds
from descrow.incidents import audit
from descrow.incidents.alerts import raise_alert
from descrow.incidents.models import AlertKind
from descrow.kernel.db import LARGEST_ID, Sessions
from descrow.kernel.errors import NotFound
from descrow.kernel.http.access import Open
from descrow.kernel.http.addresses import address_of
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithNetworkLimits, WithProxies, WithSessions
from descrow.kernel.http.limits import RateLimitKind
from descrow.kernel.texts.languages import Language, language_of_request
from descrow.mpesa.callbacks import ACKNOWLEDGEMENT
from descrow.mpesa.outcomes import Refused
from descrow.mpesa.phones import Msisdn, masked, parse_phone
from descrow.mpesa.results import StkFailure
from descrow.orders import queries as order_queries
from descrow.orders import service as orders
from descrow.orders.dependencies import WithOrderLimits
from descrow.orders.refusals import PAYMENT_START_REFUSALS
from descrow.payments.errors import PaymentNotFound, PromptNotSent
from descrow.payments.mpesa import payment_events, queries, service
from descrow.payments.mpesa.buyer_messages import message_of
from descrow.payments.mpesa.callback_inbox import Posted
from descrow.payments.mpesa.callback_urls import is_code_of
from descrow.payments.mpesa.dependencies import WithMpesa, expect_offered
from descrow.payments.mpesa.models import LIVE_STATUSES, CallbackKind, Payment, PaymentStatus, Payout
from descrow.payments.mpesa.prompt_limits import PromptLimits
from descrow.payments.mpesa.prompts import send_prompt
from descrow.payments.mpesa.schemas import (
    MpesaPhoneView,
    PaymentView,
    PayoutView,
    PayWithMpesaRequest,
    SetMpesaPhoneRequest,
    SimpleStatus,
)
from descrow.payments.records import check_caps

LARGEST_CALLBACK_BYTES = 16_384
"""Several times what Daraja posts."""

Id = Annotated[int, PathParameter(ge=1, le=LARGEST_ID)]
CheckoutId = Annotated[str, PathParameter(max_length=200, pattern="^[A-Za-z0-9_-]+$")]


class PaymentController(Controller):
    tags = ("payments",)

    @post(
        "/orders/{order_id:int}/pay/mpesa",
        status_code=200,
        rate_limit=RateLimitKind.PAY,
        access=Open.SIGNED_IN,
        refusals=(
            *CHAIN_REFUSALS,
            *PAYMENT_START_REFUSALS,
            "mpesa_not_offered",
            "mpesa_request_not_valid",
            "order_differs",
            "order_not_found",
            "order_not_on_chain_yet",
            "product_sold_out",
            "prompt_not_sent",
        ),
    )
    async def pay_with_mpesa(
        self,
        sessions: WithSessions,
        get_contract: WithContract,
        mpesa: WithMpesa,
        order_limits: WithOrderLimits,
        network_limits: WithNetworkLimits,
        request: CallerRequest,
        order_id: Id,
        data: JSONBody[PayWithMpesaRequest],
    ) -> PaymentView:
        """Ask a phone for the money. Its owner types the PIN there; `paymentUpdate` events tell what comes of it."""
        payment_context = expect_offered(mpesa).payment_context
        phone = parse_phone(data.phone_number)
        contract = await get_contract()
        async with sessions() as session:
            found = await orders.get_order(session, order_id, request.user.account_id)
            waiting = await queries.waiting_records(session)
            has_paid = await order_queries.has_paid(session, request.user.account_id)
        orders.on_chain(found.order)
        service.amount_due(found.order)
        await orders.check_on_contract(contract, found)
        await check_caps(contract, found.order, waiting)
        async with sessions.begin() as session:
            order = await queries.lock_order_of_buyer(session, order_id, request.user.account_id)
            payment = await service.begin_payment(session, order, phone, PromptLimits.of(payment_context.settings))
            if not has_paid:  # only a prompt that is sent counts
                await network_limits.charge(request.scope, "prompts", per_day=order_limits.prompts_per_network)
        outcome = await send_prompt(payment_context, payment.id)
        if isinstance(outcome, Refused):
            raise PromptNotSent(order_id, outcome.reason)
        async with sessions() as session:
            return _view(await session.get_one(Payment, payment.id), language_of_request(request))

    @get("/orders/{order_id:int}/payments/mpesa", access=Open.SIGNED_IN, refusals=("order_not_found",))
    async def list_mpesa_payments(
        self, sessions: WithSessions, request: CallerRequest, order_id: Id
    ) -> list[PaymentView]:
        """Every attempt of the caller's to pay this order by M-Pesa, the newest first."""
        async with sessions() as session:
            await orders.get_order(session, order_id, request.user.account_id)
            payments = await queries.payments_of(session, order_id)
        own = [payment for payment in payments if payment.buyer_id == request.user.account_id]
        return [_view(payment, language_of_request(request)) for payment in own]

    @get("/orders/{order_id:int}/payouts", access=Open.SIGNED_IN, refusals=("order_not_found",))
    async def list_order_payouts(
        self,
        sessions: WithSessions,
        request: CallerRequest,
        order_id: Id,
    ) -> list[PayoutView]:
        """Return what M-Pesa has paid to the caller for this order, and what it will."""
        async with sessions() as session:
            await orders.get_order(session, order_id, request.user.account_id)
            rows = await session.scalars(
                select(Payout)
                .where(Payout.order_id == order_id, Payout.account_id == request.user.account_id)
                .order_by(Payout.id)
            )
            return [_payout_view(payout) for payout in rows]

    @get("/mpesa/stk-status/{checkout_request_id:str}", access=Open.SIGNED_IN, refusals=("payment_not_found",))
    async def get_payment_by_checkout_request(
        self, sessions: WithSessions, request: CallerRequest, checkout_request_id: CheckoutId
    ) -> PaymentView:
        """Return where a payment of the caller's stands, by the id that Daraja gave to its prompt."""
        async with sessions() as session:
            payment = await queries.payment_of_buyer(session, checkout_request_id, request.user.account_id)
        if payment is None:
            raise PaymentNotFound
        return _view(payment, language_of_request(request))

    @get("/auth/me/mpesa-phone", access=Open.SIGNED_IN)
    async def get_mpesa_phone(self, sessions: WithSessions, request: CallerRequest) -> MpesaPhoneView:
        """Return where M-Pesa pays the caller as a seller."""
        async with sessions() as session:
            account = await session.get_one(Account, request.user.account_id)
        return _phone_view(account)

    @put("/auth/me/mpesa-phone", access=Open.SIGNED_IN, refusals=("phone_not_valid",))
    async def set_mpesa_phone(
        self, sessions: WithSessions, request: CallerRequest, data: JSONBody[SetMpesaPhoneRequest]
    ) -> MpesaPhoneView:
        """Say where M-Pesa shall pay the caller as a seller, for orders from now on; those there are keep theirs."""
        phone = parse_phone(data.phone_number)
        async with sessions.begin() as session:
            account = await session.get_one(Account, request.user.account_id)
            if account.mpesa_phone != phone:
                account.mpesa_phone = phone
                actor = f"account {account.id}"
                await audit.note(session, actor=actor, action="change M-Pesa phone", subject=actor, to=masked(phone))
                await publish_to_feeds(session, [payment_events.phone_changed(account.id, masked(phone))])
        return _phone_view(account)


@post(
    "/callbacks/{kind:str}/{about_id:int}/{code:str}",
    include_in_schema=False,
    status_code=200,
    rate_limit=RateLimitKind.UNLIMITED,
    access=Open.ANYBODY,
)
async def accept_callback(
    sessions: WithSessions,
    mpesa: WithMpesa,
    proxies: WithProxies,
    request: Request[object, object, State],
    kind: Annotated[str, PathParameter()],
    about_id: Annotated[int, PathParameter()],
    code: Annotated[str, PathParameter()],
) -> dict[str, object]:
    """Keep what Daraja posts, and say so at once: it is read later. Other addresses are not there."""
    offered = expect_offered(mpesa)
    sender = address_of(request.scope, proxies=proxies)
    if kind not in list(CallbackKind) or not is_code_of(
        code, offered.payment_context.settings.callback_secret, CallbackKind(kind), about_id
    ):
        if offered.alert_throttle.may_alert():
            await alert_forgery(sessions, sender, "it was posted to an address that is not ours")
        raise NotFound("There is nothing here.")
    if offered.is_unknown_sender(sender) and offered.alert_throttle.may_alert():
        await alert_forgery(sessions, sender, "a right address, but not one of Safaricom's senders")
    body = await request.body()
    # Confirmations have one address for all payments by hand, so nobody can say how many are too many.
    is_one_of_many = kind == CallbackKind.CONFIRMATION or offered.callback_counter.is_within_limit(kind, about_id)
    if len(body) > LARGEST_CALLBACK_BYTES or not is_one_of_many:
        if offered.alert_throttle.may_alert():
            await alert_forgery(
                sessions, sender, f"more than anybody would post: {len(body)} bytes for {kind} {about_id}"
            )
    else:
        await offered.callback_inbox.keep(Posted(CallbackKind(kind), about_id, body, sender))
    return dict(ACKNOWLEDGEMENT)


async def alert_forgery(sessions: Sessions, sender: str | None, why: str) -> None:
    """Report what was posted by somebody who is not Safaricom, as it seems."""
    async with sessions.begin() as session:
        await raise_alert(session, AlertKind.FORGED_CALLBACK, subject=f"sender {sender}", why=why)


def _view(payment: Payment, language: Language) -> PaymentView:
    return PaymentView(
        payment_id=payment.id,
        order_id=payment.order_id,
        checkout_request_id=payment.checkout_request_id,
        status=_simple(payment),
        payment_status=payment.status,
        failure=payment.failure,
        message=message_of(payment).in_language(language),
        can_retry=payment.status in (PaymentStatus.FAILED, PaymentStatus.SHORT, PaymentStatus.SURPLUS),
        retry_after_at=payment.retry_after_at,
        paid_by=payment.paid_by,
        phone=payment.shown_phone,
        amount_kes_cents=str(payment.amount_cents),
        receipt_number=payment.receipt_number,
        created_at=payment.created_at,
        ended_at=payment.ended_at,
    )


def _simple(payment: Payment) -> SimpleStatus:
    if payment.status in LIVE_STATUSES:
        return "pending"
    if payment.status is PaymentStatus.CONFIRMED:
        return "success"
    return "cancelled" if payment.failure == StkFailure.CANCELLED_BY_USER else "failed"


def _payout_view(payout: Payout) -> PayoutView:
    return PayoutView(
        id=payout.id,
        order_id=payout.order_id,
        purpose=payout.purpose,
        status=payout.status,
        phone=None if payout.phone is None else masked(Msisdn(payout.phone)),
        amount_kes_cents=str(payout.amount_cents),
        created_at=payout.created_at,
        paid_at=payout.paid_at,
    )


def _phone_view(account: Account) -> MpesaPhoneView:
    phone = account.mpesa_phone
    return MpesaPhoneView(phone=None if phone is None else masked(Msisdn(phone)))
