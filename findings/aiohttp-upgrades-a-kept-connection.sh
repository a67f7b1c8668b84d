#!/usr/bin/env bash
# aiohttp asks for a WebSocket on a connection that has served HTTP requests before.
#
# Surprise: browsers and most clients open a new connection for each WebSocket, so a server or a proxy that looks at the
#   first request of a connection to decide who serves it seems to work. aiohttp takes a connection from its pool, so the
#   upgrade is the second or a later request on it.
# Why it matters: python-socketio and python-engineio use aiohttp and begin by polling: their upgrade always comes on a
#   kept connection. Whoever routes by the first head only sends it to the wrong server, the upgrade fails, and the client
#   stays with polling without an error. Look at the head of every request.
# Version: aiohttp 3.13.2, Python 3.11. Date: 2026-11-30. Source: tried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet aiohttp==3.13.2
cat > "$folder/run.py" <<'PYTHON'
import asyncio
import sys

import aiohttp
from aiohttp import web

peers = {}


async def plain(request):
    peers["GET"] = request.transport.get_extra_info("peername")
    return web.Response(text="hello")


async def upgrade(request):
    peers["upgrade"] = request.transport.get_extra_info("peername")
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await socket.close()
    return socket


async def main():
    app = web.Application()
    app.add_routes([web.get("/", plain), web.get("/socket", upgrade)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as session:
        await (await session.get(f"http://127.0.0.1:{port}/")).read()
        async with session.ws_connect(f"ws://127.0.0.1:{port}/socket"):
            pass
    await runner.cleanup()
    is_same = peers["GET"] == peers["upgrade"]
    print(f"aiohttp {aiohttp.__version__}: GET from port {peers['GET'][1]}, upgrade from port {peers['upgrade'][1]}:"
          f" {'the same connection' if is_same else 'two connections'}")
    sys.exit(0 if is_same else 1)


asyncio.run(main())
PYTHON
"$folder/venv/bin/python" "$folder/run.py"
