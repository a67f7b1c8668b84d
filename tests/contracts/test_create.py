"""Creating orders, one by one and in batches."""

import pytest

from .world import BY_DOT, CREATED, DOT, MINUTE, PLANCK, ZERO, Order, World, a_digest, an_address


def test_the_operator_creates_an_order_that_may_be_paid_until_its_deadline(world: World) -> None:
    before = world.picture()
    reference, metadata = a_digest("a reference"), a_digest("a product")

    new_order = world.a_new_order(amount=DOT, reference=reference, metadata=metadata)

    outcome = world.does("create_order", *new_order, by=world.operator)

    deadline = world.now + 30 * MINUTE
    assert outcome.value == 1
    assert world.order(1) == Order(world.buyer, world.seller, DOT, world.terms_id, BY_DOT, CREATED, deadline)
    assert outcome.event("OrderCreated") == {
        "order_id": 1,
        "buyer": world.buyer,
        "seller": world.seller,
        "amount": DOT,
        "terms_id": world.terms_id,
        "payment_mode": BY_DOT,
        "deadline": deadline,
        "reference": reference,
        "metadata": metadata,
    }
    assert world.view("next_order_id") == 2
    after = world.picture()
    assert [after[key] for key in ("totals", "balances", "credits")] == [
        before[key] for key in ("totals", "balances", "credits")
    ]


def test_a_batch_makes_the_same_orders_as_one_by_one(world: World) -> None:
    first = world.an_order(amount=5 * DOT)
    new_orders = [
        world.a_new_order(buyer=an_address(f"buyer {n}"), amount=(n + 1) * DOT, reference=a_digest(f"{n}"))
        for n in range(50)
    ]

    outcome = world.does("create_orders", new_orders, by=world.operator)

    ids = list(outcome.value)
    assert ids == list(range(first + 1, first + 51))
    assert world.view("next_order_id") == first + 51
    for order_id, (buyer, seller, amount, terms_id, payment_mode, reference, _) in zip(ids, new_orders, strict=True):
        order = world.order(order_id)
        assert order == Order(buyer, seller, amount, terms_id, payment_mode, CREATED, world.now + 30 * MINUTE)
        (logged,) = [e.fields for e in outcome.events if e.fields["order_id"] == order_id]
        assert (logged["buyer"], logged["reference"]) == (buyer, reference)
    assert world.order(first).amount == 5 * DOT


def test_a_batch_with_one_bad_order_makes_none(world: World) -> None:
    good, bad = world.a_new_order(), world.a_new_order(seller=world.buyer)

    world.refuses("escrow: buyer is the seller", "create_orders", [good, bad], by=world.operator)

    assert world.view("next_order_id") == 1


def test_an_empty_batch_changes_nothing(world: World) -> None:
    before = world.picture()

    outcome = world.does("create_orders", [], by=world.operator)

    assert list(outcome.value) == []
    assert world.picture() == before


@pytest.mark.parametrize("function", ["create_order", "create_orders"])
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"buyer": ZERO}, "escrow: address is zero"),
        ({"seller": ZERO}, "escrow: address is zero"),
        ({"buyer": "escrow"}, "escrow: address is the escrow itself"),
        ({"seller": "escrow"}, "escrow: address is the escrow itself"),
        ({"seller": World.buyer}, "escrow: buyer is the seller"),
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
    world: World, function: str, changes: dict[str, str | int], reason: str
) -> None:
    fields = {"buyer": world.buyer, "seller": world.seller, "amount": DOT, "terms_id": world.terms_id} | {
        name: world.escrow if value == "escrow" else value for name, value in changes.items()
    }
    order = (*fields.values(), BY_DOT, a_digest("r"), a_digest("m"))

    world.refuses(reason, function, *(order if function == "create_order" else [[order]]), by=world.operator)


@pytest.mark.parametrize("caller", ["owner", "oracle", "guardian", "arbiter", "buyer", "seller", "stranger"])
def test_only_the_operator_creates_orders(world: World, caller: str) -> None:
    order = world.a_new_order()

    by = getattr(world, caller)

    world.refuses("escrow: caller is not the operator", "create_order", *order, by=by)
    world.refuses("escrow: caller is not the operator", "create_orders", [order], by=by)


def test_the_smallest_and_the_largest_amount_are_taken(world: World) -> None:
    largest = (2**96 - 1) // PLANCK * PLANCK

    smallest_id, largest_id = world.an_order(amount=PLANCK), world.an_order(amount=largest)

    assert (world.order(smallest_id).amount, world.order(largest_id).amount) == (PLANCK, largest)


def test_a_batch_of_fifty_one_is_refused_as_no_batch_at_all(world: World) -> None:
    """Without a reason: so many do not decode."""
    world.refuses("", "create_orders", [world.a_new_order()] * 51, by=world.operator)
