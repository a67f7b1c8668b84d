"""A witness whose head stands still holds up every fact, and says nothing wrong: an operator must hear of it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from descrow.incidents.alerts import keep_alert
from descrow.incidents.models import AlertKind

MAY_STAND_S = 120
"""Several times what a live chain takes to make blocks final."""


@dataclass
class WitnessWatch:
    """Remembers since when each witness has told the same final block."""

    clock: Callable[[], float] = time.monotonic
    _since: dict[int, tuple[int, float]] = field(default_factory=dict)
    """By the witness's place in the settings: its newest final block, and when it was first told."""
    _known: dict[int, bool] = field(default_factory=dict)
    """What the rows say by now: whether there is an alert."""

    async def look(self, session: AsyncSession, reported: Sequence[int], *, final: int) -> None:
        """Raise an alert for each witness that has stood still for long below `final`, clear it when it moves on."""
        now = self.clock()
        for place, number in enumerate(reported, start=1):
            if self._since.get(place, (None, now))[0] != number:
                self._since[place] = number, now
            has_stood_s = now - self._since[place][1]
            stands = number < final and has_stood_s > MAY_STAND_S
            if stands or self._known.get(place) is not False:
                await keep_alert(
                    session,
                    AlertKind.WITNESS_STANDS_STILL,
                    subject=f"witness {place}",
                    is_there=stands,
                    block=number,
                    final_block=final,
                )
            self._known[place] = stands
