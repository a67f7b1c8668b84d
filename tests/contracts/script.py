"""What people do to an escrow, one after another, as data: to be played on a plain EVM and on the real runtime alike.

People are names here, since a payee's contract, and the escrow itself, have another address on each machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from descrow.chain.keys import Keypair

from .world import ZERO, Address, Amount, World

KEYS = {
    "owner": Keypair.from_uri("//Owner"),
    "operator": Keypair.from_uri("//Operator"),
    "oracle": Keypair.from_uri("//Oracle"),
    "guardian": Keypair.from_uri("//Guardian"),
    "arbiter": Keypair.from_uri("//Arbiter"),
    "treasury": Keypair.from_uri("//Achieng"),  # one that the chain knows, so that it can be paid anything
    "buyer": Keypair.from_uri("//Wanjiru"),
    "seller": Keypair.from_uri("//Otieno"),
    "stranger": Keypair.from_uri("//Kamau"),
    "trader 0": Keypair.from_uri("//Bob"),
    "trader 1": Keypair.from_uri("//Charlie"),
    "trader 2": Keypair.from_uri("//Dave"),
}
PEOPLE: Mapping[str, Address] = {name: key.evm_address for name, key in KEYS.items()}
PAYEES = ("rejecting", "return_bomb", "gas_burning", "reentering", "taking")
"""Contracts from `hostile/`, each there once and known by its kind."""


@dataclass(frozen=True)
class Call:
    """A call to the escrow. A text among the arguments is somebody's name."""

    by: str
    function: str
    args: tuple[Any, ...] = ()
    value: Amount = 0
    refused: str | None = None
    """The reason that it must be refused for."""


@dataclass(frozen=True)
class Wait:
    seconds: int


@dataclass(frozen=True)
class Opens:
    """A rejecting payee changes its mind."""

    payee: str


@dataclass(frozen=True)
class Aims:
    """A re-entering payee makes this call from now on whenever it is paid."""

    payee: str
    function: str
    args: tuple[Any, ...] = ()


Step = Call | Wait | Opens | Aims
Script = list[Step]


class KnownPeople(World):
    """A world of the people who have keys on the development chain."""

    owner, operator, oracle = PEOPLE["owner"], PEOPLE["operator"], PEOPLE["oracle"]
    guardian, arbiter, treasury = PEOPLE["guardian"], PEOPLE["arbiter"], PEOPLE["treasury"]
    buyer, seller, stranger = PEOPLE["buyer"], PEOPLE["seller"], PEOPLE["stranger"]


@dataclass(frozen=True)
class Cast:
    """Who is who on one machine: people, payees' contracts, the escrow, and nobody."""

    addresses: Mapping[str, Address]

    @classmethod
    def of(cls, escrow: Address, payees: Mapping[str, Address], people: Mapping[str, Address] = PEOPLE) -> "Cast":
        return cls({**people, **payees, "escrow": escrow, "nobody": ZERO})

    def addressed(self, value: Any) -> Any:
        """The value with addresses for names."""
        return _each_text(value, self.addresses)

    def named(self, value: Any) -> Any:
        """The value with names for addresses, to be compared with what another machine says."""
        return _each_text(value, {address: name for name, address in self.addresses.items()})


def _each_text(value: Any, words: Mapping[str, str]) -> Any:
    match value:
        case str():
            return words[value]
        case list() | tuple():
            return type(value)(_each_text(part, words) for part in value)
        case dict():
            return {key: _each_text(part, words) for key, part in value.items()}
    return value
