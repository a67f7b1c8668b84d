"""Addresses that Daraja calls us back at.

Daraja signs nothing, so the address is the secret: it ends in a segment that nobody can guess, one for each payment.
It is also picky, and says no more than "Invalid CallBackURL", or just never calls. What it is known to refuse is
refused here, with the reason.
"""

import re
from ipaddress import ip_address
from typing import NewType
from urllib.parse import urlsplit

from descrow.mpesa.errors import CallbackUrlNotValid

CallbackUrl = NewType("CallbackUrl", str)

FORBIDDEN_WORDS = ("m-pesa", "mpesa", "safaricom", "exe", "cmd", "sql", "query")
"""Anywhere in the address, in any case. `exec` is in, having `exe`; `mpesa` is taken for a spelling of `m-pesa`."""

BLOCKED_HOSTS = ("ngrok", "mockbin", "requestbin")

_ALLOWED = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*")


def callback_url(base_url: str, *segments: str, production: bool) -> CallbackUrl:
    """The address with these path segments. Raises CallbackUrlNotValid for one that Daraja would refuse or not reach.

    For production it must be https on a public host; elsewhere http on a loopback address will do.
    """
    url = "/".join((base_url.rstrip("/"), *segments))
    if not _ALLOWED.fullmatch(url):
        raise CallbackUrlNotValid(url, "it must be http(s), a host and plain path segments, without brackets or query")

    parts = urlsplit(url)
    host = parts.netloc.partition(":")[0]
    if host != host.lower():
        raise CallbackUrlNotValid(url, "its host must be in lower case")
    for word in FORBIDDEN_WORDS:
        if word in url.lower():
            raise CallbackUrlNotValid(url, f"it holds the word {word!r}")
    if production and parts.scheme != "https":
        raise CallbackUrlNotValid(url, "production takes https only")
    if production and not _is_public(host):
        raise CallbackUrlNotValid(url, "production takes public hosts only")
    return CallbackUrl(url)


def _is_public(host: str) -> bool:
    if any(blocked in host for blocked in BLOCKED_HOSTS):
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".localhost", ".internal", ".test", ".invalid", ".example"))
