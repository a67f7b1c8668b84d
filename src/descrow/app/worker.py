"""The worker: indexer, projector, transaction submitters, deadlines and reconciler.

Each is begun again when a part it needs was gone. Any number of workers may run. An advisory lock picks the one that
follows, another the one that sends for a key; the rest wait, and take over when the holder's connection to PostgreSQL
ends.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from descrow.app.context import AppContext
from descrow.app.housekeeping import keep_house
from descrow.app.settings import Settings
from descrow.app.wiring import wire
from descrow.chain.errors import ChainUnreachable, RpcRefused, SignerUnreachable, WrongChain
from descrow.chain.keys import EvmAddress, Signer
from descrow.chain.signers import open_signer
from descrow.contract.calls import CHANNEL
from descrow.contract.errors import NotDeployed
from descrow.contract.escrow import EscrowContract, get_deployment
from descrow.contract.indexer import Indexer
from descrow.contract.models import Deployment, SignerRole
from descrow.contract.signer_monitor import watch_signer
from descrow.contract.spending import SpendingLimits
from descrow.contract.submitter import TransactionSubmitter
from descrow.kernel.db import KEEPALIVE_S, advisory_lock, is_database_away, listen, still_held
from descrow.kernel.errors import Unavailable
from descrow.kernel.money import Planck
from descrow.kernel.retry.runner import run_rounds
from descrow.notifications.deliveries import deliver
from descrow.notifications.models import Channel
from descrow.orders import deadlines, projector, reconciliation, reminders, reservations
from descrow.orders.obsolete_calls import is_obsolete
from descrow.orders.rebuild import LogIsEmpty
from descrow.payments.mpesa import jobs as payment_jobs
from descrow.payments.mpesa.callback_inbox import CHANNEL as POSTED
from descrow.payments.mpesa.daraja_context import DarajaContext

log = structlog.get_logger(__name__)

RETRY_S = 1
STUCK_RETRY_S = 15
IDLE_S = 2
SWEEP_S = 10
WATCH_S = 30


async def run_worker(parts: AppContext, stopping: asyncio.Event | None = None) -> None:
    """Work until cancelled. Raises KeyNotUsable when a key that is set cannot be used.

    Set `stopping` before cancelling: a task whose cancellation a library swallows then ends all the same.
    """
    wire(parts.payment_methods)
    keep_on = partial(for_ever, stopping or asyncio.Event())
    signers = await _open_signers(parts)
    deployment = await _wait_for_deployment(parts)
    worker = _Worker(parts, deployment, signers)
    addresses = {role.value: signer.address for role, signer in signers.items()}
    log.info("worker started", contract=deployment.contract_address, **addresses)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(keep_on("indexer", worker.follow))
        tasks.create_task(keep_on("projection", worker.project))
        for role in signers:
            tasks.create_task(keep_on(f"sender of the {role}", partial(worker.send, role)))
            tasks.create_task(keep_on(f"watch over the {role}", partial(worker.watch, role)))
        tasks.create_task(keep_on("deadlines", worker.sweep))
        tasks.create_task(keep_on("unpaid pieces", worker.release_pieces))
        tasks.create_task(keep_on("reconciler", worker.reconcile))
        tasks.create_task(keep_on("call notices", worker.listen))
        tasks.create_task(keep_on("housekeeping", partial(keep_house, parts)))
        for channel in (*sorted(parts.notifications.offered), Channel.WEBHOOK):
            tasks.create_task(
                keep_on(f"{channel} messages", partial(deliver, parts.engine, parts.notifications, channel))
            )
        if parts.mpesa is not None:
            for name, work in worker.mpesa_work(parts.mpesa.payment_context).items():
                tasks.create_task(keep_on(name, work))


async def _open_signers(parts: AppContext) -> dict[SignerRole, Signer]:
    """Return whose keys this process signs with. Calls of a role that it has no key of wait for a process that has
    it.
    """
    while True:
        try:
            return {role: await open_signer(source, parts.chain) for role, source in parts.signer_keys.items()}
        except Unavailable as error:
            log.warning("a signer cannot be opened yet", why=error.detail)
            await asyncio.sleep(RETRY_S)


def _limits(settings: Settings, role: SignerRole) -> SpendingLimits:
    per_day = {
        SignerRole.OPERATOR: settings.operator_planck_per_day,
        SignerRole.ORACLE: settings.oracle_planck_per_day,
    }[role]
    return SpendingLimits(
        fee=Planck(settings.max_fee_planck),
        deposit=Planck(settings.max_deposit_planck),
        per_day=None if per_day is None else Planck(per_day),
    )


class _Worker:
    def __init__(self, parts: AppContext, deployment: Deployment, signers: dict[SignerRole, Signer]) -> None:
        self._parts = parts
        self._deployment = deployment
        self._signers = signers
        self._has_events = asyncio.Event()
        self._calls_changed = {role: asyncio.Event() for role in signers}

    async def follow(self) -> None:
        indexer = Indexer(
            self._parts.sessions, self._parts.chain, self._deployment, self._parts.witnesses, self._has_events
        )
        async with (
            # The name that version 0.1 gave the lock: a worker of either version waits for the other during an upgrade.
            advisory_lock(self._parts.engine, f"follower:{self._deployment.contract_address}") as lock,
            asyncio.TaskGroup() as tasks,
        ):
            following = tasks.create_task(indexer.run())
            tasks.create_task(_hold(lock, while_running=following))

    async def project(self) -> None:
        """Apply events to orders, under a lock of its own: an order's events are applied by one process at a time."""

        async def one_round() -> bool:
            _, is_more_due = await projector.apply_batch(self._parts.sessions)
            self._wake_senders()  # a final block may have ended what was open
            return is_more_due

        lock_name = f"projection:{self._deployment.contract_address}"
        await run_rounds(self._parts.engine, lock_name, one_round, idle_s=IDLE_S, wake_up=self._has_events)

    async def send(self, role: SignerRole) -> None:
        signer, changed = self._signers[role], self._calls_changed[role]
        address = EvmAddress(self._deployment.contract_address)
        limits = _limits(self._parts.settings, role)
        sender = TransactionSubmitter(
            self._parts.sessions, self._parts.chain, signer, address, role, limits, is_obsolete=is_obsolete
        )
        lock_name = f"sender:{signer.address}"
        await run_rounds(self._parts.engine, lock_name, sender.step, idle_s=IDLE_S, wake_up=changed)

    async def sweep(self) -> None:
        while True:
            await deadlines.queue_due_settlements(self._parts.sessions)
            await reminders.send_due_reminders(self._parts.sessions)
            await asyncio.sleep(SWEEP_S)

    async def release_pieces(self) -> None:
        while True:
            await reservations.release_pieces(self._parts.sessions)
            await asyncio.sleep(SWEEP_S)

    async def watch(self, role: SignerRole) -> None:
        low_balance = Planck(self._parts.settings.low_balance_planck)
        limits = _limits(self._parts.settings, role)
        contract = EscrowContract(self._parts.chain, EvmAddress(self._deployment.contract_address))
        while True:
            await watch_signer(
                self._parts.sessions,
                contract,
                self._signers[role],
                role,
                low_balance=low_balance,
                limits=limits,
            )
            await asyncio.sleep(WATCH_S)

    async def reconcile(self) -> None:
        """Compare with the contract now and then; one process does it for all."""
        contract = EscrowContract(self._parts.chain, EvmAddress(self._deployment.contract_address))

        async def one_round() -> bool:
            try:
                await reconciliation.reconcile(self._parts.sessions, contract)
            except LogIsEmpty:  # the indexer has not come so far yet
                await asyncio.sleep(RETRY_S)
                return True
            return False

        await run_rounds(
            self._parts.engine,
            f"reconciler:{self._deployment.contract_address}",
            one_round,
            idle_s=self._parts.settings.reconcile_every_s,
        )

    def mpesa_work(self, payment_context: DarajaContext) -> dict[str, Callable[[], Awaitable[None]]]:
        """Return what there is to do in a shop that takes M-Pesa, by its names."""
        engine, posted = self._parts.engine, asyncio.Event()
        url = self._parts.settings.database_url.get_secret_value()
        return {
            "post notices": lambda: listen(url, POSTED, lambda _: posted.set(), began=posted.set),
            "posts": lambda: payment_jobs.read_callbacks(engine, payment_context, posted),
            "payments": lambda: payment_jobs.process_due_payments(engine, payment_context),
            "payouts": lambda: payment_jobs.make_payouts(engine, payment_context),
            "payments by hand": lambda: payment_jobs.settle_hand_payments(engine, payment_context),
            "paybill": lambda: payment_jobs.register_paybill(payment_context),
            "status_queries": lambda: payment_jobs.send_status_queries(engine, payment_context),
            "balances": lambda: payment_jobs.compare_balances(engine, payment_context),
            "old forgeries": lambda: payment_jobs.forget_old_forgeries(self._parts.sessions),
        }

    async def listen(self) -> None:
        """Wake the senders as soon as a call is queued anywhere."""
        url = self._parts.settings.database_url.get_secret_value()
        await listen(url, CHANNEL, lambda _: self._wake_senders(), began=self._wake_senders)

    def _wake_senders(self) -> None:
        for changed in self._calls_changed.values():
            changed.set()


async def _wait_for_deployment(parts: AppContext) -> Deployment:
    while True:
        with suppress(NotDeployed, SQLAlchemyError, OSError):
            async with parts.sessions() as session:
                return await get_deployment(session)
        log.info("waiting for a contract to be deployed")
        await asyncio.sleep(RETRY_S)


async def for_ever(stopping: asyncio.Event, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Start `work` again whenever a part it needs was gone; what nobody here can mend is tried again more slowly.

    It ends when it is cancelled, and when it fails while all is to stop: a library that is cancelled while its
    connection breaks may tell of the connection only. (`Task.cancelling` does not tell this: a task group that failed
    may leave its count above zero.)
    """
    while True:
        try:
            await work()
        except Exception as error:  # every kind ends here: logged, and the work begun anew
            if stopping.is_set():
                return
            gone = _is_outage(error)
            log.warning("interrupted", task=name, error=str(error), exc_info=None if gone else error)
            await asyncio.sleep(RETRY_S if gone else STUCK_RETRY_S)
        else:
            await asyncio.sleep(RETRY_S)


def _is_outage(error: BaseException) -> bool:
    """Return whether the chain or the database was away, which passes, rather than a fault, which is logged whole."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_outage(part) for part in error.exceptions)
    if isinstance(error, WrongChain):
        return False
    return isinstance(error, (ChainUnreachable, SignerUnreachable, RpcRefused, TimeoutError)) or is_database_away(error)


async def _hold(lock: AsyncConnection, *, while_running: asyncio.Task[None]) -> None:
    """Fail when the lock's connection is gone, which ends the work done under it; end when the work has ended."""
    while not while_running.done():
        await still_held(lock)
        await asyncio.wait([while_running], timeout=KEEPALIVE_S)
