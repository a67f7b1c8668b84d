"""Access tokens: short-lived JWTs that say which account is asking."""

import time
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any, ClassVar

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.middleware import AuthenticationResult
from litestar.security.jwt import JWTAuth, JWTAuthenticationMiddleware, Token
from pydantic import SecretStr

from descrow.accounts.models import Role
from descrow.accounts.roles import permissions_of
from descrow.accounts.settings import SignInSettings
from descrow.kernel.http.caller import Caller

MOST_REMEMBERED = 10_000


class _Authentication(JWTAuthenticationMiddleware):
    """Remembers what good tokens said: a browser shows the same one with each of its requests."""

    _good: ClassVar[OrderedDict[tuple[bytes, str], AuthenticationResult]] = OrderedDict()
    """By the header that carries a token, and by what it was signed with."""

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """Raises NotAuthorizedException, always for a token that is over."""
        header = next((value for name, value in connection.scope["headers"] if name == b"authorization"), b"")
        key = header, self.token_secret
        known = self._good.get(key)
        if known is not None and time.time() < known.auth.exp.timestamp():
            return known
        read = await super().authenticate_request(connection)
        self._good[key] = read
        if len(self._good) > MOST_REMEMBERED:
            self._good.popitem(last=False)
        return read


async def _caller_of(token: Token, _connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    return _read(token)


def _read(token: Token) -> Caller:
    return Caller(
        account_id=int(token.sub),
        address=token.extras["address"],
        evm_address=token.extras["evm"],
        session_id=token.extras.get("session", ""),
        roles=tuple(Role(role) for role in token.extras.get("roles", [])),
    )


def token_auth(token_secret: SecretStr) -> JWTAuth[Caller]:
    """Checks the `Authorization: Bearer …` of every route that does not opt out."""
    return JWTAuth[Caller](
        authentication_middleware_class=_Authentication,
        token_secret=token_secret.get_secret_value(),
        retrieve_user_handler=_caller_of,
        exclude_opt_key="public",  # written there by `descrow.accounts.access`
        exclude=["^/docs"],  # the framework's own routes, which no option of ours reaches
    )


def issue_token(settings: SignInSettings, caller: Caller, *, now: datetime) -> tuple[str, datetime]:
    """A token for `caller`, and when it ends."""
    life = timedelta(minutes=settings.access_token_minutes)
    token = token_auth(settings.token_secret).create_token(
        identifier=str(caller.account_id),
        token_expiration=life,
        token_extras={
            "address": caller.address,
            "evm": caller.evm_address,
            "session": caller.session_id,
            "roles": list(caller.roles),
            "permissions": sorted(permissions_of(map(Role, caller.roles))),
        },
    )
    return token, now + life


def read_token(token_secret: SecretStr, encoded: str) -> tuple[Caller, datetime] | None:
    """Return who the token says is asking and when it ends, or None for a token that is not ours or too old."""
    try:
        token = Token.decode(encoded, secret=token_secret.get_secret_value(), algorithm="HS256")
    except NotAuthorizedException:
        return None
    return _read(token), token.exp
