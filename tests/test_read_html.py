"""HTML → Markdown."""

from __future__ import annotations

import time

import pytest
from builders import html

from rag.errors import UnreadableDocument
from rag.formats.read_html import read_html


def text(body: str, head: str = "") -> str:
    return read_html(html(body, head)).text


def test_headings_paragraphs_and_quotes_keep_their_order() -> None:
    body = "<h1>Uno</h1><p>Prima\n   riga.</p><h2>Due</h2><blockquote><p>«Detto»</p></blockquote>"
    assert text(body) == "# Uno\n\nPrima riga.\n\n## Due\n\n> «Detto»"


def test_emphasis_and_links_leave_their_words_only() -> None:
    assert text('<p>La <b>GM</b> ha <a href="https://x.it">un <em>sito</em></a>.</p>') == "La GM ha un sito."


def test_lists_nest_and_keep_their_numbers() -> None:
    body = "<ul><li>uno<ul><li>due</li></ul></li><li><p>tre</p><p>bis</p></li></ul><ol start=5><li>cinque</li></ol>"
    assert text(body) == "- uno\n  - due\n- tre bis\n5. cinque"


def test_definitions_become_items() -> None:
    assert (
        text("<dl><dt>Luogo</dt><dd>Warren</dd><dt>Data:</dt><dd>24 aprile</dd></dl>")
        == "- Luogo: Warren\n- Data: 24 aprile"
    )


def test_a_table_has_its_header_and_escaped_pipes() -> None:
    rows = "<tr><th>Chi</th><th>Dove</th></tr><tr><td>GM | Ford</td><td>Warren</td></tr>"
    body = f"<table><caption>Tappe</caption>{rows}</table>"
    assert text(body) == "Tappe:\n\n| Chi | Dove |\n|---|---|\n| GM \\| Ford | Warren |"


def test_what_spans_rows_is_repeated_and_heads_of_two_rows_are_joined() -> None:
    body = (
        "<table><tr><th rowspan=2>Anno</th><th colspan=2>Export</th></tr><tr><th>USA</th><th>Cina</th></tr>"
        "<tr><td rowspan=2>2024</td><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>"
    )
    assert text(body).splitlines() == [
        "| Anno | Export USA | Export Cina |",
        "|---|---|---|",
        "| 2024 | 1 | 2 |",
        "| 2024 | 3 | 4 |",
    ]


def test_a_table_that_names_its_rows_becomes_items() -> None:
    body = "<table><tr><th>Data</th><td>24 aprile</td></tr><tr><th>Luogo</th><td>Warren</td></tr></table>"
    assert text(body) == "- Data: 24 aprile\n- Luogo: Warren"


def test_a_table_that_arranges_the_page_is_read_as_text() -> None:
    body = "<table><tr><td><h2>Titolo</h2><p>Testo.</p></td><td><table><tr><td>Lato</td></tr></table></td></tr></table>"
    assert text(body) == "## Titolo\n\nTesto.\n\nLato"


def test_points_in_a_cell_are_kept_apart() -> None:
    body = "<table><tr><td>A</td><td>B</td></tr><tr><td>x</td><td><ul><li>uno</li><li>due</li></ul></td></tr></table>"
    assert text(body).splitlines()[-1] == "| x | uno; due |"


def test_superscripts_do_not_melt_into_numbers() -> None:
    assert text("<p>93 miliardi<sup>2</sup>, 10<sup><a>6</a></sup>, CO<sub>2</sub></p>") == "93 miliardi², 10⁶, CO₂"


def test_lines_broken_by_hand_become_paragraphs_where_one_begins() -> None:
    assert text("<p>Programma:<br>9.30 Arrivo<br>10.00 Visita agli<br>stabilimenti</p>").split("\n\n") == [
        "Programma:",
        "9.30 Arrivo",
        "10.00 Visita agli stabilimenti",
    ]


@pytest.mark.parametrize("words", ["# uno", "- uno", "1. uno", "> uno", "``` uno", "* uno"])
def test_a_paragraph_that_looks_like_a_mark_stays_a_paragraph(words: str) -> None:
    from rag import markup

    found = text(f"<p>{words.replace('>', '&gt;')}</p>")
    block = markup.blocks(found, format_="html")[0]
    assert (block.kind, found[block.start : block.end]) == ("paragraph", words)


HIDDEN = [
    "<p hidden>SEGRETO</p>",
    "<p hidden='until-found'>SEGRETO</p>",
    "<div style='display : NONE'><p>SEGRETO</p></div>",
    "<p style='color:red;display:/**/none'>SEGRETO</p>",
    "<p style='display&#58;none'>SEGRETO</p>",
    "<p style='visibility:hidden'>SEGRETO</p>",
    "<p style='font-size:0px'>SEGRETO</p>",
    "<p style='position:absolute;left:-9999px'>SEGRETO</p>",
    "<p aria-hidden=true>SEGRETO</p>",
    "<!-- SEGRETO -->",
    "<!-- a --!><p>visto</p><!-- <p>SEGRETO</p>",
    "<style>.x, #y {display: none}</style><p class='a x'>SEGRETO</p><p id=y>SEGRETO</p>",
    "<script>SEGRETO</script><noscript>SEGRETO</noscript><template><p>SEGRETO</p></template>",
    "<nav>SEGRETO</nav><footer>SEGRETO</footer><aside>SEGRETO</aside><textarea>SEGRETO</textarea>",
    "<form><p>SEGRETO</p></form><dialog>SEGRETO</dialog><svg><text>SEGRETO</text></svg>",
    "<table><tr><td>a<td>b</tr><tr hidden><td>SEGRETO<td>c</tr><tr><td>d<i hidden>SEGRETO</i><td>e</tr></table>",
    "<div hidden/>SEGRETO",
    "<p title='x>SEGRETO</p><p>SEGRETO",
    "<span hidden>SEGRETO <span>SEGRETO</span> SEGRETO</span>",
    "<img alt='SEGRETO'><p title='SEGRETO'>x</p><input value='SEGRETO'>",
]


@pytest.mark.parametrize("body", HIDDEN)
def test_what_a_visitor_cannot_see_is_not_read(body: str) -> None:
    assert "SEGRETO" not in text(f"<p>Prima</p>{body}")
    assert text(f"<p>Prima</p>{body}").startswith("Prima")


@pytest.mark.parametrize(
    "body",
    [
        "<style>@media print {.x {display: none}} .z {}</style><p class=x>VISTO</p>",
        "<p style='font-size:0.9em'>VISTO</p>",
        "<div style='font-size:0'><p style='font-size:12px'>VISTO</p></div>",
        "<form><h1>Pagina</h1><p>VISTO</p></form>",
        "<article><aside>VISTO</aside></article>",
        "<script>if (a<b) x='<script>'</script><p>VISTO</p>",
        "<svg/><p>VISTO</p>",
        "<title>a <b</title><p>VISTO</p>",
    ],
)
def test_what_only_looks_hidden_is_read(body: str) -> None:
    assert "VISTO" in text(body)


def test_metadata_comes_from_the_head() -> None:
    head = (
        "<title>Titolo lungo | Regione</title><meta property=og:site_name content=Regione>"
        "<meta property='article:published_time' content='2025-04-24T10:00:00Z'><meta name=visibility content=public>"
        "<link rel=canonical href='https://example.org/a'><meta name=author content=Nessuno>"
    )
    assert read_html(html("<p>x</p>", head)).metadata == {
        "title": "Titolo lungo",
        "publisher": "Regione",
        "date": "2025-04-24",
        "url": "https://example.org/a",
        "visibility": "public",
    }


def test_fontes_own_names_come_before_the_common_ones() -> None:
    head = "<title>Uno</title><meta name=title content=Due><meta name=date content='24/04/2025'>"
    assert read_html(html("<p>x</p>", head)).metadata == {"title": "Due"}


@pytest.mark.parametrize(
    "data",
    [
        "<meta charset=iso-8859-1><p>perché “x”</p>".encode("cp1252"),
        "<p>perché “x”</p>".encode("cp1252"),
        "<p>perché “x”</p>".encode(),
        "<p>perché “x”</p>".encode("utf-8-sig"),
        "<p>perché “x”</p>".encode("utf-16"),
        "<meta charset=utf-7><p>perché “x”</p>".encode(),
        b"<meta charset=iso-8859-1><meta charset=utf-8><p>perch&eacute; &#8220;x&#x201D;</p>",
    ],
)
def test_the_encoding_is_found(data: bytes) -> None:
    assert read_html(data).text == "perché “x”"


@pytest.mark.parametrize(
    "body",
    [
        "<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">VISTO</p>",
        "<p title='" + "x" * 12_000_000 + "'>VISTO</p>",
        "<p>VISTO" + "<b><i>" * 20 + "</p></b>" * 20 + "<table><tr><td>",
        "<p>VISTO</p>" + "<!-- " * 20_000,
        "<p>VISTO</p>" + "<a <a " * 20_000,
        "<table><tr><td rowspan=99999 colspan=99999>VISTO</td><td>y</td></tr><tr><td>z</td></tr></table>",
        "<p>VISTO &#xD800; &#0; \x00 </p>",
    ],
)
def test_broken_and_hostile_markup_is_read_in_bounded_time(body: str) -> None:
    started = time.process_time()
    found = text(body)
    assert "VISTO" in found
    assert found.encode("utf-8")
    assert time.process_time() - started < 5


def test_elements_nested_too_deep_are_refused_with_the_reason() -> None:
    with pytest.raises(UnreadableDocument, match="nested deeper"):
        text("<div>" * 100_000 + "x")


def test_no_entity_is_fetched() -> None:
    data = b"<!DOCTYPE html [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><p>a &x; b</p>"
    assert "&x;" in read_html(data).text


def test_a_binary_file_is_refused() -> None:
    with pytest.raises(UnreadableDocument, match="binary"):
        read_html(bytes(range(256)) * 20)
