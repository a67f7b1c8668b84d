"""Define what a monitor reads: the state of the marketplace as numbers, in the format of Prometheus.

All of them are looked up at each scrape, in PostgreSQL and on the chain, where every process keeps what it does: so any
`api` process tells of all of them, the workers too, and one is enough to scrape.
"""

import asyncio
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from descrow.chain.errors import ChainUnreachable, WrongChain
from descrow.contract.event_store import cursor_of
from descrow.contract.models import CallStatus, ContractCall
from descrow.incidents.models import Alert, AlertKind, Case, CaseKind
from descrow.kernel.db import utc_now
from descrow.kernel.errors import NotFound, Unauthenticated
from descrow.kernel.http.access import Open
from descrow.operations.dependencies import WithMetricsToken, WithServices, WithSignerKeys
from descrow.operations.health import Health, check_health
from descrow.operations.overview import (
    RunLine,
    SignerLine,
    count_open_calls,
    count_parked,
    count_waiting,
    last_run,
    look_at_signers,
)
from descrow.operations.services import CheckedServices, SignerKeys

CHAIN_TIMEOUT_S = 3


class NoMetricsHere(NotFound):
    """No token is set, so nobody may read them."""

    def __init__(self) -> None:
        super().__init__("There are no metrics here.")


class NotTheMonitor(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("Metrics are for who shows the token of DESCROW_METRICS_TOKEN.")


@dataclass
class Rows:
    """Describe what PostgreSQL says."""

    waiting: int
    parked: int
    calls: Mapping[CallStatus, int]
    oldest_call_at: datetime | None
    alerts: Mapping[AlertKind, int]
    cases: Mapping[CaseKind, int]
    followed_at: datetime | None
    """When the newest final block of the log was made."""
    run: RunLine | None


@dataclass(eq=False)  # the registry keeps its collectors in a dictionary
class Snapshot(Collector):
    """The marketplace at one moment, as families of metrics. What could not be learned is left out, never guessed."""

    health: Health
    now: datetime
    rows: Rows | None = None
    signers: list[SignerLine] = field(default_factory=list)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._of_parts()
        if self.rows is not None:
            yield from self._of_indexer(self.rows)
            yield from self._of_queue(self.rows)
            yield from self._of_troubles(self.rows)
        yield _by(
            "descrow_signer_free_planck",
            "What a key that signs for us may spend.",
            ("role", "address"),
            {
                (signer.role.value, signer.address): int(signer.free_planck)
                for signer in self.signers
                if signer.address is not None and signer.free_planck is not None
            },
        )

    def _of_parts(self) -> Iterator[GaugeMetricFamily]:
        services = self.health.services
        yield _by(
            "descrow_part_well",
            "1 when the part answers as it should, as /health has it.",
            ("part",),
            {
                (name,): int(getattr(services, name) == "ok")
                for name in services.__struct_fields__
                if getattr(services, name) != "off"
            },
        )
        if self.health.metrics.finalized_block is not None:
            yield _one(
                "descrow_finalized_block", "The chain's newest final block.", self.health.metrics.finalized_block
            )

    def _of_indexer(self, rows: Rows) -> Iterator[GaugeMetricFamily]:
        head, followed = self.health.metrics.finalized_block, self.health.metrics.indexed_block
        if followed is not None:
            yield _one("descrow_indexed_block", "The newest final block whose events are in the log.", followed)
        if head is not None and followed is not None:
            lag = max(0, head - followed)
            yield _one("descrow_indexer_lag_blocks", "How many final blocks the log is behind the chain.", lag)
        if rows.followed_at is not None:
            yield _one(
                "descrow_follower_lag_seconds",
                "The age of the newest final block in the log; it grows when the chain stands still, too.",
                max(0.0, (self.now - rows.followed_at).total_seconds()),
            )
        yield _one(
            "descrow_events_waiting", "Final events that are not applied yet, parked ones among them.", rows.waiting
        )
        yield _one("descrow_events_parked", "Final events that could not be applied, and are tried again.", rows.parked)

    def _of_queue(self, rows: Rows) -> Iterator[GaugeMetricFamily]:
        yield _by(
            "descrow_contract_calls",
            "Calls to the contract that are on their way.",
            ("status",),
            {(status.value,): rows.calls.get(status, 0) for status in (CallStatus.QUEUED, CallStatus.SIGNED)},
        )
        waits_s = 0.0 if rows.oldest_call_at is None else (self.now - rows.oldest_call_at).total_seconds()
        yield _one("descrow_oldest_contract_call_seconds", "How long the oldest of them has been on its way.", waits_s)

    def _of_troubles(self, rows: Rows) -> Iterator[GaugeMetricFamily]:
        yield _by(
            "descrow_open_alerts",
            "Troubles that a person must see.",
            ("kind",),
            {(kind.value,): rows.alerts.get(kind, 0) for kind in AlertKind},
        )
        yield _by(
            "descrow_open_cases",
            "What no rule can repair, and waits for a person.",
            ("kind",),
            {(kind.value,): rows.cases.get(kind, 0) for kind in CaseKind},
        )
        if rows.run is not None:
            yield _one(
                "descrow_last_reconciliation_timestamp_seconds",
                "When rows were last compared with the contract.",
                rows.run.at.timestamp(),
            )
            yield _one(
                "descrow_last_reconciliation_differences", "What that comparison left over.", len(rows.run.differences)
            )


@get("/metrics", include_in_schema=False, access=Open.ANYBODY)
async def metrics(
    services: WithServices,
    signer_keys: WithSignerKeys,
    metrics_token: WithMetricsToken,
    request: Request[Any, Any, State],
) -> Response[bytes]:
    """For who shows `Authorization: Bearer` with the token of the settings. 200 also when a part is away."""
    if metrics_token is None:
        raise NoMetricsHere
    shown = request.headers.get("authorization", "")
    if not secrets.compare_digest(shown.encode(), f"Bearer {metrics_token.get_secret_value()}".encode()):
        raise NotTheMonitor
    registry = CollectorRegistry()
    registry.register(await take_snapshot(services, signer_keys))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


async def take_snapshot(checked: CheckedServices, signer_keys: SignerKeys) -> Snapshot:
    """Look at everything once; a part that does not answer costs its own numbers only."""
    snapshot = Snapshot(await check_health(checked), utc_now())
    services = snapshot.health.services
    if services.database == "ok":
        async with checked.sessions() as session:
            snapshot.rows = await _read_rows(session)
    if services.polkadot == "ok":
        with suppress(ChainUnreachable, TimeoutError, WrongChain):  # gone just now: the next scrape will say so
            async with asyncio.timeout(CHAIN_TIMEOUT_S):
                snapshot.signers = await look_at_signers(checked.chain, signer_keys, chain_answers=True)
    return snapshot


async def _read_rows(session: AsyncSession) -> Rows:
    cursor = await cursor_of(session)
    open_calls = select(func.min(ContractCall.created_at)).where(
        ContractCall.status.in_((CallStatus.QUEUED, CallStatus.SIGNED))
    )
    alerts = await session.execute(
        select(Alert.kind, func.count()).where(Alert.cleared_at.is_(None)).group_by(Alert.kind)
    )
    cases = await session.execute(select(Case.kind, func.count()).where(Case.closed_at.is_(None)).group_by(Case.kind))
    return Rows(
        waiting=await count_waiting(session),
        parked=await count_parked(session),
        calls=await count_open_calls(session),
        oldest_call_at=await session.scalar(open_calls),
        alerts=dict(alerts.all()),
        cases=dict(cases.all()),
        followed_at=None if cursor is None else cursor.produced_at,
        run=await last_run(session),
    )


def _one(name: str, meaning: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, value=value)


def _by(name: str, meaning: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for label_values, value in values.items():
        family.add_metric(label_values, value)
    return family
