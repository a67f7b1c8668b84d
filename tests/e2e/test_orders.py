"""Orders from the shop's window to their end, by browser alone; every page follows live, on both sides."""

import re
from pathlib import Path

from PIL import Image
from playwright.async_api import expect

from descrow.app.devstack.mpesa import BUYERS_PHONE, SELLERS_PHONE

from .axe import nothing_is_wrong_for
from .conftest import Arrive
from .person import DESKTOP
from .phone import Phone


async def test_a_dot_order_goes_from_the_shop_to_the_sellers_money_while_both_watch(arrive: Arrive) -> None:
    buyer, seller = await arrive("Wanjiru"), await arrive("Achieng")
    number = await buyer.order("Kenyan AA coffee", pay="DOT")
    await seller.go(f"/orders/{number}")

    await buyer.pay_in_dot()
    await seller.sees_status("funded")
    await seller.page.get_by_label("Tracking details (optional)").fill("Bus KBX 123A, 14:00")
    await seller.press("Mark as shipped")
    await buyer.sees_status("shipped")
    await buyer.sees("Bus KBX 123A, 14:00")
    await nothing_is_wrong_for(buyer, seller)
    await buyer.press_and_mean_it("Give it more time")
    await seller.sees("Given more time to arrive")
    await buyer.press_and_mean_it("It has arrived")
    await seller.sees_status("received")
    await buyer.sees("Time left to check the goods:")
    await expect(buyer.button("Give it more time")).to_have_count(0)
    await buyer.press_and_mean_it("Confirm delivery")

    await buyer.sees_status("delivered")
    await seller.sees_status("delivered")
    await seller.sees("You are paid, less the fee.")
    await nothing_is_wrong_for(buyer, seller)


async def test_an_m_pesa_order_is_paid_by_the_pin_on_the_phone_and_pays_the_sellers_phone(
    arrive: Arrive,
) -> None:
    buyer, seller = await arrive("Wanjiru"), await arrive("Achieng")
    buyers_phone = await Phone.take(buyer, BUYERS_PHONE)
    number = await buyer.order("Kitenge fabric", pay="M-Pesa", phone="0712 345 678")
    await seller.go(f"/orders/{number}")

    await buyer.sees("Check your phone")
    await nothing_is_wrong_for(buyer, seller)
    await buyers_phone.enter_pin("1234")
    await buyer.sees_status("funded")
    await seller.sees_status("funded")
    await seller.press("Mark as shipped")
    await buyer.sees_status("shipped")
    await buyer.press_and_mean_it("It has arrived")
    await seller.sees_status("received")
    await buyer.press_and_mean_it("Confirm delivery")

    await seller.sees_status("delivered")
    await seller.sees(re.compile(r"Paid to 2547"))
    sellers_phone = await Phone.take(seller, SELLERS_PHONE)
    await sellers_phone.shows("1,782.00")
    await nothing_is_wrong_for(buyer, seller)


async def test_an_m_pesa_order_is_paid_at_the_paybill_by_hand(arrive: Arrive) -> None:
    buyer = await arrive("Wanjiru")
    phone = await Phone.take(buyer, SELLERS_PHONE)  # M-Pesa refuses a prompt like the one that was just paid
    await buyer.order("Kitenge fabric", pay="M-Pesa", phone="0722 000 001")
    await phone.cancel()
    await buyer.page.get_by_text("Pay by paybill without a prompt").click()
    account = buyer.page.locator("[data-pay-by-hand] dd").nth(1)
    await nothing_is_wrong_for(buyer)

    await phone.pay_by_hand((await account.inner_text()).lower(), shillings=1800)

    await buyer.sees_status("funded")


async def test_a_seller_who_cannot_ship_gives_the_money_back(arrive: Arrive) -> None:
    buyer, seller = await arrive("Otieno"), await arrive("Achieng")
    number = await buyer.order("Kenyan AA coffee", pay="DOT")
    await buyer.pay_in_dot()
    await seller.go(f"/orders/{number}")

    await seller.press_and_mean_it("Refund the buyer")

    await buyer.sees_status("refunded")
    await buyer.sees("You received a full refund.")
    await seller.sees_status("refunded")
    await nothing_is_wrong_for(buyer, seller)


async def test_the_parties_agree_on_a_part_by_offer_and_counter_offer(arrive: Arrive) -> None:
    buyer, seller = await arrive("Kamau"), await arrive("Achieng")
    number = await buyer.order("Kenyan AA coffee", pay="DOT")
    await buyer.pay_in_dot()
    await seller.go(f"/orders/{number}")

    await buyer.offer("Ask for a partial refund", buyer_percent=90)
    await seller.sees("The other party's offer is valid for")
    await nothing_is_wrong_for(buyer, seller)
    await seller.offer("Make another offer", buyer_percent=25)
    await buyer.sees("0.6 DOT")
    await buyer.press_and_mean_it("Accept offer")

    await buyer.sees_status("resolved")
    await seller.sees_status("resolved")
    await nothing_is_wrong_for(buyer, seller)


async def test_an_arbiter_decides_a_dispute_after_hearing_both_sides(arrive: Arrive, tmp_path: Path) -> None:
    buyer, seller, arbiter = await arrive("Wanjiru"), await arrive("Achieng"), await arrive("Arbiter", size=DESKTOP)
    number = await buyer.order("Kenyan AA coffee", pay="DOT")
    await buyer.pay_in_dot()
    await seller.go(f"/orders/{number}")
    await seller.press("Mark as shipped")
    await buyer.sees_status("shipped")

    await buyer.press("Report a problem")
    photo = tmp_path / "photo.jpg"
    Image.new("RGB", (64, 48), "brown").save(photo)
    await buyer.page.get_by_label("Add a photo or document").set_input_files(photo)
    await buyer.sees("Uploaded.")
    await (
        buyer.page.get_by_role("group", name="Report a problem").get_by_role("button", name="Report a problem").click()
    )
    await seller.sees_status("disputed")
    await buyer.say("The bag was torn, and half of it is gone.")
    await seller.sees("The bag was torn, and half of it is gone.")
    await seller.say("It left here whole.")
    await arbiter.go(f"/orders/{number}")
    await arbiter.sees("It left here whole.")
    await arbiter.page.get_by_label(re.compile("The buyer gets")).fill("5000")
    await nothing_is_wrong_for(buyer, seller, arbiter)
    await arbiter.press_and_mean_it("Confirm decision")

    await buyer.sees_status("resolved")
    await seller.sees_status("resolved")
    await arbiter.sees_status("resolved")
    await nothing_is_wrong_for(buyer, seller, arbiter)
