"""Define what a webhook's receiver checks, as Standard Webhooks (https://www.standardwebhooks.com) describes it."""

import base64
import hmac
from datetime import datetime

SECRET_PREFIX = "whsec_"  # noqa: S105 the beginning of every secret, and none itself


def shown_secret(secret: bytes) -> str:
    """As the libraries that check signatures take it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def signed_headers(secret: bytes, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The id is the same at every attempt, so that a receiver can tell a repeat; the time is the attempt's."""
    timestamp = str(int(now.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
