"""Answer → JSON, text, Markdown and escaped HTML; every interface shows the same."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from rag.models import (
    Answer,
    Citation,
    Document,
    Hit,
    IngestReport,
    Note,
    Skipped,
    Span,
    Statement,
    Status,
    Support,
    Tokens,
)
from rag.wording import long_date, word

GLYPHS = {Status.ANSWERED: "●", Status.PARTIAL: "◐", Status.NOT_FOUND: "○"}


def document_json(document: Document, passages: int | None = None) -> dict[str, Any]:
    """A document without its text."""
    fields: dict[str, Any] = {
        "id": document.id,
        "title": document.title,
        "publisher": document.publisher,
        "date": document.date.isoformat() if document.date else None,
        "language": document.language,
        "kind": document.kind,
        "source": document.source,
        "url": document.url,
        "version": document.version,
        "format": document.format,
        "visibility": document.visibility.value,
        "provenance": document.provenance,
        "pages": len(document.pages) or None,
    }
    return fields if passages is None else {**fields, "passages": passages}


def citation_json(citation: Citation) -> dict[str, Any]:
    """A citation; one of the nearest passages (number 0) carries no number."""
    number = {"number": citation.number} if citation.number else {}
    return {
        **number,
        "quote": citation.quote,
        "display": citation.display,
        "context": citation.context,
        "start": citation.start,
        "end": citation.end,
        "passage_id": citation.passage_id,
        "page": citation.page,
        "url": citation.url,
        "score": citation.score,
        "document": document_json(citation.document),
    }


def note_json(note: Note) -> dict[str, Any]:
    return {"kind": note.kind, "text": note.text, "citations": list(note.citations)}


def answer_json(answer: Answer) -> dict[str, Any]:
    """The reply of POST /api/v1/ask."""
    return {
        "id": answer.id,
        "question": answer.question,
        "status": answer.status.value,
        "answer": answer.text,
        "headline": answer.headline,
        "language": answer.language,
        "statements": statements_json(answer),
        "citations": [citation_json(c) for c in answer.citations],
        "nearest": [citation_json(c) for c in answer.nearest],
        "notes": [note_json(n) for n in answer.notes],
        "mode": answer.mode,
        "model": answer.model,
        "searched": answer.searched,
        "newest": answer.newest.isoformat() if answer.newest else None,
        "timings_ms": answer.timings_ms,
        "tokens": tokens_json(answer.tokens),
        "proof": answer.proof,
    }


def tokens_json(tokens: Tokens | None) -> dict[str, Any] | None:
    if tokens is None:
        return None
    return {"prompt": tokens.prompt, "completion": tokens.completion, "estimated": tokens.estimated}


def statements_json(answer: Answer) -> list[dict[str, Any]]:
    return [statement_json(s) for s in answer.statements]


def statement_json(statement: Statement) -> dict[str, Any]:
    return {
        "text": statement.text,
        "citations": list(statement.citations),
        "support": statement.support.value,
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    p = hit.passage
    return {
        "passage_id": p.id,
        "text": p.text,
        "heading": p.heading,
        "start": p.start,
        "end": p.end,
        "page": p.page,
        "score": round(hit.score, 4),
        "similarity": round(hit.similarity, 4),
        "found_by": sorted(hit.found_by),
        "url": f"/documents/{hit.document.id}?version={hit.document.version}&start={p.start}&end={p.end}",
        "document": document_json(hit.document),
    }


def report_json(report: IngestReport) -> dict[str, Any]:
    return {
        "added": list(report.added),
        "changed": list(report.changed),
        "unchanged": len(report.unchanged),
        "removed": list(report.removed),
        "skipped": [skipped_json(s) for s in report.skipped],
        "passages": report.passages,
        "seconds": round(report.seconds, 2),
    }


def skipped_json(skipped: Skipped) -> dict[str, str]:
    return {"source": skipped.source, "reason": skipped.reason, "hint": skipped.hint}


def source_line(citation: Citation, language: str) -> str:
    """Title, publisher where known, date or "undated", page: what stands under every quote."""
    document = citation.document
    parts = [
        document.title,
        document.publisher,
        long_date(document.date, language) if document.date else word(language, "undated"),
        word(language, "page", page=citation.page) if citation.page else None,
    ]
    return " · ".join(part for part in parts if part)


def status_line(answer: Answer) -> str:
    return f"{GLYPHS[answer.status]} {word(answer.language, f'{answer.status.value}_label')}"


def searched_line(answer: Answer) -> str:
    """The small print: how many documents were searched, and the newest date known."""
    return searched_line_of(answer.searched, answer.newest, answer.language)


def searched_line_of(searched: int, newest: dt.date | None, language: str) -> str:
    line = word(language, "searched_one" if searched == 1 else "searched_many", count=searched)
    if newest:
        line += "; " + word(language, "newest", date=long_date(newest, language))
    return line + "."


def answer_text(answer: Answer) -> str:
    """The whole answer as plain text, for a terminal or a clipboard."""
    lines = [status_line(answer), ""]
    lines += [
        answer.text.replace("**", ""),
        *(f"• {n.text} {_marks(n.citations)}".rstrip() for n in answer.notes),
    ]
    lines += ["", *(f"[{c.number}] {source_line(c, answer.language)}" for c in answer.citations)]
    if answer.nearest:
        lines += [word(answer.language, "nearest")]
        lines += [f"  – {c.display} ({source_line(c, answer.language)})" for c in answer.nearest]
    lines += ["", searched_line(answer)]
    return "\n".join(lines).strip() + "\n"


def _marks(numbers: tuple[int, ...]) -> str:
    return " ".join(f"[{n}]" for n in numbers)


def escape(text: str) -> str:
    """Text of documents and people for HTML; whatever it holds stays text."""
    return html.escape(text, quote=True)


def emphasised(text: str) -> str:
    """Fonte's own frame words, whose only markup is **bold**, as HTML."""
    pieces = escape(text).split("**")
    return "".join(f"<strong>{p}</strong>" if n % 2 else p for n, p in enumerate(pieces))


def shown(answer: Answer) -> list[tuple[str, tuple[int, ...], Support]]:
    """The statements that a reader sees."""
    return [(s.text, s.citations, s.support) for s in answer.statements if s.support is not Support.UNSUPPORTED]


def lit(quote: str, display: str, places: Iterable[Span]) -> list[tuple[str, bool]]:
    """The quote as people read it, in pieces, each with whether it is lit: the words that stand at `places` of the
    quote as it is, and no others like them. Where a place is the whole quote, nothing is lit."""
    spans: list[Span] = []
    for place in sorted(places, key=lambda span: span.start):
        words = quote[place.start : place.end]
        whole = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)")
        number = len(whole.findall(quote, 0, place.start))
        copies = list(whole.finditer(display)) if words.strip() and words != display else []
        if number < len(copies) and (not spans or copies[number].start() >= spans[-1].end):
            spans.append(Span(*copies[number].span()))
    edges = [0, *(edge for span in spans for edge in (span.start, span.end)), len(display)]
    pieces = [(display[a:b], n % 2 == 1) for n, (a, b) in enumerate(pairwise(edges))]
    return [piece for piece in pieces if piece[0]]
