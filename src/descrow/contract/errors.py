"""The contract's refusals: its reasons in words, each with a code that programs compare."""

from typing import ClassVar

from descrow.kernel.errors import Conflict, DescrowError


def code_of_reason(reason: str | None) -> str:
    """`escrow: amount is not exact` → `escrow_amount_is_not_exact`; `contract_reverted` where no reason was given."""
    if reason is None or not reason.startswith("escrow: "):
        return "contract_reverted"
    words = reason.removeprefix("escrow: ").lower()
    return "escrow_" + "_".join("".join(c if c.isalnum() else " " for c in words).split())


class ContractReverted(Conflict):
    """The contract would refuse this call in the present state; nothing was sent."""

    code: ClassVar[str] = "contract_reverted"
    is_detail_for_people: ClassVar[bool] = False

    def __init__(self, function: str, reason: str | None) -> None:
        said = reason or f"The contract refuses {function} without giving a reason."
        super().__init__(said, function=function, reason=reason)
        self.reason = reason

    @property
    def problem_code(self) -> str:
        return code_of_reason(self.reason)


class NotDeployed(DescrowError):
    """This database knows no contract yet."""

    code: ClassVar[str] = "not_deployed"
    status: ClassVar[int] = 503

    def __init__(self) -> None:
        super().__init__("No contract is deployed yet. The operator runs `descrow deploy`.")


class ContractMissing(DescrowError):
    """The chain has no contract at this address: it is another chain, or one that was begun anew."""

    code: ClassVar[str] = "contract_missing"
    status: ClassVar[int] = 503

    def __init__(self, address: str) -> None:
        super().__init__(f"The chain has no contract at {address}: this is not the chain that the database belongs to.")


class CallFailed(Exception):
    """A final block holds the call, and it was refused there; its fee is gone, nothing else has changed."""

    def __init__(self, function: str, error: str) -> None:
        super().__init__(f"{function} was refused on the chain: {error}")
