"""A sentence to be checked, and what it may be checked against: quotable units with what surrounds them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag import citations
from rag.language import names, values
from rag.language.orders import is_order
from rag.language.stemming import STOPWORDS, stems
from rag.language.values import Value
from rag.models import Evidence, Hit, PassageKind, Span
from rag.passages import harmless_context, units
from rag.text import words

SHORT = 8  # words of a sentence that is read with the one before it
_LEANS = re.compile(
    r"\b(?:lui|lei|loro|egli|ella|ess[oaie]|suo|sua|suoi|sue|quest[oaie]|quell[oaie]|stess[oaie]|tal[ei]|qui|lì|vi|ne|ci"
    r"|he|she|it|they|his|her|its|their|them|this|that|these|those|same|there|here|then)\b",
    re.IGNORECASE,
)
# A clause that only names a question, and says nothing: "Whether a school can live with ten pupils."
_INDIRECT = re.compile(r"\W*whether\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Assertion:
    """A sentence with its values and names."""

    text: str
    language: str
    values: tuple[Value, ...]
    names: tuple[names.Name, ...]

    @classmethod
    def of(cls, text: str, language: str) -> Assertion:
        found = values.values(text, language)
        named = [n for n in names.names(text) if not any(v.start <= n.start and n.end <= v.end for v in found)]
        return cls(text, language, found, tuple(named))

    def content(self) -> list[str]:
        """Words that carry its meaning, but for values, names and what only joins it to other sentences."""
        taken = [(values.bounded(self.text, v.start), v.end) for v in self.values]
        taken += [(n.start, n.end) for n in self.names if not n.opens]
        taken.append((0, names.opening(self.text)))
        kept = [m.group() for m in re.finditer(r"\w+", self.text) if not any(a <= m.start() < b for a, b in taken)]
        return [w for w in words(" ".join(kept)) if w not in STOPWORDS and len(w) > 1]


@dataclass(frozen=True, slots=True)
class Source:
    """A quotable unit with what it may be read with: the sentence before it where it leans, and what stands above.

    `imprint`, when and by whom the document was published, says nothing of what its sentences tell.
    """

    hit: Hit
    span: Span
    text: str  # as people read it: a row with its headers
    before: str
    above: str
    imprint: str

    @property
    def language(self) -> str:
        return self.hit.document.language

    @property
    def around(self) -> str:
        return f"{self.above} {self.imprint}. {self.before}"

    @property
    def asks(self) -> bool:
        """Whether it is a question, or only names one."""
        return self.text.rstrip(" \"'»”)*_").endswith("?") or _INDIRECT.match(self.text) is not None

    def evidence(self) -> Evidence:
        return Evidence(self.hit, self.span.start, self.span.end, self.hit.score)

    def repeats(self, claim: Assertion) -> bool:
        """Whether the sentence is this unit, word for word."""
        said = words(claim.text)
        return bool(said) and said in (words(self.text), words(self.evidence().text))


def sources(hit: Hit) -> list[Source]:
    """The quotable units of a passage; none of one in which a sentence gives orders to a program."""
    document, passage = hit.document, hit.passage
    if any(is_order(document.text[span.start : span.end]) for span in units(passage)):
        return []
    date = f"({document.date.isoformat()})" if document.date else ""
    imprint = " › ".join(p for p in (date, document.publisher or "") if p)
    above = harmless_context(passage, document)
    found: list[Source] = []
    for span in units(passage):
        shown = citations.display(Evidence(hit, span.start, span.end, 0.0))
        short = len(words(shown)) < SHORT or leans(shown)
        row = passage.kind is PassageKind.ROW
        before = found[-1].text if found and short and not row else ""
        found.append(Source(hit, span, shown, before, above, imprint))
    return found


def leans(text: str) -> bool:
    """Whether a word of the text points back to what was said before."""
    return _LEANS.search(text) is not None


def stem(word: str, language: str) -> str:
    return next(iter(stems(word, language)), "")


def stemmed(text: str, language: str) -> set[str]:
    return set(stems(text, language))
