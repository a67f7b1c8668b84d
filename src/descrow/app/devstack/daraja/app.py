"""The web application: Daraja's paths, the control interface, and the pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

from litestar import Litestar, MediaType, Response, get
from litestar.exceptions import HTTPException, MethodNotAllowedException

from descrow.app.devstack.daraja import gateway
from descrow.app.devstack.daraja.control_routes import control_router
from descrow.app.devstack.daraja.daraja_routes import daraja_router
from descrow.app.devstack.daraja.errors import ControlRefusal, DarajaMethodNotAllowed, NoSuchResource
from descrow.app.devstack.daraja.gateway import AnyRequest, AnyResponse
from descrow.app.devstack.daraja.simulator import Simulator

PAGES = files(__package__).joinpath("pages")
STATIC_TYPES = {
    "style.css": "text/css",
    "phone.js": "text/javascript",
    "operator.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
MAX_BODY_BYTES = 100_000
PAGE_HEADERS = {
    # Nothing but our own files, so that no text of a merchant can ever run.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def build_app(simulator: Simulator) -> Litestar:
    """The simulator runs from the application's start-up to its shut-down."""

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        simulator.start()
        yield
        await simulator.stop()

    return Litestar(
        route_handlers=[
            health,
            operator_page,
            phone_page,
            static_file,
            daraja_router(simulator),
            control_router(simulator),
        ],
        lifespan=[lifespan],
        exception_handlers={ControlRefusal: control_refused, HTTPException: http_refused},
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
        openapi_config=None,
    )


@get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@get("/")
async def operator_page() -> Response[str]:
    return _page("operator.html")


@get("/phones/{msisdn:str}")
async def phone_page(msisdn: str) -> Response[str]:  # noqa: ARG001, the page reads it from its own address
    return _page("phone.html")


@get("/static/{name:str}")
async def static_file(name: str) -> AnyResponse:
    if name not in STATIC_TYPES:
        return gateway.refused(NoSuchResource())
    return Response(PAGES.joinpath(name).read_bytes(), media_type=STATIC_TYPES[name], headers=PAGE_HEADERS)


def control_refused(_request: AnyRequest, error: ControlRefusal) -> Response[dict[str, str]]:
    return Response({"code": error.code, "message": str(error)}, status_code=error.status)


def http_refused(request: AnyRequest, error: HTTPException) -> AnyResponse | Response[dict[str, str]]:
    """A path or method that is not there, as Daraja says it; below `/control`, what was wrong with the request."""
    if request.url.path.startswith("/control"):
        problems = "; ".join(
            f"{item.get('key', '')}: {item.get('message', '')}" for item in error.extra or [] if isinstance(item, dict)
        )
        return Response({"code": "invalid_request", "message": problems or error.detail}, status_code=error.status_code)
    if isinstance(error, MethodNotAllowedException):
        return gateway.refused(DarajaMethodNotAllowed())
    return gateway.refused(NoSuchResource())


def _page(name: str) -> Response[str]:
    return Response(PAGES.joinpath(name).read_text(), media_type=MediaType.HTML, headers=PAGE_HEADERS)
