"""SQL databases through SQLAlchemy Core: opened by file or URL, their schemas' versions held, migrated after a copy.

A file is SQLite, a URL PostgreSQL. Each schema is opened on its own and keeps its version in the table `meta`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from rag.errors import ConfigurationError

Where = Path | str  # of a SQLite file, or a PostgreSQL URL
Step = Callable[[sa.Connection], None]
WAIT = 30  # seconds for another process's write to end
ERASING = ("secure_delete=ON", "journal_mode=DELETE")  # what is deleted is overwritten, and no log keeps it

META = sa.Table("meta", sa.MetaData(), sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String))


@dataclass(frozen=True)
class Schema:
    """Tables that belong together.

    `steps[n]` leads from version n to n + 1; `prepare` makes, if they are not there, what Core has no words for.
    """

    key: str  # under which `meta` keeps the version
    version: int
    tables: sa.MetaData
    steps: Mapping[int, Step] = field(default_factory=dict)
    prepare: Step = lambda _: None
    pragmas: tuple[str, ...] = ()  # of SQLite


def open_database(where: Where, schema: Schema) -> sa.Engine:
    """The database with its schema at the present version, made or migrated if need be.

    Raises ConfigurationError if it cannot be reached, is none of ours, or was written by a newer Fonte; then nothing
    is changed.
    """
    engine = _engine(where, schema.pragmas)
    try:
        with engine.begin() as connection:
            alone(connection, schema.key)
            found = _version(connection, schema, where)
            if found is not None and found < schema.version:
                _copy(connection, where, schema, found)
            for version in range(found or schema.version, schema.version):
                schema.steps[version](connection)
            META.create(connection, checkfirst=True)
            schema.tables.create_all(connection)
            schema.prepare(connection)
            put_meta(connection, schema.key, str(schema.version))
    except sa.exc.DBAPIError as error:
        raise _unusable(where, error) from error
    return engine


def alone(connection: sa.Connection, purpose: str) -> None:
    """Until the transaction ends, no other server does the same. A SQLite file has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"fonte {purpose}"))))


def put_meta(connection: sa.Connection, key: str, value: str) -> None:
    connection.execute(sa.delete(META).where(META.c.key == key))
    connection.execute(sa.insert(META).values(key=key, value=value))


def get_meta(connection: sa.Connection, key: str) -> str | None:
    return connection.execute(sa.select(META.c.value).where(META.c.key == key)).scalar_one_or_none()


def named(where: Where) -> str:
    """The database for people: without the password in its URL."""
    return str(where) if isinstance(where, Path) else sa.make_url(where).render_as_string(hide_password=True)


def _engine(where: Where, pragmas: tuple[str, ...]) -> sa.Engine:
    if isinstance(where, Path):
        return _sqlite(where, pragmas)
    try:
        url = sa.make_url(where)
    except sa.exc.ArgumentError as error:
        raise ConfigurationError(
            "FONTE_DATABASE_URL is not a URL.", "Write postgresql://user:password@host/name."
        ) from error
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise ConfigurationError(
            f"FONTE_DATABASE_URL names {url.get_backend_name()}.", "Write postgresql://user:password@host/name."
        )
    try:
        return sa.create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ImportError as error:
        raise ConfigurationError(
            "The driver for PostgreSQL is not installed.", "Install it: pip install 'fonte[postgresql]'."
        ) from error


def _sqlite(path: Path, pragmas: tuple[str, ...]) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": WAIT, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # Python's own transactions do not hold a CREATE TABLE
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _version(connection: sa.Connection, schema: Schema, where: Where) -> int | None:
    """The version that is there, None for a database without this schema. Refuses what this Fonte does not know."""
    found = get_meta(connection, schema.key) if sa.inspect(connection).has_table(META.name) else None
    if found is None:
        return None
    number = int(found) if found.isdecimal() else schema.version + 1
    if number > schema.version or any(n not in schema.steps for n in range(number, schema.version)):
        raise ConfigurationError(
            f"{named(where)} has {schema.key} {found}; this Fonte knows {schema.key} {schema.version}.",
            "Use the Fonte that wrote it, or name another place (--data, or FONTE_DATABASE_URL).",
        )
    return number


def _copy(connection: sa.Connection, where: Where, schema: Schema, version: int) -> None:
    """What was there before a migration: a file beside the file, or the schema's own tables in a PostgreSQL schema."""
    if isinstance(where, Path):
        copy = where.with_name(f"{where.name}.schema-{version}")
        with closing(sqlite3.connect(where)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        return
    beside = f"fonte_{schema.key.replace(' ', '_')}_{version}"
    connection.execute(sa.schema.CreateSchema(beside, if_not_exists=True))
    quote = connection.dialect.identifier_preparer.quote
    for table in set(sa.inspect(connection).get_table_names()) & set(schema.tables.tables):
        connection.exec_driver_sql(f"CREATE TABLE IF NOT EXISTS {beside}.{quote(table)} AS TABLE {quote(table)}")


def _unusable(where: Where, error: sa.exc.DBAPIError) -> ConfigurationError:
    first = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    if isinstance(where, Path):
        hint = "Move it away (the documents are read again), or name another folder with --data."
        return ConfigurationError(f"{where} cannot be read as Fonte's database ({first}).", hint)
    return ConfigurationError(
        f"The database {named(where)} cannot be used ({first}).", "Check FONTE_DATABASE_URL, and that it is running."
    )
