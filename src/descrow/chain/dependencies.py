"""Ask for the node as a parameter of a route; `descrow.app.api` provides it by this name."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.chain.client import ChainClient

WithChain = NamedDependency[SkipValidation[ChainClient]]
"""`chain`: our node."""
