"""Random walks of the state machine, written down as scripts for other machines."""

from typing import Any, ClassVar, NamedTuple

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from .script import PEOPLE, Call, Cast, Script, Wait
from .test_state_machine import HONEST, REFUSING, EscrowMachine, Stage
from .world import PLANCK, Address, Amount, Outcome, World, artifact

STEPS_A_WALK = 60
WALKS_TO_CHOOSE_FROM = 8
SEED = 17
VIEWS = frozenset(entry["name"] for entry in artifact()["abi"] if entry.get("stateMutability") == "view")


class Noted(NamedTuple):
    at: int
    by: Address
    function: str
    args: tuple[Any, ...]
    value: Amount
    is_refused: bool


class Recorder(World):
    """A world that notes every call of the escrow which could change something."""

    def __init__(self) -> None:
        self.noted: list[Noted] = []
        super().__init__()
        self.noted.clear()  # every world begins like this

    def call(
        self, name: str, *args: Any, by: Address, value: Amount = 0, gas: int | None = None, to: Address | None = None
    ) -> Outcome:
        outcome = super().call(name, *args, by=by, value=value, gas=gas, to=to)
        if name not in VIEWS:
            self.noted.append(Noted(self.now, by, name, args, value, outcome.refusal is not None))
        return outcome


class RecordedMachine(EscrowMachine):
    world: Recorder
    before: ClassVar[list[Noted]]
    """What the stage was built with."""
    walks: ClassVar[list[list[Noted]]]

    def __init__(self) -> None:
        super().__init__()
        self.world.noted[:] = self.before

    def teardown(self) -> None:
        self.walks.append(list(self.world.noted))
        self.run.close()


def recorded_walks(how_many: int) -> list[Script]:
    """Return the most varied of the walks that hypothesis takes from a fixed seed, mostly of calls that succeed."""
    world = Recorder()
    stage = RecordedMachine.stage = Stage(world)
    RecordedMachine.before, RecordedMachine.walks = list(world.noted), []
    run_state_machine_as_test(
        seed(SEED)(RecordedMachine),
        settings=settings(
            max_examples=WALKS_TO_CHOOSE_FROM,
            stateful_step_count=STEPS_A_WALK,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    varied = sorted(RecordedMachine.walks, key=_variety, reverse=True)
    return [_script_of(noted, _cast_of(stage)) for noted in varied[:how_many]]


def _variety(noted: list[Noted]) -> tuple[bool, int]:
    mostly_succeeds = 2 * sum(note.is_refused for note in noted) < len(noted)
    return mostly_succeeds, len({note.function for note in noted})


def _cast_of(stage: Stage) -> Cast:
    """Who plays whom. A payee that calls back has too little gas for it on the runtime: one that can be paid does."""
    refusing = stage.traders[len(HONEST) :]
    payees = dict(zip(REFUSING, refusing, strict=False)) | {"taking": stage.reentering}
    people = {name: getattr(stage.world, name) for name in PEOPLE if not name.startswith("trader")}
    traders = {f"trader {number}": trader for number, trader in enumerate(HONEST)}
    return Cast.of(stage.world.escrow, payees, people | traders)


def _script_of(noted: list[Noted], cast: Cast) -> Script:
    script: Script = []
    now = noted[0].at
    for at, address, function, addressed, value, _ in noted:
        by, args = cast.named(address), cast.named(addressed)
        if function in ("withdraw", "withdraw_for") and "gas_burning" in (by, *args):
            continue  # it burns all the gas of a block, which takes the runtime seconds
        if at > now:
            script.append(Wait(at - now))
            now = at
        script.append(Call(by, function, args, value=_in_whole_planck(value)))
    return script


def _in_whole_planck(value: Amount) -> Amount:
    """What can be sent on the chain: a planck too little or too much instead of a unit."""
    whole, rest = divmod(value, PLANCK)
    return (whole + (rest == 1)) * PLANCK
