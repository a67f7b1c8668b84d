"""The simulator's own books: every shilling is in exactly one account, and all accounts together hold zero."""

import sqlite3
from enum import StrEnum

import msgspec

from descrow.app.devstack.daraja.clock import now_ms
from descrow.app.devstack.daraja.errors import NotEnoughMoney
from descrow.app.devstack.daraja.store import Store

M_PESA = "m-pesa"
ENTRIES = (
    "SELECT entry_id, posting_id, number, reason, kind, owner, amount_cents, balance_after_cents, at_ms"
    " FROM entries JOIN postings USING (posting_id) JOIN accounts USING (account_id)"
)


class AccountKind(StrEnum):
    WALLET = "wallet"
    WORKING = "working"
    UTILITY = "utility"
    CHARGES_PAID = "charges_paid"
    FEES = "fees"
    OUTSIDE = "outside"


class MpesaAccount(msgspec.Struct, frozen=True):
    kind: AccountKind
    owner: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.owner}"


OUTSIDE = MpesaAccount(AccountKind.OUTSIDE, M_PESA)
FEES = MpesaAccount(AccountKind.FEES, M_PESA)


def wallet(msisdn: str) -> MpesaAccount:
    return MpesaAccount(AccountKind.WALLET, msisdn)


class Holding(msgspec.Struct, frozen=True):
    """Describe what an account holds."""

    kind: AccountKind
    owner: str
    balance_cents: int


class Entry(msgspec.Struct, frozen=True):
    """One line of the books."""

    entry_id: int
    posting_id: int
    number: int | None
    reason: str
    kind: AccountKind
    owner: str
    amount_cents: int
    balance_after_cents: int
    at_ms: int


class BookTransfer(msgspec.Struct, frozen=True):
    """So many cents from one account to another."""

    source: MpesaAccount
    target: MpesaAccount
    amount_cents: int


class MpesaBooks:
    """The accounts of one store. `post` is the only way by which money moves."""

    def __init__(self, store: Store, *, shortcode: str) -> None:
        self._store = store
        self.working = MpesaAccount(AccountKind.WORKING, shortcode)
        self.utility = MpesaAccount(AccountKind.UTILITY, shortcode)
        self.charges_paid = MpesaAccount(AccountKind.CHARGES_PAID, shortcode)

    def open_own(self) -> None:
        """Open the merchant's and M-PESA's accounts. A repeat changes nothing."""
        for account in (self.working, self.utility, self.charges_paid, FEES, OUTSIDE):
            self.open(account)

    def open(self, account: MpesaAccount) -> None:
        self._store.run("INSERT OR IGNORE INTO accounts (kind, owner) VALUES (?, ?)", account.kind, account.owner)

    def balance_cents(self, account: MpesaAccount) -> int:
        return self._store.number(
            "SELECT balance_cents FROM accounts WHERE kind = ? AND owner = ?", account.kind, account.owner
        )

    def post(self, reason: str, *transfers: BookTransfer, number: int | None = None) -> None:
        """BookTransfer money, inside a `change` of the store. Raises `NotEnoughMoney` before an account runs dry."""
        posting_id = self._store.run(
            "INSERT INTO postings (number, reason, at_ms) VALUES (?, ?, ?)", number, reason, now_ms()
        )
        for transfer in transfers:
            if transfer.amount_cents == 0:
                continue
            self._enter(posting_id, transfer.source, -transfer.amount_cents)
            self._enter(posting_id, transfer.target, transfer.amount_cents)

    def holdings(self) -> list[Holding]:
        return self._store.all(Holding, "SELECT kind, owner, balance_cents FROM accounts ORDER BY account_id")

    def entries(self, *, after: int, limit: int) -> list[Entry]:
        return self._store.all(Entry, f"{ENTRIES} WHERE entry_id > ? ORDER BY entry_id LIMIT ?", after, limit)

    def entries_of(self, number: int) -> list[Entry]:
        return self._store.all(Entry, f"{ENTRIES} WHERE number = ? ORDER BY entry_id", number)

    def entries_sum_cents(self) -> int:
        """Zero, or money was made or lost."""
        return self._store.number("SELECT sum(amount_cents) FROM entries")

    def _enter(self, posting_id: int, account: MpesaAccount, amount_cents: int) -> None:
        try:
            row = self._store.one(
                "UPDATE accounts SET balance_cents = balance_cents + ? WHERE kind = ? AND owner = ?"
                " RETURNING account_id, balance_cents",
                amount_cents,
                account.kind,
                account.owner,
            )
        except sqlite3.IntegrityError as error:
            raise NotEnoughMoney(str(account)) from error
        if row is None:
            raise LookupError(f"there is no {account}")
        self._store.run(
            "INSERT INTO entries (posting_id, account_id, amount_cents, balance_after_cents) VALUES (?, ?, ?, ?)",
            posting_id,
            row["account_id"],
            amount_cents,
            row["balance_cents"],
        )
