"""The ledger held against what M-Pesa says that our utility account holds."""

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.incidents.alerts import keep_alert
from descrow.incidents.models import AlertKind
from descrow.kernel.db import utc_now
from descrow.kernel.money import KesCents
from descrow.mpesa.callbacks import BalancePosted
from descrow.mpesa.outcomes import Accepted
from descrow.mpesa.requests import BalanceQuery
from descrow.payments.mpesa import queries
from descrow.payments.mpesa.callback_urls import result_urls
from descrow.payments.mpesa.daraja_context import DarajaContext
from descrow.payments.mpesa.ledger import LedgerAccount, balances
from descrow.payments.mpesa.models import BalanceCheck, CallbackKind
from descrow.payments.mpesa.proof import note_debts

log = structlog.get_logger(__name__)

UTILITY = "Utility Account"


async def ask_for_balance(payment_context: DarajaContext) -> bool:
    """Ask M-Pesa what our account holds; says whether it took the question. The answer is posted."""
    async with payment_context.sessions.begin() as session:
        check = BalanceCheck()
        session.add(check)
    outcome = await payment_context.daraja.ask_balance(
        BalanceQuery(
            shortcode=payment_context.settings.shortcode,
            remarks="Descrow compares",
            urls=result_urls(payment_context.settings, CallbackKind.BALANCE, CallbackKind.BALANCE_TIMEOUT, check.id),
        )
    )
    return isinstance(outcome, Accepted)


async def record_balance(session: AsyncSession, check_id: int, posted: BalancePosted) -> str:
    """Compare. What is under way, or moved since M-Pesa was asked, may explain a difference: then no alert changes."""
    utility = next((account.current for account in posted.accounts if account.name == UTILITY), None)
    check = await session.get_one(BalanceCheck, check_id, with_for_update=True)
    if check.answered_at is not None or utility is None:
        return "nothing to compare"
    ledger = (await balances(session))[LedgerAccount.UTILITY]
    check.answered_at, check.utility_cents, check.ledger_cents = utc_now(), utility, ledger
    check.in_flight = await queries.count_under_way(session, check.asked_at)
    await note_debts(session, check)
    if check.in_flight == 0:
        await keep_alert(
            session,
            AlertKind.LEDGER_DIFFERS,
            subject="utility account",
            is_there=utility != ledger,
            difference_cents=str(KesCents(utility - ledger)),
            utility_cents=str(utility),
            ledger_cents=str(ledger),
        )
    log.info("balance compared", utility_cents=utility, ledger_cents=ledger, in_flight=check.in_flight)
    return "compared" if utility == ledger else f"differs by {utility - ledger} cents"
