#!/usr/bin/env bash
# python-engineio leaves a poll waiting after the client has closed its session.
#
# Surprise: a client that polls says goodbye by a POST with the packet `1` (close). The server ends the session at once,
#   and tells the application so, but the GET of that session that waits for packets is answered only after ping interval
#   and ping time-out together: 45 seconds with the defaults.
# Why it matters: python-socketio's own client waits for that GET. A connection that the application refuses, and every
#   orderly disconnect, takes it half a minute by polling and some milliseconds by WebSocket. On the server each goodbye
#   holds a connection for that long. Put None into the session's queue when it ends: the poll is answered at once.
# Version: python-engineio 4.15.1, uvicorn 0.54.0, Python 3.11. Date: 2026-11-30. Source: tried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet python-engineio==4.15.1 uvicorn==0.54.0 httpx==0.28.1
cat > "$folder/run.py" <<'PYTHON'
import asyncio
import json
import sys
import time

import engineio
import httpx
import uvicorn

INTERVAL_S, TIMEOUT_S = 3, 3
server = engineio.AsyncServer(async_mode="asgi", ping_interval=INTERVAL_S, ping_timeout=TIMEOUT_S)
ended_at = []
server.on("disconnect", lambda sid, reason: ended_at.append(time.monotonic()))


async def main():
    web = uvicorn.Server(uvicorn.Config(engineio.ASGIApp(server), port=0, log_level="error", lifespan="off"))
    serving = asyncio.create_task(web.serve())
    while not web.started:
        await asyncio.sleep(0.05)
    port = web.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
        query = {"EIO": "4", "transport": "polling"}
        opened = json.loads((await http.get("/engine.io/", params=query)).text[1:])
        query["sid"] = opened["sid"]
        poll = asyncio.create_task(http.get("/engine.io/", params=query))
        await asyncio.sleep(0.5)
        said_at = time.monotonic()
        await http.post("/engine.io/", params=query, content="1")
        await poll
    session_s, poll_s = ended_at[0] - said_at, time.monotonic() - said_at
    print(f"python-engineio 4.15.1: after the close packet the session ended in {session_s:.2f} s,"
          f" its poll was answered in {poll_s:.1f} s (ping interval {INTERVAL_S} s, time-out {TIMEOUT_S} s)")
    web.should_exit = True
    await serving
    sys.exit(0 if session_s < 1 and poll_s > INTERVAL_S else 1)


asyncio.run(main())
PYTHON
"$folder/venv/bin/python" "$folder/run.py"
