"""The SQLite file: one connection, one writer, each change whole or not at all."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import msgspec

SCHEMA = files(__package__).joinpath("schema.sql").read_text()
VERSION = zlib.crc32(SCHEMA.encode()) & 0x7FFFFFFF
"""Of the schema: another text is another version, and a file of another version is written anew."""
# Kept when all else is forgotten: a merchant has the certificate in its settings.
IDENTITY = "CREATE TABLE IF NOT EXISTS identity (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT"

Value = str | int | None
Row = sqlite3.Row
Shape = TypeVar("Shape")


class StoreInUse(Exception):
    """Another process has the file open."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is in use by another simulator")


class Store:
    """Statements outside `change` stand alone. What was committed survives a kill of the process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
        self._connection.row_factory = sqlite3.Row
        try:
            self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute(IDENTITY)
        except sqlite3.OperationalError as error:
            self._connection.close()
            if "locked" in str(error):
                raise StoreInUse(path) from error
            raise
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        if self.one("SELECT 1 FROM sqlite_schema WHERE name = 'transactions'") is None:
            self._create()
        elif self.number("PRAGMA user_version") != VERSION:
            self._renew()

    @contextmanager
    def change(self) -> Iterator[None]:
        """All that is done inside is kept, or, after an exception, nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def run(self, statement: str, *values: Value) -> int:
        """Execute, and tell the id of the row that was inserted last."""
        return self._connection.execute(statement, values).lastrowid or 0

    def rows(self, query: str, *values: Value) -> list[Row]:
        return self._connection.execute(query, values).fetchall()

    def one(self, query: str, *values: Value) -> Row | None:
        row: Row | None = self._connection.execute(query, values).fetchone()
        return row

    def all(self, shape: type[Shape], query: str, *values: Value) -> list[Shape]:
        """The rows as structs, whose fields are named like the columns."""
        return [_shaped(row, shape) for row in self.rows(query, *values)]

    def first(self, shape: type[Shape], query: str, *values: Value) -> Shape | None:
        row = self.one(query, *values)
        return None if row is None else _shaped(row, shape)

    def number(self, query: str, *values: Value) -> int:
        """The one number that the query gives; 0 when it gives none."""
        row = self.one(query, *values)
        return int(row[0] or 0) if row else 0

    def chosen(self, name: str) -> str | None:
        row = self.one("SELECT value FROM chosen WHERE name = ?", name)
        return row[0] if row else None

    def choose(self, name: str, value: str) -> None:
        self.run(
            "INSERT INTO chosen VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value
        )

    def forget(self) -> None:
        """Empty the file but for the identity."""
        self._connection.execute("PRAGMA foreign_keys = OFF")
        with self.change():
            for table in self._tables():
                self._connection.execute(f"DROP TABLE {table}")
        self._create()
        self._connection.execute("PRAGMA foreign_keys = ON")

    def close(self) -> None:
        self._connection.close()

    def _tables(self) -> list[str]:
        found = (
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'identity' AND name NOT LIKE 'sqlite_%'"
        )
        return [str(name) for (name,) in self.rows(found)]

    def _create(self) -> None:
        self._connection.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")

    def _renew(self) -> None:
        """Write a file of an earlier version anew in the present shape, whole or not at all."""
        kept = {table: self.rows(f"SELECT * FROM {table}") for table in self._tables()}  # noqa: S608, names of our own
        self._connection.execute("PRAGMA foreign_keys = OFF")
        with self.change():
            for table in kept:
                self._connection.execute(f"DROP TABLE {table}")
            for statement in _statements(SCHEMA):
                self._connection.execute(statement)
            for table, rows in kept.items():
                for row in rows:
                    names, places = ", ".join(row.keys()), ", ".join("?" * len(row.keys()))
                    statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608, names of our own
                    self._connection.execute(statement, tuple(row))
            self._connection.execute(f"PRAGMA user_version = {VERSION}")
        self._connection.execute("PRAGMA foreign_keys = ON")


def _statements(script: str) -> Iterator[str]:
    """Each statement of a script, the body of a trigger with it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _shaped(row: Row, shape: type[Shape]) -> Shape:
    return msgspec.convert(dict(zip(row.keys(), row, strict=True)), shape)
