"""Define `descrow admin paybill`: money that people pay to the paybill by hand."""

from typing import TYPE_CHECKING, Annotated

import typer

from descrow.app.cli.admin_shell import AsJson, Reason, Yes, ask, person, run_with_parts, show

if TYPE_CHECKING:
    from descrow.app.context import AppContext
    from descrow.operations.hand_payment_views import HandPaymentLine

app = typer.Typer(help="What people pay to the paybill by hand.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(metavar="N")]


@app.command("list")
def list_hand_payments(
    held: Annotated[bool, typer.Option("--held", help="Only those that wait for you.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List payments by hand, the newest first."""
    from descrow.operations.hand_payment_views import hand_payment_lines, hand_payments_table

    async def work(parts: "AppContext") -> "list[HandPaymentLine]":
        async with parts.sessions() as session:
            return await hand_payment_lines(session, held=held, limit=limit)

    lines = run_with_parts(work)
    show(lines, lambda now: hand_payments_table(lines, now), as_json=as_json)


@app.command("register")
def register() -> None:
    """Name the shop's addresses to Daraja once more. In production Daraja takes them once."""
    from descrow.payments.mpesa import paybill
    from descrow.payments.mpesa.dependencies import expect_offered

    async def work(parts: "AppContext") -> bool:
        return await paybill.register(expect_offered(parts.mpesa).payment_context, again=True)

    if not run_with_parts(work):
        typer.echo("Daraja did not take the addresses. The log says why.", err=True)
        raise typer.Exit(1)
    typer.echo("Daraja tells of payments by hand.")


@app.command("add")
def add(
    receipt: Annotated[str, typer.Argument(metavar="RECEIPT", help="M-Pesa's receipt number, from the statement.")],
    account: Annotated[str, typer.Option(help="The account number that the statement shows.")] = "",
    reason: Reason = None,
    yes: Yes = False,
) -> None:
    """Take up a payment that M-Pesa's statement shows and Daraja did not tell of. M-Pesa is asked about it."""
    from descrow.payments.mpesa import manual_hand_payments

    async def work(parts: "AppContext") -> int | None:
        ask(f"M-Pesa is asked about the receipt {receipt}.", yes=yes)
        async with parts.sessions.begin() as session:
            added = await manual_hand_payments.add(
                session, receipt, account_number=account, actor=person(), reason=reason
            )
            return None if added is None else added.id

    number = run_with_parts(work)
    typer.echo(f"The receipt {receipt} is known." if number is None else f"It is payment by hand {number}.")


@app.command("retry")
def retry(number: Number, reason: Reason = None, yes: Yes = False) -> None:
    """Send a held payment back to its payer, or ask M-Pesa about it once more."""
    from descrow.payments.mpesa import manual_hand_payments

    async def work(parts: "AppContext") -> None:
        ask(f"Payment by hand {number} is tried again.", yes=yes)
        async with parts.sessions.begin() as session:
            await manual_hand_payments.retry(session, number, actor=person(), reason=reason)

    run_with_parts(work)
    typer.echo(f"Payment by hand {number} is tried again.")


@app.command("mark-returned")
def mark_returned(number: Number, reason: Reason = None, yes: Yes = False) -> None:
    """Mark a held payment as returned to its payer, as M-Pesa's statement shows."""
    from descrow.payments.mpesa import manual_hand_payments

    async def work(parts: "AppContext") -> None:
        ask(f"Payment by hand {number} is marked as returned.", yes=yes)
        async with parts.sessions.begin() as session:
            await manual_hand_payments.mark_returned(session, number, actor=person(), reason=reason)

    run_with_parts(work)
    typer.echo(f"Payment by hand {number} is returned.")
