"""Steps of the start of a stack."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from descrow.app.devstack.process import Check


class RunningService(Protocol):
    """Something that runs until it is stopped."""

    async def stop(self) -> None: ...

    def kill(self) -> None: ...


@dataclass(frozen=True)
class Step:
    """One step of the start: `run` returns what to show beside it; a step that leaves a service running names it."""

    name: str
    run: Callable[[], Awaitable[str]]
    after: tuple[str, ...] = ()
    service: Callable[[], RunningService | None] = lambda: None


def checked(check: Check) -> Callable[[], Awaitable[str]]:
    async def run_step() -> str:
        await check()
        return "given by its URL"

    return run_step
