"""The work on M-Pesa that goes on all the time: loops for the worker, each begun again by it when a part was gone."""

import asyncio
from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine

from descrow.incidents.models import Alert, AlertKind
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.retry.runner import run_rounds
from descrow.payments.mpesa import callbacks, hand_payments, paybill, payouts, prompts, reversals, status_queries
from descrow.payments.mpesa.balance import ask_for_balance
from descrow.payments.mpesa.daraja_context import DarajaContext

IDLE_S = 1
SWEEP_S = 60
FORGERY_IS_OLD_AFTER = timedelta(days=1)


async def read_callbacks(engine: AsyncEngine, payment_context: DarajaContext, woken: asyncio.Event) -> None:
    """Act upon what Daraja posted; one process does it for all, so that each post is read in its turn."""
    await run_rounds(
        engine,
        "payments:daraja posts",
        lambda: callbacks.process_callbacks(payment_context.sessions),
        idle_s=IDLE_S,
        wake_up=woken,
    )


async def process_due_payments(engine: AsyncEngine, payment_context: DarajaContext) -> None:
    await run_rounds(engine, "payments:payments", lambda: prompts.process_due_payments(payment_context), idle_s=IDLE_S)


async def make_payouts(engine: AsyncEngine, payment_context: DarajaContext) -> None:
    async def one_round() -> bool:
        began = await payouts.begin_due_payouts(payment_context)
        return await payouts.process_due_attempts(payment_context) or began

    await run_rounds(engine, "payments:payouts", one_round, idle_s=IDLE_S)


async def settle_hand_payments(engine: AsyncEngine, payment_context: DarajaContext) -> None:
    """Place payments by hand that waited for the chain, and send back what no order can take."""

    async def one_round() -> bool:
        placed = await hand_payments.place_due(payment_context)
        return await reversals.process_due_reversals(payment_context) or placed

    await run_rounds(engine, "payments:by hand", one_round, idle_s=IDLE_S)


async def register_paybill(payment_context: DarajaContext) -> None:
    """Name our addresses for payments by hand to Daraja, until it has them."""
    settings = payment_context.settings
    while settings.takes_payments_by_hand and not await paybill.register(payment_context):
        await asyncio.sleep(SWEEP_S)
    await asyncio.Event().wait()


async def send_status_queries(engine: AsyncEngine, payment_context: DarajaContext) -> None:
    await run_rounds(
        engine, "payments:status_queries", lambda: status_queries.ask_what_is_due(payment_context), idle_s=IDLE_S
    )


async def compare_balances(engine: AsyncEngine, payment_context: DarajaContext) -> None:
    """Ask M-Pesa now and then what our account holds. Its answer is a post like any other."""

    async def one_round() -> bool:
        await ask_for_balance(payment_context)
        return False

    await run_rounds(engine, "balances", one_round, idle_s=payment_context.settings.balance_check_every_s)


async def forget_old_forgeries(sessions: Sessions) -> None:
    """Clear alerts about forged callbacks after a day of silence."""
    while True:
        async with sessions.begin() as session:
            await session.execute(
                update(Alert)
                .where(
                    Alert.kind == AlertKind.FORGED_CALLBACK,
                    Alert.cleared_at.is_(None),
                    Alert.last_seen_at < utc_now() - FORGERY_IS_OLD_AFTER,
                )
                .values(cleared_at=utc_now())
            )
        await asyncio.sleep(SWEEP_S)
