"""Safaricom's Daraja, as the rest of Descrow sees it. It asks and tells what was answered; it decides nothing.

No method raises for what Daraja or the network does: see `outcomes`. A request is sent once, or twice where
Daraja turned the first away for its token alone.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Self

import httpx
import structlog
from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError

from descrow.mpesa.breaker import Breaker
from descrow.mpesa.call_log import log_call, reported, result_word
from descrow.mpesa.credentials import SecurityCredential, basic_authorization, stk_password, timestamp
from descrow.mpesa.ids import CheckoutRequestId, masked_id
from descrow.mpesa.outcomes import Accepted, AlreadySubmitted, Answer, Outcome, Refusal, Refused, Unknown
from descrow.mpesa.phones import masked
from descrow.mpesa.reading import NamedValue
from descrow.mpesa.refusals import OVERLOADED_CODE, is_duplicate, is_token_error, meaning, unknown
from descrow.mpesa.requests import (
    BalanceQuery,
    PaybillUrls,
    PayoutRequest,
    ResultUrls,
    Reversal,
    StkPush,
    TransactionQuery,
)
from descrow.mpesa.responses import (
    PromptSent,
    PromptStatus,
    RequestTaken,
    UrlsRegistered,
    accepted,
    prompt_sent,
    prompt_status,
    request_taken,
    urls_registered,
)
from descrow.mpesa.settings import MpesaSettings
from descrow.mpesa.throttle import Throttle
from descrow.mpesa.tokens import FetchedToken, Tokens, TokenStore, ValkeyTokenStore
from descrow.mpesa.wire import ANSWER_TIMEOUT_S, Answered, ErrorAnswer, NotSent, Reply, exchange, not_sent, open_http

log = structlog.get_logger(__name__)

OAUTH = "/oauth/v1/generate"
STK_PUSH = "/mpesa/stkpush/v1/processrequest"
STK_QUERY = "/mpesa/stkpushquery/v1/query"
PAYOUT = "/mpesa/b2c/v3/paymentrequest"
REVERSAL = "/mpesa/reversal/v1/request"
TRANSACTION_STATUS = "/mpesa/transactionstatus/v1/query"
ACCOUNT_BALANCE = "/mpesa/accountbalance/v1/query"
PAYBILL_URLS = "/mpesa/c2b/v1/registerurl"

TOKEN_TIMEOUT_S = 15.0
"""Less than the lock under which it is fetched lasts."""

TURN_TIMEOUT_S = 60.0
"""For all that comes before sending: throttle and token at their slowest take less, a silent Valkey takes for ever."""

_SHORTCODE = "4"
_REVERSED_SHORTCODE = "11"

Body = dict[str, str | int]


class Daraja:
    """One for a process; open it with `Daraja.open`. The token and the throttle are shared with all other processes."""

    def __init__(
        self,
        settings: MpesaSettings,
        http: httpx.AsyncClient,
        *,
        token_store: TokenStore,
        throttle: Throttle,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        turn_timeout_s: float = TURN_TIMEOUT_S,
    ) -> None:
        self._settings = settings
        self._http = http
        self._tokens = Tokens(token_store, self._fetch_token)
        self._throttle = throttle
        self._now = now
        self._answer_timeout_s = answer_timeout_s
        self._turn_timeout_s = turn_timeout_s
        self._credential = SecurityCredential(settings.certificate, settings.initiator_password.get_secret_value())
        # One for each path: Daraja's products fail one by one.
        paths = (STK_PUSH, STK_QUERY, PAYOUT, REVERSAL, TRANSACTION_STATUS, ACCOUNT_BALANCE, PAYBILL_URLS)
        self._breakers = {path: Breaker() for path in paths}

    @classmethod
    def open(cls, settings: MpesaSettings, valkey: Valkey) -> Self:
        """Nothing is connected yet. Raises CertificateNotValid."""
        app = _name_of_app(settings)
        return cls(
            settings,
            open_http(settings.base_url),
            token_store=ValkeyTokenStore(valkey, f"mpesa:token:{app}"),
            throttle=Throttle(
                valkey, f"mpesa:throttle:{app}", per_minute=settings.requests_per_minute, burst=settings.burst
            ),
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def lets_us_in(self) -> bool:
        """Return whether there is a token, or Daraja gives one."""
        return not isinstance(await self._tokens.token(), Refused)

    # --- money in ---

    async def push_stk(self, push: StkPush) -> Outcome[PromptSent]:
        """Ask the buyer's phone for money. After Unknown wait for the callback, and do not push again."""
        settings = self._settings
        body = {
            **self._stk_password(),
            "TransactionType": "CustomerPayBillOnline" if settings.till is None else "CustomerBuyGoodsOnline",
            "Amount": push.amount,
            "PartyA": push.phone,
            "PartyB": settings.till or settings.shortcode,
            "PhoneNumber": push.phone,
            "CallBackURL": push.callback_url,
            "AccountReference": push.reference,
            "TransactionDesc": push.description,
        }
        outcome = _outcome(await self._call(STK_PUSH, body), prompt_sent)
        sent = outcome.answer if isinstance(outcome, Accepted) else None
        log_call(
            STK_PUSH,
            outcome,
            phone=masked(push.phone),
            amount=push.amount,
            merchant_request_id=sent.merchant_request_id if sent else None,
            checkout_request_id=masked_id(sent.checkout_request_id) if sent else None,
        )
        return outcome

    async def query_stk(self, checkout_request_id: CheckoutRequestId) -> Outcome[PromptStatus]:
        """Return what became of a prompt. Refused and Unknown tell nothing of the payment: keep it pending."""
        reply = await self._call(STK_QUERY, {**self._stk_password(), "CheckoutRequestID": checkout_request_id})
        if isinstance(reply, ErrorAnswer) and reply.code == OVERLOADED_CODE:
            outcome: Outcome[PromptStatus] = unknown(reply)  # in flight, not known, or just not now
        else:
            outcome = _outcome(reply, prompt_status)
        result = result_word(outcome.answer.result) if isinstance(outcome, Accepted) else None
        log_call(STK_QUERY, outcome, checkout_request_id=masked_id(checkout_request_id), result=result)
        return outcome

    async def register_paybill_urls(self, urls: PaybillUrls) -> Outcome[UrlsRegistered]:
        """Name the addresses that hear of payments made by hand. In production Daraja takes them once."""
        body: Body = {
            "ShortCode": self._settings.shortcode,
            "ResponseType": "Completed",  # so that a prompt's payment never depends on our answer to the question
            "ConfirmationURL": urls.confirmation,
            "ValidationURL": urls.validation,
        }
        outcome = _outcome(await self._call(PAYBILL_URLS, body), urls_registered)
        log_call(PAYBILL_URLS, outcome, shortcode=self._settings.shortcode)
        return outcome

    # --- money out ---

    async def pay_out(self, payout: PayoutRequest) -> Outcome[RequestTaken] | AlreadySubmitted:
        """Send money to a phone. After Unknown ask `ask_transaction` by the same id; never pay under another."""
        body = {
            "OriginatorConversationID": payout.originator_conversation_id,
            "InitiatorName": self._settings.initiator,
            "SecurityCredential": self._credential.encrypted(),
            "CommandID": "BusinessPayment",
            "Amount": payout.amount,
            "PartyA": self._settings.paying_shortcode,
            "PartyB": payout.phone,
            "Remarks": payout.remarks,
            **_urls(payout.urls),
        }
        reply = await self._call(PAYOUT, body)
        outcome: Outcome[RequestTaken] | AlreadySubmitted
        if isinstance(reply, ErrorAnswer) and is_duplicate(reply):
            outcome = AlreadySubmitted(payout.originator_conversation_id)
        else:
            outcome = _outcome(reply, request_taken)
        log_call(
            PAYOUT,
            outcome,
            phone=masked(payout.phone),
            amount=payout.amount,
            originator_conversation_id=payout.originator_conversation_id,
        )
        return outcome

    async def reverse(self, reversal: Reversal) -> Outcome[RequestTaken]:
        """Send a buyer's payment back. After Unknown it may be asked again: a receipt is reversed once at most."""
        body = {
            **self._initiator("TransactionReversal"),
            "TransactionID": reversal.receipt_number,
            "Amount": reversal.amount,
            "ReceiverParty": self._settings.shortcode,
            "RecieverIdentifierType": _REVERSED_SHORTCODE,  # spelled as Daraja spells it
            "Remarks": reversal.remarks,
            **_urls(reversal.urls),
        }
        outcome = _outcome(await self._call(REVERSAL, body), request_taken)
        log_call(REVERSAL, outcome, receipt_number=reversal.receipt_number, amount=reversal.amount)
        return outcome

    # --- status_queries ---

    async def ask_transaction(self, status_query: TransactionQuery) -> Outcome[RequestTaken]:
        """Ask what became of a transaction; the answer is posted to the result URL."""
        body = {
            **self._initiator("TransactionStatusQuery"),
            "IdentifierType": _SHORTCODE,
            "Remarks": status_query.remarks,
            "Occasion": "",
            **_urls(status_query.urls),
        }
        if status_query.receipt_number is not None:
            body |= {"TransactionID": status_query.receipt_number, "PartyA": self._settings.shortcode}
        if status_query.originator_conversation_id is not None:
            body |= {
                "OriginalConversationID": status_query.originator_conversation_id,
                "PartyA": self._settings.paying_shortcode,
            }
        outcome = _outcome(await self._call(TRANSACTION_STATUS, body), request_taken)
        log_call(
            TRANSACTION_STATUS,
            outcome,
            receipt_number=status_query.receipt_number,
            originator_conversation_id=status_query.originator_conversation_id,
        )
        return outcome

    async def ask_balance(self, status_query: BalanceQuery) -> Outcome[RequestTaken]:
        """Ask what a shortcode's accounts hold; the answer is posted to the result URL."""
        body = {
            **self._initiator("AccountBalance"),
            "PartyA": status_query.shortcode,
            "IdentifierType": _SHORTCODE,
            "Remarks": status_query.remarks,
            **_urls(status_query.urls),
        }
        outcome = _outcome(await self._call(ACCOUNT_BALANCE, body), request_taken)
        log_call(ACCOUNT_BALANCE, outcome, shortcode=status_query.shortcode)
        return outcome

    # --- inside ---

    async def _call(self, path: str, body: Body) -> Reply:
        """One request with breaker, throttle and token, each of which may keep it from being sent."""
        breaker = self._breakers[path]
        if not breaker.admits():
            return not_sent(NotSent.BREAKER_OPEN, "Daraja did not answer several times in a row; it gets a pause")
        reply = await self._call_with_token(path, body)
        if not _is_our_own_delay(reply):
            breaker.record(answered=_is_answer(reply))
        return reply

    async def _call_with_token(self, path: str, body: Body) -> Reply:
        token = await self._turn_and_token()
        if isinstance(token, Refused):
            return token
        reply = await self._post(path, body, token)
        if not (isinstance(reply, ErrorAnswer) and is_token_error(reply)):
            return reply
        # Turned away at the door: another process may have fetched a token, which ended this one's life.
        another = await self._turn_and_token(rejected=token)
        return another if isinstance(another, Refused) else await self._post(path, body, another)

    async def _turn_and_token(self, *, rejected: str | None = None) -> str | Refused:
        """All that comes before sending. Whatever goes wrong here, nothing was sent."""
        try:
            async with asyncio.timeout(self._turn_timeout_s):
                if not await self._throttle.wait_for_turn():
                    return not_sent(NotSent.THROTTLED, "too many requests are waiting for their turn")
                return await (self._tokens.token() if rejected is None else self._tokens.another_than(rejected))
        except (ValkeyError, OSError, TimeoutError) as error:
            return not_sent(NotSent.VALKEY_AWAY, f"neither turn nor token without Valkey: {type(error).__name__}")

    async def _post(self, path: str, body: Body, token: str) -> Reply:
        request = self._http.build_request("POST", path, json=body, headers={"Authorization": f"Bearer {token}"})
        return await exchange(self._http, request, answer_timeout_s=self._answer_timeout_s)

    async def _fetch_token(self) -> FetchedToken | Refused:
        """A new token, or why there is none."""
        authorization = basic_authorization(
            self._settings.consumer_key.get_secret_value(), self._settings.consumer_secret.get_secret_value()
        )
        request = self._http.build_request(
            "GET", OAUTH, params={"grant_type": "client_credentials"}, headers={"Authorization": authorization}
        )
        reply = await exchange(self._http, request, answer_timeout_s=min(TOKEN_TIMEOUT_S, self._answer_timeout_s))
        fetched = _token_from(reply)
        if isinstance(fetched, Refused):
            log.warning("daraja gives no token", **reported(fetched))
        else:
            log.info("daraja token fetched", lasts_s=fetched.lasts_s)
        return fetched

    def _stk_password(self) -> Body:
        moment = timestamp(self._now())
        shortcode = self._settings.shortcode
        password = stk_password(
            shortcode=shortcode, passkey=self._settings.passkey.get_secret_value(), timestamp=moment
        )
        return {"BusinessShortCode": shortcode, "Password": password, "Timestamp": moment}

    def _initiator(self, command: str) -> Body:
        return {
            "Initiator": self._settings.initiator,
            "SecurityCredential": self._credential.encrypted(),
            "CommandID": command,
        }


def _urls(urls: ResultUrls) -> Body:
    return {"ResultURL": urls.result, "QueueTimeOutURL": urls.queue_timeout}


def _outcome(reply: Reply, read: Callable[[NamedValue], Answer | None]) -> Outcome[Answer]:
    if isinstance(reply, Answered):
        return accepted(reply, read)
    return meaning(reply) if isinstance(reply, ErrorAnswer) else reply


def _token_from(reply: Reply) -> FetchedToken | Refused:
    """Nothing was begun by asking for a token, so nothing is unknown either."""
    if isinstance(reply, Answered):
        value, lasts_s = reply.members.text("access_token"), reply.members.text("expires_in") or ""
        if value is not None and re.fullmatch("[0-9]+", lasts_s) and int(lasts_s) > 0:
            return FetchedToken(value, int(lasts_s))
        return not_sent(NotSent.NO_TOKEN, "the answer holds no token, or not how long it lasts")
    if isinstance(reply, Unknown):
        if reply.http_status == 400:  # an empty body, as a rule
            return Refused(
                Refusal.MISCONFIGURED, NotSent.NO_TOKEN, "consumer key and secret are not those of this environment"
            )
        return not_sent(NotSent.NO_TOKEN, f"{reply.doubt}: {reply.message}")
    refused = meaning(reply) if isinstance(reply, ErrorAnswer) else reply
    return refused if isinstance(refused, Refused) else not_sent(NotSent.NO_TOKEN, f"{refused.code}: {refused.message}")


def _is_our_own_delay(reply: Reply) -> bool:
    """Return whether the call ended before Daraja was tried at all."""
    return isinstance(reply, Refused) and reply.code in (NotSent.THROTTLED, NotSent.VALKEY_AWAY)


def _is_answer(reply: Reply) -> bool:
    """Return whether Daraja is there and talks its own language."""
    return not isinstance(reply, Unknown) and not (isinstance(reply, Refused) and reply.reason is Refusal.NOT_SENT)


def _name_of_app(settings: MpesaSettings) -> str:
    """Tokens belong to an app in an environment; its consumer key is not for everybody who may look into Valkey."""
    app = f"{settings.base_url} {settings.consumer_key.get_secret_value()}"
    return hashlib.sha256(app.encode()).hexdigest()[:16]
