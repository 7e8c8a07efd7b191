"""The bodies of replies, as OpenAPI tells them; the tests hold every reply against these."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Reply(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ErrorDetail(Reply):
    code: str
    message: str
    hint: str


class ErrorReply(Reply):
    error: ErrorDetail


class DocumentReply(Reply):
    """A document without its text; unknown publishers and dates are null."""

    id: str
    title: str
    publisher: str | None
    date: dt.date | None
    language: Literal["it", "en"]
    kind: str
    source: str
    url: str | None
    version: str
    format: str
    visibility: Literal["internal", "public"]
    provenance: str | None
    pages: int | None


class ListedDocument(DocumentReply):
    passages: int


class CitedPassage(Reply):
    """`quote == text[start:end]` of that version of the document, in Unicode code points."""

    quote: str
    display: str
    context: str
    start: int
    end: int
    passage_id: str
    page: int | None
    url: str
    score: float
    document: DocumentReply


class CitationReply(CitedPassage):
    number: int


class StatementReply(Reply):
    text: str
    citations: list[int]
    support: Literal["quoted", "verified", "frame", "unsupported"]


class NoteReply(Reply):
    kind: str
    text: str
    citations: list[int]


class TokensReply(Reply):
    """What a written answer took of its model; `estimated` where the server does not count."""

    prompt: int
    completion: int
    estimated: bool


class AnswerReply(Reply):
    id: str
    question: str
    status: Literal["answered", "partial", "not_found"]
    answer: str
    headline: str | None
    language: Literal["it", "en"]
    statements: list[StatementReply]
    citations: list[CitationReply]
    nearest: list[CitedPassage]
    notes: list[NoteReply]
    mode: str
    model: str | None
    searched: int
    newest: dt.date | None
    timings_ms: dict[str, float]
    tokens: TokensReply | None
    proof: str | None  # its permalink; null where nothing is kept


class DecidingReply(Reply):
    """The words of a quote that decide, as offsets in the document."""

    start: int
    end: int
    text: str


class TestimonyReply(CitationReply):
    """`leaning` passages bear on the claim, too unclearly to decide it."""

    stance: Literal["for", "against"]
    leaning: bool
    deciding: list[DecidingReply]


class CheckReply(Reply):
    """`start` and `end` are the claim's place in the text that was sent."""

    id: str
    claim: str
    start: int
    end: int
    verdict: Literal["supported", "refuted", "not_enough_info"]
    explanation: str
    confidence: float
    language: Literal["it", "en"]
    citations: list[TestimonyReply]
    nearest: list[CitedPassage]
    notes: list[NoteReply]
    model: str | None
    searched: int
    newest: dt.date | None
    as_of: dt.date | None
    timings_ms: dict[str, float]
    proof: str | None  # its permalink; for a claim of a text, that of the whole stands beside them


class SetAsideReply(Reply):
    text: str
    start: int
    end: int
    reason: Literal["question", "greeting", "opinion", "request", "heading", "fragment"]


class CheckedTextReply(Reply):
    checks: list[CheckReply]
    set_aside: list[SetAsideReply]
    proof: str | None


class HitReply(Reply):
    passage_id: str
    text: str
    heading: str
    start: int
    end: int
    page: int | None
    score: float
    similarity: float
    found_by: list[str]
    url: str
    document: DocumentReply


class SearchReply(Reply):
    hits: list[HitReply]


class DocumentsReply(Reply):
    documents: list[ListedDocument]


class TextReply(Reply):
    text: str
    version: str


class SkippedFile(Reply):
    source: str
    reason: str
    hint: str


class SkippedReply(Reply):
    skipped: list[SkippedFile]


class SyncReply(Reply):
    added: list[str]
    changed: list[str]
    unchanged: int
    removed: list[str]
    skipped: list[SkippedFile]
    passages: int
    seconds: float


class HealthReply(Reply):
    status: Literal["ok"]


class ReadyReply(Reply):
    status: Literal["ready"]


class NotReadyReply(ErrorReply):
    """`stage` and what follows are told to those who have access."""

    status: Literal["starting", "failed"]
    stage: str | None = None
    done: int | None = None
    total: int | None = None
    source: str | None = None


class UploadReply(Reply):
    document: ListedDocument
    report: SyncReply
