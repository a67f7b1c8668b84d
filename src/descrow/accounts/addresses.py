"""Addresses that people give us."""

from descrow.accounts.errors import AddressNotValid
from descrow.chain.keys import NotAnAddress, account_id_of, address_of


def public_key_at(address: str) -> bytes:
    """The 32 bytes of an SS58 address, of whatever chain. Raises AddressNotValid."""
    try:
        return account_id_of(address)
    except NotAnAddress as error:
        raise AddressNotValid(address) from error


def canonical_address(address: str) -> str:
    """The same account as everything here writes it. Raises AddressNotValid."""
    return address_of(public_key_at(address))
