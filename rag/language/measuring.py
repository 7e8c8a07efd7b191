"""What an amount is of: money, weight, time, length, area, a share; which of these a question asks for, and
whether a sentence tells it.

Closed classes only: units, and the words for the dimensions of a thing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from rag.language.questions import ASIDE
from rag.language.value_patterns import CURRENCIES
from rag.language.values import Kind, values
from rag.text import fold


class Measure(StrEnum):
    """What an amount is of, where the question says so."""

    MONEY = "money"
    WEIGHT = "weight"
    TIME = "time"
    AREA = "area"
    LENGTH = "length"
    TEMPERATURE = "temperature"
    CLOCK = "clock"
    SHARE = "share"


_ASKING: tuple[tuple[Measure, str], ...] = (
    (
        Measure.MONEY,
        r"quanto (?:e |sono |sara |era )?(?:costa\w*|spes\w+|spend\w+|pag\w+|vale|valgono|valeva)"
        r"|quanti (?:soldi|euro|dollari)"
        r"|(?:costo|prezzo|budget|spesa) (?:di|del|della|dello|dell|dei|delle|per|complessiv\w+|total\w+)"
        r"|how much (?:did|does|do|will|would|has|have|was|is|were) .*\b(?:cost|spend|spent|pay|paid|worth|invest)"
        r"|how (?:much money|many (?:euros|dollars|pounds))"
        r"|what (?:is|was|were|are|did|does) .*\b(?:cost|price|budget)\b"
        r"|quanto fattur\w+|(?:qual e|quale e|qual era|quale) (?:il |stato il )?fatturato"
        r"|what (?:is|was) (?:the |its )?(?:\w+ )?(?:turnover|revenues?)\b",
    ),
    (Measure.WEIGHT, r"quanto pes\w+|che peso|how (?:much .*\bweigh\w*|heavy)|what .*\bweigh\w*"),
    (
        Measure.TIME,
        r"quant[ie] (?:minuti|ore|giorni|settimane|mesi|anni)|quanto (?:tempo|dura\w*)"
        r"|how (?:many (?:minutes|hours|days|weeks|months|years)|much time)",
    ),
    (
        Measure.AREA,
        r"quant[ie] (?:metri quadr\w+|chilometri quadr\w+|mq|m²|ettari)|(?:che|quale) superficie|quanto e estes\w+"
        r"|how many (?:square \w+|hectares|acres|sqm)|(?:what|how large an?) (?:is the )?(?:surface )?area",
    ),
    (
        Measure.LENGTH,
        r"quant[ie] (?:chilometri|km|metri|miglia|centimetri)(?! quadr| cub)"
        r"|quanto (?:e |sono |era |erano )?(?:distant[ei]|lontan\w+|dista)"  # a rate is high too, and a cut deep
        r"|how (?:many (?:kilomet\w+|met(?:re|er)s|miles|feet|km)|tall)",
    ),
    (
        Measure.TEMPERATURE,
        r"quanti gradi|(?:che|quale|a che) temperatura|how many degrees|what (?:is |was )?(?:the )?temperature"
        r"|how (?:hot|cold|warm)",
    ),
    (
        Measure.CLOCK,
        r"(?:a|da|per|entro) che or[ae]|(?:at |by |from )?what time (?:did|does|do|will|was|were|is|are)",
    ),
    (
        Measure.SHARE,
        r"tass[oi]|percentual[ei]|percentages?|proportion|(?:employment|interest|growth|success|response) rate",
    ),
)
_UNITS: Mapping[Measure, frozenset[str]] = {
    Measure.WEIGHT: frozenset({"kg", "t", "short ton"}),
    Measure.TIME: frozenset({"minute", "hour", "day", "week", "month", "year"}),
}
# A sentence tells it where one of these stands in it or above it: in a table the unit stands in the header alone.
_TELLING: Mapping[Measure, re.Pattern[str]] = {
    Measure.AREA: re.compile(
        r"m²|km²|\b(?:mq|m2|km2|sqm|sq|ettar\w+|ha|hectares?|acres?|quadr(?:o|a|i|ati|ato)|square)\b"
    ),
    Measure.LENGTH: re.compile(
        r"\b(?:[ckm]?m|k?ilomet\w+|chilometr\w+|\w*metr[oi]|met(?:re|er)s?|miles?|miglia|miglio|feet|foot|ft|piedi|inch\w*)\b"
    ),
    Measure.TEMPERATURE: re.compile(r"°|\b(?:grad[oi]|degrees?|celsius|temperatur\w+)\b"),
}
_HOUR = re.compile(
    r"\b\d{1,2}[.:]\d\d\b|\b(?:alle|dalle|ore)\s+(?:due|tre|quattro|cinque|sei|sette|otto|nove|dieci|undici|dodici)\b"
    r"|\ball['’]una\b|\b(?:at|by|from)\s+(?:half past |a quarter (?:to|past) )?"
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b",
    re.IGNORECASE,
)
_PERCENT = re.compile(r"%|\bper ?cent\w*|\btass[oi]\b|\brates?\b|\bpercent\w+")
_PART = re.compile(
    rf"{_PERCENT.pattern}|\b(?:meta|half|terz[oi]|thirds?|quart[oi]|quarters?|quint[oi]|decim[oi]|fifths?|tenths?)\b"
    r"|\b(?:su|out of|in)\s+(?:\d|due|tre|quattro|cinque|dieci|two|three|four|five|ten)"
)
_CURRENCY = re.compile(rf"[€$£¥]|\b(?:{'|'.join(c for c in CURRENCIES if c.isalpha())}|pounds?)\b", re.IGNORECASE)
# The nouns of a thing's dimensions, and their adjectives, which count only beside "how" or a number.
_DIMENSIONS: Mapping[str, tuple[str, str]] = {
    "height": (r"altezza|height", r"alt[oaie]|tall|high"),
    "width": (r"larghezza|width|breadth", r"larg[oa]|largh[ie]|wide|broad"),
    "length": (r"lunghezza|length", r"lung[oa]|lungh[ie]"),
    "depth": (r"profondita|depth", r"profond[oaie]|deep"),
    "thickness": (r"spessore|thickness", r"spess[oaie]|thick"),
    "weight": (r"peso|weight|pesa(?:no|va)?|weighs?", r"pesant[ei]|heavy"),
    "speed": (r"velocita|speed", r"veloc[ei]|fast"),
    "diameter": (r"diametro|diameter", r"(?!)"),
    "gauge": (r"scartamento|gauge", r"(?!)"),
    "temperature": (r"temperatur[ae]s?", r"(?!)"),
    "humidity": (r"umidita|humidity", r"(?!)"),
}
_BEFORE = r"(?:quant[oaie]|how)\s+(?:e\s+|era\s+|sono\s+|erano\s+)?|\d\s*(?:[ckm]?m|met\w+|feet|ft|km|kg)\s+"
_BEHIND = r"(?=\s+(?:[^\W\d]+\s+){0,2}(?:\d|(?:centi|milli|chilo|kilo)?met(?:r[oi]|res?|ers?)\b|piedi\b|feet\b))"
_DIMENSION = {
    name: re.compile(rf"\b(?:{noun})\b|(?:{_BEFORE})(?:{adjective})\b|\b(?:{adjective})\b{_BEHIND}")
    for name, (noun, adjective) in _DIMENSIONS.items()
}


def measure(question: str) -> Measure | None:
    """What the amount asked for is of; None where the question leaves that open."""
    text = fold(question.partition(ASIDE)[0])
    return next((kind for kind, pattern in _ASKING if re.search(rf"\b(?:{pattern})\b", text)), None)


def tells(wanted: Measure, said: str, above: str, language: str) -> bool:
    """Whether a sentence gives an amount of that measure; a table's header or heading may name the unit.

    Dates and times of day also tell how long and how old, in a way that only reading shows.
    """
    if wanted in _TELLING:
        return _TELLING[wanted].search(fold(f"{said} {above}")) is not None
    found = values(said, language)
    if wanted is Measure.MONEY:
        money = any(v.kind is Kind.MONEY for v in found)
        return money or (any(v.kind is Kind.NUMBER for v in found) and _CURRENCY.search(above) is not None)
    if wanted is Measure.SHARE:
        told = any(v.kind is Kind.PERCENT for v in found) or _PART.search(fold(said)) is not None
        return told or _PERCENT.search(fold(above)) is not None
    if wanted is Measure.CLOCK:
        return any(v.kind is Kind.TIME for v in found) or _HOUR.search(said) is not None
    if wanted is Measure.TIME and any(v.kind in (Kind.DATE, Kind.TIME) for v in found):
        return True
    return any(v.unit in _UNITS[wanted] for v in found)


def of_another_dimension(question: str, said: str) -> bool:
    """Whether a question asks for one dimension of a thing, and a sentence tells only another."""
    wanted = _dimensions(question.partition(ASIDE)[0])
    told = _dimensions(said)
    return bool(wanted and told) and wanted.isdisjoint(told)


def _dimensions(text: str) -> set[str]:
    folded = fold(text)
    return {name for name, pattern in _DIMENSION.items() if pattern.search(folded)}
