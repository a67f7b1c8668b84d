"""A stand-in for Kubo's RPC: the commands that we use, as `docs.ipfs.tech/reference/kubo/rpc` writes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler

from descrow.content.cids import Cid, Codec

CODECS = {"raw": Codec.RAW, "dag-pb": Codec.DAG_PB}


class Kubo:
    """Keeps blocks in memory; a file is pinned when its root is, and only then survives a clean-up."""

    def __init__(self) -> None:
        self.blocks: dict[str, bytes] = {}
        self.pinned: list[str] = []
        self.fails_with = ""
        """What it answers to everything, unless empty."""
        self.url = ""

    async def _put(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form["file"]
        assert isinstance(file, web.FileField)
        data = file.file.read()
        assert (request.query["mhtype"], request.query["pin"]) == ("sha2-256", "false")
        key = str(Cid.of(CODECS[request.query["cid-codec"]], data))
        self.blocks[key] = data
        return web.json_response({"Key": key, "Size": len(data)})

    async def _get(self, request: web.Request) -> web.Response:
        cid = request.query["arg"]
        if cid not in self.blocks:
            return _failed(f"block was not found locally (offline): ipld: could not find {cid}")
        return web.Response(body=self.blocks[cid], content_type="application/octet-stream")

    async def _pin(self, request: web.Request) -> web.Response:
        assert request.query["recursive"] == "true"
        if request.query["arg"] not in self.pinned:
            self.pinned.append(request.query["arg"])
        return web.json_response({"Pins": [request.query["arg"]]})

    async def _unpin(self, request: web.Request) -> web.Response:
        cid = request.query["arg"]
        assert request.query["recursive"] == "true"
        if cid not in self.pinned:
            return _failed("not pinned or pinned indirectly")
        self.pinned.remove(cid)
        return web.json_response({"Pins": [cid]})

    async def _remove(self, request: web.Request) -> web.Response:
        assert request.query["force"] == "true"
        self.blocks.pop(request.query["arg"], None)
        return web.json_response({"Hash": request.query["arg"]})

    @web.middleware
    async def _fail(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        return _failed(self.fails_with) if self.fails_with else await handler(request)


def _failed(message: str) -> web.Response:
    return web.json_response({"Message": message, "Code": 0, "Type": "error"}, status=500)


@asynccontextmanager
async def a_kubo() -> AsyncIterator[Kubo]:
    kubo = Kubo()
    app = web.Application(middlewares=[kubo._fail])
    app.add_routes(
        [
            web.post("/api/v0/block/put", kubo._put),
            web.post("/api/v0/block/get", kubo._get),
            web.post("/api/v0/pin/add", kubo._pin),
            web.post("/api/v0/pin/rm", kubo._unpin),
            web.post("/api/v0/block/rm", kubo._remove),
        ]
    )
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    kubo.url = f"http://{host}:{port}"
    try:
        yield kubo
    finally:
        await runner.cleanup()
