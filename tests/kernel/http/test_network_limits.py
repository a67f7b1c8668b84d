"""Networks have a limit a day, and all networks of one IPv6 site have one together."""

from typing import Any

import pytest
from valkey.asyncio import Valkey

from descrow.app.devstack.stack import DevStackEndpoints
from descrow.kernel.http.addresses import site_of
from descrow.kernel.http.limits import TooManyRequests
from descrow.kernel.http.network_limits import NETWORKS_OF_A_SITE, NetworkLimits


def from_address(address: str) -> Any:
    return {"type": "http", "client": (address, 1), "headers": []}


async def test_many_networks_of_one_site_count_as_a_few(stack: DevStackEndpoints) -> None:
    async with Valkey.from_url(stack.valkey_url) as valkey:
        limits = NetworkLimits(valkey, proxies=0, factor=1)
        for network in range(NETWORKS_OF_A_SITE):
            for _ in range(2):
                await limits.charge(from_address(f"2001:db8:1:{network}::1"), "tries", per_day=2)

        for last in ("2001:db8:1:0::1", "2001:db8:1:ff::1"):
            with pytest.raises(TooManyRequests):
                await limits.charge(from_address(last), "tries", per_day=2)
        await limits.charge(from_address("2001:db8:2:ff::1"), "tries", per_day=2)
        await limits.charge(from_address("203.0.113.9"), "tries", per_day=2)


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("203.0.113.9", None),
        ("::ffff:203.0.113.9", None),
        ("unknown", None),
        ("203.0.113.9:5678", None),
        ("[2001:db8::1]:5678", None),
    ],
)
def test_a_site_is_the_first_48_bits(address: str, site: str | None) -> None:
    assert site_of(address) == site
