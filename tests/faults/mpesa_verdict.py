"""After a drill with M-Pesa: where every shilling is, by M-Pesa's own books, the chain and ours.

M-Pesa's transactions are tied to our rows by what went over the wire: the address a push was to be told of, and the id
a payout was sent under. What our rows say of them is on trial.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.app.devstack.daraja.books import AccountKind
from descrow.app.devstack.daraja.transactions import State, Transaction, TransactionKind
from descrow.chain.client import ChainClient
from descrow.contract.models import Deployment
from descrow.incidents.models import Alert, AlertKind, Case, CaseKind
from descrow.orders.division import Division
from descrow.orders.models import Order
from descrow.orders.transitions import HOLDING_STATUSES, STATUS_AFTER_EVENT
from descrow.payments.mpesa.ledger import LedgerAccount, balances
from descrow.payments.mpesa.models import (
    AttemptStatus,
    BalanceCheck,
    HandPayment,
    HandPaymentStatus,
    PaidBy,
    Payment,
    PaymentStatus,
    Payout,
    PayoutAttempt,
    PayoutStatus,
    Purpose,
)
from descrow.payments.mpesa.returns import GOES_BACK
from tests.faults.environment import DirectAccess
from tests.faults.findings import (
    Reported,
    Verdict,
    by_order,
    expect_nothing_to_reconcile,
    last_final_block,
    open_cases,
    read_chain,
)
from tests.faults.simulator import Simulator

_ADDRESS = re.compile(r"/stk/([0-9]+)/")

MONEY_MAY_BE_UNKNOWN = {
    CaseKind.PAYMENT_UNKNOWN,
    CaseKind.PAYOUT_UNKNOWN,
    CaseKind.PAYOUT_HELD,
    CaseKind.HAND_PAYMENT_HELD,
}
"""What a drill may leave to a person. Any other case is a finding."""

LONGEST_LIMBO = timedelta(hours=1)

_CASE_OF = {PayoutStatus.HELD: CaseKind.PAYOUT_HELD, PayoutStatus.SENT: CaseKind.PAYOUT_UNKNOWN}


@dataclass
class Accounts:
    """Everything that anybody wrote down about the money."""

    orders: list[Order]
    payments: dict[int, list[Payment]]
    """By order."""
    payouts: dict[int, list[Payout]]
    """By order."""
    attempts: dict[int, list[PayoutAttempt]]
    """By payout."""
    cases: list[Case]
    ever_cases: set[tuple[CaseKind, str]]
    """Kind and subject of each case that ever was, closed ones too."""
    ledger: dict[LedgerAccount, int]
    balance_check: BalanceCheck
    alerts: list[Alert]
    pushes: dict[int, list[Transaction]]
    """M-Pesa's, by the payment whose address they were to be told to."""
    transfers: dict[str, list[Transaction]]
    """M-Pesa's payouts, by the id that they were sent under."""
    hand_payments: dict[str, HandPayment]
    """By receipt; those of prompts too."""
    by_hand: dict[str, Transaction]
    """M-Pesa's payments to the paybill by hand that were made, by receipt."""
    reversals: dict[str, list[Transaction]]
    """M-Pesa's reversals that were made, by the receipt that they reversed."""
    holdings: dict[AccountKind, int]
    """M-Pesa's, in cents: what its accounts of each kind hold together."""
    events: dict[int, list[Reported]]
    """The contract's, by its orders."""

    def has_case(self, kind: CaseKind, subject: str) -> bool:
        return any(case.kind is kind and case.subject == subject for case in self.cases)

    def came(self, payment: Payment) -> int:
        """Return what M-Pesa took from the payer's phone for it, in cents."""
        if payment.paid_by is PaidBy.HAND:
            made = self.by_hand.get(payment.receipt_number or "")
            return 0 if made is None else made.amount_cents
        return sum(push.amount_cents for push in self.pushes[payment.id] if push.state is State.COMPLETED)

    def reversed_of(self, payment: Payment) -> int:
        """Return what M-Pesa sent back of it by reversing it, in cents."""
        return sum(one.amount_cents for one in self.reversals.get(payment.receipt_number or "", []))

    def phone_of(self, payment: Payment) -> str:
        """Return the phone that paid, which our rows do not know of a payment by hand."""
        made = self.by_hand.get(payment.receipt_number or "") if payment.paid_by is PaidBy.HAND else None
        return payment.phone if made is None else made.msisdn

    def transfers_of(self, payout: Payout) -> list[Transaction]:
        """Return what M-Pesa carried out of it."""
        attempts = self.attempts[payout.id]
        found = [one for attempt in attempts for one in self.transfers[attempt.originator_conversation_id]]
        return [transfer for transfer in found if transfer.state is State.COMPLETED]

    def is_in_doubt(self, payment: Payment) -> bool:
        """Return whether only a case knows that its money may have come."""
        return payment.received_cents is None and self.has_case(CaseKind.PAYMENT_UNKNOWN, f"payment {payment.id}")

    @property
    def came_in_doubt(self) -> int:
        prompted = [one for of_order in self.payments.values() for one in of_order if self.is_in_doubt(one)]
        by_hand = [
            self.by_hand[one.receipt_number].amount_cents
            for one in self.hand_payments.values()
            if one.status is HandPaymentStatus.HELD and one.amount_cents is None and one.receipt_number in self.by_hand
        ]
        return sum(map(self.came, prompted)) + sum(by_hand)

    @property
    def transfers_in_doubt(self) -> list[Transaction]:
        """Carried out by M-Pesa, which never said so."""
        unpaid = [one for of_order in self.payouts.values() for one in of_order if one.status is not PayoutStatus.PAID]
        return [transfer for payout in unpaid for transfer in self.transfers_of(payout)]


@dataclass
class MoneyJudge:
    accounts: Accounts
    verdict: Verdict = field(default_factory=Verdict)

    def judge(self) -> Verdict:
        for receipt, made in self.accounts.by_hand.items():
            self._judge_by_hand(receipt, made)
        for order in self.accounts.orders:
            for payment in self.accounts.payments[order.id]:
                self._judge_payment(payment)
            for payout in self.accounts.payouts[order.id]:
                self._judge_payout(payout)
            self._judge_order(order)
        self._judge_strays()
        self._judge_ledger()
        self._judge_cases()
        return self.verdict

    def _judge_by_hand(self, receipt: str, made: Transaction) -> None:
        """It is an order's payment, or went back whole and once, or a case names it."""
        found, expect = self.accounts.hand_payments.get(receipt), self.verdict.expect
        returned = [one.amount_cents for one in self.accounts.reversals.get(receipt, [])]
        self.verdict.count("payments by hand", 1)
        if found is None:
            self.verdict.wrong.append(f"{made.amount_cents} cents paid by hand with {receipt} are nowhere")
            return
        name = f"payment by hand {found.id}"
        self.verdict.count(f"payments by hand {found.status}", 1)
        match found.status:
            case HandPaymentStatus.PLACED:
                expect(f"reversals of {name}, which is placed", returned, [])
            case HandPaymentStatus.RETURNED:
                expect(f"reversals of {name}", returned, [made.amount_cents])
            case HandPaymentStatus.HELD:
                expect(f"{name} has its case", self.accounts.has_case(CaseKind.HAND_PAYMENT_HELD, name), True)
                expect(f"reversals of {name}, which is held", returned, [])
            case other:
                self.verdict.wrong.append(f"{name}, of money that came, is {other}")

    def _judge_payment(self, payment: Payment) -> None:
        """It was asked for once at most, and what came is what we say that came, unless a case names it."""
        name, accounts, expect = f"payment {payment.id}", self.accounts, self.verdict.expect
        pushes, came = accounts.pushes[payment.id], accounts.came(payment)
        self.verdict.count("payments", 1)
        self.verdict.count(f"payments {payment.status}", 1)
        expect(f"prompts of {name}", len(pushes) <= 1, True)
        self._judge_wait(payment)
        if accounts.is_in_doubt(payment):
            return
        expect(f"end of {name}", payment.status in (PaymentStatus.CONFIRMED, PaymentStatus.FAILED, *GOES_BACK), True)
        expect(f"money of {name}, which is {payment.status}", payment.received_cents or 0, came)
        if payment.receipt_number is not None and payment.paid_by is PaidBy.PROMPT:
            expect(f"receipt of {name}", [push.receipt for push in pushes], [payment.receipt_number])

    def _judge_wait(self, payment: Payment) -> None:
        """Nobody is told to wait for longer than an hour, hurried time included, unless a person was told to look."""
        has_had_case = (CaseKind.PAYMENT_UNKNOWN, f"payment {payment.id}") in self.accounts.ever_cases
        waited = timedelta.max if payment.ended_at is None else payment.ended_at - payment.began_at
        self.verdict.expect(
            f"payment {payment.id} was in limbo for {waited}", waited <= LONGEST_LIMBO or has_had_case, True
        )

    def _judge_payout(self, payout: Payout) -> None:
        """M-Pesa carried it out once, as it is written, and says so; or a case says what stands in its way."""
        name, accounts, expect = f"payout {payout.id}", self.accounts, self.verdict.expect
        done = accounts.transfers_of(payout)
        self.verdict.count("payouts", 1)
        self.verdict.count(f"payouts {payout.status}", 1)
        if payout.status is not PayoutStatus.PAID:
            case = _CASE_OF.get(payout.status)
            is_named = case is not None and accounts.has_case(case, name)
            expect(f"{name}, which is {payout.status}, has its case", is_named, True)
            expect(f"transfers of {name}", len(done) <= (payout.status is PayoutStatus.SENT), True)
            return
        [paid] = [one for one in accounts.attempts[payout.id] if one.status is AttemptStatus.PAID]
        expect(
            f"transfers of {name}",
            [(one.msisdn, one.amount_cents, one.receipt, one.fee_cents) for one in done],
            [(payout.phone, payout.amount_cents, paid.receipt_number, paid.charge_cents)],
        )

    def _judge_order(self, order: Order) -> None:
        """It was recorded once on the chain if it is paid, and all that came for it is somewhere."""
        name, accounts, expect = f"order {order.id}", self.accounts, self.verdict.expect
        events = accounts.events[order.contract_order_id or 0]
        self._judge_record(order, events)
        steps = [STATUS_AFTER_EVENT[event.name] for event in events if event.name in STATUS_AFTER_EVENT]
        expect(f"status of {name}", order.status, steps[-1] if steps else None)
        self.verdict.count(f"orders {order.status}", 1)

        division = _division(events)
        payments, payouts = accounts.payments[order.id], accounts.payouts[order.id]
        held = order.contract_amount if order.status in HOLDING_STATUSES else 0
        owed = Counter({Purpose.SELLER: division.seller, Purpose.REFUND: division.buyer})
        owed[Purpose.RETURN] = sum(
            accounts.came(one) for one in payments if one.status in GOES_BACK and one.paid_by is PaidBy.PROMPT
        )
        paid = [one for one in payments if one.status is PaymentStatus.CONFIRMED]
        owed[Purpose.REFUND] -= sum(self._sent_back(one) for one in paid)
        promised: Counter[Purpose] = Counter()
        for payout in payouts:
            promised[payout.purpose] += payout.amount_cents
        expect(f"payouts of {name}", +promised, +owed)
        phones = {accounts.phone_of(payment) for payment in payments if payment.received_cents}
        # One without a phone is held, and has its case: M-Pesa does not show who paid by hand.
        sent_back = {one.phone for one in payouts if one.purpose is not Purpose.SELLER and one.phone is not None}
        expect(f"phones that {name}'s money goes back to", sent_back - phones, set())

        went_out = sum(one.amount_cents for payout in payouts for one in accounts.transfers_of(payout))
        waits = sum(payout.amount_cents for payout in payouts if not accounts.transfers_of(payout))
        in_doubt = sum(accounts.came(payment) for payment in payments if accounts.is_in_doubt(payment))
        reversed_ = sum(self._sent_back(payment) for payment in payments)
        expect(
            f"{name}: {went_out} went out, {reversed_} reversed, {waits} waits, {division.fee} fee, {held} held,"
            f" {in_doubt} in a case",
            went_out + reversed_ + waits + division.fee + held + in_doubt,
            sum(accounts.came(payment) for payment in payments),
        )

    def _sent_back(self, payment: Payment) -> int:
        """Return what went back of a payment by reversal, or waits to in a case."""
        found = self.accounts.hand_payments.get(payment.receipt_number or "")
        is_held = found is not None and found.status is HandPaymentStatus.HELD
        return self.accounts.came(payment) if is_held else self.accounts.reversed_of(payment)

    def _judge_record(self, order: Order, events: list[Reported]) -> None:
        records = [event.arguments for event in events if event.name == "OffchainPaymentRecorded"]
        paid = [one for one in self.accounts.payments[order.id] if one.status is PaymentStatus.CONFIRMED]
        self.verdict.expect(f"records of order {order.id} on the chain", len(records), len(paid))
        for record, payment in zip(records, paid, strict=False):
            digests = {_digest(number) for number in (payment.receipt_number, payment.checkout_request_id) if number}
            amount = int(str(record["amount"]))
            self.verdict.expect(f"record of order {order.id}", amount, order.contract_amount)
            self.verdict.expect(f"receipt in the record of order {order.id}", record["receipt"] in digests, True)

    def _judge_strays(self) -> None:
        """M-Pesa did nothing that no row of ours asked for, and the chain recorded nothing twice."""
        accounts = self.accounts
        payments = {one.id for of_order in accounts.payments.values() for one in of_order}
        ids = {one.originator_conversation_id for of_payout in accounts.attempts.values() for one in of_payout}
        self.verdict.expect(
            "pushes for no payment", {one for one, found in accounts.pushes.items() if found} - payments, set()
        )
        self.verdict.expect(
            "transfers for no payout", {one for one, found in accounts.transfers.items() if found} - ids, set()
        )
        self.verdict.expect(
            "reversals of what was not paid by hand", set(accounts.reversals) - set(accounts.by_hand), set()
        )
        recorded = Counter(
            event.arguments["receipt"]
            for events in accounts.events.values()
            for event in events
            if event.name == "OffchainPaymentRecorded"
        )
        self.verdict.expect("receipts recorded twice", [one for one, times in recorded.items() if times > 1], [])
        self.verdict.count("payments recorded on the chain", recorded.total())

    def _judge_ledger(self) -> None:
        """It sums to zero; each of its accounts is what M-Pesa and the chain say, but for what cases name."""
        accounts, expect, ledger = self.accounts, self.verdict.expect, self.accounts.ledger
        payouts = [payout for of_order in accounts.payouts.values() for payout in of_order]
        expect("sum of the ledger", sum(ledger.values()), 0)
        moved = sum(accounts.came(one) for of_order in accounts.payments.values() for one in of_order)
        moved -= sum(one.amount_cents for payout in payouts for one in accounts.transfers_of(payout))
        placed = {one.receipt_number for of_order in accounts.payments.values() for one in of_order}
        moved += sum(one.amount_cents for receipt, one in accounts.by_hand.items() if receipt not in placed)
        moved -= sum(one.amount_cents for found in accounts.reversals.values() for one in found)
        expect("utility account by M-Pesa's transactions", moved, accounts.holdings[AccountKind.UTILITY])
        sent_in_doubt = sum(one.amount_cents for one in accounts.transfers_in_doubt)
        charged_in_doubt = sum(one.fee_cents for one in accounts.transfers_in_doubt)
        expect(
            f"utility account by the ledger, with {accounts.came_in_doubt} and without {sent_in_doubt} cents in doubt",
            ledger[LedgerAccount.UTILITY] + accounts.came_in_doubt - sent_in_doubt,
            accounts.holdings[AccountKind.UTILITY],
        )
        expect(
            "charges by the ledger",
            ledger[LedgerAccount.CHARGES_PAID] - charged_in_doubt,
            accounts.holdings[AccountKind.CHARGES_PAID],
        )
        held = sum(order.contract_amount for order in accounts.orders if order.status in HOLDING_STATUSES)
        expect("held by the ledger", ledger[LedgerAccount.HELD], -held)
        fees = sum(_division(events).fee for events in accounts.events.values())
        expect("fees by the ledger", ledger[LedgerAccount.FEES_EARNED], -fees)
        for account, purposes in {
            LedgerAccount.OWED_TO_SELLERS: {Purpose.SELLER},
            LedgerAccount.OWED_TO_BUYERS: {Purpose.REFUND, Purpose.RETURN},
        }.items():
            unpaid = [one for one in payouts if one.purpose in purposes and one.status is not PayoutStatus.PAID]
            waits = sum(one.amount_cents for one in unpaid)
            if account is LedgerAccount.OWED_TO_BUYERS:
                held_back = [one for one in accounts.hand_payments.values() if one.status is HandPaymentStatus.HELD]
                waits += sum(one.amount_cents or 0 for one in held_back)
            expect(f"{account} by the ledger", ledger[account], -waits)
        self._judge_balance_check(accounts.came_in_doubt - sent_in_doubt)

    def _judge_balance_check(self, in_doubt: int) -> None:
        """The machinery's own comparison comes to the same, and is an alert only where money is in doubt."""
        check = self.accounts.balance_check
        differs = (check.utility_cents or 0) - (check.ledger_cents or 0)
        self.verdict.expect("difference found by the balance check", differs, in_doubt)
        if check.in_flight == 0:
            alerts = [alert.details.get("difference_cents") for alert in self.accounts.alerts]
            self.verdict.expect("alerts of the balance check", alerts, [str(in_doubt)] if in_doubt else [])

    def _judge_cases(self) -> None:
        """Each is of a kind that cannot be helped; it is told with what M-Pesa knows of it."""
        payments = {f"payment {one.id}": one for found in self.accounts.payments.values() for one in found}
        payouts = {f"payout {one.id}": one for found in self.accounts.payouts.values() for one in found}
        for case in self.accounts.cases:
            what = f"{case.kind}: {case.subject} of order {case.order_id}"
            self.verdict.count(f"cases {case.kind}", 1)
            if case.kind not in MONEY_MAY_BE_UNKNOWN:
                self.verdict.wrong.append(f"a case that should not be: {what}: {case.details}")
            elif (payment := payments.get(case.subject)) is not None:
                self.verdict.left_to_people.append(f"{what}; {_reported(self.accounts.pushes[payment.id])}")
            elif case.kind is CaseKind.HAND_PAYMENT_HELD:
                self.verdict.left_to_people.append(f"{what}: {case.details}")
            elif (payout := payouts.get(case.subject)) is not None:
                transfers = [
                    one
                    for attempt in self.accounts.attempts[payout.id]
                    for one in self.accounts.transfers[attempt.originator_conversation_id]
                ]
                self.verdict.left_to_people.append(f"{what}, {payout.amount_cents} cents; {_reported(transfers)}")
            else:
                self.verdict.wrong.append(f"a case about nothing: {what}")


async def judge_money(direct: DirectAccess, simulator: Simulator) -> Verdict:
    """Compare everything that was written down. The stack must have come to rest."""
    async with direct.sessions() as session:
        accounts = await _read_accounts(session, direct.chain, await direct.deployment(), simulator)
    verdict = MoneyJudge(accounts).judge()
    verdict.count("M-Pesa's transactions", sum(len(found) for found in accounts.pushes.values()))
    books = await simulator.books()
    verdict.expect("sums of M-Pesa's books", (books.accounts_sum_cents, books.entries_sum_cents), (0, 0))
    await expect_nothing_to_reconcile(verdict, direct.sessions, await direct.contract())
    return verdict


async def _read_accounts(
    session: AsyncSession, chain: ChainClient, deployment: Deployment, simulator: Simulator
) -> Accounts:
    events, _ = await read_chain(chain, deployment, await last_final_block(session))
    pushes: dict[int, list[Transaction]] = defaultdict(list)
    transfers: dict[str, list[Transaction]] = defaultdict(list)
    by_hand: dict[str, Transaction] = {}
    reversals: dict[str, list[Transaction]] = defaultdict(list)
    for transaction in await simulator.transactions():
        if transaction.kind is TransactionKind.STK and (address := _ADDRESS.search(transaction.result_url)):
            pushes[int(address[1])].append(transaction)
        elif transaction.kind is TransactionKind.B2C:
            transfers[transaction.group_id].append(transaction)
        elif transaction.state is State.COMPLETED and transaction.kind is TransactionKind.C2B:
            by_hand[transaction.receipt or ""] = transaction
        elif transaction.state is State.COMPLETED and transaction.kind is TransactionKind.REVERSAL:
            reversals[transaction.reference].append(transaction)
    holdings: dict[AccountKind, int] = Counter()
    for holding in (await simulator.books()).accounts:
        holdings[holding.kind] += holding.balance_cents
    accounts = Accounts(
        orders=list(await session.scalars(select(Order).order_by(Order.id))),
        payments=defaultdict(list),
        payouts=defaultdict(list),
        attempts=defaultdict(list),
        cases=await open_cases(session),
        ever_cases={(kind, subject) for kind, subject in await session.execute(select(Case.kind, Case.subject))},
        ledger={account: int(cents) for account, cents in (await balances(session)).items()},
        balance_check=(
            await session.scalars(
                select(BalanceCheck)
                .where(BalanceCheck.answered_at.is_not(None))
                .order_by(BalanceCheck.id.desc())
                .limit(1)
            )
        ).one(),
        alerts=list(
            await session.scalars(
                select(Alert).where(Alert.kind == AlertKind.LEDGER_DIFFERS, Alert.cleared_at.is_(None))
            )
        ),
        pushes=pushes,
        transfers=transfers,
        hand_payments={one.receipt_number: one for one in await session.scalars(select(HandPayment))},
        by_hand=by_hand,
        reversals=dict(reversals),
        holdings=holdings,
        events=defaultdict(list, by_order(events)),
    )
    for payment in await session.scalars(select(Payment).order_by(Payment.id)):
        accounts.payments[payment.order_id].append(payment)
    for payout in await session.scalars(select(Payout).order_by(Payout.id)):
        accounts.payouts[payout.order_id].append(payout)
    for attempt in await session.scalars(select(PayoutAttempt).order_by(PayoutAttempt.id)):
        accounts.attempts[attempt.payout_id].append(attempt)
    return accounts


def _division(events: list[Reported]) -> Division:
    """Return how the contract divided the order's money; nothing while it is held, and for an order that was never
    paid.
    """
    if not any(event.name == "OffchainPaymentRecorded" for event in events):
        return Division()
    names = ("OrderDelivered", "OrderRefunded", "OrderResolved")
    ends = [Division.of_event(event.name, event.arguments) for event in events if event.name in names]
    return ends[-1] if ends else Division()


def _digest(number: str) -> str:
    return "0x" + sha256(number.encode()).hexdigest()


def _reported(transactions: list[Transaction]) -> str:
    """M-Pesa's side of it."""
    if not transactions:
        return "M-Pesa was never asked"
    return ", ".join(
        f"M-Pesa's transaction {one.number} of {one.amount_cents} cents has {one.state}"
        + (f" with receipt {one.receipt}" if one.state is State.COMPLETED else "")
        for one in transactions
    )
