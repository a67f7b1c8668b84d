#!/usr/bin/env bash
# Granian tells an ASGI application the client's port as text; uvicorn tells it as a number.
#
# Surprise: the ASGI specification has `client` as [host, port] with the port "as an integer". Under Granian it is a
#   `str`, so a look-up by port, or a comparison with `getpeername()`, finds nothing and raises nothing.
# Why it matters: whoever maps connections to clients by port (a front in the same process, a log that is joined with
#   a proxy's) gets no match at all after changing the server. Compare `str(port)`, or convert it once at the door.
# Version: granian 2.8.7, uvicorn 0.54.0, Python 3.11. Date: 2026-11-30. Source: tried; the text of the specification:
#   https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet granian==2.8.7 uvicorn==0.54.0
cat > "$folder/app.py" <<'PYTHON'
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = type(scope["client"][1]).__name__.encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
PYTHON
cat > "$folder/ask.py" <<'PYTHON'
import sys
import time
import urllib.request

for _ in range(50):
    try:
        print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/").read().decode())
        break
    except OSError:
        time.sleep(0.2)
PYTHON
type_of_port() { # name, command...
    local name=$1 port
    shift
    port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    (cd "$folder" && exec "$@" --port "$port" >/dev/null 2>&1) &
    local server=$!
    local answer
    answer=$(python3 "$folder/ask.py" "$port")
    kill "$server"
    wait "$server" 2>/dev/null || true
    echo "$name: the client's port is of type $answer" >&2
    echo "$answer"
}
granian=$(type_of_port "granian 2.8.7" "$folder/venv/bin/granian" --interface asginl app:app)
uvicorn=$(type_of_port "uvicorn 0.54.0" "$folder/venv/bin/uvicorn" --lifespan off app:app)
[ "$granian" = str ] && [ "$uvicorn" = int ]
