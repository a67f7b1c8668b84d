"""Check what goes wrong at checkout, each with a sentence that says what happened to the money and what to do."""

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Route, WebSocketRoute, expect

from descrow.app.demo.shop_client import ShopClient

from .conftest import Arrive
from .lies import answer_otherwise
from .person import Person
from .phone import Phone
from .shop import Shop

OFFLINE_S = 60
COFFEE = "Kenyan AA coffee"


async def list_a_piece(seller: ShopClient, title: str) -> int:
    product = await seller.post(
        "/api/v1/products", {"title": title, "category": "other", "pricePlanck": "10000000000", "stock": 1}
    )
    number: int = product["id"]
    return number


async def at_payment(arrive: Arrive, name: str = "Wanjiru") -> Person:
    """A buyer who has ordered, and looks at what paying will take."""
    buyer = await arrive(name)
    await buyer.order(COFFEE, pay="DOT")
    await buyer.sees("Total from your account")
    return buyer


async def pay(buyer: Person) -> None:
    await buyer.press(re.compile(r"^Pay .*DOT"))


async def test_offline_for_a_minute_in_mid_checkout(arrive: Arrive) -> None:
    buyer = await arrive("Wanjiru")
    await buyer.go("/products/1/buy")
    await buyer.page.get_by_role("radio", name=re.compile("^DOT")).click()
    await buyer.page.get_by_label("Delivery address").fill("Moi Avenue 12, Nairobi")

    await buyer.context.set_offline(True)
    await buyer.sees("You are offline. This page may be out of date. Payments you have made are safe.")
    await buyer.press("Place order")
    await buyer.sees_refusal("unreachable")
    await asyncio.sleep(OFFLINE_S)
    await buyer.context.set_offline(False)
    await buyer.press("Place order")

    await buyer.page.wait_for_url(re.compile(r"/orders/\d+$"))
    await buyer.sees_status("created")
    await buyer.pay_in_dot()


async def test_the_wallet_refuses(arrive: Arrive) -> None:
    buyer = await at_payment(arrive)

    buyer.wallet.refuses = True
    await pay(buyer)
    await buyer.sees("The wallet did not sign. Nothing was sent, and no money has moved.")

    buyer.wallet.refuses = False
    await buyer.pay_in_dot()


async def test_the_wallet_is_gone(arrive: Arrive) -> None:
    buyer = await at_payment(arrive, "Bob")  # whom the demo wallet does not hold

    keys, buyer.wallet.keys = buyer.wallet.keys, {}
    await pay(buyer)
    await buyer.sees_refusal("wallet_not_found")
    await buyer.sees(re.compile("No money has moved"))

    buyer.wallet.keys = keys
    await buyer.pay_in_dot()


async def test_the_chain_is_gone(arrive: Arrive, shop: Shop) -> None:
    buyer = await arrive("Wanjiru")
    line = Line()
    await buyer.page.route_web_socket(re.compile(re.escape(shop.chain_url)), line.connect)
    line.is_cut = True

    await buyer.order(COFFEE, pay="DOT")
    await buyer.sees("The blockchain is not responding. Nothing was sent. Try again in a moment.")

    line.is_cut = False
    await buyer.press("Try again")
    await buyer.sees("Total from your account")
    await buyer.pay_in_dot()


async def test_the_chain_goes_after_the_signature_and_the_page_tells_what_became_of_it(
    arrive: Arrive, shop: Shop
) -> None:
    buyer = await arrive("Wanjiru")
    line = Line()
    await buyer.page.route_web_socket(re.compile(re.escape(shop.chain_url)), line.connect)
    await buyer.order(COFFEE, pay="DOT")
    await buyer.sees("Total from your account")
    line.cuts_after = re.compile("transaction(Watch)?_v1_|author_submit")

    await pay(buyer)

    await buyer.sees_status("funded")  # the shop saw it, though this browser's line to the chain is dead
    await buyer.sees("Paid into the escrow contract")


async def test_the_shop_is_gone(arrive: Arrive) -> None:
    buyer = await at_payment(arrive)
    await buyer.context.route("**/api/**", lambda route: route.abort())

    await pay(buyer)
    await buyer.sees_refusal("unreachable")
    await buyer.sees("We do not know whether it received your request. Check your order before you try again.")

    await buyer.context.unroute("**/api/**")
    await buyer.pay_in_dot()


async def test_the_shop_names_another_chain_than_the_browser_reaches(arrive: Arrive) -> None:
    buyer = await arrive("Wanjiru")
    await answer_otherwise(
        buyer.page, "**/api/v1/config", lambda config: config["chain"].update(genesisHash="0x" + "11" * 32)
    )

    await buyer.order(COFFEE, pay="DOT")

    await buyer.sees_refusal("wrong_chain_here")
    await buyer.sees(re.compile("Nothing was sent, and no money has moved"))
    assert await buyer.button(re.compile(r"^Pay .*DOT")).is_disabled()


@pytest.mark.parametrize(
    "fault",
    [{"amountPlanck": "12000000000"}, {"feePlanck": "1"}, {"contractOrderId": 1_000_000_000}],
    ids=["amount", "fee", "number-of-no-order"],
)
async def test_the_shop_says_something_else_than_the_contract(arrive: Arrive, fault: dict[str, str | int]) -> None:
    await refuses_to_pay_on_request(fault, await at_payment(arrive))


async def test_the_shop_names_the_order_of_somebody_else(arrive: Arrive) -> None:
    other = await at_payment(arrive, "Kamau")
    number = await other.page.locator("dt", has_text="Contract order ID").locator("+ dd").inner_text()

    await refuses_to_pay_on_request({"contractOrderId": int(number)}, await at_payment(arrive))


async def refuses_to_pay_on_request(fault: dict[str, str | int], buyer: Person) -> None:
    await answer_otherwise(buyer.page, re.compile(r"/api/v1/orders/\d+$"), lambda order: order.update(fault))

    await buyer.page.reload()

    await buyer.sees_refusal("order_differs")
    await buyer.sees(re.compile("Do not pay"))
    assert await buyer.button(re.compile(r"^Pay .*DOT")).is_disabled()


async def test_the_shop_asks_to_sign_something_else(arrive: Arrive) -> None:
    buyer = await at_payment(arrive)
    signed = len(buyer.wallet.signed)
    other = "0x" + "22" * 20
    await answer_otherwise(buyer.page, "**/pay/dot", lambda answer: answer["call"].update(dest=other))

    await pay(buyer)

    await buyer.sees_refusal("call_differs")
    await buyer.sees(re.compile("Nothing was signed"))
    assert len(buyer.wallet.signed) == signed


async def test_the_balance_is_short(arrive: Arrive) -> None:
    buyer = await arrive("Nobody-gave-me-anything")

    await buyer.order(COFFEE, pay="DOT")

    await buyer.sees_refusal("balance_short")
    await buyer.sees(re.compile("Nothing was sent. Add DOT to your account"))
    assert await buyer.button(re.compile(r"^Pay .*DOT")).is_disabled()


async def test_the_last_piece_was_taken_meanwhile(arrive: Arrive, seller: ShopClient) -> None:
    product = await list_a_piece(seller, "The only one")
    slow, quick = await arrive("Wanjiru"), await arrive("Kamau")
    await slow.go(f"/products/{product}/buy")
    await slow.page.get_by_label("Delivery address").fill("Moi Avenue 12, Nairobi")
    await quick.order("The only one", pay="DOT")

    await slow.press("Place order")

    await slow.sees(re.compile("Somebody ordered the last piece. Nothing was charged|Sold out"))


async def test_the_order_was_called_off_meanwhile(arrive: Arrive, seller: ShopClient) -> None:
    buyer = await at_payment(arrive)
    number = int(buyer.page.url.rsplit("/", 1)[1])

    answer = await seller.put(f"/api/v1/orders/{number}", {"action": "cancel"})
    await seller.sign_and_send(answer["call"])

    await buyer.sees_status("cancelled")
    await buyer.sees("The order was cancelled before it was paid.")


async def test_the_session_is_over(arrive: Arrive) -> None:
    buyer = await at_payment(arrive)
    await buyer.context.clear_cookies()
    await buyer.context.route("**/pay/dot", lambda route: refuse(route, 401, "unauthenticated"))

    await pay(buyer)

    await buyer.sees_refusal("session_expired")
    await buyer.sees(re.compile("Sign in again with your wallet.*your money are safe"))
    await buyer.context.unroute("**/pay/dot")
    await buyer.choose_account()
    await buyer.pay_in_dot()


async def test_the_phone_says_no_and_the_page_says_what_to_do(arrive: Arrive) -> None:
    buyer = await arrive("Wanjiru")
    phone = await Phone.take(buyer, "254712345678")
    await buyer.order("Kitenge fabric", pay="M-Pesa", phone="0712345678")
    await buyer.sees("Check your phone")

    await phone.cancel()

    await buyer.sees("You cancelled the request on your phone. Nothing was paid.")
    await buyer.sees("Pay another way")


async def test_a_number_that_is_no_m_pesa_phone_changes_nothing(arrive: Arrive) -> None:
    buyer = await arrive("Wanjiru")
    await buyer.go("/products/2/buy")
    await buyer.page.get_by_role("radio", name=re.compile("^M-Pesa")).click()
    await buyer.page.get_by_label("M-Pesa number").fill("0612 345 678")
    await buyer.page.get_by_label("Delivery address").fill("Moi Avenue 12, Nairobi")

    await buyer.press("Place order")

    await buyer.sees("This is not a Kenyan M-Pesa number.")
    assert buyer.page.url.endswith("/products/2/buy")


@dataclass
class Line:
    """To the chain, through which everything goes until it is cut."""

    is_cut: bool = False
    cuts_after: re.Pattern[str] | None = None

    async def connect(self, socket: WebSocketRoute) -> None:
        if self.is_cut:
            await socket.close(code=1011)
            return
        server = socket.connect_to_server()

        def from_page(message: str | bytes) -> None:
            if not self.is_cut:
                server.send(message)
            if self.cuts_after is not None and self.cuts_after.search(str(message)):
                self.is_cut = True

        def from_server(message: str | bytes) -> None:
            if not self.is_cut:
                socket.send(message)

        socket.on_message(from_page)
        server.on_message(from_server)


async def test_evidence_whose_sending_breaks_off_goes_on_from_where_it_was(arrive: Arrive, tmp_path: Path) -> None:
    statement = tmp_path / "statement.txt"
    statement.write_text("The bag was torn. " * 40_000)
    buyer, seller = await at_payment(arrive), await arrive("Achieng")
    await buyer.pay_in_dot()
    await seller.go(buyer.page.url)
    await seller.press("Mark as shipped")
    await buyer.sees_status("shipped")
    offsets: list[str] = []

    async def send_but_once_not(route: Route) -> None:
        if route.request.method == "PUT":
            offsets.append(route.request.url.partition("offset=")[2])
        is_second = route.request.method == "PUT" and len(offsets) == 2
        await (route.abort() if is_second else route.continue_())

    await buyer.page.route("**/dispute/evidence/parts/**", send_but_once_not)
    await buyer.press("Report a problem")
    await buyer.page.get_by_label("Add a photo or document").set_input_files(statement)
    await buyer.sees_refusal("unreachable")
    await buyer.press("Try again")
    await buyer.sees("Uploaded.")

    part = 256 * 1024
    assert offsets == ["0", str(part), str(part), str(2 * part)]


async def refuse(route: Route, status: int, code: str) -> None:
    problem = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": "", "about": {}}
    await route.fulfill(status=status, content_type="application/problem+json", body=json.dumps(problem))


async def test_a_sign_out_without_a_network_is_finished_when_there_is_one(arrive: Arrive) -> None:
    buyer = await arrive("Wanjiru")
    await buyer.go("/account")
    await buyer.context.set_offline(True)
    await buyer.press("Sign out")
    await buyer.sees(re.compile("the shop could not be reached"))

    async with buyer.page.expect_response(re.compile("/auth/sign-out$")) as answered:
        await buyer.context.set_offline(False)

    assert (await answered.value).status == 204
    await expect(buyer.page.get_by_text("the shop could not be reached")).to_have_count(0)
    await buyer.page.reload()
    await buyer.sees("Sign in with your Polkadot wallet")
