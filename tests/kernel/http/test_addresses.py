"""Check which address counts as the caller's, behind any number of proxies and however they write their header."""

from typing import Any

import pytest

from descrow.kernel.http.addresses import address_of, network_of

PEER = "10.0.0.9"


def a_scope(*lines: str) -> Any:
    return {"client": (PEER, 1), "headers": [(b"x-forwarded-for", line.encode()) for line in lines]}


@pytest.mark.parametrize(
    ("proxies", "lines", "expected"),
    [
        (0, (), PEER),
        (0, ("203.0.113.1",), PEER),
        (1, (), PEER),
        (1, ("203.0.113.1",), "203.0.113.1"),
        (1, ("198.51.100.7, 203.0.113.1",), "203.0.113.1"),
        (1, ("198.51.100.7", "203.0.113.1"), "203.0.113.1"),
        (1, ("198.51.100.7, 198.51.100.8", "203.0.113.1"), "203.0.113.1"),
        (2, ("198.51.100.7", "203.0.113.1, 10.0.0.8"), "203.0.113.1"),
        (2, ("198.51.100.7, 203.0.113.1", "10.0.0.8"), "203.0.113.1"),
        (2, ("203.0.113.1",), PEER),
        (1, ("198.51.100.7", ""), "198.51.100.7"),
        (1, (" ,", "203.0.113.1 ,"), "203.0.113.1"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(proxies: int, lines: tuple[str, ...], expected: str) -> None:
    assert address_of(a_scope(*lines), proxies=proxies) == expected


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("::ffff:203.0.113.1", "203.0.113.1"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_whoever_has_a_whole_ipv6_network_is_one_caller(address: str, network: str) -> None:
    assert network_of(address) == network
