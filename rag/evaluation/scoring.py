"""How one reply is judged against one row of a question set: pure functions.

correct    an answerable row: answered, an accepted string of every part among the first 150 words, no wrong one in
           a sentence before it, at least one citation, and a citation behind every mark [n]
abstained  an unanswerable row: partial or not_found, and the distractor is not offered all the same
cited      a citation quotes gold evidence in the right document; of lists, each part that the evidence holds
Strings are compared without case, accents, typography and ways to write a number; a string must begin a word, and
a number must not go on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.models import Answer, Citation, Status
from rag.text import fold

READ_WORDS = 150
MAX_QUOTE = 420  # a longer quote supports nothing
ABSTAINED = (Status.PARTIAL, Status.NOT_FOUND)
_NUMBER = re.compile(r"\d+(?:[.,' ]\d+)*")
_MARK = re.compile(r"\[(\d{1,3})\](?!\()")
_TYPOGRAPHY = str.maketrans({"–": "-", "—": "-", **dict.fromkeys('"«»“”*_`')})


@dataclass(frozen=True, slots=True)
class Gold:
    """A passage that answers, or, for a near miss, that comes nearest: a quote of the document named `doc`."""

    doc: str
    quote: str


@dataclass(frozen=True, slots=True)
class Row:
    """One question of a set. `parts` holds, for each thing asked, the strings of which one must be there."""

    id: str
    question: str
    language: str
    type: str
    answerable: bool
    parts: tuple[tuple[str, ...], ...] = ()
    listed: bool = False  # the row has several parts, each to be cited
    evidence: tuple[Gold, ...] = ()
    near: tuple[Gold, ...] = ()
    wrong: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()  # (role, content)


@dataclass(frozen=True, slots=True)
class Verdict:
    ok: bool
    status: str
    has_answer: bool
    misled: bool
    resolved: bool
    cited: bool
    citations: int
    precise: int  # of the citations, those that quote gold evidence
    words: int


def folded(text: str) -> str:
    """A text as strings are looked for in it: 93,5 is 93.5; 175.000, 175,000 and 175 000 are 175000."""
    plain = fold(text.translate(_TYPOGRAPHY))
    return _NUMBER.sub(lambda found: number(found.group()), plain)


def number(written: str) -> str:
    """Digits with separators in one way of writing: thousands run together, a point before decimals."""
    pieces = re.split(r"([.,' ])", written)
    out, grouping = pieces[0], len(pieces[0]) <= 3
    for separator, group in zip(pieces[1::2], pieces[2::2], strict=True):
        if grouping and len(group) == 3:
            out += group
            continue
        out += ("." if separator == "," else separator) + group
        grouping = separator in "' " and len(group) <= 3  # another number begins
    return out


def position(text: str, wanted: str) -> int | None:
    """Where a string first stands in a folded text: it begins a word there, and its number does not go on."""
    needle = folded(wanted)
    at = text.find(needle) if needle else -1
    while at >= 0:
        if _begins(text, at) and _ends(text, at + len(needle), needle):
            return at
        at = text.find(needle, at + 1)
    return None


def _begins(text: str, at: int) -> bool:
    before = text[max(0, at - 2) : at]
    if before and (before[-1].isalnum() or before[-1] == "_"):
        return False
    return not (len(before) == 2 and before[0].isdigit() and before[1] in ".,")


def _ends(text: str, end: int, needle: str) -> bool:
    if not needle[-1].isdigit():
        return True
    after = text[end : end + 2]
    return not (after[:1].isdigit() or (len(after) == 2 and after[0] in ".," and after[1].isdigit()))


def misled(text: str, wrong: Sequence[int], right: Sequence[int | None]) -> bool:
    """Whether wrong strings, at these places of a text, stand for the answer: no right one is there for some part, or
    the first wrong one closes a sentence of its own before the first right one ("moved from 3 to 5 May" is one)."""
    if not wrong:
        return False
    found = [at for at in right if at is not None]
    if len(found) < len(right) or not found:
        return True
    return min(wrong) < min(found) and re.search(r"[.!?;|]\s|\[\d", text[min(wrong) : min(found)]) is not None


def quotes(quote: str, gold: str) -> bool:
    """Whether a quote and the gold one share a run of words that is all of the shorter or half of both together."""
    left, right = (re.findall(r"\w+", folded(text)) for text in (quote, gold))
    short, long = sorted((len(left), len(right)))
    if not short or len(quote) > MAX_QUOTE:
        return False
    run = longest_run(left, right)
    if run < min(5, short) or (short < 3 and run != long):
        return False
    return run == short or 4 * run >= short + long


def longest_run(left: Sequence[str], right: Sequence[str]) -> int:
    """The length of the longest run of words that both have."""
    best = 0
    ending = [0] * (len(right) + 1)  # how long the run is that ends at this pair of words
    for word in left:
        ending = [0, *(ending[n] + 1 if word == other else 0 for n, other in enumerate(right))]
        best = max(best, *ending)
    return best


def source_name(citation: Citation) -> str:
    return citation.document.source.rpartition("/")[2]


def supported(citations: Sequence[Citation], gold: Sequence[Gold]) -> list[bool]:
    """Of each citation, whether it quotes gold evidence from the right document."""
    return [any(source_name(c) == g.doc and quotes(c.quote, g.quote) for g in gold) for c in citations]


def cites_parts(row: Row, citations: Sequence[Citation]) -> bool:
    """Whether each part that some evidence holds stands in a citation of that evidence."""
    good = [folded(c.quote) for c, hit in zip(citations, supported(citations, row.evidence), strict=True) if hit]
    held = [folded(gold.quote) for gold in row.evidence]
    wanted = [part for part in row.parts if _any_holds(held, part)]
    return bool(good) and all(_any_holds(good, part) for part in wanted)


def _any_holds(texts: Sequence[str], variants: Sequence[str]) -> bool:
    return any(position(text, variant) is not None for text in texts for variant in variants)


def holds_answer(text: str, row: Row) -> bool:
    """Whether a text has an accepted string of every part."""
    return bool(row.parts) and all(_any_holds([folded(text)], part) for part in row.parts)


def judge(row: Row, answer: Answer) -> Verdict:
    """What one reply is worth."""
    read = folded(" ".join(answer.text.split()[:READ_WORDS]))
    first = [_first(read, part) for part in row.parts]
    wrong = [at for string in row.wrong if (at := position(read, string)) is not None]
    hits = supported(answer.citations, (*row.evidence, *row.near))
    has_answer = bool(first) and None not in first
    fooled = misled(read, wrong, first) if row.answerable else bool(wrong)
    marks = {int(n) for n in _MARK.findall(answer.text)} - {0}
    resolved = bool(answer.citations) and marks <= {c.number for c in answer.citations}
    if row.answerable:
        ok = answer.status is Status.ANSWERED and has_answer and not fooled and resolved
    else:
        ok = answer.status in ABSTAINED and not fooled
    return Verdict(
        ok=ok,
        status=answer.status.value,
        has_answer=has_answer,
        misled=fooled,
        resolved=resolved,
        cited=cites_parts(row, answer.citations) if row.listed else any(hits),
        citations=len(answer.citations),
        precise=sum(hits),
        words=len(answer.text.split()),
    )


def _first(text: str, variants: Sequence[str]) -> int | None:
    found = [at for variant in variants if (at := position(text, variant)) is not None]
    return min(found, default=None)
