"""What is found: lists fused by language, copies folded, limits kept; late interaction against a slow reference."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore
from standins import WordEncoder, open_index, write

from rag.documents import roots
from rag.embedding.embedder import Encoding, QueryEncoding
from rag.embedding.projection import unit
from rag.models import Hit, Question
from rag.retrieval import Retriever, late_interaction


def retriever(folder: Path, files: Mapping[str, str | bytes]) -> Retriever:
    index = open_index(folder / "data")
    (folder / "corpus").mkdir()
    index.sync(roots((write(folder / "corpus", files),)))
    return Retriever(index)


def found(hits: list[Hit]) -> list[str]:
    return [hit.document.source for hit in hits]


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    empty = retriever(tmp_path, {})
    assert empty.search(Question("Dov’è il treno?")) == []
    assert empty.retrieve("Dov’è il treno?") == []


def test_the_best_passage_comes_first_and_says_how_it_was_found(tmp_path: Path) -> None:
    files = {
        "a.md": "I treni a idrogeno partono da Ivrea.\n",
        "b.md": "Il pane costa poco.\n",
        "c.md": "Vino e olio.\n",
    }
    best = retriever(tmp_path, files).search(Question("Da dove partono i treni a idrogeno?"))[0]
    assert best.document.source == "a.md"
    assert best.found_by == {"dense", "lexical"}
    assert best.similarity == pytest.approx(1.0, abs=0.02)


def test_scores_fall(tmp_path: Path) -> None:
    files = {f"{n}.md": f"Il treno numero {n} parte alle {n}.\n" for n in range(12)}
    scores = [hit.score for hit in retriever(tmp_path, files).search(Question("Quando parte il treno numero 7?"))]
    assert scores == sorted(scores, reverse=True)


def test_no_more_than_the_limit_come_back(tmp_path: Path) -> None:
    many = retriever(tmp_path, {f"{n}.md": f"Il treno {n} parte presto da {n * 7}.\n" for n in range(40)})
    assert len(many.search(Question("treno"))) == 24
    assert len(many.search(Question("treno"), limit=3)) == 3


ITALIAN = {
    "answer.md": "Alla acciaieria di Vercelli il nuovo forno dà lavoro a 300 operai.\n",
    # An English-looking line in an Italian document: the bait of English word matching.
    "bait.md": "Nella sala comunale la proiezione di “Workers has a furnace” dura due ore e poi si discute.\n",
    "other.md": "La piscina comunale apre a giugno e chiude a settembre.\n",
}


def test_an_english_question_on_italian_documents_is_not_dragged_down_by_words_that_merely_match(
    tmp_path: Path,
) -> None:
    it = retriever(tmp_path, ITALIAN)
    hits = it.search(Question("Which steelworks has a furnace with workers in Vercelli?", language="en"))
    assert hits[0].document.source == "answer.md"
    bait = next(hit for hit in hits if hit.document.source == "bait.md")
    assert bait.found_by == {"dense"}


def test_names_and_numbers_are_looked_up_in_both_languages(tmp_path: Path) -> None:
    it = retriever(tmp_path, ITALIAN)
    best = it.search(Question("What stands in Vercelli?", language="en"))[0]
    assert best.document.source == "answer.md"
    assert "lexical" in best.found_by


def test_copies_of_one_passage_are_folded_into_the_best(tmp_path: Path) -> None:
    line = "La delegazione di Torino ha firmato l’accordo con il porto di Savona nel mese di maggio.\n"
    copies = retriever(tmp_path, {"a.md": line, "b.md": line, "c.txt": line.upper(), "d.md": "Altro ancora.\n"})
    hits = copies.search(Question("Chi ha firmato l’accordo con il porto di Savona?"))
    assert len([h for h in hits if "savona" in h.passage.text.lower()]) == 1


@pytest.mark.parametrize("one, other", [("41", "38"), ("quarantuno", "trentotto"), ("Bianchi", "Rossi")])
def test_what_differs_in_a_name_or_a_number_is_no_copy(tmp_path: Path, one: str, other: str) -> None:
    line = "Secondo la nota della segreteria la delegazione in visita al porto di Savona nel maggio del 2025 era {}, "
    line += (
        "come risulta dai documenti consegnati alla reception dell’albergo e dalle firme raccolte prima della cena.\n"
    )
    twins = retriever(tmp_path, {"a.md": line.format(one), "b.md": line.format(other)})
    assert len(twins.search(Question("delegazione al porto di Savona"))) == 2


@pytest.mark.parametrize(
    "one, other",
    [
        ("Alla fine la delegazione ha firmato", "Alla fine la delegazione non ha firmato"),
        ("The mayor of the town can sign", "The mayor of the town can't sign"),
        ("The port will sign", "The port may sign"),
        ("Il porto ha venduto alla Ferriera", "La Ferriera ha venduto al porto"),
    ],
)
def test_what_is_denied_doubted_or_turned_round_is_no_copy(tmp_path: Path, one: str, other: str) -> None:
    rest = " l’accordo di Savona sul nuovo molo, come dice la nota che la segreteria ha letto a tutti prima di cena.\n"
    both = retriever(tmp_path, {"a.md": one + rest, "b.md": other + rest})
    assert len(both.search(Question("accordo di Savona sul nuovo molo"))) == 2


def test_articles_and_prepositions_make_no_difference(tmp_path: Path) -> None:
    line = "Nel maggio del 2025 la delegazione arrivata da Torino ha firmato {} accordo con il porto di Savona sul "
    line += "nuovo molo, come dice la nota letta a tutti prima di cena.\n"
    both = retriever(tmp_path, {"a.md": line.format("un"), "b.md": line.format("l’")})
    assert len(both.search(Question("accordo con il porto di Savona"))) == 1


DATED = {
    "old.md": "---\ndate: 2024-01-10\nvisibility: public\n---\nIl treno costa 10 milioni.\n",
    "new.md": "---\ndate: 2025-03-01\n---\nIl treno costa ora 20 milioni.\n",
    "undated.md": "Il treno, si dice, costa 30 milioni.\n",
}


def test_only_the_documents_that_are_named(tmp_path: Path) -> None:
    dated = retriever(tmp_path, DATED)
    one = {d.source: d.id for d in dated.library.documents.values()}["new.md"]
    assert found(dated.search(Question("Quanto costa il treno?", documents=frozenset({one})))) == ["new.md"]
    assert dated.search(Question("Quanto costa il treno?", documents=frozenset())) == []


def test_visitors_reach_public_documents_only(tmp_path: Path) -> None:
    assert found(retriever(tmp_path, DATED).search(Question("Quanto costa il treno?", public_only=True))) == ["old.md"]


def test_as_of_leaves_out_what_is_dated_later_and_keeps_what_has_no_date(tmp_path: Path) -> None:
    question = Question("Quanto costa il treno?", as_of=dt.date(2024, 12, 31))
    assert set(found(retriever(tmp_path, DATED).search(question))) == {"old.md", "undated.md"}


@pytest.mark.slow
def test_a_narrowed_search_finds_what_a_thousand_nearer_passages_would_hide(tmp_path: Path) -> None:
    crowd = "\n\n".join(f"Quanto costa il treno numero {n}?" for n in range(1000))
    narrow = retriever(tmp_path, {"crowd.md": crowd, "public.md": "---\nvisibility: public\n---\nTariffa: 9 euro.\n"})
    assert found(narrow.search(Question("Quanto costa il treno?", public_only=True))) == ["public.md"]


def test_a_refresh_shows_what_has_changed(tmp_path: Path) -> None:
    index = open_index(tmp_path / "data")
    corpus = write(tmp_path / "corpus", {"a.md": "Il treno parte.\n"})
    index.sync(roots((corpus,)))
    view = Retriever(index)
    assert len(view.search(Question("treno"))) == 1
    write(corpus, {"b.md": "Un secondo treno arriva tardi.\n"})
    index.sync(roots((corpus,)))
    view.refresh()
    assert len(view.search(Question("treno"))) == 2


def test_llama_index_retrieves_nodes_with_exact_places(tmp_path: Path) -> None:
    view = retriever(tmp_path, {"a.md": "# Titolo 😀\n\nUn treno.\n\nUn treno a idrogeno.\n\nUn treno.\n"})
    assert isinstance(view, BaseRetriever)
    nodes = view.retrieve("treno a idrogeno")
    text = next(iter(view.library.documents.values())).text
    assert nodes
    for scored in nodes:
        assert isinstance(scored, NodeWithScore)
        node = scored.node
        assert scored.score is not None
        assert node.get_content() == text[node.start_char_idx : node.end_char_idx]  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", ["?", '"', "NEAR(", "😀", "a" * 5000, "\x00", "* OR *", "\ud83d"])
def test_no_question_breaks_the_search(tmp_path: Path, text: str) -> None:
    found = retriever(tmp_path, {"a.md": "Un treno.\n"}).search(Question(text))
    assert [hit.passage.text for hit in found] == ["Un treno."]
    assert all("lexical" not in hit.found_by for hit in found)


def reference(query: QueryEncoding, encoding: Encoding) -> float:
    """Late interaction, one number at a time."""
    total = 0.0
    for weight, asked in zip(query.weights, query.tokens, strict=True):
        best = -math.inf
        for row in encoding.tokens:
            best = max(best, sum(float(a) * int(b) / 127 for a, b in zip(asked, row, strict=True)))
        total += float(weight) * best
    return total


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 6), st.integers(0, 9), st.integers(0, 2**32 - 1))
def test_late_interaction_is_the_weighted_mean_of_the_best_cosines(asked: int, held: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    weights = random.random(asked).astype(np.float32)
    query = QueryEncoding(
        np.zeros(5, np.float32),
        unit(random.standard_normal((asked, 5)).astype(np.float32)),
        weights / weights.sum() if asked else weights,
    )
    tokens = np.round(unit(random.standard_normal((held, 5)).astype(np.float32)) * 127).astype(np.int8)
    encoding = Encoding(np.zeros(5, np.float32), tokens, np.zeros((held, 2), np.int32))
    expected = reference(query, encoding) if asked and held else 0.0
    assert late_interaction(query, encoding) == pytest.approx(expected, abs=1e-5)


def test_the_same_words_are_as_near_as_can_be() -> None:
    encoder = WordEncoder()
    query, same = encoder.encode_query("treno a idrogeno"), encoder.encode_documents(["idrogeno, treno"])[0]
    assert late_interaction(query, same) == pytest.approx(1.0, abs=0.02)
