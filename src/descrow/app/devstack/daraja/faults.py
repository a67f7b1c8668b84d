"""The switchboard: what may go wrong, and whether it does so this time.

A fault that is on with a probability is drawn for each event it could strike. The draw depends on the seed, the fault,
the transaction's number and how often this fault was drawn for that transaction before, and on nothing else. So the
seventeenth push meets the same fate in every run with the same seed, however its neighbours were interleaved.
"""

import hashlib
from collections import Counter
from enum import StrEnum
from typing import Annotated

import msgspec

from descrow.app.devstack.daraja.errors import FaultUnknown
from descrow.app.devstack.daraja.store import Store
from descrow.app.devstack.daraja.transactions import Transactions

CHOSEN = "faults"
DRAW_BYTES = 6  # a float holds as many exactly, so that a draw is always below 1


class Fault(StrEnum):
    TOKEN_KILLED = "token_killed"  # noqa: S105
    SPIKE_ARREST = "spike_arrest"
    HTML_ERROR = "html_error"
    EMPTY_ERROR = "empty_error"
    SLOW_ANSWER = "slow_answer"
    ACK_LOST = "ack_lost"
    CALLBACK_BEFORE_ACK = "callback_before_ack"
    QUERY_4999 = "query_4999"
    QUERY_500 = "query_500"
    QUERY_WRONG_FINAL = "query_wrong_final"
    CALLBACK_LOST = "callback_lost"
    CALLBACK_DELAYED = "callback_delayed"
    CALLBACK_DOUBLED = "callback_doubled"
    CALLBACK_REORDERED = "callback_reordered"
    CALLBACK_FORGED = "callback_forged"
    CALLBACK_WRONG_AMOUNT = "callback_wrong_amount"
    B2C_ACK_LOST = "b2c_ack_lost"
    RESULT_BEFORE_ACK = "result_before_ack"
    RESULT_LOST = "result_lost"
    RESULT_DELAYED = "result_delayed"
    RESULT_DOUBLED = "result_doubled"
    QUEUE_TIMEOUT_PAID = "queue_timeout_paid"
    QUEUE_TIMEOUT_UNPAID = "queue_timeout_unpaid"
    VALIDATION_LOST = "validation_lost"
    CONFIRMATION_LOST = "confirmation_lost"
    CONFIRMATION_DELAYED = "confirmation_delayed"
    CONFIRMATION_DOUBLED = "confirmation_doubled"
    CONFIRMATION_FORGED = "confirmation_forged"
    # Not wrong, only worded in another way; `wordings` says how.
    CODE_AS_DECIMAL = "code_as_decimal"
    CODE_AS_TEXT = "code_as_text"
    AMOUNT_AS_TEXT = "amount_as_text"
    BALANCE_AS_TEXT = "balance_as_text"
    SINGLE_ITEM = "single_item"
    ITEMS_MISSING = "items_missing"
    ITEMS_LOWER_CASE = "items_lower_case"
    OWN_ORIGINATOR = "own_originator"
    BYTE_ORDER_MARK = "byte_order_mark"
    GZIPPED = "gzipped"
    BAD_BYTE = "bad_byte"
    PAYER_LOCAL = "payer_local"
    PAYER_MASKED = "payer_masked"
    PAYER_HASHED = "payer_hashed"
    PAYER_NOT_SHOWN = "payer_not_shown"
    NOT_KNOWN_2032 = "not_known_2032"
    STK_CODE_UNUSUAL = "stk_code_unusual"
    B2C_CODE_UNUSUAL = "b2c_code_unusual"


FAULTS = frozenset(Fault)


class About(msgspec.Struct, frozen=True):
    """Describe what a fault does, and for how long when it takes time."""

    strikes: str
    does: str
    delay_s: float | None = None


ABOUT = {
    Fault.TOKEN_KILLED: About("any request", "The token stops being valid before its time; the request is refused."),
    Fault.SPIKE_ARREST: About("any request", "500.003.02, and nothing is done."),
    Fault.HTML_ERROR: About("any request", "503 with a page of HTML, and nothing is done."),
    Fault.EMPTY_ERROR: About("any request", "500 with an empty body, and nothing is done."),
    Fault.SLOW_ANSWER: About("any request", "The work is done at once, the answer comes late.", 2.0),
    Fault.ACK_LOST: About("STK push", "The push is accepted, but the connection breaks before the answer is whole."),
    Fault.CALLBACK_BEFORE_ACK: About("STK push", "The answer is held until the callback was sent, or so long.", 5.0),
    Fault.QUERY_4999: About("STK query", "In flight: 200 with code 4999 rather than 500.001.1001."),
    Fault.QUERY_500: About("STK query", "500.001.1001 with no message, whatever the truth."),
    Fault.QUERY_WRONG_FINAL: About("STK query", "A payment that succeeded is said to have timed out (1037)."),
    Fault.CALLBACK_LOST: About("STK callback", "It is never sent."),
    Fault.CALLBACK_DELAYED: About("STK callback", "It is sent late.", 5.0),
    Fault.CALLBACK_DOUBLED: About("STK callback", "It is sent twice."),
    Fault.CALLBACK_REORDERED: About("STK callback", "It is held until a later one was sent, or so long.", 5.0),
    Fault.CALLBACK_FORGED: About(
        "STK callback", "One that claims success, with a made-up receipt, precedes the answer."
    ),
    Fault.CALLBACK_WRONG_AMOUNT: About("STK callback", "It states a shilling more than was paid."),
    Fault.B2C_ACK_LOST: About("B2C", "The payout is accepted, but the connection breaks before the answer is whole."),
    Fault.RESULT_BEFORE_ACK: About("any command", "The answer is held until the result was sent, or so long.", 5.0),
    Fault.RESULT_LOST: About("any result", "It is never sent."),
    Fault.RESULT_DELAYED: About("any result", "It is sent late.", 5.0),
    Fault.RESULT_DOUBLED: About("any result", "It is sent twice."),
    Fault.QUEUE_TIMEOUT_PAID: About(
        "any result", "QueueTimeOutURL is told instead, though the command is carried out."
    ),
    Fault.QUEUE_TIMEOUT_UNPAID: About("any result", "QueueTimeOutURL is told instead, and the command has failed."),
    Fault.VALIDATION_LOST: About("payment by hand", "The merchant is not asked; what it registered with counts."),
    Fault.CONFIRMATION_LOST: About("confirmation", "It is never sent."),
    Fault.CONFIRMATION_DELAYED: About("confirmation", "It is sent late.", 5.0),
    Fault.CONFIRMATION_DOUBLED: About("confirmation", "It is sent twice."),
    Fault.CONFIRMATION_FORGED: About("confirmation", "One with a made-up receipt precedes it."),
    Fault.CODE_AS_DECIMAL: About("any post", "Its ResultCode is written as 0.0."),
    Fault.CODE_AS_TEXT: About("any post", 'Its ResultCode is written as "0".'),
    Fault.AMOUNT_AS_TEXT: About("any post", 'Its amount is written as "1,500.00".'),
    Fault.BALANCE_AS_TEXT: About("STK callback", "Its Balance is a text like {Amount={BasicAmount=…}}."),
    Fault.SINGLE_ITEM: About("STK callback", "It has one item, the receipt's number, which stands without a list."),
    Fault.ITEMS_MISSING: About("STK callback", "It tells of a payment without any item."),
    Fault.ITEMS_LOWER_CASE: About("any post", "Names and values of its items are spelled in lower case."),
    Fault.OWN_ORIGINATOR: About("any result", "It comes under an OriginatorConversationID of Safaricom's own."),
    Fault.BYTE_ORDER_MARK: About("any post", "It begins with a byte-order mark."),
    Fault.GZIPPED: About("any post", "It is compressed with gzip."),
    Fault.BAD_BYTE: About("any post", "Its description has a byte that is no UTF-8."),
    Fault.PAYER_LOCAL: About("Transaction Status", "The payer is 0712000000 - NAME."),
    Fault.PAYER_MASKED: About("Transaction Status", "The payer is 2547 ***** 000 - NAME."),
    Fault.PAYER_HASHED: About("Transaction Status", "The payer is the SHA-256 of the number."),
    Fault.PAYER_NOT_SHOWN: About("Transaction Status", "The payer is a name without a number."),
    Fault.NOT_KNOWN_2032: About("Transaction Status", "A receipt that is not known is told by 2032, not R000002."),
    Fault.STK_CODE_UNUSUAL: About("STK push", "It fails with a code of older lists, or of none."),
    Fault.B2C_CODE_UNUSUAL: About("B2C", "It fails, with a code of older lists."),
}


class Setting(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Describe how a fault is switched: for certain at the next `count` events, and after that by chance."""

    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    count: Annotated[int, msgspec.Meta(ge=0)] = 0
    delay_s: Annotated[float, msgspec.Meta(ge=0)] | None = None


class Switches(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole switchboard. What is not named is off."""

    seed: int = 0
    faults: dict[str, Setting] = {}


class Switchboard:
    """Describe which faults are on; remembered by the store."""

    def __init__(self, store: Store, transactions: Transactions, *, seed: int) -> None:
        self._store = store
        self._transactions = transactions
        self._first_seed = seed
        self._drawn: Counter[tuple[Fault, int | None]] = Counter()
        self.load()

    def load(self) -> None:
        """Take up what the store remembers; all is off in an empty one."""
        chosen = self._store.chosen(CHOSEN)
        self.switches = msgspec.json.decode(chosen, type=Switches) if chosen else Switches(self._first_seed)
        self._drawn.clear()

    def switch(self, switches: Switches) -> None:
        """Replace all settings, and begin the draws anew."""
        for name in switches.faults:
            if name not in FAULTS:
                raise FaultUnknown(name)
        self._remember(switches)
        self._drawn.clear()

    def strikes(self, fault: Fault, number: int | None, detail: str = "") -> bool:
        """Return whether the fault strikes this event. If it does, the history tells."""
        setting = self.switches.faults.get(fault)
        if setting is None or not (self._takes_count(fault, setting) or self._draws(fault, setting, number)):
            return False
        self._transactions.note(number, "fault", f"{fault} {detail}".strip())
        return True

    def delay_s(self, fault: Fault) -> float:
        """Return how long a fault lasts that takes time."""
        setting = self.switches.faults.get(fault)
        chosen = setting.delay_s if setting else None
        return (ABOUT[fault].delay_s or 0.0) if chosen is None else chosen

    def draw(self, purpose: str, number: int | None, time: int = 0) -> float:
        """From 0 up to 1: the same for the same seed, purpose, number and time."""
        key = f"{self.switches.seed}/{purpose}/{number}/{time}".encode()
        digest = hashlib.blake2b(key, digest_size=DRAW_BYTES).digest()
        return float(int.from_bytes(digest) / 256**DRAW_BYTES)

    def _takes_count(self, fault: Fault, setting: Setting) -> bool:
        if setting.count == 0:
            return False
        fewer = msgspec.structs.replace(setting, count=setting.count - 1)
        self._remember(msgspec.structs.replace(self.switches, faults={**self.switches.faults, fault: fewer}))
        return True

    def _draws(self, fault: Fault, setting: Setting, number: int | None) -> bool:
        if setting.probability == 0:
            return False
        self._drawn[fault, number] += 1
        return self.draw(fault, number, self._drawn[fault, number]) < setting.probability

    def _remember(self, switches: Switches) -> None:
        self._store.choose(CHOSEN, msgspec.json.encode(switches).decode())
        self.switches = switches
