"""Values of a text: found where they stand, and compared across languages and ways of writing."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.language.agreement import agrees, dated, excludes
from rag.language.numerals import worded
from rag.language.values import Bound, Kind, Value, values

LANGUAGES = ("it", "en")


def one(text: str, language: str) -> Value:
    (found,) = values(text, language)
    return found


SAME = [
    ("93,5 miliardi di dollari", "it", "$93.5 billion", "en"),
    ("93,5 miliardi di dollari", "it", "$93,500,000,000", "en"),
    ("93.500.000.000 dollari", "it", "93.5bn USD", "en"),
    ("24 aprile", "it", "April 24", "en"),
    ("24 aprile", "it", "the 24th of April", "en"),
    ("24/4", "it", "24 April", "en"),
    ("24 aprile 2025", "it", "2025-04-24", "en"),
    ("giovedì 24 aprile 2025", "it", "Thursday, 24 April 2025", "en"),
    ("trentotto imprese", "it", "38 firms", "en"),
    ("duecentocinquanta euro", "it", "€250", "en"),
    ("duemila euro", "it", "2,000 euros", "en"),
    ("40mila euro", "it", "forty thousand euros", "en"),
    ("un milione di euro", "it", "1 million euro", "en"),
    ("13,5%", "it", "13.5 per cent", "en"),
    ("il 13 per cento", "it", "13%", "en"),
    ("alle 14:30", "it", "at 2:30 p.m.", "en"),
    ("alle 14.30", "it", "at 2:30 pm", "en"),
    ("ore 9", "it", "9 a.m.", "en"),
    ("mezzogiorno", "it", "noon", "en"),
    ("quasi 100", "it", "nearly 100", "en"),
    ("oltre 950", "it", "more than 950", "en"),
    ("almeno 20", "it", "at least twenty", "en"),
    ("circa 175.000", "it", "about 175,000", "en"),
    ("cinque giorni", "it", "5 days", "en"),
    ("18 metri quadrati", "it", "18 square metres", "en"),
    ("3,4 kWh", "it", "3.4 kWh", "en"),
]
OTHER = [
    ("93,5 miliardi", "it", "93.5 million", "en"),
    ("24 aprile", "it", "April 25", "en"),
    ("24 aprile 2025", "it", "24 April 2024", "en"),
    ("venerdì 24 aprile 2025", "it", "24 April 2025", "en"),
    ("24 aprile", "it", "May 24", "en"),
    ("€250", "it", "$250", "en"),
    ("250 euro", "it", "250 firms", "en"),
    ("13%", "it", "13 firms", "en"),
    ("13%", "it", "13.5%", "en"),
    ("alle 14:30", "it", "at 2:30 a.m.", "en"),
    ("oltre 950", "it", "almost 950", "en"),
    ("950", "it", "more than 950", "en"),
    ("cinque giorni", "it", "5 weeks", "en"),
    ("1.234", "it", "1.234", "en"),
]


@pytest.mark.parametrize("left, spoken, right, other", SAME)
def test_one_value_written_in_two_ways_is_one(left: str, spoken: str, right: str, other: str) -> None:
    assert agrees(one(left, spoken), one(right, other))
    assert agrees(one(right, other), one(left, spoken))


@pytest.mark.parametrize("left, spoken, right, other", OTHER)
def test_another_value_is_another(left: str, spoken: str, right: str, other: str) -> None:
    assert not agrees(one(left, spoken), one(right, other))


def test_what_is_claimed_may_be_less_exact_than_what_is_said_and_never_more() -> None:
    said = one("93,5 miliardi", "it")
    assert agrees(one("about 94 billion", "en"), said)
    assert agrees(one("more than 90 billion", "en"), said)
    assert not agrees(one("about 90 thousand", "en"), said)
    assert not agrees(one("94 billion", "en"), said)
    day = one("24 April 2025", "en")
    assert agrees(one("aprile 2025", "it"), day)
    assert agrees(one("nel 2025", "it"), day)
    assert not agrees(day, one("aprile 2025", "it"))


@pytest.mark.parametrize(
    "claimed, said",
    [("quasi 100", "96"), ("quasi 100", "90"), ("circa 100", "94"), ("oltre 100", "300"), ("almeno 950", "oltre 950"),
     ("oltre 900", "oltre 950"), ("meno di 100", "quasi 100"), ("poco più di 100", "104"), ("fino a 40", "12")],
)  # fmt: skip
def test_what_is_told_roughly_is_borne_out_by_what_lies_within_it(claimed: str, said: str) -> None:
    assert agrees(one(claimed, "it"), one(said, "it"))


@pytest.mark.parametrize(
    "claimed, said",
    [("quasi 100", "51"), ("circa 100", "51"), ("quasi 100", "101"), ("poco più di 100", "300"), ("oltre 950", "950"),
     ("oltre 950", "quasi 950"), ("meno di 900", "oltre 950"), ("circa 100", "150"), ("96", "almeno 100")],
)  # fmt: skip
def test_values_that_cannot_both_be_true_exclude_each_other(claimed: str, said: str) -> None:
    assert excludes(one(claimed, "it"), one(said, "it"))
    assert not agrees(one(claimed, "it"), one(said, "it"))


@pytest.mark.parametrize(
    "claimed, said",
    [("96", "quasi 100"), ("950", "oltre 950"), ("960", "oltre 950"), ("103", "circa 100"), ("100", "meno di 120"),
     ("24 aprile 2025", "aprile 2025"), ("24 aprile 2025", "24 aprile")],
)  # fmt: skip
def test_what_is_more_exact_than_what_is_said_is_neither_borne_out_nor_excluded(claimed: str, said: str) -> None:
    mine, theirs = one(claimed, "it"), one(said, "it")
    assert not agrees(mine, theirs)
    assert not excludes(mine, theirs)


@pytest.mark.parametrize(
    "claimed, spoken, said, other, borne",
    [
        ("Oltre tre quinti delle aziende", "it", "62% of the firms", "en", True),
        ("oltre tre quinti delle aziende", "it", "58% of the firms", "en", False),
        ("un terzo delle imprese", "it", "34 %", "it", True),
        ("un terzo delle imprese", "it", "42 %", "it", False),
        ("nearly two thirds of the visitors", "en", "il 65 %", "it", True),
        ("more than half of the members", "en", "il 58 per cento", "it", True),
        ("più della metà dei soci", "it", "48 %", "it", False),
        ("nove imprese su dieci", "it", "90 per cent", "en", True),
        ("four in five pupils", "en", "l'80 per cento", "it", True),
        ("three-quarters of the fleet", "en", "il 75%", "it", True),
        ("quasi il 40 %", "it", "38 %", "it", True),
        ("oltre il 40 %", "it", "38 %", "it", False),
        ("meno dell'8 per cento", "it", "7.5%", "en", True),
        ("fino al 30%", "it", "12%", "it", True),
    ],
)
def test_shares_in_words_are_compared_with_percentages(
    claimed: str, spoken: str, said: str, other: str, borne: bool
) -> None:
    assert agrees(one(claimed, spoken), one(said, other)) is borne


@pytest.mark.parametrize(
    "text, language",
    [("un terzo incontro", "it"), ("un quarto d'ora", "it"), ("a third meeting", "en"), ("half an hour", "en"),
     ("a quarter of an hour", "en"), ("a metà giornata", "it"), ("la prima metà del mese", "it"),
     ("two delegates out in five cities", "en")],
)  # fmt: skip
def test_what_only_looks_like_a_share_is_none(text: str, language: str) -> None:
    assert not [v for v in values(text, language) if v.kind is Kind.PERCENT]


AMOUNTS = st.builds(
    lambda amount, bound: Value(Kind.NUMBER, 0, 1, Decimal(amount), "", bound),
    st.integers(0, 2000),
    st.sampled_from(Bound),
)


@given(AMOUNTS, AMOUNTS, AMOUNTS)
@settings(max_examples=300, deadline=None, derandomize=True)
def test_no_value_both_bears_out_and_excludes_and_bearing_out_is_passed_on(a: Value, b: Value, c: Value) -> None:
    assert agrees(a, a)
    assert not (agrees(a, b) and excludes(a, b))
    assert not (agrees(a, b) and agrees(b, c)) or agrees(a, c)
    if Bound.EXACT not in (a.bound, b.bound):
        assert excludes(a, b) == excludes(b, a)


def test_a_date_without_a_year_is_of_its_document_s_year() -> None:
    claimed = one("24 aprile 2025", "it")
    said = one("on 24 April", "en")
    assert not agrees(claimed, said)
    assert agrees(claimed, dated(said, 2025))
    assert not agrees(claimed, dated(said, 2024))


@pytest.mark.parametrize(
    "text, language, found",
    [
        ("dal 22 al 26 giugno 2026", "it", [(22, 6, 2026), (26, 6, 2026)]),
        ("l'11 e il 12 giugno", "it", [(11, 6, None), (12, 6, None)]),
        ("October 12-18, 2025", "en", [(12, 10, 2025), (18, 10, 2025)]),
        ("il primo maggio", "it", [(1, 5, None)]),
    ],
)
def test_each_day_of_a_range_is_a_date(text: str, language: str, found: list[tuple[int, int, int]]) -> None:
    assert [(v.day, v.month, v.year) for v in values(text, language)] == found


@pytest.mark.parametrize(
    "text, language",
    [
        ("One of the firms may march on.", "en"),
        ("Un'impresa e una città", "it"),
        ("il modello R3", "it"),
        ("Nessun valore qui.", "it"),
    ],
)
def test_words_that_count_nothing_are_no_values(text: str, language: str) -> None:
    assert values(text, language) == ()


def test_bounds_stand_on_either_side() -> None:
    assert one("100 o più", "it").bound is Bound.AT_LEAST
    assert one("950+", "en").bound is Bound.OVER
    assert one("up to 40", "en").bound is Bound.AT_MOST
    assert one("meno di 12", "it").bound is Bound.UNDER


def test_values_lie_where_their_offsets_say() -> None:
    text = "Il 24 aprile c'erano 38 imprese, il 13% con 1.200 euro, alle 14:30."
    found = [text[v.start : v.end] for v in values(text, "it")]
    assert found == ["24 aprile", "38", "13%", "1.200 euro", "14:30"]


@pytest.mark.parametrize(
    "text, language, found",
    [
        ("Apre il 12 maggio. Poi chiude.", "it", "12 maggio"),
        ("Apre il 12 mag. 2025.", "it", "12 mag. 2025"),
        ("It opens on May 12. Then it closes.", "en", "May 12"),
        ("It opens on Oct. 12, 2025.", "en", "Oct. 12, 2025"),
    ],
)
def test_the_stop_that_ends_a_sentence_is_no_part_of_its_date(text: str, language: str, found: str) -> None:
    value = one(text, language)
    assert text[value.start : value.end] == found
    assert value.day == 12


@given(st.text(max_size=200), st.sampled_from(LANGUAGES))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_text_has_values_in_order_and_apart(text: str, language: str) -> None:
    found = values(text, language)
    assert all(0 <= v.start < v.end <= len(text) for v in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(agrees(v, v) for v in found)


@given(st.integers(2, 999_999_999))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_number_is_the_same_in_both_languages_digits(number: int) -> None:
    english, italian = f"{number:,}", f"{number:,}".replace(",", ".")
    left, right = one(f"{italian} euro", "it"), one(f"{english} euros", "en")
    assert left.amount == Decimal(number)
    assert agrees(left, right)


@given(st.dates(dt.date(1950, 1, 1), dt.date(2090, 1, 1)))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_a_day_is_the_same_in_every_writing(day: dt.date) -> None:
    months = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()
    italian = one(f"{day.day} {months[day.month - 1]} {day.year}", "it")
    for text in (day.isoformat(), f"{day.day}/{day.month}/{day.year}", f"{day:%B} {day.day}, {day.year}"):
        assert agrees(italian, one(text, "en"))
        assert agrees(one(text, "en"), italian)
    weekdays = "lunedì martedì mercoledì giovedì venerdì sabato domenica".split()
    for number, name in enumerate(weekdays):
        assert agrees(one(f"{name} {day.day} {months[day.month - 1]}", "it"), italian) is (number == day.weekday())


ITALIAN = "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici quindici".split()


@given(st.integers(2, 999_999))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_numbers_in_words_are_read_back(number: int) -> None:
    assert worded(in_italian(number), "it") == number
    assert worded(in_english(number), "en") == number


def in_italian(n: int) -> str:
    tens = "venti trenta quaranta cinquanta sessanta settanta ottanta novanta".split()
    if n < 16:
        return ITALIAN[n]
    if n < 20:
        return ["sedici", "diciassette", "diciotto", "diciannove"][n - 16]
    if n < 100:
        ten, unit = tens[n // 10 - 2], n % 10
        return (ten[:-1] if unit in (1, 8) else ten) + (ITALIAN[unit] if unit else "")
    if n < 1000:
        head = "cento" if n < 200 else f"{ITALIAN[n // 100]}cento"
        return head + (in_italian(n % 100) if n % 100 else "")
    head = "mille" if n < 2000 else f"{in_italian(n // 1000)}mila"
    return head + (in_italian(n % 1000) if n % 1000 else "")


def in_english(n: int) -> str:
    small = (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen"
    ).split()
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    if n < 20:
        return small[n]
    if n < 100:
        return tens[n // 10 - 2] + (f"-{small[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{small[n // 100]} hundred" + (f" and {in_english(n % 100)}" if n % 100 else "")
    return f"{in_english(n // 1000)} thousand" + (f" {in_english(n % 1000)}" if n % 1000 else "")


def test_kinds() -> None:
    text = "Il 24 aprile, alle 9:15, 38 imprese pagano 250 euro, il 13%."
    assert [v.kind for v in values(text, "it")] == [Kind.DATE, Kind.TIME, Kind.NUMBER, Kind.MONEY, Kind.PERCENT]


@pytest.mark.parametrize(
    "text, language, told",
    [
        ("Il prestito scende da 14,5 a 12,8 milioni di euro.", "it", [("money", 14_500_000), ("money", 12_800_000)]),
        ("from 20 to 30 million dollars", "en", [("money", 20_000_000), ("money", 30_000_000)]),
        ("durerà 28 mesi e non 20", "it", [("number", 28), ("number", 20)]),
        ("57.840 euro, contro i 61.000 preventivati", "it", [("money", 57_840), ("money", 61_000)]),
        ("tra 5 e 7 per cento", "it", [("percent", 5), ("percent", 7)]),
        ("da 900.000 a 1,2 milioni di euro", "it", [("money", 900_000), ("money", 1_200_000)]),
        ("38 imprese e 12 milioni di euro", "it", [("number", 38), ("money", 12_000_000)]),  # share nothing
        ("12 milioni di euro e 38 imprese", "it", [("money", 12_000_000), ("number", 38)]),
        ("from 9 firms to 12 million euros", "en", [("number", 9), ("money", 12_000_000)]),
    ],
)
def test_a_number_shares_what_its_neighbour_alone_says(
    text: str, language: str, told: list[tuple[str, object]]
) -> None:
    found: list[tuple[str, object]] = [(v.kind.value, v.amount) for v in values(text, language)]
    assert found == told


def test_a_measure_is_shared_as_well() -> None:
    assert [v.unit for v in values("Works take 28 months, not 20.", "en")] == ["month", "month"]


@pytest.mark.parametrize(
    "hard",
    [
        "trediciotto" * 60 + "x", "ventuno" * 60 + "x", "mila" * 5000, "111 " * 5000 + "1", "111'" * 5000 + "1",
        "1 e " * 5000, "primo e " * 2500, "1-" * 10_000, "1/" * 10_000,
        "da 1 a " * 4000, "1 euro e non " * 4000,
    ],
)  # fmt: skip
def test_hostile_numbers_cost_no_more_than_their_length(hard: str) -> None:
    started = time.process_time()
    values(hard, "it")
    assert time.process_time() - started < 5
