"""The real runtime is compared with a plain EVM, step by step at the same seconds, in scenarios and random walks."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from .environment import Outcome
from .evm import PyEvm
from .recording import recorded_walks
from .runtime import Chain, EscrowOnRuntime, a_chain
from .scenarios import SCENARIOS, confirm, create, pay, refund, ship
from .script import (
    PAYEES,
    PEOPLE,
    AddressBook,
    Call,
    CloseAccount,
    KeyholderEnvironment,
    OpenAccount,
    Script,
    SetCallback,
    StartAccepting,
    Wait,
)
from .values import AMOUNT, BY_DOT, DOT, MAX_BATCH, Terms, split_amount

pytestmark = [pytest.mark.integration, pytest.mark.takes(3)]  # on a chain of their own

WALKS = 2


@pytest.fixture(scope="module")
async def chain(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chain]:
    async with a_chain(Path(tmp_path_factory.mktemp("chain"))) as chain:
        yield chain


@pytest.fixture(scope="module")
def walks() -> list[Script]:
    return recorded_walks(WALKS)


class TwinEscrows:
    """One escrow on each machine, with the same people."""

    def __init__(self, runtime: EscrowOnRuntime) -> None:
        self.runtime = runtime
        self.environment = KeyholderEnvironment(PyEvm())
        for person in PEOPLE.values():
            self.environment.set_balance(person, 1_000_000 * DOT)
        self.address_book = AddressBook.of(
            self.environment.escrow, {kind: self.environment.a_payee(kind) for kind in PAYEES}
        )

    async def run(self, script: Script) -> list[str | None]:
        """Run each step on both machines and compare the outcomes. Return the refusals, None for a success.

        The runtime runs first, because it decides the second of a block.
        """
        refusals = []
        for number, step in enumerate(script):
            match step:
                case Wait(seconds):
                    self.runtime.chain.advance(seconds)
                case StartAccepting(payee):
                    await self.runtime.start_accepting(payee)
                    self.environment.start_accepting(self.address_book.addresses[payee])
                case SetCallback(payee, function, args):
                    await self.runtime.set_callback(payee, function, *args)
                    self.environment.set_callback(
                        self.address_book.addresses[payee], function, *self.address_book.addresses_for(args)
                    )
                case CloseAccount(person):
                    await self.runtime.close_account(person)
                    self.environment.set_balance(PEOPLE[person], 0)
                case OpenAccount(person):
                    await self.runtime.open_account(person)
                    self.environment.set_balance(PEOPLE[person], 1_000 * DOT)
                case Call():
                    on_runtime = await self.runtime.call(step)
                    self.environment.advance_to(on_runtime.at)
                    by, args = self.address_book.addresses_for((step.by, step.args))
                    on_evm = self.environment.call(step.function, *args, by=by, value=step.value)
                    assert _comparable(on_runtime.outcome, self.runtime.address_book) == _comparable(
                        on_evm, self.address_book
                    ), f"step {number}: {step}"
                    refusals.append(on_evm.refusal)
        return refusals

    async def assert_same_state(self) -> None:
        """Compare all orders, offers, terms, credits, totals, roles and balances."""
        self.environment.advance_to(self.runtime.chain.now)
        orders, terms_ids = (range(1, self.environment.view(f"next_{what}_id")) for what in ("order", "terms"))
        batches = [list(orders)[start : start + MAX_BATCH] for start in range(0, len(orders), MAX_BATCH)]
        questions: list[tuple[Any, ...]] = [
            *((name,) for name in ("next_order_id", "next_terms_id", "totals", "roles", "paused")),
            *((name,) for name in ("oracle_caps", "recorded_today")),
            *(("orders", batch) for batch in batches),
            *(("offer", order_id) for order_id in orders),
            *(("terms", terms_id) for terms_id in terms_ids),
            *(("credit_of", name) for name in (*PEOPLE, *PAYEES)),
        ]
        for function, *args in questions:
            on_runtime = self.runtime.address_book.names_for(await self.runtime.view(function, *args))
            assert on_runtime == self.address_book.names_for(
                self.environment.view(function, *self.address_book.addresses_for(args))
            ), (
                function,
                args,
            )
        for name in ("escrow", *PAYEES):
            assert await self.runtime.balance(name) == self.environment.balance(self.address_book.addresses[name]), name
        assert self.environment.is_balanced()


@pytest.fixture
async def twins(chain: Chain) -> TwinEscrows:
    twins = TwinEscrows(await EscrowOnRuntime.deploy(chain))
    environment = twins.environment
    setup = [
        Call("owner", "publish_terms", twins.address_book.names_for(tuple(environment.terms_with()))),
        Call("owner", "set_oracle_caps", (environment.per_order, environment.per_day)),
    ]
    for call in setup:
        assert (await twins.runtime.call(call)).outcome.refusal is None
    return twins


def _comparable(outcome: Outcome, address_book: AddressBook) -> tuple[Any, ...]:
    events = [(event.name, address_book.names_for(event.fields)) for event in outcome.events]
    return outcome.refusal, events, outcome.callbacks


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_scenario_goes_the_same_way_on_both_machines(twins: TwinEscrows, name: str) -> None:
    script = SCENARIOS[name]

    refusals = await twins.run(script)

    assert refusals == [step.refused for step in script if isinstance(step, Call)]
    await twins.assert_same_state()


@pytest.mark.parametrize("number", range(WALKS))
async def test_a_random_walk_goes_the_same_way_on_both_machines(
    twins: TwinEscrows, walks: list[Script], number: int
) -> None:
    refusals = await twins.run(walks[number])

    assert len(refusals) // 2 < refusals.count(None) < len(refusals)
    await twins.assert_same_state()


async def test_coin_on_a_fallback_account_does_not_mislead_the_escrow(chain: Chain) -> None:
    """The payee exists then, but only under an account that the payee's wallet does not show."""
    runtime = await EscrowOnRuntime.deploy(chain)
    terms = runtime.address_book.names_for(tuple(Terms(PEOPLE["treasury"], PEOPLE["arbiter"])))
    for call in (
        Call("owner", "publish_terms", terms),
        create(seller="passer-by"),
        create(buyer="passer-by"),
        pay(1),
        pay(2, by="passer-by"),
        ship(1, by="passer-by"),
    ):
        assert (await runtime.call(call)).outcome.refusal is None
    await runtime.close_account("passer-by")
    await runtime.open_fallback_account("passer-by")

    for call in (confirm(1), refund(2)):
        assert "PaidOut" not in (await runtime.call(call)).outcome.event_names
    refused = await runtime.call(Call("stranger", "withdraw_for", ("passer-by",)))
    credit = await runtime.view("credit_of", "passer-by")
    await runtime.open_account("passer-by")
    had = await runtime.balance("passer-by")
    withdrawn = await runtime.call(Call("stranger", "withdraw_for", ("passer-by",)))

    assert refused.outcome.refusal == "escrow: recipient has no account"
    assert credit == split_amount(AMOUNT[BY_DOT], 10_000, 250).seller + AMOUNT[BY_DOT]
    assert withdrawn.outcome.event_names == ["Withdrawn"]
    assert await runtime.balance("passer-by") == had + credit
