"""Signing in over HTTP."""

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.params import JSONBody
from litestar.security.jwt import Token

from descrow.accounts import service
from descrow.accounts.schemas import AccountView, Challenge, ChallengeRequest, SignedIn, SignInRequest
from descrow.accounts.tokens import Caller, issue_token
from descrow.db import utc_now
from descrow.parts import WithParts


class AuthController(Controller):
    path = "/auth"
    tags = ("accounts",)

    @post("/challenge", status_code=200, public=True)
    async def challenge(self, parts: WithParts, data: JSONBody[ChallengeRequest]) -> Challenge:
        """A message for the wallet to sign: good once, for five minutes."""
        return await service.start_sign_in(
            parts.valkey, data.address, public_url=parts.settings.public_url, now=utc_now()
        )

    @post("/session", public=True)
    async def sign_in(self, parts: WithParts, data: JSONBody[SignInRequest]) -> SignedIn:
        """Trade the signed message for an access token."""
        async with parts.sessions.begin() as session:
            account = await service.finish_sign_in(session, parts.valkey, nonce=data.nonce, signature=data.signature)
        caller = Caller(account_id=account.id, address=account.address, evm_address=account.evm_address)
        token, expires_at = issue_token(parts.settings, caller, now=utc_now())
        return SignedIn(access_token=token, expires_at=expires_at, account=_view(caller))

    @get("/me")
    async def me(self, request: Request[Caller, Token, State]) -> AccountView:
        """Who the token speaks for."""
        return _view(request.user)


def _view(caller: Caller) -> AccountView:
    return AccountView(id=caller.account_id, address=caller.address, evm_address=caller.evm_address)
