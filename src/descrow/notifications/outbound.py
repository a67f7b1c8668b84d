"""Requests to addresses that users gave: webhooks, and the push services of browsers.

Such an address must not lead into the operator's own network. So the name is looked up once, every address it has must
be a public one (`public_addresses`), and the connection is made to an address that was looked at: a name that answers
differently the second time gains nothing. Only the ports of HTTPS are called: on others stand services that a request
could confuse, or that should not be scanned in the operator's name. Redirects are not followed.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

import httpx

from descrow.notifications.outcomes import DeliveryUnknown, HttpAnswer, NotTaken, exchange
from descrow.notifications.public_addresses import is_public

LOOKUP_TIMEOUT_S = 5
HTTPS_PORTS = frozenset({443, 8443})
"""The registered port, and the one that those use who cannot have it."""


class UrlNotAllowed(ValueError):
    """Its text says why, for the user who gave the address."""


class Outbound:
    """`loopback_allowed` is for trying out: any port, and plain http, but that to this machine alone."""

    def __init__(self, http: httpx.AsyncClient, *, loopback_allowed: bool) -> None:
        self._http = http
        self._loopback_allowed = loopback_allowed

    async def check(self, url: str) -> None:
        """Raises UrlNotAllowed for an address that nothing would be sent to. A name not found may come to be."""
        parts = self._parse(url)
        try:
            await self._address_of(parts)
        except OSError:
            return

    async def post(
        self, url: str, content: bytes, headers: Mapping[str, str]
    ) -> HttpAnswer | NotTaken | DeliveryUnknown:
        """Never raises for what the address leads to."""
        try:
            parts = self._parse(url)
            address = await self._address_of(parts)
        except UrlNotAllowed as error:
            return NotTaken(str(error))
        except OSError as error:
            return NotTaken(f"no such host: {type(error).__name__}")
        pinned = httpx.URL(url).copy_with(host=address)
        request = self._http.build_request(
            "POST",
            pinned,
            content=content,
            headers={**headers, "Host": parts.netloc},
            extensions={"sni_hostname": parts.hostname},  # the certificate must be the name's, not the address's
        )
        return await exchange(self._http, request)

    def _parse(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            is_complete = bool(parts.hostname) and parts.port != 0
            httpx.URL(url)
        except (ValueError, httpx.InvalidURL) as error:
            raise UrlNotAllowed("this is not a web address") from error
        if not is_complete:
            raise UrlNotAllowed("this is not a web address")
        if parts.username is not None or parts.password is not None:
            raise UrlNotAllowed("an address with a user's name in it is not called")
        if parts.scheme != "https" and not (parts.scheme == "http" and self._loopback_allowed):
            raise UrlNotAllowed("the address must begin with https://")
        if (parts.port or 443) not in HTTPS_PORTS and not self._loopback_allowed:
            raise UrlNotAllowed("only the ports 443 and 8443 are called")
        return parts

    async def _address_of(self, parts: SplitResult) -> str:
        """An address of the host's, after a look at all it has. Raises UrlNotAllowed, or OSError for none."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(LOOKUP_TIMEOUT_S):
            try:
                found = await loop.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
            except UnicodeError as error:
                raise UrlNotAllowed("this is not a web address") from error
        addresses = [ipaddress.ip_address(str(entry[4][0])) for entry in found]
        if self._loopback_allowed and all(address.is_loopback for address in addresses):
            return str(addresses[0])
        if parts.scheme != "https" or not all(map(is_public, addresses)):
            raise UrlNotAllowed("the address does not lead to the public internet")
        return str(addresses[0])
