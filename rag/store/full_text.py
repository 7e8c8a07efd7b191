"""Full text over Snowball stems: FTS5 in SQLite, tsvector in PostgreSQL, with one and the same ranking.

One table a language: a stemmer of another language only adds noise. The ranking is FTS5's bm25, which PostgreSQL has
no function for; there it is computed from the stems' positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from rag.language.detection import LANGUAGES

HEADINGS = 0.33  # weight of what stands above a passage, whose own text has 1
_LONGEST = 500  # characters of a stem; PostgreSQL takes 2046 bytes
_LAST = 16383  # position in a tsvector


@dataclass(frozen=True, slots=True)
class Stemmed:
    """The stems of a passage and of what stands above it."""

    passage_id: str
    document_id: str
    context: list[str]
    body: list[str]


class FullText(Protocol):
    """Inside the caller's transaction. Languages are those of `rag.language`: they become names of tables."""

    def prepare(self, connection: sa.Connection) -> None: ...

    def add(self, connection: sa.Connection, language: str, passages: Sequence[Stemmed]) -> None: ...

    def drop(self, connection: sa.Connection, document_id: str) -> None: ...

    def search(
        self, connection: sa.Connection, language: str, stems: Sequence[str], limit: int
    ) -> list[tuple[str, float]]: ...


def full_text(dialect: str) -> FullText:
    return Tsvector() if dialect == "postgresql" else Fts5()


def _drop(connection: sa.Connection, document_id: str) -> None:
    for language in LANGUAGES:
        connection.execute(sa.text(f"DELETE FROM stems_{language} WHERE document_id = :id"), {"id": document_id})


class Fts5:
    def prepare(self, connection: sa.Connection) -> None:
        for language in LANGUAGES:
            connection.execute(
                sa.text(
                    f"CREATE VIRTUAL TABLE IF NOT EXISTS stems_{language} USING fts5("
                    "passage_id UNINDEXED, document_id UNINDEXED, context, body, tokenize='unicode61')"
                )
            )

    def add(self, connection: sa.Connection, language: str, passages: Sequence[Stemmed]) -> None:
        rows = [
            {
                "passage": p.passage_id,
                "document": p.document_id,
                "context": " ".join(p.context),
                "body": " ".join(p.body),
            }
            for p in passages
        ]
        connection.execute(sa.text(f"INSERT INTO stems_{language} VALUES (:passage, :document, :context, :body)"), rows)

    def drop(self, connection: sa.Connection, document_id: str) -> None:
        _drop(connection, document_id)

    def search(
        self, connection: sa.Connection, language: str, stems: Sequence[str], limit: int
    ) -> list[tuple[str, float]]:
        query = " OR ".join(f'"{stem}"' for stem in dict.fromkeys(stems))
        # Sorted by its own rank, FTS5 reads the stored columns of the best rows only, not of all that match.
        statement = sa.text(
            f"SELECT passage_id, -rank AS score FROM stems_{language} WHERE stems_{language} MATCH :query "
            f"AND rank MATCH 'bm25(0.0, 0.0, {HEADINGS}, 1.0)' ORDER BY rank LIMIT :limit"
        )
        rows = connection.execute(statement, {"query": query, "limit": limit})
        return sorted(((row.passage_id, float(row.score)) for row in rows), key=lambda found: (-found[1], found[0]))


class Tsvector:
    """A stem of the passage's own text has weight A in the vector, one from above it D."""

    def prepare(self, connection: sa.Connection) -> None:
        for language in LANGUAGES:
            name = f"stems_{language}"
            connection.execute(
                sa.text(
                    f"CREATE TABLE IF NOT EXISTS {name} (passage_id text PRIMARY KEY, document_id text NOT NULL, "
                    "length integer NOT NULL, terms tsvector NOT NULL)"
                )
            )
            connection.execute(sa.text(f"CREATE INDEX IF NOT EXISTS {name}_terms ON {name} USING gin (terms)"))
            connection.execute(sa.text(f"CREATE INDEX IF NOT EXISTS {name}_document ON {name} (document_id)"))

    def add(self, connection: sa.Connection, language: str, passages: Sequence[Stemmed]) -> None:
        rows = [
            {
                "passage": p.passage_id,
                "document": p.document_id,
                "length": len(p.context) + len(p.body),
                "terms": _terms(p),
            }
            for p in passages
        ]
        statement = f"INSERT INTO stems_{language} VALUES (:passage, :document, :length, CAST(:terms AS tsvector))"
        connection.execute(sa.text(statement), rows)

    def drop(self, connection: sa.Connection, document_id: str) -> None:
        _drop(connection, document_id)

    def search(
        self, connection: sa.Connection, language: str, stems: Sequence[str], limit: int
    ) -> list[tuple[str, float]]:
        wanted = [stem for stem in dict.fromkeys(stems) if len(stem) <= _LONGEST]
        if not wanted:
            return []
        query = " | ".join(_lexeme(stem) for stem in wanted)
        rows = connection.execute(
            sa.text(_BM25.format(table=f"stems_{language}", headings=HEADINGS)),
            {"query": query, "stems": wanted, "limit": limit},
        )
        return [(row.passage_id, float(row.score)) for row in rows]


# As FTS5 counts: k1 = 1.2, b = 0.75, and no stem takes anything away, however common. What matches any of the stems
# holds every passage of each of them, so that their numbers can be counted there.
_BM25 = """
WITH whole AS (SELECT count(*)::float AS passages, avg(length)::float AS length FROM {table}),
matching AS (SELECT passage_id, length, terms FROM {table} WHERE terms @@ CAST(:query AS tsquery)),
counted AS (
    SELECT m.passage_id, m.length, term.lexeme,
        (SELECT sum(CASE WHEN weight = 'A' THEN 1.0 ELSE {headings} END) FROM unnest(term.weights) AS weight)::float
        AS frequency
    FROM matching AS m, unnest(m.terms) AS term WHERE term.lexeme = ANY(:stems)
),
rarity AS (
    SELECT lexeme, greatest(ln((w.passages - count(*) + 0.5) / (count(*) + 0.5)), 1e-6) AS idf
    FROM counted, whole AS w GROUP BY lexeme, w.passages
)
SELECT passage_id, sum(idf * frequency * 2.2 / (frequency + 1.2 * (0.25 + 0.75 * c.length / w.length))) AS score
FROM counted AS c JOIN rarity USING (lexeme), whole AS w
GROUP BY passage_id ORDER BY score DESC, passage_id LIMIT :limit
"""


def _lexeme(stem: str) -> str:
    return "'" + stem.replace("\\", "\\\\").replace("'", "''") + "'"


def _terms(passage: Stemmed) -> str:
    """A tsvector as it is written, each stem with its places."""
    weighed = [(stem, "") for stem in passage.context] + [(stem, "A") for stem in passage.body]
    return " ".join(
        f"{_lexeme(stem)}:{min(place, _LAST)}{weight}"
        for place, (stem, weight) in enumerate(weighed, 1)
        if len(stem) <= _LONGEST
    )
