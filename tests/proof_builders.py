"""Proofs made by hand for tests: of an answer, and of a check with a claim for and one against."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from standins import write

from rag.citations import citation
from rag.documents import Root, read, roots, walk
from rag.models import (
    Answer,
    Check,
    Citation,
    Document,
    Evidence,
    Hit,
    SetAside,
    Skipped,
    Span,
    Stance,
    Statement,
    Status,
    Support,
    Testimony,
    Verdict,
)  # fmt: skip
from rag.passages import passages, units
from rag.proofs.record import CheckedAs, Proof, Scope, of_answer, of_checks
from rag.wording import quoted

MADE = dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.UTC)
INDEX = "abc · 2.2 · words"
MINUTES = """---
title: Verbale <b>della</b> riunione
publisher: Regione & partner
date: 2025-06-24
---

# Verbale

Erano presenti **38 imprese** alla riunione. Il viaggio è durato cinque giorni.

| Tappa | Luogo |
|---|---|
| Visita | Warren |
"""


def corpus(folder: Path, text: str = MINUTES, name: str = "verbale.md") -> Root:
    (found,) = roots((write(folder / "corpus", {name: text}),))
    return found


def document(root: Root) -> Document:
    (file,) = walk(root, 2**20)
    assert not isinstance(file, Skipped)
    return read(file)


def cited(of: Document, words: str, number: int = 1) -> Citation:
    """The sentence or row of a document that holds `words`."""
    for passage in passages(of):
        for span in units(passage):
            if words in of.text[span.start : span.end]:
                return citation(Evidence(Hit(passage, of, 1.0), span.start, span.end, 1.0), number)
    raise AssertionError(f"no sentence holds {words!r}")


def answer(
    *citations: Citation, question: str = "Quante imprese erano presenti?", id_: str = "proof-of-answer"
) -> Answer:
    statements = [Statement("Che cosa dicono: **tutto**", (), Support.FRAME)]
    statements += [Statement(quoted("it", c.display), (c.number,), Support.QUOTED) for c in citations]
    return Answer(
        id=id_,
        question=question,
        status=Status.ANSWERED if citations else Status.NOT_FOUND,
        language="it",
        text="",
        headline=citations[0].display[:12].rstrip() if citations else None,
        statements=tuple(statements),
        citations=citations,
        nearest=(),
        notes=(),
        mode="quotes",
        model=None,
        searched=1,
    )


def proof_of_answer(*citations: Citation, made: dt.datetime = MADE, **fields: str) -> Proof:
    return of_answer(answer(*citations, **fields), INDEX, made, Scope())


def checked(claim: str, verdict: Verdict, *testimonies: Testimony) -> Check:
    return Check(
        id="check",
        claim=claim,
        start=0,
        end=len(claim),
        verdict=verdict,
        language="it",
        explanation="Il verbale dice 38, l’affermazione dice 41.",
        confidence=0.9,
        testimonies=testimonies,
        nearest=(),
        notes=(),
        model=None,
        searched=1,
    )


def proof_of_text(of: Document) -> Proof:
    """Two claims of one text, the first refuted and the second open; a greeting was set aside."""
    against = cited(of, "38 imprese")
    at = against.start + against.quote.index("38")
    testimony = Testimony(against, Stance.AGAINST, (Span(at, at + 2),))
    checks = (
        checked("Erano 41 imprese.", Verdict.REFUTED, testimony),
        checked("Pioveva.", Verdict.NOT_ENOUGH_INFO),
    )
    sent = CheckedAs("proof-of-text", "Ciao! Erano 41 imprese. Pioveva.", (SetAside("Ciao!", 0, 5, "greeting"),))
    return of_checks(checks, INDEX, MADE, sent)


def hostile(of: Document, words: str) -> Document:
    return replace(of, title=words)
