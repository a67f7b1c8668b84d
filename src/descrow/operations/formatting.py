"""Define what all screens for operators are made of."""

from datetime import datetime, timedelta

from rich.table import Table

from descrow.kernel.money import KesCents, Planck, format_dot, format_kes

NOTHING = "–"


def age(moment: datetime, now: datetime) -> str:
    """Return how long ago, or in how long, in the largest unit that tells: `3 min ago`, `in 40 s`."""
    span = now - moment
    seconds = int(abs(span).total_seconds())
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    unit, size = next((unit for unit in units if seconds >= unit[1]), units[-1])
    length = f"{seconds // size} {unit}"
    return f"{length} ago" if span >= timedelta(0) else f"in {length}"


def table(*columns: str) -> Table:
    """A column whose name begins with `>` holds numbers."""
    made = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        made.add_column(
            column.removeprefix(">"), justify="right" if column.startswith(">") else "left", overflow="fold"
        )
    return made


def counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def or_nothing(value: object) -> str:
    return NOTHING if value is None else str(value)


def dot(planck: str) -> str:
    return format_dot(Planck(int(planck)))


def kes(cents: str) -> str:
    return format_kes(KesCents(int(cents)))
