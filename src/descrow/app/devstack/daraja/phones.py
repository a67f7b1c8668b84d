"""Phones: who has one, its PIN, its wallet, its messages, and how it answers by itself."""

import sqlite3
from typing import Annotated

import msgspec

from descrow.app.devstack.daraja.books import OUTSIDE, AccountKind, BookTransfer, MpesaAccount, MpesaBooks, wallet
from descrow.app.devstack.daraja.clock import now_ms
from descrow.app.devstack.daraja.errors import PhoneExists, PhoneUnknown
from descrow.app.devstack.daraja.store import Store
from descrow.app.devstack.daraja.watchers import Watchers

PIN_TRIES = 3
SHOWN_MESSAGES = 30
EVERY_PHONE = "*"


class Phone(msgspec.Struct, frozen=True):
    """A row of `phones`."""

    msisdn: str
    name: str
    pin: str
    wrong_pins: int

    @property
    def is_locked(self) -> bool:
        return self.wrong_pins >= PIN_TRIES


class PhoneMessage(msgspec.Struct, frozen=True):
    """A text message."""

    message_id: int
    text: str
    at_ms: int


class NewPhone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Describe what makes a phone."""

    msisdn: Annotated[str, msgspec.Meta(pattern=r"^254[17][0-9]{8}$")]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] = "Customer"
    pin: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}$")] = "1234"
    balance_cents: Annotated[int, msgspec.Meta(ge=0, le=10**12)] = 0


Weight = Annotated[float, msgspec.Meta(ge=0)]


class AutoAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Describe how phones answer without a person: what they do, each as likely as its share of the sum; and after
    how long.
    """

    pay: Weight = 0.0
    cancel: Weight = 0.0
    wrong_pin: Weight = 0.0
    ignore: Weight = 0.0
    insufficient: Weight = 0.0
    delay_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    longest_delay_s: Annotated[float, msgspec.Meta(ge=0)] | None = None
    """Each delay is then drawn between the two."""

    def choose(self, draw: float) -> str | None:
        """Return what a draw between 0 and 1 comes to: the name of a weight; None when all are zero."""
        weights = {name: getattr(self, name) for name in ("pay", "cancel", "wrong_pin", "ignore", "insufficient")}
        remaining = draw * sum(weights.values())
        for name, weight in weights.items():
            remaining -= weight
            if remaining < 0:
                return name
        return None

    def delay_for(self, draw: float) -> float:
        longest_s = self.delay_s if self.longest_delay_s is None else max(self.longest_delay_s, self.delay_s)
        return self.delay_s + draw * (longest_s - self.delay_s)


class Phones:
    """The phones of one store."""

    def __init__(self, store: Store, books: MpesaBooks, watchers: Watchers) -> None:
        self._store = store
        self._books = books
        self._watchers = watchers

    def make(self, new: NewPhone) -> Phone:
        """A phone with a loaded wallet."""
        with self._store.change():
            try:
                self._store.run(
                    "INSERT INTO phones (msisdn, name, pin) VALUES (?, ?, ?)", new.msisdn, new.name, new.pin
                )
            except sqlite3.IntegrityError as error:
                raise PhoneExists(new.msisdn) from error
            self._books.open(wallet(new.msisdn))
            self._books.post("opening balance", BookTransfer(OUTSIDE, wallet(new.msisdn), new.balance_cents))
        return self.get(new.msisdn)

    def find(self, msisdn: str) -> Phone | None:
        return self._store.first(Phone, "SELECT * FROM phones WHERE msisdn = ?", msisdn)

    def get(self, msisdn: str) -> Phone:
        phone = self.find(msisdn)
        if phone is None:
            raise PhoneUnknown(msisdn)
        return phone

    def all(self) -> list[Phone]:
        return self._store.all(Phone, "SELECT * FROM phones ORDER BY msisdn")

    def name_of(self, msisdn: str) -> str:
        phone = self.find(msisdn)
        return phone.name.upper() if phone else ""

    def deposit(self, account: MpesaAccount, amount_cents: int) -> None:
        """Bring money in from outside."""
        if account.kind is AccountKind.WALLET:
            self.get(account.owner)
        with self._store.change():
            self._books.post("deposit", BookTransfer(OUTSIDE, account, amount_cents))
        self._watchers.notify(account.owner)

    def count_pin(self, msisdn: str, *, right: bool) -> None:
        """A right PIN forgives the wrong ones before it; three wrong ones in a row lock."""
        self._store.run(
            "UPDATE phones SET wrong_pins = CASE WHEN ? THEN 0 ELSE wrong_pins + 1 END WHERE msisdn = ?", right, msisdn
        )

    def unlock(self, msisdn: str) -> None:
        self.get(msisdn)
        self.count_pin(msisdn, right=True)
        self._watchers.notify(msisdn)

    def send_sms(self, msisdn: str, text: str) -> None:
        """Send a text message; it shows once the change is complete."""
        self._store.run("INSERT INTO messages (msisdn, text, at_ms) VALUES (?, ?, ?)", msisdn, text, now_ms())

    def messages(self, msisdn: str) -> list[PhoneMessage]:
        """The newest first."""
        return self._store.all(
            PhoneMessage,
            "SELECT message_id, text, at_ms FROM messages WHERE msisdn = ? ORDER BY message_id DESC LIMIT ?",
            msisdn,
            SHOWN_MESSAGES,
        )

    def auto_answer(self, msisdn: str) -> AutoAnswer:
        """The phone's own way, else every phone's."""
        stored = self._store.chosen(_auto_answer(msisdn)) or self._store.chosen(_auto_answer(EVERY_PHONE))
        return msgspec.json.decode(stored, type=AutoAnswer) if stored else AutoAnswer()

    def set_auto_answer(self, msisdn: str, way: AutoAnswer) -> None:
        if msisdn != EVERY_PHONE:
            self.get(msisdn)
        self._store.choose(_auto_answer(msisdn), msgspec.json.encode(way).decode())


def _auto_answer(msisdn: str) -> str:
    return f"auto answer {msisdn}"
