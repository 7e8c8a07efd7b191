"""What the readers share: the Markdown that they write is what the parser reads back."""

from __future__ import annotations

import pytest
from builders import docx, html, pdf, text_page
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import markup
from rag.formats.extracted import Markdown, broken_lines, clean, raised
from rag.formats.readers import READERS

MARKS = st.sampled_from(
    [
        "# ",
        "- ",
        "1. ",
        "> ",
        "```",
        "~~~",
        "---",
        "***",
        "| ",
        "|---|",
        "<!-- ",
        "\\",
        "•",
        "=",
        "  ",
        "\n",
        "\u00a0",
        "\u00ad",
    ]
)
WORDS = st.lists(st.one_of(MARKS, st.text(max_size=6)), max_size=6).map("".join).map(clean)
SPOKEN = WORDS.map(lambda words: words.lstrip("".join(markup.BULLETS) + " ")).filter(lambda w: any(map(str.isalnum, w)))


def read_back(text: str) -> list[tuple[str, str]]:
    return [(b.kind.value, text[b.start : b.end]) for b in markup.blocks(text, format_="html")]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["paragraph", "quote", "item"]), SPOKEN), max_size=8))
def test_blocks_of_any_words_are_read_back_as_they_were_written(blocks: list[tuple[str, str]]) -> None:
    out = Markdown()
    places = [getattr(out, kind)(words) for kind, words in blocks]
    assert read_back(out.text) == blocks
    assert [b.start for b in markup.blocks(out.text, format_="html")] == places
    assert out.length == len(out.text)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(SPOKEN, min_size=2, max_size=2), min_size=2, max_size=5))
@pytest.mark.slow
def test_cells_of_any_words_are_read_back_as_they_were_written(rows: list[list[str]]) -> None:
    out = Markdown()
    out.paragraph("prima")
    out.table(rows)
    out.paragraph("dopo")
    found = read_back(out.text)
    assert [kind for kind, _ in found] == ["paragraph", "header", *["row"] * (len(rows) - 1), "paragraph"]
    cells = [[text[c.start : c.end].replace("\\|", "|") for c in markup.cells(text)] for _, text in found[1:-1]]
    assert cells == rows


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_clean_text_is_one_line_that_can_be_stored(text: str) -> None:
    found = clean(text)
    assert found.encode("utf-8").decode() == found == " ".join(found.split()) == clean(found)


def test_a_table_of_one_row_or_one_column_is_no_table() -> None:
    out = Markdown()
    out.table([["Uno", "Due"]])
    out.table([["a"], ["b"]])
    assert out.text == "Uno\n\nDue\n\n- a\n- b"


def test_empty_rows_and_columns_are_left_out() -> None:
    out = Markdown()
    out.table([["A", "", "B"], ["", "", ""], ["1", "", "2"]])
    assert out.text == "| A | B |\n|---|---|\n| 1 | 2 |"


def test_a_table_without_a_header_keeps_its_first_row_as_a_row() -> None:
    out = Markdown()
    out.table([["1", "2", "3"], ["4", "5", "6"]], headed=False)
    rows = [b for b in markup.blocks(out.text, format_="html") if b.kind is markup.BlockKind.ROW]
    assert markup.row_display(out.text[rows[0].start : rows[0].end], "|  |  |  |") == "1 · 2 · 3"


def test_items_nested_without_end_are_written_at_a_last_depth() -> None:
    out = Markdown()
    out.item("x", depth=100_000)
    assert len(out.text) < 30


def test_letters_without_a_shape_are_left_out() -> None:
    assert clean("compo\u00adnenti\u200b \u202enero\u202c \U000e0041x\ud800") == "componenti nero x"


def test_raised_figures_are_written_so() -> None:
    assert raised("10 (2)") == "¹⁰ ⁽²⁾"


def test_a_wrapped_line_goes_on_and_an_entry_begins() -> None:
    assert broken_lines(["incontro con", "Antonio Filosa", "", "9.30 Arrivo", "10.00 Visita", "• punto"]) == [
        "incontro con Antonio Filosa",
        "9.30 Arrivo",
        "10.00 Visita",
        "• punto",
    ]


@pytest.mark.parametrize("suffix", [".html", ".pdf", ".docx"])
def test_each_format_gives_the_same_markdown_for_the_same_document(suffix: str) -> None:
    made = {
        ".html": html("<p>La missione è partita.</p><ul><li>Ford</li><li>GM</li></ul>"),
        ".pdf": pdf(text_page("La missione è partita.", "• Ford", "• GM")),
        ".docx": docx(
            lambda d: [
                d.add_paragraph("La missione è partita."),
                *[d.add_paragraph(w, style="List Bullet") for w in ("Ford", "GM")],
            ]
        ),
    }
    assert READERS[suffix](made[suffix]).text == "La missione è partita.\n\n- Ford\n- GM"
