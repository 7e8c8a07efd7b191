"""The vocabulary: frozen values that every room passes on. Imports nothing of ours.

Offsets are Unicode code points into `Document.text`, half open: `text[start:end]`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum


class Visibility(StrEnum):
    INTERNAL = "internal"
    PUBLIC = "public"


class Status(StrEnum):
    ANSWERED = "answered"
    PARTIAL = "partial"
    NOT_FOUND = "not_found"


class Support(StrEnum):
    """What stands behind a statement; `FRAME` marks Fonte's own words, which hold no fact."""

    QUOTED = "quoted"
    VERIFIED = "verified"
    FRAME = "frame"
    UNSUPPORTED = "unsupported"


class Verdict(StrEnum):
    """What the documents say of a claim; in doubt they say nothing."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    NOT_ENOUGH_INFO = "not_enough_info"


class Stance(StrEnum):
    FOR = "for"
    AGAINST = "against"


class PassageKind(StrEnum):
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"


@dataclass(frozen=True, slots=True)
class Span:
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a paged document: its number as printed in a reader (from 1) and its slice of the text."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """One document as read. `id` stays when the content changes; `version` names this text."""

    id: str
    source: str  # path relative to its corpus root
    title: str
    language: str  # "it" or "en"
    text: str
    version: str  # from the text
    content_hash: str  # SHA-256 of the file's bytes, and behind a "+" that of its sidecar's
    format: str  # "md", "txt", "html", "pdf" or "docx"
    kind: str = "other"
    publisher: str | None = None
    date: dt.date | None = None
    url: str | None = None
    provenance: str | None = None
    visibility: Visibility = Visibility.INTERNAL
    pages: tuple[Page, ...] = ()
    body_start: int = 0  # front matter lies before it and is never retrieved

    def page_of(self, offset: int) -> int | None:
        return next((page.number for page in self.pages if page.start <= offset < page.end), None)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and why."""

    source: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, list item or table row: `text == document.text[start:end]`.

    `heading` is the path of headings above it; `lead` what it stands under besides: a list's opening line
    or a table's header row.
    """

    id: str
    document_id: str
    kind: PassageKind
    heading: str
    lead: str
    text: str
    start: int
    end: int
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """What can be quoted of a passage, a sentence or a row, with its own likeness to the question."""

    start: int
    end: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for one question; the score belongs to the finding, never to the passage."""

    passage: Passage
    document: Document
    score: float  # for ranking: comparable within one search only
    similarity: float = 0.0  # late interaction, comparable between searches
    cosine: float = 0.0  # of the question's and the passage's one vector
    matched: tuple[float, ...] = ()  # what each token of the question adds to the similarity
    found_by: frozenset[str] = frozenset()
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence (or row, or item) of a hit, judged against the question.

    `start` and `end` are offsets in the document; `probability` is that of answering the question;
    `answer` is the span of the document that says it, where one is clear; `held` the share of the question's names
    that stand in the sentence or above it.
    """

    hit: Hit
    start: int
    end: int
    score: float
    probability: float = 0.0
    answer: Span | None = None
    held: float = 1.0

    @property
    def text(self) -> str:
        return self.hit.document.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Citation:
    """A verified quote: `quote == text[start:end]` of that version of the document."""

    number: int
    document: Document
    passage_id: str
    quote: str
    display: str
    context: str
    start: int
    end: int
    page: int | None
    score: float

    @property
    def url(self) -> str:
        """Where this quote stands lit in the document: its permalink."""
        return f"/documents/{self.document.id}?version={self.document.version}&start={self.start}&end={self.end}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a draft: its words and the evidence it rests on. `frame` sentences rest on none."""

    text: str
    evidence: tuple[Evidence, ...] = ()
    headline: bool = False

    @property
    def is_frame(self) -> bool:
        return not self.evidence


@dataclass(frozen=True, slots=True)
class DraftNote:
    kind: str
    text: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a writer proposes; nothing of it is shown before it is verified."""

    status: Status
    sentences: tuple[Sentence, ...]
    notes: tuple[DraftNote, ...] = ()
    nearest: tuple[Evidence, ...] = ()
    headline: str | None = None
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    text: str
    citations: tuple[int, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Note:
    kind: str
    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a written answer took of its model; `estimated` where the server does not count."""

    prompt: int
    completion: int
    estimated: bool


@dataclass(frozen=True, slots=True)
class Turn:
    role: str  # "user" or "assistant"
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked. `documents` narrows the search to these ids; `as_of` leaves out what is dated later."""

    text: str
    history: tuple[Turn, ...] = ()
    language: str | None = None
    mode: str | None = None
    documents: frozenset[str] | None = None
    as_of: dt.date | None = None
    public_only: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    id: str
    question: str
    status: Status
    language: str
    text: str
    headline: str | None
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...]
    notes: tuple[Note, ...]
    mode: str
    model: str | None
    searched: int
    newest: dt.date | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    tokens: Tokens | None = None
    proof: str | None = None  # the address of its lasting record, where one is kept


@dataclass(frozen=True, slots=True)
class Evidenced:
    """While an answer is made: its citations so far; `candidates` are the passages that a model is writing from, in the
    language `written_in`. Without one, the statements are an answer in quotes."""

    citations: tuple[Citation, ...]
    nearest: tuple[Citation, ...] = ()
    candidates: tuple[Citation, ...] = ()
    written_in: str | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """While an answer is made: one statement, checked, never taken back."""

    statement: Statement


Happening = Evidenced | Stated


@dataclass(frozen=True, slots=True)
class ClaimQuestion:
    """A claim, or a text of claims, to be checked.

    `start` and `end` say where the claim stands in the text that it was taken from, `before` is the sentence it follows
    there. `as_of` leaves out what is dated later, and is the day that the claim's own relative dates count from.
    """

    text: str
    start: int = 0
    end: int = 0
    before: str = ""
    language: str | None = None
    documents: frozenset[str] | None = None
    as_of: dt.date | None = None
    public_only: bool = False


@dataclass(frozen=True, slots=True)
class Testimony:
    """A passage for or against a claim; `deciding` are the words of its quote that decide, as offsets in the
    document, and lie inside the citation. One that is `leaning` bears on the claim, too unclearly to decide it."""

    citation: Citation
    stance: Stance
    deciding: tuple[Span, ...] = ()
    leaning: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """What the documents say of one claim. `explanation` is one sentence in the claim's language; `confidence` the
    calibrated probability of the verdict."""

    id: str
    claim: str
    start: int
    end: int
    verdict: Verdict
    language: str
    explanation: str
    confidence: float
    testimonies: tuple[Testimony, ...]
    nearest: tuple[Citation, ...]
    notes: tuple[Note, ...]
    model: str | None
    searched: int
    newest: dt.date | None = None
    as_of: dt.date | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    proof: str | None = None  # as an answer's


@dataclass(frozen=True, slots=True)
class SetAside:
    """A sentence of a text that is not checked, and why: question, greeting, opinion, request, heading (or table) or
    fragment; failed for a claim whose check broke off."""

    text: str
    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class CheckedText:
    """A text claim by claim, both lists in the order of the text."""

    checks: tuple[Check, ...]
    set_aside: tuple[SetAside, ...]
    proof: str | None = None  # of the whole text


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What a sync did, by source path."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    passages: int = 0
    seconds: float = 0.0
