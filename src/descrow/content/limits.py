"""Define how much people may upload; the operator sets it."""

from dataclasses import dataclass

MAX_PIXELS = 50_000_000
"""Of a picture: as many as large phone cameras have."""


@dataclass(frozen=True)
class UploadLimits:
    max_bytes: int
    """Of one file."""
    per_day: int
    """Files of one account, in a day in UTC."""
    account_bytes: int
    """Of all files of one account that are stored."""
    total_bytes: int
    """Of all files that everybody may see, and once more of all evidence: strangers' pictures take no place from it."""
