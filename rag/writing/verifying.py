"""A written sentence → the passage that bears it out, or why none does: the rules first, then the models."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol

from rag.checking.assertions import Assertion, Source, sources
from rag.embedding.embedder import Encoder
from rag.language.aliases import Aliases
from rag.language.detection import detect
from rag.language.orders import holds_link, is_order
from rag.models import Evidence, Hit
from rag.passages import harmless_context, read_text
from rag.reader.trained import Reading, Text
from rag.retrieval import late_interaction
from rag.writing.actors import Telling, inverted, opens_small, same_parts
from rag.writing.grounding import Doubt, doubt, is_fragment, keeps_to

ALIKE = 0.81  # late interaction from which a sentence in another language may say the same (docs/quality.md)
CONTRADICTED = 1.0  # logits by which a contradiction must lie above entailment to count


class ClaimReader(Protocol):
    """What is needed of a reading model: the claim logits of its readings."""

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]: ...


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one sentence: `evidence` bears it out, or `doubt` says why nothing does.

    exact:    the sentence is a unit of a passage, word for word.
    repaired: the passage is not one that the model had cited.
    """

    evidence: Evidence | None
    doubt: Doubt = Doubt.NONE
    exact: bool = False
    repaired: bool = False


class Meaning:
    """Whether a sentence that broke no rule also means what its source says, as far as small models can tell."""

    def __init__(self, encoder: Encoder, reader: ClaimReader) -> None:
        self._encoder = encoder
        self._query = lru_cache(maxsize=32)(encoder.encode_query)  # one sentence is held against many places
        self._reader = reader

    def doubt(self, claim: Assertion, source: Source, free: bool) -> Doubt:
        """What speaks against the sentence. One that is `free` of its source's words must follow from it; one that
        keeps to them need only not be contradicted."""
        if claim.language != source.language and self._likeness(claim, source) < ALIKE:
            return Doubt.MEANING
        above = harmless_context(source.hit.passage, source.hit.document)
        texts = [Text(above, read_text(source.hit.passage, source.hit.document))]
        if free:
            texts.append(Text(source.above, f"{source.before} {source.text}".strip()))
        whole, *alone = (reading.claim for reading in self._reader.read(claim.text, texts))
        entailed, contradicted, _ = whole
        if contradicted - entailed > CONTRADICTED or any(logits[0] < max(logits) for logits in alone):
            return Doubt.READER
        return self._turned(claim, source) if claim.language != source.language else Doubt.NONE

    def _turned(self, claim: Assertion, source: Source) -> Doubt:
        """What stands the wrong way round in a sentence of another language, which the reader does not see."""
        tellings = self._tellings(claim, source)
        if inverted(*tellings):
            return Doubt.NEGATION
        return Doubt.NONE if same_parts(*tellings) else Doubt.ROLES

    def opens_small(self, claim: Assertion, source: Source, aliases: Aliases) -> bool:
        """Whether the first word of a sentence in another language is no name: it stands for a word written small."""
        return opens_small(*self._tellings(claim, source), aliases.ordinary)

    def _tellings(self, claim: Assertion, source: Source) -> tuple[Telling, Telling]:
        mine, theirs = self._encoder.encode_documents([claim.text, source.text])
        return Telling.of(claim.text, claim.language, mine), Telling.of(source.text, source.language, theirs)

    def _likeness(self, claim: Assertion, source: Source) -> float:
        said = self._encoder.encode_documents([f"{source.before} {source.text}".strip()])[0]
        return late_interaction(self._query(claim.text), said)


class Checker:
    """Checks the sentences of one answer against the passages found for it."""

    def __init__(self, meaning: Meaning, aliases: Callable[[], Aliases]) -> None:
        self._meaning = meaning
        self._aliases = aliases

    def check(self, sentence: str, language: str, cited: Sequence[Hit], found: Sequence[Hit]) -> Checked:
        """The sentence against what it cites, else against everything `found`: a better citation mends it."""
        if holds_link(sentence):
            return Checked(None, Doubt.LINK)
        if is_order(sentence):
            return Checked(None, Doubt.ORDER)
        claim = Assertion.of(sentence, language)
        if is_fragment(claim):
            whole = any(source.repeats(claim) for hit in (*cited, *found) for source in sources(hit))
            if is_fragment(claim, repeats=whole):
                return Checked(None, Doubt.FRAGMENT)
        first = self._among(claim, cited, repaired=False)
        if first.evidence is not None:
            return first
        others = [hit for hit in found if all(hit.passage.id != c.passage.id for c in cited)]
        second = self._among(claim, others, repaired=True)
        if second.evidence is not None:
            return second
        return first if cited else Checked(None, Doubt.MARK)

    def _among(self, claim: Assertion, hits: Sequence[Hit], repaired: bool) -> Checked:
        places = [source for hit in hits for source in sources(hit)]
        for source in places:
            if source.repeats(claim):
                return Checked(source.evidence(), exact=True, repaired=repaired)
        if detect(claim.text, claim.language) != claim.language:
            return Checked(None, Doubt.LANGUAGE)
        nearest = Doubt.MARK
        for source, found in self._doubts(claim, places):
            if found is Doubt.NONE:
                return Checked(source.evidence(), repaired=repaired)
            nearest = max(nearest, found, key=list(Doubt).index)
        return Checked(None, nearest)

    def _doubts(self, claim: Assertion, places: Sequence[Source]) -> Iterator[tuple[Source, Doubt]]:
        """Each place with what speaks against it; the models are asked only where no rule speaks."""
        aliases = self._aliases()
        for source in places:
            yield source, self._doubt(claim, source, aliases)

    def _doubt(self, claim: Assertion, source: Source, aliases: Aliases) -> Doubt:
        found = doubt(claim, source, aliases)
        if found is Doubt.NAME and (bare := _without_opening(claim, source)) is not None:
            found = doubt(bare, source, aliases)
            if found is not Doubt.NONE or not self._meaning.opens_small(claim, source, aliases):
                return Doubt.NAME
            claim = bare
        if found is not Doubt.NONE:
            return found
        return self._meaning.doubt(claim, source, free=not keeps_to(claim, source, aliases))


def _without_opening(claim: Assertion, source: Source) -> Assertion | None:
    """A sentence of the other language whose first word, large for opening it, is taken for no name; None if it has
    no such word."""
    first = next(iter(claim.names), None)
    if claim.language == source.language or first is None or not first.opens or " " in first.text:
        return None
    return replace(claim, names=claim.names[1:])
