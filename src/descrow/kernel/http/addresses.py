"""Decide which address and which network a request comes from."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Network, ip_address

from litestar.datastructures import Headers
from litestar.types import Scope

IPV6_PREFIX = 64
IPV6_SITE_PREFIX = 48


def address_of(scope: Scope, *, proxies: int) -> str:
    """Return the caller's address: the entry of X-Forwarded-For that the outermost of the operator's proxies wrote.

    Entries before it come from the caller and are not believed. A proxy may write an entry of its own line: several
    lines are one list (RFC 9110, section 5.3).
    """
    peer = scope["client"][0] if scope["client"] else "unknown"
    return caller_of(Headers.from_scope(scope).getall("x-forwarded-for", []), peer, proxies=proxies)


def caller_of(lines: Sequence[str], peer: str, *, proxies: int) -> str:
    """Return the same, by the lines of X-Forwarded-For and the address of the connection."""
    entries = [part.strip() for part in ",".join(lines).split(",") if part.strip()]
    return entries[-proxies] if 0 < proxies <= len(entries) else peer


def site_of(address: str) -> str | None:
    """Return the first 48 bits of an IPv6 address: what one rented machine may have. None for what is none."""
    try:
        return str(IPv6Network(network_of(address)).supernet(new_prefix=IPV6_SITE_PREFIX))
    except ValueError:
        return None


def network_of(address: str) -> str:
    """Return the network that one customer of a provider has: an IPv4 address, or the first 64 bits of an IPv6 one."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(IPv6Network((known, IPV6_PREFIX), strict=False))
