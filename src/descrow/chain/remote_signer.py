"""A signer in another process, asked over HTTP; it may refuse, and it may be away.

The protocol is small, so that anybody can put an HSM or a policy of their own behind it:

    GET  /v1/key         → 200 {"publicKey": "0x…"}: the account's 32 bytes
    POST /v1/signatures  the payload as application/octet-stream → 200, the 64 bytes of its sr25519 signature

A payload is what an extrinsic's signature is over, whole: call, what the extrinsic adds, what is signed besides. The
signer hashes it where the chain does (BLAKE2b-256 above 256 bytes). Both want `Authorization: Bearer <token>`. A
refusal is 4xx with problem details, whose `detail` is passed on; 5xx or no answer means that it may be asked again.
"""

from dataclasses import dataclass, field

import httpx

from descrow.chain.errors import KeyNotUsable, SignerRefused, SignerUnreachable
from descrow.chain.keys import address_of, is_signature_of

TIMEOUT_S = 10
KEY_PATH = "/v1/key"
SIGNATURES_PATH = "/v1/signatures"
PAYLOAD_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class RemoteSigner:
    """Made by `connect`. It is asked anew for each signature, and each signature is checked."""

    place: str
    public_key: bytes
    _token: str = field(repr=False)

    @classmethod
    async def connect(cls, place: str, *, token: str | None) -> "RemoteSigner":
        """Ask whose key it has. `place` is an http address, or `unix:` and the path of a socket.

        Raises KeyNotUsable, SignerRefused or SignerUnreachable.
        """
        if token is None:
            raise KeyNotUsable(f"the signer at {place} needs a token")
        if not place.startswith(("http://", "https://", "unix:")):
            raise KeyNotUsable("a signer is given as signer:http://host:port, or as signer:unix:/path")
        answer = await _ask(place, token, "GET", KEY_PATH)
        try:
            public_key = bytes.fromhex(str(answer.json()["publicKey"]).removeprefix("0x"))
        except (ValueError, KeyError, TypeError) as error:
            raise SignerUnreachable(f"{place} does not answer as a signer does") from error
        if len(public_key) != 32:
            raise SignerUnreachable(f"{place} does not answer with a key of 32 bytes")
        return cls(place, public_key, token)

    @property
    def address(self) -> str:
        return address_of(self.public_key)

    async def sign_payload(self, payload: bytes) -> bytes:
        """Raises SignerRefused with the signer's reason, or SignerUnreachable."""
        answer = await _ask(self.place, self._token, "POST", SIGNATURES_PATH, payload)
        if not is_signature_of(answer.content, payload, self.public_key):
            raise SignerUnreachable(f"{self.place} answered with something that is not its signature")
        return answer.content


async def _ask(place: str, token: str, method: str, path: str, payload: bytes | None = None) -> httpx.Response:
    socket = place.removeprefix("unix:") if place.startswith("unix:") else None
    headers = {"Authorization": f"Bearer {token}"}
    if payload is not None:
        headers["Content-Type"] = PAYLOAD_TYPE
    try:
        async with httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=socket),
            base_url=place if socket is None else "http://signer",
            timeout=TIMEOUT_S,
        ) as http:
            answer = await http.request(method, path, content=payload, headers=headers)
    except httpx.HTTPError as error:
        raise SignerUnreachable(f"{place}: {str(error) or type(error).__name__}") from error
    if answer.is_client_error:
        raise SignerRefused(_reason_of(answer))
    if not answer.is_success:
        raise SignerUnreachable(f"{place} answers {answer.status_code}")
    return answer


def _reason_of(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.reason_phrase}"
