"""A text → the claims in it that documents can settle, with their places; the rest is set aside, and told why.

Closed classes of grammar in Italian and English decide: a question asks, a greeting greets, an opinion values, a
request wants something done, a heading names and a table lists, a fragment says nothing whole. What is in doubt is a
claim, for a check can say that it finds nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from itertools import pairwise

from rag import markup
from rag.checking.attribution import saying
from rag.language.detection import detect
from rag.language.grammar import ARTICLES, PREPOSITIONS
from rag.language.relative_dates import relative_dates
from rag.markup import BlockKind
from rag.models import SetAside, Span
from rag.text import fold, sentences, trim, words

MIN_WORDS = 3
LONGEST = 1000  # characters of a claim: what goes on longer without a stop is no one sentence
ANY_DAY = dt.date(2000, 1, 1)  # to tell whether a text has a relative date, whatever it comes to
_SAYING = (BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.QUOTE)
_TABLE = (BlockKind.HEADER, BlockKind.ROW)
# Whom a greeting names: everybody, a title, a name.
_WHOM = (
    r"(?:[Tt]utt[ie]|[Vv]oi|[Tt]e|[Ll]ei|ragazz[ie]|signor[aei]?|dott(?:\.|or|oressa|ssa|\.ssa)?"
    r"|prof(?:\.|essor|essoressa|essore)?|ing(?:\.|egner|egnere)?|avv(?:\.|ocat[oa])?|direttor[ei]|direttrice|president[ei]|ministr[oa]"
    r"|sindac[oa]|collegh[ei]|colleg[ao]|lettor[ei]|lettrici|client[ei]|amic[oai]|amiche|cittadin[aei]|ospit[ei]"
    r"|redazione|everyone|everybody|all|there|again|team|both|you|sirs?|madam|editors?|readers?|colleagues?|friends?"
    r"|guests?|(?:mr|mrs|ms|dr)\.?|e|ed|and|or|a|al|alla|ai|to|di|del|della|of|the|my|mi[eoa]i?|[A-ZÀ-Þ][\w’'.-]*)"
)
_CALLED = rf"(?:[ \t]+{_WHOM})*\s*(?:[,.:;!?–—]|\s-|\Z|(?:e|ed|and)\s+(?:grazie|benvenut|thank|welcome))"
_GREETING = re.compile(
    rf"(?:(?i:ciao|salve|buon(?:giorno|asera|anotte)|hello|hi|hey|good (?:morning|afternoon|evening|night)){_CALLED}"
    rf"|(?i:gentil[ei]|gentilissim[oaie]|car[oaie]|carissim[oaie]|egregi[oa]?|spettabile|spett\.?|dear)"
    rf"[ \t]+{_WHOM}{_CALLED}"
    r"|(?i:grazie(?!\s+(?:al|allo|all|alla|ai|agli|alle)\b|\s+a\b(?!\s+(?:tutt[ie]|voi|te|lei|chi)\b))"
    r"|thanks(?!\s+to\b(?!\s+(?:all|you|every\w+)\b))|thank you|cordiali saluti|distinti saluti|un saluto|saluti"
    r"|a presto|arrivederci|benvenut[oaie](?=\W*\Z|[,!]|\s+(?:a|al|alla|ai|in|tutti)\b)|(?:kind|best|warm) regards"
    r"|regards|yours|cheers|welcome(?=\W*\Z|[,!]|\s+(?:to|all|everyone|everybody|back)\b)|goodbye|bye|see you)\b)"
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
_WANTING = re.compile(
    r"^(?:\W*\w+){0,6}?\W+(?:bisogn(?:a|erebbe)|occorrerebbe|andrebbe(?:ro)?|ought to|needs? to be)\b"
)
_SHOULD = re.compile(r"^(?:\W*\w+){0,6}?\W+(?:dovrebbe(?:ro)?|should)\s+(?P<verb>\w+)")
# What is to come about by itself: with these "should" foresees, and wants nothing.
_COMES_ABOUT = re.compile(
    r"(?:arrivar|partir|iniziar|cominciar|finir|concluders|terminar|durar|tornar|rientrar|atterrar|svolgers|tener"
    r"|sbarcar|uscir|arriv|leave|depart|start|begin|end|finish|last|return|land|take|reach)"
)
_REPORTED = re.compile(r"«[^»]*»|“[^”]*”|\"[^\"]*\"")
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
# What an imperative is followed by, and a noun of the same letters is not: "verifica la data", "verifica superata".
_OBJECT = (
    r"(?=\s+(?:che|se|il|lo|la|i|gli|le|l['’]|un[oa]?|quest|quell|tutt|ogni|bene|pure|subito|prima|anche|dove|quando|quanto"
    r"|chi|cosa|come|per favore|me|us|him|her|them|it|the|an?|this|that|these|those|if|whether|what|when|where|who"
    r"|how|your|my|our|for|with|to|out|all|again|please|here))"
)
_REQUEST = re.compile(
    r"(?:(?:per (?:favore|piacere|cortesia)|vi prego|ti prego|la prego|fatemi|fammi|mi faccia|ditemi|dimmi|mi dica"
    r"|scriv(?:imi|etemi)|invi(?:ami|atemi)|mand(?:ami|atemi)|ricord(?:ati|atevi)|please|let me|let us|let['’]s|tell me"
    r"|look at|note that|click)\b"
    r"|(?:scriv(?:i|ete)|controll[ai](?:te)?|verific(?:a|hi|ate)|guard[ai](?:te)?|invi(?:a|i|ate)|mand(?:a|i|ate)"
    rf"|ricord(?:a|i|ate)|check|verify|see|send|write|remember)\b{_OBJECT})"
)
_APART = re.compile(r";\s+")
# A finite verb, as a heading has one that states something. The last two lines hold forms that may be nouns too.
_AUXILIARY = re.compile(
    r"\b(?:è|sono|era|erano|sarà|saranno|fu|furono|ha|hanno|aveva|avevano|avrà|avranno|può|possono|deve|devono|vuole|va"
    r"|is|are|was|were|has|have|had|will|can|must|does|did|met|paid|took|went|came|gave|began|won|spoke|brought|sold"
    r"|bought|fell|rose|grew|sent|lost|\w{2,}(?:ò|arono|irono|erono)|\w{2,}r(?:à|anno))\b",
    re.IGNORECASE,
)
_BARE_VERB = re.compile(
    r"(?<=\w )(?:apre|aprono|chiude|chiudono|firma|firmano|visita|visitano|incontra|incontrano|paga|pagano|investe"
    r"|investono|vince|perde|arriva|arrivano|parte|torna|cresce|crescono|cala|sale|scende|annuncia|approva|lancia|presenta|ospita"
    r"|vende|compra|assume|assumono|taglia|costa|costano|dura|conta|guida|nomina|lascia|entra|esce|diventa|nasce|muore"
    r"|opens?|closes?|signs?|visits?|meets?|pays?|invests?|wins?|loses?|arrives?|leaves?|returns?|grows?|falls?|rises?"
    r"|announces?|approves?|launches|presents|hosts?|sells?|buys?|hires?|cuts|costs|names|joins?|hits|made|held|left|led"
    r"|built|\w{3,}ed)\b"
)
_BEFORE_NOUN = ARTICLES.union(*PREPOSITIONS.values(), "and its their his her this that no more new".split())


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
            reason = _why_not(block.kind, shown)
            if reason:
                aside.append(SetAside(text[span.start : span.end], span.start, span.end, reason))
            else:
                asked = _IS_IT_TRUE.match(shown)
                claim = asked["claim"] if asked else shown
                found.append(Found(claim, span.start, span.end, language or detect(claim, spoken), before))
            before = shown
    return tuple(found), tuple(aside)


def _why_not(kind: BlockKind, shown: str) -> str | None:
    """Why a sentence of such a block is no claim. A headline may be one; a mere title and a table's row are not."""
    if kind in _TABLE or (kind is BlockKind.HEADING and not _QUESTION.search(shown) and not _states(shown)):
        return "heading"
    return why_not(shown) if kind in _SAYING and len(shown) <= LONGEST else "fragment"


def _states(text: str) -> bool:
    """Whether a few words hold a finite verb: an auxiliary or its like, or a form that no article makes a noun."""
    if _AUXILIARY.search(text):
        return True
    return any(_BEFORE_NOUN.isdisjoint(words(text[: m.start()])[-1:]) for m in _BARE_VERB.finditer(text))


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
    bare = sentence.lstrip("\"'«“([-–— ")
    count = len(words(sentence))
    if _GREETING.match(bare) and count <= _GREETS_ONLY and not re.search(r"\d", sentence):
        return "greeting"
    if _QUESTION.search(sentence):
        return None if _IS_IT_TRUE.match(sentence) else "question"
    if count < MIN_WORDS and not (count == MIN_WORDS - 1 and _states(sentence)):
        return "fragment"
    if _REQUEST.match(fold(bare)):
        return "request"
    return "opinion" if _values(sentence) else None


def _values(sentence: str) -> bool:
    """Whether a sentence tells what somebody who writes it thinks or wants, and no fact beside it.

    What somebody else is said to think is a fact about them.
    """
    if saying(sentence) is not None:
        sentence = _REPORTED.sub(" ", sentence)
        return _OPINION.search(sentence.lower()) is not None
    lower = sentence.lower()
    if _OPINION.search(lower) or _WANTING.match(lower) or _should(lower):
        return True
    judged = _VALUING.search(lower)
    if judged is None or re.search(r"\d", sentence):
        return False
    return _COPULA.search(lower[: judged.start()]) is not None or sentence.rstrip().endswith("!")


def _should(lower: str) -> bool:
    """Whether "should" wants something: with a value or a day, or of what comes about by itself, it foresees."""
    wanted = _SHOULD.match(lower)
    if wanted is None or re.search(r"\d", lower) or relative_dates(lower, ANY_DAY):
        return False
    return _COMES_ABOUT.match(wanted["verb"]) is None
