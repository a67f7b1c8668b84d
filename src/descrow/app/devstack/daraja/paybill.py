"""C2B: people who pay the paybill by hand. The merchant is asked before such a payment, and told of it afterwards.

Once addresses are registered, the merchant is told of the money of prompts there, too.
"""

import httpx
import msgspec

from descrow.app.devstack.daraja import ids, messages, wire, wordings
from descrow.app.devstack.daraja.books import BookTransfer, wallet
from descrow.app.devstack.daraja.clock import now_ms
from descrow.app.devstack.daraja.errors import NothingToPay
from descrow.app.devstack.daraja.faults import Fault
from descrow.app.devstack.daraja.fields import Fields
from descrow.app.devstack.daraja.gateway import AcceptedRequest
from descrow.app.devstack.daraja.outbox import OutboxKind
from descrow.app.devstack.daraja.results import Result
from descrow.app.devstack.daraja.service import SimulatorService
from descrow.app.devstack.daraja.settings import CENTS
from descrow.app.devstack.daraja.transactions import Transaction, TransactionKind

REGISTERED = "paybill urls"
COMPLETED, CANCELLED = "Completed", "Cancelled"
VALIDATION_TIMEOUT_S = 8.0
LONGEST_ACCOUNT = 20
ACCEPTED = "0"


class RegisteredUrls(msgspec.Struct, frozen=True):
    """Describe where the merchant is asked and told, and what counts where it does not answer."""

    validation: str
    confirmation: str
    response_type: str


class Paybill(SimulatorService):
    """Payments by hand, from the menu on the phone to the confirmation."""

    def register(self, fields: Fields) -> AcceptedRequest:
        """Take the merchant's addresses; the last ones count."""
        fields.one_of("ShortCode", self._settings.shortcode)
        anywhere = self._settings.callbacks_anywhere
        urls = RegisteredUrls(
            validation=fields.url("ValidationURL", anywhere=anywhere),
            confirmation=fields.url("ConfirmationURL", anywhere=anywhere),
            response_type=fields.one_of("ResponseType", COMPLETED, CANCELLED),
        )
        self._store.choose(REGISTERED, msgspec.json.encode(urls).decode())
        return AcceptedRequest(wire.urls_registered())

    async def pay(self, msisdn: str, *, account: str, amount_cents: int) -> Transaction:
        """Let the phone's owner pay, after the merchant was asked. Raises PhoneUnknown and NothingToPay."""
        self._phones.get(msisdn)
        if amount_cents < CENTS or amount_cents % CENTS or not 0 < len(account) <= LONGEST_ACCOUNT:
            raise NothingToPay
        at_ms = now_ms()
        number = self._transactions.open(
            TransactionKind.C2B,
            request_id=ids.conversation_id(at_ms),
            group_id=ids.merchant_request_id(),
            msisdn=msisdn,
            amount_cents=amount_cents,
            command="Pay Bill",
            reference=account,
            remarks="",
            result_url="",
            refusal_code=None,
            requested_at_ms=at_ms,
            due_at_ms=at_ms,
        )
        payment, receipt = self._transactions.get(number), ids.receipt(at_ms)
        result = self._outcome(payment)
        if result is Result.SUCCESS and not await self._is_accepted(payment, receipt):
            result = Result.REFUSED_BY_MERCHANT
        with self._store.change():
            if result is Result.SUCCESS and (result := self._outcome(payment)) is Result.SUCCESS:
                payment = self._transactions.finish(number, result, receipt=receipt)
                payer = wallet(msisdn)
                self._books.post("payment", BookTransfer(payer, self._books.utility, amount_cents), number=number)
                text = messages.paid(
                    payment,
                    merchant=self._settings.merchant,
                    balance_cents=self._books.balance_cents(payer),
                    left_today_cents=self._settings.daily_limit_kes * CENTS,
                )
                self._phones.send_sms(msisdn, text)
                self.confirm(payment)
            else:
                payment = self._transactions.finish(number, result, receipt=None)
        self._watchers.notify(msisdn)
        return payment

    def confirm(self, payment: Transaction) -> None:
        """Tell the merchant of money that came, by hand or by a prompt, inside a `change` of the store."""
        urls = self._urls()
        if urls is None or payment.receipt is None:
            return
        if self._switchboard.strikes(Fault.CONFIRMATION_FORGED, payment.number):
            forged = wire.paybill_body(payment, ids.receipt(now_ms()), payer=payment.msisdn)
            self._outbox.add(payment.number, OutboxKind.FORGED, urls.confirmation, forged)
        body = wire.paybill_body(payment, payment.receipt, payer=self._payer(payment))
        self._outbox.add(payment.number, OutboxKind.CONFIRMATION, urls.confirmation, body)

    def abandon(self, payment: Transaction) -> None:
        """Nothing was paid: the simulator stopped before the merchant had answered."""
        self._transactions.finish(payment.number, Result.TRAFFIC_BLOCKED, receipt=None)

    def _outcome(self, payment: Transaction) -> Result:
        if payment.amount_cents > self._settings.transaction_limit_kes * CENTS:
            return Result.ABOVE_MAXIMUM
        if self._books.balance_cents(wallet(payment.msisdn)) < payment.amount_cents:
            return Result.NOT_ENOUGH_MONEY
        return Result.SUCCESS

    async def _is_accepted(self, payment: Transaction, receipt: str) -> bool:
        """Ask the merchant; without an answer counts what it said when it registered."""
        urls = self._urls()
        if urls is None:
            return True
        if self._switchboard.strikes(Fault.VALIDATION_LOST, payment.number):
            return urls.response_type == COMPLETED
        body = wire.encode(wire.paybill_body(payment, receipt, payer=self._payer(payment)))
        try:
            async with httpx.AsyncClient(timeout=VALIDATION_TIMEOUT_S, trust_env=False) as http:
                answer = await http.post(urls.validation, content=body, headers={"Content-Type": wire.JSON_TYPE})
            code = str(answer.raise_for_status().json().get("ResultCode"))
        except (httpx.HTTPError, ValueError) as error:
            self._transactions.note(payment.number, "validation_failed", type(error).__name__)
            return urls.response_type == COMPLETED
        self._transactions.note(payment.number, "validated", code)
        return code == ACCEPTED

    def _payer(self, payment: Transaction) -> str:
        """Return the phone as the merchant may see it: masked as a rule."""
        if self._switchboard.strikes(Fault.PAYER_NOT_SHOWN, payment.number):
            return ""
        if self._switchboard.strikes(Fault.PAYER_HASHED, payment.number):
            return wordings.hashed(payment.msisdn)
        return f"{payment.msisdn[:5]}****{payment.msisdn[-3:]}"

    def _urls(self) -> RegisteredUrls | None:
        chosen = self._store.chosen(REGISTERED)
        return msgspec.json.decode(chosen, type=RegisteredUrls) if chosen else None
