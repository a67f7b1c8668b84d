"""`descrow keys`: make a key, wrap one up, see whose it is. A secret is never printed and never on the command line."""

import asyncio
import secrets
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Keys of the operator and the oracle, in keystores that wallets can read.", no_args_is_help=True)

NewFile = Annotated[Path, typer.Argument(help="The keystore to make; it must not exist yet.")]
PasswordFile = Annotated[
    Path | None, typer.Option(help="Where the password is, in a file of mode 0600; asked for if not given.")
]


@app.command()
def new(file: NewFile, password_file: PasswordFile = None) -> None:
    """Make a key that nobody has had before, and keep it in FILE."""
    _keep("0x" + secrets.token_hex(32), file, password_file)


@app.command()
def encrypt(file: NewFile, password_file: PasswordFile = None) -> None:
    """Keep a key that you have (0x and a 32-byte seed, asked for) in FILE."""
    _keep(typer.prompt("Seed", hide_input=True), file, password_file)


@app.command()
def show(
    key: Annotated[
        str,
        typer.Argument(envvar="DESCROW_OPERATOR_KEY", help="As in the settings: file:PATH, signer:ADDRESS, …"),
    ],
    password_file: PasswordFile = None,
) -> None:
    """Say whose key it is: opens it, and prints its addresses."""
    from descrow.chain.errors import KeyNotUsable, SignerRefused, SignerUnreachable
    from descrow.chain.keys import KeySource
    from descrow.chain.signers import read_signer

    is_closed = key.startswith(("file:", "signer:"))
    password = typer.prompt("Password", hide_input=True) if is_closed and password_file is None else None
    try:
        signer = asyncio.run(read_signer(KeySource(key, password=password, password_file=password_file)))
    except (KeyNotUsable, SignerRefused, SignerUnreachable) as error:
        raise _failure(error) from error
    _print_account(signer.public_key)


def _keep(seed: str, file: Path, password_file: Path | None) -> None:
    from descrow.chain.errors import KeyNotUsable
    from descrow.chain.keys import Keypair
    from descrow.chain.keystore import read_private_file, write_keystore

    try:
        if not seed.startswith("0x"):
            raise KeyNotUsable("a seed is 0x and 64 hex digits")
        key = Keypair.from_uri(seed)
        if password_file is None:
            password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        else:
            password = read_private_file(password_file).rstrip("\r\n")
        if not password:
            raise KeyNotUsable("the password is empty")
        write_keystore(file, key, password)
    except (KeyNotUsable, OSError, ValueError) as error:
        raise _failure(error) from error
    typer.echo(f"{file} holds the key of")
    _print_account(key.public_key)


def _print_account(public_key: bytes) -> None:
    from descrow.chain.keys import address_of, evm_address_of

    typer.echo(f"account       {address_of(public_key)}")
    typer.echo(f"for contracts {evm_address_of(public_key)}")


def _failure(error: Exception) -> typer.Exit:
    typer.secho(str(error), fg=typer.colors.RED, err=True)
    return typer.Exit(1)
