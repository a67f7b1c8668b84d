"""Wire the features together: who acts on whose domain events. Every process calls `wire` before it works."""


def wire() -> None:
    """Subscribe every handler, once."""
