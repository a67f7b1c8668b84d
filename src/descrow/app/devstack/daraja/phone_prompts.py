"""STK push: a prompt on a phone, its answer or silence, the callback, and the query."""

from descrow.app.devstack.daraja import ids, messages, wire, wordings
from descrow.app.devstack.daraja.books import BookTransfer, wallet
from descrow.app.devstack.daraja.clock import MS, now_ms
from descrow.app.devstack.daraja.errors import (
    NoPrompt,
    Overloaded,
    StillProcessing,
    SubscriberLocked,
    TransactionUnknown,
)
from descrow.app.devstack.daraja.faults import Fault
from descrow.app.devstack.daraja.fields import Fields
from descrow.app.devstack.daraja.gateway import AcceptedRequest
from descrow.app.devstack.daraja.money import for_people
from descrow.app.devstack.daraja.outbox import OutboxKind
from descrow.app.devstack.daraja.paybill import Paybill
from descrow.app.devstack.daraja.phones import Phone
from descrow.app.devstack.daraja.results import Result
from descrow.app.devstack.daraja.service import SimulatorService, Workings
from descrow.app.devstack.daraja.settings import CENTS
from descrow.app.devstack.daraja.transactions import State, Transaction, TransactionKind

PAY_BILL, BUY_GOODS = "CustomerPayBillOnline", "CustomerBuyGoodsOnline"
LONGEST_PROMPT = 182  # signs that fit on the phone


class Stk(SimulatorService):
    """Pushes from the request to the callback."""

    def __init__(self, workings: Workings, paybill: Paybill) -> None:
        super().__init__(workings)
        self._paybill = paybill
        self._moments = ids.DistinctMilliseconds()

    def push(self, fields: Fields) -> AcceptedRequest:
        """Accept a push. What is wrong with the request is said at once, what is wrong with the payment later."""
        shortcode = self._check_merchant(fields)
        command = fields.one_of("TransactionType", PAY_BILL, BUY_GOODS)
        amount_cents = fields.shillings_in_cents("Amount")
        fields.msisdn("PartyA")
        party_b = fields.text("PartyB")
        msisdn = fields.msisdn("PhoneNumber")
        callback_url = fields.url("CallBackURL", anywhere=self._settings.callbacks_anywhere)
        reference = fields.text("AccountReference")
        description = fields.text("TransactionDesc", label="Remarks")
        if self._transactions.prompt_of(msisdn) is not None:
            raise SubscriberLocked

        at_ms = self._moments.next_ms()
        refusal_code = self._refusal(
            msisdn,
            amount_cents,
            reference,
            at_ms=at_ms,
            is_own_paybill=command == PAY_BILL and party_b == shortcode,
        )
        wait_s = self._settings.prompt_timeout_s if refusal_code is None else self._settings.result_delay_s
        request_id, group_id = ids.checkout_request_id(at_ms, msisdn), ids.merchant_request_id()
        with self._store.change():
            number = self._transactions.open(
                TransactionKind.STK,
                request_id=request_id,
                group_id=group_id,
                msisdn=msisdn,
                amount_cents=amount_cents,
                command=command,
                reference=reference,
                remarks=description,
                result_url=callback_url,
                refusal_code=refusal_code,
                requested_at_ms=at_ms,
                due_at_ms=now_ms() + int(wait_s * MS),
            )
            push = self._transactions.get(number)
            if self._switchboard.strikes(Fault.CALLBACK_FORGED, number):
                self._outbox.add(number, OutboxKind.FORGED, callback_url, wire.forged_stk_callback(push))
        self._await_answer(push)
        return AcceptedRequest(
            wire.push_accepted(merchant_request_id=group_id, checkout_request_id=request_id),
            number,
            lost_by=Fault.ACK_LOST,
            held_by=Fault.CALLBACK_BEFORE_ACK,
        )

    def query(self, fields: Fields) -> AcceptedRequest:
        """Return what became of a push. A push that is open is an error here, and so is one nobody made."""
        self._check_merchant(fields)
        push = self._transactions.by_request_id(fields.text("CheckoutRequestID"), TransactionKind.STK)
        if push is None:
            raise TransactionUnknown
        if self._switchboard.strikes(Fault.QUERY_500, push.number):
            raise Overloaded("")
        if push.state is State.OPEN:
            if self._switchboard.strikes(Fault.QUERY_4999, push.number):
                return AcceptedRequest(wire.query_answer_in_flight(push))
            raise StillProcessing
        if push.state is State.COMPLETED and self._switchboard.strikes(Fault.QUERY_WRONG_FINAL, push.number):
            return AcceptedRequest(wire.query_answer_wrong(push))
        return AcceptedRequest(wire.query_answer(push))

    def prompt(self, msisdn: str) -> Transaction | None:
        """The push whose prompt is on the phone now."""
        push = self._transactions.prompt_of(msisdn)
        return push if push is not None and push.refusal_code is None else None

    def enter_pin(self, msisdn: str, pin: str) -> Transaction:
        """Answer the prompt, and tell what the push has come to. Whatever the PIN, the prompt is gone."""
        phone, push = self._prompted(msisdn)
        return self._decide(push, self._outcome(phone, push, pin))

    def cancel(self, msisdn: str) -> Transaction:
        _, push = self._prompted(msisdn)
        return self._decide(push, Result.CANCELLED)

    def resume(self, push: Transaction) -> None:
        """Go on with a prompt that was on the phone when the simulator stopped."""
        self._await_answer(push)

    def _check_merchant(self, fields: Fields) -> str:
        shortcode = fields.text("BusinessShortCode", shortest=5, longest=7)
        password = fields.text("Password")
        timestamp = fields.timestamp("Timestamp")
        self._credentials.check_password(shortcode=shortcode, password=password, timestamp=timestamp)
        return shortcode

    def _refusal(
        self, msisdn: str, amount_cents: int, reference: str, *, at_ms: int, is_own_paybill: bool
    ) -> Result | None:
        """Why no prompt appears, though the push is accepted."""
        if not is_own_paybill:
            return Result.NOT_PERMITTED
        if amount_cents < CENTS:
            return Result.BELOW_MINIMUM
        if amount_cents > self._settings.transaction_limit_kes * CENTS:
            return Result.ABOVE_MAXIMUM
        if len(prompt_text(amount_cents, self._settings.merchant, reference)) > LONGEST_PROMPT:
            return Result.PUSH_NOT_SENT
        since_ms = at_ms - int(self._settings.repeat_window_s * MS)
        if self._settings.repeat_window_s and self._transactions.paid_alike_since(msisdn, amount_cents, since_ms):
            return Result.RULE_LIMITED
        return None

    def _await_answer(self, push: Transaction) -> None:
        """Start the clock of a prompt, and the thumb of a phone that answers by itself."""
        in_s = (push.due_at_ms - now_ms()) / MS
        silence = Result(push.refusal_code) if push.refusal_code else Result.NO_ANSWER
        self._timers.after(in_s, push.number, lambda: self._decide(push, silence))
        if push.refusal_code is None and (phone := self._phones.find(push.msisdn)) is not None:
            self._answer_by_itself(push, phone)
        self._watchers.notify(push.msisdn)

    def _answer_by_itself(self, push: Transaction, phone: Phone) -> None:
        way = self._phones.auto_answer(phone.msisdn)
        choice = way.choose(self._switchboard.draw("auto answer", push.number))
        if choice is None or choice == "ignore":
            return

        def answer() -> None:
            if self._transactions.get(push.number).state is not State.OPEN:  # a person was quicker
                return
            match choice:
                case "pay":
                    self._decide(push, self._outcome(self._phones.get(push.msisdn), push, phone.pin))
                case "cancel":
                    self._decide(push, Result.CANCELLED)
                case "wrong_pin":
                    # Not counted: a phone that answers by itself would soon be locked.
                    self._decide(push, Result.WRONG_CREDENTIAL)
                case "insufficient":
                    self._decide(push, Result.NOT_ENOUGH_MONEY)

        delay_s = way.delay_for(self._switchboard.draw("auto answer delay", push.number))
        self._timers.after(delay_s, ("answer", push.number), answer)

    def _prompted(self, msisdn: str) -> tuple[Phone, Transaction]:
        phone = self._phones.get(msisdn)
        push = self.prompt(msisdn)
        if push is None:
            raise NoPrompt(msisdn)
        return phone, push

    def _outcome(self, phone: Phone, push: Transaction, pin: str) -> Result:
        if phone.is_locked:
            return Result.PIN_LOCKED
        self._phones.count_pin(phone.msisdn, right=pin == phone.pin)
        if pin != phone.pin:
            return Result.WRONG_CREDENTIAL
        if self._books.balance_cents(wallet(phone.msisdn)) < push.amount_cents:
            return Result.NOT_ENOUGH_MONEY
        if push.amount_cents > self._left_today_cents(phone.msisdn):
            return Result.OVER_DAILY_LIMIT
        return Result.SUCCESS

    def _left_today_cents(self, msisdn: str) -> int:
        return self._settings.daily_limit_kes * CENTS - self._transactions.moved_today_cents(
            msisdn, TransactionKind.STK
        )

    def _decide(self, push: Transaction, result: Result) -> Transaction:
        """Money, message and callback together: all of them, once."""
        self._timers.cancel(push.number)
        self._timers.cancel(("answer", push.number))
        with self._store.change():
            if result is Result.SUCCESS:
                decided = self._transactions.finish(push.number, result, receipt=ids.receipt(now_ms()))
                self._pay(decided)
                self._paybill.confirm(decided)
            else:
                if self._switchboard.strikes(Fault.STK_CODE_UNUSUAL, push.number):
                    draw = self._switchboard.draw("unusual code", push.number)
                    result = wordings.unusual(wordings.UNUSUAL_STK, draw)
                decided = self._transactions.finish(push.number, result, receipt=None)
                self._report_failure(decided)
            wrong_amount = decided.state is State.COMPLETED and self._switchboard.strikes(
                Fault.CALLBACK_WRONG_AMOUNT, push.number
            )
            body = wire.stk_callback(decided, wrong_amount=wrong_amount)
            self._outbox.add(push.number, OutboxKind.STK, push.result_url, body)
        self._watchers.notify(push.msisdn)
        return decided

    def _pay(self, push: Transaction) -> None:
        payer = wallet(push.msisdn)
        self._books.post("payment", BookTransfer(payer, self._books.utility, push.amount_cents), number=push.number)
        text = messages.paid(
            push,
            merchant=self._settings.merchant,
            balance_cents=self._books.balance_cents(payer),
            left_today_cents=self._left_today_cents(push.msisdn),
        )
        self._phones.send_sms(push.msisdn, text)

    def _report_failure(self, push: Transaction) -> None:
        text = messages.not_paid(push, merchant=self._settings.merchant)
        if text is not None and self._phones.find(push.msisdn) is not None:
            self._phones.send_sms(push.msisdn, text)


def prompt_text(amount_cents: int, merchant: str, reference: str) -> str:
    """Return what the prompt asks."""
    return f"Do you want to pay {for_people(amount_cents)} to {merchant}? Account no. {reference}. Enter M-PESA PIN:"
