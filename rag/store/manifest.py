"""The truth: documents, every version of their texts, passages, their encodings, and full text.

SQL through SQLAlchemy Core, in a file or in a PostgreSQL database that several servers share. One document changes in
one transaction, so a crash leaves the old or the new one.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np
import sqlalchemy as sa

from rag.embedding.embedder import Encoding
from rag.embedding.projection import Floats
from rag.language.detection import LANGUAGES
from rag.language.stemming import stems
from rag.models import Document, Passage, Skipped
from rag.store.database import Schema, Where, alone, get_meta, open_database, put_meta
from rag.store.full_text import Stemmed, full_text
from rag.store.rows import (
    DOCUMENTS,
    IS_PRESENT,
    PASSAGES,
    SKIPPED,
    TABLES,
    VERSIONS,
    Entry,
    Stored,
    batches,
    document_of,
    encoding_of,
    passage_at,
    passage_row,
    record_of,
)

SCHEMA_VERSION = 1
SCHEMA = Schema(
    "schema",
    SCHEMA_VERSION,
    TABLES,
    prepare=lambda connection: full_text(connection.dialect.name).prepare(connection),
    pragmas=("journal_mode=WAL", "synchronous=NORMAL"),
)


class Manifest:
    """Opened on a file that one process owns, or on a database's URL; reads may come from any thread."""

    def __init__(self, where: Where) -> None:
        self._engine = open_database(where, SCHEMA)
        self._full_text = full_text(self._engine.dialect.name)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While the block lasts, no other server that shares this database is in one."""
        if self._engine.dialect.name != "postgresql":
            yield
            return
        key = sa.func.hashtext("fonte sync")
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock(key)))
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))

    def meta(self, key: str) -> str | None:
        with self._engine.connect() as connection:
            return get_meta(connection, key)

    def set_meta(self, key: str, value: str) -> None:
        with self._engine.begin() as connection:
            put_meta(connection, key, value)

    def first_meta(self, key: str, value: str) -> str:
        """The value that is there; this one from now on if there is none. Of several servers, the first is heard."""
        with self._engine.begin() as connection:
            alone(connection, key)
            found = get_meta(connection, key)
            if found is None:
                put_meta(connection, key, value)
            return value if found is None else found

    # Documents

    def revision(self) -> str | None:
        """Another after every sync that changed a document, whichever server made it."""
        return self.meta("revision")

    def mark_changed(self) -> None:
        """Have every server look at the documents anew."""
        self.set_meta("revision", secrets.token_hex(8))

    def stored(self) -> dict[str, Stored]:
        """Every indexed document by id."""
        query = sa.select(
            DOCUMENTS.c.id, DOCUMENTS.c.root, VERSIONS.c.source, DOCUMENTS.c.version, DOCUMENTS.c.fingerprint
        ).join(VERSIONS, IS_PRESENT)
        with self._engine.connect() as connection:
            return {row.id: Stored(*row) for row in connection.execute(query)}

    def put(self, document: Document, root: str, fingerprint: str, entries: Sequence[Entry]) -> None:
        """Store a document and its passages in place of what its id held; older versions of its text stay."""
        with self._engine.begin() as connection:
            self._take_out(connection, document.id)
            connection.execute(
                sa.insert(DOCUMENTS).values(
                    id=document.id, root=root, version=document.version, fingerprint=fingerprint
                )
            )
            _put_version(connection, document, root)
            if entries:
                connection.execute(sa.insert(PASSAGES), [passage_row(n, e) for n, e in enumerate(entries)])
                stemmed = [_stemmed(e, document.language) for e in entries]
                self._full_text.add(connection, document.language, stemmed)

    def remove(self, document_id: str) -> None:
        """Take a document out of search; its texts stay for old citations."""
        with self._engine.begin() as connection:
            self._take_out(connection, document_id)

    def _take_out(self, connection: sa.Connection, document_id: str) -> None:
        connection.execute(sa.delete(PASSAGES).where(PASSAGES.c.document_id == document_id))
        self._full_text.drop(connection, document_id)
        connection.execute(sa.delete(DOCUMENTS).where(DOCUMENTS.c.id == document_id))

    def documents(self) -> list[Document]:
        """Every indexed document, by source."""
        query = sa.select(VERSIONS).join(DOCUMENTS, IS_PRESENT).order_by(VERSIONS.c.source, VERSIONS.c.document_id)
        with self._engine.connect() as connection:
            return [document_of(row) for row in connection.execute(query)]

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
        return document_of(row) if row else None

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
        for some in batches(vector_ids):
            query = sa.select(PASSAGES.c.vector_id, PASSAGES.c.document_id, PASSAGES.c.vector)
            with self._engine.connect() as connection:
                for row in connection.execute(query.where(PASSAGES.c.vector_id.in_(some))):
                    yield row.vector_id, row.document_id, np.frombuffer(row.vector, "<f4")

    def passages(self, ids: Iterable[str]) -> dict[str, Passage]:
        """Passages by id, cut out of their documents' present texts."""
        return {id_: passage for id_, (passage, _) in self.located(ids, {}).items()}

    def located(self, ids: Iterable[str], held: Mapping[str, Document]) -> dict[str, tuple[Passage, Document]]:
        """Passages by id with the documents that they stand in now; those that the caller holds are not read again.

        SQLite's own substr() would walk every text from its beginning, once for each passage.
        """
        left_out = ("vector_id", "vector", "tokens", "offsets")
        columns = [c for c in PASSAGES.c if c.name not in left_out]
        documents = {(d.id, d.version): d for d in held.values()}
        found: dict[str, tuple[Passage, Document]] = {}
        for row in list(self._rows(ids, *columns, DOCUMENTS.c.version)):
            key = (row.document_id, row.version)
            document = documents.get(key) or self.document(*key)
            if document is not None:
                documents[key] = document
                found[row.id] = (passage_at(row, document.text[row.start : row.end]), document)
        return found

    def encodings(self, ids: Iterable[str], documents: Container[str]) -> dict[str, Encoding]:
        """Those of the passages that are of one of the documents."""
        wanted = (PASSAGES.c.id, PASSAGES.c.document_id, PASSAGES.c.vector, PASSAGES.c.tokens, PASSAGES.c.offsets)
        return {row.id: encoding_of(row) for row in self._rows(ids, *wanted) if row.document_id in documents}

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
        joined = PASSAGES.join(DOCUMENTS, DOCUMENTS.c.id == PASSAGES.c.document_id)
        with self._engine.connect() as connection:
            for some in batches(ids):
                query = sa.select(*columns).select_from(joined).where(PASSAGES.c.id.in_(some))
                yield from connection.execute(query)

    def search(self, stemmed: Sequence[str], language: str, limit: int) -> list[tuple[str, float]]:
        """(passage id, score) of the passages in `language` that hold any of the stems; higher is better."""
        if not stemmed or language not in LANGUAGES:
            return []
        with self._engine.connect() as connection:
            return self._full_text.search(connection, language, stemmed, limit)

    # What was skipped

    def set_skipped(self, skipped: Mapping[str, Iterable[Skipped]]) -> None:
        """Keep what was left out, by root, in place of all that was kept before."""
        rows = [{"root": root, **asdict(s)} for root, some in skipped.items() for s in some]
        with self._engine.begin() as connection:
            connection.execute(sa.delete(SKIPPED))
            if rows:
                connection.execute(sa.insert(SKIPPED), rows)

    def skipped(self) -> list[Skipped]:
        query = sa.select(SKIPPED.c.source, SKIPPED.c.reason, SKIPPED.c.hint).order_by(SKIPPED.c.source, SKIPPED.c.root)
        with self._engine.connect() as connection:
            return [Skipped(*row) for row in connection.execute(query)]


def _put_version(connection: sa.Connection, document: Document, root: str) -> None:
    """The text, with the moment at which this version was first seen."""
    same = (VERSIONS.c.document_id == document.id) & (VERSIONS.c.version == document.version)
    seen = connection.execute(sa.select(VERSIONS.c.seen).where(same)).scalar_one_or_none()
    connection.execute(sa.delete(VERSIONS).where(same))
    connection.execute(
        sa.insert(VERSIONS).values(
            document_id=document.id,
            version=document.version,
            root=root,
            source=document.source,
            record=record_of(document),
            text=document.text,
            seen=seen or dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        )
    )


def _stemmed(entry: Entry, language: str) -> Stemmed:
    p = entry.passage
    return Stemmed(p.id, p.document_id, stems(entry.context, language), stems(p.text, language))
