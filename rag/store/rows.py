"""The manifest's tables, and how documents, passages and encodings become rows and come back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa

from rag.embedding.embedder import Encoding, digest
from rag.embedding.projection import Floats
from rag.models import Document, Page, Passage, PassageKind, Visibility

_IN = 500  # values a query; SQLite takes 32,766 variables, older builds 999
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")  # one order, whatever the database's locale

TABLES = sa.MetaData()
VERSIONS = sa.Table(
    "versions",
    TABLES,
    sa.Column("document_id", _NAME, primary_key=True),
    sa.Column("version", sa.String, primary_key=True),
    sa.Column("root", sa.String, nullable=False),
    sa.Column("source", _NAME, nullable=False),
    sa.Column("record", sa.Text, nullable=False),  # the document's fields, JSON, without its text
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("seen", sa.String, nullable=False),  # when this version was first indexed, UTC
)
DOCUMENTS = sa.Table(
    "documents",
    TABLES,
    sa.Column("id", _NAME, primary_key=True),
    sa.Column("root", sa.String, nullable=False),
    sa.Column("version", sa.String, nullable=False),
    sa.Column("fingerprint", sa.String, nullable=False),  # content hash, reader version and model
)
PASSAGES = sa.Table(
    "passages",
    TABLES,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("document_id", _NAME, nullable=False, index=True),
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
    TABLES,
    sa.Column("root", sa.String, primary_key=True),
    sa.Column("source", _NAME, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("hint", sa.Text, nullable=False),
)
IS_PRESENT = (VERSIONS.c.document_id == DOCUMENTS.c.id) & (VERSIONS.c.version == DOCUMENTS.c.version)


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


def batches(values: Iterable[str]) -> Iterator[list[str]]:
    """The values in portions that one query may name."""
    wanted = list(values)
    yield from (wanted[at : at + _IN] for at in range(0, len(wanted), _IN))


def vector_id(passage_id: str, vector: Floats) -> str:
    return f"{passage_id}:{digest(vector)}"


def passage_of(vector_id: str) -> str:
    """The passage that a vector is of."""
    return vector_id.partition(":")[0]


def record_of(document: Document) -> str:
    fields = asdict(document)
    fields.pop("text")
    return json.dumps(fields, default=str, ensure_ascii=False)


def document_of(row: Any) -> Document:
    fields: dict[str, Any] = json.loads(row.record)
    fields["date"] = dt.date.fromisoformat(fields["date"]) if fields["date"] else None
    fields["visibility"] = Visibility(fields["visibility"])
    fields["pages"] = tuple(Page(**page) for page in fields["pages"])
    return Document(text=row.text, **fields)


def passage_row(ordinal: int, entry: Entry) -> dict[str, object]:
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


def passage_at(row: Any, text: str) -> Passage:
    return Passage(
        row.id, row.document_id, PassageKind(row.kind), row.heading, row.lead, text, row.start, row.end, row.page
    )


def encoding_of(row: Any) -> Encoding:
    vector, offsets = np.frombuffer(row.vector, "<f4"), np.frombuffer(row.offsets, "<i4").reshape(-1, 2)
    width = len(row.tokens) // len(offsets) if len(offsets) else vector.size  # a static model has no tokens
    return Encoding(vector, np.frombuffer(row.tokens, np.int8).reshape(-1, width), offsets)
