"""Set the security headers of every answer, and decide which other sites' pages may call the API (CORS)."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from litestar.config.cors import CORSConfig
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""An answer of the API is no page: it loads nothing, runs nothing, and nobody frames it.

What pages may do is decided by `app.web.content_security_policy`.
"""
_YEAR_S = 31_536_000


def default_security_headers(public_url: str) -> dict[str, str]:
    """The headers of each answer that says nothing else of its own."""
    headers = {
        "Content-Security-Policy": API_POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if urlsplit(public_url).scheme == "https":
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}; includeSubDomains"
    return headers


def with_security_headers(app: ASGIApp, rules: Mapping[str, str]) -> ASGIApp:
    """Add them to every answer, errors too; what a route has set stays."""
    headers = [(name.lower().encode(), value.encode()) for name, value in rules.items()]

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_rules(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(rule for rule in headers if rule[0] not in said)]
            await send(message)

        await app(scope, receive, send_with_rules if scope["type"] == ScopeType.HTTP else send)

    return middleware


def cors_for(origins: list[str]) -> CORSConfig | None:
    """For browsers that show pages of these other origins; None where only our own pages ask."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=origins,
        allow_methods=["GET", "POST", "PUT", "DELETE"],
        allow_headers=["Accept-Language", "Authorization", "Content-Type", "Idempotency-Key", "X-Correlation-ID"],
        expose_headers=["Content-Language", "Retry-After", "X-Correlation-ID"],
        allow_credentials=True,  # signing in again is by a cookie
        max_age=600,
    )
