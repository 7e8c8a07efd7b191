"""Draft → verified citations: the only maker of `Citation`; here a quote is compared with its document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag import markup
from rag.models import Citation, Evidence, PassageKind
from rag.passages import MAX_QUOTE, units

CONTEXT = 300  # characters shown around a quote


class Citations:
    """Numbers the evidence of one answer, the same place once; `numbered` is what stands in the reply."""

    def __init__(self) -> None:
        self._numbered: dict[tuple[str, int, int], Citation] = {}

    def cite(self, evidence: Sequence[Evidence]) -> tuple[int, ...]:
        """The numbers of these pieces of evidence, given out in the order of first use."""
        return tuple(dict.fromkeys(self._number(item) for item in evidence))

    def _number(self, item: Evidence) -> int:
        key = (item.hit.document.id, item.start, item.end)
        if key not in self._numbered:
            self._numbered[key] = citation(item, len(self._numbered) + 1)
        return self._numbered[key].number

    @property
    def numbered(self) -> tuple[Citation, ...]:
        return tuple(self._numbered.values())


def citation(item: Evidence, number: int = 0) -> Citation:
    """A citation of one piece of evidence.

    Raises ValueError if its offsets do not lie in its passage, or hold no quote of lawful length: what cannot be
    checked is not shown.
    """
    document, passage = item.hit.document, item.hit.passage
    quote = document.text[item.start : item.end]
    if (
        not passage.start <= item.start < item.end <= passage.end
        or passage.text != document.text[passage.start : passage.end]
    ):
        raise ValueError(f"{document.source}: {item.start}–{item.end} is not in its passage")
    if not quote.strip() or len(quote) > MAX_QUOTE:
        raise ValueError(f"{document.source}: a quote of {len(quote)} characters")
    return Citation(
        number=number,
        document=document,
        passage_id=passage.id,
        quote=quote,
        display=display(item),
        context=around(item),
        start=item.start,
        end=item.end,
        page=document.page_of(item.start),
        score=round(item.probability, 4),
    )


def display(item: Evidence) -> str:
    """A quote as people read it: no asterisks or pipes, a row as "Header: cell · Header: cell"."""
    passage, text, marked = item.hit.passage, item.text, item.hit.document.format == "md"
    if passage.kind is PassageKind.ROW:
        return markup.row_display(text, passage.lead if text == passage.text else "", marked)
    return markup.plain(text, marked)


def around(item: Evidence) -> str:
    """Up to CONTEXT characters of its passage on either side of a quote, cut at words, the quote included; plain text.

    What stands in the next paragraph may be of somebody else, whom the answer must not name.
    """
    document, passage = item.hit.document, item.hit.passage
    left, right = max(passage.start, item.start - CONTEXT), min(passage.end, item.end + CONTEXT)
    while left > passage.start and not document.text[left - 1].isspace():
        left -= 1
    while right < passage.end and not document.text[right].isspace():
        right += 1
    return markup.plain(document.text[left:right], document.format == "md")


def widened(item: Evidence, minimum: int) -> Iterable[int]:
    """Where a quote might begin: its own start, or the sentence before when it has fewer than `minimum` words."""
    yield item.start
    before = [u.start for u in units(item.hit.passage) if u.start < item.start]
    if len(item.text.split()) < minimum and before and item.end - before[-1] <= MAX_QUOTE:
        yield before[-1]
