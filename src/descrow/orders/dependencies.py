"""Ask for what the routes of orders and payments need; `descrow.app.api` provides it by these names."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.orders.payment_methods import PaymentMethods

WithPaymentMethods = NamedDependency[SkipValidation[PaymentMethods]]
"""`payment_methods`: the shop's ways to pay, by name."""
