"""Values in a text, with their places: numbers with scale and unit, percentages, money, dates, times of day.

Pure, Italian and English: 93,5 miliardi, 93.5 billion and 93.500.000.000 are one amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from rag.language import numerals
from rag.language import value_patterns as patterns
from rag.text import fold


class Kind(StrEnum):
    NUMBER = "number"
    PERCENT = "percent"
    MONEY = "money"
    DATE = "date"
    TIME = "time"


class Bound(StrEnum):
    """What a text says of an amount besides it."""

    EXACT = "exact"
    ABOUT = "about"
    NEARLY = "nearly"
    JUST_OVER = "just_over"
    OVER = "over"
    AT_LEAST = "at_least"
    UNDER = "under"
    AT_MOST = "at_most"
    SHARE = "share"  # a fraction in words, which nobody means to the percent: "un terzo"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a text, standing at [start, end).

    `amount` is that of a number, percentage, sum of money, or of a time of day in minutes; `unit` a measure ("day",
    "km"), a currency ("EUR"), or "". Dates have `day`, `month`, `year` and `weekday` (Monday is 0) as far as told.
    """

    kind: Kind
    start: int
    end: int
    amount: Decimal | None = None
    unit: str = ""
    bound: Bound = Bound.EXACT
    day: int | None = None
    month: int | None = None
    year: int | None = None
    weekday: int | None = None


_DI = r"d(?:i|el(?:la|lo|le|l['’])?|ei|egli)"
_A = r"a(?:l(?:la|lo|le|l['’])?|i|gli)?"
_BEFORE: tuple[tuple[Bound, str], ...] = (
    (Bound.AT_LEAST, rf"almeno|non meno {_DI}|at least|no (?:fewer|less) than|not less than|minimum of|un minimo di"),
    (Bound.AT_MOST, rf"al massimo|fino {_A}|non (?:più|piu|oltre) (?:{_DI}|i|le)?|at most|up to|no more than"
                    r"|not more than|a maximum of|un massimo di"),
    (Bound.JUST_OVER, rf"poco pi[uù] {_DI}|poco oltre|appena (?:pi[uù] {_DI}|oltre)|just over|a little over"
                      r"|slightly (?:over|more than)"),
    (Bound.OVER, rf"oltre|pi[uù] {_DI}|superior[ei] {_A}|over|more than|above"
        r"|exceeding|in excess of"),
    (Bound.UNDER, rf"meno {_DI}|inferior[ei] {_A}|sotto (?:i|le|gli)?|under|less than|fewer than|below"),
    (Bound.NEARLY, rf"quasi|poco meno {_DI}|nearly|almost|just under"),
    (Bound.ABOUT, rf"circa|attorno {_A}|intorno {_A}|un[ao]? (?:ventina|trentina) di|about|around"
                  r"|approximately|roughly|approx\.?|some|ca\.|~"),
)  # fmt: skip
_AFTER: tuple[tuple[Bound, str], ...] = (
    (Bound.OVER, r"\+|e (?:più|piu|oltre)\b"),
    (Bound.AT_LEAST, r"o (?:più|piu)\b|or more\b|in su\b|and above\b"),
    (Bound.ABOUT, r"circa\b|or so\b"),
)
_AMOUNTS = {language: patterns.amounts(language) for language in ("it", "en")}


@lru_cache(4096)
def values(text: str, language: str) -> tuple[Value, ...]:
    """The values of a text in "it" or "en", in the order in which they stand there, none inside another."""
    found: list[Value] = []
    taken = bytearray(len(text))
    for value in _candidates(text, language):
        if value.end > value.start and not any(taken[value.start : value.end]):
            taken[value.start : value.end] = b"\1" * (value.end - value.start)
            found.append(value)
    return tuple(_with_units(text, list(_with_weekdays(text, sorted(found, key=lambda v: v.start)))))


def _candidates(text: str, language: str) -> Iterator[Value]:
    """Every reading of every place, the surest first."""
    yield from _dates(text)
    yield from _times(text)
    for found in patterns.YEAR_ALONE.finditer(text):
        yield Value(Kind.DATE, *found.span(), year=int(found["y"]))
    yield from _fractions(text)
    yield from _numbers(text, language)


def _dates(text: str) -> Iterator[Value]:
    for found in patterns.ISO.finditer(text):
        yield from _dated(found, int(found["m"]), [found.span("d")], found.string)
    for pattern in (patterns.DAY_MONTH, patterns.MONTH_DAY):
        for found in pattern.finditer(text):
            days = [
                (found.start("days") + d.start(), found.start("days") + d.end())
                for d in re.finditer(r"\d{1,2}|primo", found["days"], patterns.FLAGS)
            ]
            yield from _dated(found, patterns.MONTH[fold(found["m"])], days, text)
    for found in patterns.SLASHED.finditer(text):
        if found["y"] or (1 <= int(found["m"]) <= 12 and "/" in found.group()):
            yield from _dated(found, int(found["m"]), [found.span("d")], text)
    for found in patterns.MONTH_ALONE.finditer(text):
        if found["y"] or not _is_word(text, found):
            yield Value(Kind.DATE, *found.span(), month=patterns.MONTH[fold(found["m"])], year=_year(found))
    for found in patterns.WEEK.finditer(text):
        yield Value(Kind.DATE, *found.span(), weekday=patterns.WEEKDAY[fold(found["w"])])


def _is_word(text: str, found: re.Match[str]) -> bool:
    """English "may" and "march" are months only where they are written as such, behind a word of time."""
    if fold(found["m"]) not in ("may", "march"):
        return False
    return not found["m"][0].isupper() or not patterns.IN_MONTH.search(text[: found.start()])


def _dated(found: re.Match[str], month: int, days: list[tuple[int, int]], text: str) -> Iterator[Value]:
    """One date for each day of "22–26 giugno 2025"; the outer ones hold month and year."""
    for number, (start, end) in enumerate(days):
        day = 1 if text[start:end].casefold() == "primo" else int(text[start:end])
        if not (1 <= day <= 31 and 1 <= month <= 12):
            continue
        begin = found.start() if number == 0 else start
        stop = found.end() if number == len(days) - 1 else end
        yield Value(Kind.DATE, begin, stop, day=day, month=month, year=_year(found))


def _year(found: re.Match[str]) -> int | None:
    return int(found["y"]) if found["y"] else None


def _times(text: str) -> Iterator[Value]:
    for pattern in (patterns.HALF, patterns.CLOCK, patterns.HOUR):
        for found in pattern.finditer(text):
            groups = found.groupdict()
            hour, minute, half = int(found["h"]), int(groups["min"] or 0), (groups.get("half") or "").casefold()
            hour = hour % 12 + 12 * (half == "p") if half else hour
            start = found.start("h")
            yield Value(Kind.TIME, start, found.end(), Decimal(hour * 60 + minute))
    for found in patterns.NOON.finditer(text):
        yield Value(Kind.TIME, *found.span(), Decimal(720 if found["noon"] else 0))


def _fractions(text: str) -> Iterator[Value]:
    """Shares in words, as percentages: "tre quinti", "more than half of the firms", "nove su dieci"."""
    for found in patterns.FRACTION.finditer(text):
        over, under = found["over"] or found["several"], fold(found["under"] or found["parts"])
        parts = next(n for form, n in patterns.DENOMINATORS.items() if re.fullmatch(form, under))
        yield _share(text, found, Decimal(100 * patterns.NUMERATORS[fold(over)]) / parts)
    for found in patterns.HALF_OF.finditer(text):
        yield _share(text, found, Decimal(50))
    for found in patterns.ONE_IN.finditer(text):
        over, total = fold(found["over"]), patterns.OUT_OF[fold(found["all"] or found["whole"])]
        part = int(over) if over.isdigit() else patterns.NUMERATORS[over]
        if part < total:
            yield _share(text, found, Decimal(100 * part) / total)


def _share(text: str, found: re.Match[str], amount: Decimal) -> Value:
    bound = _bound(text, *found.span())
    rough = bound in (Bound.EXACT, Bound.ABOUT)
    return Value(Kind.PERCENT, *found.span(), amount, "", Bound.SHARE if rough else bound)


def _numbers(text: str, language: str) -> Iterator[Value]:
    for found in _AMOUNTS[language].finditer(text):
        amount = _amount(found, language)
        if amount is None:
            continue
        start = found.start("front") if found["front"] else found.start("digits" if found["digits"] else "words")
        end = found.end()
        bound = _bound(text, start, end)
        currency = found["front"] or found["currency"]
        if found["percent"]:
            yield Value(Kind.PERCENT, start, end, amount, "", bound)
        elif currency:
            yield Value(Kind.MONEY, start, end, amount, patterns.CURRENCIES[fold(currency)], bound)
        else:
            unit = re.sub(r"\s+", "_", fold(found["unit"])) if found["unit"] else ""
            yield Value(Kind.NUMBER, start, end, amount, patterns.MEASURES.get(unit, ""), bound)


def _amount(found: re.Match[str], language: str) -> Decimal | None:
    """The amount of a match; None for a word that counts nothing by itself: an article, "one of"."""
    scale = Decimal(_scale(found["scale"]))
    if found["digits"]:
        return numerals.digits(found["digits"], language) * scale
    word = re.sub(r"^a ", "", fold(found["words"]))
    amount = numerals.worded(word, language)
    counts = found["scale"] or found["percent"] or found["currency"] or (found["unit"] and word not in ("un", "una"))
    if amount is None or (amount <= 1 and not counts):
        return None
    return Decimal(amount) * scale


def _scale(written: str | None) -> int:
    return numerals.SCALES.get(fold(written), 1) if written else 1


def bounded(text: str, start: int) -> int:
    """Where an amount at `start` begins with what bounds it: "oltre 950" without its first word is another amount."""
    found = _bound_before(text, start)
    return found[1] if found else start


def _bound_before(text: str, start: int) -> tuple[Bound, int] | None:
    """(the bound that stands before an amount, where it begins)"""
    at = max(0, start - 30)
    for bound, pattern in _BEFORE:
        found = re.search(
            rf"(?:^|[^\w])(?P<bound>(?:{pattern})\s*(?:il |lo |la |i |gli |le |l['’]|the |a )?\s*)\Z",
            text[at:start],
            patterns.FLAGS,
        )
        if found:
            return bound, at + found.start("bound")
    return None


def _bound(text: str, start: int, end: int) -> Bound:
    after = text[end : end + 12]
    if found := _bound_before(text, start):
        return found[0]
    for bound, pattern in _AFTER:
        if re.match(rf"\s*(?:{pattern})", after, patterns.FLAGS):
            return bound
    return Bound.EXACT


# Between a bare number and one that says what it is: "from 14.5 to 12.8 million euros", "28 months and not 20".
_SHARED_AHEAD = re.compile(r"\s*(?:[–-]|,?\s*(?:a|ad|ai|alle|to|e|o|and|or|al|anziché|invece di|rather than)\s)\s*")
_SHARED_BEHIND = re.compile(
    r"\s*,?\s*(?:(?:e|ed|and|ma|but)\s+)?(?:non|not|anzich[eé]|invece (?:di|dei|delle)|contro|rispetto a[il]?"
    r"|rather than|instead of|against|down from|up from)\s+(?:(?:i|gli|le|the)\s+)?",
    re.IGNORECASE,
)
_OPENS_RANGE = re.compile(r"\b(?:da|dai|dalle|tra|fra|from|between)\s{1,3}\Z", re.IGNORECASE)


def _with_units(text: str, found: Sequence[Value]) -> Iterator[Value]:
    """A number that shares scale, unit or currency with its neighbour, which alone says them, as if it said them."""
    for at, value in enumerate(found):
        lender = None
        if value.kind is Kind.NUMBER and not value.unit and value.amount is not None:
            ahead, behind = found[at + 1 : at + 2], found[max(0, at - 1) : at]
            if (
                ahead
                and _OPENS_RANGE.search(text, max(0, value.start - 12), value.start)
                and _joined(_SHARED_AHEAD, text, value, ahead[0])
            ):
                lender = ahead[0]
            elif behind and _joined(_SHARED_BEHIND, text, behind[0], value):
                lender = behind[0]
        yield _lent(text, value, lender) if lender and _says_what(lender) else value


def _joined(pattern: re.Pattern[str], text: str, left: Value, right: Value) -> bool:
    return pattern.fullmatch(text, left.end, right.start) is not None


def _says_what(value: Value) -> bool:
    return value.kind in (Kind.MONEY, Kind.PERCENT) or (value.kind is Kind.NUMBER and value.unit != "")


def _lent(text: str, value: Value, lender: Value) -> Value:
    assert value.amount is not None
    scale = re.search(rf"\b(?:{patterns.SCALE})\b", text[lender.start : lender.end], patterns.FLAGS)
    small = value.amount < 1000  # "from 900,000 to 1.2 million euros" says its own
    amount = value.amount * _scale(scale.group()) if scale and small else value.amount
    return replace(value, kind=lender.kind, unit=lender.unit, amount=amount)


def _with_weekdays(text: str, found: list[Value]) -> Iterator[Value]:
    """A weekday right before a date belongs to it: "giovedì 24 aprile"."""
    held: Value | None = None
    for each in found:
        value = each
        if held is not None:
            joins = (
                value.kind is Kind.DATE
                and value.day
                and re.fullmatch(r"[,\s]*(?:il |the )?", text[held.end : value.start])
            )
            if joins:
                value = replace(value, start=held.start, weekday=held.weekday)
            else:
                yield held
            held = None
        if value.kind is Kind.DATE and value.weekday is not None and value.day is None:
            held = value
        else:
            yield value
    if held is not None:
        yield held
