"""A text → the claims in it that documents can settle, with their places; the rest is set aside, and told why.

Closed classes of grammar in Italian and English decide: a question asks, a greeting greets, an opinion values, a
request wants something done, a fragment says nothing whole. What is in doubt is a claim, for a check can say that it
finds nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from rag import markup
from rag.language.detection import detect
from rag.markup import BlockKind
from rag.models import SetAside, Span
from rag.text import fold, sentences, trim, words

MIN_WORDS = 3
_SAYING = (BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTE)
_GREETING = re.compile(
    r"(?:ciao|salve|buon(?:giorno|asera|anotte)|gentil[ei]|gentilissim[oaie]|car[oaie]|egregi[oa]?|spettabile|spett"
    r"|cordiali saluti|distinti saluti|un saluto|saluti|a presto|grazie|arrivederci|benvenut[oaie]"
    r"|hello|hi|hey|good (?:morning|afternoon|evening|night)|dear|(?:kind|best|warm) regards|regards|yours|thanks"
    r"|thank you|cheers|welcome|goodbye|bye|see you)\b"
)
_GREETS_ONLY = 8  # words; a longer sentence that opens politely may go on to say something
_QUESTION = re.compile(r"\?[\"'»”)\]*_\s]*\Z")
_IS_IT_TRUE = re.compile(
    r"^\W*(?:[eè] vero che|è corretto che|risulta che|is it true that|is it correct that)\s+"
    r"(?P<claim>.+?)\s*\?*\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_OPINION = re.compile(
    r"\b(?:secondo me|a mio (?:avviso|parere|giudizio)|per me|(?:io )?(?:penso|credo|ritengo|trovo|spero|temo|suppongo"
    r"|immagino|direi|preferisco)|mi (?:pare|sembra|auguro|piace|aspetto)|a nostro (?:avviso|parere)"
    r"|(?:pensiamo|crediamo|riteniamo|speriamo)|in my (?:view|opinion)|to my mind"
    r"|i (?:think|believe|feel|hope|guess|suppose|fear|find|reckon|prefer|like|love|doubt)|i['’]m (?:sure|convinced)"
    r"|we (?:think|believe|feel|hope)|it seems to (?:me|us)|personally|personalmente|if you ask me)\b"
)
_SHOULD = re.compile(
    r"^(?:\W*\w+){0,6}?\W+(?:dovrebbe(?:ro)?|bisogn(?:a|erebbe)|occorrerebbe|andrebbe(?:ro)?|should|ought to"
    r"|needs? to be)\b"
)
_VALUING = re.compile(
    r"\b(?:bell[oaie]|bellissim[oaie]|brutt[oaie]|splendid[oaie]|magnific[oaie]|meraviglios[oaie]|orribil[ei]"
    r"|vergognos[oaie]|scandalos[oaie]|deludent[ei]|noios[oaie]|inutil[ei]|fantastic[oaie]|straordinari[oaie]"
    r"|emozionant[ei]|interessant[ei]|peccato|un successo|una vergogna|beautiful|wonderful|great|terrible|awful"
    r"|shameful|disappointing|boring|useless|amazing|fantastic|extraordinary|exciting|interesting|inspiring|lovely"
    r"|excellent|a success|a shame|a pity|the best|the worst)\b"
)
_COPULA = re.compile(
    r"\b(?:è|e'|era|fu|è stat[oa]|sono|sono stat[ei]|sarà|resta|che|is|was|are|were|has been|what an?|how)\s+"
    r"(?:\w+\s+){0,3}\Z"
)
_REQUEST = re.compile(
    r"(?:per (?:favore|piacere|cortesia)|vi prego|ti prego|la prego|fatemi|fammi|mi faccia|ditemi|dimmi|mi dica"
    r"|scrivi(?:mi|temi)?"
    r"|controll[ai](?:te)?|verific[ah]i?(?:te)?|guard[ai](?:te)?|invi[ai](?:te|mi|temi)?|mand[ai](?:te|mi|temi)?|ricord[ai](?:te|ti|tevi)?"
    r"|please|let me|let us|let['’]s|tell me|check|verify|look at|see|send|write|remember|note that|click)\b"
)
_APART = re.compile(r";\s+")


@dataclass(frozen=True, slots=True)
class Found:
    """A claim as it is checked (`text`, without markup), and where it stands in the text it comes from.

    `before` is the sentence before it in the same block, which it may lean on.
    """

    text: str
    start: int
    end: int
    language: str
    before: str = ""


def claims(text: str, language: str | None = None) -> tuple[tuple[Found, ...], tuple[SetAside, ...]]:
    """The claims of a text, and what is set aside; together all its sentences, in order, none inside another."""
    found: list[Found] = []
    aside: list[SetAside] = []
    spoken = language or detect(text)
    for block in markup.blocks(text, markup.body_start(text)):
        before = ""
        for span in _pieces(text, block):
            shown = markup.plain(text[span.start : span.end], True)
            if not any(c.isalnum() for c in shown):
                continue
            reason = "fragment" if block.kind not in _SAYING else why_not(shown)
            if reason:
                aside.append(SetAside(text[span.start : span.end], span.start, span.end, reason))
            else:
                asked = _IS_IT_TRUE.match(shown)
                claim = asked["claim"] if asked else shown
                found.append(Found(claim, span.start, span.end, language or detect(claim, spoken), before))
            before = shown
    return tuple(found), tuple(aside)


def _pieces(text: str, block: markup.Block) -> list[Span]:
    """The sentences of a block, cut again where a semicolon parts two whole statements."""
    pieces = []
    for sentence in sentences(text[block.start : block.end]):
        start, end = block.start + sentence.start, block.start + sentence.end
        cuts = [start, *(m.end() for m in _APART.finditer(text, start, end)), end]
        parts = [trim(text, a, b) for a, b in pairwise(cuts)]
        whole = all(len(words(text[p.start : p.end])) >= MIN_WORDS + 1 for p in parts)
        pieces += parts if whole else [Span(start, end)]
    return pieces


def why_not(sentence: str) -> str | None:
    """Why a sentence is no claim: "greeting", "question", "opinion", "request" or "fragment"; None for a claim."""
    said = fold(sentence).lstrip("\"'«“([-–— ")
    count = len(words(sentence))
    if _GREETING.match(said) and count <= _GREETS_ONLY and not re.search(r"\d", said):
        return "greeting"
    if _QUESTION.search(sentence):
        return None if _IS_IT_TRUE.match(sentence) else "question"
    if count < MIN_WORDS:
        return "fragment"
    if _REQUEST.match(said):
        return "request"
    return "opinion" if _values(sentence) else None


def _values(sentence: str) -> bool:
    """Whether a sentence tells what somebody who writes it thinks or wants, and no fact beside it."""
    lower = sentence.lower()
    if _OPINION.search(lower) or _SHOULD.match(lower):
        return True
    judged = _VALUING.search(lower)
    if judged is None or re.search(r"\d", sentence):
        return False
    return _COPULA.search(lower[: judged.start()]) is not None or sentence.rstrip().endswith("!")
