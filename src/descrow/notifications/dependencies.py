"""Ask for what messages are sent with, as a parameter of a route; `descrow.app.api` provides it by this name."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.notifications.context import NotificationContext

WithNotifications = NamedDependency[SkipValidation[NotificationContext]]
"""`notifications`: the channels that the operator has set up."""
