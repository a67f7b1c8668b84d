"""Limit how often new accounts of one network may do in a day what costs the operator money, or others their peace.

Accounts cost nothing, so a limit for each account alone limits nobody. Like all rate limits, these are off while Valkey
is away: what must hold then is counted in the database.
"""

from dataclasses import dataclass

import structlog
from litestar.types import Scope
from pyrate_limiter import Rate
from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError

from descrow.kernel.http.addresses import address_of, network_of, site_of
from descrow.kernel.http.limits import TooManyRequests
from descrow.kernel.token_bucket import take_token

log = structlog.get_logger(__name__)

DAY_MS = 24 * 60 * 60 * 1000
NETWORKS_OF_A_SITE = 3
"""A machine that rents a /48 has 65,536 networks; together they count as so many."""


@dataclass(frozen=True)
class NetworkLimits:
    """`factor` multiplies every limit; 0 means that nobody is limited."""

    valkey: Valkey
    proxies: int
    factor: int

    async def charge(self, scope: Scope, what: str, *, per_day: int) -> None:
        """Count one of `what` for the caller's network, and for all of its site. Raises TooManyRequests."""
        if self.factor == 0:
            return
        address = address_of(scope, proxies=self.proxies)
        await self._take(f"day:{what}:network:{network_of(address)}", per_day)
        site = site_of(address)
        if site is not None:
            await self._take(f"day:{what}:site:{site}", per_day * NETWORKS_OF_A_SITE)

    async def _take(self, key: str, per_day: int) -> None:
        rate = Rate(per_day * self.factor, DAY_MS, burst=per_day * self.factor)
        try:
            wait_ms = await take_token(self.valkey, key, rate)
        except ValkeyError as error:
            log.warning("limits of networks are off: Valkey is away", error=str(error))
            return
        if wait_ms is not None:
            raise TooManyRequests.for_ms(wait_ms)
