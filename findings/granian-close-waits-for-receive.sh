#!/usr/bin/env bash
# Granian sends an ASGI `websocket.close` only when no `receive` is waiting.
#
# Surprise: an application that awaits `receive` in one task (as every library for WebSockets does) and sends
#   `websocket.close` from another closes nothing. The `send` waits until the client leaves by itself. Under uvicorn the
#   client gets the close frame at once.
# Why it matters: a server that wants its clients to reconnect (restart, end of a token) believes it closed their lines.
#   End the waiting `receive` first, by cancelling the task that awaits it, and send the close then.
# Version: granian 2.8.7, uvicorn 0.54.0, websockets 17.4, Python 3.11. Date: 2026-11-30. Source: tried.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet granian==2.8.7 uvicorn==0.54.0 websockets==17.4
cat > "$folder/app.py" <<'PYTHON'
import asyncio


async def app(scope, receive, send):
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})

    async def close():
        if scope["path"] == "/reader-ends":
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        await send({"type": "websocket.close", "code": 1012})

    reading = asyncio.create_task(one_message(receive))
    await asyncio.sleep(0.5)
    await close()


async def one_message(receive):
    return await receive()
PYTHON
cat > "$folder/client.py" <<'PYTHON'
import asyncio
import sys

import websockets


async def main(port, path):
    for _ in range(50):
        try:
            line = await websockets.connect(f"ws://127.0.0.1:{port}{path}")
            break
        except OSError:
            await asyncio.sleep(0.2)
    try:
        await asyncio.wait_for(line.recv(), 4)
    except TimeoutError:
        print("nothing in 4 s")
    except websockets.ConnectionClosed as closed:
        print(f"closed with {closed.rcvd.code if closed.rcvd else None}")
    line.transport.abort()


asyncio.run(main(*sys.argv[1:]))
PYTHON
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cd "$folder"
seen() { # server's name, path
    if [ "$1" = granian ]; then
        venv/bin/granian --interface asgi --port "$port" --no-log app:app >/dev/null 2>&1 &
    else
        venv/bin/uvicorn --port "$port" --log-level error app:app >/dev/null 2>&1 &
    fi
    server=$!
    venv/bin/python client.py "$port" "$2"
    pkill -9 -P "$server" 2>/dev/null || true # Granian's worker first: without its parent it would stay
    kill -9 "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    port=$((port + 1))
}
uvicorn=$(seen uvicorn /reader-waits)
waits=$(seen granian /reader-waits)
ends=$(seen granian /reader-ends)
echo "uvicorn 0.54.0, receive waiting:  $uvicorn"
echo "granian 2.8.7, receive waiting:   $waits"
echo "granian 2.8.7, receive cancelled: $ends"
[ "$uvicorn" = "closed with 1012" ] && [ "$waits" = "nothing in 4 s" ] && [ "$ends" = "closed with 1012" ]
