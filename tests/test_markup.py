"""Blocks with offsets, and what of a block a reader sees."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag import markup
from rag.markup import BlockKind

# Fragments that mean something to the parser, beside text that means nothing: letters, accents put on by a
# combining mark, emoji, guillemets, NUL, every line end.
FRAGMENTS = (
    [
        *"\n\r#-*_>|`~:.\\[]()!<> \t\x00",
        "\r\n",
        "\n\n",
        "- ",
        "1. ",
        "# ",
        "| a | b |\n|---|---|\n",
        "```",
        "---",
        "===",
    ],
    ["<!-- ", " -->", "Il Piemonte.", "e\u0301", "😀", "👩‍🚀", "«", "»", "\u00a0", "\u2028", "**x**", "[a](b)"],
)
PIECES = st.sampled_from([piece for line in FRAGMENTS for piece in line])
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=40).map("".join)
FORMATS = st.sampled_from(["md", "txt", "html"])


def kinds(text: str, format_: str = "md") -> list[tuple[str, str]]:
    return [(b.kind.value, text[b.start : b.end]) for b in markup.blocks(text, format_=format_)]


@settings(max_examples=100, deadline=None)
@given(TEXTS, FORMATS)
def test_blocks_are_in_order_disjoint_and_inside_the_text(text: str, format_: str) -> None:
    found = markup.blocks(text, format_=format_)
    assert all(0 <= block.start < block.end <= len(text) for block in found)
    assert all(left.end <= right.start for left, right in pairwise(found))


@settings(max_examples=100, deadline=None)
@given(TEXTS)
@example("-- - ")
def test_no_block_begins_or_ends_with_white_space(text: str) -> None:
    for block in markup.blocks(text, format_="html"):
        assert text[block.start : block.end] == text[block.start : block.end].strip()


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(0, 20), st.integers(0, 60))
def test_blocks_of_a_slice_stay_inside_it(text: str, start: int, end: int) -> None:
    end = min(end, len(text))
    assert all(start <= b.start < b.end <= end for b in markup.blocks(text, start, end))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="aà.«😀 ", max_size=30), st.integers(1, 4))
def test_a_repeated_paragraph_gets_places_of_its_own(text: str, times: int) -> None:
    paragraph = " ".join(text.split())
    whole = "\n\n".join([paragraph] * times)
    found = markup.blocks(whole)
    assert [whole[b.start : b.end] for b in found] == ([paragraph] * times if paragraph else [])
    assert len({b.start for b in found}) == len(found)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_visible_spans_are_in_order_disjoint_and_inside_the_text(text: str) -> None:
    found = markup.visible(text)
    assert all(0 <= span.start < span.end <= len(text) for span in found)
    assert all(left.end <= right.start for left, right in pairwise(found))


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(0, 10))
def test_cells_are_in_order_disjoint_and_trimmed(text: str, start: int) -> None:
    start = min(start, len(text))
    found = markup.cells(text, start)
    assert all(start <= cell.start <= cell.end <= len(text) for cell in found)
    assert all(left.end <= right.start for left, right in pairwise(found))
    assert all(text[c.start : c.end] == text[c.start : c.end].strip() for c in found)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(alphabet="ab|\\ «😀", max_size=6).map(str.strip), min_size=1, max_size=5))
def test_a_row_written_with_escaped_pipes_gives_its_cells_back(cells: list[str]) -> None:
    written = [cell.replace("\\", "").replace("|", "\\|") for cell in cells]
    row = "| " + " | ".join(written) + " |"
    assert [row[c.start : c.end] for c in markup.cells(row)] == [cell.strip() for cell in written]


def test_all_kinds_of_blocks_are_told_apart() -> None:
    text = (
        "# Titolo\n\nTesto su\ndue righe.\n\n- uno\n  - due\n\n1. primo\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n"
        "> detto\n> ancora\n\n```\ncodice\n```\n\n***\n\nSotto\n-----\n"
    )
    assert kinds(text) == [
        ("heading", "Titolo"),
        ("paragraph", "Testo su\ndue righe."),
        ("item", "uno"),
        ("item", "due"),
        ("item", "primo"),
        ("header", "| A | B |"),
        ("row", "| 1 | 2 |"),
        ("quote", "detto\n> ancora"),
        ("code", "codice"),
        ("rule", "***"),
        ("heading", "Sotto"),
    ]


def test_windows_line_ends_make_the_same_blocks() -> None:
    text = "# Titolo\n\nUno\ndue.\n\n- a\n- b\n"
    crlf = text.replace("\n", "\r\n")
    assert [b.kind for b in markup.blocks(crlf)] == [b.kind for b in markup.blocks(text)]
    assert kinds(crlf)[1] == ("paragraph", "Uno\r\ndue.")


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: Uno\n---\nTesto",
        "---\r\ntitle: Uno\r\n---\r\nTesto",
        "---\n---\nTesto",
        "\ufeff---\na: b\n...\nTesto",
    ],
)
def test_the_body_begins_after_the_front_matter(text: str) -> None:
    assert text[markup.body_start(text) :] == "Testo"


@pytest.mark.parametrize(
    "text", ["Testo", "---\nUn testo tra due righe.\n---\nFine", "--- \nsenza fine: sì", "# a\n---\n"]
)
def test_a_text_that_merely_begins_with_a_rule_has_no_front_matter(text: str) -> None:
    assert markup.body_start(text) == 0


def test_comments_are_blanked_in_markdown_only() -> None:
    text = "Prima <!-- nascosto\n\n# No --> dopo"
    assert ("heading", "No --> dopo") not in kinds(text)
    assert ("heading", "No --> dopo") in kinds(text, "html")


@pytest.mark.parametrize(
    "hard", ["| a |\n" + " " * 50_000 + "x|", "--" + " " * 50_000 + "x|\n|", "a|b\n--" + " " * 50_000 + "x|"]
)
def test_a_line_made_to_backtrack_costs_no_more_than_another(hard: str) -> None:
    assert not [b for b in markup.blocks(hard) if b.kind is BlockKind.HEADER]


# Plain text


def test_a_short_line_above_a_text_is_its_heading_in_plain_text() -> None:
    text = "NOTA SULLA VISITA\n\nIl contatto\nDurante la missione la delegazione ha incontrato\nalcune imprese."
    assert kinds(text, "txt") == [
        ("heading", "NOTA SULLA VISITA"),
        ("heading", "Il contatto"),
        ("paragraph", "Durante la missione la delegazione ha incontrato\nalcune imprese."),
    ]


def test_a_line_that_ends_before_it_had_to_ends_its_paragraph_in_plain_text() -> None:
    text = "Da: Ufficio missioni\nA: Giunta\n\nIl programma resta quello che era stato annunciato il giorno\nprima."
    assert [words for _, words in kinds(text, "txt")][:2] == ["Da: Ufficio missioni", "A: Giunta"]


def test_a_wrapped_line_goes_on_in_plain_text_though_a_name_begins_the_next() -> None:
    text = "La delegazione è stata ricevuta nella sede di Detroit da\nAntonio Filosa e dai suoi."
    assert [words for _, words in kinds(text, "txt")] == [text]


# What is seen


@pytest.mark.parametrize(
    "source, seen",
    [
        ("**Ford** e *GM*", "Ford e GM"),
        ("[il sito](https://example.org)", "il sito"),
        ("![logo](a.png) testo", "logo testo"),
        ("a <b>forte</b> <!-- no -->fine", "a forte fine"),
        ("3 * 4 e 2*3", "3 * 4 e 2*3"),
        ("nome_di_file", "nome_di_file"),
        (r"\*non corsivo\*", "*non corsivo*"),
        ("uno\n> due", "uno due"),
        ("R&amp;D", "R&D"),
    ],
)
def test_markup_is_left_out_of_what_is_shown(source: str, seen: str) -> None:
    assert markup.plain(source) == seen


def test_other_formats_are_shown_as_they_are() -> None:
    assert markup.plain("5 * 3 &amp; *nota*", markup=False) == "5 * 3 &amp; *nota*"


def test_a_row_is_shown_with_its_headers() -> None:
    assert markup.row_display("| Ford | **Visita** | |", "| Chi | Che cosa | Dove |") == "Chi: Ford · Che cosa: Visita"
    assert markup.row_display(r"| a \| b |", "| X |", markup=False) == "X: a | b"
