"""How values are written in Italian and English: the words and the regular expressions that `values` reads with."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.language import numerals

MONTHS = (
    "gennaio january genn gen jan", "febbraio february febb feb", "marzo march mar", "aprile april apr",
    "maggio may mag", "giugno june giu jun", "luglio july lug jul", "agosto august ago aug",
    "settembre september sett set sept sep", "ottobre october ott oct", "novembre november nov",
    "dicembre december dic dec",
)  # fmt: skip
MONTH: Mapping[str, int] = {name: n for n, names in enumerate(MONTHS, 1) for name in names.split()}
LONG = tuple(name for name in MONTH if len(name) > 4 or name in ("may", "june", "july"))
DAYS = (
    "lunedi monday lun mon", "martedi tuesday", "mercoledi wednesday", "giovedi thursday", "venerdi friday",
    "sabato saturday", "domenica sunday",
)  # fmt: skip
WEEKDAY: Mapping[str, int] = {name: n for n, names in enumerate(DAYS) for name in names.split() if len(name) > 3}
CURRENCIES: Mapping[str, str] = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "eur": "EUR",
    "$": "USD", "us$": "USD", "usd": "USD", "dollaro": "USD", "dollari": "USD", "dollar": "USD", "dollars": "USD",
    "£": "GBP", "gbp": "GBP", "sterline": "GBP", "sterlina": "GBP", "pounds": "GBP",
    "¥": "JPY", "yen": "JPY", "chf": "CHF", "franchi": "CHF", "francs": "CHF",
    "reais": "BRL", "brl": "BRL", "pesos": "peso", "rupie": "rupee", "rupees": "rupee", "inr": "rupee",
    "scellini": "shilling", "shillings": "shilling", "corone": "krone", "kroner": "krone", "kronor": "krone",
    "zloty": "PLN", "dirham": "dirham", "dirhams": "dirham", "yuan": "CNY", "renminbi": "CNY", "rand": "ZAR",
    "rubli": "RUB", "rubles": "RUB", "roubles": "RUB",
}  # fmt: skip
MEASURES: Mapping[str, str] = {
    form: name
    for name, forms in {
        "minute": "minuto minuti minute minutes min",
        "hour": "ora ore hour hours h",
        "day": "giorno giorni day days",
        "week": "settimana settimane week weeks",
        "month": "mese mesi month months",
        "year": "anno anni year years",
        "km": "km chilometro chilometri kilometre kilometres kilometer kilometers",
        "m2": "m² mq m2 sqm metri_quadrati metri_quadri square_metres square_meters",
        "m": "metro metri metre metres meter meters",
        "mile": "miglio miglia mile miles",
        "kg": "kg chilo chili chilogrammi kilograms kilos",
        "t": "tonnellata tonnellate tonnes tonne",
        "short ton": "short_ton short_tons",
        "ha": "ettaro ettari hectare hectares",
        "kwh": "kwh",
        "kw": "kw",
        "mw": "mw",
        "km/h": "km/h kmh",
    }.items()
    for form in forms.split()
}
# Lists of digits and of days are bounded: else a text that is all digits would be read anew from each of them.
DIGITS = r"\d{1,3}(?:[ \u00a0\u202f'’]\d{3}){1,6}(?![ \u00a0\u202f'’]?\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*"
SCALE = r"mila|migliaia|thousand|million[ei]?|milion[ei]|millions?|mln|miliard[oi]|mld|billions?|bn|trillion"
CURRENCY = "|".join(sorted((re.escape(c) for c in CURRENCIES), key=len, reverse=True))
UNIT = "|".join(sorted((re.escape(m).replace("_", r"\s+") for m in MEASURES), key=len, reverse=True))
NAMES = "|".join(sorted(MONTH, key=len, reverse=True))
DAY = r"(?:1[°º]|\d{1,2}(?:st|nd|rd|th)?|primo)"
LINK = r"(?:\s*[-–/,]\s*|\s+(?:e|ed|and|al|all['’]|to|o|or|through)\s*)(?:il\s+|l['’]|the\s+)?"
LISTED = rf"{DAY}(?:{LINK}{DAY}){{0,9}}"
YEAR = r"(?:19|20)\d\d"
SHORTENED = r"(?:(?<=\b\w{3})|(?<=\b\w{4}))\."  # the stop of "mag." or "sept.", not the one that ends a sentence
FLAGS = re.IGNORECASE | re.UNICODE
ISO = re.compile(rf"(?<![\d/-])(?P<y>{YEAR})-(?P<m>\d\d)-(?P<d>\d\d)(?![\d-])")
SLASHED = re.compile(rf"(?<![\d/.])(?P<d>\d{{1,2}})[/.](?P<m>\d{{1,2}})(?:[/.](?P<y>{YEAR}))?(?![\d/]|[.,]\d)")
DAY_MONTH = re.compile(
    rf"(?<![\w.,])(?P<days>{LISTED})\s+(?:of\s+)?(?P<m>{NAMES})\b"
    rf"(?:{SHORTENED}(?=,?\s+(?:del\s+|of\s+)?{YEAR}))?(?:,?\s+(?:del\s+|of\s+)?(?P<y>{YEAR}))?",
    FLAGS,
)
MONTH_DAY = re.compile(
    rf"\b(?P<m>{NAMES})\b(?:{SHORTENED})?\s+(?P<days>{LISTED})(?![\d:]|\.\d|\s*(?:{SCALE}|%))"
    rf"(?:,?\s+(?P<y>{YEAR}))?(?![,.]?\d)",
    FLAGS,
)
MONTH_ALONE = re.compile(
    rf"\b(?P<m>{'|'.join(sorted(LONG, key=len, reverse=True))})\b(?:,?\s+(?:del\s+|of\s+)?(?P<y>{YEAR}))?", FLAGS
)
WEEK = re.compile(r"\b(?P<w>luned[iì]|marted[iì]|mercoled[iì]|gioved[iì]|venerd[iì]|sabato|domenica|(?:mon|tues|wednes"
                   r"|thurs|fri|satur|sun)day)\b", FLAGS)  # fmt: skip
CLOCK = re.compile(r"(?<![\d.,:])(?P<h>[01]?\d|2[0-4]):(?P<min>[0-5]\d)(?:\s*(?P<half>[ap])\.?m\b\.?)?(?![\d:])", FLAGS)
HALF = re.compile(r"(?<![\d.,:])(?P<h>1?\d)(?:[.:](?P<min>[0-5]\d))?\s*(?P<half>[ap])\.?m\b\.?", FLAGS)
HOUR = re.compile(
    r"\b(?:(?:alle|dalle|entro le|dopo le|prima delle|fino alle)(?:\s+ore)?|ore|h)\s+(?P<h>[01]?\d|2[0-4])"
    r"(?:[.:](?P<min>[0-5]\d))?(?![\d%]|[.,]\d)(?!\s+(?:impres|person|aziend|euro|dollar|mil|su\b))",
    FLAGS,
)
NOON = re.compile(r"\b(?P<noon>mezzogiorno|noon)\b|\b(?:mezzanotte|midnight)\b", FLAGS)
YEAR_ALONE = re.compile(rf"(?<![\w.,:/-])(?P<y>{YEAR})(?![\w%/-]|[.,:]\d|\s*(?:{SCALE}|{CURRENCY}|{UNIT})\b)", FLAGS)
IN_MONTH = re.compile(
    r"\b(?:in|of|by|since|until|till|from|to|early|mid|late|last|next|this|during|before|after)[\s-]+\Z", FLAGS
)


NUMERATORS: Mapping[str, int] = {
    word: n
    for language in ("un due tre quattro cinque sei sette otto nove", "one two three four five six seven eight nine")
    for n, word in enumerate(language.split(), 1)
} | {"a": 1, "una": 1, "uno": 1}
DENOMINATORS: Mapping[str, int] = {
    word: n
    for n, forms in enumerate(
        ("terz[oi] thirds?", "quart[oi] quarters?", "quint[oi] fifths?", "sest[oi] sixths?", "settim[oi] sevenths?",
         "ottav[oi] eighths?", "non[oi] ninths?", "decim[oi] tenths?"), 3,
    )
    for word in forms.split()
}  # fmt: skip
# Of what: "un terzo incontro" is one meeting more, "un quarto d'ora" a quarter of an hour, "le due e un quarto" a time.
_OF_ALL = r"(?=\s+(?:de(?:i|l|gli|lle|lla|llo|ll['’]\w+)|di|in (?:più|meno)|of|more|less|fewer)\b|\s*(?:[.,;:)»”]|\Z))"
_NOT_TIME = r"(?!\s+(?:d['’]ora|of an hour|(?:of|del) (?:19|20)\d\d))"
FRACTION = re.compile(
    rf"(?<!\be )(?<![\w-])(?P<over>un|a|one)[\s-]+(?P<under>{'|'.join(DENOMINATORS)}){_OF_ALL}{_NOT_TIME}"
    rf"|(?<![\w-])(?P<several>{'|'.join(n for n in NUMERATORS if n not in ('un', 'a', 'one'))})[\s-]+"
    rf"(?P<parts>{'|'.join(DENOMINATORS)})\b{_NOT_TIME}",
    FLAGS,
)
HALF_OF = re.compile(
    r"\b(?:(?<!prima )(?<!seconda )metà(?=\s+de(?:i|l|gli|lle|lla|llo|ll['’]\w+)\b)|(?<!first )(?<!second )half"
    r"(?=\s+(?:of )?(?:the|its|their|all|our)\b(?! (?:day|hour|time|price)\b)))",
    FLAGS,
)  # fmt: skip
OUT_OF: Mapping[str, int] = {
    form: int(forms.split()[0])
    for forms in ("3 tre three", "4 quattro four", "5 cinque five", "10 dieci ten")
    for form in forms.split()
}
# "Two firms in five", but "two talks on five topics": a share's whole counts nothing more.
_NO_NOUN = (
    r"(?=\s*(?:[.,;:)»”]|\Z)|\s+(?:è|sono|era|erano|ha|hanno|non|si|viene|vengono|in|nel|nella|per|che|of|d[ei]\w{0,3}"
    r"|is|are|was|were|has|have|had|will|would|can|do|does|did|said|say)\b)"
)
ONE_IN = re.compile(
    rf"(?<![\w.,])(?P<over>\d|{'|'.join(n for n in NUMERATORS if n != 'a')})"
    rf"(?:\s+(?:su|in|out of)\s+(?P<all>{'|'.join(OUT_OF)})\b(?![.,:]?\d)"
    rf"|\s+[^\W\d]{{3,}}\s+(?:su|in|out of)\s+(?P<whole>{'|'.join(OUT_OF)})\b(?![.,:]?\d){_NO_NOUN})",
    FLAGS,
)


def amounts(language: str) -> re.Pattern[str]:
    number = rf"(?P<digits>{DIGITS})|(?P<words>{numerals.pattern(language)})"
    return re.compile(
        rf"(?:(?P<front>(?:US)?[€$£¥]|\b(?:EUR|USD|GBP|CHF|euro)\b)\s*)?(?<![\w.,])(?:{number})"
        rf"(?:[\s-]*(?P<scale>{SCALE}|(?(front)[mk]|(?!)))\b)?"
        rf"(?:\s*(?P<percent>%|per\s?cento\b|percent\b|per cent\b))?"
        rf"(?:[\s-]*(?:di\s+|d['’]|of\s+)?(?P<currency>(?:{CURRENCY}))(?!\w))?"
        rf"(?:[\s-]*(?:di\s+)?(?P<unit>(?:{UNIT}))(?!\w))?",
        FLAGS,
    )
