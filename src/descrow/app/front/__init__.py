"""The public port: accept and bound every connection, then give it to the server that is good at it.

Granian serves HTTP twice as fast as uvicorn, but it reads a WebSocket message of 64 MiB before the application sees
any of it, uses 184 kB for each idle socket, and keeps connections that send nothing. uvicorn's WebSocket protocol
bounds a message while it arrives, and uses 37 kB. So WebSockets go to uvicorn's protocol in this process, everything
else to Granian on a port of its own on loopback.
"""
