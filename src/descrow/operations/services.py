"""Define what the health of the shop depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from valkey.asyncio import Valkey

from descrow.chain.client import ChainClient
from descrow.chain.keys import KeySource
from descrow.contract.dependencies import GetContract
from descrow.contract.models import SignerRole
from descrow.kernel.db import Sessions
from descrow.kernel.latest import Latest
from descrow.mpesa.client import Daraja

if TYPE_CHECKING:
    from descrow.operations.health import Health

HEALTH_IS_GOOD_FOR_S = 1.0

SignerKeys = Mapping[SignerRole, KeySource]
"""A role whose key this process does not have is not in it."""


@dataclass(frozen=True)
class CheckedServices:
    """Each is asked whether it works."""

    sessions: Sessions
    valkey: Valkey
    chain: ChainClient
    get_contract: GetContract
    daraja: Daraja | None
    """None where the operator takes DOT only."""
    latest_health: Latest["Health"] = field(default_factory=lambda: Latest(good_for_s=HEALTH_IS_GOOD_FOR_S))
