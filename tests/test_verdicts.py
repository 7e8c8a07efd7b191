"""What the words of a sentence show is not outweighed by what was fitted."""

from __future__ import annotations

import pytest

from rag.checking.verdicts import ClaimCalibration
from rag.models import Verdict
from rag.reader.trained import SHIPPED

CALIBRATION = ClaimCalibration.load(SHIPPED / "claims" / "calibration.json")


def verdict(repeats: bool = False, /, **features: float) -> Verdict:
    """The verdict on one very similar sentence with these features, all others 0."""
    row = dict.fromkeys(CALIBRATION.supports, 0.0) | {"unit": 0.99, "answers": 8.0} | features
    del row["bias"]
    return CALIBRATION.verdict(*CALIBRATION.probabilities([CALIBRATION.pulls(row, repeats=repeats)]))


BELIEVED = {"passage_entailed": 8.0, "alone_entailed": 8.0}


def test_a_sentence_that_is_the_claim_word_for_word_supports_it_whatever_the_network_says() -> None:
    assert verdict(True, covered=1.0, alone_contradicted=8.0) is Verdict.SUPPORTED


def test_a_sentence_that_holds_the_claim_s_words_supports_it_only_if_it_reads_as_entailing_it() -> None:
    assert verdict(covered=1.0, **BELIEVED) is Verdict.SUPPORTED
    assert verdict(covered=1.0, alone_contradicted=8.0, **BELIEVED) is not Verdict.SUPPORTED


def test_a_sentence_that_differs_in_nothing_never_refutes() -> None:
    assert verdict(covered=0.5, passage_contradicted=8.0, alone_contradicted=8.0) is not Verdict.REFUTED


DIFFERENT = {"number": 1.0, "passage_contradicted": 8.0}


def test_a_sentence_that_differs_refutes_only_if_it_reads_as_contradicting_or_is_nearly_the_claim() -> None:
    assert verdict(covered=0.5, alone_contradicted=8.0, **DIFFERENT) is Verdict.REFUTED
    assert verdict(covered=0.5, alone_entailed=8.0, **DIFFERENT) is Verdict.NOT_ENOUGH_INFO
    assert verdict(covered=0.9, alone_entailed=8.0, **DIFFERENT) is Verdict.REFUTED
    assert verdict(covered=0.9, alone_entailed=8.0, roles=1.0, passage_contradicted=8.0) is Verdict.NOT_ENOUGH_INFO


@pytest.mark.parametrize("differing", ["number", "date", "name", "negation", "roles", "unsaid"])
def test_a_sentence_that_differs_or_lacks_a_value_never_supports(differing: str) -> None:
    assert verdict(True, covered=1.0, **BELIEVED, **{differing: 1.0}) is not Verdict.SUPPORTED


@pytest.mark.parametrize("lacking,far", [("unnamed", 1.5), ("crossing", 1.5)])
def test_a_sentence_that_lacks_a_name_or_is_a_translation_supports_only_if_it_reads_as_entailing_by_far(
    lacking: str, far: float
) -> None:
    row = {"covered": 1.0, "passage_entailed": 8.0, "alone_entailed": 8.0, lacking: 1.0}
    assert verdict(alone_contradicted=8.0 - far, **row) is Verdict.SUPPORTED
    assert verdict(alone_contradicted=8.0 - far + 1, **row) is not Verdict.SUPPORTED


def test_what_another_language_denies_refutes_only_if_it_clearly_reads_so() -> None:
    row = {"negation": 1.0, "passage_contradicted": 8.0, "alone_contradicted": 8.0}
    assert verdict(alone_entailed=6.0, covered=0.5, **row) is Verdict.REFUTED
    assert verdict(alone_entailed=6.0, crossing=1.0, **row) is Verdict.NOT_ENOUGH_INFO
    assert verdict(alone_entailed=4.0, crossing=1.0, **row) is Verdict.REFUTED


def test_who_does_what_refutes_in_one_language_only() -> None:
    row = {"roles": 1.0, "passage_contradicted": 8.0, "alone_contradicted": 8.0}
    assert verdict(covered=0.5, **row) is Verdict.REFUTED
    assert verdict(crossing=1.0, **row) is Verdict.NOT_ENOUGH_INFO


def test_a_day_in_a_sentence_of_the_other_language_about_anything_refutes_only_if_it_clearly_reads_so() -> None:
    """ "The pen had not been returned by yesterday" gives another day than "they hire in 2026"."""
    row = {"date": 1.0, "crossing": 1.0, "passage_contradicted": 8.0, "alone_contradicted": 8.0}
    assert verdict(behind=0.07, alone_entailed=6.5, **row) is Verdict.REFUTED
    assert verdict(behind=0.1, alone_entailed=6.5, **row) is Verdict.NOT_ENOUGH_INFO
    assert verdict(behind=0.1, alone_entailed=5.5, **row) is Verdict.REFUTED
    assert verdict(behind=0.1, alone_entailed=6.5, **row | {"crossing": 0.0}) is Verdict.REFUTED


def test_another_name_beside_none_of_the_claim_s_refutes_only_if_it_clearly_reads_so() -> None:
    row = {"covered": 0.5, "name": 1.0, "passage_contradicted": 8.0, "alone_contradicted": 8.0}
    assert verdict(unnamed=0.5, alone_entailed=6.0, **row) is Verdict.REFUTED
    assert verdict(unnamed=1.0, alone_entailed=6.0, **row) is Verdict.NOT_ENOUGH_INFO
    assert verdict(unnamed=1.0, **row) is Verdict.REFUTED
