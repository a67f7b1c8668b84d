"""One effect per `Idempotency-Key`, however often a request is sent.

The key is claimed and the answer stored in the transaction that does the work: a second request waits for the first
one's end and gets its answer, or does the work itself if the first failed.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from hashlib import sha256
from typing import Annotated, ClassVar, TypeVar

import msgspec
from litestar.params import HeaderParameter
from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from descrow.kernel.db import Base, utc_now
from descrow.kernel.errors import Invalid

Answer = TypeVar("Answer", bound=msgspec.Struct)


class StoredAnswer(Base):
    __tablename__ = "stored_answers"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[str]
    """SHA-256 of what was asked: one key for two different requests is a mistake of the client's."""
    answer: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class IdempotencyKeyReused(Invalid):
    code: ClassVar[str] = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was already used for a different request. Use a new one.")


IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="Send one with every POST: a repeat of the same request then has no second effect.",
    ),
]


async def answer_once(
    session: AsyncSession,
    account_id: int,
    key: str | None,
    request: msgspec.Struct,
    work: Callable[[], Awaitable[Answer]],
    answer_type: type[Answer],
) -> Answer:
    """The answer of `work`, done once per key; without a key it is simply done.

    Waits while another transaction holds the key. Raises IdempotencyKeyReused when the first request said otherwise.
    """
    if key is None:
        return await work()

    digest = sha256(type(request).__name__.encode() + msgspec.json.encode(request)).hexdigest()
    claimed = await session.scalar(
        insert(StoredAnswer)
        .values(account_id=account_id, key=key, request_digest=digest)
        .on_conflict_do_nothing()
        .returning(StoredAnswer.key)
    )
    stored = await session.get_one(StoredAnswer, (account_id, key))
    if claimed is not None:
        answer = await work()
        stored.answer = msgspec.json.encode(answer)
        return answer

    if stored.request_digest != digest or stored.answer is None:
        raise IdempotencyKeyReused
    return msgspec.json.decode(stored.answer, type=answer_type)
