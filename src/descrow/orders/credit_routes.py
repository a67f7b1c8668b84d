"""Show what the contract keeps for an account, and prepare its withdrawal, over HTTP."""

import asyncio

import msgspec
from litestar import Controller, get, post

from descrow.accounts.models import Account
from descrow.chain.keys import EvmAddress, account_id_of, fallback_account_of
from descrow.contract.dependencies import GetContract, WithContract
from descrow.contract.escrow import PreparedCall
from descrow.contract.refusals import CALL_REFUSALS
from descrow.kernel.errors import DescrowError
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithSessions
from descrow.kernel.http.limits import RateLimitKind
from descrow.kernel.money import Planck, digits_of
from descrow.orders.credit_log import NODE_MAY_TAKE_S, accounts_exist, credits_of
from descrow.orders.errors import AccountNotOnChain


class OrderCreditView(msgspec.Struct, rename="camel"):
    order_id: int
    amount_planck: str


class CreditView(msgspec.Struct, rename="camel"):
    """List what the contract keeps for the caller: the payouts of `orders`, which found no account that takes coin.

    `POST /credit/withdraw` prepares the call that fetches all of it. The account pays the call's fee, so it needs a
    little coin first; `accountExists` is false while it has none, and null while the node does not answer.

    `fallbackPlanck` lies on the account of the caller's contract address, which no wallet shows: whoever sends coin to
    the address of a closed account sends it there. `Revive.dispatch_as_fallback_account` with a transfer to
    one's own account, signed by the same key, fetches it. Null while the node does not answer.
    """

    amount_planck: str
    account_exists: bool | None
    orders: list[OrderCreditView]
    fallback_planck: str | None


class WithdrawalCall(msgspec.Struct, rename="camel"):
    """Describe what the caller's wallet is to sign: `Revive.call` with these values. Nothing has happened yet."""

    call: PreparedCall


class CreditController(Controller):
    path = "/credit"
    tags = ("orders",)

    @get(access=Open.SIGNED_IN)
    async def get_credit(
        self, sessions: WithSessions, get_contract: WithContract, request: CallerRequest
    ) -> CreditView:
        """Return what the contract keeps for the caller's account, and whether the account is there to receive it."""
        async with sessions() as session:
            account = await session.get_one(Account, request.user.account_id)
            waiting = await credits_of(session, account.evm_address)
        [exists] = await accounts_exist(get_contract, [account_id_of(account.address)])
        return CreditView(
            amount_planck=str(sum(credit.amount for credit in waiting)),
            account_exists=exists,
            orders=[OrderCreditView(credit.order_id, str(credit.amount)) for credit in waiting],
            fallback_planck=digits_of(await _on_fallback_account(get_contract, account)),
        )

    @post(
        "/withdraw",
        status_code=200,
        rate_limit=RateLimitKind.PAY,
        access=Open.SIGNED_IN,
        refusals=(*CALL_REFUSALS, "account_not_on_chain", "escrow_no_credit", "escrow_recipient_refused_the_coin"),
    )
    async def withdraw_credit(self, get_contract: WithContract, request: CallerRequest) -> WithdrawalCall:
        """The call by which the caller's account gets all that the contract keeps for it."""
        account_id = account_id_of(request.user.address)
        contract = await get_contract()
        if not await contract.chain.account_exists(account_id):
            raise AccountNotOnChain(request.user.address)
        return WithdrawalCall(await contract.prepare("withdraw", caller=account_id))


async def _on_fallback_account(get_contract: GetContract, account: Account) -> Planck | None:
    try:
        async with asyncio.timeout(NODE_MAY_TAKE_S):
            return await (await get_contract()).chain.free_balance(fallback_account_of(EvmAddress(account.evm_address)))
    except (DescrowError, TimeoutError):
        return None
