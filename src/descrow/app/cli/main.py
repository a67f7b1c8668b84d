"""The `descrow` command: what each process runs, and what people run."""

import asyncio
import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from descrow.app.cli import admin, keys
from descrow.app.cli import content_commands as content
from descrow.app.cli import dispute_commands as disputes
from descrow.app.settings import get_settings
from descrow.contract.terms import Terms

DataDir = Annotated[
    Path | None,
    typer.Option(help="Where the stack keeps its data: .descrow, or what DESCROW_DATA_DIR says.", show_default=False),
]

app = typer.Typer(
    name="descrow", help="A self-hosted escrow marketplace.", no_args_is_help=True, pretty_exceptions_enable=False
)

app.add_typer(admin.app, name="admin")
app.add_typer(keys.app, name="keys")
app.add_typer(content.app, name="content")
app.command()(keys.signer)
app.command()(disputes.verify_bundle)


@app.command()
def api(workers: Annotated[int, typer.Option(min=1, help="Processes that serve.")] = 1) -> None:
    """Serve the web application."""
    from descrow.app.server import serve

    serve(get_settings(), workers=workers)


@app.command()
def worker() -> None:
    """Follow the chain, project its events, send queued calls."""
    from descrow.app.context import AppContext
    from descrow.app.worker import run_worker
    from descrow.chain.errors import KeyNotUsable
    from descrow.kernel.logs import configure_logs
    from descrow.kernel.shutdown import STOPS_WITHIN_S, leave_after

    settings = get_settings()
    configure_logs(log_format=settings.log_format, level=settings.log_level, process="worker")

    async def work() -> None:
        parts = AppContext.open(settings)
        stopping = asyncio.Event()
        task = asyncio.ensure_future(run_worker(parts, stopping))

        def stop() -> None:
            leave_after(STOPS_WITHIN_S)
            stopping.set()
            task.cancel()

        for signal_number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(signal_number, stop)
        try:
            with suppress(asyncio.CancelledError):
                await task
        finally:
            await parts.close()

    try:
        asyncio.run(work())
    except KeyNotUsable as error:
        raise _failure(f"{error} ({error.code})") from error


@app.command()
def migrate() -> None:
    """Bring the database to the newest shape."""
    from descrow.app.migrations import migrate as bring_up_to_date

    asyncio.run(bring_up_to_date(get_settings().database_url.get_secret_value()))


@app.command()
def deploy(
    owner_key: Annotated[
        str, typer.Option(envvar="DESCROW_OWNER_KEY", help="Deploys, and owns the contract; given like the operator's.")
    ],
    oracle: Annotated[str, typer.Option(help="Address that will record payments made outside the chain.")],
    guardian: Annotated[str, typer.Option(help="Address that may pause new orders and new money.")],
    treasury: Annotated[str, typer.Option(help="Address that the fees are for.")],
    arbiter: Annotated[str, typer.Option(help="Address that decides disputes.")],
    owner_key_password: Annotated[
        str | None, typer.Option(envvar="DESCROW_OWNER_KEY_PASSWORD", help="Opens the owner's keystore.")
    ] = None,
    fee_bps: Annotated[int, typer.Option(min=0, max=1000, help="The fee, in hundredths of a percent.")] = Terms.fee_bps,
    default_seller_bps: Annotated[
        int, typer.Option(min=0, max=10_000, help="The seller's share if nobody decides.")
    ] = Terms.default_seller_bps,
    pay_within_s: Annotated[int, typer.Option(min=60, help="Seconds to pay.")] = Terms.fund_window_s,
    ship_within_s: Annotated[int, typer.Option(min=60, help="Seconds to ship.")] = Terms.ship_window_s,
    arrive_within_s: Annotated[
        int, typer.Option(min=60, help="Seconds in transit, before the time to inspect.")
    ] = Terms.transit_window_s,
    inspect_within_s: Annotated[int, typer.Option(min=60, help="Seconds to inspect.")] = Terms.inspection_window_s,
    decide_within_s: Annotated[int, typer.Option(min=60, help="Seconds to decide a dispute.")] = Terms.dispute_window_s,
) -> None:
    """Put the contract on the chain, publish the terms, set the oracle's caps, and write it down; once per database.

    Run again, it finishes what a run that died has begun, or sets the caps when they are to be others. Addresses are
    SS58. The operator is the account of DESCROW_OPERATOR_KEY; DESCROW_ORACLE_CAP_PER_ORDER_KES_CENTS and
    DESCROW_ORACLE_CAP_PER_DAY_KES_CENTS are the caps.
    """
    from descrow.app.context import AppContext
    from descrow.chain.errors import KeyNotUsable, NotIncluded, SignerRefused, WrongChain
    from descrow.chain.keys import KeySource, NotAnAddress, account_id_of, evm_address_of
    from descrow.chain.signers import open_signer
    from descrow.contract.deployment import DeploymentFailed, Roles
    from descrow.contract.deployment import deploy as deploy_contract
    from descrow.contract.errors import CallFailed
    from descrow.kernel.errors import DescrowError

    settings = get_settings()
    operator_key = settings.operator_key_source
    if operator_key is None:
        raise _failure("DESCROW_OPERATOR_KEY is not set: the contract is told the address of its account.")

    async def work() -> str:
        parts = AppContext.open(settings)
        try:
            owner = await open_signer(KeySource(owner_key, password=owner_key_password), parts.chain)
            operator = await open_signer(operator_key, parts.chain)
            roles = Roles(
                operator=evm_address_of(operator.public_key),
                **{
                    role: evm_address_of(account_id_of(address))
                    for role, address in {
                        "oracle": oracle,
                        "guardian": guardian,
                        "treasury": treasury,
                        "arbiter": arbiter,
                    }.items()
                },
            )
            terms = Terms(
                fee_bps=fee_bps,
                default_seller_bps=default_seller_bps,
                fund_window_s=pay_within_s,
                ship_window_s=ship_within_s,
                transit_window_s=arrive_within_s,
                inspection_window_s=inspect_within_s,
                dispute_window_s=decide_within_s,
            )
            caps = settings.oracle_caps
            deployment = await deploy_contract(parts.sessions, parts.chain, owner, roles, terms, caps)
            return f"The contract is at {deployment.contract_address}, in block {deployment.block_number}."
        finally:
            await parts.close()

    try:
        typer.echo(asyncio.run(work()))
    except (
        CallFailed,
        DescrowError,
        DeploymentFailed,
        KeyNotUsable,
        NotAnAddress,
        NotIncluded,
        SignerRefused,
        WrongChain,
    ) as error:
        raise _failure(str(error)) from error


@app.command()
def up(
    data_dir: DataDir = None,
    fresh: Annotated[bool, typer.Option(help="Forget all data first.")] = False,
    port: Annotated[int, typer.Option(help="Where the shop should answer, if that port is free.")] = 8080,
) -> None:
    """Bring the whole stack up on this machine: database, cache, chain, contract, API and worker.

    A part that you have already is used instead when its address is in DESCROW_DATABASE_URL, DESCROW_VALKEY_URL or
    DESCROW_CHAIN_URL. Data is kept in .descrow between runs.
    """
    from rich.console import Console

    from descrow.app.devstack.errors import DevStackError, StartInterrupted
    from descrow.app.devstack.up import bring_up
    from descrow.kernel.logs import configure_logs

    configure_logs(log_format="text", level="WARNING", process="up")
    try:
        asyncio.run(bring_up(data_dir=data_dir, fresh=fresh, port=port, console=Console(highlight=False)))
    except StartInterrupted:
        raise typer.Exit(130) from None
    except DevStackError as error:
        raise _failure(str(error)) from error


@app.command()
def demo(
    data_dir: DataDir = None,
    mpesa: Annotated[bool, typer.Option("--mpesa", help="Pay by M-Pesa, on the simulator's phones.")] = False,
) -> None:
    """Play one order, from listing to payout, against the stack that is up."""
    from rich.console import Console

    from descrow.app.demo.dot import DemoFailed, run_demo
    from descrow.app.demo.mpesa import run_mpesa_demo
    from descrow.app.demo.shop_client import ApiRefused
    from descrow.app.devstack.data_dir import DataDirectory
    from descrow.app.devstack.mpesa import find_simulator
    from descrow.app.devstack.up import NoStackHere, find_running_stack, settings_of_running_stack
    from descrow.kernel.logs import configure_logs

    configure_logs(log_format="text", level="WARNING", process="demo")
    try:
        directory = DataDirectory.choose(data_dir)
        running, console = find_running_stack(directory), Console(highlight=False)
        if not mpesa:
            asyncio.run(run_demo(running.api_url, running.chain_url, console))
            return
        simulator = find_simulator(directory)
        if simulator is None:
            raise _failure("This stack has no simulator of M-Pesa: DESCROW_MPESA_… was set when it was started.")
        database_url = settings_of_running_stack(directory).database_url.get_secret_value()
        asyncio.run(run_mpesa_demo(running.api_url, running.chain_url, simulator, database_url, console))
    except (DemoFailed, NoStackHere, ApiRefused, TimeoutError) as error:
        raise _failure(str(error) or "A part of the stack stayed away for too long.") from error


@app.command()
def status(data_dir: DataDir = None) -> None:
    """Say which processes of the stack are running, and how they are."""
    import httpx
    from rich.console import Console
    from rich.table import Table

    from descrow.app.devstack.data_dir import DataDirectory
    from descrow.app.devstack.run_files import running_processes
    from descrow.app.devstack.up import NoStackHere, find_running_stack

    directory = DataDirectory.choose(data_dir)
    table = Table(box=None, pad_edge=False)
    for column in ("process", "pid", "port"):
        table.add_column(column)
    for process in running_processes(directory):
        table.add_row(process.name, str(process.pid), "" if process.port is None else str(process.port))
    console = Console()
    console.print(table)
    try:
        health = httpx.get(f"{find_running_stack(directory).api_url}/health", timeout=10)
    except (NoStackHere, httpx.TransportError) as error:
        raise _failure(str(error)) from error
    console.print_json(health.text)
    if health.status_code != 200:
        raise typer.Exit(1)


def _failure(message: str) -> typer.Exit:
    """Tell a person what went wrong, in a sentence on standard error, and end with 1."""
    typer.secho(message, fg=typer.colors.RED, err=True)
    return typer.Exit(1)


def main() -> None:
    """Run a command. What an operator can mend is said in a sentence; a fault of ours shows its trace."""
    from socket import gaierror

    from pydantic import ValidationError
    from sqlalchemy.exc import DBAPIError

    try:
        app()
    except ValidationError as error:
        for problem in error.errors():
            setting = "DESCROW_" + "_".join(str(part) for part in problem["loc"]).upper()
            typer.secho(f"{setting}: {problem['msg']}", fg=typer.colors.RED, err=True)
        raise SystemExit(2) from None
    except (DBAPIError, ConnectionError, TimeoutError, gaierror) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        typer.secho(f"The database cannot be used: {reason}", fg=typer.colors.RED, err=True)
        raise SystemExit(1) from None
    except OSError as error:  # a file that is not there or may not be read
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        raise SystemExit(1) from None
