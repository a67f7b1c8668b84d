"""Define what can go wrong between us and the chain, sorted by what the caller may do about it."""

from typing import ClassVar

from descrow.kernel.errors import Conflict, Unavailable

MOST_WORDS = 300
"""Characters of a node's own words that are kept: it may send megabytes."""


class ChainUnreachable(Unavailable):
    """No answer: nothing is known of what the node did with the request. Ask again.

    `why` is for the log; who asked the API is not told what a node says, nor where it is.
    """

    code: ClassVar[str] = "chain_unreachable"

    def __init__(self, why: str) -> None:
        super().__init__(f"{self.title}. Nothing was changed here; try again shortly.")
        self.why = brief(why)

    def __str__(self) -> str:
        """For the log; the caller of the API gets no addresses."""
        return f"{self.title}: {self.why}"


class BadAnswer(ChainUnreachable):
    """The node answered, but with something that no honest, whole answer can be. Another node may do better."""


class RpcRefused(Unavailable):
    """The node answered with an error, so the request had no effect."""

    code: ClassVar[str] = "chain_refused"

    def __init__(self, method: str, rpc_code: int, message: str, data: object = None) -> None:
        super().__init__("The chain's node refuses to answer. Nothing was changed here; try again shortly.")
        self.method = method
        self.rpc_code = rpc_code
        self.message = message
        self.data = data

    def __str__(self) -> str:
        """For the log."""
        return brief(f"{self.method}: {self.message} ({self.rpc_code}{'' if self.data is None else f', {self.data}'})")


class WrongChain(Unavailable):
    """The node serves another chain than the one this database belongs to. Asking again does not mend it."""

    code: ClassVar[str] = "wrong_chain"

    def __init__(self, why: str) -> None:
        super().__init__(f"{self.title}. Nothing was changed here; do not pay now.")
        self.why = why

    def __str__(self) -> str:
        """For the log."""
        return f"{self.title}: {self.why}"


class CallNotPossible(Conflict):
    """The chain would not even run the call: balance short, account unknown to contracts, out of weight."""

    code: ClassVar[str] = "call_not_possible"

    def __init__(self, why: str) -> None:
        super().__init__(f"The chain would not run this call: {why}.")
        self.why = why


class KeyNotUsable(Exception):
    """The key that a setting names cannot be used; a person must mend it. `code` tells programs why."""

    code: ClassVar[str] = "key_not_usable"


class SignerUnreachable(Unavailable):
    """The process that signs for us does not answer, or not as it should. Ask again."""

    code: ClassVar[str] = "signer_unreachable"

    def __init__(self, why: str) -> None:
        super().__init__(f"The signer does not answer: {why}. Nothing was sent; try again shortly.")


class SignerRefused(Exception):
    """The process that signs for us will not sign this: its rules are stricter than ours, or it does not know us."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the signer refuses: {reason}")


class NotIncluded(Exception):
    """No block holds the transaction, and none can any more: its era is over."""

    def __init__(self, transaction_hash: str) -> None:
        super().__init__(f"transaction {transaction_hash} was never taken into a block")


def brief(text: str) -> str:
    """Words from outside as they may stand in a log: on one line, and not for ever."""
    line = " ".join(text[: 4 * MOST_WORDS].split())
    return line if len(line) <= MOST_WORDS else line[:MOST_WORDS] + "…"
