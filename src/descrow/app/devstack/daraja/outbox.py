"""Callbacks and results on their way to the merchant. Each is sent once, or as often as a fault says."""

import asyncio
import ssl
from collections import defaultdict
from enum import StrEnum

import httpx
import msgspec

from descrow.app.devstack.daraja.clock import MS, now_ms
from descrow.app.devstack.daraja.faults import Fault, Switchboard
from descrow.app.devstack.daraja.settings import SimulatorSettings
from descrow.app.devstack.daraja.store import Store
from descrow.app.devstack.daraja.timers import Timers
from descrow.app.devstack.daraja.transactions import Transactions
from descrow.app.devstack.daraja.wire import JSON_TYPE, Body, encode
from descrow.app.devstack.daraja.wordings import BYTES, REWORDINGS, Bytes, reworded, written

SENDERS = 32
KEEP_CONNECTION_S = 1.0  # so short that no merchant has closed it, which would lose the next callback
DRAIN_S = 2.0


class OutboxKind(StrEnum):
    STK = "stk"
    FORGED = "forged"
    RESULT = "result"
    TIMEOUT = "timeout"
    CONFIRMATION = "confirmation"


class CallbackState(StrEnum):
    WAITING = "waiting"
    HELD = "held"
    SENT = "sent"
    LOST = "lost"


class Callback(msgspec.Struct, frozen=True):
    """A row of `callbacks`; schema.sql says what its columns mean."""

    callback_id: int
    number: int
    kind: OutboxKind
    url: str
    body: str
    written_as: Bytes
    state: CallbackState
    due_at_ms: int
    sent_at_ms: int | None
    answer: str | None


class KindFaults(msgspec.Struct, frozen=True):
    """Describe what may befall a kind of callback on its way."""

    lost: Fault
    delayed: Fault
    doubled: Fault
    reordered: Fault | None = None


FAULTS_OF = {
    OutboxKind.STK: KindFaults(
        Fault.CALLBACK_LOST, Fault.CALLBACK_DELAYED, Fault.CALLBACK_DOUBLED, Fault.CALLBACK_REORDERED
    ),
    OutboxKind.RESULT: KindFaults(Fault.RESULT_LOST, Fault.RESULT_DELAYED, Fault.RESULT_DOUBLED),
    OutboxKind.CONFIRMATION: KindFaults(
        Fault.CONFIRMATION_LOST, Fault.CONFIRMATION_DELAYED, Fault.CONFIRMATION_DOUBLED
    ),
}


class Outbox:
    """Rows of `callbacks`, and the tasks that send them."""

    def __init__(
        self,
        store: Store,
        transactions: Transactions,
        switchboard: Switchboard,
        timers: Timers,
        settings: SimulatorSettings,
    ) -> None:
        self._store = store
        self._transactions = transactions
        self._switchboard = switchboard
        self._timers = timers
        self._settings = settings
        self._queue: asyncio.Queue[int] = asyncio.Queue()
        self._held: dict[int, int] = {}  # callback id → transaction number
        self._awaited: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)
        self._senders: list[asyncio.Task[None]] = []
        self._tls = ssl.create_default_context()

    def add(self, number: int, kind: OutboxKind, url: str, body: Body) -> None:
        """Enter a callback, inside a `change` of the store. It leaves when the change is complete."""
        text = encode(body)
        faults = FAULTS_OF.get(kind)
        if faults is None:
            self._enter(number, kind, url, text)
            return
        text = reworded(text, [wording for wording in REWORDINGS if self._switchboard.strikes(wording, number)])
        if self._switchboard.strikes(faults.lost, number):
            self._enter(number, kind, url, text, state=CallbackState.LOST)
            return
        doubled = self._switchboard.strikes(faults.doubled, number)
        delayed = self._switchboard.strikes(faults.delayed, number)
        reordered = faults.reordered is not None and self._switchboard.strikes(faults.reordered, number)
        delay_s = self._switchboard.delay_s(faults.delayed) if delayed else 0.0
        if reordered and faults.reordered is not None:
            hold_s = self._switchboard.delay_s(faults.reordered)
            self._enter(number, kind, url, text, state=CallbackState.HELD, delay_s=max(hold_s, delay_s))
        else:
            self._enter(number, kind, url, text, delay_s=delay_s)
        if doubled:
            self._enter(number, kind, url, text, delay_s=delay_s)

    async def first_sent(self, number: int, *, within_s: float) -> None:
        """Wait until this transaction's first callback was sent, or was lost, but no longer than so."""
        try:
            async with asyncio.timeout(within_s):
                await self._awaited[number].wait()
        except TimeoutError:
            self._transactions.note(number, "ack_released", "no callback was sent in time")
        finally:
            self._awaited.pop(number, None)

    def of(self, number: int) -> list[Callback]:
        return self._store.all(Callback, "SELECT * FROM callbacks WHERE number = ? ORDER BY callback_id", number)

    def start(self) -> None:
        """Begin to send; what a crash kept from being sent goes first, or is lost, as the settings say."""
        self._resume()
        self._senders = [asyncio.create_task(self._send_all()) for _ in range(SENDERS)]

    async def stop(self) -> None:
        """Send what is due, for a moment, and no more."""
        try:
            async with asyncio.timeout(DRAIN_S):
                await self._queue.join()
        except TimeoutError:
            pass  # the rows remain, and leave at the next start
        await self.halt()

    async def halt(self) -> None:
        """Send nothing more, and forget what was due."""
        for sender in self._senders:
            sender.cancel()
        await asyncio.gather(*self._senders, return_exceptions=True)
        self._senders = []
        self._queue = asyncio.Queue()
        self._held.clear()

    def _enter(
        self,
        number: int,
        kind: OutboxKind,
        url: str,
        body: str,
        *,
        state: CallbackState = CallbackState.WAITING,
        delay_s: float = 0.0,
    ) -> None:
        due_at_ms = now_ms() + int(delay_s * MS)
        struck = [how for fault, how in BYTES.items() if kind in FAULTS_OF and self._switchboard.strikes(fault, number)]
        callback_id = self._store.run(
            "INSERT INTO callbacks (number, kind, url, body, written_as, state, due_at_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            number,
            kind,
            url,
            body,
            struck[0] if struck else Bytes.PLAIN,
            state,
            due_at_ms,
        )
        # Both happen on the loop after our caller is through, so after its change was kept.
        if state is CallbackState.LOST:
            asyncio.get_running_loop().call_soon(self._release_ack, number)
        else:
            self._schedule(callback_id, number, held=state is CallbackState.HELD, delay_s=delay_s)

    def _schedule(self, callback_id: int, number: int, *, held: bool, delay_s: float) -> None:
        if held:
            self._held[callback_id] = number
        self._timers.after(delay_s, ("callback", callback_id), lambda: self._dispatch(callback_id))

    def _dispatch(self, callback_id: int) -> None:
        self._held.pop(callback_id, None)
        self._queue.put_nowait(callback_id)

    async def _send_all(self) -> None:
        async with self._new_client() as client:
            while True:
                callback_id = await self._queue.get()
                try:
                    await self._send(callback_id, client)
                finally:
                    self._queue.task_done()

    def _new_client(self) -> httpx.AsyncClient:
        """One connection for each sender: a shared pool would cost more than all else that a payment needs."""
        return httpx.AsyncClient(
            verify=self._tls,
            timeout=self._settings.callback_timeout_s,
            limits=httpx.Limits(max_connections=1, keepalive_expiry=KEEP_CONNECTION_S),
            headers={"Content-Type": JSON_TYPE, "Businessshortcode": self._settings.shortcode},
            trust_env=False,  # a proxy has no business between us and a loopback address
        )

    async def _send(self, callback_id: int, client: httpx.AsyncClient) -> None:
        callback = self._store.first(
            Callback,
            "UPDATE callbacks SET state = 'sent', sent_at_ms = ? WHERE callback_id = ? AND state IN ('waiting', 'held')"
            " RETURNING *",
            now_ms(),
            callback_id,
        )
        if callback is None:  # the change that entered it was undone
            return
        answer = await self._post(callback, client)
        self._store.run("UPDATE callbacks SET answer = ? WHERE callback_id = ?", answer, callback_id)
        self._transactions.note(callback.number, "callback_sent", f"{callback.kind}: {answer}")
        if callback.kind not in (OutboxKind.FORGED, OutboxKind.CONFIRMATION):
            self._release_ack(callback.number)
        self._release_held(after=callback.number)

    async def _post(self, callback: Callback, client: httpx.AsyncClient) -> str:
        try:
            response = await client.post(callback.url, content=written(callback.body, callback.written_as))
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return type(error).__name__
        return str(response.status_code)

    def _release_ack(self, number: int) -> None:
        if (event := self._awaited.get(number)) is not None:
            event.set()

    def _release_held(self, *, after: int) -> None:
        """Let those go that were held until another transaction's callback had been sent."""
        for callback_id, number in list(self._held.items()):
            if number != after:
                self._timers.cancel(("callback", callback_id))
                self._dispatch(callback_id)

    def _resume(self) -> None:
        unsent = self._store.all(
            Callback, "SELECT * FROM callbacks WHERE state IN ('waiting', 'held') ORDER BY callback_id"
        )
        for callback in unsent:
            if self._settings.after_restart == "lose":
                self._store.run("UPDATE callbacks SET state = 'lost' WHERE callback_id = ?", callback.callback_id)
                self._transactions.note(
                    callback.number, "callback_lost", "the simulator was stopped before it was sent"
                )
                continue
            self._schedule(
                callback.callback_id,
                callback.number,
                held=callback.state is CallbackState.HELD,
                delay_s=(callback.due_at_ms - now_ms()) / MS,
            )
