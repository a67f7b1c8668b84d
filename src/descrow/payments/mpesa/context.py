"""Define what a process needs to take M-Pesa; made once at its start."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Self

from valkey.asyncio import Valkey

from descrow.catalog.rates import RateSource
from descrow.kernel.db import Sessions
from descrow.mpesa.settings import MpesaSettings
from descrow.payments.mpesa.callback_inbox import CallbackInbox
from descrow.payments.mpesa.daraja_context import DarajaContext
from descrow.payments.mpesa.models import CallbackKind
from descrow.payments.rates import open_rates

ALERT_EVERY_S = 10
MOST_CALLBACKS = 20
MOST_ANSWERS = 1_000
"""Of a question that is asked again for as long as M-Pesa decides nothing: each time it answers at the same address."""
_ANSWERED_EACH_TIME = frozenset(
    {CallbackKind.TRANSACTION, CallbackKind.TRANSACTION_TIMEOUT, CallbackKind.REVERSAL, CallbackKind.REVERSAL_TIMEOUT}
)
MOST_ADDRESSES = 10_000


@dataclass
class AlertThrottle:
    """Limits alerts of forged callbacks: anybody may post anything, and not each such post is worth a row."""

    _last_alert_at: float = -ALERT_EVERY_S

    def may_alert(self) -> bool:
        """Say if some time has passed since the last alert, and count this one if so."""
        if time.monotonic() - self._last_alert_at < ALERT_EVERY_S:
            return False
        self._last_alert_at = time.monotonic()
        return True


@dataclass
class CallbackCounter:
    """Counts callbacks by address. Whoever knows one may post to it for ever; Daraja posts once for each request."""

    _counts: OrderedDict[tuple[str, int], int] = field(default_factory=OrderedDict)

    def is_within_limit(self, kind: str, about_id: int) -> bool:
        """Count a callback. The addresses posted to last are remembered, as many as fit."""
        count = self._counts.pop((kind, about_id), 0) + 1
        self._counts[(kind, about_id)] = count
        if len(self._counts) > MOST_ADDRESSES:
            self._counts.popitem(last=False)
        return count <= (MOST_ANSWERS if kind in _ANSWERED_EACH_TIME else MOST_CALLBACKS)


@dataclass(frozen=True)
class PaymentContext:
    payment_context: DarajaContext
    rates: RateSource
    callback_inbox: CallbackInbox
    alert_throttle: AlertThrottle = field(default_factory=AlertThrottle)
    callback_counter: CallbackCounter = field(default_factory=CallbackCounter)

    @classmethod
    def open(cls, sessions: Sessions, valkey: Valkey, settings: MpesaSettings) -> Self:
        """Nothing is connected yet. Raises CertificateNotValid."""
        return cls(
            DarajaContext.open(sessions, valkey, settings), open_rates(settings, sessions), CallbackInbox(sessions)
        )

    async def close(self) -> None:
        await self.payment_context.close()
        await self.rates.close()

    def is_unknown_sender(self, sender: str | None) -> bool:
        """Say if the operator has listed Daraja's senders, and this is not one of them."""
        known = [name.strip() for name in self.payment_context.settings.callback_senders.split(",") if name.strip()]
        return bool(known) and sender not in known
