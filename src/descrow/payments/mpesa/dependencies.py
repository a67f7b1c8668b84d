"""Define the dependency that gives a route what M-Pesa payments need; `descrow.app.api` provides it."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.payments.errors import MpesaNotOffered
from descrow.payments.mpesa.context import PaymentContext

WithMpesa = NamedDependency[SkipValidation[PaymentContext | None]]
"""`mpesa`: None where the operator takes DOT only."""


def expect_offered(mpesa: PaymentContext | None) -> PaymentContext:
    """Return what M-Pesa is taken with. Raises MpesaNotOffered."""
    if mpesa is None:
        raise MpesaNotOffered
    return mpesa
