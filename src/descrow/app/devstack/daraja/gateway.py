"""Define what happens around every Daraja request: tokens, the faults before it, and the faults after it."""

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec
from litestar import Request, Response
from litestar.response import Stream

from descrow.app.devstack.daraja import wire
from descrow.app.devstack.daraja.credentials import Credentials
from descrow.app.devstack.daraja.errors import Api, DarajaRefusal, InvalidAccessToken, InvalidGrantType, SpikeArrest
from descrow.app.devstack.daraja.faults import Fault, Switchboard
from descrow.app.devstack.daraja.fields import Fields
from descrow.app.devstack.daraja.outbox import Outbox
from descrow.app.devstack.daraja.settings import SimulatorSettings

JSON = "application/json"
HTML_ERROR = (
    "<html><head><title>503 Service Temporarily Unavailable</title></head>"
    "<body><h1>503 Service Temporarily Unavailable</h1></body></html>"
)

AnyRequest = Request[object, object, object]  # type: ignore[type-var]
AnyResponse = Response[bytes] | Stream


class AcceptedRequest(msgspec.Struct, frozen=True):
    """The answer to a request that was not refused, and the faults that may befall it on its way back."""

    body: wire.Body
    number: int | None = None
    lost_by: Fault | None = None
    held_by: Fault | None = None


class ConnectionBroken(Exception):
    """Raised in the middle of an answer, which makes the server close the connection."""


class Gateway:
    """Every request of the Daraja API passes here."""

    def __init__(
        self, settings: SimulatorSettings, credentials: Credentials, switchboard: Switchboard, outbox: Outbox
    ) -> None:
        self._settings = settings
        self._credentials = credentials
        self._switchboard = switchboard
        self._outbox = outbox

    async def issue_token(self, request: AnyRequest) -> AnyResponse:
        try:
            if (broken := self._break(Api.OAUTH, "")) is not None:
                return broken
            if request.query_params.get("grant_type") != "client_credentials":
                raise InvalidGrantType
            token = self._credentials.issue_token(request.headers.get("Authorization"))
        except DarajaRefusal as refusal:
            return refused(refusal)
        if token is None:
            return Response(b"", status_code=400)
        await self._linger(Api.OAUTH, None)
        return answered(wire.access_token(token, self._settings.token_lifetime_s))

    async def serve(self, request: AnyRequest, api: Api, work: Callable[[Fields], AcceptedRequest]) -> AnyResponse:
        """Do the work unless something is in the way, and answer unless something is in the way."""
        body = await request.body()
        number = None
        try:
            self._credentials.check_token(request.headers.get("Authorization"), api)
            fields = Fields(body, content_type=request.headers.get("Content-Type", ""))
            if (broken := self._break(api, fields.label)) is not None:
                return broken
            accepted = work(fields)
            number = accepted.number
        except DarajaRefusal as refusal:
            await self._linger(api, number)
            return refused(refusal)
        if accepted.held_by is not None and number is not None and self._switchboard.strikes(accepted.held_by, number):
            await self._outbox.first_sent(number, within_s=self._switchboard.delay_s(accepted.held_by))
        await self._linger(api, number)
        if accepted.lost_by is not None and self._switchboard.strikes(accepted.lost_by, number):
            return cut_off(accepted.body)
        return answered(accepted.body)

    def _break(self, api: Api, label: str) -> AnyResponse | None:
        """The faults that come before the work, so that nothing is done."""
        detail = f"{api} {label}".strip()
        if api is not Api.OAUTH and self._switchboard.strikes(Fault.TOKEN_KILLED, None, detail):
            self._credentials.kill_token()
            raise InvalidAccessToken(api)
        if self._switchboard.strikes(Fault.SPIKE_ARREST, None, detail):
            raise SpikeArrest
        if self._switchboard.strikes(Fault.HTML_ERROR, None, detail):
            return Response(HTML_ERROR.encode(), status_code=503, media_type="text/html")
        if self._switchboard.strikes(Fault.EMPTY_ERROR, None, detail):
            return Response(b"", status_code=500)
        return None

    async def _linger(self, api: Api, number: int | None) -> None:
        if self._switchboard.strikes(Fault.SLOW_ANSWER, number, api):
            await asyncio.sleep(self._switchboard.delay_s(Fault.SLOW_ANSWER))


def answered(body: wire.Body) -> AnyResponse:
    return Response(wire.encode(body).encode(), media_type=JSON)


def refused(refusal: DarajaRefusal) -> AnyResponse:
    return Response(wire.encode(wire.error(refusal)).encode(), status_code=refusal.status, media_type=JSON)


def cut_off(body: wire.Body) -> AnyResponse:
    """The answer's first byte, after which the connection breaks."""
    whole = wire.encode(body).encode()

    async def begin() -> AsyncIterator[bytes]:
        yield whole[:1]
        raise ConnectionBroken

    return Stream(begin(), media_type=JSON, headers={"Content-Length": str(len(whole))})
