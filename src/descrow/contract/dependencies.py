"""Define the dependency that gives a route the deployed contract; `descrow.app.api` provides it."""

from collections.abc import Awaitable, Callable

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.contract.escrow import EscrowContract

GetContract = Callable[[], Awaitable[EscrowContract]]
"""Looks the contract up, each time anew. Raises NotDeployed, WrongChain, ChainUnreachable."""
WithContract = NamedDependency[SkipValidation[GetContract]]
"""`get_contract`: to be called only where the chain is needed."""
