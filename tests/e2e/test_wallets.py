"""Check that wallets are found whenever they come, whatever else they hold, and show people what they sign."""

import base64
import re

import pytest
from playwright.async_api import expect

from .conftest import Arrive

ACCOUNTS_OF_OTHER_CHAINS = [
    {"address": "0x71C7656EC7ab88b098defB751B7401B5f6d8976F", "name": "On Ethereum"},
    {"address": "0x71C7656EC7ab88b098defB751B7401B5f6d8976E", "name": "Typed", "type": "ethereum"},
    {"address": "UQDYzZmfsrGzhObKJUw4gzdeIxEai3jAFbiGKGwxvxHinf4K", "name": "On TON"},
    {"address": "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "name": "On Bitcoin", "type": "bitcoin-84"},
    {"address": "", "name": "Nothing"},
]
LATEST_MS = 3000


@pytest.mark.parametrize("late_ms", [0, 50, 500, LATEST_MS])
async def test_a_wallet_is_offered_as_soon_as_it_comes(arrive: Arrive, late_ms: int) -> None:
    buyer = await arrive("Kamau", signed_in=False, late_ms=late_ms, strangers=ACCOUNTS_OF_OTHER_CHAINS)

    await buyer.sign_in()

    assert buyer.wallet.shown == [request["data"] for request in buyer.wallet.signed]
    assert re.match(r"\S+ wants you to sign in with your Polkadot account 5\w{47}\. ", buyer.wallet.shown[0])


async def test_accounts_that_cannot_sign_here_are_not_offered(arrive: Arrive) -> None:
    buyer = await arrive("Kamau", signed_in=False, strangers=ACCOUNTS_OF_OTHER_CHAINS)
    await buyer.go("/account")

    await buyer.press("Connect Talisman")

    await expect(buyer.button(re.compile("Kamau"))).to_be_visible()
    for stranger in ACCOUNTS_OF_OTHER_CHAINS:
        await expect(buyer.button(re.compile(stranger["name"]))).to_have_count(0)


@pytest.mark.parametrize("refuses", [False, True])
async def test_a_late_wallet_pays_and_is_told_how_to_read_what_it_signs(arrive: Arrive, refuses: bool) -> None:
    buyer = await arrive("Kamau", late_ms=LATEST_MS, strangers=ACCOUNTS_OF_OTHER_CHAINS, refuses_chains=refuses)
    orders = [await buyer.order("Kenyan AA coffee", pay="DOT") for _ in range(2)]

    for order in orders:
        await buyer.go(f"/orders/{order}")
        await buyer.pay_in_dot()

    signed = buyer.wallet.signed[-1]
    assert buyer.wallet.chains_offered == (2 if refuses else 1)
    for chain in buyer.wallet.chains:
        assert chain["genesisHash"] == signed["genesisHash"]
        assert chain["specVersion"] == int(signed["specVersion"], 16)
        assert (chain["tokenSymbol"], chain["tokenDecimals"]) == ("DOT", 10)
        assert base64.b64decode(chain["metaCalls"])[:5] == b"meta\x0e"  # version 14
