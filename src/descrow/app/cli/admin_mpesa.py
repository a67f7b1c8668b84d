"""Define `descrow admin payments | payouts | ledger`: M-Pesa's money, and decisions where M-Pesa does not say."""

import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from descrow.app.cli.admin_shell import AsJson, Reason, Yes, ask, person, run_with_parts, show

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncSession

    from descrow.app.context import AppContext
    from descrow.operations.payment_views import LedgerLine
    from descrow.orders.payment_methods import PaymentLine, PayoutLine

payments_app = typer.Typer(help="What buyers pay by M-Pesa.", no_args_is_help=True)
payouts_app = typer.Typer(help="What sellers and buyers are paid by M-Pesa.", no_args_is_help=True)
ledger_app = typer.Typer(help="Where each shilling is.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="N")]
Limit = Annotated[int, typer.Option(min=1, help="How many at most, the newest.")]
Receipt = Annotated[str, typer.Option(help="M-Pesa's receipt number, from the statement.")]
Shillings = Annotated[int, typer.Argument(min=1, metavar="SHILLINGS")]


@payments_app.command("list")
def list_payments(
    live: Annotated[bool, typer.Option("--live", help="Only those whose end is not known.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Attempts to pay, the newest first."""
    from descrow.operations.payment_views import payment_lines, payments_table

    async def work(parts: "AppContext") -> "list[PaymentLine]":
        async with parts.sessions() as session:
            return await payment_lines(session, parts.payment_methods, live=live, limit=limit)

    lines = run_with_parts(work)
    show(lines, lambda now: payments_table(lines, now), as_json=as_json)


@payments_app.command("confirm")
def confirm_payment(payment_id: Number, receipt: Receipt, reason: Reason = None, yes: Yes = False) -> None:
    """Confirm a payment that M-Pesa's statement shows. It pays its order, or is refunded if the order is over."""
    from descrow.payments.mpesa import manual_resolutions

    _decide(
        f"Payment {payment_id} is confirmed, in full, under the receipt {receipt}.",
        lambda session: manual_resolutions.confirm_payment(
            session, payment_id, receipt=receipt, actor=person(), reason=reason
        ),
        f"Payment {payment_id} is confirmed.",
        yes=yes,
    )


@payments_app.command("mark-failed")
def mark_payment_failed(payment_id: Number, reason: Reason = None, yes: Yes = False) -> None:
    """Mark a payment as failed that M-Pesa's statement does not show. The buyer may try again."""
    from descrow.payments.mpesa import manual_resolutions

    _decide(
        f"Payment {payment_id} is marked as failed.",
        lambda session: manual_resolutions.mark_payment_failed(session, payment_id, actor=person(), reason=reason),
        f"Payment {payment_id} failed.",
        yes=yes,
    )


@payouts_app.command("list")
def list_payouts(
    unpaid: Annotated[bool, typer.Option("--unpaid", help="Only those that are not paid.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Return what is owed and what was paid, the newest first."""
    from descrow.operations.payment_views import payout_lines, payouts_table

    async def work(parts: "AppContext") -> "list[PayoutLine]":
        async with parts.sessions() as session:
            return await payout_lines(session, parts.payment_methods, unpaid=unpaid, limit=limit)

    lines = run_with_parts(work)
    show(lines, lambda now: payouts_table(lines, now), as_json=as_json)


@payouts_app.command("retry")
def retry_payout(
    payout_id: Number,
    phone: Annotated[str | None, typer.Option(help="Another phone, if the first cannot be paid.")] = None,
    reason: Reason = None,
    yes: Yes = False,
) -> None:
    """Send a payout that waits for a person. One that M-Pesa may have carried out is not sent."""
    from descrow.mpesa.phones import parse_phone
    from descrow.payments.mpesa import manual_resolutions

    async def work(parts: "AppContext") -> None:
        to = None if phone is None else parse_phone(phone)
        ask(f"Payout {payout_id} is sent{'' if phone is None else f' to {phone}'}.", yes=yes)
        async with parts.sessions.begin() as session:
            await manual_resolutions.retry_payout(session, payout_id, phone=to, actor=person(), reason=reason)

    run_with_parts(work)
    typer.echo(f"Payout {payout_id} is due.")


@payouts_app.command("mark-paid")
def mark_payout_paid(payout_id: Number, receipt: Receipt, reason: Reason = None, yes: Yes = False) -> None:
    """Mark a payout as paid that M-Pesa's statement shows. It is never sent again."""
    from descrow.payments.mpesa import manual_resolutions

    _decide(
        f"Payout {payout_id} is marked as paid, under the receipt {receipt}.",
        lambda session: manual_resolutions.mark_payout_paid(
            session, payout_id, receipt=receipt, actor=person(), reason=reason
        ),
        f"Payout {payout_id} is paid.",
        yes=yes,
    )


@payouts_app.command("mark-unpaid")
def mark_payout_unpaid(payout_id: Number, reason: Reason = None, yes: Yes = False) -> None:
    """Send a payout again that M-Pesa's statement does not show. Look twice: a mistake here pays twice."""
    from descrow.payments.mpesa import manual_resolutions

    _decide(
        f"Payout {payout_id} is marked as unpaid, and sent once more under another id.",
        lambda session: manual_resolutions.mark_payout_unpaid(session, payout_id, actor=person(), reason=reason),
        f"Payout {payout_id} is due.",
        yes=yes,
    )


@ledger_app.command("show")
def show_ledger(as_json: AsJson = False) -> None:
    """Return what each account holds. All together they hold zero, or this ends with 1."""
    from descrow.operations.payment_views import ledger_lines, ledger_table

    async def work(parts: "AppContext") -> "list[LedgerLine]":
        async with parts.sessions() as session:
            return await ledger_lines(session)

    lines = run_with_parts(work)
    show(lines, lambda _: ledger_table(lines), as_json=as_json)
    if sum(int(line.amount_kes_cents) for line in lines) != 0:
        raise typer.Exit(1)


@ledger_app.command("deposit-float")
def deposit_float(shillings: Shillings, reason: Reason = None, yes: Yes = False) -> None:
    """Record that you have put money of your own into the utility account."""
    _transfer_float(
        shillings, f"{shillings:,} shillings of yours are booked into the utility account.", reason, yes=yes
    )


@ledger_app.command("withdraw-fees")
def withdraw_fees(shillings: Shillings, reason: Reason = None, yes: Yes = False) -> None:
    """Record that you have taken money out of the utility account, such as fees that were earned."""
    _transfer_float(-shillings, f"{shillings:,} shillings are booked out of the utility account.", reason, yes=yes)


def _transfer_float(shillings: int, what: str, reason: str | None, *, yes: bool) -> None:
    from descrow.kernel.money import Shillings as OfMoney
    from descrow.kernel.money import cents_from_shillings
    from descrow.payments.mpesa import manual_resolutions

    amount, key = cents_from_shillings(OfMoney(shillings)), f"float {secrets.token_hex(8)}"
    _decide(
        what,
        lambda session: manual_resolutions.record_float_transfer(
            session, amount, key=key, actor=person(), reason=reason
        ),
        "It is booked.",
        yes=yes,
    )


def _decide(what: str, decision: "Callable[[AsyncSession], Awaitable[None]]", done: str, *, yes: bool) -> None:
    """Say what will be done, ask, do it in one transaction, and say that it is done."""

    async def work(parts: "AppContext") -> None:
        ask(what, yes=yes)
        async with parts.sessions.begin() as session:
            await decision(session)

    run_with_parts(work)
    typer.echo(done)
