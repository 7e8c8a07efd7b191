"""Schemas over time: migrated after a copy, and refused when they are newer; the same in SQLite and PostgreSQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from rag.commands import doctor
from rag.errors import ConfigurationError
from rag.settings import Settings
from rag.store.database import Schema, Where, get_meta, open_database


def _tables(*names: str) -> sa.MetaData:
    found = sa.MetaData()
    sa.Table("things", found, sa.Column("id", sa.Integer, primary_key=True), *(sa.Column(n, sa.String) for n in names))
    return found


def _second(connection: sa.Connection) -> None:
    connection.execute(sa.text("ALTER TABLE things ADD COLUMN colour VARCHAR"))
    connection.execute(sa.text("UPDATE things SET colour = 'red'"))


def _third(connection: sa.Connection) -> None:
    connection.execute(sa.text("UPDATE things SET colour = colour || '!'"))


FIRST = Schema("schema", 1, _tables("name"))
THIRD = Schema("schema", 3, _tables("name", "colour"), {1: _second, 2: _third})


def rows(engine: sa.Engine, table: str = "things") -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(f"SELECT * FROM {table}"))]


def filled(where: Where) -> None:
    engine = open_database(where, FIRST)
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO things VALUES (1, 'a')"))
    engine.dispose()


class SchemaRules(ABC):
    """The rules, wherever the tables lie."""

    @pytest.fixture
    @abstractmethod
    def where(self, tmp_path: Path) -> Where:
        """A subclass brings the place."""

    @abstractmethod
    def copied(self, where: Where, engine: sa.Engine) -> list[tuple[object, ...]]:
        """A subclass knows where its copies are."""

    def test_every_step_from_the_old_version_is_taken_after_a_copy(self, where: Where) -> None:
        filled(where)
        engine = open_database(where, THIRD)
        assert rows(engine) == [(1, "a", "red!")]
        assert self.copied(where, engine) == [(1, "a")]
        with engine.connect() as connection:
            assert get_meta(connection, "schema") == "3"
        engine.dispose()

    def test_a_migrated_database_is_not_migrated_again(self, where: Where) -> None:
        filled(where)
        for _ in range(2):
            engine = open_database(where, THIRD)
            assert rows(engine) == [(1, "a", "red!")]
            engine.dispose()

    def test_a_step_that_fails_leaves_what_was_there(self, where: Where) -> None:
        def broken(connection: sa.Connection) -> None:
            _second(connection)
            connection.execute(sa.text("SELECT * FROM nowhere"))

        filled(where)
        with pytest.raises(ConfigurationError):
            open_database(where, Schema("schema", 2, _tables("name", "colour"), {1: broken}))
        engine = open_database(where, FIRST)
        assert rows(engine) == [(1, "a")]
        engine.dispose()

    def test_a_newer_schema_is_refused_with_a_hint_and_left_as_it_is(self, where: Where) -> None:
        filled(where)
        open_database(where, THIRD).dispose()
        with pytest.raises(ConfigurationError, match="schema 3; this Fonte knows schema 1") as caught:
            open_database(where, FIRST)
        assert "Use the Fonte that wrote it" in caught.value.hint
        engine = open_database(where, THIRD)
        assert rows(engine) == [(1, "a", "red!")]
        engine.dispose()

    def test_a_version_that_no_step_leads_from_is_refused(self, where: Where) -> None:
        filled(where)
        with pytest.raises(ConfigurationError, match="schema 1; this Fonte knows schema 3"):
            open_database(where, Schema("schema", 3, _tables(), {2: _third}))

    def test_two_schemas_live_in_one_database(self, where: Where) -> None:
        filled(where)
        other = sa.MetaData()
        sa.Table("others", other, sa.Column("id", sa.Integer, primary_key=True))
        engine = open_database(where, Schema("other schema", 7, other))
        assert rows(engine) == [(1, "a")]
        with engine.connect() as connection:
            assert [get_meta(connection, key) for key in ("schema", "other schema")] == ["1", "7"]
        engine.dispose()


class TestSqliteSchemas(SchemaRules):
    @pytest.fixture
    def where(self, tmp_path: Path) -> Where:
        return tmp_path / "m.sqlite"

    def copied(self, where: Where, engine: sa.Engine) -> list[tuple[object, ...]]:
        return rows(sa.create_engine(f"sqlite:///{where}.schema-1"))


@pytest.mark.slow  # starts a PostgreSQL
class TestPostgresSchemas(SchemaRules):
    @pytest.fixture
    def where(self, new_database: Callable[[], str]) -> Where:
        return new_database()

    def copied(self, where: Where, engine: sa.Engine) -> list[tuple[object, ...]]:
        return rows(engine, "fonte_schema_1.things")

    def test_a_copy_holds_the_tables_of_its_own_schema_only(self, where: Where) -> None:
        filled(where)
        other = sa.MetaData()
        sa.Table("others", other, sa.Column("id", sa.Integer, primary_key=True))
        open_database(where, Schema("other schema", 1, other)).dispose()
        open_database(where, THIRD).dispose()
        engine = open_database(where, Schema("other schema", 2, other, {1: lambda _: None}))
        found = sa.inspect(engine)
        copies = {name: found.get_table_names(name) for name in found.get_schema_names() if name.startswith("fonte_")}
        assert copies == {"fonte_schema_1": ["things"], "fonte_other_schema_1": ["others"]}
        engine.dispose()


def test_the_doctor_looks_at_the_shared_database(new_database: Callable[[], str], tmp_path: Path) -> None:
    there = new_database()
    nowhere = there.replace("fonte@", "fonte:secret@") + "_gone"
    told = []
    for where in (there, nowhere):
        (tmp_path / "corpus").mkdir(exist_ok=True)
        settings = Settings(
            corpus=(tmp_path / "corpus",), data=tmp_path / "data", cache=tmp_path, port=0, database_url=SecretStr(where)
        )
        told += [(f.level.value, f.message) for f in doctor.examine(settings) if f.check == "data"]
    assert told[0] == ("ok", "the shared database: 0 documents")
    assert told[1][0] == "fail"
    assert "secret" not in told[1][1]
