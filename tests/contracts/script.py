"""Steps of people with an escrow, as data, to run on a plain EVM and on the real runtime.

People are names here, because payees' contracts and the escrow have other addresses on each machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from descrow.chain.keys import Keypair

from .environment import Environment
from .values import ZERO, Address, Amount

KEYS = {
    "owner": Keypair.from_uri("//Owner"),
    "operator": Keypair.from_uri("//Operator"),
    "oracle": Keypair.from_uri("//Oracle"),
    "guardian": Keypair.from_uri("//Guardian"),
    "arbiter": Keypair.from_uri("//Arbiter"),
    "treasury": Keypair.from_uri("//Achieng"),  # an account that exists, so that any amount can be paid to it
    "buyer": Keypair.from_uri("//Wanjiru"),
    "seller": Keypair.from_uri("//Otieno"),
    "stranger": Keypair.from_uri("//Kamau"),
    "trader 0": Keypair.from_uri("//Bob"),
    "trader 1": Keypair.from_uri("//Charlie"),
    "trader 2": Keypair.from_uri("//Dave"),
    "trader 3": Keypair.from_uri("//Eve"),
    "passer-by": Keypair.from_uri("//Ferdie"),  # who loses the account and gets it back
}
PEOPLE: Mapping[str, Address] = {name: key.evm_address for name, key in KEYS.items()}
PAYEES = ("rejecting", "return_bomb", "gas_burning", "reentering", "accepting")
"""Contracts from `payees/`, each deployed once and known by its kind."""


@dataclass(frozen=True)
class Call:
    """A call of the escrow. Strings among the arguments are names."""

    by: str
    function: str
    args: tuple[Any, ...] = ()
    value: Amount = 0
    refused: str | None = None
    """The reason of the expected refusal."""


@dataclass(frozen=True)
class Wait:
    seconds: int


@dataclass(frozen=True)
class StartAccepting:
    """Let a rejecting payee accept coin from now on."""

    payee: str


@dataclass(frozen=True)
class SetCallback:
    """Let a re-entering payee make this call whenever it is paid."""

    payee: str
    function: str
    args: tuple[Any, ...] = ()


@dataclass(frozen=True)
class CloseAccount:
    """Let a person send all coin away, so that the account is gone."""

    person: str


@dataclass(frozen=True)
class OpenAccount:
    """Send coin to a person whose account is gone."""

    person: str


Step = Call | Wait | StartAccepting | SetCallback | CloseAccount | OpenAccount
Script = list[Step]


class KeyholderEnvironment(Environment):
    """An environment of the people who have keys on the development chain."""

    owner, operator, oracle = PEOPLE["owner"], PEOPLE["operator"], PEOPLE["oracle"]
    guardian, arbiter, treasury = PEOPLE["guardian"], PEOPLE["arbiter"], PEOPLE["treasury"]
    buyer, seller, stranger = PEOPLE["buyer"], PEOPLE["seller"], PEOPLE["stranger"]


@dataclass(frozen=True)
class AddressBook:
    """The addresses on one machine of people, payees, the escrow and nobody."""

    addresses: Mapping[str, Address]

    @classmethod
    def of(
        cls, escrow: Address, payees: Mapping[str, Address], people: Mapping[str, Address] = PEOPLE
    ) -> "AddressBook":
        return cls({**people, **payees, "escrow": escrow, "nobody": ZERO})

    def addresses_for(self, value: Any) -> Any:
        """Replace names by addresses."""
        return _replace_strings(value, self.addresses)

    def names_for(self, value: Any) -> Any:
        """Replace addresses by names, to compare values of different machines."""
        return _replace_strings(value, {address: name for name, address in self.addresses.items()})


def _replace_strings(value: Any, replacements: Mapping[str, str]) -> Any:
    match value:
        case str():
            return replacements[value]
        case list() | tuple():
            return type(value)(_replace_strings(part, replacements) for part in value)
        case dict():
            return {key: _replace_strings(part, replacements) for key, part in value.items()}
    return value
