#!/usr/bin/env bash
# Python's `ipaddress` calls addresses global that are no host's on the internet.
#
# Surprise: `is_global` is True for site-local addresses (fec0::/10), for IPv4-compatible (::10.0.0.1), 6to4 (2002::/16)
#   and ISATAP ones, also where the IPv4 address in them is private, for multicast of either family, and for IPv6 blocks
#   that nobody has been given. As documented, it means: in no private network of a list. It does not mean: public.
# Why it matters: `is_global` alone does not keep a server that calls addresses of its users (webhooks, web push) out of
#   its own network. Allow 2000::/3 without IANA's special-purpose networks instead of refusing what is not global.
# Version: Python 3.11.7. Date: 2026-11-30. Source: tried;
#   https://docs.python.org/3.11/library/ipaddress.html#ipaddress.IPv4Address.is_global
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat > "$folder/seen.py" <<'PYTHON'
import sys
from ipaddress import ip_address

ADDRESSES = {
    "fec0::1": "site-local",
    "::10.0.0.1": "IPv4-compatible, private inside",
    "2002:a00:1::": "6to4, private inside",
    "2600::5efe:a00:1": "ISATAP, private inside",
    "ff0e::1": "multicast",
    "224.0.1.1": "multicast",
    "4000::1": "nobody's",
}
for address, kind in ADDRESSES.items():
    print(f"{address:18} {kind:32} is_global={ip_address(address).is_global}")
print(f"{sys.version.split()[0]}: {sum(ip_address(address).is_global for address in ADDRESSES)} of {len(ADDRESSES)}")
sys.exit(0 if all(ip_address(address).is_global for address in ADDRESSES) else 1)
PYTHON
python3 "$folder/seen.py"
