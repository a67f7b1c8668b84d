"""Define the dependency that gives a route the node; `descrow.app.api` provides it."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.chain.client import ChainClient

WithChain = NamedDependency[SkipValidation[ChainClient]]
"""`chain`: our node."""
