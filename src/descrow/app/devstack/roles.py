"""Define who plays which part on the development chain: accounts whose keys everyone knows."""

from descrow.chain.keys import EvmAddress, Keypair
from descrow.contract.deployment import Roles


def development_roles() -> Roles:
    def address(name: str) -> EvmAddress:
        return Keypair.from_uri(name).evm_address

    return Roles(
        operator=address("//Operator"),
        oracle=address("//Oracle"),
        guardian=address("//Guardian"),
        treasury=address("//Treasury"),
        arbiter=address("//Arbiter"),
    )
