"""Only the addresses of hosts on the public internet are called.

The tables are IANA's registries of special-purpose addresses, as of 2026-11:
https://www.iana.org/assignments/iana-ipv4-special-registry and
https://www.iana.org/assignments/iana-ipv6-special-registry, with multicast (RFC 5771, RFC 4291), site-local (RFC 3879)
and IPv4-compatible addresses (RFC 4291, section 2.5.5.1), which stand in other registries.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from descrow.notifications.public_addresses import is_public

SPECIAL = {
    "0.0.0.0/8": "this network",
    "0.0.0.0/32": "this host on this network",
    "10.0.0.0/8": "private use",
    "100.64.0.0/10": "shared address space",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private use",
    "192.0.0.0/24": "IETF protocol assignments",
    "192.0.0.0/29": "IPv4 service continuity prefix",
    "192.0.0.8/32": "IPv4 dummy address",
    "192.0.0.9/32": "port control protocol anycast",
    "192.0.0.10/32": "TURN anycast",
    "192.0.0.170/31": "NAT64/DNS64 discovery",
    "192.0.2.0/24": "documentation",
    "192.31.196.0/24": "AS112-v4",
    "192.52.193.0/24": "AMT",
    "192.88.99.0/24": "6to4 relay anycast, deprecated",
    "192.88.99.2/32": "6a44 relay anycast",
    "192.168.0.0/16": "private use",
    "192.175.48.0/24": "direct delegation AS112",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "255.255.255.255/32": "limited broadcast",
    "::1/128": "loopback",
    "::/128": "unspecified",
    "::/96": "IPv4-compatible, deprecated",
    "::ffff:0:0/96": "IPv4-mapped",
    "64:ff9b::/96": "IPv4-IPv6 translation",
    "64:ff9b:1::/48": "IPv4-IPv6 translation",
    "100::/64": "discard only",
    "100:0:0:1::/64": "dummy prefix",
    "2001::/23": "IETF protocol assignments",
    "2001::/32": "Teredo",
    "2001:1::1/128": "port control protocol anycast",
    "2001:1::2/128": "TURN anycast",
    "2001:1::3/128": "DNS-SD SRP anycast",
    "2001:2::/48": "benchmarking",
    "2001:3::/32": "AMT",
    "2001:4:112::/48": "AS112-v6",
    "2001:10::/28": "ORCHID, deprecated",
    "2001:20::/28": "ORCHIDv2",
    "2001:30::/28": "drone remote ids",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "2620:4f:8000::/48": "direct delegation AS112",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "unique local",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local, deprecated",
    "ff00::/8": "multicast",
}
NETWORKS = [ip_network(network) for network in SPECIAL]
PRIVATE = st.sampled_from([IPv4Network("10.0.0.0/8"), IPv4Network("127.0.0.0/8"), IPv4Network("169.254.0.0/16")])
"""Addresses of the operator's own that other forms may carry."""


def inside(network: IPv4Network | IPv6Network) -> st.SearchStrategy[IPv4Address | IPv6Address]:
    return st.integers(0, network.num_addresses - 1).map(lambda offset: network[offset])


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_the_first_and_the_last_address_of_a_special_network_are_refused(network: IPv4Network | IPv6Network) -> None:
    assert not is_public(network[0])
    assert not is_public(network[-1])


@pytest.mark.parametrize(
    "address",
    [
        "1.0.0.1",
        "9.255.255.255",
        "11.0.0.0",
        "41.90.0.1",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.88.98.255",
        "197.248.0.1",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
        "2a00:1450:4001:829::200e",
        "2c0f:fe38::1",
    ],
)
def test_a_host_on_the_internet_is_called_also_next_to_a_special_network(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.sampled_from(NETWORKS).flatmap(inside))
def test_no_address_of_a_special_network_is_public(address: IPv4Address | IPv6Address) -> None:
    assert not is_public(address)


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_no_ipv6_address_outside_global_unicast_is_public(address: IPv6Address) -> None:
    assert not is_public(address) or int(address) >> 125 == 0b001


@given(st.one_of(st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(0, 2**128 - 1).map(IPv6Address)))
def test_nothing_is_public_that_the_standard_library_refuses(address: IPv4Address | IPv6Address) -> None:
    assert not is_public(address) or (address.is_global and not address.is_multicast and not address.is_reserved)


@given(PRIVATE.flatmap(inside), st.integers(0, 2**64 - 1), st.integers(0, 2**16 - 1))
def test_no_ipv6_form_carries_a_private_address(private: IPv4Address, prefix: int, rest: int) -> None:
    ipv4 = int(private)

    for carrier in (
        ipv4,  # IPv4-compatible
        0xFFFF << 32 | ipv4,  # IPv4-mapped
        0xFFFF << 48 | ipv4,  # IPv4-translated (RFC 2765)
        0x2002 << 112 | ipv4 << 80 | rest,  # 6to4
        0x2001_0000 << 96 | rest << 64 | (ipv4 ^ 0xFFFF_FFFF),  # Teredo: the client's address
        0x2001_0000 << 96 | ipv4 << 64 | rest,  # Teredo: the server's
        0x64_FF9B << 96 | ipv4,  # NAT64
        0x64_FF9B_0001 << 80 | rest << 64 | ipv4,  # NAT64 of a network's own
        prefix << 64 | 0x0000_5EFE << 32 | ipv4,  # ISATAP
        prefix << 64 | 0x0200_5EFE << 32 | ipv4,  # ISATAP of an address known everywhere
    ):
        assert not is_public(IPv6Address(carrier))


def test_an_address_of_one_link_is_not_public() -> None:
    assert not is_public(ip_address("2a00:1450:4001:829::200e%eth0"))
