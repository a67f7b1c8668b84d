"""Days in UTC, by which limits are counted."""

from datetime import datetime, timedelta


def start_of_day(now: datetime) -> datetime:
    """The last midnight, where `now` is in UTC."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def next_day(now: datetime) -> datetime:
    """The coming midnight, where `now` is in UTC: then the day's limit is whole again."""
    return start_of_day(now) + timedelta(days=1)
