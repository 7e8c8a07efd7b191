"""Word files → Markdown."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from builders import docx, docx_body

from rag.errors import UnreadableDocument
from rag.formats.read_docx import read_docx


def p(words: str, properties: str = "", run: str = "") -> str:
    return (
        f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t xml:space='preserve'>{words}</w:t></w:r></w:p>"
    )


def cell(content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def table(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def body(*xml: str) -> str:
    return read_docx(docx_body(*xml)).text


def with_part(name: str, change: Any) -> bytes:
    """A Word file with one part rewritten."""
    source = zipfile.ZipFile(io.BytesIO(docx(lambda document: document.add_paragraph("Testo."))))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in source.namelist():
            content = source.read(member)
            archive.writestr(member, change(content) if member == name else content)
    return buffer.getvalue()


def test_headings_lists_and_tables_keep_the_order_of_the_document() -> None:
    def build(document: Any) -> None:
        document.add_heading("Titolo", 0)
        document.add_heading("Uno", 1)
        document.add_paragraph("voce", style="List Bullet")
        document.add_paragraph("sotto", style="List Bullet 2")
        grid = document.add_table(2, 2)
        for place, words in zip([(0, 0), (0, 1), (1, 0), (1, 1)], ["Chi", "Dove", "GM", "Warren"], strict=True):
            grid.cell(*place).text = words
        document.add_paragraph("primo", style="List Number")
        document.add_paragraph("secondo", style="List Number")
        document.add_paragraph("detto", style="Quote")

    assert read_docx(docx(build)).text == (
        "# Titolo\n\n## Uno\n\n- voce\n  - sotto\n\n| Chi | Dove |\n|---|---|\n| GM | Warren |\n\n"
        "1. primo\n2. secondo\n\n> detto"
    )


def test_italian_style_names_are_headings() -> None:
    def build(document: Any) -> None:
        document.styles["Heading 2"].name = "Titolo 2"
        document.add_paragraph("Visite", style="Titolo 2")
        document.add_paragraph("Testo.")

    assert read_docx(docx(build)).text == "## Visite\n\nTesto."


def test_a_short_bold_line_is_a_heading_where_nobody_uses_styles() -> None:
    assert body(p("Visite", run="<w:b/>"), p("Testo con un punto.", run="<w:b/>"), p("Altro")) == (
        "## Visite\n\nTesto con un punto.\n\nAltro"
    )


def test_what_word_does_not_show_is_not_read() -> None:
    white = "<w:color w:val='FFFFFF'/>"
    assert (
        body(
            p("Visto", run=""),
            p("SEGRETO", run="<w:vanish/>"),
            p("SEGRETO", run=white),
            p("SEGRETO", run="<w:sz w:val='2'/>"),
            "<w:p><w:del><w:r><w:delText>SEGRETO</w:delText></w:r></w:del><w:ins><w:r><w:t>Inserito</w:t></w:r></w:ins></w:p>",
            p("Su fondo", run=white + "<w:shd w:fill='000000'/>"),
        )
        == "Visto\n\nInserito\n\nSu fondo"
    )


def test_headers_and_footers_of_the_page_are_left_out() -> None:
    def build(document: Any) -> None:
        document.add_paragraph("Testo.")
        document.sections[0].header.paragraphs[0].text = "Carta intestata"
        document.sections[0].footer.paragraphs[0].text = "Pagina 1"

    assert read_docx(docx(build)).text == "Testo."


def test_content_controls_and_links_are_read() -> None:
    link = "<w:p><w:hyperlink><w:r><w:t>sito</w:t></w:r></w:hyperlink></w:p>"
    control = (
        f"<w:sdt><w:sdtContent><w:sdt><w:sdtContent>{p('controllo')}</w:sdtContent></w:sdt></w:sdtContent></w:sdt>"
    )
    assert body(control, link) == "controllo\n\nsito"


def test_text_in_a_box_is_read_once() -> None:
    names = (
        "xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006' xmlns:v='urn:schemas-microsoft-com:vml'"
    )
    box = f"<w:txbxContent>{p('Nel riquadro')}</w:txbxContent>"
    choices = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    run = f"<mc:AlternateContent {names}>{choices}</mc:AlternateContent>"
    assert body(f"<w:p><w:r><w:t>Fuori</w:t></w:r><w:r>{run}</w:r></w:p>") == "Fuori\n\nNel riquadro"


def test_merged_cells_are_repeated_and_deleted_rows_left_out() -> None:
    assert body(
        table(
            cell(p("Anno")) + cell(p("Export")),
            cell(p("2024"), "<w:vMerge w:val='restart'/>") + cell(p("a|b")),
            cell("<w:p/>", "<w:vMerge/>") + cell(p("c")),
            "<w:trPr><w:del/></w:trPr>" + cell(p("SEGRETO")) + cell(p("SEGRETO")),
        )
    ).splitlines() == ["| Anno | Export |", "|---|---|", "| 2024 | a\\|b |", "| 2024 | c |"]


def test_a_table_of_names_in_bold_becomes_items() -> None:
    bold = [cell(p(name, run="<w:b/>")) for name in ("Data", "Luogo:")]
    assert (
        body(table(bold[0] + cell(p("24 aprile")), bold[1] + cell(p("Warren")))) == "- Data: 24 aprile\n- Luogo: Warren"
    )


def test_a_line_typed_with_a_bullet_is_an_item_and_one_with_a_mark_is_not() -> None:
    assert body(p("• uno"), p("# due")) == "- uno\n\n\u00a0# due"


def test_footnotes_follow_the_paragraph_that_calls_them() -> None:
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    def build(document: Any) -> None:
        paragraph = document.add_paragraph("Il gap è ampio")
        paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}><w:footnoteReference w:id='2'/></w:r>"))
        document.add_paragraph("Poi altro.")
        notes = f"<w:footnotes {nsdecls('w')}><w:footnote w:id='2'>{p('93,5 miliardi.')}</w:footnote></w:footnotes>"
        name = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
        part = Part(PackURI("/word/footnotes.xml"), name, notes.encode(), document.part.package)
        document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)

    assert read_docx(docx(build)).text == "Il gap è ampio¹\n\n¹ 93,5 miliardi.\n\nPoi altro."


def test_the_title_comes_from_the_properties_and_nothing_else_does() -> None:
    assert read_docx(docx(lambda d: d.add_paragraph("x"), "Relazione finale")).metadata == {"title": "Relazione finale"}
    assert read_docx(docx(lambda d: d.add_paragraph("x"), "bozza.docx")).metadata == {}


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data, reason",
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (OLE, "before 2007"),
        (b"testo qualunque", "damaged"),
        (docx(lambda d: d.add_paragraph("x"))[:3000], "damaged"),
        (zipped(**{"a.txt": b"x"}), "no Word file"),
        (zipped(**{"word/document.xml": b" " * (65 * 2**20)}), "too much"),
    ],
)
def test_a_file_that_is_no_readable_word_file_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        read_docx(data)


@pytest.mark.slow
def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """Three files of 80 MiB that a few hundred kilobytes hold."""
    with pytest.raises(UnreadableDocument, match="unpacks to 240 MiB"):
        read_docx(
            zipped(
                **{f"word/media/{n}.bin": b"\x00" * (80 * 2**20) for n in range(3)}, **{"word/document.xml": b"<a/>"}
            )
        )


def test_entities_are_not_expanded() -> None:
    declared = b"?>\n<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'><!ENTITY a 'aaaa'>]>"
    data = with_part("word/document.xml", lambda c: c.replace(b"?>", declared, 1).replace(b"Testo.", b"T &e;&a; fine"))
    assert read_docx(data).text in ("T", "T fine")
