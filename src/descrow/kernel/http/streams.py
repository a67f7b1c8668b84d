"""Answers that are sent in pieces, as they are made."""

from collections.abc import AsyncIterator


async def begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces; what goes wrong with the first is raised here, while an answer can still say so."""
    first = await anext(pieces, b"")

    async def from_the_first() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return from_the_first()
