"""Define `descrow admin cases`: what waits for a person."""

from typing import TYPE_CHECKING, Annotated

import typer

from descrow.app.cli.admin_shell import AsJson, Yes, ask, person, run_with_parts, show

if TYPE_CHECKING:
    from descrow.app.context import AppContext

cases_app = typer.Typer(help="What waits for a person.", no_args_is_help=True)


@cases_app.command("list")
def list_cases(
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False, as_json: AsJson = False
) -> None:
    """Return what waits for a person."""
    from descrow.incidents.cases import all_cases, open_cases
    from descrow.operations.console_views import cases_table
    from descrow.operations.rows import CaseLine, lines_of

    async def work(parts: "AppContext") -> list[CaseLine]:
        async with parts.sessions() as session:
            return lines_of(await (all_cases if everything else open_cases)(session), CaseLine)

    cases = run_with_parts(work)
    show(cases, lambda now: cases_table(cases, now), as_json=as_json)


@cases_app.command("show")
def show_case(case_id: Annotated[int, typer.Argument(metavar="N")], as_json: AsJson = False) -> None:
    """All that is known of one case."""
    from descrow.operations.console_views import case_page
    from descrow.operations.repairs import get_case
    from descrow.operations.rows import CaseLine, lines_of

    async def work(parts: "AppContext") -> CaseLine:
        async with parts.sessions() as session:
            return lines_of([await get_case(session, case_id)], CaseLine)[0]

    case = run_with_parts(work)
    show(case, lambda _: case_page(case), as_json=as_json)


@cases_app.command("close")
def close_case(
    case_id: Annotated[int, typer.Argument(metavar="N")],
    resolution: Annotated[str, typer.Option(help="How it ended; it is noted.")],
    yes: Yes = False,
) -> None:
    """Say how a case ended. The reconciler opens it again if what it is about is still there."""
    from descrow.operations.repairs import get_case, resolve_case

    async def work(parts: "AppContext") -> None:
        async with parts.sessions() as session:
            case = await get_case(session, case_id)
        ask(f"Case {case_id} ({case.kind}, {case.subject}) is closed: {resolution}", yes=yes)
        async with parts.sessions.begin() as session:
            await resolve_case(session, case_id, actor=person(), resolution=resolution)

    run_with_parts(work)
    typer.echo(f"Case {case_id} is closed.")
