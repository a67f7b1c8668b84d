"""Define the dependency that gives a route what it sends messages with; `descrow.app.api` provides it."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.notifications.context import NotificationContext

WithNotifications = NamedDependency[SkipValidation[NotificationContext]]
"""`notifications`: the channels that the operator has set up."""
