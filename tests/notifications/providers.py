"""Define who would carry messages, played at the wire on loopback: an HTTP and a mail server that do as told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import msgspec

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class ReceivedRequest:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: tuple[str, ...] = ()


HANGS = "it takes the request and says nothing"
CUTS = "it takes the request and closes the connection"
Behaviour = Reply | str


@dataclass
class HttpProvider:
    """Answers each request by the next of `next_replies`, else by `reply`."""

    port: int = 0
    reply: Behaviour = field(default_factory=Reply)
    next_replies: list[Behaviour] = field(default_factory=list)
    received: list[ReceivedRequest] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.received.append(ReceivedRequest(head[0].split(" ")[1], headers, body))
            behaviour = self.next_replies.pop(0) if self.next_replies else self.reply
            if behaviour == HANGS:
                await asyncio.sleep(60)
            elif isinstance(behaviour, Reply):
                lines = [f"HTTP/1.1 {behaviour.status} said", f"Content-Length: {len(behaviour.body)}"]
                writer.write("\r\n".join([*lines, *behaviour.headers, "Connection: close", "", ""]).encode())
                writer.write(behaviour.body)
                await writer.drain()
        writer.close()


@dataclass
class SmtpProvider:
    """A mail server. `refusals`, by a command's first word, stand in the place of 250; `cuts_at` ends the line."""

    port: int = 0
    refusals: dict[str, str] = field(default_factory=dict)
    cuts_at: str | None = None
    received: list[str] = field(default_factory=list)
    """Each message that it took, whole, or took and did not say so."""

    @property
    def url(self) -> str:
        return f"smtp://{LOOPBACK}:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.cuts_at == "connect":
            return
        writer.write(b"220 mail.test\r\n")
        while line := (await reader.readline()).decode().strip():
            word = line.split(" ")[0].upper()
            if word == "DATA":
                writer.write(b"354 go on\r\n")
                message = (await reader.readuntil(b"\r\n.\r\n")).decode()
                if word not in self.refusals:
                    self.received.append(message)
            if word == self.cuts_at:
                return
            writer.write(self.refusals.get(word, "250 taken as 7").encode() + b"\r\n")
            if word == "QUIT":
                return


@dataclass(frozen=True)
class Providers:
    sms: HttpProvider
    mail: SmtpProvider
    web: HttpProvider
    """A browser's push service, and whoever a webhook leads to."""


@asynccontextmanager
async def providers_running() -> AsyncIterator[Providers]:
    providers = Providers(HttpProvider(reply=sms_reply(101)), SmtpProvider(), HttpProvider())
    servers = []
    for provider in (providers.sms, providers.mail, providers.web):
        server = await asyncio.start_server(provider.serve, LOOPBACK, 0)
        provider.port = server.sockets[0].getsockname()[1]
        servers.append(server)
    try:
        yield providers
    finally:
        for server in servers:
            server.close()


def sms_reply(status_code: int, *, message_id: str = "ATXid_1", http_status: int = 201) -> Reply:
    """As Africa's Talking answers, for one recipient."""
    recipient = {
        "statusCode": status_code,
        "number": "+254712345678",
        "status": f"Status of +254712345678 is {status_code}",
        "cost": "KES 0.8000",
        "messageId": message_id,
    }
    data = {"Message": "Sent to 1/1 Total Cost: KES 0.8000", "Recipients": [recipient]}
    return Reply(http_status, msgspec.json.encode({"SMSMessageData": data}))
