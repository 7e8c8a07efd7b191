"""The tool that counts what written answers show: a sentence shown wrongly counts, and so does a true one lost."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from rag.models import Answer, Statement, Status, Support
from tools.bench_generation import Tally, Written, follow, report

TRUE = Written("The mission cost 12 million euros.", "gold")
WRONG = Written("The mission cost 15 million euros.", "number")
FOUND = {"The mission cost 12 million euros. The fair lasted three days."}


def answer(statements: Mapping[str, Support]) -> Answer:
    """An answer of these statements, which took a second to check."""
    return Answer(
        id="a",
        question="How much did the mission cost?",
        status=Status.ANSWERED,
        language="en",
        text="",
        headline=None,
        statements=tuple(Statement(text, (), support) for text, support in statements.items()),
        citations=(),
        nearest=(),
        notes=(),
        mode="generate",
        model="scripted",
        searched=1,
        newest=None,
        timings_ms={"verify": 1000.0},
    )


def counted(written: list[Written], statements: Mapping[str, Support]) -> Tally:
    tally = Tally()
    follow(tally, written, answer(statements), FOUND)
    return tally


@pytest.mark.parametrize("support", [Support.VERIFIED, Support.QUOTED])
def test_a_false_sentence_that_is_shown_is_counted_and_named(support: Support) -> None:
    tally = counted([TRUE, WRONG], {TRUE.text: Support.QUOTED, WRONG.text: support})
    assert tally.wrong == [f"number: {WRONG.text}"]
    figures = report({"c": tally})["c"]
    assert (figures["false_shown"], figures["true_kept"]) == ("1/1", "1/1")
    assert figures["false_shown_by_kind"] == {"number": "1/1"}
    assert figures["false_of_shown_percent"] == 50.0


def test_a_false_sentence_that_is_dropped_is_not_shown() -> None:
    figures = report({"b": counted([WRONG], {WRONG.text: Support.UNSUPPORTED})})["b"]
    assert (figures["false_shown"], figures["false_of_shown_percent"]) == ("0/1", 0.0)


def test_a_true_sentence_that_is_dropped_is_lost() -> None:
    tally = counted([TRUE], {TRUE.text: Support.UNSUPPORTED})
    assert tally.lost == [TRUE.text]
    assert report({"a": tally})["a"]["true_kept"] == "0/1"


def test_a_true_sentence_whose_passage_was_not_found_is_no_loss() -> None:
    item = Written("The bridge is 90 metres long.", "gold")
    figures = report({"a": counted([item], {item.text: Support.UNSUPPORTED})})["a"]
    assert (figures["true_kept"], figures["true_whose_passage_was_not_found"]) == ("0/0", 1)


def test_what_the_composer_did_not_reach_counts_for_neither() -> None:
    figures = report({"c": counted([TRUE, WRONG], {TRUE.text: Support.QUOTED})})["c"]
    assert (figures["false_shown"], figures["not_read_any_more"]) == ("0/0", 1)
