"""Define the dependencies of the catalogue's routes; `descrow.app.api` provides them."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.catalog.rates import RateSource
from descrow.kernel.fastpath.response_cache import ResponseCache

WithCatalogCache = NamedDependency[SkipValidation[ResponseCache]]
"""`catalog_cache`: what was answered about the catalogue, until something of it changes."""
WithRates = NamedDependency[SkipValidation[RateSource | None]]
"""`rates`: None in a shop that takes one currency only."""
WithMpesaOffered = NamedDependency[SkipValidation[bool]]
"""`mpesa_offered`: whether the shop takes M-Pesa at all."""
