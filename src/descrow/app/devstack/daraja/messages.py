"""Text messages that a phone receives. Every one is plain text, whatever a merchant put into a reference."""

from descrow.app.devstack.daraja.clock import in_a_message
from descrow.app.devstack.daraja.money import for_people
from descrow.app.devstack.daraja.results import Result
from descrow.app.devstack.daraja.transactions import Transaction

WHY = {
    Result.NOT_ENOUGH_MONEY: "there is not enough money in your M-PESA account",
    Result.OVER_DAILY_LIMIT: "it would take you over your limit for the day",
    Result.WRONG_CREDENTIAL: "the PIN was wrong",
    Result.PIN_LOCKED: "your PIN is locked",
}


def paid(push: Transaction, *, merchant: str, balance_cents: int, left_today_cents: int) -> str:
    return (
        f"{push.receipt} Confirmed. You paid {for_people(push.amount_cents)} to {merchant}, account {push.reference},"
        f" on {in_a_message(push.finished_at_ms or 0)}. New M-PESA balance: {for_people(balance_cents)}."
        f" Cost to you: {for_people(0)}. You may still send {for_people(left_today_cents)} today."
    )


def not_paid(push: Transaction, *, merchant: str) -> str | None:
    """None for an outcome that the phone's owner is not told of."""
    why = WHY.get(push.result)
    return None if why is None else f"Failed. {for_people(push.amount_cents)} to {merchant} was not paid: {why}."


def received(payout: Transaction, *, merchant: str, balance_cents: int) -> str:
    return (
        f"{payout.receipt} Confirmed. {merchant} sent you {for_people(payout.amount_cents)}"
        f" on {in_a_message(payout.finished_at_ms or 0)}. New M-PESA balance: {for_people(balance_cents)}."
    )


def reversed_to(reversal: Transaction, *, merchant: str, balance_cents: int) -> str:
    return (
        f"{reversal.receipt} Confirmed. Your payment {reversal.reference} to {merchant} was reversed"
        f" on {in_a_message(reversal.finished_at_ms or 0)}: {for_people(reversal.amount_cents)} is back with you."
        f" New M-PESA balance: {for_people(balance_cents)}."
    )
