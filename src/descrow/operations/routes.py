"""Define the admin API; `descrow admin` does the same at a terminal. Health and metrics have modules of their own."""

from typing import Annotated

from litestar import Controller, delete, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from sqlalchemy import select

from descrow.accounts import roles
from descrow.accounts.models import Role
from descrow.accounts.roles import Permission
from descrow.accounts.sign_in import account_of_address
from descrow.chain.dependencies import WithChain
from descrow.chain.keys import account_id_of
from descrow.contract.dependencies import WithContract
from descrow.contract.escrow import PreparedCall
from descrow.contract.refusals import CALL_REFUSALS, CHAIN_REFUSALS, PAUSE_REFUSALS
from descrow.incidents.cases import all_cases, open_cases
from descrow.incidents.models import AuditEntry
from descrow.kernel.db import LARGEST_ID, utc_now
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithSessions
from descrow.operations import repairs, role_changes, statistics
from descrow.operations.dependencies import WithSignerKeys
from descrow.operations.event_list import find_events
from descrow.operations.order_report import NoSuchOrder, OrderReport, find_order, order_report
from descrow.operations.overview import Overview, open_calls, overview
from descrow.operations.payment_views import (
    LedgerLine,
    ledger_lines,
    payment_lines,
    payout_lines,
)
from descrow.operations.rows import CallLine, CaseLine, EventLine, lines_of
from descrow.operations.schemas import (
    AuditLine,
    CloseCaseRequest,
    FoundView,
    GiveRoleRequest,
    PauseRequest,
    ReasonRequest,
    ReconciledView,
    RoleView,
)
from descrow.operations.statistics import DayView
from descrow.orders import reconciliation
from descrow.orders.dependencies import WithPaymentMethods
from descrow.orders.payment_methods import PaymentLine, PayoutLine

Number = Annotated[int, PathParameter(ge=1, le=LARGEST_ID)]
Limit = Annotated[int, QueryParameter(ge=1, le=200, description="How many at most.")]


class AdminController(Controller):
    path = "/admin"
    tags = ("admin",)

    # --- looking ---

    @get("/overview", access=Permission.SEE_SHOP, refusals=("not_deployed",))
    async def get_overview(self, sessions: WithSessions, chain: WithChain, signer_keys: WithSignerKeys) -> Overview:
        """Return how far the log is, what waits and why, alerts, cases, the signers' balances."""
        return await overview(sessions, chain, signer_keys)

    @get("/statistics", access=Permission.SEE_SHOP)
    async def get_statistics(
        self, sessions: WithSessions, days: Annotated[int, QueryParameter(ge=1, le=366, description="How many.")] = 30
    ) -> list[DayView]:
        """Orders and volume by day, the oldest day first."""
        async with sessions() as session:
            return await statistics.days(session, now=utc_now(), count=days)

    @get("/orders/{order:str}", access=Permission.SEE_SHOP, refusals=(*CHAIN_REFUSALS, "order_not_found"))
    async def get_order_report(
        self,
        sessions: WithSessions,
        payment_methods: WithPaymentMethods,
        get_contract: WithContract,
        order: Annotated[str, PathParameter(max_length=60, description="Its id, its reference, or `contract:9`.")],
    ) -> OrderReport:
        """The whole life of one order: row, trail, events, calls, payments, what was told, cases."""
        contract = await get_contract()
        async with sessions() as session:
            named = await find_order(session, order)
            if named.order is None:
                raise NoSuchOrder(order)
            return await order_report(session, contract, payment_methods, named.order, named.numbers)

    @get("/events", access=Permission.SEE_SHOP)
    async def list_events(
        self,
        sessions: WithSessions,
        parked: Annotated[bool, QueryParameter(description="Only those that could not be applied.")] = False,
        orphaned: Annotated[bool, QueryParameter(description="Only those in blocks that the chain gave up.")] = False,
        limit: Limit = 50,
    ) -> list[EventLine]:
        """Events of the log, the newest last; parked ones are tried again by themselves."""
        async with sessions() as session:
            found = await find_events(session, None, parked=parked, orphaned=orphaned, limit=limit)
            return lines_of(found, EventLine)

    @get("/calls", access=Permission.SEE_SHOP)
    async def list_calls(self, sessions: WithSessions, limit: Limit = 50) -> list[CallLine]:
        """Calls to the contract that are queued, or signed and not final yet; the oldest first."""
        async with sessions() as session:
            return lines_of(await open_calls(session, limit=limit), CallLine)

    @get("/cases", access=Permission.SEE_SHOP)
    async def list_cases(
        self,
        sessions: WithSessions,
        everything: Annotated[bool, QueryParameter(name="all", description="Closed ones too.")] = False,
    ) -> list[CaseLine]:
        """Return what waits for a person."""
        async with sessions() as session:
            return lines_of(await (all_cases if everything else open_cases)(session), CaseLine)

    @get("/payments", access=Permission.SEE_SHOP)
    async def list_payments(
        self,
        sessions: WithSessions,
        payment_methods: WithPaymentMethods,
        live: Annotated[bool, QueryParameter(description="Only those whose end is not known.")] = False,
        limit: Limit = 50,
    ) -> list[PaymentLine]:
        """Attempts to pay that are not made on the chain, the newest first."""
        async with sessions() as session:
            return await payment_lines(session, payment_methods, live=live, limit=limit)

    @get("/payouts", access=Permission.SEE_SHOP)
    async def list_payouts(
        self,
        sessions: WithSessions,
        payment_methods: WithPaymentMethods,
        unpaid: Annotated[bool, QueryParameter(description="Only those that are not paid.")] = False,
        limit: Limit = 50,
    ) -> list[PayoutLine]:
        """Payouts that are not made by the contract, owed and paid, the newest first."""
        async with sessions() as session:
            return await payout_lines(session, payment_methods, unpaid=unpaid, limit=limit)

    @get("/ledger", access=Permission.SEE_SHOP)
    async def get_ledger(self, sessions: WithSessions) -> list[LedgerLine]:
        """Return what each account of the M-Pesa ledger holds; all together they hold zero."""
        async with sessions() as session:
            return await ledger_lines(session)

    @get("/audit", access=Permission.SEE_SHOP)
    async def list_audit_entries(self, sessions: WithSessions, limit: Limit = 50) -> list[AuditLine]:
        """Return what people and repairing machinery did, the newest first."""
        async with sessions() as session:
            rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit))
            return lines_of(rows, AuditLine)

    # --- mending ---

    @post(
        "/calls/{call_id:int}/retry",
        status_code=204,
        access=Permission.REPAIR,
        refusals=("call_is_beyond_us", "call_not_found", "product_sold_out"),
    )
    async def retry_call(
        self, sessions: WithSessions, request: CallerRequest, call_id: Number, data: JSONBody[ReasonRequest]
    ) -> None:
        """Send a queued call now, instead of when its wait is over; one that was cancelled is queued again."""
        async with sessions.begin() as session:
            await repairs.retry_call(session, call_id, actor=_actor(request), reason=data.reason)

    @post(
        "/calls/{call_id:int}/cancel",
        status_code=204,
        access=Permission.REPAIR,
        refusals=("call_is_beyond_us", "call_not_found"),
    )
    async def cancel_call(
        self, sessions: WithSessions, request: CallerRequest, call_id: Number, data: JSONBody[ReasonRequest]
    ) -> None:
        """Never make a queued call. One that is signed cannot be cancelled: a block may take it."""
        async with sessions.begin() as session:
            await repairs.cancel_call(session, call_id, actor=_actor(request), reason=data.reason)

    @post(
        "/cases/{case_id:int}/close",
        status_code=204,
        access=Permission.REPAIR,
        refusals=("case_is_closed", "case_not_found"),
    )
    async def close_case(
        self, sessions: WithSessions, request: CallerRequest, case_id: Number, data: JSONBody[CloseCaseRequest]
    ) -> None:
        """Say how a case ended. The reconciler opens it again if what it is about is still there."""
        async with sessions.begin() as session:
            await repairs.resolve_case(session, case_id, actor=_actor(request), resolution=data.resolution)

    @post("/reconcile", status_code=200, access=Permission.REPAIR, refusals=(*CHAIN_REFUSALS, "log_is_empty"))
    async def reconcile_orders(
        self, sessions: WithSessions, get_contract: WithContract, request: CallerRequest
    ) -> ReconciledView:
        """Compare all open orders and the money with the contract now, and mend from the log what it can mend."""
        done = await reconciliation.reconcile(sessions, await get_contract(), actor=_actor(request))
        return ReconciledView(
            block_number=done.block_number,
            orders_compared=done.orders_compared,
            orders_repaired=len(done.repaired),
            left=[FoundView(one.drift, one.subject, one.here, one.there) for one in done.left],
        )

    @post("/pause", status_code=200, access=Open.SIGNED_IN, refusals=(*CALL_REFUSALS, *PAUSE_REFUSALS))
    async def prepare_pause(
        self, get_contract: WithContract, request: CallerRequest, data: JSONBody[PauseRequest]
    ) -> PreparedCall:
        """The call for the guardian's wallet, or the owner's, to sign. The contract refuses it of anybody else."""
        contract = await get_contract()
        function = "pause" if data.paused else "unpause"
        return await contract.prepare(function, caller=account_id_of(request.user.address))

    # --- who looks after the shop ---

    @get("/roles", access=Permission.SEE_SHOP)
    async def list_roles(self, sessions: WithSessions) -> list[RoleView]:
        """Return who has which role."""
        async with sessions() as session:
            return [RoleView.of(account, grant) for account, grant in await roles.role_holders(session)]

    @post("/roles", status_code=204, access=Permission.GIVE_ROLES, refusals=("address_not_valid",))
    async def grant_role(self, sessions: WithSessions, request: CallerRequest, data: JSONBody[GiveRoleRequest]) -> None:
        """Give somebody a role. A repeat changes nothing."""
        async with sessions.begin() as session:
            account = await account_of_address(session, data.address)
            await role_changes.give_role(session, account, data.role, by=_actor(request))

    @delete("/roles/{address:str}/{role:str}", access=Permission.GIVE_ROLES, refusals=("address_not_valid",))
    async def revoke_role(
        self,
        sessions: WithSessions,
        request: CallerRequest,
        address: Annotated[str, PathParameter(max_length=64)],
        role: Annotated[Role, PathParameter()],
    ) -> None:
        """Take a role from somebody. A repeat changes nothing."""
        async with sessions.begin() as session:
            account = await account_of_address(session, address)
            await role_changes.take_role(session, account, role, by=_actor(request))


def _actor(request: CallerRequest) -> str:
    return f"account {request.user.account_id}"
