"""The real runtime does what a plain EVM does, step by step at the same seconds, in scenarios and on random walks."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from .evm import PyEvm
from .recording import recorded_walks
from .runtime import Chain, EscrowOnRuntime, a_chain
from .scenarios import SCENARIOS
from .script import PAYEES, PEOPLE, Aims, Call, Cast, KnownPeople, Opens, Script, Wait
from .world import DOT, Outcome

WALKS = 2
MAX_BATCH = 50


@pytest.fixture(scope="module")
async def chain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chain]:
    async with a_chain(Path(tmp_path_factory.mktemp("chain"))) as chain:
        yield chain


@pytest.fixture(scope="module")
def walks() -> list[Script]:
    return recorded_walks(WALKS)


class Both:
    """One escrow on each machine, with the same people."""

    def __init__(self, runtime: EscrowOnRuntime) -> None:
        self.runtime = runtime
        self.world = KnownPeople(PyEvm())
        for person in PEOPLE.values():
            self.world.gives(person, 1_000_000 * DOT)
        self.cast = Cast.of(self.world.escrow, {kind: self.world.a_payee(kind) for kind in PAYEES})

    async def play(self, script: Script) -> list[str | None]:
        """Each step on both, compared in what it came to. Returns why calls were refused, None for one that was not.

        The runtime goes first: only it knows in which second a block was made.
        """
        refusals = []
        for number, step in enumerate(script):
            match step:
                case Wait(seconds):
                    self.runtime.chain.waits(seconds)
                case Opens(payee):
                    await self.runtime.opens(payee)
                    self.world.opens(self.cast.addresses[payee])
                case Aims(payee, function, args):
                    await self.runtime.aims(payee, function, *args)
                    self.world.aims(self.cast.addresses[payee], function, *self.cast.addressed(args))
                case Call():
                    there = await self.runtime.call(step)
                    self.world.waits_until(there.at)
                    by, args = self.cast.addressed((step.by, step.args))
                    here = self.world.call(step.function, *args, by=by, value=step.value)
                    assert _told(there.outcome, self.runtime.cast) == _told(here, self.cast), f"step {number}: {step}"
                    refusals.append(here.refusal)
        return refusals

    async def are_the_same(self) -> None:
        """Every order, offer, sheet and credit, the books and roles, and what contracts really hold."""
        self.world.waits_until(self.runtime.chain.now)
        orders, sheets = (range(1, self.world.view(f"next_{what}_id")) for what in ("order", "terms"))
        fifties = [list(orders)[start : start + MAX_BATCH] for start in range(0, len(orders), MAX_BATCH)]
        questions: list[tuple[Any, ...]] = [
            *((name,) for name in ("next_order_id", "next_terms_id", "totals", "roles", "paused")),
            *((name,) for name in ("oracle_caps", "recorded_today")),
            *(("orders", fifty) for fifty in fifties),
            *(("offer", order_id) for order_id in orders),
            *(("terms", terms_id) for terms_id in sheets),
            *(("credit_of", name) for name in (*PEOPLE, *PAYEES)),
        ]
        for function, *args in questions:
            there = self.runtime.cast.named(await self.runtime.view(function, *args))
            assert there == self.cast.named(self.world.view(function, *self.cast.addressed(args))), (function, args)
        for name in ("escrow", *PAYEES):
            assert await self.runtime.balance(name) == self.world.balance(self.cast.addresses[name]), name
        assert self.world.books_agree()


@pytest.fixture
async def both(chain: Chain) -> Both:
    both = Both(await EscrowOnRuntime.deployed(chain))
    world = both.world
    beginning = [
        Call("owner", "publish_terms", both.cast.named(tuple(world.some_terms()))),
        Call("owner", "set_oracle_caps", (world.per_order, world.per_day)),
    ]
    for call in beginning:
        assert (await both.runtime.call(call)).outcome.refusal is None
    return both


def _told(outcome: Outcome, cast: Cast) -> tuple[Any, ...]:
    events = [(event.name, cast.named(event.fields)) for event in outcome.events]
    return outcome.refusal, events, outcome.callbacks


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_scenario_goes_the_same_way_on_both_machines(both: Both, name: str) -> None:
    script = SCENARIOS[name]

    refusals = await both.play(script)

    assert refusals == [step.refused for step in script if isinstance(step, Call)]
    await both.are_the_same()


@pytest.mark.parametrize("number", range(WALKS))
async def test_a_random_walk_goes_the_same_way_on_both_machines(both: Both, walks: list[Script], number: int) -> None:
    refusals = await both.play(walks[number])

    assert len(refusals) // 2 < refusals.count(None) < len(refusals)
    await both.are_the_same()
