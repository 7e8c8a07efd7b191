"""How a quote of a proof stands in its document as it is now: the same, moved, reworded, gone."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from rag.models import Document, Span
from rag.passages import passages, units
from rag.proofs.record import Quote
from rag.text import words

ALIKE = 0.5  # share of words in common, in order, from which a sentence passes for the quote's successor


class State(StrEnum):
    SAME = "same"  # file, text and place are what they were
    DETAILS = "details"  # the text is the same; the file around it, or its sidecar, is not
    READ_ANEW = "read_anew"  # the file is the same, read by another reader; the quote stands in it, word for word
    READ_OTHERWISE = "read_otherwise"  # the same, and it does not
    MOVED = "moved"  # the document has changed; the quote stands in it, word for word
    REWORDED = "reworded"  # it has changed, and so have the words
    GONE = "gone"  # it has changed, and nothing in it is like the quote
    REMOVED = "removed"  # there is no such document any more
    FALSE = "false"  # the document is unchanged, and these words do not stand at this place in it


@dataclass(frozen=True, slots=True)
class Standing:
    """`span` is the place of the quote, or of what stands in its stead, in the document as it is now."""

    state: State
    document: Document | None = None
    span: Span | None = None

    @property
    def has_changed(self) -> bool:
        """Whether the document is not what it was; how its file is read may be another all the same."""
        return self.state not in (State.SAME, State.READ_ANEW, State.READ_OTHERWISE)

    @property
    def words(self) -> str:
        """What stands there now."""
        return self.document.text[self.span.start : self.span.end] if self.document and self.span else ""


def standing(quote: Quote, now: Document | None) -> Standing:
    """The quote compared with the document of the same id, as it is now; None where there is none."""
    if now is None:
        return Standing(State.REMOVED)
    place = Span(quote.start, quote.end)
    if now.version == quote.source.version:
        if now.text[quote.start : quote.end] != quote.quote or not quote.quote:
            return Standing(State.FALSE, now)
        is_same = now.content_hash == quote.source.content_hash
        return Standing(State.SAME if is_same else State.DETAILS, now, place)
    is_same = now.content_hash == quote.source.content_hash
    at = _nearest_copy(now, quote)
    if at is not None:
        return Standing(State.READ_ANEW if is_same else State.MOVED, now, Span(at, at + len(quote.quote)))
    successor = _successor(quote, now)
    if is_same:
        return Standing(State.READ_OTHERWISE, now, successor)
    return Standing(State.REWORDED if successor else State.GONE, now, successor)


def _nearest_copy(document: Document, quote: Quote) -> int | None:
    """Where the words stand now; of several places, the one nearest to the old."""
    found, at = [], document.text.find(quote.quote, document.body_start) if quote.quote else -1
    while at >= 0:
        found.append(at)
        at = document.text.find(quote.quote, at + 1)
    return min(found, key=lambda start: abs(start - quote.start), default=None)


def _successor(quote: Quote, document: Document) -> Span | None:
    """The sentence or row most like the quote, if one is like it at all."""
    compared: SequenceMatcher[str] = SequenceMatcher(autojunk=False)
    compared.set_seq2(words(quote.quote))
    best, likeness = None, ALIKE
    for span in (unit for passage in passages(document) for unit in units(passage)):
        compared.set_seq1(words(document.text[span.start : span.end]))
        if compared.real_quick_ratio() > likeness and compared.quick_ratio() > likeness:
            ratio = compared.ratio()
            best, likeness = (span, ratio) if ratio > likeness else (best, likeness)
    return best
