"""Define what merchants asked for, what became of it, and its history."""

from enum import StrEnum

import msgspec

from descrow.app.devstack.daraja.clock import day_start_ms, now_ms
from descrow.app.devstack.daraja.errors import NumberUnknown
from descrow.app.devstack.daraja.results import Result
from descrow.app.devstack.daraja.store import Store


class TransactionKind(StrEnum):
    STK = "stk"
    C2B = "c2b"
    B2C = "b2c"
    REVERSAL = "reversal"
    STATUS = "status"
    BALANCE = "balance"


class State(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    FAILED = "failed"


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `transactions`; schema.sql says what its columns mean."""

    number: int
    kind: TransactionKind
    state: State
    request_id: str
    group_id: str
    msisdn: str
    amount_cents: int
    fee_cents: int
    command: str
    reference: str
    remarks: str
    result_url: str
    timeout_url: str
    refusal_code: str | None
    receipt: str | None
    result_code: str | None
    requested_at_ms: int
    due_at_ms: int
    finished_at_ms: int | None

    @property
    def result(self) -> Result:
        """Return what a decided transaction came to."""
        return Result(self.result_code or "")


class TransactionEvent(msgspec.Struct, frozen=True):
    """One line of a history."""

    history_id: int
    number: int | None
    what: str
    detail: str
    at_ms: int


class Transactions:
    """The transactions of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(
        self,
        kind: TransactionKind,
        *,
        request_id: str,
        group_id: str,
        msisdn: str,
        amount_cents: int,
        command: str,
        reference: str,
        remarks: str,
        result_url: str,
        timeout_url: str = "",
        refusal_code: str | None,
        requested_at_ms: int,
        due_at_ms: int,
    ) -> int:
        """Enter a request that was accepted, and tell its number."""
        number = self._store.run(
            "INSERT INTO transactions (kind, state, request_id, group_id, msisdn, amount_cents, command, reference,"
            " remarks, result_url, timeout_url, refusal_code, requested_at_ms, due_at_ms)"
            " VALUES (?, 'open', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            kind,
            request_id,
            group_id,
            msisdn,
            amount_cents,
            command,
            reference,
            remarks,
            result_url,
            timeout_url,
            refusal_code,
            requested_at_ms,
            due_at_ms,
        )
        self.note(number, "requested", command)
        return number

    def finish(self, number: int, result_code: str, *, receipt: str | None, fee_cents: int = 0) -> Transaction:
        """Decide an open transaction: nothing does so twice."""
        state = State.COMPLETED if result_code == "0" else State.FAILED
        decided = self._store.first(
            Transaction,
            "UPDATE transactions SET state = ?, result_code = ?, receipt = ?, fee_cents = ?, finished_at_ms = ?"
            " WHERE number = ? AND state = 'open' RETURNING *",
            state,
            result_code,
            receipt,
            fee_cents,
            now_ms(),
            number,
        )
        if decided is None:
            raise LookupError(f"transaction {number} is not open")
        self.note(number, state, f"result {result_code}")
        return decided

    def get(self, number: int) -> Transaction:
        found = self._store.first(Transaction, "SELECT * FROM transactions WHERE number = ?", number)
        if found is None:
            raise NumberUnknown(number)
        return found

    def by_request_id(self, request_id: str, kind: TransactionKind) -> Transaction | None:
        return self._store.first(
            Transaction, "SELECT * FROM transactions WHERE request_id = ? AND kind = ?", request_id, kind
        )

    def by_receipt(self, receipt: str) -> Transaction | None:
        return self._store.first(Transaction, "SELECT * FROM transactions WHERE receipt = ?", receipt)

    def by_originator_conversation(self, conversation: str) -> Transaction | None:
        return self._store.first(
            Transaction, "SELECT * FROM transactions WHERE group_id = ? AND kind <> 'stk'", conversation
        )

    def reversal_of(self, receipt: str) -> Transaction | None:
        return self._store.first(
            Transaction,
            "SELECT * FROM transactions WHERE reference = ? AND kind = 'reversal' AND state = 'completed'",
            receipt,
        )

    def prompt_of(self, msisdn: str) -> Transaction | None:
        """The push that is open for this phone, whether or not it got as far as a prompt."""
        return self._store.first(
            Transaction, "SELECT * FROM transactions WHERE msisdn = ? AND kind = 'stk' AND state = 'open'", msisdn
        )

    def all_open(self) -> list[Transaction]:
        return self._store.all(Transaction, "SELECT * FROM transactions WHERE state = 'open' ORDER BY number")

    def search(self, word: str, *, after: int, limit: int) -> list[Transaction]:
        """In their order; of all, or of those that bear this id, receipt, reference or phone."""
        return self._store.all(
            Transaction,
            "SELECT * FROM transactions WHERE number > ? AND (? = '' OR ? IN (request_id, group_id, receipt, reference,"
            " msisdn)) ORDER BY number LIMIT ?",
            after,
            word,
            word,
            limit,
        )

    def newest(self, limit: int) -> list[Transaction]:
        return self._store.all(Transaction, "SELECT * FROM transactions ORDER BY number DESC LIMIT ?", limit)

    def paid_alike_since(self, msisdn: str, amount_cents: int, since_ms: int) -> bool:
        """Return whether this phone has paid this very amount since then."""
        return bool(
            self._store.number(
                "SELECT count(*) FROM transactions WHERE msisdn = ? AND kind = 'stk' AND finished_at_ms >= ?"
                " AND state = 'completed' AND amount_cents = ?",
                msisdn,
                since_ms,
                amount_cents,
            )
        )

    def moved_today_cents(self, msisdn: str, kind: TransactionKind) -> int:
        """Return what this phone has paid (`stk`) or been paid (`b2c`) since midnight in Nairobi."""
        return self._store.number(
            "SELECT sum(amount_cents) FROM transactions WHERE msisdn = ? AND kind = ? AND state = 'completed'"
            " AND finished_at_ms >= ?",
            msisdn,
            kind,
            day_start_ms(now_ms()),
        )

    def note(self, number: int | None, what: str, detail: str = "") -> None:
        """Add to the history."""
        self._store.run(
            "INSERT INTO history (number, what, detail, at_ms) VALUES (?, ?, ?, ?)", number, what, detail, now_ms()
        )

    def history_of(self, number: int) -> list[TransactionEvent]:
        return self._store.all(TransactionEvent, "SELECT * FROM history WHERE number = ? ORDER BY history_id", number)

    def history(self, *, after: int, limit: int) -> list[TransactionEvent]:
        return self._store.all(
            TransactionEvent, "SELECT * FROM history WHERE history_id > ? ORDER BY history_id LIMIT ?", after, limit
        )
