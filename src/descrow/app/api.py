"""The web application: routes, errors, sign-in and live updates put together."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from litestar import Litestar, Response, Router
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, ControllerRouterHandler

from descrow import __version__
from descrow.accounts.access import AccessCheck, apply_access
from descrow.accounts.routes import REFRESH_COOKIE, AuthController
from descrow.accounts.tokens import token_auth
from descrow.app.context import AppContext
from descrow.app.errors_route import list_errors
from descrow.app.openapi.document import WholeDocument, operation_id_of
from descrow.app.settings import Settings
from descrow.app.web.config import ConfigController
from descrow.app.web.routes import web_app
from descrow.app.wiring import wire
from descrow.catalog.routes import ProductController, list_categories
from descrow.content.routes import UploadController, get_content
from descrow.disputes.parcel_note_routes import ParcelNoteController
from descrow.disputes.routes import ArbitrationController, DisputeController, EvidenceController
from descrow.disputes.unfinished_routes import UnfinishedEvidenceController
from descrow.feed.announcements import Announcements
from descrow.feed.engine_requests import refuse_polling
from descrow.feed.routes import FeedController
from descrow.feed.sockets import LiveFeed
from descrow.kernel.errors import DescrowError
from descrow.kernel.fastpath.dependencies import resolve_dependencies_in_sequence
from descrow.kernel.fastpath.responses import JsonResponse
from descrow.kernel.http.body_time import with_body_time
from descrow.kernel.http.correlation import with_correlation_id
from descrow.kernel.http.headers import cors_for, default_security_headers, with_security_headers
from descrow.kernel.http.limits import RateLimits
from descrow.kernel.http.strict_json import StrictRequest
from descrow.kernel.problems.handlers import crashed, http_refused, refused
from descrow.notifications.routes import NotificationController
from descrow.notifications.webhook_routes import WebhookController
from descrow.operations.health import get_health, get_liveness
from descrow.operations.metrics import metrics
from descrow.operations.routes import AdminController
from descrow.orders.credit_routes import CreditController
from descrow.orders.routes import OrderController
from descrow.orders.seller_record import get_seller
from descrow.payments.dot.routes import DotPaymentController
from descrow.payments.mpesa.paybill_routes import get_paybill, validate_payment
from descrow.payments.mpesa.proof import get_mpesa_proof
from descrow.payments.mpesa.routes import PaymentController, accept_callback
from descrow.payments.routes import QuoteController

MAX_BODY_BYTES = 1_000_000
FORM_AROUND_A_FILE_BYTES = 10_000
CONTROLLERS: list[ControllerRouterHandler] = [
    AuthController,
    ProductController,
    list_categories,
    OrderController,
    CreditController,
    get_seller,
    QuoteController,
    DotPaymentController,
    PaymentController,
    get_mpesa_proof,
    get_paybill,
    DisputeController,
    ParcelNoteController,
    UnfinishedEvidenceController,
    ArbitrationController,
    FeedController,
    AdminController,
    NotificationController,
    ConfigController,
    list_errors,
    WebhookController,
]


PROVIDED: dict[str, Callable[[AppContext, Announcements], object]] = {
    "parts": lambda parts, _: parts,
    "sessions": lambda parts, _: parts.sessions,
    "sign_in_settings": lambda parts, _: parts.settings.sign_in,
    "reads": lambda parts, _: parts.reads,
    "valkey": lambda parts, _: parts.valkey,
    "blocks": lambda parts, _: parts.blocks,
    "pictures": lambda parts, _: parts.pictures,
    "evidence_pictures": lambda parts, _: parts.evidence_pictures,
    "upload_limits": lambda parts, _: parts.upload_limits,
    "announcements": lambda _, announcements: announcements,
    "catalog_cache": lambda parts, _: parts.catalog_cache,
    "rates": lambda parts, _: None if parts.mpesa is None else parts.mpesa.rates,
    "mpesa_offered": lambda parts, _: parts.mpesa is not None,
    "mpesa": lambda parts, _: parts.mpesa,
    "proxies": lambda parts, _: parts.settings.proxies,
    "get_contract": lambda parts, _: parts.contract,
    "dispute_keys": lambda parts, _: parts.dispute_keys,
    "notifications": lambda parts, _: parts.notifications,
    "order_limits": lambda parts, _: parts.order_limits,
    "network_limits": lambda parts, _: parts.network_limits,
    "payment_methods": lambda parts, _: parts.payment_methods,
    "chain": lambda parts, _: parts.chain,
    "signer_keys": lambda parts, _: parts.signer_keys,
    "services": lambda parts, _: parts.checked_services,
    "metrics_token": lambda parts, _: parts.settings.metrics_token,
}
"""What routes may ask for, by the names that the `dependencies` modules of the packages give."""


def build_app(settings: Settings, announcements: Announcements | None = None) -> ASGIApp:
    """Build HTTP and Socket.IO as one application.

    Who stops the server ends the announcements first.
    """
    return open_app(build_http(settings), settings, announcements)


def open_app(http: Litestar, settings: Settings, announcements: Announcements | None = None) -> ASGIApp:
    """Give the routes what they work with, from start-up to shut-down, and put the live feed beside them.

    Routes whose application has shut down may be opened again: making them costs half a second of computing.
    """
    parts = AppContext.open(settings)
    wire(parts.payment_methods)
    announcements = announcements or Announcements(settings.database_url.get_secret_value())
    live_feed = LiveFeed(
        parts.sessions,
        announcements,
        token_secret=settings.jwt_secret,
        origins=[settings.public_url, *settings.cors_origin_list],
        proxies=settings.proxies,
        rate_limit_factor=settings.rate_limit_factor,
    )
    http.state.update({name: get(parts, announcements) for name, get in PROVIDED.items()})
    both = live_feed.asgi(with_correlation_id(http))
    if not settings.socket_polling:
        both = refuse_polling(both)
    return with_security_headers(with_body_time(both), default_security_headers(settings.public_url))


@asynccontextmanager
async def _run_beside(http: Litestar) -> AsyncIterator[None]:
    """Listen to the database while the application lives, then close what it worked with."""
    parts: AppContext = http.state["parts"]
    listeners = (http.state["announcements"], parts.catalog_cache)
    listening = [asyncio.create_task(listener.run()) for listener in listeners]
    try:
        yield
    finally:
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        await parts.close()


def build_http(settings: Settings) -> Litestar:
    """Build the routes alone. They can be described, but answer nothing before `open_app`."""

    def giving(name: str) -> Callable[[], Any]:
        return lambda: http.state[name]

    uploads = Router(
        "/",
        route_handlers=[UploadController, EvidenceController],
        request_max_body_size=settings.content_max_bytes + FORM_AROUND_A_FILE_BYTES,
    )
    http = Litestar(
        route_handlers=[
            web_app(settings),
            get_health,
            get_liveness,
            metrics,
            accept_callback,
            validate_payment,
            get_content,
            Router("/api/v1", route_handlers=[*CONTROLLERS, uploads]),
            Router("/api", route_handlers=[*CONTROLLERS, uploads], include_in_schema=False),  # as the spec writes them
        ],
        dependencies={name: Provide(giving(name), sync_to_thread=False) for name in PROVIDED},
        middleware=[  # not guards, for each of which the framework copies the route
            RateLimits(
                giving("valkey"),
                factor=settings.rate_limit_factor,
                proxies=settings.proxies,
                session_cookie=REFRESH_COOKIE,
            ),
            AccessCheck(giving("sessions")),
        ],
        lifespan=[_run_beside],
        cors_config=cors_for(settings.cors_origin_list),
        request_class=StrictRequest,
        response_class=JsonResponse,
        on_app_init=[token_auth(settings.jwt_secret).on_app_init],
        exception_handlers={
            DescrowError: refused,
            HTTPException: http_refused,
            Exception: crashed,
        },
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,  # `descrow.kernel.logs` has done it
        openapi_config=OpenAPIConfig(
            title="Descrow",
            version=__version__,
            path="/docs",
            use_handler_docstrings=True,
            operation_id_creator=operation_id_of,
            render_plugins=[WholeDocument()],  # the others load their scripts from somebody else's server
        ),
    )
    apply_access(http)
    resolve_dependencies_in_sequence(http)
    _report_true_methods(http)
    return http


def _report_true_methods(http: Litestar) -> None:
    """OPTIONS names every method of an address: where there are several, the framework names the first one only."""
    for route in http.routes:
        if isinstance(route, HTTPRoute):
            options, _ = route.route_handler_map["OPTIONS"]
            options.after_request = partial(_with_methods, methods=sorted(route.methods))


async def _with_methods(response: Response[None], methods: list[str]) -> Response[None]:
    response.headers["Allow"] = ", ".join(methods)
    return response
