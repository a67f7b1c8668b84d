"""Events alone are enough to know every order, every credit and every coin."""

from .world import (
    CREATED,
    DELIVERED,
    DOT,
    EXPIRED,
    FUNDED,
    NO_ORDER,
    REFUNDED,
    SHIPPED,
    Event,
    Order,
    World,
)


def test_orders_and_credits_can_be_rebuilt_from_events_alone(world: World) -> None:
    log: list[Event] = []
    world.on_event = log.append
    rejecting = world.a_payee("rejecting")
    for status in (CREATED, FUNDED, SHIPPED, DELIVERED, REFUNDED):
        world.an_order(status, amount=3 * DOT)
        world.an_order(status, seller=rejecting, buyer=world.stranger)
    world.an_order(EXPIRED)
    world.does(
        "create_orders",
        [world.a_new_order(amount=DOT * n) for n in (1, 2)],
        by=world.operator,
    )
    world.does("withdraw_to", world.seller, by=rejecting)

    orders, credit_of = _rebuilt(log)

    assert orders == {order_id: world.order(order_id) for order_id in range(1, world.view("next_order_id"))}
    assert {payee: world.credit(payee) for payee in credit_of} == credit_of
    assert sum(credit_of.values()) == world.totals()[1]


def _rebuilt(log: list[Event]) -> tuple[dict[int, Order], dict[str, int]]:
    orders: dict[int, Order] = {}
    credit_of: dict[str, int] = {}
    for event in log:
        match event.name, event.fields:
            case "OrderCreated", new:
                orders[new["order_id"]] = Order(
                    new["buyer"],
                    new["seller"],
                    new["amount"],
                    new["terms_id"],
                    new["payment_mode"],
                    CREATED,
                    new["deadline"],
                )
            case ("OrderFunded" | "OrderShipped") as name, moved:
                status = FUNDED if name == "OrderFunded" else SHIPPED
                orders[moved["order_id"]] = orders[moved["order_id"]]._replace(
                    status=status, deadline=moved["deadline"]
                )
            case ("OrderDelivered" | "OrderRefunded" | "OrderExpired") as name, ended:
                status = {"OrderDelivered": DELIVERED, "OrderRefunded": REFUNDED, "OrderExpired": EXPIRED}[name]
                orders[ended["order_id"]] = orders[ended["order_id"]]._replace(status=status, deadline=0)
            case "Credited", credit:
                credit_of[credit["payee"]] = credit_of.get(credit["payee"], 0) + credit["amount"]
            case "Withdrawn", withdrawn:
                credit_of[withdrawn["payee"]] -= withdrawn["amount"]
    return orders, credit_of


def test_many_orders_are_read_at_once_in_the_order_asked_for(world: World) -> None:
    first, second = world.an_order(FUNDED), world.an_order(SHIPPED, amount=DOT)

    found = [Order(*order) for order in world.view("orders", [second, 99, first])]

    assert found == [world.order(second), NO_ORDER, world.order(first)]
