"""`descrow verify-bundle`: for people outside the shop, who have a bundle and perhaps a node."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from descrow.disputes.bundle import SignedBundle


def verify_bundle(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What the shop's API gave out.")],
    chain: Annotated[
        str | None, typer.Option(help="WebSocket address of a node that you trust, to look for the events.")
    ] = None,
    key: Annotated[str | None, typer.Option(help="The shop's public key, as you have it from elsewhere.")] = None,
) -> None:
    """Check a dispute's bundle: signature, order and terms, course of events, decision, thread, files.

    Says what holds, line by line, and ends with 1 at the first thing that does not.
    """
    from descrow.disputes.verification import DoesNotHold, check_bundle, read_bundle
    from descrow.kernel.errors import DescrowError
    from descrow.kernel.logs import configure_logs

    configure_logs(log_format="text", level="CRITICAL", process="verify-bundle")  # what does not hold is shown
    try:
        signed, raw = read_bundle(file.read_bytes())
        for line in check_bundle(signed, raw, key=key):
            typer.echo(line)
        if chain is not None:
            asyncio.run(_look_on_chain(signed, chain))
    except DoesNotHold as error:
        raise _failure(f"Does not hold: {error}") from error
    except DescrowError as error:
        raise _failure(f"The node cannot tell: {error}") from error
    if key is None:
        typer.echo("Not checked: whether the key is the shop's. Give the one you know with --key.")
    if chain is None:
        typer.echo("Not checked: whether the events are on the chain. Name a node with --chain.")
    typer.echo("The bundle holds.")


async def _look_on_chain(signed: "SignedBundle", url: str) -> None:
    from descrow.chain.client import ChainClient
    from descrow.disputes.verification import check_events

    client = ChainClient(url)
    try:
        async for line in check_events(signed.bundle, client):
            typer.echo(line)
    finally:
        await client.close()


def _failure(why: str) -> typer.Exit:
    typer.secho(why, fg=typer.colors.RED, err=True)
    return typer.Exit(1)
