"""Define what a DOT is worth in shillings, from somebody who says so; in integers from there on."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog

from descrow.catalog.errors import RateNotAvailable
from descrow.catalog.rates import Rate, RateSource
from descrow.kernel.db import utc_now
from descrow.mpesa.settings import MpesaSettings

log = structlog.get_logger(__name__)

ASK_AGAIN_S = 30
TIMEOUT_S = 5
_LARGEST_CENTS = 10**12
_AHEAD = timedelta(minutes=5)
"""How far the source's clock may be before ours."""

_JSON = msgspec.json.Decoder(float_hook=Decimal)


class FixedRate:
    """A rate that an operator set, and that never moves: for trying out."""

    def __init__(self, kes_cents_per_dot: int) -> None:
        self._kes_cents_per_dot = kes_cents_per_dot

    async def rate(self) -> Rate:
        return Rate(self._kes_cents_per_dot, utc_now(), "fixed")

    async def close(self) -> None:
        return None


class HttpRate:
    """A rate that is asked for over HTTP, at most every half minute, and kept while it is young enough.

    The answer is read as CoinGecko's `simple/price?ids=polkadot&vs_currencies=kes&include_last_updated_at=true` has it:
    `{"polkadot": {"kes": 523.41, "last_updated_at": 1711356300}}`.
    """

    def __init__(self, url: str, *, max_age_s: int, http: httpx.AsyncClient | None = None) -> None:
        self._url = url
        self._max_age = timedelta(seconds=max_age_s)
        self._http = http or httpx.AsyncClient(timeout=TIMEOUT_S)
        self._kept: Rate | None = None
        self._asked_at: datetime | None = None
        self._one_asks = asyncio.Lock()

    async def rate(self) -> Rate:
        async with self._one_asks:
            if self._asked_at is None or utc_now() - self._asked_at > timedelta(seconds=ASK_AGAIN_S):
                self._asked_at = utc_now()
                self._kept = await self._ask() or self._kept
        kept = self._kept
        if kept is None or utc_now() - kept.at > self._max_age:
            raise RateNotAvailable
        return kept

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self) -> Rate | None:
        try:
            answer = await self._http.get(self._url)
            answer.raise_for_status()
            return _read(answer.content, source=urlsplit(self._url).hostname or "")
        except (httpx.HTTPError, ValueError, ArithmeticError) as error:
            log.warning("no rate", error=f"{type(error).__name__}: {error}")
            return None


def open_rates(settings: MpesaSettings) -> RateSource:
    """The source that the settings name."""
    if settings.kes_cents_per_dot is not None:
        return FixedRate(settings.kes_cents_per_dot)
    return HttpRate(settings.rate_url or "", max_age_s=settings.rate_max_age_s)


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
