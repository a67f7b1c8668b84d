"""Define what a DOT is worth in shillings, from somebody who says so; in integers from there on."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Self
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from descrow.catalog.errors import RateNotAvailable
from descrow.catalog.rates import Rate, RateSource
from descrow.incidents.alerts import keep_alert
from descrow.incidents.models import AlertKind
from descrow.kernel.db import Base, Sessions, utc_now
from descrow.mpesa.settings import MpesaSettings

log = structlog.get_logger(__name__)

ASK_AGAIN_S = 30
TIMEOUT_S = 5
_LARGEST_CENTS = 10**12
_AHEAD = timedelta(minutes=5)
"""How far the source's clock may be before ours."""

LAST_RATE_COUNTS_FOR = timedelta(days=1)
"""An older one says nothing of the next. Until then, a rate that jumped is not used, and the shop converts nothing."""

LAST_RATE_STANDS_FOR = timedelta(hours=1)
"""Before a newer one takes its place: many small steps are not to lead far away in a few minutes."""

_JSON = msgspec.json.Decoder(float_hook=Decimal)


class FixedRate:
    """A rate that an operator set, and that never moves: for trying out."""

    def __init__(self, kes_cents_per_dot: int) -> None:
        self._kes_cents_per_dot = kes_cents_per_dot

    async def rate(self) -> Rate:
        return Rate(self._kes_cents_per_dot, utc_now(), "fixed")

    async def close(self) -> None:
        return None


class LastRate(Base):
    """Keep a rate of a source that was used, for every process: what the next ones are held against."""

    __tablename__ = "last_rates"

    source: Mapped[str] = mapped_column(primary_key=True)
    kes_cents_per_dot: Mapped[int]
    used_at: Mapped[datetime]


@dataclass(frozen=True)
class RateBounds:
    """Say what a rate may be to be used; the operator sets it."""

    smallest: int | None = None
    largest: int | None = None
    """In KES cents for a DOT."""
    largest_change_percent: int = 25
    """Against the last rate that was kept, which is of the last hour as a rule."""

    @classmethod
    def of(cls, settings: MpesaSettings) -> Self:
        """Return what the operator has set."""
        return cls(
            smallest=settings.rate_min_kes_cents_per_dot,
            largest=settings.rate_max_kes_cents_per_dot,
            largest_change_percent=settings.rate_max_change_percent,
        )

    def objection(self, kes_cents_per_dot: int, last: int | None) -> str | None:
        """Say why this rate is not used, after `last` was; None where it is."""
        if self.smallest is not None and kes_cents_per_dot < self.smallest:
            return "below the smallest"
        if self.largest is not None and kes_cents_per_dot > self.largest:
            return "above the largest"
        if last is not None:
            higher, lower = max(kes_cents_per_dot, last), min(kes_cents_per_dot, last)
            if higher * 100 > lower * (100 + self.largest_change_percent):
                return "too far from the last rate"
        return None


DEFAULT_BOUNDS = RateBounds()


class HttpRate:
    """A rate that is asked for over HTTP, at most every half minute, and kept while it is young enough.

    One that is out of bounds is not used, and raises an alert: one wrong answer of one source would sell everything
    for nothing. The last rate counts for a day, so a change that lasts is believed in the end.

    The answer is read as CoinGecko's `simple/price?ids=polkadot&vs_currencies=kes&include_last_updated_at=true` has it:
    `{"polkadot": {"kes": 523.41, "last_updated_at": 1711356300}}`.
    """

    def __init__(
        self,
        url: str,
        *,
        max_age_s: int,
        sessions: Sessions,
        bounds: RateBounds = DEFAULT_BOUNDS,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        self._url = url
        self._source = urlsplit(url).hostname or ""
        self._sessions = sessions
        self._bounds = bounds
        self._max_age = timedelta(seconds=max_age_s)
        self._http = http or httpx.AsyncClient(timeout=TIMEOUT_S)
        self._kept: Rate | None = None
        self._asked_at: datetime | None = None
        self._one_asks = asyncio.Lock()

    async def rate(self) -> Rate:
        async with self._one_asks:
            if self._asked_at is None or utc_now() - self._asked_at > timedelta(seconds=ASK_AGAIN_S):
                self._asked_at = utc_now()
                asked = await self._ask()
                if asked is not None:
                    self._kept = asked if await self._is_used(asked) else None
        kept = self._kept
        if kept is None or utc_now() - kept.at > self._max_age:
            raise RateNotAvailable
        return kept

    async def close(self) -> None:
        await self._http.aclose()

    async def _is_used(self, rate: Rate) -> bool:
        """Hold the rate against the bounds and the last one; keep it as the last one, or raise the alert."""
        now = utc_now()
        async with self._sessions.begin() as session:
            last = await session.get(LastRate, self._source)
            counts = last is not None and now - last.used_at < LAST_RATE_COUNTS_FOR
            before = last.kes_cents_per_dot if last is not None and counts else None
            objection = self._bounds.objection(rate.kes_cents_per_dot, before)
            await keep_alert(
                session,
                AlertKind.RATE_NOT_PLAUSIBLE,
                subject=self._source,
                is_there=objection is not None,
                why=objection,
                kes_cents_per_dot=rate.kes_cents_per_dot,
                last_kes_cents_per_dot=before,
            )
            is_old = last is None or now - last.used_at > LAST_RATE_STANDS_FOR
            if objection is None and is_old:
                used = {"kes_cents_per_dot": rate.kes_cents_per_dot, "used_at": now}
                row = insert(LastRate).values(source=self._source, **used)
                await session.execute(row.on_conflict_do_update(index_elements=[LastRate.source], set_=used))
        return objection is None

    async def _ask(self) -> Rate | None:
        try:
            answer = await self._http.get(self._url)
            answer.raise_for_status()
            return _read(answer.content, source=self._source)
        except (httpx.HTTPError, ValueError, ArithmeticError) as error:
            log.warning("no rate", error=f"{type(error).__name__}: {error}")
            return None


def open_rates(settings: MpesaSettings, sessions: Sessions) -> RateSource:
    """The source that the settings name."""
    if settings.kes_cents_per_dot is not None:
        return FixedRate(settings.kes_cents_per_dot)
    return HttpRate(
        settings.rate_url or "",
        max_age_s=settings.rate_max_age_s,
        sessions=sessions,
        bounds=RateBounds.of(settings),
    )


def _read(body: bytes, *, source: str) -> Rate:
    """Raises ValueError, or ArithmeticError for a number that is none."""
    document = _JSON.decode(body)
    if not isinstance(document, dict) or not isinstance(document.get("polkadot"), dict):
        raise ValueError("no rate of polkadot in the answer")
    price, updated_at = document["polkadot"].get("kes"), document["polkadot"].get("last_updated_at")
    if isinstance(price, bool) or not isinstance(price, int | Decimal):
        raise ValueError("no price in kes in the answer")
    if isinstance(updated_at, bool) or not isinstance(updated_at, int) or not 0 < updated_at < 10**11:
        raise ValueError("the answer does not say how old it is")
    if not 0 < price < _LARGEST_CENTS:
        raise ValueError("a price that cannot be")
    try:
        kes_cents = int(price * 100)
    except InvalidOperation as error:
        raise ValueError("a price that cannot be") from error
    at = datetime.fromtimestamp(updated_at, UTC)
    if kes_cents < 1 or at > utc_now() + _AHEAD:
        raise ValueError("a price or a time that cannot be")
    return Rate(kes_cents, at, source)
