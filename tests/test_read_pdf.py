"""PDF → Markdown with its pages."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import LINE, pdf, text_page
from reportlab.lib.pdfencrypt import StandardEncryption  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from rag.errors import UnreadableDocument
from rag.formats.read_pdf import read_pdf


def text(*pages: object) -> str:
    return read_pdf(pdf(*pages)).text  # type: ignore[arg-type]


def grid(canvas: Canvas, rows: Sequence[tuple[str, ...]], top: float = 700, step: float = 18, x: float = 72) -> None:
    canvas.setFont("Helvetica", 10)
    for number, row in enumerate(rows):
        for column, words in enumerate(row):
            canvas.drawString(x + column * 150, top - number * step, words)


def test_paragraphs_are_rebuilt_from_lines() -> None:
    found = text(
        text_page("La delegazione ha incontrato le imprese della", "contea di Oakland.", "", "Secondo capoverso.")
    )
    assert found == "La delegazione ha incontrato le imprese della contea di Oakland.\n\nSecondo capoverso."


def test_a_line_that_ends_early_ends_its_paragraph() -> None:
    found = text(
        text_page("Una riga lunga che arriva fino al margine destro della pagina e va", "a capo.", "Altro capoverso.")
    )
    assert found.endswith("va a capo.\n\nAltro capoverso.")


def test_hyphens_at_a_line_end_are_taken_out_only_where_they_broke_a_word() -> None:
    lines = (
        "Le imprese della componen-",
        "tistica e il modello local-to-",
        "local, cioè local-to-local, di Fiat-",
        "Chrysler oggi.",
    )
    assert text(text_page(*lines)) == (
        "Le imprese della componentistica e il modello local-to-local, cioè local-to-local, di Fiat-Chrysler oggi."
    )


def test_larger_and_bold_lines_are_headings() -> None:
    def draw(canvas: Canvas) -> None:
        text_page("Titolo grande", font="Helvetica-Bold", size=18)(canvas)
        text_page("Sezione", font="Helvetica-Bold", top=720)(canvas)
        text_page("Il testo della sezione, con un punto.", "Un'altra riga di testo.", top=700)(canvas)

    assert text(draw).startswith("# Titolo grande\n\n## Sezione\n\nIl testo")


def test_bullets_and_numbers_are_items_and_their_lines_are_joined() -> None:
    lines = (
        "Campi:",
        "• meccatronica avanzata e software per la",
        "   mobilità",
        "• ricerca",
        "1. primo",
        "2. secondo",
    )
    assert (
        text(text_page(*lines))
        == "Campi:\n\n- meccatronica avanzata e software per la mobilità\n- ricerca\n1. primo\n2. secondo"
    )


TABLE = [("Nome", "Ruolo", "Ente"), ("Filosa", "coo", "Stellantis"), ("Favaro", "vicesindaca", "Torino")]


def test_cells_under_each_other_are_a_table() -> None:
    def draw(canvas: Canvas) -> None:
        grid(canvas, TABLE)
        text_page("Un paragrafo dopo.", top=600)(canvas)

    assert text(draw) == (
        "| Nome | Ruolo | Ente |\n|---|---|---|\n| Filosa | coo | Stellantis |\n| Favaro | vicesindaca | Torino |"
        "\n\nUn paragrafo dopo."
    )


def test_a_ruled_table_keeps_cells_of_several_lines_together() -> None:
    from reportlab.lib.styles import getSampleStyleSheet  # type: ignore[import-untyped]
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table  # type: ignore[import-untyped]

    style = getSampleStyleSheet()["BodyText"]
    rows = [["Chi", "Che cosa"], ["Toyota North America, Ford e General Motors", "Visita agli stabilimenti e vertice"]]
    buffer = io.BytesIO()
    grid_style = [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    cells = [[Paragraph(words, style) for words in row] for row in rows]
    SimpleDocTemplate(buffer).build([Table(cells, colWidths=[110, 90], style=grid_style)])
    assert read_pdf(buffer.getvalue()).text.splitlines() == [
        "| Chi | Che cosa |",
        "|---|---|",
        "| Toyota North America, Ford e General Motors | Visita agli stabilimenti e vertice |",
    ]


def test_a_table_that_goes_on_over_the_page_gets_its_header_again() -> None:
    found = text(
        lambda c: grid(c, TABLE[:2], top=100), lambda c: grid(c, [TABLE[2], ("Geuna", "rettore", "UniTo")], top=700)
    )
    assert found.count("| Nome | Ruolo | Ente |") == 2
    assert "| Favaro | vicesindaca | Torino |" in found


def test_names_and_values_side_by_side_are_items() -> None:
    assert (
        text(lambda c: grid(c, [("Data:", "24 aprile"), ("Luogo:", "Warren")])) == "- Data: 24 aprile\n- Luogo: Warren"
    )


def test_running_heads_and_page_numbers_are_left_out() -> None:
    def page(number: int) -> object:
        def draw(canvas: Canvas) -> None:
            text_page("Relazione annuale", top=815, size=9)(canvas)
            text_page(f"Capitolo {number // 2} {number + 4}", top=800, size=9)(canvas)
            text_page(f"Testo della pagina numero {number}, che dice una cosa.", top=700)(canvas)
            text_page(f"Pagina {number} di 4", top=30, size=9)(canvas)

        return draw

    assert text(*map(page, range(1, 5))).split("\n\n") == [
        f"Testo della pagina numero {n}, che dice una cosa." for n in range(1, 5)
    ]


def test_pages_are_contiguous_slices_in_order() -> None:
    found = read_pdf(pdf(text_page("Una."), lambda _: None, text_page("Tre.")))
    assert [page.number for page in found.pages] == [1, 2, 3]
    assert [found.text[page.start : page.end].strip() for page in found.pages] == ["Una.", "", "Tre."]
    assert "".join(found.text[page.start : page.end] for page in found.pages) == found.text


def test_a_paragraph_over_the_turn_of_a_page_is_one_and_knows_where_it_turns() -> None:
    found = read_pdf(pdf(text_page("Il dialogo è cominciato con una", top=60), text_page("missione a Torino.")))
    assert found.text == "Il dialogo è cominciato con una missione a Torino."
    assert found.text[found.pages[1].start :] == "missione a Torino."


def hidden(canvas: Canvas) -> None:
    text_page("Testo visibile.")(canvas)
    invisible = canvas.beginText(72, 600)
    invisible.setTextRenderMode(3)
    invisible.textLine("SEGRETO")
    invisible.setTextRenderMode(0)
    canvas.drawText(invisible)
    text_page("SEGRETO", top=560, size=1)(canvas)
    text_page("SEGRETO", top=900)(canvas)
    text_page("SEGRETO", x=-300, top=500)(canvas)
    text_page("SEGRETO", top=400)(canvas)
    canvas.rect(60, 390, 200, 30, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    text_page("SEGRETO", top=300)(canvas)
    canvas.setFillColorRGB(0, 0, 0.5)
    canvas.rect(60, 190, 200, 30, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    text_page("Bianco su blu.", top=200)(canvas)


def test_letters_that_cannot_be_seen_are_not_read() -> None:
    assert text(hidden) == "Testo visibile.\n\nBianco su blu."


def test_a_large_box_of_which_a_corner_is_shown_hides_no_more_than_that() -> None:
    def draw(canvas: Canvas) -> None:
        text_page("Testo visibile.")(canvas)
        text_page("SEGRETO", top=200)(canvas)
        path = canvas.beginPath()
        path.rect(60, 180, 200, 40)
        canvas.clipPath(path, stroke=0, fill=0)
        canvas.rect(0, 0, 595, 842, fill=1)

    assert text(draw) == "Testo visibile."


def test_letters_outside_of_what_is_shown_of_them_are_not_read() -> None:
    def draw(canvas: Canvas) -> None:
        path = canvas.beginPath()
        path.rect(60, 700, 400, 100)
        canvas.clipPath(path, stroke=0, fill=0)
        text_page("Testo visibile.")(canvas)
        text_page("SEGRETO", top=300)(canvas)

    assert text(draw) == "Testo visibile."


def scan(canvas: Canvas, words: str = "") -> None:
    """A page that is a picture, with invisible words over it if text recognition was run."""
    from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]

    ppm = b"P5 8 8 255 " + bytes(64)
    canvas.drawImage(ImageReader(io.BytesIO(ppm)), 0, 0, 595, 842)
    if words:
        layer = canvas.beginText(72, 600)
        layer.setTextRenderMode(3)
        layer.textLine(words)
        canvas.drawText(layer)


def test_a_scan_is_refused_and_text_recognition_named() -> None:
    with pytest.raises(UnreadableDocument, match="no text") as caught:
        text(scan)
    assert "OCR" in caught.value.hint


def test_a_scan_with_recognised_text_is_read() -> None:
    assert text(lambda canvas: scan(canvas, "Testo riconosciuto.")) == "Testo riconosciuto."


def test_a_slanted_watermark_is_left_out_and_turned_text_is_kept() -> None:
    def draw(canvas: Canvas) -> None:
        text_page("Testo.")(canvas)
        for angle, words in ((45, "BOZZA"), (90, "Nota a margine")):
            canvas.saveState()
            canvas.translate(300, 300)
            canvas.rotate(angle)
            text_page(words, x=0, top=0)(canvas)
            canvas.restoreState()

    assert text(draw) == "Testo.\n\nNota a margine"


def test_a_turned_page_is_read_upright() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(90)
        canvas.translate(595, 0)
        canvas.rotate(90)
        grid(canvas, TABLE, top=400)

    assert text(draw).splitlines()[2] == "| Filosa | coo | Stellantis |"


def test_raised_figures_do_not_melt_into_numbers() -> None:
    def draw(canvas: Canvas) -> None:
        text_page("Il gap è di 93 miliardi")(canvas)
        canvas.setFont("Helvetica", 6)
        canvas.drawString(72 + canvas.stringWidth("Il gap è di 93 miliardi", "Helvetica", 11), 764, "2")

    assert text(draw) == "Il gap è di 93 miliardi²"


@pytest.mark.parametrize(
    "title, kept",
    [
        ("Relazione finale", True),
        ("untitled", False),
        ("Microsoft Word - bozza.docx", False),
        ("bozza_v2.pdf", False),
        ("", False),
    ],
)
def test_a_title_that_a_program_made_up_is_none(title: str, kept: bool) -> None:
    assert read_pdf(pdf(text_page("Testo."), title=title)).metadata == ({"title": title} if kept else {})


@pytest.mark.parametrize(
    "data, reason",
    [
        (pdf(text_page("x"), encrypt=StandardEncryption("user", "owner")), "encrypted"),
        (b"%PDF-1.4 rotto", "damaged"),
        (b"testo qualunque", "damaged"),
        (pdf(text_page("Testo intero."))[:400], "damaged"),
    ],
)
def test_a_file_that_cannot_be_opened_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        read_pdf(data)


def test_a_file_that_only_its_owner_may_change_is_read() -> None:
    assert read_pdf(pdf(text_page("Leggibile."), encrypt=StandardEncryption("", "owner"))).text == "Leggibile."


def test_several_threads_may_read_at_once() -> None:
    data = [pdf(text_page(f"Documento {n}.", *["riga"] * 20)) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(read_pdf, data))
    assert [read.text[:12] for read in found] == [f"Documento {n}."[:12] for n in range(8)]


def test_many_lines_on_one_page_take_no_more_than_their_number() -> None:
    assert len(text(text_page(*["a   b"] * 3000, top=LINE * 3000))) > 0


def test_a_table_ruled_around_its_header_only_has_one_row_a_line() -> None:
    def draw(canvas: Canvas) -> None:
        rows = [*TABLE, ("Geuna", "rettore", "UniTo"), ("Mailander", "presidente", "Vehicle Valley")]
        grid(canvas, rows, top=700, step=14)
        for height in (712, 696, 640):
            canvas.line(70, height, 500, height)

    assert text(draw).splitlines()[2:] == [
        "| Filosa | coo | Stellantis |",
        "| Favaro | vicesindaca | Torino |",
        "| Geuna | rettore | UniTo |",
        "| Mailander | presidente | Vehicle Valley |",
    ]
