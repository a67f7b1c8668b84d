"""Define the dependency that gives a route the keys of disputes; `descrow.app.api` provides it."""

from dataclasses import dataclass

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from nacl.signing import SigningKey
from pydantic import SecretStr

from descrow.disputes import bundle
from descrow.disputes.errors import BundleNotOffered, EvidenceNotOffered
from descrow.disputes.sealing import Vault


@dataclass(frozen=True)
class DisputeKeys:
    """The operator's secrets; a shop without one of them does not offer what it is for."""

    evidence_key: SecretStr | None
    bundle_key: SecretStr | None

    @property
    def vault(self) -> Vault:
        """Seals and opens what is shown in disputes. Raises EvidenceNotOffered."""
        if self.evidence_key is None:
            raise EvidenceNotOffered
        return Vault(self.evidence_key)

    @property
    def signing_key(self) -> SigningKey:
        """Signs bundles of disputes. Raises BundleNotOffered."""
        if self.bundle_key is None:
            raise BundleNotOffered
        return bundle.signing_key(self.bundle_key)


WithDisputeKeys = NamedDependency[SkipValidation[DisputeKeys]]
"""`dispute_keys`: what evidence is sealed and bundles are signed with."""
