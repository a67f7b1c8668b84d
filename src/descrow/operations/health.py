"""Is everything there that an order needs? For load balancers, for the status page, for people."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal, TypeVar

import msgspec
import structlog
from litestar import Response, get
from sqlalchemy import func, select, text

from descrow import __version__
from descrow.contract.dependencies import GetContract
from descrow.contract.event_store import cursor_of
from descrow.contract.models import ChainEvent, Finality
from descrow.incidents.models import Alert
from descrow.kernel.db import Sessions, utc_now
from descrow.kernel.http.access import Open
from descrow.kernel.http.limits import RateLimitKind
from descrow.mpesa.client import Daraja
from descrow.operations.dependencies import WithServices
from descrow.operations.services import CheckedServices

log = structlog.get_logger(__name__)

CHECK_TIMEOUT_S = 3
_STARTED = time.monotonic()

Answer = TypeVar("Answer")
ServiceHealth = Literal["ok", "error"]
MpesaHealth = Literal["ok", "error", "off"]


class ServicesHealth(msgspec.Struct, rename="camel"):
    """`mpesa` is off where the operator takes DOT only. It does not count for `status`: the shop still sells in DOT.

    Nor does `valkey`: without it nobody can sign in and nobody is limited, but whoever is signed in trades on.
    """

    database: ServiceHealth
    valkey: ServiceHealth
    polkadot: ServiceHealth
    contract: ServiceHealth
    indexer: ServiceHealth
    mpesa: MpesaHealth


class HealthMetrics(msgspec.Struct, rename="camel"):
    """`indexed_block` is the newest block whose events are in the log; `finalized_block` the chain's newest final one.

    `open_alerts` counts the troubles that a person must see: they are no reason to send requests elsewhere.
    """

    uptime_s: int
    finalized_block: int | None
    indexed_block: int | None
    events_waiting: int | None
    open_alerts: int | None


class Liveness(msgspec.Struct):
    status: Literal["ok"] = "ok"


class Health(msgspec.Struct, rename="camel"):
    status: Literal["ok", "degraded"]
    timestamp: datetime
    version: str
    services: ServicesHealth
    metrics: HealthMetrics


MAX_LAG_BLOCKS = 5


async def check_health(checked: CheckedServices) -> Health:
    """Ask every service at once, none of them longer than CHECK_TIMEOUT_S."""
    database, valkey, head, contract, progress, mpesa = await asyncio.gather(
        _ask("database", lambda: _touch_database(checked.sessions)),
        _ask("valkey", lambda: checked.valkey.ping()),
        _ask("polkadot", checked.chain.finalized_number),
        _ask("contract", lambda: _touch_contract(checked.get_contract)),
        _ask("database", lambda: _progress(checked.sessions)),
        _ask("mpesa", lambda: _mpesa(checked.daraja)),
    )
    followed, waiting, alerts = progress if progress is not None else (None, None, None)
    is_following = head is not None and followed is not None and abs(head - followed) <= MAX_LAG_BLOCKS
    services = ServicesHealth(
        database=_word(database is not None),
        valkey=_word(valkey is not None),
        polkadot=_word(head is not None),
        contract=_word(contract is not None),
        indexer=_word(is_following),
        mpesa=mpesa or "error",
    )
    needed = set(services.__struct_fields__) - {"mpesa", "valkey"}
    all_well = all(getattr(services, name) == "ok" for name in needed)
    return Health(
        status="ok" if all_well else "degraded",
        timestamp=utc_now(),
        version=__version__,
        services=services,
        metrics=HealthMetrics(
            uptime_s=int(time.monotonic() - _STARTED),
            finalized_block=head,
            indexed_block=followed,
            events_waiting=waiting,
            open_alerts=alerts,
        ),
    )


@get(
    ["/health", "/api/health", "/api/v1/health"],
    tags=["operations"],
    rate_limit=RateLimitKind.UNLIMITED,
    access=Open.ANYBODY,
    same_body_answers={503: "A part does not work; the body says which."},
)
async def get_health(services: WithServices) -> Response[Health]:
    """200 when every service works, 503 when one besides M-Pesa and Valkey does not; the body says which.

    An answer is shared by all who ask within a second.
    """
    state = await services.latest_health.get(lambda: check_health(services))
    return Response(state, status_code=200 if state.status == "ok" else 503, headers={"Cache-Control": "no-store"})


@get("/health/live", tags=["operations"], rate_limit=RateLimitKind.UNLIMITED, access=Open.ANYBODY)
async def get_liveness() -> Liveness:
    """200 as long as this process answers at all; looks at nothing else."""
    return Liveness()


def _word(is_well: bool) -> ServiceHealth:
    return "ok" if is_well else "error"


async def _ask(part: str, question: Callable[[], Awaitable[Answer]]) -> Answer | None:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            return await question()
    except Exception as error:  # whatever it is, the part is not well
        log.warning("part not well", part=part, error=f"{type(error).__name__}: {error}")
        return None


async def _touch_database(sessions: Sessions) -> bool:
    async with sessions() as session:
        await session.execute(text("SELECT 1"))
    return True


async def _touch_contract(get_contract: GetContract) -> bool:
    """Raises unless our contract answers on our chain."""
    await (await get_contract()).read("next_order_id")
    return True


async def _mpesa(daraja: Daraja | None) -> MpesaHealth:
    """Return whether Daraja lets us in; a token is kept for an hour, so this asks it now and then only."""
    if daraja is None:
        return "off"
    return "ok" if await daraja.lets_us_in() else "error"


async def _progress(sessions: Sessions) -> tuple[int | None, int, int]:
    """The newest final block in the log, how many events wait, how many alerts are open."""
    async with sessions() as session:
        cursor = await cursor_of(session)
        waiting = await session.scalar(
            select(func.count())
            .select_from(ChainEvent)
            .where(
                ChainEvent.applied_at.is_(None),
                ChainEvent.finality == Finality.FINALIZED,
                ChainEvent.contract_order_id.is_not(None),
            )
        )
        alerts = await session.scalar(select(func.count()).select_from(Alert).where(Alert.cleared_at.is_(None)))
    return None if cursor is None else cursor.number, waiting or 0, alerts or 0
