"""Decide which IP addresses are plainly those of a host on the public internet.

The standard library's `is_global` is not enough: it knows single networks to refuse, and takes all others for public,
among them those that carry an IPv4 address to a translator or a tunnel of the operator's own network. Here IPv6 begins
with the one block that hosts are given addresses of (RFC 4291, section 2.4), and in both families no network of IANA's
registries of special purposes is left:

- https://www.iana.org/assignments/iana-ipv4-special-registry
- https://www.iana.org/assignments/iana-ipv6-special-registry
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_SPECIAL_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared behind a carrier's NAT
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, and the clouds' metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_SPECIAL_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID and others
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
"""Begin of an interface id that ends in an IPv4 address (RFC 5214, section 6.1), below any prefix."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Return True for a global unicast address that stands for itself, not for another one."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL_IPV4)
    return (
        address in _GLOBAL_UNICAST
        and address.scope_id is None
        and int(address) >> 32 & 0xFFFF_FFFF not in _ISATAP
        and not any(address in network for network in _SPECIAL_IPV6)
    )
