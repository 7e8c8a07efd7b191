"""Two values side by side: does what a document says bear out what is claimed, or can the two not both be true?

Amounts are compared as intervals: "nearly 100" reaches from 90 up to 100, "oltre 950" has no end.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from rag.language import value_patterns as patterns
from rag.language.values import Bound, Kind, Value
from rag.text import fold

ROUNDED = Decimal("0.1")  # of an amount: nobody who says "nearly" or "about" is further off
# An end of an interval: an amount, and 1 or -1 where it is itself left out, above or below.
_End = tuple[Decimal, int]


def agrees(claimed: Value, said: Value) -> bool:
    """Whether `said` bears out `claimed`: nothing of the claim may go beyond what is said."""
    if claimed.kind is Kind.DATE and said.kind is Kind.DATE:
        return _same_date(claimed, said)
    if Kind.DATE in (claimed.kind, said.kind):  # a bare "2000" may be a year or a number
        years = [v.year if v.kind is Kind.DATE and v.month is None and v.day is None else None for v in (claimed, said)]
        numbers = [v.amount if v.kind is Kind.NUMBER else None for v in (claimed, said)]
        return (years[0] or numbers[0]) == (years[1] or numbers[1]) is not None
    if claimed.kind is not said.kind and (claimed.kind, said.kind) != (Kind.NUMBER, Kind.MONEY):
        return False
    if claimed.kind is said.kind and claimed.unit and said.unit and claimed.unit != said.unit:
        return False
    if claimed.kind is Kind.MONEY and claimed.unit != said.unit:
        return False
    return _same_amount(claimed, said)


def _same_date(claimed: Value, said: Value) -> bool:
    return all(mine is None or mine == theirs for mine, theirs in _parts(claimed, said))


def _parts(claimed: Value, said: Value) -> list[tuple[int | None, int | None]]:
    """Day, month, year, and the weekday where one is claimed, side by side."""
    pairs = [(claimed.day, said.day), (claimed.month, said.month), (claimed.year, said.year)]
    return pairs if claimed.weekday is None else [*pairs, (claimed.weekday, weekday(said))]


def weekday(value: Value) -> int | None:
    """The weekday of a date, as told, or from day, month and year; Monday is 0."""
    if value.weekday is not None or not (value.day and value.month and value.year):
        return value.weekday
    try:
        return dt.date(value.year, value.month, value.day).weekday()
    except ValueError:
        return None


def dated(value: Value, year: int | None) -> Value:
    """A date without a year, in that year: what a document says of "24 aprile" it says of its own year."""
    return replace(value, year=year) if value.kind is Kind.DATE and value.month and not value.year else value


def under(claimed: Value, said: Iterable[Value], text: str) -> bool:
    """Whether a table's row bears out a value whose unit stands apart from its number: "Euro: 250"."""
    units = {fold(m.group()) for m in re.finditer(r"[€$£¥%]|[\w/²]+", text)}
    named = {patterns.CURRENCIES.get(u) or patterns.MEASURES.get(u) for u in units}
    percent = claimed.kind is Kind.PERCENT and not units.isdisjoint({"%", "percent", "percentuale", "percentage"})
    if not percent and (not claimed.unit or claimed.unit not in named):
        return False
    bare = (v for v in said if v.kind is Kind.NUMBER and not v.unit)
    return any(_same_amount(claimed, v) for v in bare)


def excludes(claimed: Value, said: Value) -> bool:
    """Whether no amount, or day, could be both: "96" goes with "nearly 100", "oltre 950" with nothing under it.

    What is only near an amount that is told roughly, or at the edge of what is told by a bound, is not excluded.
    """
    if claimed.kind is Kind.DATE and said.kind is Kind.DATE:
        return any(mine is not None and theirs is not None and mine != theirs for mine, theirs in _parts(claimed, said))
    if claimed.amount is None or said.amount is None:
        return False
    mine, theirs = _reach(claimed, loose=True), _reach(said, loose=True)
    if claimed.bound is Bound.EXACT:  # may be the bound itself, rounded
        theirs = (theirs[0][0], 0), (theirs[1][0], 0)
    return mine[1] < theirs[0] or theirs[1] < mine[0]


def _same_amount(claimed: Value, said: Value) -> bool:
    if claimed.amount is None or said.amount is None:
        return False
    mine, theirs = _reach(claimed), _reach(said)
    return mine[0] <= theirs[0] and theirs[1] <= mine[1]


def rounds(claimed: Value, said: Value) -> bool:
    """Whether a claimed amount is near one that is told exactly."""
    if claimed.amount is None or said.amount is None or said.bound is not Bound.EXACT:
        return False
    return abs(claimed.amount - said.amount) <= abs(said.amount) * ROUNDED


def _reach(value: Value, *, loose: bool = False) -> tuple[_End, _End]:
    """All amounts that a value may stand for, from end to end; `loose`, as far as anybody would round."""
    amount = value.amount or Decimal(0)
    tenth, endless = abs(amount) * ROUNDED, Decimal("Infinity")
    off = tenth if loose else min(tenth, _rounding(amount))
    share = tenth if loose else tenth / 2  # "a third" for 32 to 35 %
    ends: dict[Bound, tuple[_End, _End]] = {
        Bound.EXACT: ((amount, 0), (amount, 0)),
        Bound.ABOUT: ((amount - off, 0), (amount + off, 0)),
        Bound.NEARLY: ((amount - tenth, 0), (amount, -1)),
        Bound.JUST_OVER: ((amount, 1), (amount + tenth, 0)),
        Bound.OVER: ((amount, 1), (endless, 0)),
        Bound.AT_LEAST: ((amount, 0), (endless, 0)),
        Bound.UNDER: ((-endless, 0), (amount, -1)),
        Bound.AT_MOST: ((-endless, 0), (amount, 0)),
        Bound.SHARE: ((amount - share, 0), (amount + share, 0)),
    }
    return ends[value.bound]


def _rounding(amount: Decimal) -> Decimal:
    """Half a unit of the last digit that is not a zero, as somebody rounds who says "about"."""
    exponent = amount.normalize().as_tuple().exponent
    return Decimal(5).scaleb(int(exponent) - 1) if isinstance(exponent, int) else Decimal(0)
