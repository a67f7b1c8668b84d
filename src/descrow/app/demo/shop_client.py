"""A shop's customer as a program: signs in with a key, speaks HTTP and Socket.IO, signs what the server prepares.

For the demo and the tests. It knows the API from outside only, and outlives an API that is away for a while.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import httpx
import socketio

from descrow.chain.blocks import Block, ExtrinsicOutcome
from descrow.chain.client import ChainClient
from descrow.chain.contract_runs import Limits
from descrow.chain.errors import ChainUnreachable, RpcRefused
from descrow.chain.keys import EvmAddress, Keypair
from descrow.kernel.money import Planck

NEEDS_A_PERSON = frozenset({"contract_missing", "wrong_chain"})
"""Outages that do not pass by themselves."""

OUTAGE_S = 180
"""How long a part may be away before the client gives up."""

RETRY_S = 1
QUIET_S = 2


class ApiRefused(Exception):
    """The API said no, and why: a problem document."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('code')} ({status}): {problem.get('detail')}")
        self.status = status
        self.code = str(problem.get("code"))
        self.problem = problem


class PatientChain(ChainClient):
    """Asks again while the chain is away. Safe for all it can ask: sending the same bytes twice has one effect."""

    async def _call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        async with asyncio.timeout(OUTAGE_S):
            while True:
                try:
                    return await super()._call(method, *params, timeout_s=timeout_s)
                except ChainUnreachable:
                    await asyncio.sleep(RETRY_S)


@dataclass
class ShopClient:
    """One signed-in wallet."""

    base_url: str
    key: Keypair
    chain: ChainClient
    transport: httpx.AsyncBaseTransport | None = None
    """How to reach an application in this very process; None is the network."""
    received: list[dict[str, Any]] = field(default_factory=list)
    """Every message of the live feed, in order, each with its `feedNumber` and, as `event`, its name."""
    _http: httpx.AsyncClient = field(init=False)
    _token: str = ""
    _events: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._http = httpx.AsyncClient(base_url=self.base_url, timeout=30, transport=self.transport)

    async def close(self) -> None:
        await self._http.aclose()

    async def sign_in(self) -> None:
        """Sign the server's message as a wallet does; once more if the server has forgotten the message meanwhile."""
        self._token = ""
        try:
            await self._sign_in_once()
        except ApiRefused as refusal:
            if refusal.code != "challenge_not_known":
                raise
            await self._sign_in_once()

    async def _sign_in_once(self) -> None:
        challenge = await self._send("POST", "/api/v1/auth/challenge", {"address": self.key.address})
        signature = self.key.sign(b"<Bytes>" + challenge["message"].encode() + b"</Bytes>")
        signed_in = await self._send(
            "POST", "/api/v1/auth/session", {"nonce": challenge["nonce"], "signature": "0x" + signature.hex()}
        )
        self._token = signed_in["accessToken"]

    async def get(self, path: str) -> Any:
        return await self._as_caller("GET", path)

    async def post(self, path: str, body: dict[str, Any], *, idempotency_key: str | None = None) -> Any:
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return await self._as_caller("POST", path, body, headers)

    async def put(self, path: str, body: dict[str, Any]) -> Any:
        return await self._as_caller("PUT", path, body)

    async def delete(self, path: str) -> Any:
        return await self._as_caller("DELETE", path)

    async def ask(self, method: str, path: str, *, idempotency_key: str = "", **options: Any) -> httpx.Response:
        """The answer as it comes, a refusal too: for files, and for whoever looks at headers. Asked once."""
        if not self._token:
            await self.sign_in()
        headers = {"Authorization": f"Bearer {self._token}"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        return await self._http.request(method, path, headers=headers, **options)

    async def sign_and_send(self, call: dict[str, Any]) -> tuple[Block, ExtrinsicOutcome]:
        """Sign a call that the server prepared, send it, and wait for the final block that holds it.

        The same bytes are sent again when the chain was away. Raises NotIncluded when no block took them.
        """
        encoded = await self.encode(call)
        signed = await self.chain.sign(encoded, self.key)
        async with asyncio.timeout(OUTAGE_S):
            while True:
                with suppress(RpcRefused):  # it may be in a block already; waiting for it tells
                    await self.chain.submit(signed.extrinsic)
                try:
                    return await self.chain.wait_for(signed)
                except ChainUnreachable:
                    await asyncio.sleep(RETRY_S)

    async def encode(self, call: dict[str, Any]) -> bytes:
        """A call that the server prepared, as it stands in an extrinsic."""
        return await self.chain.encode_contract_call(
            dest=EvmAddress(call["dest"]),
            data=bytes.fromhex(call["data"].removeprefix("0x")),
            limits=Limits(
                ref_time=int(call["refTimeLimit"]),
                proof_size=int(call["proofSizeLimit"]),
                storage_deposit=Planck(int(call["storageDepositLimitPlanck"])),
            ),
            value=Planck(int(call["valuePlanck"])),
        )

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear the live feed into `heard`, across lost connections, until the block ends."""
        task = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            async with aiohttp.ClientSession() as session:
                socket = socketio.AsyncClient(reconnection=False, http_session=session)
                ended = asyncio.Event()
                socket.on("*", self._receive)
                socket.on("disconnect", ended.set)
                last = self.received[-1]["feedNumber"] if self.received else 0
                try:
                    await socket.connect(
                        self.base_url, auth={"token": self._token, "after": last}, transports=["websocket"]
                    )
                    await ended.wait()  # the library's own wait() swallows a cancellation
                except socketio.exceptions.ConnectionError:
                    pass  # away, or the token has ended; either passes
                finally:
                    await socket.disconnect()
            await asyncio.sleep(RETRY_S)

    async def _receive(self, event: str, message: dict[str, Any]) -> None:
        self.received.append({"event": event, **message})
        self._events.set()

    async def wait_for_events(self) -> None:
        """Return when something new was heard, or after a while without: what one waits for may be known otherwise."""
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_S):
                await self._events.wait()
        self._events.clear()

    async def _as_caller(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        if not self._token:
            await self.sign_in()
        try:
            return await self._send(method, path, body, headers)
        except ApiRefused as refusal:
            if refusal.status != 401:
                raise
            await self.sign_in()  # the token's minutes are over
            return await self._send(method, path, body, headers)

    async def _send(
        self, method: str, path: str, body: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        """The answer's JSON. Asks again while the API or a part behind it is away. Raises Refused."""
        async with asyncio.timeout(OUTAGE_S):
            while True:
                try:
                    answer = await self._http.request(
                        method,
                        path,
                        json=body,
                        headers={
                            **(headers or {}),
                            **({"Authorization": f"Bearer {self._token}"} if self._token else {}),
                        },
                    )
                except httpx.TransportError:
                    await asyncio.sleep(RETRY_S)
                    continue
                if answer.status_code == 503 and answer.json().get("code") not in NEEDS_A_PERSON:
                    await asyncio.sleep(RETRY_S)
                    continue
                if answer.is_success:
                    return answer.json() if answer.content else None
                raise ApiRefused(answer.status_code, answer.json())
