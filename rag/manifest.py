"""The truth on disk: documents, every version of their texts, passages, their encodings, and full text.

SQLite through SQLAlchemy Core. One document changes in one transaction, so a crash leaves the old or the new one.
Full text is FTS5 over Snowball stems, one table a language: a stemmer of another language only adds noise.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from rag.embedding import Encoding, Floats, digest
from rag.errors import ConfigurationError
from rag.language import LANGUAGES
from rag.models import Document, Page, Passage, PassageKind, Skipped, Visibility
from rag.stemming import stems

SCHEMA_VERSION = 1
_IN = 500  # values a query; SQLite takes 32,766 variables, older builds 999

_tables = sa.MetaData()
META = sa.Table("meta", _tables, sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String))
VERSIONS = sa.Table(
    "versions",
    _tables,
    sa.Column("document_id", sa.String, primary_key=True),
    sa.Column("version", sa.String, primary_key=True),
    sa.Column("root", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("record", sa.Text, nullable=False),  # the document's fields, JSON, without its text
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("seen", sa.String, nullable=False),  # when this version was first indexed, UTC
)
DOCUMENTS = sa.Table(
    "documents",
    _tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("root", sa.String, nullable=False),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("fingerprint", sa.String, nullable=False),  # content hash, reader version and model
)
PASSAGES = sa.Table(
    "passages",
    _tables,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("document_id", sa.String, nullable=False, index=True),
    sa.Column("ordinal", sa.Integer, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("heading", sa.Text, nullable=False),
    sa.Column("lead", sa.Text, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("page", sa.Integer),
    # "passage:digest of its vector": a passage that is embedded anew keeps its id, and its old vector must go
    sa.Column("vector_id", sa.String, nullable=False, unique=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
    sa.Column("tokens", sa.LargeBinary, nullable=False),
    sa.Column("offsets", sa.LargeBinary, nullable=False),
)
SKIPPED = sa.Table(
    "skipped",
    _tables,
    sa.Column("root", sa.String, primary_key=True),
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("hint", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage ready to be stored, with what was computed for it."""

    passage: Passage
    encoding: Encoding
    context: str  # searched beside the passage, at a lower weight


@dataclass(frozen=True, slots=True)
class Stored:
    """What the manifest knows of an indexed document without its text."""

    id: str
    root: str
    source: str
    version: str
    fingerprint: str


def _connect(path: Path) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 30, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


class Manifest:
    """Opened on a file that one process owns; reads may come from any thread."""

    def __init__(self, path: Path) -> None:
        self._engine = _connect(path)
        self._check_schema(path)
        with self._engine.begin() as connection:
            _tables.create_all(connection)
            for language in LANGUAGES:
                connection.execute(
                    sa.text(
                        f"CREATE VIRTUAL TABLE IF NOT EXISTS stems_{language} USING fts5("
                        "passage_id UNINDEXED, document_id UNINDEXED, context, body, tokenize='unicode61')"
                    )
                )
        self.set_meta("schema", str(SCHEMA_VERSION))

    def _check_schema(self, path: Path) -> None:
        """Before anything is written: another Fonte's file stays as it is."""
        try:
            known = sa.inspect(self._engine).has_table(META.name)
            found = self.meta("schema") if known else None
        except sa.exc.DatabaseError as error:
            raise ConfigurationError(
                f"{path} cannot be read as Fonte's manifest ({error.orig}).",
                "Move it away (the documents are read again), or name another folder with --data.",
            ) from error
        if found not in (None, str(SCHEMA_VERSION)):
            raise ConfigurationError(
                f"{path} has schema {found}; this Fonte knows schema {SCHEMA_VERSION}.",
                "Use the Fonte that wrote it, or name another folder with --data.",
            )

    def close(self) -> None:
        self._engine.dispose()

    def meta(self, key: str) -> str | None:
        with self._engine.connect() as connection:
            return connection.execute(sa.select(META.c.value).where(META.c.key == key)).scalar_one_or_none()

    def set_meta(self, key: str, value: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(sa.delete(META).where(META.c.key == key))
            connection.execute(sa.insert(META).values(key=key, value=value))

    # Documents

    def stored(self) -> dict[str, Stored]:
        """Every indexed document by id."""
        query = sa.select(
            DOCUMENTS.c.id, DOCUMENTS.c.root, VERSIONS.c.source, DOCUMENTS.c.version, DOCUMENTS.c.fingerprint
        ).join(VERSIONS, (VERSIONS.c.document_id == DOCUMENTS.c.id) & (VERSIONS.c.version == DOCUMENTS.c.version))
        with self._engine.connect() as connection:
            return {row.id: Stored(*row) for row in connection.execute(query)}

    def put(self, document: Document, root: str, fingerprint: str, entries: Sequence[Entry]) -> None:
        """Store a document and its passages in place of what its id held; older versions of its text stay."""
        with self._engine.begin() as connection:
            self._drop_passages(connection, document.id)
            connection.execute(sa.delete(DOCUMENTS).where(DOCUMENTS.c.id == document.id))
            connection.execute(
                sa.insert(DOCUMENTS).values(
                    id=document.id, root=root, version=document.version, fingerprint=fingerprint
                )
            )
            seen = connection.execute(
                sa.select(VERSIONS.c.seen).where(
                    VERSIONS.c.document_id == document.id, VERSIONS.c.version == document.version
                )
            ).scalar_one_or_none()
            connection.execute(
                sa.delete(VERSIONS).where(VERSIONS.c.document_id == document.id, VERSIONS.c.version == document.version)
            )
            connection.execute(
                sa.insert(VERSIONS).values(
                    document_id=document.id,
                    version=document.version,
                    root=root,
                    source=document.source,
                    record=_record(document),
                    text=document.text,
                    seen=seen or dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
                )
            )
            if entries:
                connection.execute(sa.insert(PASSAGES), [_row(n, e) for n, e in enumerate(entries)])
                connection.execute(
                    sa.text(f"INSERT INTO stems_{document.language} VALUES (:passage, :document, :context, :body)"),
                    [_stemmed(e, document.language) for e in entries],
                )

    def remove(self, document_id: str) -> None:
        """Take a document out of search; its texts stay for old citations."""
        with self._engine.begin() as connection:
            self._drop_passages(connection, document_id)
            connection.execute(sa.delete(DOCUMENTS).where(DOCUMENTS.c.id == document_id))

    def _drop_passages(self, connection: sa.Connection, document_id: str) -> None:
        connection.execute(sa.delete(PASSAGES).where(PASSAGES.c.document_id == document_id))
        for language in LANGUAGES:
            connection.execute(sa.text(f"DELETE FROM stems_{language} WHERE document_id = :id"), {"id": document_id})

    def documents(self) -> list[Document]:
        """Every indexed document, by source."""
        query = (
            sa.select(VERSIONS)
            .join(
                DOCUMENTS,
                (VERSIONS.c.document_id == DOCUMENTS.c.id) & (VERSIONS.c.version == DOCUMENTS.c.version),
            )
            .order_by(VERSIONS.c.source, VERSIONS.c.document_id)
        )
        with self._engine.connect() as connection:
            return [_document(row) for row in connection.execute(query)]

    def document(self, document_id: str, version: str | None = None) -> Document | None:
        """A document as it is now, or as it was at `version`; None if neither is known."""
        query = sa.select(VERSIONS).where(VERSIONS.c.document_id == document_id)
        if version is None:
            current = sa.select(DOCUMENTS.c.version).where(DOCUMENTS.c.id == document_id).scalar_subquery()
            query = query.where(VERSIONS.c.version == current)
        else:
            query = query.where(VERSIONS.c.version == version)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return _document(row) if row else None

    # Passages

    def passage_ids(self) -> set[str]:
        with self._engine.connect() as connection:
            return set(connection.execute(sa.select(PASSAGES.c.id)).scalars())

    def vector_ids(self) -> set[str]:
        """Names of the passages' vectors: another vector for the same passage has another name."""
        with self._engine.connect() as connection:
            return set(connection.execute(sa.select(PASSAGES.c.vector_id)).scalars())

    def vectors(self, vector_ids: Iterable[str]) -> Iterator[tuple[str, str, Floats]]:
        """(vector id, document id, vector) of each id that is known."""
        for at in _batches(vector_ids):
            query = sa.select(PASSAGES.c.vector_id, PASSAGES.c.document_id, PASSAGES.c.vector)
            with self._engine.connect() as connection:
                for row in connection.execute(query.where(PASSAGES.c.vector_id.in_(at))):
                    yield row.vector_id, row.document_id, np.frombuffer(row.vector, "<f4")

    def passages(self, ids: Iterable[str], held: Mapping[str, Document] | None = None) -> dict[str, Passage]:
        """Passages by id, cut out of their documents' present texts; those that the caller holds are not read again.

        SQLite's own substr() would walk every text from its beginning, once for each passage.
        """
        left_out = ("vector_id", "vector", "tokens", "offsets")
        columns = [c for c in PASSAGES.c if c.name not in left_out]
        documents = {(d.id, d.version): d for d in (held or {}).values()}
        found: dict[str, Passage] = {}
        for row in list(self._rows(ids, *columns, DOCUMENTS.c.version)):
            key = (row.document_id, row.version)
            document = documents.get(key) or self.document(*key)
            if document is not None:
                documents[key] = document
                found[row.id] = _passage(row, document.text[row.start : row.end])
        return found

    def encodings(self, ids: Iterable[str]) -> dict[str, Encoding]:
        rows = self._rows(ids, PASSAGES.c.id, PASSAGES.c.vector, PASSAGES.c.tokens, PASSAGES.c.offsets)
        return {row.id: _encoding(row) for row in rows}

    def siblings(self, document_id: str) -> list[str]:
        """The ids of a document's passages, in order."""
        query = sa.select(PASSAGES.c.id).where(PASSAGES.c.document_id == document_id).order_by(PASSAGES.c.ordinal)
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def counts(self) -> dict[str, int]:
        """Number of passages by document."""
        query = sa.select(PASSAGES.c.document_id, sa.func.count()).group_by(PASSAGES.c.document_id)
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def _rows(self, ids: Iterable[str], *columns: Any) -> Iterator[Any]:
        joined = PASSAGES.join(DOCUMENTS, DOCUMENTS.c.id == PASSAGES.c.document_id).join(
            VERSIONS, (VERSIONS.c.document_id == DOCUMENTS.c.id) & (VERSIONS.c.version == DOCUMENTS.c.version)
        )
        with self._engine.connect() as connection:
            for some in _batches(ids):
                query = sa.select(*columns).select_from(joined).where(PASSAGES.c.id.in_(some))
                yield from connection.execute(query)

    # Full text

    def search(self, stemmed: Sequence[str], language: str, limit: int) -> list[tuple[str, float]]:
        """(passage id, score) of the passages in `language` that hold any of the stems; higher is better.

        The score is FTS5's bm25, negated, with headings at a third of the text's weight.
        """
        if not stemmed or language not in LANGUAGES:
            return []
        query = " OR ".join(f'"{stem}"' for stem in dict.fromkeys(stemmed))
        statement = sa.text(
            f"SELECT passage_id, -bm25(stems_{language}, 0, 0, 0.33, 1.0) AS score FROM stems_{language} "
            f"WHERE stems_{language} MATCH :query ORDER BY score DESC LIMIT :limit"
        )
        with self._engine.connect() as connection:
            rows = connection.execute(statement, {"query": query, "limit": limit})
            return [(row.passage_id, float(row.score)) for row in rows]

    # What was skipped

    def set_skipped(self, skipped: Mapping[str, Iterable[Skipped]]) -> None:
        """Keep what was left out, by root, in place of all that was kept before."""
        rows = [{"root": root, **asdict(s)} for root, some in skipped.items() for s in some]
        with self._engine.begin() as connection:
            connection.execute(sa.delete(SKIPPED))
            if rows:
                connection.execute(sa.insert(SKIPPED), rows)

    def skipped(self) -> list[Skipped]:
        query = sa.select(SKIPPED.c.source, SKIPPED.c.reason, SKIPPED.c.hint).order_by(SKIPPED.c.source)
        with self._engine.connect() as connection:
            return [Skipped(*row) for row in connection.execute(query)]


def _batches(values: Iterable[str]) -> Iterator[list[str]]:
    wanted = list(values)
    yield from (wanted[at : at + _IN] for at in range(0, len(wanted), _IN))


def vector_id(passage_id: str, vector: Floats) -> str:
    return f"{passage_id}:{digest(vector)}"


def passage_of(vector_id: str) -> str:
    """The passage that a vector is of."""
    return vector_id.partition(":")[0]


def _record(document: Document) -> str:
    fields = asdict(document)
    fields.pop("text")
    return json.dumps(fields, default=str, ensure_ascii=False)


def _document(row: Any) -> Document:
    fields: dict[str, Any] = json.loads(row.record)
    fields["date"] = dt.date.fromisoformat(fields["date"]) if fields["date"] else None
    fields["visibility"] = Visibility(fields["visibility"])
    fields["pages"] = tuple(Page(**page) for page in fields["pages"])
    return Document(text=row.text, **fields)


def _row(ordinal: int, entry: Entry) -> dict[str, object]:
    p = entry.passage
    return {
        "id": p.id,
        "document_id": p.document_id,
        "ordinal": ordinal,
        "kind": p.kind.value,
        "heading": p.heading,
        "lead": p.lead,
        "start": p.start,
        "end": p.end,
        "page": p.page,
        "vector_id": vector_id(p.id, entry.encoding.vector),
        "vector": entry.encoding.vector.astype("<f4").tobytes(),
        "tokens": entry.encoding.tokens.tobytes(),
        "offsets": entry.encoding.offsets.astype("<i4").tobytes(),
    }


def _stemmed(entry: Entry, language: str) -> Mapping[str, str]:
    return {
        "passage": entry.passage.id,
        "document": entry.passage.document_id,
        "context": " ".join(stems(entry.context, language)),
        "body": " ".join(stems(entry.passage.text, language)),
    }


def _passage(row: Any, text: str) -> Passage:
    return Passage(
        row.id, row.document_id, PassageKind(row.kind), row.heading, row.lead, text, row.start, row.end, row.page
    )


def _encoding(row: Any) -> Encoding:
    vector = np.frombuffer(row.vector, "<f4")
    tokens = np.frombuffer(row.tokens, np.int8).reshape(-1, vector.size)
    return Encoding(vector, tokens, np.frombuffer(row.offsets, "<i4").reshape(-1, 2))
