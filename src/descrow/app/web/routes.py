"""The web app over HTTP: its built files, and the app itself at every address that only the app knows."""

from importlib.resources import files
from typing import Annotated

from litestar import HttpMethod, MediaType, Response, route
from litestar.handlers import HTTPRouteHandler
from litestar.params import HeaderParameter, PathParameter

from descrow.app.settings import Settings
from descrow.app.web.content_security_policy import policy_of_page, security_headers
from descrow.app.web.site import Site, accepts_gzip
from descrow.kernel.errors import NotFound
from descrow.kernel.http.access import Open
from descrow.kernel.http.limits import RateLimitKind
from descrow.kernel.http.ranges import is_same

PLAIN_PAGE = files("descrow.app.web").joinpath("front_page.html").read_text()
"""What a browser sees where no app was built: whether the stack works, and where its doors are."""
PLAIN_HEADERS = {"Cache-Control": "no-cache", "Content-Security-Policy": policy_of_page(PLAIN_PAGE)}


class NothingHere(NotFound):
    def __init__(self, path: str) -> None:
        super().__init__("There is nothing at this address.", path=path)


def web_app(settings: Settings) -> HTTPRouteHandler:
    """The route of everything that no other route answers."""
    site = Site.open(settings.web_dist)
    guarding = security_headers(public_url=settings.public_url, chain_url=settings.chain_url_of_browsers)

    @route(
        ["/", "/{path:path}"],
        http_method=[HttpMethod.GET, HttpMethod.HEAD],
        include_in_schema=False,
        access=Open.ANYBODY,
        rate_limit=RateLimitKind.UNLIMITED,
    )
    async def show(
        path: Annotated[str, PathParameter()] = "/",
        accept_encoding: Annotated[str | None, HeaderParameter(name="Accept-Encoding")] = None,
        if_none_match: Annotated[str | None, HeaderParameter(name="If-None-Match")] = None,
    ) -> Response[bytes | str | None]:
        if site is None:
            if path.strip("/"):
                raise NothingHere(path)
            return Response(PLAIN_PAGE, media_type=MediaType.HTML, headers=PLAIN_HEADERS)
        file = site.find(path)
        if file is None:
            raise NothingHere(path)
        headers = {**guarding, "ETag": file.etag, "Cache-Control": file.cache_control, "Vary": "Accept-Encoding"}
        if is_same(if_none_match, file.etag):
            return Response(None, status_code=304, headers=headers)
        if file.packed is not None and accepts_gzip(accept_encoding):
            headers["Content-Encoding"] = "gzip"
            return Response(file.packed, media_type=file.media_type, headers=headers)
        return Response(file.body, media_type=file.media_type, headers=headers)

    return show
