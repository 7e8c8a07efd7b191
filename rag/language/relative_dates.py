"""Dates told from the day on which a text was written, in Italian and English: ieri, last Tuesday, fra tre giorni."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from rag.language import numerals
from rag.language.values import Kind, Value
from rag.text import fold

LAST_YEAR = 9900  # from which nothing is counted on: the calendar ends at 9999
_FLAGS = re.IGNORECASE | re.UNICODE
_NAMES = (
    "lunedi monday", "martedi tuesday", "mercoledi wednesday", "giovedi thursday", "venerdi friday", "sabato saturday",
    "domenica sunday",
)  # fmt: skip
_WEEKDAYS = {name: number for number, names in enumerate(_NAMES) for name in names.split()}
_WEEKDAY = (
    r"(?:luned[iì]|marted[iì]|mercoled[iì]|gioved[iì]|venerd[iì]|sabato|domenica"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
)
_SPAN = r"(?:\d{1,3}|[a-zà-ÿ]{2,14}) (?:giorn[oi]|settiman[ae]|days?|weeks?)"
_DAYS: tuple[tuple[str, int], ...] = (
    (r"l['’]altro ?ieri|avantieri|the day before yesterday", -2),
    (r"dopodomani|the day after tomorrow", 2),
    (r"ieri|yesterday|last night", -1),
    (r"domani|domattina|tomorrow", 1),
    (r"oggi|stamattina|stamani|stasera|stanotte|today|tonight|this (?:morning|afternoon|evening)", 0),
)
_COUNTED: tuple[tuple[str, int], ...] = ((rf"{_SPAN} (?:fa|ago)", -1), (rf"(?:fra|tra|in) {_SPAN}", 1))
_NAMED: tuple[tuple[str, int], ...] = (
    (rf"last {_WEEKDAY}|(?:lo )?scors[oa] {_WEEKDAY}|{_WEEKDAY} (?:scors[oa]|passat[oa])", -1),
    (rf"next {_WEEKDAY}|prossim[oa] {_WEEKDAY}|{_WEEKDAY} prossim[oa]", 1),
)
_MONTHS: tuple[tuple[str, int], ...] = (
    (r"(?:il )?mese scorso|(?:lo )?scorso mese|last month", -1),
    (r"(?:il )?mese prossimo|(?:il )?prossimo mese|next month", 1),
    (r"questo mese|this month", 0),
)
_YEARS: tuple[tuple[str, int], ...] = (
    (r"(?:l['’])?anno scorso|(?:lo )?scorso anno|last year", -1),
    (r"(?:il )?prossimo anno|(?:l['’])?anno prossimo|next year", 1),
    (r"quest['’]anno|this year", 0),
)


def relative_dates(text: str, day: dt.date) -> tuple[Value, ...]:
    """The dates that a text of that day tells by their distance from it, in order, none inside another."""
    found: list[Value] = []
    tables = (_DAYS, _shifted), (_COUNTED, _counted), (_NAMED, _weekday), (_MONTHS, _month), (_YEARS, _year)
    for table, told in tables if day.year < LAST_YEAR else ():
        for pattern, step in table:
            for place in re.finditer(rf"(?<![\w’'-])(?:{pattern})(?!\w)", text, _FLAGS):
                value = told(place.group(), step, day)
                if value and not any(v.start < place.end() and place.start() < v.end for v in found):
                    found.append(replace(value, start=place.start(), end=place.end()))
    return tuple(sorted(found, key=lambda v: v.start))


def either_way(value: Value, day: dt.date) -> tuple[Value, ...]:
    """What a bare weekday may mean in a text of that day: the last one, the day itself, or the next one."""
    if value.kind is not Kind.DATE or value.weekday is None or value.day or value.month:
        return (value,)
    since = (day.weekday() - value.weekday) % 7
    days = {day - dt.timedelta(since), day + dt.timedelta((value.weekday - day.weekday()) % 7 or 7)}
    return tuple(replace(_on(d), start=value.start, end=value.end) for d in sorted(days))


def _on(day: dt.date) -> Value:
    return Value(Kind.DATE, 0, 0, day=day.day, month=day.month, year=day.year)


def _shifted(_: str, days: int, day: dt.date) -> Value:
    return _on(day + dt.timedelta(days))


def _counted(written: str, sign: int, day: dt.date) -> Value | None:
    pieces = fold(written).split()
    number = next((w for w in pieces if w not in ("fra", "tra", "in")), "")
    count = int(number) if number.isdigit() else numerals.worded(number, "it") or numerals.worded(number, "en")
    weeks = any(w.startswith(("settiman", "week")) for w in pieces)
    return _on(day + dt.timedelta(sign * count * (7 if weeks else 1))) if count else None


def _weekday(written: str, sign: int, day: dt.date) -> Value:
    wanted = next(_WEEKDAYS[w] for w in fold(written).split() if w in _WEEKDAYS)
    return _on(day + dt.timedelta(sign * ((wanted - day.weekday()) * sign % 7 or 7)))


def _month(_: str, step: int, day: dt.date) -> Value:
    month = day.month - 1 + step
    return Value(Kind.DATE, 0, 0, month=month % 12 + 1, year=day.year + month // 12)


def _year(_: str, step: int, day: dt.date) -> Value:
    return Value(Kind.DATE, 0, 0, year=day.year + step)
