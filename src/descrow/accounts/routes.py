"""Signing in, and staying so, over HTTP."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import Cookie, State
from litestar.params import JSONBody, PathParameter

from descrow.accounts import sessions as sign_ins
from descrow.accounts import sign_in
from descrow.accounts.dependencies import WithSignInSettings
from descrow.accounts.errors import SessionOver
from descrow.accounts.models import Account, Role, SessionEnd, SignInSession
from descrow.accounts.roles import permissions_of, roles_of
from descrow.accounts.schemas import AccountView, Challenge, ChallengeRequest, SessionView, SignedIn, SignInRequest
from descrow.accounts.settings import SignInSettings
from descrow.accounts.tokens import issue_token
from descrow.kernel.db import utc_now
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import Caller, CallerRequest
from descrow.kernel.http.dependencies import WithSessions, WithValkey
from descrow.kernel.http.limits import RateLimitKind

REFRESH_COOKIE = "descrow_refresh"
"""Scripts cannot read it, other sites cannot have it sent, and it goes to the paths of signing in alone."""

AnyRequest = Request[object, object, State]


class AuthController(Controller):
    path = "/auth"
    tags = ("accounts",)

    @post(
        "/challenge",
        status_code=200,
        rate_limit=RateLimitKind.SIGN_IN,
        access=Open.ANYBODY,
        refusals=("address_not_valid",),
    )
    async def create_challenge(
        self, valkey: WithValkey, sign_in_settings: WithSignInSettings, data: JSONBody[ChallengeRequest]
    ) -> Challenge:
        """A message for the wallet to sign: good once, for five minutes."""
        return await sign_in.start_sign_in(valkey, data.address, public_url=sign_in_settings.public_url, now=utc_now())

    @post(
        "/session",
        rate_limit=RateLimitKind.SIGN_IN,
        access=Open.ANYBODY,
        refusals=("challenge_not_known", "signature_not_valid"),
    )
    async def create_session(
        self,
        sessions: WithSessions,
        valkey: WithValkey,
        sign_in_settings: WithSignInSettings,
        request: AnyRequest,
        data: JSONBody[SignInRequest],
    ) -> Response[SignedIn]:
        """Trade the signed message for an access token, and a refresh token in a cookie."""
        async with sessions.begin() as session:
            account = await sign_in.finish_sign_in(session, valkey, nonce=data.nonce, signature=data.signature)
            begun, token = await sign_ins.begin_session(session, account, device=request.headers.get("user-agent", ""))
            roles = await roles_of(session, account.id)
        return Response(_signed_in(sign_in_settings, account, begun, roles), cookies=_cookies(sign_in_settings, token))

    @post(
        "/refresh", status_code=200, rate_limit=RateLimitKind.REFRESH, access=Open.ANYBODY, refusals=("session_over",)
    )
    async def refresh_session(
        self, sessions: WithSessions, sign_in_settings: WithSignInSettings, request: AnyRequest
    ) -> Response[SignedIn]:
        """Trade the refresh token in the cookie for an access token and a new refresh token."""
        async with sessions.begin() as session:
            token = request.cookies.get(REFRESH_COOKIE, "")
            result = await sign_ins.refresh(session, token, key=sign_in_settings.token_secret)
            roles = () if isinstance(result, SessionEnd) else await roles_of(session, result.account.id)
        if isinstance(result, SessionEnd):
            raise SessionOver
        return Response(
            _signed_in(sign_in_settings, result.account, result.session, roles),
            cookies=_cookies(sign_in_settings, result.token),
        )

    @post("/sign-out", status_code=204, access=Open.ANYBODY)
    async def sign_out(
        self, sessions: WithSessions, sign_in_settings: WithSignInSettings, request: AnyRequest
    ) -> Response[None]:
        """End this session. The access token lives on for its last minutes; forget it."""
        async with sessions.begin() as session:
            await sign_ins.sign_out(session, request.cookies.get(REFRESH_COOKIE, ""))
        return Response(None, status_code=204, cookies=_cookies(sign_in_settings, "", max_age_s=0))

    @get("/me", access=Open.SIGNED_IN)
    async def get_account(self, request: CallerRequest) -> AccountView:
        """Return who the token speaks for."""
        return _view(request.user)

    @get("/sessions", access=Open.SIGNED_IN)
    async def list_sessions(self, sessions: WithSessions, request: CallerRequest) -> list[SessionView]:
        """Return where the caller is signed in, the place used last first."""
        async with sessions() as session:
            found = await sign_ins.open_sessions(session, request.user.account_id)
        return [_session_view(one, request.user) for one in found]

    @delete("/sessions/{session_id:uuid}", access=Open.SIGNED_IN, refusals=("session_not_found",))
    async def end_session(
        self,
        sessions: WithSessions,
        request: CallerRequest,
        session_id: Annotated[UUID, PathParameter()],
    ) -> None:
        """Sign the caller out somewhere else."""
        async with sessions.begin() as session:
            await sign_ins.end_session(session, request.user.account_id, session_id)


def _signed_in(settings: SignInSettings, account: Account, session: SignInSession, roles: tuple[Role, ...]) -> SignedIn:
    caller = Caller(
        account_id=account.id,
        address=account.address,
        evm_address=account.evm_address,
        session_id=str(session.id),
        roles=roles,
    )
    token, expires_at = issue_token(settings, caller, now=utc_now())
    return SignedIn(access_token=token, expires_at=expires_at, account=_view(caller))


def _cookies(
    settings: SignInSettings, token: str, *, max_age_s: int = int(sign_ins.SESSION_LASTS.total_seconds())
) -> list[Cookie]:
    """The refresh token's cookie, for both spellings of the paths that read it."""
    return [
        Cookie(
            key=REFRESH_COOKIE,
            value=token,
            path=path,
            max_age=max_age_s,
            httponly=True,
            secure=settings.cookies_are_secure,
            samesite="strict",
        )
        for path in ("/api/v1/auth", "/api/auth")
    ]


def _view(caller: Caller) -> AccountView:
    return AccountView(
        id=caller.account_id,
        address=caller.address,
        evm_address=caller.evm_address,
        roles=[Role(role) for role in caller.roles],
        permissions=sorted(permissions_of(map(Role, caller.roles))),
    )


def _session_view(session: SignInSession, caller: Caller) -> SessionView:
    return SessionView(
        id=session.id,
        device=session.device,
        is_this_one=str(session.id) == caller.session_id,
        created_at=session.created_at,
        last_used_at=session.rotated_at,
    )
