"""Define the dependencies of the routes of orders and payments; `descrow.app.api` provides them."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.orders.limits import OrderLimits
from descrow.orders.payment_methods import PaymentMethods

WithPaymentMethods = NamedDependency[SkipValidation[PaymentMethods]]
"""`payment_methods`: the shop's ways to pay, by name."""
WithOrderLimits = NamedDependency[SkipValidation[OrderLimits]]
"""`order_limits`: how much somebody may order and not pay."""
