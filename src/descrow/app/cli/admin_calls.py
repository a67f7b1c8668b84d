"""Define `descrow admin calls`: calls to the contract, and trying or cancelling them by hand."""

from typing import TYPE_CHECKING, Annotated

import typer

from descrow.app.cli.admin_shell import AsJson, Reason, Yes, ask, person, run_with_parts, show

if TYPE_CHECKING:
    from descrow.app.context import AppContext

calls_app = typer.Typer(help="Calls to the contract that are queued or on their way.", no_args_is_help=True)


@calls_app.command("list")
def list_calls(
    limit: Annotated[int, typer.Option(min=1, help="How many at most, the oldest.")] = 50, as_json: AsJson = False
) -> None:
    """Calls that are queued, or signed and not final yet."""
    from descrow.operations.console_views import calls_table
    from descrow.operations.overview import open_calls
    from descrow.operations.rows import CallLine, lines_of

    async def work(parts: "AppContext") -> list[CallLine]:
        async with parts.sessions() as session:
            return lines_of(await open_calls(session, limit=limit), CallLine)

    calls = run_with_parts(work)
    show(calls, lambda now: calls_table(calls, now), as_json=as_json)


@calls_app.command("retry")
def retry_call(call_id: Annotated[int, typer.Argument(metavar="N")], reason: Reason = None, yes: Yes = False) -> None:
    """Send a queued call now, instead of when its wait is over; one that was cancelled is queued again."""
    from descrow.operations import repairs

    async def work(parts: "AppContext") -> None:
        await _describe_call(parts, call_id, "is tried now", yes=yes)
        async with parts.sessions.begin() as session:
            await repairs.retry_call(session, call_id, actor=person(), reason=reason)

    run_with_parts(work)
    typer.echo(f"Call {call_id} is due.")


@calls_app.command("cancel")
def cancel_call(
    call_id: Annotated[int, typer.Argument(metavar="N")],
    reason: Annotated[str, typer.Option(help="Why; it is noted.", prompt="Why")],
    yes: Yes = False,
) -> None:
    """Never make a queued call. One that is signed cannot be cancelled: a block may take it."""
    from descrow.operations import repairs

    async def work(parts: "AppContext") -> None:
        await _describe_call(parts, call_id, "is never made", yes=yes)
        async with parts.sessions.begin() as session:
            await repairs.cancel_call(session, call_id, actor=person(), reason=reason)

    run_with_parts(work)
    typer.echo(f"Call {call_id} is cancelled.")


async def _describe_call(parts: "AppContext", call_id: int, what: str, *, yes: bool) -> None:
    from descrow.operations.repairs import get_call

    async with parts.sessions() as session:
        call = await get_call(session, call_id)
    of_order = "" if call.order_id is None else f" for order {call.order_id}"
    ask(f"Call {call_id} ({call.function}{of_order}, {call.status}, {call.attempt_count} tries) {what}.", yes=yes)
