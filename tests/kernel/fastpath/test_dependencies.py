"""Dependencies resolved in sequence: no task for each of them, and the same values as before."""

import asyncio

from litestar import Litestar, get
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation
from litestar.testing import AsyncTestClient

from descrow.kernel.fastpath.dependencies import resolve_dependencies_in_sequence

Text = NamedDependency[SkipValidation[str]]
Task = NamedDependency[SkipValidation["asyncio.Task[None] | None"]]


def one_and_two(one: Text) -> str:
    return f"{one} and two"


async def test_a_route_gets_all_it_asks_for_within_the_requests_own_task() -> None:
    @get("/")
    async def show(one: Text, two: Text, first_task: Task, second_task: Task) -> list[str | bool]:
        return [one, two, first_task is second_task is asyncio.current_task()]

    app = Litestar(
        [show],
        dependencies={
            "one": Provide(lambda: "one", sync_to_thread=False),
            "two": Provide(one_and_two, sync_to_thread=False),
            "first_task": Provide(lambda: asyncio.current_task(), sync_to_thread=False),
            "second_task": Provide(lambda: asyncio.current_task(), sync_to_thread=False),
        },
        openapi_config=None,
    )

    resolve_dependencies_in_sequence(app)

    async with AsyncTestClient(app) as client:
        assert (await client.get("/")).json() == ["one", "one and two", True]
