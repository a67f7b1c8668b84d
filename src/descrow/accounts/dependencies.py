"""Ask for the settings of signing in as a parameter of a route; `descrow.app.api` provides them by this name."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.accounts.settings import SignInSettings

WithSignInSettings = NamedDependency[SkipValidation[SignInSettings]]
"""`sign_in_settings`."""
