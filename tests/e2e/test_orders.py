"""Orders from the shop's window to their end, by browser alone; every page follows live, on both sides."""

from .conftest import Arrive


async def test_a_dot_order_goes_from_the_shop_to_the_sellers_money_while_both_watch(arrive: Arrive) -> None:
    buyer, seller = await arrive("Wanjiru"), await arrive("Achieng")
    number = await buyer.order("Kenyan AA coffee", pay="DOT")
    await seller.go(f"/orders/{number}")

    await buyer.pay_in_dot()
    await seller.sees_status("funded")
    await seller.page.get_by_label("How does it travel?").fill("Bus KBX 123A, 14:00")
    await seller.press("I have shipped it")
    await buyer.sees_status("shipped")
    await buyer.sees("Bus KBX 123A, 14:00")
    await buyer.press_and_mean_it("I have it, pay the seller")

    await buyer.sees_status("delivered")
    await seller.sees_status("delivered")
    await seller.sees("You are paid, less the fee.")
