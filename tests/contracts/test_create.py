"""Creating orders, one by one and in batches."""

import pytest

from .environment import Environment
from .values import BY_DOT, CREATED, DOT, LARGEST_AMOUNT, MINUTE, PLANCK, ZERO, Order, a_digest, an_address


def test_the_operator_creates_an_order_that_may_be_paid_until_its_deadline(environment: Environment) -> None:
    before = environment.state()
    reference, metadata = a_digest("a reference"), a_digest("a product")

    new_order = environment.a_new_order(amount=DOT, reference=reference, metadata=metadata)

    outcome = environment.execute("create_order", *new_order, by=environment.operator)

    deadline = environment.now + 30 * MINUTE
    assert outcome.value == 1
    assert environment.order(1) == Order(
        environment.buyer, environment.seller, DOT, environment.terms_id, BY_DOT, CREATED, deadline
    )
    assert outcome.event("OrderCreated") == {
        "order_id": 1,
        "buyer": environment.buyer,
        "seller": environment.seller,
        "amount": DOT,
        "terms_id": environment.terms_id,
        "payment_mode": BY_DOT,
        "deadline": deadline,
        "reference": reference,
        "metadata": metadata,
    }
    assert environment.view("next_order_id") == 2
    after = environment.state()
    assert [after[key] for key in ("totals", "balances", "credits")] == [
        before[key] for key in ("totals", "balances", "credits")
    ]


def test_a_batch_makes_the_same_orders_as_one_by_one(environment: Environment) -> None:
    first = environment.an_order(amount=5 * DOT)
    new_orders = [
        environment.a_new_order(buyer=an_address(f"buyer {n}"), amount=(n + 1) * DOT, reference=a_digest(f"{n}"))
        for n in range(50)
    ]

    outcome = environment.execute("create_orders", new_orders, by=environment.operator)

    ids = list(outcome.value)
    assert ids == list(range(first + 1, first + 51))
    assert environment.view("next_order_id") == first + 51
    for order_id, (buyer, seller, amount, terms_id, payment_mode, reference, _) in zip(ids, new_orders, strict=True):
        order = environment.order(order_id)
        assert order == Order(buyer, seller, amount, terms_id, payment_mode, CREATED, environment.now + 30 * MINUTE)
        (logged,) = [e.fields for e in outcome.events if e.fields["order_id"] == order_id]
        assert (logged["buyer"], logged["reference"]) == (buyer, reference)
    assert environment.order(first).amount == 5 * DOT


def test_a_batch_with_one_bad_order_makes_none(environment: Environment) -> None:
    good, bad = environment.a_new_order(), environment.a_new_order(seller=environment.buyer)

    environment.assert_refused("escrow: buyer is the seller", "create_orders", [good, bad], by=environment.operator)

    assert environment.view("next_order_id") == 1


def test_an_empty_batch_changes_nothing(environment: Environment) -> None:
    before = environment.state()

    outcome = environment.execute("create_orders", [], by=environment.operator)

    assert list(outcome.value) == []
    assert environment.state() == before


@pytest.mark.parametrize("function", ["create_order", "create_orders"])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"buyer": ZERO}, "escrow: address is zero"),
        ({"seller": ZERO}, "escrow: address is zero"),
        ({"buyer": "escrow"}, "escrow: address is the escrow itself"),
        ({"seller": "escrow"}, "escrow: address is the escrow itself"),
        ({"seller": Environment.buyer}, "escrow: buyer is the seller"),
        ({"amount": 0}, "escrow: amount is zero"),
        ({"amount": 2**96}, "escrow: amount is too large"),
        ({"amount": DOT + 1}, "escrow: amount is not in whole planck"),
        ({"amount": PLANCK - 1}, "escrow: amount is not in whole planck"),
        ({"terms_id": 0}, "escrow: no such terms"),
        ({"terms_id": 2}, "escrow: no such terms"),
        ({"terms_id": 2**32 + 1}, "escrow: no such terms"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    environment: Environment, function: str, changes: dict[str, str | int], reason: str
) -> None:
    fields = {
        "buyer": environment.buyer,
        "seller": environment.seller,
        "amount": DOT,
        "terms_id": environment.terms_id,
    } | {name: environment.escrow if value == "escrow" else value for name, value in changes.items()}
    order = (*fields.values(), BY_DOT, a_digest("r"), a_digest("m"))

    environment.assert_refused(
        reason, function, *(order if function == "create_order" else [[order]]), by=environment.operator
    )


@pytest.mark.parametrize("caller", ["owner", "oracle", "guardian", "arbiter", "buyer", "seller", "stranger"])
def test_only_the_operator_creates_orders(environment: Environment, caller: str) -> None:
    order = environment.a_new_order()

    by = getattr(environment, caller)

    environment.assert_refused("escrow: caller is not the operator", "create_order", *order, by=by)
    environment.assert_refused("escrow: caller is not the operator", "create_orders", [order], by=by)


def test_the_smallest_and_the_largest_amount_are_taken(environment: Environment) -> None:
    smallest_id, largest_id = environment.an_order(amount=PLANCK), environment.an_order(amount=LARGEST_AMOUNT)

    assert (environment.order(smallest_id).amount, environment.order(largest_id).amount) == (PLANCK, LARGEST_AMOUNT)


def test_a_batch_above_the_limit_is_refused_without_a_reason(environment: Environment) -> None:
    """Without a reason: so many do not decode."""
    environment.assert_refused("", "create_orders", [environment.a_new_order()] * 51, by=environment.operator)
