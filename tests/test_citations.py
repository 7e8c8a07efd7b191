"""Quotes are slices of their documents, and only what lies in its passage may be quoted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import document

from rag.citations import Citations, citation
from rag.models import Evidence, Hit, Page
from rag.passages import MAX_QUOTE, passages, units

PIECES = st.sampled_from(
    [
        *("# Titolo\n\n", "- voce\n", "| A | B |\n|---|---|\n| **uno** | due |\n", "**grassetto** ", "*corsivo*. "),
        *("`x` ", "[testo](http://a.b) ", "Frase. ", "dott. Rossi ", "😀", "e\u0301", "\r\n", "\n\n", "> cita\n"),
        *("<!-- no -->", "x" * 500),
    ]
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=25).map("".join)


def evidence(text: str, format_: str = "md") -> list[Evidence]:
    """Everything that could be quoted of a text."""
    whole = document(text, format_)
    return [Evidence(Hit(p, whole, 1.0), u.start, u.end, 1.0) for p in passages(whole) for u in units(p)]


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from(["md", "txt"]))
def test_every_quote_is_a_slice_of_lawful_length(text: str, format_: str) -> None:
    for item in evidence(text, format_):
        made = citation(item)
        assert made.quote == text[made.start : made.end]
        assert 0 < len(made.quote) <= MAX_QUOTE


def test_a_display_has_no_markup_and_the_quote_keeps_it() -> None:
    (item,) = evidence("La **sede** di *Torino* è [qui](http://a.b).\n")
    made = citation(item)
    assert made.display == "La sede di Torino è qui."
    assert made.quote == "La **sede** di *Torino* è [qui](http://a.b)."


def test_a_row_is_displayed_with_its_headers() -> None:
    (item,) = evidence("| Ente | Anno |\n|---|---|\n| **Porto** di Savona | 2024 |\n")
    assert citation(item).display == "Ente: Porto di Savona · Anno: 2024"


def test_plain_text_keeps_its_asterisks() -> None:
    (item,) = evidence("Un asterisco * e un altro * qui.", "txt")
    assert citation(item).display == "Un asterisco * e un altro * qui."


@pytest.mark.parametrize("shift", [(-1, 0), (0, 1), (-1, 1)])
def test_a_quote_that_leaves_its_passage_is_refused(shift: tuple[int, int]) -> None:
    item = evidence("Prima.\n\nSeconda frase.\n\nTerza.\n")[1]
    with pytest.raises(ValueError, match="not in its passage"):
        citation(replace(item, start=item.start + shift[0], end=item.end + shift[1]))


def test_an_empty_quote_is_refused() -> None:
    item = evidence("Una frase.\n")[0]
    with pytest.raises(ValueError, match="not in its passage"):
        citation(replace(item, end=item.start))


def test_a_quote_that_is_too_long_is_refused() -> None:
    item = evidence("parola " * 100)[0]
    with pytest.raises(ValueError, match="a quote of"):
        citation(replace(item, end=item.hit.passage.end))


def test_a_passage_of_another_version_is_refused() -> None:
    item = evidence("Erano 41 delegati.\n")[0]
    altered = replace(item, hit=replace(item.hit, document=document("Erano 38 delegati.\n")))
    with pytest.raises(ValueError, match="not in its passage"):
        citation(altered)


def test_the_same_place_has_the_same_number() -> None:
    one, two = evidence("Prima frase qui. Seconda frase qui.\n")
    cited = Citations()
    assert cited.cite([two]) == (1,)
    assert cited.cite([one, two, one]) == (2, 1)
    assert [c.quote for c in cited.numbered] == ["Seconda frase qui.", "Prima frase qui."]
    assert [c.number for c in cited.numbered] == [1, 2]


def test_a_citation_knows_its_page_and_its_permalink() -> None:
    text = "Prima pagina.\n\nSeconda pagina.\n"
    whole = document(text, pages=(Page(7, 0, 15), Page(8, 15, len(text))))
    passage = passages(whole)[1]
    made = citation(Evidence(Hit(passage, whole, 1.0), passage.start, passage.end, 1.0))
    assert made.page == 8
    assert made.url == "/documents/d1?version=v1&start=15&end=30"


def test_the_context_ends_where_the_passage_does() -> None:
    summit = evidence("Incontro con Anna Rossi.\n\nPrima. Il vertice è durato un’ora. Dopo.\n\nPoi Carlo Neri.\n")[2]
    assert citation(summit).context == "Prima. Il vertice è durato un’ora. Dopo."


def test_the_context_of_a_long_passage_is_cut_at_words() -> None:
    items = evidence(" ".join(f"Qui sta la parola{n:03}." for n in range(60)))
    context = citation(items[30]).context
    assert items[30].text in context
    assert 600 <= len(context) <= 660
    assert all(word in items[30].hit.passage.text.split() for word in context.split())


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_the_context_holds_no_front_matter_and_never_raises(text: str) -> None:
    fronted = f"---\ntitle: Segretissimo\n---\n{text}"
    for item in evidence(fronted):
        assert "Segretissimo" not in citation(item).context
