"""Credits: withdrawn once, by or for their payee, and never lost."""

from .environment import Environment
from .values import DELIVERED, DOT, ZERO

SELLER_PART = 10 * DOT - DOT // 4


def test_a_payee_withdraws_its_credit_once_it_accepts_coin(environment: Environment) -> None:
    seller = environment.a_payee("rejecting")
    environment.an_order(DELIVERED, seller=seller)
    environment.start_accepting(seller)

    outcome = environment.execute("withdraw", by=seller)

    assert outcome.event("Withdrawn") == {"payee": seller, "to": seller, "amount": SELLER_PART}
    assert environment.balance(seller) == SELLER_PART
    assert environment.credit(seller) == 0
    assert environment.totals() == (0, DOT // 4)
    assert environment.is_balanced()


def test_a_refused_withdrawal_leaves_the_credit(environment: Environment) -> None:
    seller = environment.a_payee("rejecting")
    environment.an_order(DELIVERED, seller=seller)

    environment.assert_refused("escrow: recipient refused the coin", "withdraw", by=seller)
    environment.assert_refused("escrow: recipient refused the coin", "withdraw_for", seller, by=environment.stranger)

    assert environment.credit(seller) == SELLER_PART


def test_a_payee_that_accepts_no_coin_withdraws_to_another_address(environment: Environment) -> None:
    seller = environment.a_payee("rejecting")
    environment.an_order(DELIVERED, seller=seller)
    had = environment.balance(environment.seller)

    outcome = environment.execute("withdraw_to", environment.seller, by=seller)

    assert outcome.event("Withdrawn") == {"payee": seller, "to": environment.seller, "amount": SELLER_PART}
    assert environment.balance(environment.seller) == had + SELLER_PART
    assert environment.credit(seller) == 0
    assert environment.is_balanced()


def test_anybody_may_pay_a_credit_to_its_payee_only(environment: Environment) -> None:
    environment.an_order(DELIVERED)
    treasury_had, stranger_had = environment.balance(environment.treasury), environment.balance(environment.stranger)

    outcome = environment.execute("withdraw_for", environment.treasury, by=environment.stranger)

    assert outcome.value == DOT // 4
    assert environment.balance(environment.treasury) == treasury_had + DOT // 4
    assert environment.balance(environment.stranger) == stranger_had
    assert environment.credit(environment.treasury) == 0


def test_a_withdrawal_without_a_credit_is_refused(environment: Environment) -> None:
    environment.an_order(DELIVERED)

    environment.assert_refused("escrow: no credit", "withdraw", by=environment.stranger)
    environment.assert_refused("escrow: no credit", "withdraw_for", environment.stranger, by=environment.treasury)
    environment.assert_refused("escrow: no credit", "withdraw_to", environment.stranger, by=environment.stranger)


def test_a_credit_is_withdrawn_once(environment: Environment) -> None:
    environment.an_order(DELIVERED)
    environment.execute("withdraw", by=environment.treasury)

    environment.assert_refused("escrow: no credit", "withdraw", by=environment.treasury)


def test_a_credit_is_sent_neither_to_zero_nor_to_the_escrow(environment: Environment) -> None:
    environment.an_order(DELIVERED)

    environment.assert_refused("escrow: address is zero", "withdraw_to", ZERO, by=environment.treasury)
    environment.assert_refused(
        "escrow: address is the escrow itself", "withdraw_to", environment.escrow, by=environment.treasury
    )


def test_a_gas_burning_payee_keeps_its_credit_when_a_withdrawal_fails(environment: Environment) -> None:
    seller = environment.a_payee("gas_burning")
    environment.an_order(DELIVERED, seller=seller)

    environment.assert_refused(
        "escrow: recipient refused the coin", "withdraw_for", seller, by=environment.stranger, gas=2_000_000
    )

    assert environment.credit(seller) == SELLER_PART
