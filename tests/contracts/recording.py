"""Random walks of the state machine, recorded as scripts for other machines."""

from typing import Any, ClassVar, NamedTuple

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from .abi import artifact
from .environment import Environment, Outcome
from .model_comparison import ACCOUNTS, StartingPoint
from .payees import REFUSING_PAYEES
from .script import PEOPLE, AddressBook, Call, Script, Wait
from .state_machine import EscrowMachine
from .values import PLANCK, Address, Amount, an_address

STEPS_PER_WALK = 60
WALKS_TO_CHOOSE_FROM = 8
SEED = 17
LAST_TRADER = an_address("trader 3")
"""In place of the one with a fallback account, which has no key on the runtime."""
VIEWS = frozenset(entry["name"] for entry in artifact()["abi"] if entry.get("stateMutability") == "view")


class RecordedCall(NamedTuple):
    at: int
    by: Address
    function: str
    args: tuple[Any, ...]
    value: Amount
    is_refused: bool


class RecordingEnvironment(Environment):
    """Record every call of the escrow that is not a view."""

    def __init__(self) -> None:
        self.recorded: list[RecordedCall] = []
        super().__init__()
        self.recorded.clear()  # every environment begins with these calls

    def call(
        self, name: str, *args: Any, by: Address, value: Amount = 0, gas: int | None = None, to: Address | None = None
    ) -> Outcome:
        outcome = super().call(name, *args, by=by, value=value, gas=gas, to=to)
        if name not in VIEWS:
            self.recorded.append(RecordedCall(self.now, by, name, args, value, outcome.refusal is not None))
        return outcome


class RecordedMachine(EscrowMachine):
    environment: RecordingEnvironment
    setup_calls: ClassVar[list[RecordedCall]]
    """The calls that built the starting point."""
    walks: ClassVar[list[list[RecordedCall]]]

    def __init__(self) -> None:
        super().__init__()
        self.environment.recorded[:] = self.setup_calls

    def teardown(self) -> None:
        self.walks.append(list(self.environment.recorded))
        self.rollback.close()


def recorded_walks(how_many: int) -> list[Script]:
    """Return the most varied of the walks that hypothesis takes from a fixed seed, mostly of calls that succeed."""
    environment = RecordingEnvironment()
    start = RecordedMachine.start = StartingPoint(environment, last_trader=LAST_TRADER)
    RecordedMachine.setup_calls, RecordedMachine.walks = list(environment.recorded), []
    run_state_machine_as_test(
        seed(SEED)(RecordedMachine),
        settings=settings(
            max_examples=WALKS_TO_CHOOSE_FROM,
            stateful_step_count=STEPS_PER_WALK,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    varied = sorted(RecordedMachine.walks, key=_variety, reverse=True)
    return [_script_of(recorded, _address_book_of(start)) for recorded in varied[:how_many]]


def _variety(recorded: list[RecordedCall]) -> tuple[bool, int]:
    mostly_succeeds = 2 * sum(call.is_refused for call in recorded) < len(recorded)
    return mostly_succeeds, len({call.function for call in recorded})


def _address_book_of(start: StartingPoint) -> AddressBook:
    """Name the addresses. The re-entering payee becomes an accepting one: on the runtime, its callback lacks gas."""
    refusing = start.traders[len(ACCOUNTS) :]
    payees = dict(zip(REFUSING_PAYEES, refusing, strict=False)) | {"accepting": start.reentering}
    people = {name: getattr(start.environment, name) for name in PEOPLE if hasattr(start.environment, name)}
    traders = {f"trader {number}": trader for number, trader in enumerate([*ACCOUNTS, LAST_TRADER])}
    return AddressBook.of(start.environment.escrow, payees, people | traders)


def _script_of(recorded: list[RecordedCall], address_book: AddressBook) -> Script:
    script: Script = []
    now = recorded[0].at
    for at, address, function, arguments, value, _ in recorded:
        by, args = address_book.names_for(address), address_book.names_for(arguments)
        if function in ("withdraw", "withdraw_for") and "gas_burning" in (by, *args):
            continue  # burns all the gas of a block, which takes the runtime seconds
        if at > now:
            script.append(Wait(at - now))
            now = at
        script.append(Call(by, function, args, value=_in_whole_planck(value)))
    return script


def _in_whole_planck(value: Amount) -> Amount:
    """Round to whole planck, and keep an amount that is one unit wrong wrong by one planck."""
    whole, rest = divmod(value, PLANCK)
    return (whole + (rest == 1)) * PLANCK
