"""Who stands beside what: names that have changed places, and values that belong to another thing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from rag.checking.assertions import Assertion, Source, stem, stemmed
from rag.checking.clauses import Segment, segments, told_of_another
from rag.language import agreement, names, polarity
from rag.language.aliases import Aliases
from rag.language.values import Value

_LISTED = re.compile(r"\s*(?:,|e|ed|and|,\s*(?:e|and)|&|con|with|–|-|\(|›)\s*(?:the |il |la |l['’])?")


def swapped(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    """Whether the sentence gives a part or a value to somebody or something else than its source does."""
    if _order_changed(claim, source, aliases) or _attached_elsewhere(claim, source, aliases):
        return True
    return told_of_another(claim, source, aliases)


def _order_changed(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    """Whether two names have changed places, as one who acts and one who is acted upon do.

    Names that "and" or a comma joins in both may stand either way; a passive turns the order round once.
    """
    crossing = claim.language != source.language
    placed = [(n, names.place(n, source.text, aliases, crossing)) for n in claim.names]
    known = [(n, at) for n, at in placed if at is not None]
    turned = polarity.passive(claim.text) != polarity.passive(source.text)
    for (left, at), (right, other) in pairwise(known):
        if at == other or _joined(claim.text[left.end : right.start]):
            continue
        if _joined_names(source.text, at, other):
            continue
        if (at > other) != turned:
            return True
    return False


def _joined(between: str) -> bool:
    return (
        re.fullmatch(r"\s*(?:,|e|ed|and|,\s*(?:e|and)|&|con|with|–|-|\(|›)\s*(?:the |il |la |l['’])?", between)
        is not None
    )


def _joined_names(text: str, at: int, other: int) -> bool:
    first, last = sorted((at, other))
    between = re.sub(r"^[\w’'-]+(?:\s+[A-ZÀ-Þ][\w’'-]*)*", "", text[first:last])
    return _joined(re.sub(r"[A-ZÀ-Þ][\w’'-]*\s*", "", between)) if len(between) < 40 else False


def _attached_elsewhere(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    """Whether a value stands, in the source, in a piece that belongs to another thing than in the sentence.

    "12 firms from Turin, 8 from Cuneo" does not say that 8 firms came from Turin: Turin stands with a rival of the 8.
    """
    crossing = claim.language != source.language

    def hold(those: Sequence[Segment], name: names.Name) -> bool:
        return any(names.place(name, p.text, aliases, crossing) is not None for p in those)

    pieces = segments(source)
    wanted = {stem(word, source.language) for word in claim.content()} if claim.values and not crossing else set()
    for value in claim.values:
        own = [p for p in pieces if any(agreement.agrees(value, v) for v in p.values)]
        rivals = [p for p in pieces if p not in own and _left_out(claim, value, p)]
        if not own or not rivals:
            continue
        own += [before for before, piece in pairwise(pieces) if piece in own and piece.leans]
        if any(hold(rivals, name) and not hold(own, name) for name in claim.names):
            return True
        if not crossing and _words_elsewhere(wanted, own, rivals, source.language):
            return True
    return False


def _left_out(claim: Assertion, value: Value, piece: Segment) -> bool:
    """Whether a piece has a value of that kind which the sentence does not give."""
    others = [v for v in piece.values if v.kind is value.kind]
    return any(not any(agreement.agrees(c, v) for c in claim.values) for v in others)


def _words_elsewhere(wanted: set[str], own: Sequence[Segment], rivals: Sequence[Segment], language: str) -> bool:
    """Whether none of the sentence's words stands with the value, and some stand with a rival that it leaves out."""
    with_own = any(wanted & stemmed(p.text, language) for p in own)
    return not with_own and any(wanted & stemmed(p.text, language) for p in rivals)
