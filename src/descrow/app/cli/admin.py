"""`descrow admin`: look into a marketplace, and mend what machinery does not mend by itself.

Commands that change something say what they will do and ask first, and note who did it and why. They end with 0 when
all is well or done, with 1 when something differs or failed, with 2 when they were not understood.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from descrow.app.cli import admin_paybill
from descrow.app.cli.admin_calls import calls_app
from descrow.app.cli.admin_cases import cases_app
from descrow.app.cli.admin_mpesa import ledger_app, payments_app, payouts_app
from descrow.app.cli.admin_roles import roles_app
from descrow.app.cli.admin_shell import (
    DATA_DIR,
    AsJson,
    MaybeOrder,
    Reason,
    WhichOrder,
    Yes,
    ask,
    named_order,
    person,
    run_with_parts,
    show,
    the_contract,
)

if TYPE_CHECKING:
    from descrow.app.context import AppContext

app = typer.Typer(no_args_is_help=True)
events_app = typer.Typer(invoke_without_command=True)
orders_app = typer.Typer(help="Orders.", no_args_is_help=True)
app.add_typer(events_app, name="events")
app.add_typer(cases_app, name="cases")
app.add_typer(calls_app, name="calls")
app.add_typer(orders_app, name="orders")
app.add_typer(roles_app, name="roles")
app.add_typer(payments_app, name="payments")
app.add_typer(payouts_app, name="payouts")
app.add_typer(admin_paybill.app, name="paybill")
app.add_typer(ledger_app, name="ledger")


@app.callback()
def admin(
    data_dir: Annotated[
        Path | None,
        typer.Option(
            help="Where the stack keeps its data: .descrow, or what DESCROW_DATA_DIR says.", show_default=False
        ),
    ] = None,
) -> None:
    """Look into a marketplace, and mend it.

    Settings are those of `descrow worker`. Where the environment has none, the stack that `descrow up` has started in
    this directory is meant.
    """
    DATA_DIR.set(data_dir)


# --- looking ---


@app.command()
def status(as_json: AsJson = False) -> None:
    """Return how far the log is, what waits and why, alerts, cases, balances. Ends with 1 when a person must act."""
    from descrow.operations.console_views import overview_page
    from descrow.operations.overview import Overview, overview

    async def work(parts: "AppContext") -> Overview:
        return await overview(parts.sessions, parts.chain, parts.signer_keys)

    seen = run_with_parts(work)
    show(seen, lambda now: overview_page(seen, now), as_json=as_json)
    if not seen.is_well:
        raise typer.Exit(1)


@orders_app.command("show")
def show_order(
    order: Annotated[str, typer.Argument(help="Our id, its reference, or contract:9 for the contract's number.")],
    as_json: AsJson = False,
) -> None:
    """The whole life of one order: row, trail, events, calls, what was told, cases."""
    from descrow.operations.console_views import order_page
    from descrow.operations.order_report import NoSuchOrder, OrderReport, find_order, order_report

    async def work(parts: "AppContext") -> OrderReport:
        contract = await the_contract(parts)
        async with parts.sessions() as session:
            named = await find_order(session, order)
            if named.order is None:
                raise NoSuchOrder(order)
            return await order_report(session, contract, parts.payment_methods, named.order, named.numbers)

    file = run_with_parts(work)
    show(file, lambda now: order_page(file, now), as_json=as_json)


@events_app.callback()
def list_events(
    context: typer.Context,
    order: MaybeOrder = None,
    parked: Annotated[bool, typer.Option("--parked", help="Only those that could not be applied.")] = False,
    orphaned: Annotated[bool, typer.Option("--orphaned", help="Only those in blocks that the chain gave up.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List events, the newest last; `events retry` tries parked ones now."""
    if context.invoked_subcommand is not None:
        return
    from descrow.operations.console_views import events_table, parked_table
    from descrow.operations.event_list import find_events
    from descrow.operations.rows import EventLine, lines_of

    async def work(parts: "AppContext") -> list[EventLine]:
        async with parts.sessions() as session:
            named = None if order is None else await named_order(parts, order)
            found = await find_events(session, named, parked=parked, orphaned=orphaned, limit=limit)
            return lines_of(found, EventLine)

    found = run_with_parts(work)
    show(found, lambda now: parked_table(found, now) if parked else events_table(found), as_json=as_json)


@events_app.command("retry")
def retry_events(order: WhichOrder, reason: Reason = None, yes: Yes = False) -> None:
    """Try an order's events that could not be applied now, instead of when their wait is over."""
    from descrow.operations.console_views import parked_table
    from descrow.operations.event_list import find_events
    from descrow.operations.repairs import retry_parked_events
    from descrow.operations.rows import EventLine, lines_of
    from descrow.orders import projector

    async def work(parts: "AppContext") -> tuple[int, list[EventLine]]:
        named = await named_order(parts, order)
        ask(f"Events of {named.subject} that could not be applied are tried now.", yes=yes)
        async with parts.sessions.begin() as session:
            due = await retry_parked_events(
                session, named.numbers, subject=named.subject, actor=person(), reason=reason
            )
        await projector.apply_pending(parts.sessions)
        async with parts.sessions() as session:
            left = await find_events(session, named, parked=True, orphaned=False, limit=due + 1)
            return due, lines_of(left, EventLine)

    due, left = run_with_parts(work)
    if not left:
        typer.echo("No event was parked." if due == 0 else "They are applied.")
        return
    typer.echo("It still cannot be applied:")
    show(left, lambda now: parked_table(left, now), as_json=False)
    raise typer.Exit(1)


@app.command()
def replay(
    first: Annotated[int, typer.Option("--from", min=0, help="The first block to read again.")],
    apply: Annotated[bool, typer.Option("--apply", help="Put into the log what it lacks.")] = False,
    reason: Reason = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Read blocks from the chain again, and compare them with the log, event by event.

    The log is never rewritten: --apply adds what is missing, and leaves what differs for a person.
    """
    from descrow.contract.escrow import get_deployment
    from descrow.operations.console_views import replay_page
    from descrow.operations.formatting import counted
    from descrow.operations.replay import Replay, put_in_missing
    from descrow.operations.replay import replay as read_again
    from descrow.orders import projector

    async def work(parts: "AppContext") -> Replay:
        async with parts.sessions() as session:
            deployment = await get_deployment(session)
        await parts.chain.expect(deployment.genesis_hash)
        found = await read_again(parts.sessions, parts.chain, deployment, first=first)
        show(
            {"first": found.first, "last": found.last, "events": found.events, "differences": found.differences},
            lambda _: replay_page(found),
            as_json=as_json,
        )
        lacking = len(found.missing_events) + len(found.missing_blocks)
        if apply and lacking:
            blocks, events = counted(len(found.missing_blocks), "block"), counted(len(found.missing_events), "event")
            ask(
                f"{blocks} and {events} go into the log, and are applied to orders that do not have them yet. "
                "Nothing in the log is changed.",
                yes=yes,
            )
            added = await put_in_missing(parts.sessions, found, actor=person(), reason=reason)
            applied = await projector.apply_pending(parts.sessions)
            typer.echo(f"{counted(added, 'event')} added, {counted(applied, 'event')} applied.", err=as_json)
        return found

    found = run_with_parts(work)
    if len(found.differences) > (len(found.missing_events) + len(found.missing_blocks) if apply else 0):
        raise typer.Exit(1)


@app.command()
def rebuild(
    apply: Annotated[bool, typer.Option("--apply", help="Write what the log says where rows differ.")] = False,
    reason: Reason = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Make every order anew from the log, beside the rows, and show what differs."""
    from descrow.operations.console_views import rebuilt_page
    from descrow.operations.formatting import counted
    from descrow.orders.rebuild import Rebuilt, repair
    from descrow.orders.rebuild import rebuild as rebuild_orders

    async def work(parts: "AppContext") -> Rebuilt:
        found = await rebuild_orders(parts.sessions)
        show(found, lambda _: rebuilt_page(found), as_json=as_json)
        wrong = {one.order_id for one in found.differences if one.order_id is not None}
        if not apply or not wrong:
            return found
        ask(f"What the log says is written into {counted(len(wrong), 'order')}; the parties are told.", yes=yes)
        async with parts.sessions.begin() as session:
            repaired = await repair(session, wrong, actor=person(), reason=reason)
        left = await rebuild_orders(parts.sessions)
        typer.echo(
            f"Made anew: {counted(len(repaired), 'order')}. Left: {counted(len(left.differences), 'difference')}.",
            err=as_json,
        )
        return left

    if run_with_parts(work).differences:
        raise typer.Exit(1)


@app.command()
def reconcile(
    order: MaybeOrder = None,
    dry_run: Annotated[bool, typer.Option("--only-look", help="Compare, and change nothing.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Compare orders, books and queue with the contract now; mend from the log what it can mend."""
    from descrow.operations.console_views import found_page
    from descrow.operations.order_report import NoSuchOrder
    from descrow.orders import reconciliation
    from descrow.orders.comparison import compare_all, compare_order
    from descrow.orders.reconciliation import Reconciled

    async def work(parts: "AppContext") -> Reconciled:
        contract = await the_contract(parts)
        named = None if order is None else await named_order(parts, order)
        if named is not None and named.order is None:
            raise NoSuchOrder(str(order))
        order_id = None if named is None or named.order is None else named.order.id
        if dry_run:
            seen = await (
                compare_all(parts.sessions, contract)
                if order_id is None
                else compare_order(parts.sessions, contract, order_id)
            )
            return Reconciled(seen.block.number, seen.orders_compared, [], seen.found)
        ask(
            f"{'All open orders are' if order_id is None else f'Order {order_id} is'} compared with the contract. Rows "
            "that the log can mend are made anew; the rest becomes cases, and cases that are over are closed.",
            yes=yes,
        )
        if order_id is None:
            return await reconciliation.reconcile(parts.sessions, contract, actor=person())
        return await reconciliation.reconcile_order(parts.sessions, contract, order_id, actor=person())

    result = run_with_parts(work)
    show(
        result,
        lambda _: found_page(result.orders_compared, result.block_number, result.repaired, result.left),
        as_json=as_json,
    )
    if result.left:
        raise typer.Exit(1)
