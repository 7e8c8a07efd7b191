"""Passages of the same article or mission that neither answer a question nor settle a claim, as examples beside those
that do.

What is read for a question or a claim is mostly such passages: a network that never met them takes nearness for an
answer, and another number of the same thing for a contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.text import fold
from training.examples import DOES_NOT, NEITHER, Example

STEM = 5  # letters that forms of one word share, mostly
COVERED = 0.6  # share of a claim's content words from which a passage may settle it


def similar_to_answer(body: str, answer: str) -> bool:
    """Whether a passage could answer too: it holds the answer's words, or all its numbers."""
    numbers = re.findall(r"\d+", answer)
    return fold(answer) in fold(body) or (bool(numbers) and all(n in body for n in numbers))


def hard_negatives(gold: Example, ranked: Iterable[tuple[str, str]], count: int) -> list[Example]:
    """The nearest passages (context, body) that cannot answer, as examples of the gold one's group."""
    assert gold.span is not None
    answer = gold.body[slice(*gold.span)]
    found = []
    for above, body in ranked:
        if body == gold.body or similar_to_answer(body, answer):
            continue
        found.append(replace(gold, role="hard", context=above, body=body, span=None, answers=DOES_NOT))
        if len(found) == count:
            break
    return found


def settles_nothing(claim: Example, ranked: Sequence[tuple[str, str]], count: int) -> list[Example]:
    """The nearest passages (context, body) that say neither that a claim is so nor that it is not.

    Left out is what might: passages that rank before the claim's own, and those that hold most of its words, or
    across languages all its names and numbers.
    """
    bodies = [body for _, body in ranked]
    behind = bodies.index(claim.body) + 1 if claim.body in bodies and claim.claim != NEITHER else 0
    crossing = len(set(claim.languages.split(">"))) > 1
    found = []
    for above, body in ranked[behind:]:
        if body == claim.body or may_settle(claim.question, body, crossing):
            continue
        found.append(replace(claim, role="elsewhere", context=above, body=body, answers=DOES_NOT, claim=NEITHER))
        if len(found) == count:
            break
    return found


def may_settle(claim: str, body: str, crossing: bool) -> bool:
    """Whether so much of a claim stands in a passage that it may be about the very same."""
    said = fold(body)
    if crossing:
        wanted = [w for w in re.findall(r"\w+", claim)[1:] if w[0].isupper() or w[0].isdigit()]
        return bool(wanted) and all(fold(w)[:STEM] in said for w in wanted)
    words = [fold(w)[:STEM] for w in re.findall(r"\w+", claim) if len(w) > 3 or w[0].isdigit()]
    return bool(words) and sum(w in said for w in words) >= COVERED * len(words)
