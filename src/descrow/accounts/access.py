"""Who may ask what: every route of the API in one table.

A route that is missing here does not start. Who is a party of an order is not written here: a party's routes say
*not found* to everybody else.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import ClassVar

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from descrow.accounts.roles import Permission, has_permission
from descrow.kernel.db import Sessions
from descrow.kernel.errors import DescrowError
from descrow.kernel.http.caller import Caller


class Open(StrEnum):
    """Access that takes no permission."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed_in"


Access = Open | Permission

ANYBODY, SIGNED_IN = Open.ANYBODY, Open.SIGNED_IN

TABLE: dict[str, Access] = {
    "GET /": ANYBODY,
    "HEAD /": ANYBODY,
    "GET /{path}": ANYBODY,  # the web app, at every address that only the app knows
    "HEAD /{path}": ANYBODY,
    "GET /config": ANYBODY,
    "GET /health": ANYBODY,
    "GET /health/live": ANYBODY,
    "GET /errors": ANYBODY,
    "GET /metrics": ANYBODY,  # with a token of its own
    "GET /ipfs/{cid}": ANYBODY,
    "HEAD /ipfs/{cid}": ANYBODY,
    "POST /callbacks/{kind}/{about_id}/{code}": ANYBODY,  # whose address is its secret
    # accounts
    "POST /auth/challenge": ANYBODY,
    "POST /auth/session": ANYBODY,
    "POST /auth/refresh": ANYBODY,
    "POST /auth/sign-out": ANYBODY,
    "GET /auth/me": SIGNED_IN,
    "GET /auth/sessions": SIGNED_IN,
    "DELETE /auth/sessions/{session_id}": SIGNED_IN,
    "GET /auth/me/mpesa-phone": SIGNED_IN,
    "PUT /auth/me/mpesa-phone": SIGNED_IN,
    # catalogue
    "GET /products": ANYBODY,
    "GET /products/{product_id}": ANYBODY,
    "GET /products/mine": SIGNED_IN,
    "POST /products": SIGNED_IN,
    "PUT /products/{product_id}": SIGNED_IN,
    "DELETE /products/{product_id}": SIGNED_IN,
    "POST /products/{product_id}/offer-again": SIGNED_IN,
    "POST /products/{product_id}/quotes": SIGNED_IN,
    "GET /categories": ANYBODY,
    "GET /rate": ANYBODY,
    "GET /sellers/{address}": ANYBODY,
    "POST /ipfs/upload": SIGNED_IN,
    # orders
    "POST /orders": SIGNED_IN,
    "GET /orders": SIGNED_IN,
    "GET /orders/{order_id}": SIGNED_IN,
    "PUT /orders/{order_id}": SIGNED_IN,
    "GET /orders/{order_id}/timeline": SIGNED_IN,
    "POST /orders/{order_id}/pay/dot": SIGNED_IN,
    "POST /orders/{order_id}/pay/mpesa": SIGNED_IN,
    "POST /orders/{order_id}/sync-blockchain": SIGNED_IN,
    "GET /orders/{order_id}/payments/dot": SIGNED_IN,
    "GET /orders/{order_id}/payments/mpesa": SIGNED_IN,
    "GET /orders/{order_id}/payouts": SIGNED_IN,
    "GET /mpesa/stk-status/{checkout_request_id}": SIGNED_IN,
    # disputes
    "GET /disputes": SIGNED_IN,
    "GET /disputes/signing-key": ANYBODY,
    "GET /orders/{order_id}/dispute": SIGNED_IN,
    "GET /orders/{order_id}/dispute/bundle": SIGNED_IN,
    "POST /orders/{order_id}/dispute/messages": SIGNED_IN,
    "POST /orders/{order_id}/dispute/evidence": SIGNED_IN,
    "GET /orders/{order_id}/dispute/evidence/parts/{sha256}": SIGNED_IN,
    "PUT /orders/{order_id}/dispute/evidence/parts/{sha256}": SIGNED_IN,
    "POST /orders/{order_id}/dispute/evidence/parts/{sha256}": SIGNED_IN,
    "GET /orders/{order_id}/dispute/evidence/{number}": SIGNED_IN,
    "DELETE /orders/{order_id}/dispute/evidence/{number}": SIGNED_IN,
    # news
    "GET /feed": SIGNED_IN,
    "GET /notifications": SIGNED_IN,
    "POST /notifications/read": SIGNED_IN,
    "GET /notifications/preferences": SIGNED_IN,
    "PUT /notifications/preferences": SIGNED_IN,
    "POST /notifications/preferences/code": SIGNED_IN,
    "POST /notifications/preferences/confirm": SIGNED_IN,
    "POST /notifications/push-subscriptions": SIGNED_IN,
    "DELETE /notifications/push-subscriptions/{subscription_id}": SIGNED_IN,
    "POST /webhooks": SIGNED_IN,
    "GET /webhooks": SIGNED_IN,
    "DELETE /webhooks/{webhook_id}": SIGNED_IN,
    "GET /webhooks/{webhook_id}/deliveries": SIGNED_IN,
    "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": SIGNED_IN,
    # who looks after the shop
    "GET /admin/overview": Permission.SEE_SHOP,
    "GET /admin/orders/{order}": Permission.SEE_SHOP,
    "GET /admin/events": Permission.SEE_SHOP,
    "GET /admin/calls": Permission.SEE_SHOP,
    "GET /admin/cases": Permission.SEE_SHOP,
    "GET /admin/payments": Permission.SEE_SHOP,
    "GET /admin/payouts": Permission.SEE_SHOP,
    "GET /admin/ledger": Permission.SEE_SHOP,
    "GET /admin/statistics": Permission.SEE_SHOP,
    "GET /admin/audit": Permission.SEE_SHOP,
    "POST /admin/calls/{call_id}/retry": Permission.MEND,
    "POST /admin/calls/{call_id}/cancel": Permission.MEND,
    "POST /admin/cases/{case_id}/close": Permission.MEND,
    "POST /admin/reconcile": Permission.MEND,
    "POST /admin/pause": SIGNED_IN,  # the contract knows its guardian
    "GET /admin/roles": Permission.SEE_SHOP,
    "POST /admin/roles": Permission.GIVE_ROLES,
    "DELETE /admin/roles/{address}/{role}": Permission.GIVE_ROLES,
}

PREFIXES = ("/api/v1", "/api")
OWN_ROUTES = ("/docs",)
"""The framework's, which show the OpenAPI document to anybody."""
ACCESS = "access"
PUBLIC = "public"
"""Keys of a route's options; the second is what `accounts.tokens.token_auth` looks at."""


class Forbidden(DescrowError):
    code: ClassVar[str] = "forbidden"
    status: ClassVar[int] = 403

    def __init__(self, permission: Permission) -> None:
        super().__init__("This takes a role in the shop that you do not have.", permission=permission)


class AccessCheck(ASGIMiddleware):
    """Asks the database for the caller's roles wherever a permission is needed: one that was taken counts at once."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, sessions: Callable[[], Sessions]) -> None:
        self._sessions = sessions

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Raises Forbidden."""
        needed = scope["route_handler"].opt.get(ACCESS)
        if isinstance(needed, Permission):
            await self._ask_for(needed, scope["user"])
        await next_app(scope, receive, send)

    async def _ask_for(self, needed: Permission, caller: Caller) -> None:
        sessions = self._sessions()
        async with sessions() as session:
            is_permitted = await has_permission(session, caller.account_id, needed)
        if not is_permitted:
            raise Forbidden(needed)


def apply_table(app: Litestar) -> None:
    """Write what the table says into each route's options. Raises KeyError for a route that it does not name."""
    for name, handler in named_routes(app):
        access = TABLE[name]
        handler.opt[ACCESS] = access
        handler.opt[PUBLIC] = access is ANYBODY


def named_routes(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Every route of ours by the name that it has in the table: `GET /orders/{order_id}`, under whatever prefix."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith(OWN_ROUTES):
            continue
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                yield f"{method} {bare_path(route.path_format)}", handler


def bare_path(path: str) -> str:
    """The path that a route has in the table, under whatever prefix it is served."""
    for prefix in PREFIXES:
        if path.startswith(prefix + "/"):
            return path.removeprefix(prefix)
    return path
