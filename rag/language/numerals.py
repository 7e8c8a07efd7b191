"""Numbers in words and digits, Italian and English: "trentotto", "two hundred and fifty", "93.500.000.000"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from rag.text import fold

_UNITS: Mapping[str, Mapping[str, int]] = {
    "it": {
        **{
            w: n
            for n, w in enumerate("zero uno due tre quattro cinque sei sette otto nove dieci undici dodici".split())
        },
        **{
            w: n
            for n, w in enumerate("tredici quattordici quindici sedici diciassette diciotto diciannove".split(), 13)
        },
        "un": 1,
        "una": 1,
    },
    "en": {
        w: n
        for n, w in enumerate(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen".split()
        )
    },
}
_TENS: Mapping[str, Mapping[str, int]] = {
    "it": dict(
        zip(
            "venti trenta quaranta cinquanta sessanta settanta ottanta novanta".split(), range(20, 100, 10), strict=True
        )
    ),
    "en": dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True)),
}
SCALES: Mapping[str, int] = {
    "mila": 10**3,
    "thousand": 10**3,
    "milione": 10**6,
    "milioni": 10**6,
    "mln": 10**6,
    "million": 10**6,
    "millions": 10**6,
    "m": 10**6,
    "miliardo": 10**9,
    "miliardi": 10**9,
    "mld": 10**9,
    "billion": 10**9,
    "billions": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
    "k": 10**3,
}


def digits(written: str, language: str) -> Decimal:
    """The amount of digits with separators. One separator before exactly three digits is a question of language:
    1.234 is a thousand and more in Italian, and one and a little in English; two of one kind always part thousands.
    """
    plain = re.sub(r"[ \u00a0\u202f'’]", "", written)
    thousands, point = (".", ",") if language == "it" else (",", ".")
    kinds = [c for c in plain if c in ".,"]
    if len(set(kinds)) == 2:
        point = kinds[-1]
        thousands = "," if point == "." else "."
    elif len(kinds) > 1:
        thousands, point = kinds[0], "," if kinds[0] == "." else "."
    elif kinds and not re.fullmatch(r"\d{1,3}[.,]\d{3}", plain):
        point = kinds[0]
        thousands = "," if point == "." else "."
    return Decimal(plain.replace(thousands, "").replace(point, "."))


def worded(text: str, language: str) -> int | None:
    """The whole number that `text` writes in words, all of it; None where it does not."""
    plain = fold(text)
    return _italian(plain.replace(" ", "")) if language == "it" else _english(plain)


def _italian(word: str) -> int | None:
    """Italian writes a number as one word: cento, mille and mila part it."""
    if not word:
        return None
    for scale, amount in (("miliardi", 10**9), ("miliardo", 10**9), ("milioni", 10**6), ("milione", 10**6)):
        if scale in word:
            before, _, after = word.partition(scale)
            return _joined(before, after, amount)
    if "mila" in word:
        before, _, after = word.partition("mila")
        return _joined(before, after, 1000)
    if word.startswith("mille"):
        return _joined("", word[5:], 1000)
    return _italian_below_thousand(word)


def _joined(before: str, after: str, amount: int) -> int | None:
    left = _italian(before) if before else 1
    right = _italian(after) if after else 0
    return None if left is None or right is None or left == 0 else left * amount + right


def _italian_below_thousand(word: str) -> int | None:
    head, found, tail = word.partition("cent")
    if found:
        hundreds = _UNITS["it"].get(head, 0) if head else 1
        rest = _italian_below_hundred(tail.removeprefix("o")) if tail not in ("o", "") else 0
        return None if not 0 < hundreds < 10 or rest is None else hundreds * 100 + rest
    return _italian_below_hundred(word)


def _italian_below_hundred(word: str) -> int | None:
    if word in _UNITS["it"]:
        return _UNITS["it"][word]
    for name, amount in _TENS["it"].items():
        if word == name:
            return amount
        for stem in (name, name[:-1]):  # ventuno, ventotto
            unit = _UNITS["it"].get(word.removeprefix(stem)) if word.startswith(stem) else None
            if unit is not None and 0 < unit < 10:
                return amount + unit
    return None


def _english(phrase: str) -> int | None:
    words_ = [w for w in re.split(r"[\s-]+", phrase) if w != "and"]
    total, group, any_ = 0, 0, False
    for word in words_:
        if word in _UNITS["en"] or word in _TENS["en"]:
            amount = _UNITS["en"].get(word) or _TENS["en"].get(word, 0)
            if group % 100 and not (group % 10 == 0 and amount < 10 and group % 100 >= 20):
                return None
            group += amount
        elif word == "hundred":
            group = (group or 1) * 100
        elif word in ("thousand", "million", "billion"):
            total, group = total + (group or 1) * SCALES[word], 0
        else:
            return None
        any_ = True
    return total + group if any_ else None


def pattern(language: str) -> str:
    """A regular expression for runs of words that may be a number; `worded` decides.

    "Trediciotto" falls into pieces in two ways: without a bound, a word of many such would be tried in all of them.
    """
    if language == "it":
        parts = sorted({*_UNITS["it"], *_TENS["it"]}, key=len, reverse=True)
        stems = sorted({t[:-1] for t in _TENS["it"]}, key=len, reverse=True)
        piece = "|".join([*parts, *stems, "cento", "cent", "mille", "mila"])
        return rf"\b(?:{piece}){{1,12}}\b"
    piece = "|".join([*_UNITS["en"], *_TENS["en"], "hundred", "thousand"])
    return rf"\b(?:(?:a )?(?:{piece}))(?:(?:\s+and\s+|[\s-]+)(?:{piece}))*\b"
