"""`descrow admin payments | payouts | ledger`: money by M-Pesa, and what a person decides where M-Pesa does not say."""

import secrets
from typing import TYPE_CHECKING, Annotated

import typer

from descrow.app.cli.admin_shell import AsJson, Reason, Yes, ask, person, run_with_parts, show

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncSession

    from descrow.app.context import Parts
    from descrow.operations.mpesa_views import LedgerLine, PaymentLine, PayoutLine

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
    from descrow.operations.mpesa_views import payment_lines, payments_table

    async def work(parts: "Parts") -> "list[PaymentLine]":
        async with parts.sessions() as session:
            return await payment_lines(session, live=live, limit=limit)

    lines = run_with_parts(work)
    show(lines, lambda now: payments_table(lines, now), as_json=as_json)


@payments_app.command("came")
def payment_came(payment_id: Number, receipt: Receipt, reason: Reason = None, yes: Yes = False) -> None:
    """M-Pesa's statement shows the payment: its order is paid by it, or it goes back if the order is over."""
    from descrow.payments.mpesa import manual_resolutions

    _decide(
        f"Payment {payment_id} is taken for made, whole, under the receipt {receipt}.",
        lambda session: manual_resolutions.payment_came(
            session, payment_id, receipt=receipt, actor=person(), reason=reason
        ),
        f"Payment {payment_id} came.",
        yes=yes,
    )


@payments_app.command("lost")
def payment_did_not_come(payment_id: Number, reason: Reason = None, yes: Yes = False) -> None:
    """M-Pesa's statement does not show the payment: the buyer may try again."""
    from descrow.payments.mpesa import manual_resolutions

    _decide(
        f"Payment {payment_id} is taken for not made.",
        lambda session: manual_resolutions.payment_did_not_come(session, payment_id, actor=person(), reason=reason),
        f"Payment {payment_id} did not come.",
        yes=yes,
    )


@payouts_app.command("list")
def list_payouts(
    unpaid: Annotated[bool, typer.Option("--unpaid", help="Only those that are not paid.")] = False,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """What is owed and what was paid, the newest first."""
    from descrow.operations.mpesa_views import payout_lines, payouts_table

    async def work(parts: "Parts") -> "list[PayoutLine]":
        async with parts.sessions() as session:
            return await payout_lines(session, unpaid=unpaid, limit=limit)

    lines = run_with_parts(work)
    show(lines, lambda now: payouts_table(lines, now), as_json=as_json)


@payouts_app.command("again")
def payout_again(
    payout_id: Number,
    phone: Annotated[str | None, typer.Option(help="Another phone, if the first cannot be paid.")] = None,
    reason: Reason = None,
    yes: Yes = False,
) -> None:
    """Send a payout that waits for a person. One that M-Pesa may have carried out is not sent."""
    from descrow.mpesa.phones import parse_phone
    from descrow.payments.mpesa import manual_resolutions

    async def work(parts: "Parts") -> None:
        to = None if phone is None else parse_phone(phone)
        ask(f"Payout {payout_id} is sent{'' if phone is None else f' to {phone}'}.", yes=yes)
        async with parts.sessions.begin() as session:
            await manual_resolutions.payout_again(session, payout_id, phone=to, actor=person(), reason=reason)

    run_with_parts(work)
    typer.echo(f"Payout {payout_id} is due.")


@payouts_app.command("paid")
def payout_was_paid(payout_id: Number, receipt: Receipt, reason: Reason = None, yes: Yes = False) -> None:
    """M-Pesa's statement shows the payout: it is never sent again."""
    from descrow.payments.mpesa import manual_resolutions

    _decide(
        f"Payout {payout_id} is taken for paid, under the receipt {receipt}.",
        lambda session: manual_resolutions.payout_was_paid(
            session, payout_id, receipt=receipt, actor=person(), reason=reason
        ),
        f"Payout {payout_id} is paid.",
        yes=yes,
    )


@payouts_app.command("unpaid")
def payout_was_not_paid(payout_id: Number, reason: Reason = None, yes: Yes = False) -> None:
    """M-Pesa's statement does not show the payout: it is sent again. Look twice: a mistake here pays twice."""
    from descrow.payments.mpesa import manual_resolutions

    _decide(
        f"Payout {payout_id} is taken for not paid, and sent once more under another id.",
        lambda session: manual_resolutions.payout_was_not_paid(session, payout_id, actor=person(), reason=reason),
        f"Payout {payout_id} is due.",
        yes=yes,
    )


@ledger_app.command("show")
def show_ledger(as_json: AsJson = False) -> None:
    """What each account holds. All together they hold zero, or this ends with 1."""
    from descrow.operations.mpesa_views import ledger_lines, ledger_table

    async def work(parts: "Parts") -> "list[LedgerLine]":
        async with parts.sessions() as session:
            return await ledger_lines(session)

    lines = run_with_parts(work)
    show(lines, lambda _: ledger_table(lines), as_json=as_json)
    if sum(int(line.amount_kes_cents) for line in lines) != 0:
        raise typer.Exit(1)


@ledger_app.command("fund")
def fund(shillings: Shillings, reason: Reason = None, yes: Yes = False) -> None:
    """Write down that you have put money of your own into the utility account."""
    _float_moved(shillings, f"{shillings:,} shillings of yours are booked into the utility account.", reason, yes=yes)


@ledger_app.command("take")
def take(shillings: Shillings, reason: Reason = None, yes: Yes = False) -> None:
    """Write down that you have taken money out of the utility account, such as fees that were earned."""
    _float_moved(-shillings, f"{shillings:,} shillings are booked out of the utility account.", reason, yes=yes)


def _float_moved(shillings: int, what: str, reason: str | None, *, yes: bool) -> None:
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

    async def work(parts: "Parts") -> None:
        ask(what, yes=yes)
        async with parts.sessions.begin() as session:
            await decision(session)

    run_with_parts(work)
    typer.echo(done)
