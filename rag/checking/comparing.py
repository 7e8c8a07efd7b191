"""One claim beside one sentence of a document: which of its values and names it bears out, which it gives otherwise.

Rules only, the same for every subject. They find the words that decide, and say nothing of whether the two speak of the
same thing: that is weighed in `rag.checking.verdicts`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from rag.checking import tables
from rag.checking.acting import exchanged, handed_back, other_speaker, part
from rag.checking.assertions import Assertion, Source, stem, stemmed
from rag.checking.roles import swapped
from rag.language import agreement, names, polarity, qualifying, shares, values
from rag.language.aliases import Aliases
from rag.language.counting import counts_alike, in_place_of
from rag.language.names import Name
from rag.language.relative_dates import either_way, relative_dates
from rag.language.values import Kind, Value
from rag.models import Span
from rag.text import fold
from rag.wording import long_date
from rag.writing.grounding import denies_what_is_affirmed, turned_round

LOOKALIKE = 0.6  # of two names across languages: Turin and Torino have .73, Brussels and Bruxelles .71


class Difference(StrEnum):
    """In what a sentence differs from a claim; what explanations are worded by."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    OPPOSITE = "opposite"
    PLAN = "plan"
    QUANTITY = "quantity"
    ROLES = "roles"


@dataclass(frozen=True, slots=True)
class Clash:
    """The claim's words, and the sentence's in their place, with where those stand in its text as shown."""

    kind: Difference
    mine: str
    theirs: str
    place: Span


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the rules say of a claim and a sentence.

    `borne` are the places in the sentence of values and names that bear the claim out; `clashes` values and names
    that it gives otherwise; `telling` are the places of other words in it by which it differs, or, where it differs in
    nothing, that it shares; `missing` counts the claim's values and names that it holds in no form. `covered` is the
    share of the claim's other words that it holds, by stem; None across languages, where words cannot be compared.
    `compared` says whether two cells of a row stand to each other as the claim says; None where it compares none.
    """

    borne: tuple[Span, ...]
    clashes: tuple[Clash, ...]
    differences: frozenset[Difference]
    missing_values: int
    missing_names: int
    names: int
    values: int
    covered: float | None
    telling: tuple[Span, ...] = ()
    compared: bool | None = None


def compare(claim: Assertion, source: Source, aliases: Aliases, today: dt.date | None = None) -> Comparison:
    """The claim beside one sentence. `today` is the day that relative dates of the claim count from."""
    crossing = claim.language != source.language
    borne, clashes, unsaid = _values(claim, source, tables.of_others(claim, source, aliases), today)
    held = [n for n in claim.names if _stands(n, source, aliases, crossing)]
    unnamed = [n for n in claim.names if n not in held]
    borne += [
        Span(at, at + len(_word(source.text, at)))
        for n in held
        if (at := names.place(n, source.text, aliases, crossing)) is not None
    ]
    clashes += _other_names(claim, unnamed, source, aliases, crossing)
    compared = tables.compared(claim, source, aliases)
    differences = _differences(claim, source, aliases, clashes)
    if compared is not None:  # by the amounts, not by the words
        differences -= {Difference.OPPOSITE, Difference.ROLES, Difference.QUANTITY, Difference.NEGATION}
        differences |= set() if compared else {Difference.OPPOSITE}
    return Comparison(
        tuple(borne),
        tuple(clashes),
        differences,
        unsaid,
        len(unnamed),
        len(claim.names),
        len(claim.values),
        None if crossing else _covered(claim, source),
        _telling(claim, source, differences),
        compared,
    )


def _differences(claim: Assertion, source: Source, aliases: Aliases, clashes: Sequence[Clash]) -> frozenset[Difference]:
    found = {clash.kind for clash in clashes}
    if _denies(claim, source):
        found.add(Difference.NEGATION)
    if polarity.opposes(claim.text, source.text):
        found.add(Difference.OPPOSITE)
    if polarity.certainty(claim.text) > polarity.certainty(source.text):
        found.add(Difference.PLAN)
    more = polarity.concepts(claim.text) - polarity.concepts(f"{source.text} {source.around}")
    if any(v.kind is Kind.PERCENT for v in values.values(source.text, source.language)):
        more -= polarity.SHARES  # "a third" beside "34 %": two values, which are compared as such
    if more or _limited(claim, source, aliases):
        found.add(Difference.QUANTITY)
    if (
        swapped(claim, source, aliases)
        or exchanged(claim, source)
        or handed_back(claim, source)
        or other_speaker(claim, source, aliases)
    ):
        found.add(Difference.ROLES)
    return frozenset(found)


def _denies(claim: Assertion, source: Source) -> bool:
    """Whether one of the two denies what the other says; two that both deny, in other words, need not differ."""
    crossing = claim.language != source.language
    both = bool(polarity.negations(claim.text)) and bool(polarity.negations(source.text))
    return denies_what_is_affirmed(claim, source) if both and not crossing else turned_round(claim, source, crossing)


def _limited(claim: Assertion, source: Source, aliases: Aliases) -> bool:
    """Whether the source limits what the claim says without that limit.

    Across languages the words cannot be laid side by side: there a deputy or former holder of an office is not what the
    claim tells of, unless it names somebody of the sentence.
    """
    if claim.language == source.language:
        return qualifying.limits(claim.text, source.text, source.language)
    told, said = (qualifying.limited(s.text, s.language) & qualifying.RANKS for s in (source, claim))
    held = (n for n in claim.names if part(claim, n, called=False) != "of")  # of Turin: the office's, nobody's name
    return bool(told - said) and not any(names.stands(n, source.text, aliases, crossing=True) for n in held)


def _telling(claim: Assertion, source: Source, differences: frozenset[Difference]) -> tuple[Span, ...]:
    """What `Comparison.telling` holds, of the first difference that has words of its own."""
    text = source.text
    if Difference.NEGATION in differences:
        return tuple(polarity.negations(text))
    if Difference.OPPOSITE in differences:
        return tuple(polarity.opposing(claim.text, text))
    if Difference.PLAN in differences:
        return tuple(polarity.uncertain(text))
    if Difference.QUANTITY in differences and (limiting := qualifying.limiting(text)):
        return tuple(limiting)
    wanted = {stem(word, source.language) for word in claim.content()} if claim.language == source.language else set()
    return tuple(Span(*m.span()) for m in re.finditer(r"\w+", text) if stem(m.group(), source.language) in wanted)


# Values


def said_values(text: str, language: str, day: dt.date | None) -> list[Value]:
    """The values of a text of that day, its relative dates among them, dates without a year in that year as well."""
    plain = values.values(text, language)
    told = relative_dates(text, day) if day else ()
    kept = [v for v in plain if not any(t.start < v.end and v.start < t.end for t in told)]
    return sorted([*kept, *told], key=lambda v: v.start)


def _values(
    claim: Assertion, source: Source, of_others: Sequence[Span], today: dt.date | None
) -> tuple[list[Span], list[Clash], int]:
    """(places that bear values out, values given otherwise, how many of the claim's values stand nowhere)"""
    day = source.hit.document.date
    mine = said_values(claim.text, claim.language, today)
    kept, dropped = qualifying.given_up(claim.text), qualifying.given_up(source.text)
    told = [t for t in said_values(source.text, source.language, day) if not qualifying.inside(t, of_others)]
    theirs = [t for t in told if not qualifying.inside(t, dropped)]
    around = said_values(source.around, source.language, day)
    borne, clashes, missing = [], [], 0
    shared = claim.language if claim.language == source.language else None

    def counts(rule: Callable[[Value, str, Value, str, str | None], bool], value: Value, other: Value) -> bool:
        return rule(value, claim.text, other, source.text, shared)

    free = [t for t in theirs if not any(_same(m, t, day) for m in mine)]
    for value in mine:
        told_alike = told if qualifying.inside(value, kept) else theirs
        found = next((t for t in told_alike if _same(value, t, day) and counts(counts_alike, value, t)), None)
        if found is None and value.kind is Kind.PERCENT:
            found = next((t for t in shares.shares(source.text, theirs) if agreement.agrees(value, t)), None)
        if found is not None:
            borne.append(Span(found.start, found.end))
            continue
        if any(_same(value, t, day) for t in told):  # only as what is not so, or no longer
            missing += 1
            continue
        rivals = [t for t in free if _rival(value, t, day) and counts(in_place_of, value, t)]
        if rivals:
            rival = _nearest(claim, value, source, rivals)
            kind = Difference.DATE if value.kind in (Kind.DATE, Kind.TIME) else Difference.NUMBER
            mine_said, theirs_said = (
                _phrase(t, v, claim.language) for t, v in ((claim.text, value), (source.text, rival))
            )
            clashes.append(Clash(kind, mine_said, theirs_said, Span(rival.start, rival.end)))
        elif not (value.kind in (Kind.DATE, Kind.TIME) and any(_same(value, a, day) for a in around)):
            missing += 1
    return borne, clashes, missing


def _same(mine: Value, theirs: Value, day: dt.date | None) -> bool:
    """Whether a value of the sentence bears the claim's out, its dates read in the document's time."""
    read = either_way(theirs, day) if day else (theirs,)
    years = [_in_its_year(t, day) for t in read]
    return any(agreement.agrees(mine, t) for t in (theirs, *read, *years))


def _in_its_year(value: Value, day: dt.date | None) -> Value:
    return agreement.dated(value, day.year) if day else value


def _rival(mine: Value, theirs: Value, day: dt.date | None) -> bool:
    """Whether a value of the sentence stands in the place of the claim's: of one kind and unit, and never both true."""
    if mine.kind is not theirs.kind:
        return False
    if mine.kind is Kind.DATE:
        told = (mine.day and theirs.day) or (mine.month and theirs.month) or (mine.year and theirs.year)
        return bool(told) and agreement.excludes(mine, _in_its_year(theirs, day))
    return (mine.unit == theirs.unit or not (mine.unit and theirs.unit)) and agreement.excludes(mine, theirs)


def _nearest(claim: Assertion, value: Value, source: Source, rivals: Sequence[Value]) -> Value:
    """The rival that counts the same thing: the words around it are the claim's around its value."""
    wanted = _around(claim.text, value, claim.language)
    return max(rivals, key=lambda r: len(wanted & _around(source.text, r, source.language)))


def _around(text: str, value: Value, language: str) -> set[str]:
    before = re.findall(r"\w+", text[: value.start])[-2:]
    after = re.findall(r"\w+", text[value.end :])[:2]
    return {stem(word, language) for word in (*before, *after)}


def _phrase(text: str, value: Value, language: str) -> str:
    """A value with what bounds it and the word it counts: "oltre 950 imprese", not "950"; "yesterday" as the date."""
    bare = text[values.bounded(text, value.start) : value.end].strip()
    if value.kind is Kind.DATE and value.year and not re.search(r"\d", bare):
        return _date(value, value.year, language)
    if value.kind is not Kind.NUMBER or value.unit:
        return bare
    following = re.match(r"\s+([^\W\d_]{3,})", text[value.end :])
    return f"{bare} {following[1]}" if following else bare


def _date(value: Value, year: int, language: str) -> str:
    """A date as far as it is told: a day, a month or a year."""
    if not value.month:
        return str(year)
    whole = long_date(dt.date(year, value.month, value.day or 1), language)
    return whole if value.day else whole.partition(" ")[2]


# Names


def _stands(name: Name, source: Source, aliases: Aliases, crossing: bool) -> bool:
    if names.stands(name, f"{source.text} · {source.around}", aliases, crossing):
        return True
    return (
        name.opens
        and " " not in name.text
        and not crossing
        and bool(stemmed(name.text, source.language) & stemmed(source.text, source.language))
    )


def _word(text: str, at: int) -> str:
    found = re.match(r"[\w’'-]+", text[at:])
    return found.group() if found else ""


def _other_names(
    claim: Assertion, unnamed: Sequence[Name], source: Source, aliases: Aliases, crossing: bool
) -> list[Clash]:
    """A name that the sentence lacks, beside one that it has instead and the claim has not."""
    if not unnamed:
        return []
    said = source.hit.document.text[source.span.start : source.span.end]  # of a row, without its columns' titles
    told = [
        n for n in names.names(source.text) if n.text in said and not names.stands(n, claim.text, aliases, crossing)
    ]
    inside = values.values(source.text, source.language)
    told = [n for n in told if not n.opens and not any(v.start <= n.start < v.end for v in inside)]
    found = []
    for name in unnamed:
        if name.opens and " " not in name.text:
            continue
        place = part(claim, name, called=not crossing)
        instead = [t for t in told if part(source, t, called=not crossing) == place]
        if crossing and any(_alike(name.text, t.text) or _translatable(t, aliases) for t in told):
            continue
        other = next((t for t in instead if len(t.words) == len(name.words)), instead[0] if instead else None)
        if other:
            found.append(Clash(Difference.NAME, name.text, other.text, Span(other.start, other.end)))
    return found


def _alike(left: str, right: str) -> bool:
    """Whether two words could be one name as two languages write it: Brussels, Bruxelles."""
    a, b = fold(left), fold(right)
    return a[:1] == b[:1] and " " not in a + b and SequenceMatcher(None, a, b, autojunk=False).ratio() >= LOOKALIKE


def _translatable(name: Name, aliases: Aliases) -> bool:
    """Whether a name is made of ordinary words, as those are that each language writes its own way: Fondo Ponte."""
    return len(name.words) > 1 and all(word in aliases.ordinary for word in name.words)


def _covered(claim: Assertion, source: Source) -> float:
    """Share of the claim's content words that the sentence, or what it is read with, holds."""
    content = claim.content()
    if not content:
        return 1.0
    here, around = stemmed(source.text, source.language), stemmed(source.around, source.language)
    wanted = [stem(word, source.language) for word in content]
    return sum(1.0 if w in here else 0.5 * (w in around) for w in wanted) / len(wanted)
