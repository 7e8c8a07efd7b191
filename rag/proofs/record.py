"""An answer's or a check's lasting record: what was asked, what was said, and exactly what it rests on.

A proof holds copies and no references: it stays whole when the documents change, and says what they were.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from rag import __version__
from rag.errors import InvalidInput
from rag.models import Answer, Check, Citation, Document, Note, SetAside, Span, Stance, Statement, Support, Testimony

MAX_FILE = 20 * 2**20  # bytes of an exported proof that are read again


@dataclass(frozen=True, slots=True)
class Source:
    """A document as it was when it was cited."""

    id: str
    version: str  # of its text
    content_hash: str  # as Document's
    source: str
    title: str
    language: Literal["it", "en"]
    format: str
    kind: str
    publisher: str | None
    date: dt.date | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Quote:
    """`quote == text[start:end]` of that version of the source; number 0 marks a nearest passage, which proves nothing.

    `stance` is "for" or "against" where a claim was checked (`leaning`: too unclearly to decide it), `deciding` the
    words of the quote that decided, `places` their offsets in it, which a proof of an earlier Fonte has not.
    """

    number: int
    quote: str
    display: str
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    page: int | None
    source: Source
    stance: Stance | None = None
    leaning: bool = False
    deciding: tuple[str, ...] = ()
    places: tuple[Span, ...] = ()

    @property
    def path(self) -> str:
        """Where it stands lit in the document, as it was."""
        return f"/documents/{self.source.id}?version={self.source.version}&start={self.start}&end={self.end}#quote"


@dataclass(frozen=True, slots=True)
class Finding:
    """One question, or one claim of a text, with what was found. `outcome` is a status or a verdict."""

    asked: str
    outcome: str
    headline: str | None
    statements: tuple[Statement, ...]
    notes: tuple[Note, ...]
    quotes: tuple[Quote, ...]
    nearest: tuple[Quote, ...]
    searched: int  # documents
    newest: dt.date | None = None
    as_of: dt.date | None = None
    confidence: float | None = None
    within: tuple[str, ...] = ()  # titles of the documents that the search was narrowed to; () for no narrowing
    understood: str = ""  # the question with what it leaned on in its conversation; "" for one that stands alone


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a reply was made with. `index` names the documents, readers and embedding model that were searched."""

    index: str
    model: str | None  # the language model that wrote; None where quotes were put together
    mode: str
    fonte: str = __version__


@dataclass(frozen=True, slots=True)
class Proof:
    """A whole record. `text` is the question, the claim, or the draft that was checked."""

    __pydantic_config__ = ConfigDict(extra="ignore")

    id: str
    kind: Literal["answer", "check"]
    made: dt.datetime  # UTC
    language: Literal["it", "en"]
    text: str
    findings: tuple[Finding, ...]
    circumstances: Circumstances
    set_aside: tuple[SetAside, ...] = ()
    fonte_proof: Literal[1] = 1  # the format of the exported file

    @property
    def path(self) -> str:
        return f"/proofs/{self.id}"

    @property
    def sources(self) -> tuple[Source, ...]:
        """The documents that are cited, each once, in order."""
        return tuple(dict.fromkeys(quote.source for finding in self.findings for quote in finding.quotes))


_PROOF: TypeAdapter[Proof] = TypeAdapter(Proof)


def to_json(proof: Proof) -> bytes:
    """The exported file, UTF-8."""
    return _PROOF.dump_json(proof, indent=1)


def from_json(data: bytes | str) -> Proof:
    """A proof that was exported. Raises InvalidInput, naming the first thing that is wrong."""
    if len(data) > MAX_FILE:
        raise InvalidInput(f"The file is larger than {MAX_FILE // 2**20} MiB.", "A proof is far smaller.")
    try:
        return _PROOF.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise InvalidInput(
            f"This is no proof that this Fonte can read ({where[:80]}: {first['msg']}).",
            "Export it as JSON from its page: /proofs/…",
        ) from error


@dataclass(frozen=True, slots=True)
class Scope:
    """What was searched for, as a finding has it, and in what: documents up to a date, those of these titles."""

    as_of: dt.date | None = None
    within: tuple[str, ...] = ()
    understood: str = ""


def of_answer(answer: Answer, index: str, made: dt.datetime, scope: Scope) -> Proof:
    """The record of an answer, made at `made` (UTC) over the index of that version."""
    finding = Finding(
        asked=answer.question,
        outcome=answer.status.value,
        headline=answer.headline,
        statements=tuple(s for s in answer.statements if s.support is not Support.UNSUPPORTED),
        notes=answer.notes,
        quotes=tuple(_quote(c) for c in answer.citations),
        nearest=tuple(_quote(c) for c in answer.nearest),
        searched=answer.searched,
        newest=answer.newest,
        as_of=scope.as_of,
        within=scope.within,
        understood=scope.understood,
    )
    circumstances = Circumstances(index, answer.model, answer.mode)
    return Proof(answer.id, "answer", made, _language(answer.language), answer.question, (finding,), circumstances)


def of_checks(checks: Sequence[Check], index: str, made: dt.datetime, text: CheckedAs) -> Proof:
    """The record of one check, or of those of a text: at least one. Made at `made` (UTC)."""
    findings = tuple(_checked(check, text.within) for check in checks)
    circumstances = Circumstances(index, checks[0].model, "check")
    language = _language(checks[0].language)
    return Proof(text.id, "check", made, language, text.text, findings, circumstances, text.set_aside)


@dataclass(frozen=True, slots=True)
class CheckedAs:
    """What was sent to be checked, under the id of its record; `within` as a finding has it."""

    id: str
    text: str
    set_aside: tuple[SetAside, ...] = ()
    within: tuple[str, ...] = ()


def _checked(check: Check, within: tuple[str, ...]) -> Finding:
    numbers = tuple(t.citation.number for t in check.testimonies if not t.leaning)
    return Finding(
        asked=check.claim,
        outcome=check.verdict.value,
        headline=None,
        statements=(Statement(check.explanation, numbers, Support.FRAME),),
        notes=check.notes,
        quotes=tuple(_quote(t.citation, t) for t in check.testimonies),
        nearest=tuple(_quote(c) for c in check.nearest),
        searched=check.searched,
        newest=check.newest,
        as_of=check.as_of,
        confidence=check.confidence,
        within=within,
    )


def _quote(citation: Citation, testimony: Testimony | None = None) -> Quote:
    at = citation.start
    deciding = testimony.deciding if testimony else ()
    return Quote(
        number=citation.number,
        quote=citation.quote,
        display=citation.display,
        start=citation.start,
        end=citation.end,
        page=citation.page,
        source=_source(citation.document),
        stance=testimony.stance if testimony else None,
        leaning=testimony is not None and testimony.leaning,
        deciding=tuple(citation.quote[span.start - at : span.end - at] for span in deciding),
        places=tuple(Span(span.start - at, span.end - at) for span in deciding),
    )


def _source(document: Document) -> Source:
    return Source(
        id=document.id,
        version=document.version,
        content_hash=document.content_hash,
        source=document.source,
        title=document.title,
        language=_language(document.language),
        format=document.format,
        kind=document.kind,
        publisher=document.publisher,
        date=document.date,
        url=document.url,
    )


def _language(name: str) -> Literal["it", "en"]:
    return "en" if name == "en" else "it"
