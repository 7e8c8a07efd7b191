"""What a model writes, piece by piece → whole sentences with their marks, wherever the pieces were cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.text import sentences

_MARKS = re.compile(r"\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_LEADING = re.compile(r"\s*((?:\[\d[\d\s,;]*\]\s*)+)[.;]?")
_THOUGHT = re.compile(r"\s*<(think(?:ing)?)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_THINKING = re.compile(r"\s*<think(?:ing)?>", re.IGNORECASE)
_ORNAMENT = re.compile(r"^(?:[-*•#>]+|\d{1,2}[.)])\s+|\*\*|__")


@dataclass(frozen=True, slots=True)
class Proposed:
    """One sentence as the model wrote it, without its marks; `marks` are numbers of passages, as given."""

    text: str
    marks: tuple[int, ...]


class Cutter:
    """Pieces of text → whole sentences with their marks, wherever the pieces were cut.

    A sentence has ended when the next one has begun behind its marks: "… in Detroit. [1] The" ends the first. What a
    model thinks aloud ahead of its answer, between <think> and </think>, is no part of it.
    """

    def __init__(self) -> None:
        self._text = ""
        self.found = 0

    def feed(self, piece: str) -> list[Proposed]:
        text = self._text + piece
        thought = _THOUGHT.match(text)
        self._text = text[thought.end() :] if thought else text
        cuts = [] if self._thinks() else self._cuts()
        if not cuts:
            return []
        whole, self._text = self._text[: cuts[-1]], self._text[cuts[-1] :]
        return self._proposed(whole)

    def end(self) -> list[Proposed]:
        """What is left, once the model has ended."""
        whole, self._text = "" if self._thinks() else self._text, ""
        return self._proposed(whole)

    def _thinks(self) -> bool:
        return _THINKING.match(self._text) is not None

    def _cuts(self) -> list[int]:
        """Where sentences end that nothing can be added to any more."""
        spans = sentences(self._text)
        cuts = [self._behind_marks(span.start) for span in spans[1:]]
        cuts += [m.end() for m in re.finditer(r"\n", self._text) if self._text[: m.start()].strip()]
        return sorted(cut for cut in cuts if self._text[cut:].strip() and not self._may_be_mark(cut))

    def _behind_marks(self, start: int) -> int:
        found = _LEADING.match(self._text, start)
        return found.end() if found else start

    def _may_be_mark(self, at: int) -> bool:
        """Whether what follows is, or may become, marks that belong to what stands before."""
        return re.fullmatch(r"\s*\[[\d\s,;\]\[]*", self._text[at:]) is not None

    def _proposed(self, text: str) -> list[Proposed]:
        found: list[Proposed] = []
        for line in text.splitlines():
            pieces = [line[span.start : span.end] for span in sentences(line)]
            for piece in _with_their_marks(pieces):
                said, marks = unmarked(piece)
                if any(c.isalnum() for c in said):
                    found.append(Proposed(said, marks))
        self.found += len(found)
        return found


def _with_their_marks(pieces: Sequence[str]) -> list[str]:
    """Marks at the head of a piece belong to the one before."""
    joined: list[str] = []
    for piece in pieces:
        lead = _LEADING.match(piece) if joined else None
        if lead:
            joined[-1] += f" {lead[1]}"
        rest = piece[lead.end() :] if lead else piece
        if rest.strip():
            joined.append(rest)
    return joined


def unmarked(sentence: str) -> tuple[str, tuple[int, ...]]:
    """A sentence without marks and ornaments, and its marks in order, each once."""
    marks = tuple(dict.fromkeys(int(n) for m in _MARKS.finditer(sentence) for n in re.findall(r"\d+", m[1])))
    said = _ORNAMENT.sub("", _MARKS.sub(" ", sentence).strip())
    return re.sub(r"\s+([.,;:!?])", r"\1", " ".join(said.split())), marks
