"""The columns of every row that is tried again until its work is done."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column


class Retried:
    """Mixin for a model whose rows are a durable queue. The row's own status says if there is work left."""

    next_attempt_at: Mapped[datetime | None]
    """No attempt is made before then. A model whose rows always have a next attempt declares it without None."""
    attempt_count: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    """Why the last attempt did not end the work."""
