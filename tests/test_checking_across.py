"""Claims checked over documents in the other language: each verdict both ways, with a reader whose mind is made up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from standins import WordReader, open_assistant

from rag.assistant import Assistant
from rag.checking.assertions import Assertion
from rag.checking.desk import FactDesk
from rag.checking.judging import ClaimJudge
from rag.checking.verdicts import ClaimCalibration
from rag.models import ClaimQuestion, Verdict
from rag.precedence import Precedence
from rag.reader.trained import Reading, Text

ENTAILED, CONTRADICTED = (8.0, 0.0, 0.0), (0.0, 8.0, 0.0)
# Every sentence in the other language counts for much on either side: the rules alone take it back.
SURE = defaultdict(float, bias=-10.0, crossing=14.0)
ACROSS = ClaimCalibration(SURE, SURE, 0.6, 0.6)
ITALIAN = {
    "delegazione": "La delegazione in viaggio a Lindenau contava 38 imprese.",
    "impianto": "GM aprirà un impianto a Orion nel 2027.",
    "visita": "Anna Rossi ha incontrato Paul Gray a Karsund il 24 aprile 2025.",
    "memorandum": "Il memorandum firmato a Breval non vincola le parti.",
}
ENGLISH = {
    "delegazione": "The delegation that travelled to Lindenau counted 38 firms.",
    "impianto": "GM will open a plant at Orion in 2027.",
    "visita": "Anna Rossi met Paul Gray in Karsund on 24 April 2025.",
    "memorandum": "The memorandum signed at Breval does not bind the parties.",
}
CLAIMS = [
    ("delegazione", "La delegazione a Lindenau contava 38 imprese.", "The Lindenau delegation counted 38 firms.",
     Verdict.SUPPORTED),
    ("delegazione", "La delegazione a Lindenau contava 41 imprese.", "The Lindenau delegation counted 41 firms.",
     Verdict.REFUTED),
    ("delegazione", "A Lindenau c’erano 38 imprese e 12 giornali.", "At Lindenau there were 38 firms and 12 papers.",
     Verdict.NOT_ENOUGH_INFO),
    ("impianto", "GM aprirà un impianto a Orion.", "GM will open a plant at Orion.", Verdict.SUPPORTED),
    ("impianto", "GM ha aperto un impianto a Orion.", "GM opened a plant at Orion.", Verdict.NOT_ENOUGH_INFO),
    ("visita", "Il 24 aprile Anna Rossi ha visto Paul Gray.", "On 24 April Anna Rossi saw Paul Gray.",
     Verdict.SUPPORTED),
    ("visita", "Il 25 aprile Anna Rossi ha visto Paul Gray.", "On 25 April Anna Rossi saw Paul Gray.",
     Verdict.REFUTED),
    ("visita", "Anna Rossi ha visto Carla Neri.", "Anna Rossi saw Carla Neri.", Verdict.REFUTED),
    ("memorandum", "Il memorandum di Breval non vincola nessuno.", "The Breval memorandum does not bind anyone.",
     Verdict.SUPPORTED),
    ("memorandum", "Il memorandum di Breval vincola le parti.", "The Breval memorandum binds the parties.",
     Verdict.REFUTED),
]  # fmt: skip


@dataclass
class Decided(WordReader):
    """Reads every text as saying the same of every claim."""

    claim: tuple[float, float, float] = ENTAILED

    def read(self, question: str, texts: Sequence[Text]) -> list[Reading]:
        return [replace(reading, claim=self.claim) for reading in super().read(question, texts)]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    head = "---\ntitle: Nota {0}\ndate: 2025-06-24\nkind: report\nlanguage: {1}\n---\n\n{2}\n"
    files: dict[str, str | bytes] = {
        f"{name}.{language}.md": head.format(name, language, text)
        for language, texts in (("it", ITALIAN), ("en", ENGLISH))
        for name, text in texts.items()
    }
    return open_assistant(tmp_path_factory.mktemp("across"), files)


def verdict(assistant: Assistant, source: str, claim: str, language: str, reader: WordReader) -> Verdict:
    assistant.desk = FactDesk(assistant.retriever, ClaimJudge(reader, ACROSS, Precedence()))
    (own,) = (d.id for d in assistant.documents() if d.source == source)
    return assistant.check(ClaimQuestion(claim, language=language, documents=frozenset({own}))).verdict


@pytest.mark.parametrize("name, italian, english, expected", CLAIMS)
def test_a_claim_gets_its_verdict_from_a_document_in_the_other_language(
    assistant: Assistant, name: str, italian: str, english: str, expected: Verdict
) -> None:
    reader = Decided(CONTRADICTED if expected is Verdict.REFUTED else ENTAILED)
    found = [
        verdict(assistant, f"{name}.en.md", italian, "it", reader),
        verdict(assistant, f"{name}.it.md", english, "en", reader),
    ]
    assert found == [expected, expected]


@pytest.mark.parametrize("name, italian, english", [row[:3] for row in CLAIMS if row[3] is Verdict.REFUTED])
def test_across_languages_a_difference_that_the_reader_does_not_see_refutes_nothing(
    assistant: Assistant, name: str, italian: str, english: str
) -> None:
    assert verdict(assistant, f"{name}.en.md", italian, "it", Decided()) is Verdict.NOT_ENOUGH_INFO
    assert verdict(assistant, f"{name}.it.md", english, "en", Decided()) is Verdict.NOT_ENOUGH_INFO


def test_across_languages_what_reads_as_contradicting_a_claim_never_supports_it(assistant: Assistant) -> None:
    name, italian, english, _ = CLAIMS[0]
    reader = Decided(CONTRADICTED)
    assert verdict(assistant, f"{name}.en.md", italian, "it", reader) is Verdict.NOT_ENOUGH_INFO
    assert verdict(assistant, f"{name}.it.md", english, "en", reader) is Verdict.NOT_ENOUGH_INFO


@pytest.mark.parametrize("bias, shown", [(-2.5, False), (-0.9, True)])
def test_a_sentence_that_hardly_bears_on_an_undecided_claim_is_not_shown_on_a_side(
    assistant: Assistant, bias: float, shown: bool
) -> None:
    """Odds of 8 to 100 say nothing to a reader; those of 41 are worth a look, as what leans and does not decide."""
    weak = defaultdict(float, bias=bias)
    judge = ClaimJudge(Decided(), ClaimCalibration(weak, weak, 0.6, 0.6), Precedence())
    assistant.desk = FactDesk(assistant.retriever, judge)
    (own,) = (d.id for d in assistant.documents() if d.source == "impianto.it.md")
    claim = "GM aprirà un impianto a Orion entro il 2027."
    check = assistant.check(ClaimQuestion(claim, language="it", documents=frozenset({own})))
    assert check.verdict is Verdict.NOT_ENOUGH_INFO
    assert bool(check.testimonies) is shown
    assert all(t.leaning for t in check.testimonies)
    assert bool(check.nearest) is not shown


@pytest.mark.parametrize("claim", ["The plant employs over 950 people.", "The plant employs fewer than 500 people."])
def test_what_bounds_a_number_is_no_word_that_a_source_must_hold(claim: str) -> None:
    assert Assertion.of(claim, "en").content() == ["plant", "employs", "people"]
