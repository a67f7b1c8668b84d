"""Commands of an initiator: B2C, reversal, transaction status, account balance. Each is accepted now and done later."""

from descrow.app.devstack.daraja import ids, messages, wire, wordings
from descrow.app.devstack.daraja.books import FEES, BookTransfer, wallet
from descrow.app.devstack.daraja.clock import MS, now_ms
from descrow.app.devstack.daraja.errors import DuplicateOriginatorConversation, InvalidDarajaField
from descrow.app.devstack.daraja.faults import Fault
from descrow.app.devstack.daraja.fields import MSISDN, Fields
from descrow.app.devstack.daraja.gateway import AcceptedRequest
from descrow.app.devstack.daraja.money import b2c_fee_cents
from descrow.app.devstack.daraja.outbox import OutboxKind
from descrow.app.devstack.daraja.results import Result
from descrow.app.devstack.daraja.service import SimulatorService
from descrow.app.devstack.daraja.settings import CENTS
from descrow.app.devstack.daraja.transactions import Transaction, TransactionKind

SHORTCODE_TYPE = "4"
REVERSAL_RECEIVER_TYPE = "11"


class Commands(SimulatorService):
    """Commands from the request to the result."""

    def pay_out(self, fields: Fields) -> AcceptedRequest:
        """Accept a B2C payout, once for each OriginatorConversationID."""
        conversation = fields.text("OriginatorConversationID")
        command = fields.one_of("CommandID", "BusinessPayment", "SalaryPayment", "PromotionPayment")
        amount_cents = fields.shillings_in_cents("Amount")
        shortcode = fields.text("PartyA")
        msisdn = fields.text("PartyB")
        remarks = fields.text("Remarks", shortest=2, longest=100)
        fields.optional_text("Occassion", longest=100)
        refusal_code = self._refused_initiator(fields, "InitiatorName", shortcode)
        if refusal_code is None and not MSISDN.fullmatch(msisdn):
            refusal_code = Result.INVALID_PARTY
        if self._transactions.by_originator_conversation(conversation) is not None:
            raise DuplicateOriginatorConversation
        return self._accept(
            TransactionKind.B2C,
            fields,
            conversation=conversation,
            msisdn=msisdn,
            amount_cents=amount_cents,
            command=command,
            reference="",
            remarks=remarks,
            refusal_code=refusal_code,
            lost_by=Fault.B2C_ACK_LOST,
        )

    def reverse(self, fields: Fields) -> AcceptedRequest:
        """Accept the reversal of a push that was paid."""
        command = fields.one_of("CommandID", "TransactionReversal")
        receipt = fields.text("TransactionID")
        amount_cents = fields.shillings_in_cents("Amount")
        shortcode = fields.text("ReceiverParty")
        fields.one_of("RecieverIdentifierType", REVERSAL_RECEIVER_TYPE)
        remarks = fields.text("Remarks", shortest=2, longest=100)
        original = self._transactions.by_receipt(receipt)
        return self._accept(
            TransactionKind.REVERSAL,
            fields,
            msisdn=original.msisdn if original else "",
            amount_cents=amount_cents,
            command=command,
            reference=receipt,
            remarks=remarks,
            refusal_code=self._refused_initiator(fields, "Initiator", shortcode),
        )

    def ask_status(self, fields: Fields) -> AcceptedRequest:
        """Accept a question about a receipt, or about the OriginatorConversationID of a command."""
        command = fields.one_of("CommandID", "TransactionStatusQuery")
        asked = fields.optional_text("TransactionID") or fields.optional_text("OriginalConversationID")
        if not asked:
            raise InvalidDarajaField("TransactionID")
        shortcode = fields.text("PartyA")
        fields.one_of("IdentifierType", SHORTCODE_TYPE)
        return self._accept(
            TransactionKind.STATUS,
            fields,
            command=command,
            reference=asked,
            remarks=fields.text("Remarks", longest=100),
            refusal_code=self._refused_initiator(fields, "Initiator", shortcode),
        )

    def ask_balance(self, fields: Fields) -> AcceptedRequest:
        """Accept a question about the merchant's accounts."""
        command = fields.one_of("CommandID", "AccountBalance")
        shortcode = fields.text("PartyA")
        fields.one_of("IdentifierType", SHORTCODE_TYPE)
        return self._accept(
            TransactionKind.BALANCE,
            fields,
            command=command,
            reference="",
            remarks=fields.text("Remarks", longest=100),
            refusal_code=self._refused_initiator(fields, "Initiator", shortcode),
        )

    def resume(self, command: Transaction) -> None:
        """Carry out, when it is due, what was accepted."""
        self._timers.after((command.due_at_ms - now_ms()) / MS, command.number, lambda: self._carry_out(command.number))

    def _refused_initiator(self, fields: Fields, name_field: str, shortcode: str) -> Result | None:
        name, credential = fields.text(name_field), fields.text("SecurityCredential")
        if not self._credentials.is_initiator(name, credential):
            return Result.WRONG_CREDENTIAL
        return None if shortcode == self._settings.shortcode else Result.NOT_PERMITTED

    def _accept(
        self,
        kind: TransactionKind,
        fields: Fields,
        *,
        command: str,
        reference: str,
        remarks: str,
        refusal_code: Result | None,
        conversation: str | None = None,
        msisdn: str = "",
        amount_cents: int = 0,
        lost_by: Fault | None = None,
    ) -> AcceptedRequest:
        anywhere = self._settings.callbacks_anywhere
        result_url = fields.url("ResultURL", anywhere=anywhere)
        timeout_url = fields.url("QueueTimeOutURL", anywhere=anywhere)
        at_ms = now_ms()
        request_id, group_id = ids.conversation_id(at_ms), conversation or ids.merchant_request_id()
        number = self._transactions.open(
            kind,
            request_id=request_id,
            group_id=group_id,
            msisdn=msisdn,
            amount_cents=amount_cents,
            command=command,
            reference=reference,
            remarks=remarks,
            result_url=result_url,
            timeout_url=timeout_url,
            refusal_code=refusal_code,
            requested_at_ms=at_ms,
            due_at_ms=at_ms + int(self._settings.result_delay_s * MS),
        )
        self.resume(self._transactions.get(number))
        return AcceptedRequest(
            wire.command_accepted(conversation_id=request_id, originator_conversation_id=group_id),
            number,
            lost_by=lost_by,
            held_by=Fault.RESULT_BEFORE_ACK,
        )

    def _carry_out(self, number: int) -> None:
        """Money, message and result together: all of them, once."""
        command = self._transactions.get(number)
        with self._store.change():
            if self._switchboard.strikes(Fault.QUEUE_TIMEOUT_UNPAID, number):
                self._finish(command, Result.TRAFFIC_BLOCKED)
                self._report_timeout(command)
                return
            body = self._result(command)
            if self._switchboard.strikes(Fault.QUEUE_TIMEOUT_PAID, number):
                self._report_timeout(command)
            else:
                self._outbox.add(number, OutboxKind.RESULT, command.result_url, body)
        self._watchers.notify(command.msisdn)

    def _report_timeout(self, command: Transaction) -> None:
        self._outbox.add(command.number, OutboxKind.TIMEOUT, command.timeout_url, wire.queue_timeout(command))

    def _finish(self, command: Transaction, result: Result, *, fee_cents: int = 0) -> Transaction:
        """Every command gets a receipt, even one that fails."""
        return self._transactions.finish(command.number, result, receipt=ids.receipt(now_ms()), fee_cents=fee_cents)

    def _result(self, command: Transaction) -> wire.Body:
        match command.kind:
            case TransactionKind.B2C:
                return self._carry_out_payout(command)
            case TransactionKind.REVERSAL:
                return self._carry_out_reversal(command)
            case TransactionKind.STATUS:
                return self._carry_out_status(command)
            case TransactionKind.BALANCE:
                return self._carry_out_balance(command)
            case TransactionKind.STK | TransactionKind.C2B:
                raise ValueError("a payment to us is not a command")

    def _carry_out_payout(self, payout: Transaction) -> wire.Body:
        result = Result(payout.refusal_code) if payout.refusal_code else self._payout_outcome(payout)
        if result is Result.SUCCESS:
            fee_cents, receiver = b2c_fee_cents(payout.amount_cents), wallet(payout.msisdn)
            payout = self._finish(payout, result, fee_cents=fee_cents)
            self._books.post(
                "payout",
                BookTransfer(self._books.utility, receiver, payout.amount_cents),
                BookTransfer(self._books.charges_paid, FEES, fee_cents),
                number=payout.number,
            )
            balance_cents = self._books.balance_cents(receiver)
            text = messages.received(payout, merchant=self._settings.merchant, balance_cents=balance_cents)
            self._phones.send_sms(payout.msisdn, text)
        else:
            payout = self._finish(payout, result)
        return wire.b2c_result(
            payout,
            receiver_name=self._phones.name_of(payout.msisdn),
            utility_cents=self._books.balance_cents(self._books.utility),
            working_cents=self._books.balance_cents(self._books.working),
            charges_paid_cents=self._books.balance_cents(self._books.charges_paid),
        )

    def _payout_outcome(self, payout: Transaction) -> Result:
        limits = self._settings
        if payout.amount_cents < limits.b2c_minimum_kes * CENTS:
            return Result.BELOW_MINIMUM
        if payout.amount_cents > limits.transaction_limit_kes * CENTS:
            return Result.ABOVE_MAXIMUM
        if self._phones.find(payout.msisdn) is None:
            return Result.RECEIVER_NOT_REGISTERED
        received_cents = self._transactions.moved_today_cents(payout.msisdn, TransactionKind.B2C)
        if received_cents + payout.amount_cents > limits.daily_limit_kes * CENTS:
            return Result.OVER_DAILY_LIMIT
        if self._books.balance_cents(wallet(payout.msisdn)) + payout.amount_cents > limits.wallet_limit_kes * CENTS:
            return Result.RECEIVER_FULL
        if self._books.balance_cents(self._books.utility) < payout.amount_cents:
            return Result.NOT_ENOUGH_MONEY
        if self._switchboard.strikes(Fault.B2C_CODE_UNUSUAL, payout.number):
            return wordings.unusual(wordings.UNUSUAL_B2C, self._switchboard.draw("unusual code", payout.number))
        return Result.SUCCESS

    def _carry_out_reversal(self, reversal: Transaction) -> wire.Body:
        original = self._transactions.by_receipt(reversal.reference)
        result = Result(reversal.refusal_code) if reversal.refusal_code else self._reversal_outcome(reversal, original)
        reversal = self._finish(reversal, result)
        if result is Result.SUCCESS:
            payer = wallet(reversal.msisdn)
            self._books.post(
                "reversal", BookTransfer(self._books.utility, payer, reversal.amount_cents), number=reversal.number
            )
            balance_cents = self._books.balance_cents(payer)
            text = messages.reversed_to(reversal, merchant=self._settings.merchant, balance_cents=balance_cents)
            self._phones.send_sms(reversal.msisdn, text)
        return wire.reversal_result(
            reversal,
            utility_cents=self._books.balance_cents(self._books.utility),
            payer_name=self._phones.name_of(reversal.msisdn),
            merchant=f"{self._settings.shortcode} - {self._settings.merchant}",
        )

    def _reversal_outcome(self, reversal: Transaction, original: Transaction | None) -> Result:
        if original is None or original.kind not in (
            TransactionKind.STK,
            TransactionKind.C2B,
        ):  # payouts cannot be taken back
            return Result.RECEIPT_UNKNOWN
        if self._transactions.reversal_of(reversal.reference) is not None:
            return Result.ALREADY_REVERSED
        if not 0 < reversal.amount_cents <= original.amount_cents:
            return Result.INVALID_PARAMETER
        if self._books.balance_cents(self._books.utility) < reversal.amount_cents:
            return Result.NOT_ENOUGH_MONEY
        return Result.SUCCESS

    def _carry_out_status(self, status: Transaction) -> wire.Body:
        asked = self._transactions.by_receipt(status.reference)
        if asked is None:
            asked = self._transactions.by_originator_conversation(status.reference)
        found, phone = Result.SUCCESS, ""
        if asked is not None:
            name = self._phones.name_of(asked.msisdn)
            phone = wordings.spelled(asked.msisdn, name, self._switchboard, status.number)
        elif self._switchboard.strikes(Fault.NOT_KNOWN_2032, status.number):
            found = Result.RECEIPT_NOT_THERE
        else:
            found = Result.RECEIPT_UNKNOWN
        return wire.status_result(
            self._finish(status, Result(status.refusal_code) if status.refusal_code else found),
            asked,
            phone=phone,
            merchant=f"{self._settings.shortcode} - {self._settings.merchant}",
        )

    def _carry_out_balance(self, balance: Transaction) -> wire.Body:
        accounts = (self._books.working, self._books.utility, self._books.charges_paid)
        return wire.balance_result(
            self._finish(balance, Result(balance.refusal_code) if balance.refusal_code else Result.SUCCESS),
            [(account, self._books.balance_cents(account)) for account in accounts],
        )
