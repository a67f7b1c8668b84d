"""`descrow content`: carry files in and out as CAR files, to and from any IPFS node."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from descrow.app.cli.admin_shell import run_with_parts

if TYPE_CHECKING:
    from descrow.app.context import AppContext
    from descrow.content.importing import ImportedFile

app = typer.Typer(help="What people have uploaded, as CAR files.", no_args_is_help=True)


@app.command("export")
def export_content(
    cid: Annotated[str, typer.Argument(help="The file's CID.")],
    file: Annotated[Path, typer.Argument(help="The CAR file to make; it must not exist yet.")],
) -> None:
    """Write a file, with all its blocks, into a CAR file."""
    from descrow.content import service
    from descrow.content.cids import Cid

    if file.exists():
        raise typer.BadParameter(f"{file} exists already")
    begun = file.with_name(file.name + ".part")

    async def work(parts: "AppContext") -> None:
        async with parts.sessions() as session:
            content = await service.get_content(session, Cid.parse(cid))
        with begun.open("wb") as written:
            async for piece in service.export_car(parts.blocks, content):
                written.write(piece)

    try:
        run_with_parts(work)
        begun.rename(file)
    finally:
        begun.unlink(missing_ok=True)
    typer.echo(f"{file} holds {cid}.")


@app.command("import")
def import_content(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CAR file (version 1).")],
) -> None:
    """Keep, and serve, the files that a CAR file holds, also those in folders. Prints each file's CID.

    Every block is checked against its CID. If a file cannot be read whole, nothing is kept.
    """
    from descrow.content import service
    from descrow.content.importing import import_car
    from descrow.kernel.db import utc_now

    async def work(parts: "AppContext") -> "list[ImportedFile]":
        with file.open("rb") as car:
            imported = await import_car(parts.blocks, car, max_bytes=parts.settings.content_max_bytes, now=utc_now())
        async with parts.sessions.begin() as session:
            await service.keep_contents(session, [one.content for one in imported])
        return imported

    for one in run_with_parts(work):
        content = one.content
        path = "".join(filter(str.isprintable, one.path))  # the CAR's writer chose it
        typer.echo(f"{content.cid} {content.media_type} {content.size_bytes} bytes {path}".rstrip())
