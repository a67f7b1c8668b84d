"""Money for an account that is gone: the page says so in plain words, and its owner fetches it with their own key."""

import re

from descrow.chain.client import ChainClient
from descrow.chain.keys import Keypair, address_of, fallback_account_of
from descrow.kernel.money import Planck
from tests.dev_chain import close_account, send_coin

from .axe import nothing_is_wrong_for
from .conftest import Arrive
from .person import SOON_MS

TEN_DOT = Planck(10**11)
KAMAU = Keypair.from_uri("//Kamau")


async def test_a_refund_to_an_emptied_account_is_fetched_on_the_orders_page(arrive: Arrive, chain: ChainClient) -> None:
    buyer, seller = await arrive("Kamau"), await arrive("Achieng")
    number = await buyer.order("Kenyan AA coffee", pay="DOT")
    await buyer.pay_in_dot()
    await close_account(chain, KAMAU)
    await seller.go(f"/orders/{number}")
    await seller.sees("The buyer's account holds no DOT at the moment.")

    await seller.press_and_mean_it("Refund the buyer")

    await buyer.sees_status("refunded")
    await buyer.sees("waits for you in the contract. Nobody else can take it.")
    await buyer.sees("Your account holds no DOT, so nothing can be sent to it yet.")
    await seller.sees("The whole amount went back to the buyer.")
    await nothing_is_wrong_for(buyer, seller)
    await send_coin(chain, KAMAU.address, TEN_DOT)
    await buyer.press(re.compile("^Withdraw .*DOT"))
    await buyer.sees("You received a full refund.")
    assert await chain.free_balance(KAMAU.public_key) > TEN_DOT
    await nothing_is_wrong_for(buyer)


async def test_coin_on_an_account_that_no_wallet_shows_is_fetched_on_the_accounts_page(
    arrive: Arrive, chain: ChainClient
) -> None:
    fallback = fallback_account_of(KAMAU.evm_address)
    await send_coin(chain, KAMAU.address, TEN_DOT)
    await send_coin(chain, address_of(fallback), TEN_DOT)
    person = await arrive("Kamau")

    await person.sees("It lies on an account that your wallet does not show")
    await person.press(re.compile("^Withdraw .*DOT"))

    await person.sees("Confirmed")
    await person.page.wait_for_selector("[data-step=finalized]", timeout=SOON_MS)
    assert await chain.free_balance(fallback) == 0
    await nothing_is_wrong_for(person)
