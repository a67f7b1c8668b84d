"""Define what the work on M-Pesa needs, in one hand."""

from dataclasses import dataclass

from valkey.asyncio import Valkey

from descrow.kernel.db import Sessions
from descrow.mpesa.client import Daraja
from descrow.mpesa.settings import MpesaSettings


@dataclass(frozen=True)
class DarajaContext:
    """Nothing is connected yet when it is made: each part connects at its first use."""

    sessions: Sessions
    daraja: Daraja
    settings: MpesaSettings

    @classmethod
    def open(cls, sessions: Sessions, valkey: Valkey, settings: MpesaSettings) -> "DarajaContext":
        """Raises CertificateNotValid."""
        return cls(sessions, Daraja.open(settings, valkey), settings)

    async def close(self) -> None:
        await self.daraja.close()
