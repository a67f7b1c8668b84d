"""Make and check the secret code that ends every callback URL.

Daraja signs nothing, so the address proves the sender: it ends in a code that only we can make, one for each payment,
payout attempt, status query and balance check. What comes to any other address is somebody else's.
"""

import hmac
from hashlib import sha256

from pydantic import SecretStr

from descrow.mpesa.requests import ResultUrls
from descrow.mpesa.settings import MpesaSettings
from descrow.mpesa.urls import CallbackUrl
from descrow.payments.mpesa.models import CallbackKind

_CODE_DIGITS = 32
"""128 bits in hexadecimal, whose letters cannot spell a word that Daraja forbids in an address."""


def address_for(settings: MpesaSettings, kind: CallbackKind, about_id: int) -> CallbackUrl:
    """Return where what is told of this payment, attempt, query or check is to be posted."""
    return settings.callback_url(kind, str(about_id), code_of(settings.callback_secret, kind, about_id))


def result_urls(settings: MpesaSettings, kind: CallbackKind, timeout: CallbackKind, about_id: int) -> ResultUrls:
    """Both addresses of a command: for its result, and for word that none will come."""
    return ResultUrls(
        result=address_for(settings, kind, about_id), queue_timeout=address_for(settings, timeout, about_id)
    )


def code_of(secret: SecretStr, kind: CallbackKind, about_id: int) -> str:
    key = secret.get_secret_value().encode()
    return hmac.new(key, f"{kind}/{about_id}".encode(), sha256).hexdigest()[:_CODE_DIGITS]


def is_code_of(given: str, secret: SecretStr, kind: CallbackKind, about_id: int) -> bool:
    """Return whether the address was made by us; takes the same time for every wrong code."""
    return hmac.compare_digest(given.encode(), code_of(secret, kind, about_id).encode())
