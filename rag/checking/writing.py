"""What was found on a claim → the check that is shown: its reason in a sentence, quotes on either side, the words that
decide marked. Quotes go through `rag.citations` like every other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag import citations
from rag.checking.comparing import Clash, Difference
from rag.checking.judging import Finding, Reserved, Witness
from rag.checking.reserves import WORDS, Reserve
from rag.checking.wording import label, say
from rag.language.values import bounded
from rag.models import Citation, Note, SetAside, Span, Stance, Testimony, Verdict

_MANY = ("i ", "gli ", "le ", "alcuni ", "alcune ", "molti ", "molte ")  # articles of more than one
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
    if finding.reserved is not None:
        sides.insert(0, (finding.reserved.witness, finding.reserved.stance))
    if finding.verdict is Verdict.REFUTED:
        sides.sort(key=lambda side: side[1] is Stance.FOR)
    sides += finding.superseded[:1]
    decided = len(sides)
    sides += finding.leaning
    numbered = {_place(w): cited.cite([w.evidence()])[0] for w, _ in sides}
    notes = _superseded(finding, language, numbered) + _said(finding, language, numbered)
    by_number = {c.number: c for c in cited.numbered}
    testimonies = tuple(
        Testimony(by_number[numbered[_place(w)]], stance, () if n >= decided else deciding(w, stance), n >= decided)
        for n, (w, stance) in enumerate(sides)
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
    if finding.doubted:
        return say(language, "doubted", finding.con[0].source.hit.document)
    if finding.reserved is not None:
        return _reserved(finding.reserved, language)
    return say(language, "undecided" if finding.leaning else "nothing")


def _reserved(reserved: Reserved, language: str) -> str:
    """Why what a source says of the claim does not settle it."""
    document, held = reserved.witness.source.hit.document, reserved.reservation
    key = f"{held.reserve}_{reserved.stance}"
    if held.reserve is Reserve.PLAN:
        return say(language, key, document)
    if not held.who:
        return say(language, f"{key}_in", document)
    many = language == "it" and held.who.lower().startswith(_MANY)
    return say(language, f"{key}_by", who=held.who, says="dicono" if many else "dice")


def _told_values(witness: Witness) -> str:
    """The first value that bears the claim out, as the document writes it; "" where only names do."""
    text = witness.source.text
    told = (text[bounded(text, s.start) : s.end] for s in witness.comparison.borne)
    return next((words for words in told if re.search(r"\d", words)), "")


def _first(clashes: Sequence[Clash]) -> Clash | None:
    return min(clashes, key=lambda clash: _ORDER.index(clash.kind), default=None)


def deciding(witness: Witness, stance: Stance) -> tuple[Span, ...]:
    """The words of the quote that decide, as offsets in the document; the whole quote where no single words do."""
    source, comparison = witness.source, witness.comparison
    places = [c.place for c in comparison.clashes] if stance is Stance.AGAINST else list(comparison.borne)
    places = places or list(comparison.telling)
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


def _superseded(finding: Finding, language: str, numbered: Mapping[tuple[str, int], int]) -> list[Note]:
    notes = []
    for witness, _ in finding.superseded[:1]:
        item = witness.evidence()
        words = say(language, "superseded", item.hit.document, citations.display(item))
        notes.append(Note("superseded", words, (numbered[_place(witness)],)))
    return notes


def _said(finding: Finding, language: str, numbered: Mapping[tuple[str, int], int]) -> list[Note]:
    """What an interview or a speech alone bears out is that somebody said it."""
    if finding.verdict is not Verdict.SUPPORTED or any(w.source.hit.document.kind not in WORDS for w in finding.pro):
        return []
    first = finding.pro[0]
    return [Note("said", say(language, "said", first.source.hit.document), (numbered[_place(first)],))]


def unchecked(aside: Sequence[SetAside], language: str) -> list[Note]:
    """A note for each sentence beside a claim that the verdict does not cover; a greeting needs none."""
    told = [a for a in aside if a.reason != "greeting"]
    return [Note("unchecked", say(language, "unchecked", quote=a.text, why=label(language, a.reason))) for a in told]


def _place(witness: Witness) -> tuple[str, int]:
    """What tells its sentence from every other one."""
    return witness.source.hit.document.id, witness.source.span.start
