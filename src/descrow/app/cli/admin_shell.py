"""Define what all commands of `descrow admin` have in common: whose marketplace it is, asking first, and showing."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

    from descrow.app.context import AppContext
    from descrow.app.settings import Settings
    from descrow.contract.escrow import EscrowContract
    from descrow.operations.order_report import NamedOrder

Result = TypeVar("Result")

WIDTH_OF_FILES = 200
"""Columns, where what is shown goes into a file or another program."""

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Reason = Annotated[str | None, typer.Option(help="Why; it is noted.")]
WhichOrder = Annotated[
    str, typer.Option("--order", help="Our id, its reference, or contract:9 for the contract's number.")
]
MaybeOrder = Annotated[
    str | None, typer.Option("--order", help="Our id, its reference, or contract:9 for the contract's number.")
]

DATA_DIR: ContextVar[Path | None] = ContextVar("data_dir", default=None)
"""Where a stack keeps its data, for when the environment has no settings."""


def run_with_parts(work: Callable[["AppContext"], Awaitable[Result]]) -> Result:
    """Do the work with the marketplace's parts. What an operator can mend is said in a sentence, and ends with 1."""
    from descrow.app.context import AppContext
    from descrow.app.wiring import wire
    from descrow.chain.errors import WrongChain
    from descrow.kernel.errors import DescrowError
    from descrow.kernel.logs import configure_logs

    settings = _settings()
    configure_logs(log_format="text", level="CRITICAL", process="admin")  # what went wrong is shown

    async def work_and_close() -> Result:
        parts = AppContext.open(settings)
        wire(parts.payment_methods)
        try:
            return await work(parts)
        finally:
            await parts.close()

    try:
        return asyncio.run(work_and_close())
    except (DescrowError, WrongChain) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from error


def _settings() -> "Settings":
    """The environment's, or those of the stack that runs here. Raises ValidationError, which names what is missing."""
    from pydantic import ValidationError

    from descrow.app.devstack.data_dir import DataDirectory
    from descrow.app.devstack.up import NoStackHere, settings_of_running_stack
    from descrow.app.settings import get_settings

    try:
        return get_settings()
    except ValidationError:
        with suppress(NoStackHere):
            return settings_of_running_stack(DataDirectory.choose(DATA_DIR.get()))
        raise


async def the_contract(parts: "AppContext") -> "EscrowContract":
    from descrow.chain.keys import EvmAddress
    from descrow.contract.escrow import EscrowContract, get_deployment

    async with parts.sessions() as session:
        deployment = await get_deployment(session)
    return EscrowContract(parts.chain, EvmAddress(deployment.contract_address))


async def named_order(parts: "AppContext", order: str) -> "NamedOrder":
    from descrow.operations.order_report import find_order

    async with parts.sessions() as session:
        return await find_order(session, order)


def person() -> str:
    from descrow.incidents.audit import person_here

    return person_here()


def ask(what: str, *, yes: bool) -> None:
    """Say what will be done, and end with 1 unless the operator agrees."""
    typer.echo(what, err=True)
    if not yes and not typer.confirm("Go on?", err=True):
        typer.echo("Nothing was changed.", err=True)
        raise typer.Exit(1)


def show(seen: object, page: "Callable[[datetime], RenderableType]", *, as_json: bool) -> None:
    import msgspec
    from rich.console import Console

    from descrow.kernel.db import utc_now

    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(seen), indent=2).decode())
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH_OF_FILES
    console.print(page(utc_now()))
