"""Paying the paybill by hand over HTTP: what a buyer types, and Daraja's question before somebody pays."""

from typing import Annotated

import structlog
from litestar import Request, get, post
from litestar.datastructures import State
from litestar.params import PathParameter
from sqlalchemy.exc import SQLAlchemyError

from descrow.kernel.db import LARGEST_ID, utc_now
from descrow.kernel.errors import NotFound
from descrow.kernel.http.access import Open
from descrow.kernel.http.addresses import address_of
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithProxies, WithSessions
from descrow.kernel.http.limits import RateLimitKind
from descrow.mpesa.callbacks import Unreadable
from descrow.mpesa.paybill import PaybillRefusal, parse_paybill, validation_answer
from descrow.orders import service as orders
from descrow.payments.mpesa import paybill
from descrow.payments.mpesa.callback_urls import is_code_of
from descrow.payments.mpesa.dependencies import WithMpesa, expect_offered
from descrow.payments.mpesa.models import CallbackKind
from descrow.payments.mpesa.routes import alert_forgery
from descrow.payments.mpesa.schemas import PaybillView

log = structlog.get_logger(__name__)

LARGEST_QUESTION_BYTES = 16_384


@get(
    "/orders/{order_id:int}/paybill",
    access=Open.SIGNED_IN,
    refusals=("mpesa_not_offered", "order_not_found"),
    tags=["payments"],
)
async def get_paybill(
    sessions: WithSessions,
    mpesa: WithMpesa,
    request: CallerRequest,
    order_id: Annotated[int, PathParameter(ge=1, le=LARGEST_ID)],
) -> PaybillView:
    """Return what to type to pay this order by hand, from any phone with M-Pesa and without a prompt."""
    settings = expect_offered(mpesa).payment_context.settings
    async with sessions() as session:
        found = await orders.get_order(session, order_id, request.user.account_id)
        return await paybill.instructions(session, settings, found.order, utc_now())


@post(
    "/callbacks/validation/{about_id:int}/{code:str}",
    include_in_schema=False,
    status_code=200,
    rate_limit=RateLimitKind.UNLIMITED,
    access=Open.ANYBODY,
)
async def validate_payment(
    sessions: WithSessions,
    mpesa: WithMpesa,
    proxies: WithProxies,
    request: Request[object, object, State],
    about_id: Annotated[int, PathParameter()],
    code: Annotated[str, PathParameter()],
) -> dict[str, object]:
    """Say whether a payment by hand may be made. Where nobody can tell it is refused: nothing is paid then."""
    offered, sender = expect_offered(mpesa), address_of(request.scope, proxies=proxies)
    secret = offered.payment_context.settings.callback_secret
    if not is_code_of(code, secret, CallbackKind.VALIDATION, about_id):
        raise NotFound("There is nothing here.")
    if offered.is_unknown_sender(sender) and offered.alert_throttle.may_alert():
        await alert_forgery(sessions, sender, "a right address, but not one of Safaricom's senders")
    body = await request.body()
    posted = parse_paybill(body) if len(body) <= LARGEST_QUESTION_BYTES else Unreadable("too large", b"")
    if isinstance(posted, Unreadable):
        refusal: PaybillRefusal | None = PaybillRefusal.OTHER
    else:
        try:
            async with sessions.begin() as session:
                refusal = await paybill.validate(session, posted, utc_now())
        except (SQLAlchemyError, OSError) as error:
            log.warning("payment by hand not looked at", error=type(error).__name__)
            refusal = PaybillRefusal.OTHER
    log.info("payment by hand asked for", refusal=refusal)
    return validation_answer(refusal)
