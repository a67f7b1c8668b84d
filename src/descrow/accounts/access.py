"""Define who may use a route: each handler names its `access`, and an application with one that does not is not served.

Who is a party of an order is not written there: a party's routes say *not found* to everybody else.
"""

from collections.abc import Callable, Iterator
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
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import Caller

Access = Open | Permission

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


class AccessNotDeclared(RuntimeError):
    """A handler does not say who may use it. It is a fault of the code, found at start-up."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the handler of {name} must say its `access`")


def access_by_route(app: Litestar) -> dict[str, Access]:
    """Return what each route's handler says, by the route's name. Raises AccessNotDeclared."""
    table: dict[str, Access] = {}
    for name, handler in named_routes(app):
        access = handler.opt.get(ACCESS)
        if not isinstance(access, Open | Permission):
            raise AccessNotDeclared(name)
        table[name] = access
    return table


def apply_access(app: Litestar) -> None:
    """Let requests without a token pass where the handler says so. Raises AccessNotDeclared."""
    access_by_route(app)
    for _, handler in named_routes(app):
        handler.opt[PUBLIC] = handler.opt[ACCESS] is Open.ANYBODY


def named_routes(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Yield every route of ours by its name: `GET /orders/{order_id}`, under whatever prefix."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or route.path.startswith(OWN_ROUTES):
            continue
        for handler in route.route_handlers:
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                yield f"{method} {bare_path(route.path_format)}", handler


def bare_path(path: str) -> str:
    """Return the path that a route has in its name, under whatever prefix it is served."""
    for prefix in PREFIXES:
        if path.startswith(prefix + "/"):
            return path.removeprefix(prefix)
    return path
