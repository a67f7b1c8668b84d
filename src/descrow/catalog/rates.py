"""The rate between the two currencies of prices, for whoever compares or converts them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class Rate:
    """So many KES cents for a DOT, rounded down, at that moment."""

    kes_cents_per_dot: int
    at: datetime
    source: str


class RateSource(Protocol):
    """A place where the rate comes from."""

    async def rate(self) -> Rate:
        """Return the newest rate. Raises RateNotAvailable where there is none that is young enough."""
        ...

    async def close(self) -> None:
        """Give back its connections."""
        ...
