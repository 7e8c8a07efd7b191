"""What was found on a claim → the check that is shown: its reason in a sentence, quotes on either side, the words that
decide marked. Quotes go through `rag.citations` like every other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import citations
from rag.checking.comparing import Clash, Difference
from rag.checking.judging import Finding, Witness
from rag.checking.wording import say
from rag.language import polarity
from rag.models import Citation, Note, Span, Stance, Testimony, Verdict

SAID = frozenset({"interview", "speech"})  # kinds that prove that somebody said so
# What decides where several things differ: what can be told in the fewest words first.
_ORDER = (
    Difference.NUMBER, Difference.DATE, Difference.NAME, Difference.NEGATION, Difference.OPPOSITE, Difference.ROLES,
    Difference.PLAN, Difference.QUANTITY,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """The parts of a check that are made of words and quotes."""

    explanation: str
    testimonies: tuple[Testimony, ...]
    nearest: tuple[Citation, ...]
    notes: tuple[Note, ...]


def written(finding: Finding, language: str, *, is_claim: bool, searched: int) -> Written:
    """The words and quotes of a finding; `is_claim` is false for a text that states nothing to check."""
    cited = citations.Citations()
    sides = [(w, Stance.FOR) for w in finding.pro] + [(w, Stance.AGAINST) for w in finding.con]
    if finding.verdict is Verdict.REFUTED:
        sides.sort(key=lambda side: side[1] is Stance.FOR)
    numbered = {(w.source.hit.document.id, w.source.span.start): cited.cite([w.evidence()])[0] for w, _ in sides}
    notes = _superseded(finding, language, cited) + _said(finding, language, numbered)
    by_number = {c.number: c for c in cited.numbered}
    testimonies = tuple(
        Testimony(by_number[numbered[(w.source.hit.document.id, w.source.span.start)]], stance, deciding(w, stance))
        for w, stance in sides
    )
    nearest = () if testimonies else tuple(citations.citation(e) for e in finding.nearest)
    reason = explanation(finding, language, searched) if is_claim else say(language, "not_a_claim")
    return Written(reason, testimonies, nearest, tuple(notes))


def explanation(finding: Finding, language: str, searched: int) -> str:
    """The reason of the verdict, in one sentence."""
    if finding.verdict is Verdict.NOT_ENOUGH_INFO:
        return _undecided(finding, language, searched)
    first = (finding.pro if finding.verdict is Verdict.SUPPORTED else finding.con)[0]
    document, quote = first.source.hit.document, first.source.text
    if finding.verdict is Verdict.SUPPORTED:
        told = _told_values(first)
        if told:
            return say(language, "supported_value", document, theirs=told)
        return say(language, "supported", document, quote)
    clash = _first(first.comparison.clashes)
    if clash is not None:
        return say(language, clash.kind.value, document, mine=clash.mine, theirs=clash.theirs)
    kind = next((d for d in _ORDER if d in first.comparison.differences), None)
    return say(language, kind.value if kind else "refuted", document, quote)


def _undecided(finding: Finding, language: str, searched: int) -> str:
    if not searched:
        return say(language, "empty")
    if finding.partly:
        return say(language, "some_parts")
    if finding.disagree:
        return say(language, "disagree")
    if finding.plan is not None:
        return say(language, "planned_only", finding.plan.source.hit.document)
    return say(language, "near" if finding.pro or finding.con else "nothing")


def _told_values(witness: Witness) -> str:
    """The first value that bears the claim out, as the document writes it; "" where only names do."""
    text = witness.source.text
    return next(
        (text[s.start : s.end] for s in witness.comparison.borne if re.search(r"\d", text[s.start : s.end])), ""
    )


def _first(clashes: Sequence[Clash]) -> Clash | None:
    return min(clashes, key=lambda clash: _ORDER.index(clash.kind), default=None)


def deciding(witness: Witness, stance: Stance) -> tuple[Span, ...]:
    """The words of the quote that decide, as offsets in the document; the whole quote where no single words do."""
    source, comparison = witness.source, witness.comparison
    places = [c.place for c in comparison.clashes] if stance is Stance.AGAINST else list(comparison.borne)
    if stance is Stance.AGAINST and not places and Difference.NEGATION in comparison.differences:
        places = [Span(reach.start, reach.end) for reach in polarity.negations(source.text)]
    found = {span for place in places if (span := _in_document(witness, place))}
    return tuple(sorted(found, key=lambda span: span.start)) or (source.span,)


def _in_document(witness: Witness, place: Span) -> Span | None:
    """Where the words at a place of the shown text stand in the document itself; markup may lie between them."""
    source = witness.source
    words = source.text[place.start : place.end].strip()
    text, before = source.hit.document.text, source.text[: place.start].count(words) if words else 0
    at = source.span.start - 1
    for _ in range(before + 1):
        at = text.find(words, at + 1, source.span.end) if words else -1
        if at < 0:
            return None
    return Span(at, at + len(words))


def _superseded(finding: Finding, language: str, cited: citations.Citations) -> list[Note]:
    notes = []
    for witness in finding.superseded[:1]:
        item = witness.evidence()
        words = say(language, "superseded", item.hit.document, citations.display(item))
        notes.append(Note("superseded", words, cited.cite([item])))
    return notes


def _said(finding: Finding, language: str, numbered: dict[tuple[str, int], int]) -> list[Note]:
    """What an interview or a speech alone bears out is that somebody said it."""
    if finding.verdict is not Verdict.SUPPORTED or any(w.source.hit.document.kind not in SAID for w in finding.pro):
        return []
    first = finding.pro[0]
    number = numbered[(first.source.hit.document.id, first.source.span.start)]
    return [Note("said", say(language, "said", first.source.hit.document), (number,))]
