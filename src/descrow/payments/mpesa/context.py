"""What a process needs to take M-Pesa; made once at its start."""

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
from descrow.payments.rates import open_rates

TELL_EVERY_S = 10
MOST_POSTS = 20
MOST_ADDRESSES = 10_000


@dataclass
class Forgeries:
    """Anybody may post anything; not each such post is worth a row."""

    _told_at: float = -TELL_EVERY_S

    def is_worth_telling(self) -> bool:
        """Whether some time has passed since the last one that was told."""
        if time.monotonic() - self._told_at < TELL_EVERY_S:
            return False
        self._told_at = time.monotonic()
        return True


@dataclass
class Floods:
    """Who knows an address of ours may post to it for ever; Daraja posts to each a few times at most."""

    _counts: OrderedDict[tuple[str, int], int] = field(default_factory=OrderedDict)

    def is_within_reason(self, kind: str, about_id: int) -> bool:
        """Counts a post. The addresses posted to last are remembered, as many as fit."""
        count = self._counts.pop((kind, about_id), 0) + 1
        self._counts[(kind, about_id)] = count
        if len(self._counts) > MOST_ADDRESSES:
            self._counts.popitem(last=False)
        return count <= MOST_POSTS


@dataclass(frozen=True)
class PaymentContext:
    desk: DarajaContext
    rates: RateSource
    callback_inbox: CallbackInbox
    forgeries: Forgeries = field(default_factory=Forgeries)
    floods: Floods = field(default_factory=Floods)

    @classmethod
    def open(cls, sessions: Sessions, valkey: Valkey, settings: MpesaSettings) -> Self:
        """Nothing is connected yet. Raises CertificateNotValid."""
        return cls(DarajaContext.open(sessions, valkey, settings), open_rates(settings), CallbackInbox(sessions))

    async def close(self) -> None:
        await self.desk.close()
        await self.rates.close()

    def is_stranger(self, sender: str | None) -> bool:
        """Whether the operator has said who posts to us, and this is not one of them."""
        known = [name.strip() for name in self.desk.settings.callback_senders.split(",") if name.strip()]
        return bool(known) and sender not in known
