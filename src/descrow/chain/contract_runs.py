"""Define what a contract call would do, and what it may use."""

from dataclasses import dataclass

from descrow.kernel.money import Planck


@dataclass(frozen=True)
class Limits:
    """Describe what a contract call may use."""

    ref_time: int
    proof_size: int
    storage_deposit: Planck


@dataclass(frozen=True)
class ContractRun:
    """Describe what a call or a deployment would do on the newest block. `output` is the result, or the revert's
    data.
    """

    reverted: bool
    output: bytes
    ref_time: int
    proof_size: int
    storage_deposit: Planck

    def limits(self) -> Limits:
        """Twice the weight and a fifth more deposit than was needed; what is not used is not paid for.

        The state may change a little before the call runs. And a dry run says what a call used up, not what it must
        have had left: a contract that gives a part of its gas to another one, and then asks whether that was enough,
        wants up to 60 % more (the escrow does, when a payee takes no coin).
        """
        return Limits(
            ref_time=self.ref_time * 2,
            proof_size=self.proof_size * 2,
            storage_deposit=Planck(self.storage_deposit * 12 // 10),
        )
