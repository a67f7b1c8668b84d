"""Access to a route that takes no role in the shop; permissions stand in `descrow.accounts.roles`."""

from enum import StrEnum


class Open(StrEnum):
    """Name access that takes no permission."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed_in"
