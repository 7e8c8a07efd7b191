"""A claim looked at as a whole, where no single sentence decides it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.checking.overall import Overall, overview
from rag.checking.verdicts import DIFFERING, UNFIT, ClaimCalibration
from rag.models import Verdict
from rag.reader.trained import SHIPPED

SHIPPED_CLAIMS = ClaimCalibration.load(SHIPPED / "claims" / "calibration.json")
NAMES = tuple(name for name in SHIPPED_CLAIMS.supports if name != "bias")


def only(**known: float) -> Mapping[str, float]:
    return defaultdict(float, known)


# A sentence leans to a side by its reading alone; together two that lean a little decide.
LEANING = ClaimCalibration(
    only(bias=-2.0, alone_entailed=0.2),
    only(bias=-2.0, alone_contradicted=0.2),
    0.6,
    0.6,
    Overall(
        only(bias=-4.0, first_alone_entailed=0.6, second_alone_entailed=0.6),
        only(bias=-4.0, first_alone_contradicted=0.6, second_alone_contradicted=0.6),
        0.6,
        0.6,
    ),
)


def row(**known: float) -> dict[str, float]:
    return dict.fromkeys(NAMES, 0.0) | known


FOR, AGAINST = row(alone_entailed=6.0), row(alone_contradicted=6.0, number=1.0)


def test_what_no_sentence_decides_several_decide_together() -> None:
    alone = LEANING.probabilities([LEANING.pulls(FOR), LEANING.pulls(row(alone_entailed=5.0))])
    assert LEANING.verdict(*alone) is Verdict.NOT_ENOUGH_INFO
    assert LEANING.second_look([FOR, row(alone_entailed=5.0)])[0] is Verdict.SUPPORTED
    assert LEANING.second_look([AGAINST, AGAINST])[0] is Verdict.REFUTED
    assert LEANING.second_look([FOR, row()])[0] is Verdict.NOT_ENOUGH_INFO


def test_nothing_found_and_no_model_of_the_whole_decide_nothing() -> None:
    assert LEANING.second_look([])[0] is Verdict.NOT_ENOUGH_INFO
    assert replace(LEANING, overall=None).second_look([FOR, FOR])[0] is Verdict.NOT_ENOUGH_INFO


@pytest.mark.parametrize("kind", UNFIT)
def test_what_differs_plainly_or_lacks_a_value_supports_nothing_however_it_reads(kind: str) -> None:
    likeliest = row(alone_entailed=8.0, **{kind: 1.0})
    assert LEANING.second_look([likeliest, FOR])[0] is Verdict.NOT_ENOUGH_INFO


def test_what_lacks_a_name_supports_only_if_it_reads_as_entailing_by_far() -> None:
    near, far = (row(alone_entailed=8.0, alone_contradicted=against, unnamed=1.0) for against in (7.5, 6.5))
    assert LEANING.second_look([near, near])[0] is Verdict.NOT_ENOUGH_INFO
    assert LEANING.second_look([far, far])[0] is Verdict.SUPPORTED


def test_what_reads_as_the_claim_refutes_nothing_whatever_differs() -> None:
    agreed = row(alone_contradicted=6.0, alone_entailed=6.5, number=1.0)
    assert LEANING.second_look([agreed, agreed])[0] is not Verdict.REFUTED


def test_where_no_difference_was_seen_a_contradiction_must_be_read_by_far() -> None:
    near, far = row(alone_contradicted=6.0, alone_entailed=4.0), row(alone_contradicted=6.0, alone_entailed=2.0)
    assert LEANING.second_look([near, near])[0] is not Verdict.REFUTED
    assert LEANING.second_look([far, far])[0] is Verdict.REFUTED


def test_what_the_other_language_says_of_another_matter_refutes_nothing() -> None:
    near, far = (
        row(alone_contradicted=6.0, alone_entailed=4.5, number=1.0, crossing=1.0, behind=b) for b in (0.0, 0.2)
    )
    assert LEANING.second_look([near, near])[0] is Verdict.REFUTED
    assert LEANING.second_look([far, far])[0] is not Verdict.REFUTED


features = st.fixed_dictionaries({name: st.floats(-8, 8, allow_nan=False) for name in NAMES})


@given(st.lists(features, min_size=1, max_size=6))
def test_the_order_of_the_sentences_says_nothing_and_probabilities_are_some(rows: list[dict[str, float]]) -> None:
    leanings = [SHIPPED_CLAIMS.leanings(r) for r in rows]
    found = overview(rows, leanings, DIFFERING)
    assert SHIPPED_CLAIMS.overall is not None
    assert found.keys() | {"bias"} == SHIPPED_CLAIMS.overall.supports.keys()
    supported, refuted = SHIPPED_CLAIMS.second_look(rows)[1]
    assert min(supported, refuted) >= 0
    assert supported + refuted <= 1 + 1e-9
    if all(len(set(side)) == len(rows) for side in zip(*leanings, strict=True)):  # of two alike either may stand
        assert overview(rows[::-1], leanings[::-1], DIFFERING) == found
