"""Dates told by their distance from the day of the text."""

from __future__ import annotations

import datetime as dt

import pytest

from rag.language.relative_dates import either_way, relative_dates
from rag.language.values import values

WEDNESDAY = dt.date(2025, 12, 17)


@pytest.mark.parametrize(
    "text, day",
    [
        ("È arrivata ieri sera.", (16, 12, 2025)),
        ("The day before yesterday it rained.", (15, 12, 2025)),
        ("Si riuniscono dopodomani.", (19, 12, 2025)),
        ("They met three days ago.", (14, 12, 2025)),
        ("Partono fra due settimane.", (31, 12, 2025)),
        ("It was signed last Wednesday.", (10, 12, 2025)),
        ("Lo ha detto lunedì scorso.", (15, 12, 2025)),
        ("See them next Friday.", (19, 12, 2025)),
        ("Il bando esce il mese prossimo.", (None, 1, 2026)),
        ("L'anno scorso erano trenta.", (None, None, 2024)),
    ],
)
def test_a_distance_is_counted_from_the_day_of_the_text(text: str, day: tuple[int | None, int | None, int]) -> None:
    (found,) = relative_dates(text, WEDNESDAY)
    assert (found.day, found.month, found.year) == day


def test_a_bare_weekday_may_be_the_last_or_the_next_one() -> None:
    (friday,) = values("Si sono visti venerdì.", "it")
    assert [(v.day, v.month) for v in either_way(friday, WEDNESDAY)] == [(12, 12), (19, 12)]


def test_a_whole_date_stays_what_it_is() -> None:
    (whole,) = values("giovedì 24 aprile 2025", "it")
    assert either_way(whole, WEDNESDAY) == (whole,)


def test_at_the_end_of_the_calendar_nothing_is_counted() -> None:
    assert relative_dates("fra 999 settimane", dt.date(9999, 12, 31)) == ()
