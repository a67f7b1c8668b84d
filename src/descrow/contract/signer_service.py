"""A signer that keeps the key away from the machines that work: it signs calls of one contract, and nothing else.

This is the other side of `descrow.chain.remote_signer`. It reads what it is asked to sign by its own node's metadata,
and its rules are its own: whoever takes over a worker can have allowed functions called at a limited price, no more.
It keeps no count of days: the limit for a day is the worker's, and the balance.
"""

import asyncio
import hmac
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import structlog
from litestar import Litestar, Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler

from descrow.chain.client import ChainClient
from descrow.chain.keys import EvmAddress, Keypair
from descrow.chain.remote_signer import KEY_PATH, PAYLOAD_TYPE, SIGNATURES_PATH
from descrow.chain.runtime import SigningRequest
from descrow.contract.abi import escrow_interface
from descrow.kernel.errors import DescrowError, Unauthenticated
from descrow.kernel.http.server import http_server
from descrow.kernel.money import Planck
from descrow.kernel.problems.handlers import crashed, http_refused, refused

log = structlog.get_logger(__name__)

MAX_PAYLOAD_BYTES = 64_000


class NotSigned(DescrowError):
    """Refuse what is against the rules of this signer."""

    code: ClassVar[str] = "not_signed"
    status: ClassVar[int] = 403


@dataclass(frozen=True)
class SigningRules:
    """Describe what is signed: calls of these functions of one contract, at no more than this for a transaction."""

    contract: EvmAddress
    functions: frozenset[str]
    max_fee: Planck
    max_deposit: Planck

    def check(self, request: SigningRequest, *, fee: Planck) -> None:
        """Raises NotSigned for anything else. `fee` is without the tip."""
        selectors = {escrow_interface().functions[name].selector for name in self.functions}
        for call in request.calls:
            if call.dest != self.contract:
                raise NotSigned(f"the contract {call.dest} is not the one that this key is for")
            if call.value != 0:
                raise NotSigned("the call would send money")
            if call.data[:4] not in selectors:
                raise NotSigned(f"the function with selector 0x{call.data[:4].hex()} is not allowed")
        if fee + request.tip > self.max_fee:
            raise NotSigned(f"a fee of {fee} and a tip of {request.tip} planck are more than {self.max_fee}")
        deposit = sum(call.storage_deposit_limit for call in request.calls)
        if deposit > self.max_deposit:
            raise NotSigned(f"a deposit of up to {deposit} planck is more than {self.max_deposit}")


def build_signer(key: Keypair, rules: SigningRules, chain: ChainClient, *, token: str) -> Litestar:
    """The signer's two routes, for those who have the token."""

    async def with_token(connection: ASGIConnection[Litestar, object, object, State], _: BaseRouteHandler) -> None:
        given = connection.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise Unauthenticated("The signer's token is wanted.")

    @get(KEY_PATH)
    async def whose_key() -> dict[str, str]:
        return {"publicKey": "0x" + key.public_key.hex(), "address": key.address}

    @post(SIGNATURES_PATH, status_code=200, media_type=PAYLOAD_TYPE)
    async def sign(request: Request[object, object, State]) -> Response[bytes]:
        payload = await request.body()
        try:
            wanted = await chain.read_payload(payload, key.public_key)
            rules.check(wanted, fee=await chain.estimate_fee(wanted.unsigned_extrinsic))
        except ValueError as error:
            raise NotSigned(str(error)) from error
        except NotSigned as refusal:
            log.warning("not signed", reason=refusal.detail)
            raise
        log.info("signed", calls=len(wanted.calls))
        return Response(await key.sign_payload(payload), media_type=PAYLOAD_TYPE)

    return Litestar(
        route_handlers=[whose_key, sign],
        guards=[with_token],
        exception_handlers={
            DescrowError: refused,
            HTTPException: http_refused,
            Exception: crashed,
        },
        request_max_body_size=MAX_PAYLOAD_BYTES,
        openapi_config=None,
        logging_config=None,
    )


def make_room_for(socket: Path) -> None:
    """Take away the socket that an earlier signer left; the next one is for this user only."""
    if socket.is_socket():
        socket.unlink()
    os.umask(0o177)


async def serve_signer(signer: Litestar, *, port: int | None, socket: Path | None) -> None:
    """Serve on a port of this machine alone, or on a socket, until asked to stop."""
    server = http_server(signer, port=port or 0, socket=socket)
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(signal_number, server.stop)
    await server.serve()
