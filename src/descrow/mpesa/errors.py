"""Define what is refused before Safaricom is asked. What Safaricom itself says is no error: see `outcomes`."""

from typing import ClassVar

from descrow.kernel.errors import Invalid


class PhoneNotValid(Invalid):
    """The refused text is not repeated: it may be somebody's number with a digit too many."""

    code: ClassVar[str] = "phone_not_valid"

    def __init__(self) -> None:
        super().__init__("This is not a Kenyan mobile number. Write it like 0712 345 678 or +254 712 345 678.")


class MpesaRequestNotValid(Invalid):
    """A field of a request that Daraja would refuse, or answer with a failure later, by its own rules."""

    code: ClassVar[str] = "mpesa_request_not_valid"

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"M-Pesa cannot do this: {field} must be {rule}.", field=field)


class CallbackUrlNotValid(ValueError):
    """Daraja would refuse the address, or would never reach it."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(f"Daraja cannot be given {url!r} as a callback URL: {why}")


class CertificateNotValid(ValueError):
    """The file that was given is no certificate with which Safaricom's part of the secret can be encrypted."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(f"{path} is not M-Pesa's certificate: {why}")
