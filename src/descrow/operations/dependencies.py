"""Define the dependencies of the operators' routes; `descrow.app.api` provides them."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from pydantic import SecretStr

from descrow.operations.services import CheckedServices, SignerKeys

WithServices = NamedDependency[SkipValidation[CheckedServices]]
"""`services`: all that an order needs."""
WithSignerKeys = NamedDependency[SkipValidation[SignerKeys]]
"""`signer_keys`: the keys that sign for us, where this process knows them."""
WithMetricsToken = NamedDependency[SkipValidation[SecretStr | None]]
"""`metrics_token`: what a monitor must show; None where there are no metrics."""
