"""What share of a whole a sentence tells by two amounts."""

from __future__ import annotations

import time

import pytest

from rag.language.shares import shares
from rag.language.values import values


@pytest.mark.parametrize(
    "text, language, percent",
    [
        ("The town has replaced 3,180 of its 4,050 lamps.", "en", [79]),
        ("L'agenzia ha 64 dipendenti, di cui 18 abilitati.", "it", [28]),
        ("118 membri, di cui 97 famiglie", "it", [82]),
        ("18 imprese su 64 iscritte", "it", [28]),
        ("She won 12 votes out of 40.", "en", [30]),
        ("There are 40 members, 12 of whom are mayors.", "en", [30]),
        ("40 members (of whom 12 are mayors)", "en", [30]),
        ("Sono 64 imprese e 18 enti.", "it", []),
        ("Dei 64 iscritti si parla il 18 maggio.", "it", []),
        ("64 euro, di cui 18 ore", "it", []),
        ("oltre 64 dipendenti, di cui 18 medici", "it", []),
    ],
)
def test_a_part_told_of_a_whole_is_a_share(text: str, language: str, percent: list[int]) -> None:
    assert [round(v.amount or 0) for v in shares(text, values(text, language))] == percent


@pytest.mark.parametrize("hard", ["3 of 4 " * 400, "di cui 1 " * 400, "1 di " * 400])
def test_hostile_texts_do_not_take_long(hard: str) -> None:
    found = values(hard, "it")
    started = time.process_time()
    list(shares(hard, found))
    assert time.process_time() - started < 2
