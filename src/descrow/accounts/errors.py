"""Refusals of signing in."""

from typing import ClassVar

from descrow.kernel.errors import Invalid, NotFound, Unauthenticated


class AddressNotValid(Invalid):
    code: ClassVar[str] = "address_not_valid"

    def __init__(self, address: str) -> None:
        super().__init__("This is not the SS58 address of an account. Copy it again from your wallet.", address=address)


class ChallengeNotKnown(Unauthenticated):
    code: ClassVar[str] = "challenge_not_known"

    def __init__(self) -> None:
        super().__init__("This sign-in was never started, was used already or is too old. Start again.")


class SignatureNotValid(Unauthenticated):
    code: ClassVar[str] = "signature_not_valid"

    def __init__(self) -> None:
        super().__init__("The signature does not prove that you hold this account. Sign again with the right account.")


class SessionOver(Unauthenticated):
    """No refresh token, one of no session, or a session that has ended."""

    code: ClassVar[str] = "session_over"

    def __init__(self) -> None:
        super().__init__("You are not signed in any more. Sign in again with your wallet.")


class SessionNotFound(NotFound):
    code: ClassVar[str] = "session_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such session of yours.")
