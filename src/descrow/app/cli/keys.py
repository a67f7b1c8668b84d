"""`descrow keys` and `descrow signer`: make a key, wrap one up, see whose it is, hold one for others.

A secret is never printed, and need not be on the command line.
"""

import asyncio
import re
import secrets
from pathlib import Path
from typing import Annotated

import typer

from descrow.kernel.money import PLANCK_PER_DOT, Planck

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


def signer(
    key: Annotated[str, typer.Option(envvar="DESCROW_SIGNER_KEY", help="file:PATH of a keystore, or 0x and a seed.")],
    contract: Annotated[str, typer.Option(help="The only contract that is called, 0x and 40 digits.")],
    token_file: Annotated[Path, typer.Option(help="What workers must show, in a file of mode 0600.")],
    chain_url: Annotated[str, typer.Option(envvar="DESCROW_CHAIN_URL", help="A node that this signer trusts.")],
    allow: Annotated[list[str], typer.Option(help="A function that may be called; once for each.")],
    password_file: PasswordFile = None,
    port: Annotated[int | None, typer.Option(help="Listen on this port of 127.0.0.1.")] = None,
    socket: Annotated[Path | None, typer.Option(help="Listen on this Unix socket instead.")] = None,
    max_fee_planck: Annotated[int, typer.Option(min=1, help="For one transaction, with its tip.")] = PLANCK_PER_DOT,
    max_deposit_planck: Annotated[int, typer.Option(min=1, help="For one transaction.")] = PLANCK_PER_DOT,
) -> None:
    """Hold a key for workers elsewhere, and sign what the rules allow: calls of one contract at a limited price.

    A worker uses it with DESCROW_OPERATOR_KEY=signer:http://127.0.0.1:PORT or signer:unix:/path, and the token in
    DESCROW_OPERATOR_KEY_PASSWORD_FILE.
    """
    from descrow.chain.client import ChainClient
    from descrow.chain.errors import ChainUnreachable, KeyNotUsable
    from descrow.chain.keys import EvmAddress, Keypair, KeySource
    from descrow.chain.keystore import read_private_file
    from descrow.chain.signers import open_signer
    from descrow.contract.abi import escrow_interface
    from descrow.contract.signer_service import SigningRules, build_signer, make_room_for, serve_signer
    from descrow.kernel.logs import configure_logs

    if (port is None) == (socket is None):
        raise typer.BadParameter("give either --port or --socket")
    if not re.fullmatch(r"0x[0-9a-fA-F]{40}", contract):
        raise typer.BadParameter("a contract is 0x and 40 hex digits")
    if unknown := set(allow) - set(escrow_interface().functions):
        raise typer.BadParameter(f"the contract has no function {', '.join(sorted(unknown))}")
    configure_logs(log_format="json", level="INFO", process="signer")
    if socket is not None:
        make_room_for(socket)
    rules = SigningRules(
        contract=EvmAddress(contract.lower()),
        functions=frozenset(allow),
        max_fee=Planck(max_fee_planck),
        max_deposit=Planck(max_deposit_planck),
    )

    async def work() -> None:
        chain = ChainClient(chain_url)
        try:
            held = await open_signer(KeySource(key, password_file=password_file), chain)
            if not isinstance(held, Keypair):
                raise KeyNotUsable("a signer holds its key itself")
            token = read_private_file(token_file).strip()
            if not token:
                raise KeyNotUsable(f"{token_file} is empty")
            await serve_signer(build_signer(held, rules, chain, token=token), port=port, socket=socket)
        finally:
            await chain.close()

    try:
        asyncio.run(work())
    except (KeyNotUsable, ChainUnreachable) as error:
        raise _failure(error) from error


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
