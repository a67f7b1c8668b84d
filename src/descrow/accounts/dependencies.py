"""Define the dependency that gives a route the settings of signing in; `descrow.app.api` provides it."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from descrow.accounts.settings import SignInSettings

WithSignInSettings = NamedDependency[SkipValidation[SignInSettings]]
"""`sign_in_settings`."""
