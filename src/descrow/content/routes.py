"""Uploading files, and the gateway where everybody gets them by their CIDs."""

from typing import Annotated, Any, Literal

from litestar import Controller, HttpMethod, Request, Response, post, route
from litestar.datastructures import State
from litestar.params import HeaderParameter, MultipartBody, PathParameter, QueryParameter
from litestar.response import Stream

from descrow.content import car, service
from descrow.content.cids import Cid
from descrow.content.dependencies import WithBlocks, WithPictures, WithUploadLimits
from descrow.content.files import read_file
from descrow.content.media_types import MediaType
from descrow.content.models import Content
from descrow.content.refusals import UPLOAD_REFUSALS
from descrow.content.schemas import ContentView, UploadRequest
from descrow.kernel.db import utc_now
from descrow.kernel.http.access import Open
from descrow.kernel.http.caller import CallerRequest
from descrow.kernel.http.dependencies import WithSessions
from descrow.kernel.http.ranges import is_same, range_headers, wanted_range
from descrow.kernel.http.streams import begun

RAW_MEDIA_TYPE = "application/vnd.ipld.raw"
FOR_EVER = "public, max-age=31536000, immutable"
CLOSED = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
CLOSED_BUT_FOR_PDF = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""Chromium's PDF viewer, a process of its own, does not open in a sandbox."""


class UploadController(Controller):
    path = "/ipfs"
    tags = ("content",)

    @post("/upload", access=Open.SIGNED_IN, refusals=UPLOAD_REFUSALS)
    async def upload_file(
        self,
        sessions: WithSessions,
        blocks: WithBlocks,
        pictures: WithPictures,
        upload_limits: WithUploadLimits,
        request: CallerRequest,
        data: MultipartBody[UploadRequest],
    ) -> ContentView:
        """Store a JPEG, PNG, WebP, PDF or plain text for everybody to see; `GET /ipfs/{cid}` gives it back."""
        now = utc_now()
        async with sessions.begin() as session:
            upload = await service.begin_upload(
                session,
                request.user.account_id,
                data.file.filename,
                data.file.file,
                limits=upload_limits,
                now=now,
            )
        prepared = await service.prepare(
            data.file.file, pictures, account_id=request.user.account_id, max_bytes=upload_limits.max_bytes
        )
        contents = await service.keep_blocks(blocks, prepared, now=now)
        async with sessions.begin() as session:
            content = await service.finish_upload(session, upload.id, contents)
        await service.pin(blocks, contents)
        return ContentView(
            cid=content.cid,
            media_type=content.media_type,
            size_bytes=content.size_bytes,
            thumbnail_cid=content.thumbnail_cid,
        )


@route(
    "/ipfs/{cid:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    tags=["content"],
    access=Open.ANYBODY,
    refusals=(
        "block_store_unavailable",
        "cid_not_valid",
        "content_damaged",
        "content_not_found",
        "range_not_satisfiable",
    ),
    file_answers={
        200: "The file.",
        206: "The bytes of it that `Range` asks for.",
        304: "`If-None-Match` names it: who asks has it.",
    },
)
async def get_content(
    sessions: WithSessions,
    blocks: WithBlocks,
    request: Request[object, object, State],
    cid: Annotated[str, PathParameter()],
    format: Annotated[Literal["car", "raw"] | None, QueryParameter()] = None,  # noqa: A002  (as gateways call it)
    range_: Annotated[str | None, HeaderParameter(name="Range")] = None,
    if_range: Annotated[str | None, HeaderParameter(name="If-Range")] = None,
    if_none_match: Annotated[str | None, HeaderParameter(name="If-None-Match")] = None,
) -> Response[Any]:
    """The file of this CID, or a range of it; its blocks as a CAR file, or the CID's own block.

    `?format=car` or `?format=raw` asks for blocks, and so does `Accept` with `application/vnd.ipld.car` or `.raw`.
    """
    root = Cid.parse(cid)
    cid = str(root)
    form = format or _form_in(request.headers.get("Accept", ""))
    async with sessions() as session:
        content = await service.get_content(session, root)
    etag = f'"{cid}"' if form is None else f'"{cid}.{form}"'
    headers = {"ETag": etag, "Cache-Control": FOR_EVER, "Vary": "Accept", "X-Content-Type-Options": "nosniff"}
    if is_same(if_none_match, etag):
        return Response(None, status_code=304, headers=headers)

    wanted = None
    if form == "car":
        headers |= _headers_of_blocks(car.MEDIA_TYPE, f"{cid}.car")
        pieces = service.export_car(blocks, content)
    elif form == "raw":
        headers |= _headers_of_blocks(RAW_MEDIA_TYPE, f"{cid}.bin")
        pieces = service.export_block(blocks, content)
    else:
        if request.method == HttpMethod.GET and if_range in (None, etag):
            wanted = wanted_range(range_, content.size_bytes)
        headers |= _headers_of_file(content, wanted)
        pieces = read_file(blocks.get, root, wanted)
    return Stream(
        () if request.method == HttpMethod.HEAD else await begun(pieces),
        status_code=200 if wanted is None else 206,
        headers=headers,
    )


def _headers_of_file(content: Content, wanted: range | None) -> dict[str, str]:
    media_type = content.media_type
    headers = {
        "Content-Type": f"{media_type}; charset=utf-8" if media_type is MediaType.TEXT else media_type,
        **range_headers(wanted, content.size_bytes),
        "Content-Security-Policy": CLOSED_BUT_FOR_PDF if media_type is MediaType.PDF else CLOSED,
    }
    if media_type is MediaType.OTHER:
        headers["Content-Disposition"] = f'attachment; filename="{content.cid}"'
    return headers


def _headers_of_blocks(media_type: str, filename: str) -> dict[str, str]:
    return {
        "Content-Type": media_type,
        "Content-Security-Policy": CLOSED,
        "Content-Disposition": f'attachment; filename="{filename}"',
    }


def _form_in(accept: str) -> Literal["car", "raw"] | None:
    """Return the form that is asked for by its name; everything else asks for the file."""
    named = {accepted.partition(";")[0].strip().lower() for accepted in accept.split(",")}
    if "application/vnd.ipld.car" in named:
        return "car"
    return "raw" if RAW_MEDIA_TYPE in named else None
