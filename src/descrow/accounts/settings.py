"""Define what signing in depends on; the operator sets it."""

from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True)
class SignInSettings:
    token_secret: SecretStr
    """Signs access tokens, and makes each refresh token from the one before it."""
    access_token_minutes: int
    public_url: str
    """What people type; part of what they sign."""

    @property
    def cookies_are_secure(self) -> bool:
        """Return whether browsers may send the refresh token over HTTPS only."""
        return self.public_url.startswith("https://")
