"""Define `descrow admin roles`: who looks after the shop."""

from typing import TYPE_CHECKING, Annotated

import typer

from descrow.accounts.models import Role
from descrow.app.cli.admin_shell import AsJson, Reason, Yes, ask, person, run_with_parts, show

if TYPE_CHECKING:
    from descrow.app.context import AppContext

roles_app = typer.Typer(help="Who looks after the shop over its pages.", no_args_is_help=True)

WhoseAddress = Annotated[str, typer.Argument(metavar="ADDRESS", help="SS58, as the wallet shows it.")]
WhichRole = Annotated[Role, typer.Argument(metavar="ROLE")]


@roles_app.command("list")
def list_roles(as_json: AsJson = False) -> None:
    """Return who has which role."""
    from descrow.accounts.roles import role_holders
    from descrow.operations.console_views import roles_table
    from descrow.operations.schemas import RoleView

    async def work(parts: "AppContext") -> list[RoleView]:
        async with parts.sessions() as session:
            return [RoleView.of(account, grant) for account, grant in await role_holders(session)]

    holders = run_with_parts(work)
    show(holders, lambda now: roles_table(holders, now), as_json=as_json)


@roles_app.command("give")
def give_role(address: WhoseAddress, role: WhichRole, reason: Reason = None, yes: Yes = False) -> None:
    """Give somebody a role: admin may do everything, support looks, arbiter sees disputes."""
    ask(f"{address} becomes {role} of this shop.", yes=yes)
    _change_role(address, role, given=True, reason=reason)
    typer.echo(f"{address} is {role}.")


@roles_app.command("take")
def take_role(address: WhoseAddress, role: WhichRole, reason: Reason = None, yes: Yes = False) -> None:
    """Take a role from somebody, at once."""
    ask(f"{address} is no longer {role} of this shop.", yes=yes)
    _change_role(address, role, given=False, reason=reason)
    typer.echo(f"{address} is not {role}.")


def _change_role(address: str, role: Role, *, given: bool, reason: str | None) -> None:
    from descrow.accounts.sign_in import account_of_address
    from descrow.operations import role_changes

    async def work(parts: "AppContext") -> None:
        async with parts.sessions.begin() as session:
            account = await account_of_address(session, address)
            change = role_changes.give_role if given else role_changes.take_role
            await change(session, account, role, by=person(), reason=reason)

    run_with_parts(work)
