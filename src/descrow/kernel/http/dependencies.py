"""Define the dependencies that every feature may need; `descrow.app.api` provides them."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from valkey.asyncio import Valkey

from descrow.kernel.db import Sessions
from descrow.kernel.fastpath.fast_reads import FastReads
from descrow.kernel.http.network_limits import NetworkLimits

WithSessions = NamedDependency[SkipValidation[Sessions]]
"""`sessions`: opens sessions and transactions of the database."""
WithReads = NamedDependency[SkipValidation[FastReads]]
"""`reads`: single statements that are sent very often."""
WithProxies = NamedDependency[SkipValidation[int]]
"""`proxies`: how many proxies of the operator's own stand before the API."""
WithNetworkLimits = NamedDependency[SkipValidation[NetworkLimits]]
"""`network_limits`: how much new accounts of one network may cost in a day."""
WithValkey = NamedDependency[SkipValidation[Valkey]]
"""`valkey`: what all processes share and may lose."""
