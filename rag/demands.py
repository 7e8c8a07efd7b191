"""What an answer must hold, whatever its wording: a thing of the kind asked for, and the thing asked about.

Closed classes of grammar only: words of number and time, articles, how people's names are written. Never a subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.language.detection import detect
from rag.language.measuring import measure, of_another_dimension, tells
from rag.language.qualifying import RANKS, limited, limits
from rag.language.questions import ASIDE, Asked, asked
from rag.language.stemming import STOPWORDS, stems
from rag.models import Hit, Unit
from rag.passages import context
from rag.text import words

WITHOUT_KIND = 0.3  # what is left of a probability when nothing of the kind asked for is said
WITHOUT_NAMES = 0.4  # … and when none of the question's names stands in the passage or above it
ANOTHER = 0.1  # … and when it tells of the deputy where the holder is asked for, or of the width for the height
WITHOUT_NAMES_WHO = 0.2  # … of a person: whoever was met elsewhere is the worst of wrong answers
# "Who is the mayor": a role, written small, and not the name of somebody whose rank is what is asked.
_WHO_IS = re.compile(r"\W*(?i:chi\s+(?:è|era)\s+(?:il|lo|la|l['’])|who(?:['’]s|\s+(?:is|was))\s+the)\s*[a-zà-ÿ]")


def demands(question: str, hit: Hit, unit: Unit, hits: Sequence[Hit]) -> float:
    """How far a sentence meets what every answer must hold: a thing of the kind asked for, and the thing asked about.

    A factor on the probability. Not weighed by the calibration, whose sets hold too few questions that would show it.
    """
    said = hit.document.text[unit.start : unit.end]
    wanted = asked(question)
    kind = 1.0
    if not says_kind(wanted, said, question, hits) or not _says_measure(question, said, hit):
        kind = WITHOUT_KIND
    if of_another_dimension(question, said) or (
        wanted is Asked.WHO and of_another_rank(question, said, hit.document.language)
    ):
        kind *= ANOTHER
    if wanted in (Asked.WHO, Asked.NAME):  # who was where is said in one sentence: the next tells of another meeting
        return kind * (WITHOUT_NAMES_WHO + (1.0 - WITHOUT_NAMES_WHO) * held(question, hit, unit, hits))
    above = named(question, f"{context(hit.passage, hit.document)} {hit.passage.text}", hits)
    return kind * (WITHOUT_NAMES + (1.0 - WITHOUT_NAMES) * above)


def _says_measure(question: str, said: str, hit: Hit) -> bool:
    """Whether a sentence gives an amount of what the question measures; of one that measures nothing, any does."""
    wanted = measure(question)
    return wanted is None or tells(wanted, said, context(hit.passage, hit.document), hit.document.language)


def of_another_rank(question: str, said: str, language: str) -> bool:
    """Whether the role that a question asks for is another than the sentence's: the deputy mayor is not the mayor, nor
    is the mayor the deputy.

    Across languages the two words cannot be laid side by side: there any such limit counts, where the question asks for
    nothing but who somebody is.
    """
    spoken = detect(question)
    if spoken == language:
        return limits(question, said, language) or limits(said, question, language)
    return _WHO_IS.match(question) is not None and limited(said, language) & RANKS != limited(question, spoken) & RANKS


def held(question: str, hit: Hit, unit: Unit, hits: Sequence[Hit]) -> float:
    """Share of the question's names that stand in one sentence or in what stands above it."""
    return named(question, f"{context(hit.passage, hit.document)} {hit.document.text[unit.start : unit.end]}", hits)


_NUMBER_WORDS = frozenset(
    """
    zero uno una un due tre quattro cinque sei sette otto nove dieci undici dodici tredici
    quattordici quindici sedici venti trenta quaranta cinquanta sessanta settanta ottanta novanta
    cento mille mila milioni miliardi meta doppio one two three four five six seven eight nine ten
    eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty
    fifty sixty seventy eighty ninety hundred thousand million billion half twice dozen nessuno
    nessuna none no nobody once prima seconda terza first second third tutti all ogni every
    """.split()
)
_TIME_WORDS = frozenset(
    """
    gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre
    january february march april may june july august september october november december lunedi
    martedi mercoledi giovedi venerdi sabato domenica monday tuesday wednesday thursday friday
    saturday sunday ieri oggi domani yesterday today tomorrow tonight estate inverno primavera
    autunno summer winter spring autumn fall mattina pomeriggio sera notte morning afternoon evening
    night settimana week mese month anno year vigilia eve prima dopo poi before after then ore
    mezzogiorno noon midnight fine inizio end beginning
    """.split()
)


# A name right after an article, or after "at" and "of", is a place's or a firm's: people take none in either language.
_SOMEBODY = re.compile(
    r"(?P<before>(?:^|[\s(«“\"'’|]))(?P<name>[A-ZÀ-Þ][\w’'-]+(?:\s+(?:d[ae]l?\s+|van\s+|von\s+)?[A-ZÀ-Þ][\w’'-]+)*)"
)
_NOT_SOMEBODY = frozenset(
    """
    the a an at in of il lo la i gli le l un uno una al allo alla ai agli alle dal dallo dalla nel nello nella nei
    negli nelle del dello della dei degli delle sul sulla dell all nell dall sull di
    """.split()
)
_ARTICLES = _NOT_SOMEBODY - {"a", "an", "at", "of", "di"}
_BEFORE_A_VOWEL = frozenset({"ad", "ed", "od"})
_DATE = re.compile(
    r"\b\d{1,2}[°º]?\s+(?:gen|feb|mar|apr|mag|giu|lug|ago|set|ott|nov|dic|jan|may|jun|jul|aug|sep|oct|dec)\w*"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\s+\d{1,2}\b"
    r"|\b(?:19|20)\d\d\b|\b\d{1,2}[:.]\d\d\b(?!\d)",
    re.IGNORECASE,
)


def says_kind(wanted: Asked, said: str, question: str, hits: Sequence[Hit] = ()) -> bool:
    """Whether a sentence holds a thing of the kind asked for that the question does not hold itself.

    `hits` tell which names are no people's.
    """
    if wanted is Asked.WHO:
        return names_somebody(said, question, hits)
    if wanted is Asked.NAME:
        return names_something(said, question)
    if wanted is Asked.HOW_MUCH:
        bare = said if _DATE.search(question) or _asks_time(question) else _DATE.sub(" ", said)
        return bool(re.search(r"\d", bare)) or not _NUMBER_WORDS.isdisjoint(_split_numbers(bare))
    if wanted is Asked.WHEN:
        return bool(re.search(r"\d", said)) or not _TIME_WORDS.isdisjoint(words(said))
    return not only_counts(question, said)


_WHICH = re.compile(r"\b(?:qual[ie]|which|what)\s+(?P<noun>[^\W\d_]{4,})", re.IGNORECASE)
_LISTED = re.compile(r"\W*(?:\w+\W+){0,2}?[:,(–—]")
_SOME = frozenset(
    """
    decina decine dozzina ventina trentina quarantina cinquantina centinaio centinaia migliaio migliaia alcuni alcune
    molti molte diversi diverse numerosi numerose parecchi parecchie dozens scores several many some numerous
    """.split()
)


def only_counts(question: str, said: str) -> bool:
    """Whether a sentence only says how many there are of what a question asks which they are: "some thirty firms".

    Of one language, since the noun is looked for by its stem; names, or a list behind the noun, say which.
    """
    found = _WHICH.search(question)
    spoken = detect(question)
    if found is None or names_something(said, question):
        return False
    noun = stems(found["noun"], spoken)
    for word in re.finditer(r"[^\W\d_]+", said):
        if stems(word.group(), spoken) == noun:
            before = words(said[max(0, word.start() - 60) : word.start()])[-3:]
            counted = any(w[0].isdigit() or w in _SOME or w in _NUMBER_WORDS for w in before)
            if counted and not _LISTED.match(said, word.end()):
                return True
    return False


def _asks_time(question: str) -> bool:
    """How old, how long, since when: an amount that a date can give."""
    return (
        re.search(r"\b(?:ann[oi]|year|years|giorn\w+|days?|or[ae]|hours?|long|old|temp[oi]|dura\w*)\b", question, re.I)
        is not None
    )


def names_somebody(said: str, question: str, hits: Sequence[Hit] = ()) -> bool:
    """Whether a sentence holds a name, as people bear one, that the question does not hold.

    A name that a document of the `hits` writes after an article or after "in" ("al Warren Technical Center", "in Baden
    Baden") is a thing's or a place's everywhere, also where it opens a sentence or stands alone in a table.
    """
    known = set(words(question))
    things = {name for hit in hits for name in _things(hit.document.text)}
    for found in _SOMEBODY.finditer(said):
        name = found["name"]
        before = words(said[: found.start("name")])[-1:]
        alone = len(name.split()) == 1
        opens = not said[: found.start("name")].strip(" \t\n|*«“\"'(") or said[: found.start("name")].rstrip().endswith(
            (".", "|")
        )
        if set(words(name)) <= known or not _NOT_SOMEBODY.isdisjoint(before) or name in things:
            continue
        if alone and (opens or not _is_called(name, before, hits)):
            continue
        return True
    return False


def names_something(said: str, question: str) -> bool:
    """Whether a sentence holds a name, of whatever it be, that the question does not hold: in capitals, or quoted."""
    known = set(words(question))
    written = [*_QUOTED.findall(said), *(found["name"] for found in _SOMEBODY.finditer(said) if _is_name(found, said))]
    return any(not set(words(name)) <= known for name in written)


def _is_name(found: re.Match[str], said: str) -> bool:
    """Whether capitals are a name's: one word that opens a sentence has them anyhow."""
    before = said[: found.start("name")].rstrip(" \t\n|*«“\"'(-")
    return " " in found["name"] or bool(before and not before.endswith((".", "?", "!", ":")))


def _is_called(name: str, before: Sequence[str], hits: Sequence[Hit]) -> bool:
    """Whether a single name is somebody's: a role stands before it ("sindaco Rossi"), or a hit gives it a first name.

    Firms are called by one name too: "visits to Toyota and Ford" names nobody.
    """
    if before and before[0].isalpha() and before[0] not in STOPWORDS and before[0] not in _BEFORE_A_VOWEL:
        return True
    return any(re.search(rf"\b[A-ZÀ-Þ][\w’'-]+\s+{re.escape(name)}\b", hit.passage.text) for hit in hits)


@lru_cache(1024)
def _things(text: str) -> frozenset[str]:
    """Names of several words that an article, or "in", stands before anywhere in a document."""
    return frozenset(
        found["name"]
        for found in _SOMEBODY.finditer(text)
        if " " in found["name"] and not _ARTICLES.isdisjoint(words(text[: found.start("name")][-12:])[-1:])
    )


_QUOTED = re.compile(r"[«“\"]([^«»“”\"]{2,60})[»”\"]")
_FORMS = re.compile(r"\(([^()]*)\)")
_RUN = re.compile(r"\b[A-ZÀ-Þ][\w’'-]*(?:\s+[A-ZÀ-Þ][\w’'-]*)*")


def named(question: str, text: str, hits: Sequence[Hit]) -> float:
    """Share of the question's names that stand in `text`, in one of their forms; 1 where the question names nothing.

    Only names that some hit holds count: one that the documents write otherwise (Turin, Torino) tells nothing.
    """
    asking = question.partition(ASIDE)[0]
    bare = _FORMS.sub(" ", asking)
    forms = [set(words(form)) for group in _FORMS.findall(asking) for form in group.split(",") if words(form)]
    opening = next(iter(re.findall(r"\w+", bare)), "")
    runs = [set(words(run)) for run in _RUN.findall(bare) if run != opening]
    held = [set(words(f"{context(other.passage, other.document)} {other.passage.text}")) for other in hits]
    known = [run for run in runs if any(form <= bag for form in (run, *forms) for bag in held)]
    here = set(words(text))
    return sum(any(form <= here for form in (run, *forms)) for run in known) / len(known) if known else 1.0


def _split_numbers(said: str) -> set[str]:
    """Words and their openings: "trentotto" begins with "trenta" but for its last letter."""
    found = set(words(said))
    return found | {n for n in _NUMBER_WORDS for w in found if len(n) > 4 and w.startswith(n[:-1])}
