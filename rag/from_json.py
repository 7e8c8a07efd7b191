"""Replies of HTTP v1 back as values: what `rag.rendering` wrote as JSON, read again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rag.models import (
    Answer,
    Check,
    CheckedText,
    Citation,
    Document,
    Hit,
    Note,
    Passage,
    PassageKind,
    SetAside,
    Span,
    Stance,
    Statement,
    Status,
    Support,
    Testimony,
    Tokens,
    Verdict,
    Visibility,
)


def answer_from_json(reply: Mapping[str, Any]) -> Answer:
    """The reply of /api/v1/ask as an Answer; its documents come without their texts."""
    return Answer(
        id=reply["id"],
        question=reply.get("question", ""),
        status=Status(reply["status"]),
        language=reply["language"],
        text=reply["answer"],
        headline=reply.get("headline"),
        statements=tuple(
            Statement(s["text"], tuple(s["citations"]), Support(s["support"])) for s in reply["statements"]
        ),
        citations=tuple(_citation(c) for c in reply["citations"]),
        nearest=tuple(_citation(c) for c in reply.get("nearest", ())),
        notes=tuple(Note(n["kind"], n["text"], tuple(n["citations"])) for n in reply.get("notes", ())),
        mode=reply["mode"],
        model=reply.get("model"),
        searched=reply.get("searched", 0),
        newest=_date(reply.get("newest")),
        timings_ms=dict(reply.get("timings_ms") or {}),
        tokens=Tokens(**reply["tokens"]) if reply.get("tokens") else None,
        proof=reply.get("proof"),
    )


def check_from_json(reply: Mapping[str, Any]) -> Check:
    """The reply of /api/v1/check for one claim as a Check; its documents come without their texts."""
    same = ("id", "claim", "start", "end", "language", "explanation", "confidence", "model", "searched", "proof")
    return Check(
        verdict=Verdict(reply["verdict"]),
        testimonies=tuple(
            Testimony(
                _citation(c),
                Stance(c["stance"]),
                tuple(Span(d["start"], d["end"]) for d in c["deciding"]),
                c.get("leaning", False),  # an earlier server shows none
            )
            for c in reply["citations"]
        ),
        nearest=tuple(_citation(c) for c in reply["nearest"]),
        notes=tuple(Note(n["kind"], n["text"], tuple(n["citations"])) for n in reply["notes"]),
        newest=_date(reply["newest"]),
        as_of=_date(reply["as_of"]),
        timings_ms=dict(reply["timings_ms"]),
        **{name: reply[name] for name in same},
    )


def checked_text_from_json(reply: Mapping[str, Any]) -> CheckedText:
    """The reply of /api/v1/check for a text."""
    aside = tuple(SetAside(a["text"], a["start"], a["end"], a["reason"]) for a in reply["set_aside"])
    return CheckedText(tuple(check_from_json(c) for c in reply["checks"]), aside, reply["proof"])


def hits_from_json(reply: Mapping[str, Any]) -> list[Hit]:
    """The reply of /api/v1/search; what kind of passage a hit is does not travel."""
    return [_hit(hit) for hit in reply["hits"]]


def _hit(hit: Mapping[str, Any]) -> Hit:
    document = _document(hit["document"])
    kind = PassageKind.PARAGRAPH
    span = (hit["start"], hit["end"], hit["page"])
    passage = Passage(hit["passage_id"], document.id, kind, hit["heading"], "", hit["text"], *span)
    return Hit(passage, document, hit["score"], hit["similarity"], found_by=frozenset(hit["found_by"]))


def _citation(citation: Mapping[str, Any]) -> Citation:
    same = ("passage_id", "quote", "display", "context", "start", "end", "page", "score")
    return Citation(
        number=citation.get("number", 0),
        document=_document(citation["document"]),
        **{name: citation[name] for name in same},
    )


def _document(document: Mapping[str, Any]) -> Document:
    same = ("id", "source", "title", "language", "version", "kind", "publisher", "url")
    return Document(
        text="",
        content_hash="",
        format=document.get("format", ""),
        date=_date(document.get("date")),
        provenance=document.get("provenance"),
        visibility=Visibility(document.get("visibility", "internal")),
        **{name: document[name] for name in same},
    )


def _date(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None
