"""A sentence that breaks no rule must also mean what its source says, as far as a scripted reader can tell."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from standins import WordEncoder

from rag.checking.assertions import Assertion, Source, sources
from rag.embedding.embedder import QueryEncoding
from rag.language.aliases import Aliases
from rag.models import Document, Hit
from rag.passages import passages
from rag.reader.trained import Reading, Text
from rag.writing.grounding import Doubt
from rag.writing.verifying import CONTRADICTED, Checker, Meaning

Logits = tuple[float, float, float]  # entailed, contradicted, neither
ENTAILED, CONTRARY, NEITHER, UNSURE = (3.0, 0.0, 0.0), (0.0, 3.0, 0.0), (0.0, 0.0, 3.0), (0.0, 0.0, 0.0)
TEXT = "The delegation visited the new technical centre of Ford. It lasted three days."
ITALIAN = "La delegazione incontra gli operai."
ENGLISH = "The delegation meets the workers."  # the same to the stand-in encoder


class ScriptedReader:
    """Reads a text of several sentences with `whole`, a sentence by itself with `alone`; `asked` are the texts."""

    def __init__(self, whole: Logits, alone: Logits = UNSURE) -> None:
        self._whole = whole
        self._alone = alone
        self.asked: list[str] = []

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]:
        self.asked += [text.body for text in texts]
        return [Reading(0.0, (), self._whole if n == 0 else self._alone) for n, _ in enumerate(texts)]


def hit(text: str, language: str, title: str = "Note") -> Hit:
    document = Document("d", "d.txt", title, language, text, "v", "h", "txt")
    return Hit(passages(document)[0], document, 1.0)


def source(text: str, language: str) -> Source:
    return sources(hit(text, language))[0]


def doubted(reader: ScriptedReader, sentence: str, language: str, place: Source, free: bool) -> Doubt:
    return Meaning(WordEncoder(), reader).doubt(Assertion.of(sentence, language), place, free)


@pytest.mark.parametrize(
    "whole, doubt",
    [
        (ENTAILED, Doubt.NONE),
        (UNSURE, Doubt.NONE),
        (NEITHER, Doubt.NONE),
        ((0.0, CONTRADICTED, 0.0), Doubt.NONE),
        ((0.0, CONTRADICTED + 0.1, 0.0), Doubt.READER),
        (CONTRARY, Doubt.READER),
    ],
)
def test_a_sentence_that_keeps_to_its_source_need_only_not_be_contradicted(whole: Logits, doubt: Doubt) -> None:
    reader = ScriptedReader(whole)
    assert doubted(reader, "The delegation visited Ford.", "en", source(TEXT, "en"), free=False) is doubt
    assert reader.asked == [TEXT]


@pytest.mark.parametrize(
    "alone, doubt",
    [(ENTAILED, Doubt.NONE), ((2.0, 1.0, 1.9), Doubt.NONE), (NEITHER, Doubt.READER), (CONTRARY, Doubt.READER)],
)
def test_a_freer_sentence_must_follow_from_the_cited_one_itself(alone: Logits, doubt: Doubt) -> None:
    reader = ScriptedReader(ENTAILED, alone)
    assert doubted(reader, "The delegation toured Ford.", "en", source(TEXT, "en"), free=True) is doubt
    assert reader.asked == [TEXT, "The delegation visited the new technical centre of Ford."]


def test_a_sentence_held_against_many_places_is_encoded_once() -> None:
    class Counting(WordEncoder):
        asked = 0

        def encode_query(self, text: str) -> QueryEncoding:
            self.asked += 1
            return super().encode_query(text)

    encoder, claim = Counting(), Assertion.of(ENGLISH, "en")
    meaning = Meaning(encoder, ScriptedReader(ENTAILED, ENTAILED))
    for text in (ITALIAN, "La delegazione visita la fiera.", "Gli operai restano in fabbrica."):
        meaning.doubt(claim, source(text, "it"), free=False)
    assert encoder.asked == 1


def test_a_freer_sentence_that_the_passage_contradicts_is_stopped_all_the_same() -> None:
    reader = ScriptedReader(CONTRARY, ENTAILED)
    assert doubted(reader, "The delegation toured Ford.", "en", source(TEXT, "en"), free=True) is Doubt.READER


@pytest.mark.parametrize(
    "sentence, language, text, spoken, doubt",
    [
        (ENGLISH, "en", ITALIAN, "it", Doubt.NONE),
        (ITALIAN, "it", ENGLISH, "en", Doubt.NONE),
        ("The council closes the harbour.", "en", ITALIAN, "it", Doubt.MEANING),
        ("La giunta chiude il porto.", "it", ENGLISH, "en", Doubt.MEANING),
    ],
)
def test_across_languages_a_sentence_must_be_like_its_source(
    sentence: str, language: str, text: str, spoken: str, doubt: Doubt
) -> None:
    reader = ScriptedReader(ENTAILED, ENTAILED)
    assert doubted(reader, sentence, language, source(text, spoken), free=True) is doubt
    assert bool(reader.asked) is (doubt is Doubt.NONE)


@pytest.mark.parametrize(
    "sentence, language, text, spoken, doubt",
    [
        ("The workers meet the delegation.", "en", ITALIAN, "it", Doubt.ROLES),
        ("Gli operai incontrano la delegazione.", "it", ENGLISH, "en", Doubt.ROLES),
        ("It met the workers, not the delegation.", "en", "Ha incontrato la delegazione, non gli operai.", "it",
         Doubt.NEGATION),
        ("It met the delegation, not the workers.", "en", "Ha incontrato la delegazione, non gli operai.", "it",
         Doubt.NONE),
    ],
)  # fmt: skip
def test_across_languages_nothing_stands_the_wrong_way_round(
    sentence: str, language: str, text: str, spoken: str, doubt: Doubt
) -> None:
    reader = ScriptedReader(ENTAILED, ENTAILED)  # small networks see nothing of it
    assert doubted(reader, sentence, language, source(text, spoken), free=True) is doubt


@pytest.mark.parametrize("opening, doubt", [("Workers", Doubt.NONE), ("Chrysler", Doubt.NAME)])
def test_a_noun_that_opens_a_sentence_of_the_other_language_is_no_name(opening: str, doubt: Doubt) -> None:
    found = hit("Gli operai hanno incontrato Laura Brandt a Warren.", "it")
    checker = Checker(Meaning(WordEncoder(), ScriptedReader(ENTAILED, ENTAILED)), lambda: Aliases({}))
    assert checker.check(f"{opening} met Laura Brandt in Warren.", "en", [found], [found]).doubt is doubt


# Which sentences are free


@pytest.mark.parametrize(
    "sentence, language, text, spoken, title",
    [
        ("The delegation visited the new and large technical centre of Ford.", "en", TEXT, "en", "Note"),
        ("The Ford centre lasted three days.", "en", "The centre lasted three days.", "en", "Ford"),
        (ENGLISH, "en", ITALIAN, "it", "Note"),
        (ITALIAN, "it", ENGLISH, "en", "Note"),
    ],
    ids=["a word of its own", "a name from above", "English over Italian", "Italian over English"],
)
def test_what_goes_beyond_the_cited_words_must_follow_from_them(
    sentence: str, language: str, text: str, spoken: str, title: str
) -> None:
    found = hit(text, spoken, title)

    def check(alone: Logits) -> Doubt:
        checker = Checker(Meaning(WordEncoder(), ScriptedReader(UNSURE, alone)), lambda: Aliases({}))
        return checker.check(sentence, language, [found], [found]).doubt

    assert check(ENTAILED) is Doubt.NONE
    assert check(NEITHER) is Doubt.READER


@pytest.mark.parametrize(
    "sentence, language, text",
    [
        ("The delegation visited the technical centre of Ford.", "en", TEXT),
        ("The new technical centre of Ford was visited by the delegation.", "en", TEXT),
        ("La delegazione incontra operai.", "it", ITALIAN),
    ],
)
def test_what_repeats_the_cited_words_need_not(sentence: str, language: str, text: str) -> None:
    found = hit(text, language)
    checker = Checker(Meaning(WordEncoder(), ScriptedReader(UNSURE, NEITHER)), lambda: Aliases({}))
    assert checker.check(sentence, language, [found], [found]).doubt is Doubt.NONE


def test_a_sentence_that_the_cited_passage_does_not_bear_out_is_mended_by_another() -> None:
    cited, other = hit("The fair lasted three days.", "en"), hit(TEXT, "en")
    checker = Checker(Meaning(WordEncoder(), ScriptedReader(UNSURE)), lambda: Aliases({}))
    checked = checker.check("The delegation visited Ford.", "en", [cited], [cited, other])
    assert checked.evidence is not None
    assert checked.evidence.hit is other
    assert checked.repaired


SPEECH = "Monday's speech lasted eleven minutes. This one lasts five minutes, says Eva Holm of the port."


@pytest.mark.parametrize(
    "sentence, doubt",
    [
        ("Five minutes.", Doubt.FRAGMENT),
        ("11", Doubt.FRAGMENT),
        ("Eva Holm.", Doubt.FRAGMENT),
        ("Monday's speech lasted eleven minutes.", Doubt.NONE),
    ],
)
def test_a_value_or_a_name_alone_is_no_sentence_whatever_passage_holds_it(sentence: str, doubt: Doubt) -> None:
    """Any passage that holds it would bear it out, also where another day, or somebody else, is asked about."""
    place = hit(SPEECH, "en")
    checker = Checker(Meaning(WordEncoder(), ScriptedReader(ENTAILED, ENTAILED)), lambda: Aliases({}))
    assert checker.check(sentence, "en", [place], [place]).doubt is doubt
