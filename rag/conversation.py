"""History + question → a question that stands alone, without a model: the words it leans on are put beside it."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.evidence import Judged
from rag.language.questions import beside, subject
from rag.models import Question, Turn
from rag.text import words

_LEANING = re.compile(
    r"^\s*(?:e|ed|ma|and|but|so|also)\b|\b(?:lui|lei|loro|essa|esso|essi|quell[oaie]|quest[oaie]|ne|ci|suo|sua|suoi|sue|lì|là"
    r"|he|she|it|its|they|them|their|his|her|him|there|that|those|this|these|one|ones)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-ZÀ-Þ][\w’'-]+(?:\s+(?:[a-z]{1,4}\s+)?[A-ZÀ-Þ][\w’'-]+)*")
_ELLIPSIS = re.compile(rf"\s*(?i:e|ed|and|ma|but)\s+(?P<name>{_NAME.pattern})\s*[?!.]*\s*")
SHORT = 6  # words; a shorter question after another one continues it
MAX_NAMES = 3  # of an answer, put beside what is asked next
MAX_ASIDE = 300  # characters of what is put beside a question
MAX_TURNS = 2  # questions looked back at


def standalone(question: Question) -> Question:
    """The question itself, or, where it leans on what went before, with what the last question was about and the
    names it was answered with behind it."""
    asked = [turn.content for turn in question.history if turn.role == "user"]
    if not asked or not leans(question.text):
        return question
    if swapped := _another_name(question.text, asked[-1]):
        return replace(question, text=swapped)
    before = asked[-MAX_TURNS:] if leans(asked[-1]) else asked[-1:]
    aside = " ".join([*(subject(b) for b in before), *_answered_names(question.history)])
    return replace(question, text=beside(question.text, re.sub(r"\s+", " ", aside)[:MAX_ASIDE]))


def _another_name(text: str, before: str) -> str | None:
    """The question before, asked of somebody else: "Chi è Anna Rossi?", "E Mario Bianchi?"."""
    found = _ELLIPSIS.fullmatch(text)
    names = [m for m in _NAME.finditer(before) if m.start() > 0]
    if not found or not names:
        return None
    last = names[-1]
    return before[: last.start()] + found["name"] + before[last.end() :]


def answering_names(judged: Judged) -> list[str]:
    """The names in the words that answer best."""
    best = judged.evidence[0] if judged.evidence else None
    if best is None or best.answer is None:
        return []
    said = best.hit.document.text[best.answer.start : best.answer.end]
    return list(dict.fromkeys(m.group() for m in _NAME.finditer(said)))[:MAX_NAMES]


def leans(text: str) -> bool:
    """Whether a question needs the one before it: it is short, opens with "and", or points back with a pronoun."""
    return len(words(text)) < SHORT or _LEANING.search(text) is not None


def _answered_names(history: tuple[Turn, ...]) -> list[str]:
    answers = [turn.content for turn in history if turn.role == "assistant"]
    if not answers:
        return []
    body = re.sub(r"\[\d+\]|[*«»“”]", " ", answers[-1])[:400]
    return list(dict.fromkeys(m.group() for m in _NAME.finditer(body) if m.start() > 0))[:MAX_NAMES]
