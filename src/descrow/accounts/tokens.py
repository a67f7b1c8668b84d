"""Access tokens: short-lived JWTs that say which account is asking."""

import time
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any, ClassVar

import msgspec
from jwt import ExpiredSignatureError
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException
from litestar.security.jwt import JWTAuth, Token

from descrow.accounts.models import Role
from descrow.accounts.roles import permissions_of
from descrow.settings import Settings

MOST_REMEMBERED = 10_000


class Caller(msgspec.Struct, frozen=True):
    """Who signed in. Read from the token alone; no request asks the database for it."""

    account_id: int
    address: str
    evm_address: str
    session_id: str = ""
    """Where they are signed in; the token outlives its session by minutes at most."""
    roles: tuple[Role, ...] = ()
    """As they were when the token was made: what to show. What staff may do is asked of the database."""


CallerRequest = Request[Caller, Token, State]
"""A request of somebody who is signed in."""


class AccessToken(Token):
    """Remembers tokens whose signature was found good: a browser shows the same one with each of its requests."""

    _good: ClassVar[OrderedDict[tuple[str, str], Any]] = OrderedDict()

    @classmethod
    def decode_payload(cls, encoded_token: str, secret: str, *args: Any, **options: Any) -> Any:
        """The token's claims. Raises PyJWT's errors, always for one that is over."""
        key = (encoded_token, secret)
        payload = cls._good.get(key)
        if payload is None:
            payload = super().decode_payload(encoded_token, secret, *args, **options)
            cls._good[key] = payload
            if len(cls._good) > MOST_REMEMBERED:
                cls._good.popitem(last=False)
        if payload["exp"] <= time.time():
            raise ExpiredSignatureError
        return dict(payload)


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


def token_auth(settings: Settings) -> JWTAuth[Caller]:
    """Checks the `Authorization: Bearer …` of every route that does not opt out."""
    return JWTAuth[Caller](
        token_cls=AccessToken,
        token_secret=settings.jwt_secret.get_secret_value(),
        retrieve_user_handler=_caller_of,
        exclude_opt_key="public",  # written there by `descrow.access`
        exclude=["^/docs"],  # the framework's own routes, which no option of ours reaches
    )


def issue_token(settings: Settings, caller: Caller, *, now: datetime) -> tuple[str, datetime]:
    """A token for `caller`, and when it ends."""
    life = timedelta(minutes=settings.access_token_minutes)
    token = token_auth(settings).create_token(
        identifier=str(caller.account_id),
        token_expiration=life,
        token_extras={
            "address": caller.address,
            "evm": caller.evm_address,
            "session": caller.session_id,
            "roles": list(caller.roles),
            "permissions": sorted(permissions_of(caller.roles)),
        },
    )
    return token, now + life


def read_token(settings: Settings, encoded: str) -> tuple[Caller, datetime] | None:
    """Who the token says is asking and when it ends, or None for a token that is not ours or too old."""
    try:
        token = AccessToken.decode(encoded, secret=settings.jwt_secret.get_secret_value(), algorithm="HS256")
    except NotAuthorizedException:
        return None
    return _read(token), token.exp
