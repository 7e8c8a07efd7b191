"""Draft → answer in quotes, every quote compared with its document; and how an answer's statements become one text."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag import citations
from rag.evidence import Judged
from rag.language.orders import is_order
from rag.models import (
    Answer,
    Draft,
    Evidenced,
    Happening,
    Note,
    Question,
    Stated,
    Statement,
    Status,
    Support,
)
from rag.retrieval import Library
from rag.wording import word

QUOTES_MODE = "quotes"
GENERATE_MODE = "generate"
Tell = Callable[[Happening], None]


def quotes_answer(question: Question, draft: Draft, language: str, library: Library) -> Answer:
    """The draft with every quote verified; the only road from draft to answer."""
    cited = citations.Citations()
    statements = [
        Statement(s.text, cited.cite(s.evidence), Support.FRAME if s.is_frame else Support.QUOTED)
        for s in draft.sentences
    ]
    searched = library.allowed(question)
    if draft.status is Status.NOT_FOUND:
        key = "not_found" if searched else "empty"
        statements = [Statement(word(language, key), (), Support.FRAME)]
    notes = tuple(Note(n.kind, n.text, cited.cite(n.evidence)) for n in draft.notes)
    dates = [d.date for id_ in searched if (d := library.documents[id_]).date]
    return Answer(
        id=secrets.token_hex(12),  # no dash in front, which a command line would take for an option
        question=question.text,
        status=draft.status,
        language=language,
        text=joined(statements, draft.headline),
        headline=draft.headline,
        statements=tuple(statements),
        citations=cited.numbered,
        nearest=tuple(citations.citation(e) for e in draft.nearest),
        notes=notes,
        mode=QUOTES_MODE,
        model=None,
        searched=len(searched),
        newest=max(dates, default=None),
    )


def harmless(judged: Judged) -> Judged:
    """The evidence without the passages in which a sentence gives orders to a program."""
    poisoned = {e.hit.passage.id for e in judged.evidence if is_order(e.text)}
    return replace(judged, evidence=tuple(e for e in judged.evidence if e.hit.passage.id not in poisoned))


def joined(statements: Sequence[Statement], headline: str | None = None) -> str:
    """The answer as one text with [n] marks; what is unsupported is not in it."""
    pieces = []
    for number, statement in enumerate(s for s in statements if s.support is not Support.UNSUPPORTED):
        marks = " ".join(f"[{n}]" for n in statement.citations)
        lead = f"**{headline}** {marks} — " if headline and number == 0 else ""
        pieces.append(f"{lead}{statement.text} {marks}".rstrip())
    return "\n".join(pieces)


def tell_all(answer: Answer, tell: Tell) -> None:
    """Tell of a finished answer as of one that is being made: its evidence, then its statements."""
    tell(Evidenced(answer.citations, answer.nearest))
    for statement in answer.statements:
        if statement.support is not Support.UNSUPPORTED:
            tell(Stated(statement))
