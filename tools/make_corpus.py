"""Build the PDF and DOCX documents of the example corpus, always with the same bytes.

The Markdown, HTML and text documents of ``corpus/`` are written by hand; the binary ones come from the
texts below, so that a reviewer can read a change to them as a change to text.  Every source of variation
(clock, zip timestamps, compression library) is pinned: a rebuilt corpus must not change the fingerprints
an index was made from.

Run ``python tools/make_corpus.py`` to write the files, ``--check`` to only compare them with the disk.
"""

from __future__ import annotations

import argparse
import io
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from docx import Document as new_docx
from docx.document import Document as DocxDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from reportlab.lib.colors import HexColor  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.lib.units import mm  # type: ignore[import-untyped]
from reportlab.platypus import (  # type: ignore[import-untyped]
    HRFlowable,
    KeepTogether,
    ListFlowable,
    ListItem,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

CORPUS = Path(__file__).resolve().parents[1] / "corpus"

# One text in both languages: two would read as two origins.
PROVENANCE = (
    "Tutti i documenti di questo dossier derivano da un solo articolo di giornale in italiano sulla missione del "
    "Piemonte in Michigan. · All documents in this dossier derive from one Italian newspaper article about Piedmont's "
    "mission to Michigan."
)
LOCALE = {"it": "it-IT", "en": "en-GB"}

# A technical constant, not a date of the documents: theirs is given nowhere.  The PDF library pins the same.
FIXED_TIME = datetime(2000, 1, 1)
ZIP_TIME = (1980, 1, 1, 0, 0, 0)

TABLE_STYLES = ("Normal Table", "Light List Accent 1")
UNUSED_PARTS = ("/stylesWithEffects", "/thumbnail", "/customXml")

ACCENT = "#1F4E79"
TINT = "#EAF1F8"
RULE = "#B8C7D9"
INK = "#222B36"
FRAME_PADDING = 6  # points the PDF library keeps free inside a page's frame


@dataclass(frozen=True)
class Heading:
    """A section title; level 1 is the first below the document's own title."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Para:
    """A plain paragraph."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """An unordered list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table with one header row; ``widths`` are shares of the line, as the long column varies."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True)
class NewPage:
    """A forced page break, for a document whose pages are meant to be read one by one."""


Block = Heading | Para | Bullets | Grid | NewPage


@dataclass(frozen=True)
class Source:
    """One document of the corpus: its file name, its metadata and its content, free of any format."""

    name: str
    title: str
    language: str
    kind: str
    blocks: tuple[Block, ...]


ORGANISATIONS = Source(
    name="04-organizzazioni.docx",
    title="Le organizzazioni della missione in Michigan",
    language="it",
    kind="report",
    blocks=(
        Para(
            "Il documento elenca le organizzazioni con cui la missione della Regione Piemonte è entrata in "
            "contatto e quelle che l'hanno sostenuta."
        ),
        Heading("Organizzazioni incontrate"),
        Heading("Contea di Oakland", 2),
        Para("Ai “tavoli operativi” nella contea di Oakland c'erano manager di realtà come queste:"),
        Bullets(
            (
                "Webasto US, filiale locale di un gruppo tedesco attivo nella componentistica",
                "Stellantis, di cui la delegazione ha visto Antonio Filosa, coo per le Americhe",
                "Detroit Regional Partnership",
                "Comerica Bank",
            )
        ),
        Heading("Rivian", 2),
        Para(
            "Rivian, indicata come leader statunitense nei veicoli elettrici, è tra le realtà presentate "
            "alla delegazione da Allegra Baistrocchi, console generale."
        ),
        Heading("I costruttori del 24 aprile", 2),
        Bullets(
            (
                "Toyota North America: visita agli stabilimenti",
                "Ford: visita agli stabilimenti",
                "General Motors: vertice strategico nel Warren Technical Center",
            )
        ),
        Heading("Chi ha sostenuto il Piemonte"),
        Para("Per la presenza a VTM Michigan la delegazione aveva il supporto di:"),
        Bullets(("Ceipiemonte", "Progetto Integrato di Filiera “Automotive & Transportation”")),
        Para(
            "Al Piemonte è servito anche il sostegno di altre organizzazioni per proporsi nel ruolo di "
            "“partner ad alto valore aggiunto”:"
        ),
        Bullets(("ANFIA", "CNA", "Confapi", "Unione Industriali")),
        Heading("Quadro d'insieme"),
        Grid(
            header=("Organizzazione", "Contesto", "Legame con la missione"),
            rows=(
                ("Regione Piemonte", "Missione in Michigan", "È la sua missione istituzionale"),
                ("Ceipiemonte", "VTM Michigan", "Sostegno; ha in agenda VTM Torino 2026"),
                ("Progetto Integrato di Filiera", "VTM Michigan", "Sostegno alla delegazione"),
                ("Webasto US", "Contea di Oakland", "Manager ai “tavoli operativi”"),
                ("Stellantis", "Contea di Oakland", "Manager ai “tavoli operativi”"),
                ("Detroit Regional Partnership", "Contea di Oakland", "Manager ai “tavoli operativi”"),
                ("Comerica Bank", "Contea di Oakland", "Manager ai “tavoli operativi”"),
                ("Rivian", "Contatti della console generale", "Dialogo su una possibile missione a Torino"),
                ("Toyota North America", "24 aprile", "Visita agli stabilimenti"),
                ("Ford", "24 aprile", "Visita agli stabilimenti"),
                ("General Motors", "24 aprile", "Vertice strategico"),
                ("ANFIA, CNA, Confapi, Unione Industriali", "Proposta del Piemonte", "Sostegno"),
                ("UniTo e PoliTo", "Voci della missione", "Tema: la ricerca"),
                ("Dumarey Automotive", "Voci della missione", "Tema: le sfide globali"),
                ("Vehicle Valley", "Voci della missione", "Tema: i rapporti industriali"),
            ),
            widths=(0.34, 0.28, 0.38),
        ),
    ),
)

FIGURES = Source(
    name="05-scheda-dati.pdf",
    title="Scheda dati della missione in Michigan",
    language="it",
    kind="factsheet",
    blocks=(
        Para("Le cifre e i dati che servono a leggere la missione del Piemonte in Michigan."),
        Heading("Le cifre"),
        Grid(
            header=("Dato", "Valore", "Riferimento"),
            rows=(
                ("Impianti produttivi", "oltre 950", "Michigan"),
                ("Lavoratori", "175.000", "Michigan"),
                ("Gap nella componentistica auto", "93,5 miliardi di dollari", "Stati Uniti"),
                (
                    "Visite e vertice con i costruttori",
                    "24 aprile",
                    "Toyota North America, Ford, General Motors",
                ),
                ("Prossimo appuntamento", "VTM Torino 2026", "Agenda di Ceipiemonte"),
            ),
            widths=(0.36, 0.28, 0.36),
        ),
        Heading("Come leggere le cifre del Michigan"),
        Para(
            "Il numero degli impianti è una soglia minima: sono oltre 950. Il prodotto interno lordo del "
            "Michigan è legato in misura forte all'industria dell'auto. Impianti, lavoratori e peso "
            "dell'auto aiutano a capire perché lì potrebbe attecchire una nuova alleanza industriale."
        ),
        Heading("Il gap e le PMI piemontesi"),
        Para(
            "Il gap riguarda i componenti per auto negli Stati Uniti. È visto come un'occasione unica per le "
            "PMI del Piemonte attive in questi campi:"
        ),
        Bullets(("subfornitura", "produzione ad alta specializzazione", "industria 4.0")),
        Heading("“Local-to-local” e dazi"),
        Para(
            "Il modello “local-to-local” consiste nell'investire negli USA e nel produrre là. Può portare "
            "capitali e rendere più ampia la presenza delle imprese italiane in Nord America. La "
            "produzione sul posto eviterebbe inoltre i dazi, che gravano sull'export."
        ),
        Heading("L'offerta del Piemonte"),
        Bullets(
            (
                "meccatronica avanzata",
                "software per la mobilità",
                "conoscenze accademiche",
                "formazione tecnica di alto livello",
            )
        ),
    ),
)

BRIEF = Source(
    name="07-mission-brief.pdf",
    title="Mission brief: Piedmont in Michigan",
    language="en",
    kind="report",
    blocks=(
        Heading("Summary"),
        Para(
            "The Piedmont Region (Regione Piemonte) took an institutional mission to Michigan. It was led by "
            "the assessore Andrea Tronzano and by Michela Favaro, Deputy Mayor of Turin. The mission is an "
            "attempt to open a way into a territory where a new industrial alliance could grow."
        ),
        Heading("Michigan and the US market in figures"),
        Grid(
            header=("Figure", "Value", "Refers to"),
            rows=(
                ("Production plants", "over 950", "Michigan"),
                ("Workers", "175,000", "Michigan"),
                ("Gap in car components", "93.5 billion dollars", "United States"),
            ),
            widths=(0.38, 0.34, 0.28),
        ),
        Para("Michigan's gross domestic product also depends strongly on the automotive sector."),
        Heading("What does Piedmont offer?"),
        Bullets(
            (
                "advanced mechatronics",
                "software for mobility",
                "academic know-how",
                "high-level technical training",
            )
        ),
        Heading("VTM Michigan"),
        Para(
            "VTM Michigan is a business convention for the main players in the mobility of the future. The "
            "Piedmont delegation was there with the support of Ceipiemonte and of the integrated supply "
            "chain project “Automotive & Transportation”. It described an industrial model that is resilient "
            "and ready for a leading part in the global ecological transition."
        ),
        Heading("Oakland County"),
        Para(
            "The meetings in Oakland County were described as “working tables” rather than formal rituals. "
            "They brought in managers from organisations such as Webasto US (the local branch of a German "
            "components group), Comerica Bank, Detroit Regional Partnership and Stellantis. The delegation "
            "met Antonio Filosa, Stellantis COO for the Americas and at that time a candidate for CEO."
        ),
        NewPage(),
        Heading("24 April: visits and a summit"),
        Para(
            "On 24 April the mission went on with visits to the plants of Toyota North America and Ford, and "
            "with a strategic summit at the Warren Technical Center of General Motors."
        ),
        Heading("Rivian"),
        Para(
            "Consul General Allegra Baistrocchi introduced the delegation to organisations such as Rivian. A "
            "dialogue began about a possible mission to Turin, where the Americans would assess setting up a "
            "research centre, not a plant."
        ),
        Heading("Why does Piedmont look to the United States?"),
        Para(
            "The US gap in car components is seen as a unique opening for Piedmont's small and medium-sized "
            "enterprises in subcontracting, highly specialised production and Industry 4.0. Piedmont had "
            "earlier courted Chinese carmakers for a long time, without success."
        ),
        Para(
            "The “local-to-local” model means investing in order to produce directly in the United States. "
            "It could attract capital and widen the presence of Italian companies in the North American "
            "market. Goods made on the spot would also avoid the tariffs."
        ),
        Heading("How does Piedmont present itself?"),
        Para(
            "Piedmont wanted to be seen as a “high value-added partner” and not as a mere subcontractor. "
            "ANFIA, Unione Industriali, CNA and Confapi were among its supporters in this. Its automotive "
            "supply chain has begun to position itself as a European hub for the multinationals of the car "
            "industry."
        ),
        Heading("What is the next appointment?"),
        Para("Ceipiemonte already has the next appointment in its diary: VTM Torino 2026."),
    ),
)

PRESS = Source(
    name="10-press-summary.docx",
    title="Press summary: Piedmont looks to Michigan",
    language="en",
    kind="article",
    blocks=(
        Heading("In brief"),
        Para(
            "An institutional mission of the Piedmont Region has been to Michigan, a possible ground for a "
            "new industrial alliance. Andrea Tronzano, assessore, and Michela Favaro, Deputy Mayor of Turin, "
            "led it. Vehicle Valley has its sights on Michigan, which counts over 950 production plants and "
            "175,000 workers."
        ),
        Heading("The meetings"),
        Para(
            "The setting for Piedmont's presentation was the business convention VTM Michigan. In Oakland "
            "County the delegation sat down with managers from organisations such as Webasto US, Comerica "
            "Bank, Detroit Regional Partnership and Stellantis; among the people it met was Antonio Filosa, "
            "the carmaker's COO for the Americas."
        ),
        Para(
            "On 24 April it visited plants of Toyota North America and Ford. A strategic summit took place "
            "at the Warren Technical Center of General Motors."
        ),
        Heading("A dialogue with Rivian"),
        Para(
            "A dialogue has started with Rivian, which is developing models such as the R3, about a possible "
            "mission to Turin. A visit would serve to assess a research centre, not a plant."
        ),
        Heading("The business case"),
        Bullets(
            (
                "The United States has a gap of 93.5 billion dollars in car components.",
                "Piedmont's small and medium-sized enterprises could find an opening there.",
                "Under the “local-to-local” model, companies invest to produce in the United States.",
                "Production on the spot would avoid tariffs.",
            )
        ),
        Heading("In their words"),
        Para(
            "Tronzano said: «Stiamo costruendo, tassello dopo tassello, nuove opportunità di business per le "
            "imprese piemontesi». In English: we are building, piece by piece, new business opportunities "
            "for Piedmont's companies."
        ),
        Para(
            "For Pierpaolo Antonioli of Dumarey Automotive, «le sfide globali sono opportunità se affrontate "
            "con esperienza e innovazione». In English: global challenges are opportunities if they are "
            "faced with experience and innovation."
        ),
        Para(
            "Favaro pointed to the evolution of Turin's industrial fabric. Stefano Geuna (UniTo) and "
            "Gianmario Pellegrino (PoliTo) stressed the central role of research. Monica Mailander, "
            "president of Vehicle Valley, spoke of industrial relations to be consolidated."
        ),
        Heading("Next"),
        Para("The next appointment in Ceipiemonte's diary is VTM Torino 2026."),
    ),
)

SOURCES = (ORGANISATIONS, FIGURES, BRIEF, PRESS)


def _style(name: str, font: str, size: float, **more: Any) -> ParagraphStyle:
    """Make a paragraph style in a standard PDF font: it needs no font file and covers Italian accents."""
    colour = more.pop("colour", INK)
    return ParagraphStyle(name, fontName=font, fontSize=size, textColor=HexColor(colour), **more)


PDF_STYLES = {
    "title": _style("title", "Helvetica-Bold", 22, colour=ACCENT, leading=27, spaceAfter=4),
    "h1": _style("h1", "Helvetica-Bold", 13, colour=ACCENT, leading=17, spaceBefore=13, spaceAfter=4),
    "h2": _style("h2", "Helvetica-Bold", 11, colour=ACCENT, leading=15, spaceBefore=8, spaceAfter=3),
    "body": _style("body", "Helvetica", 10.5, leading=15.5, spaceAfter=6),
    "cell": _style("cell", "Helvetica", 10, leading=13),
    "head": _style("head", "Helvetica-Bold", 10, leading=13, colour="#FFFFFF"),
}


def _pdf_text(text: str, style: str) -> Paragraph:
    """Set text as it is: the PDF library reads paragraphs as markup, so an ampersand must be escaped."""
    return Paragraph(escape(text), PDF_STYLES[style])


def _pdf_table(grid: Grid, width: float) -> Table:
    """Lay out a table whose header row is repeated should it run over the page."""
    rows = [[_pdf_text(cell, "head") for cell in grid.header]]
    rows += [[_pdf_text(cell, "cell") for cell in row] for row in grid.rows]
    table = Table(rows, colWidths=[share * width for share in grid.widths], repeatRows=1, spaceAfter=8)
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), HexColor(ACCENT)),
                ("ROWBACKGROUNDS", (0, 1), (-1, -1), [HexColor("#FFFFFF"), HexColor(TINT)]),
                ("LINEBELOW", (0, 0), (-1, -1), 0.5, HexColor(RULE)),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
            ]
        )
    )
    return table


def _pdf_bullets(bullets: Bullets) -> ListFlowable:
    """Set a list with a true bullet sign, which text extraction keeps."""
    items = [ListItem(_pdf_text(item, "body"), spaceAfter=0) for item in bullets.items]
    return ListFlowable(items, bulletType="bullet", start="•", leftIndent=14, bulletColor=HexColor(ACCENT))


def _pdf_flowable(block: Block, width: float) -> Any:
    """Turn one block into its PDF counterpart."""
    match block:
        case Heading(text, level):
            return _pdf_text(text, f"h{level}")
        case Para(text):
            return _pdf_text(text, "body")
        case Bullets():
            return _pdf_bullets(block)
        case Grid():
            return _pdf_table(block, width)
        case NewPage():
            return PageBreak()


def _pdf_story(source: Source, width: float) -> Iterator[Any]:
    """Yield the flowables in order, each heading bound to what follows: no heading may end a page alone."""
    yield _pdf_text(source.title, "title")
    yield HRFlowable(width="100%", thickness=2, color=HexColor(ACCENT), spaceBefore=2, spaceAfter=8)
    held: list[Any] = []
    for block in source.blocks:
        held.append(_pdf_flowable(block, width))
        if not isinstance(block, Heading):
            yield KeepTogether(held) if len(held) > 1 else held[0]
            held = []
    yield Spacer(1, 1)


def pdf_bytes(source: Source) -> bytes:
    """Render a document as PDF, uncompressed, so that no compression library can change its bytes.

    The pages carry no running header, footer or number: repeated lines would be read as content.
    """
    buffer = io.BytesIO()
    template = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=23 * mm,
        rightMargin=23 * mm,
        topMargin=22 * mm,
        bottomMargin=22 * mm,
        title=source.title,
        author="",
        subject=PROVENANCE,
        lang=LOCALE[source.language],
        invariant=1,
        pageCompression=0,
    )
    template.build(list(_pdf_story(source, template.width - 2 * FRAME_PADDING)))
    return buffer.getvalue()


def _docx_prune(document: DocxDocument) -> None:
    """Drop what the library's template brings along unused: it is nine tenths of an uncompressed file."""
    for relations in (document.part.rels, document.part.package.rels):
        for key in [key for key, relation in relations.items() if relation.reltype.endswith(UNUSED_PARTS)]:
            del relations[key]
    for style in list(document.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name not in TABLE_STYLES:
            style.delete()


def _docx_properties(document: DocxDocument, source: Source) -> None:
    """Overwrite what the library would fill in (its own name, the clock) and clear what is not known."""
    core = document.core_properties
    core.title = source.title
    core.subject = PROVENANCE
    core.language = LOCALE[source.language]
    core.author = core.last_modified_by = core.comments = ""
    core.created = core.modified = FIXED_TIME
    core.revision = 1


def _docx_styles(document: DocxDocument, source: Source) -> None:
    """Set the body font and tell word processors the language, for hyphenation and screen readers."""
    normal: Any = document.styles["Normal"]
    normal.font.name = "Calibri"
    normal.font.size = Pt(11)
    normal.paragraph_format.space_after = Pt(6)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), LOCALE[source.language])
    normal.element.get_or_add_rPr().append(language)
    for name in ("Title", "Heading 1", "Heading 2"):
        heading: Any = document.styles[name]
        heading.font.color.rgb = RGBColor.from_string(ACCENT.removeprefix("#"))


def _docx_table(document: DocxDocument, grid: Grid) -> None:
    """Add a table whose first row is marked as header, as readers of the file look for that mark."""
    table = document.add_table(rows=0, cols=len(grid.header), style=TABLE_STYLES[-1])
    section = document.sections[0]
    line = (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)
    for texts in (grid.header, *grid.rows):
        for cell, text, share in zip(table.add_row().cells, texts, grid.widths, strict=True):
            cell.text = text
            cell.width = int(line * share)
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _docx_block(document: DocxDocument, block: Block) -> None:
    """Append one block to the document."""
    match block:
        case Heading(text, level):
            document.add_heading(text, level)
        case Para(text):
            document.add_paragraph(text)
        case Bullets(items):
            for item in items:
                document.add_paragraph(item, style="List Bullet")
        case Grid():
            _docx_table(document, block)
        case NewPage():
            document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _fixed_zip(data: bytes) -> bytes:
    """Repack a zip with fixed timestamps and without compression: both would vary between machines."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            new.writestr(info, old.read(name))
    return buffer.getvalue()


def docx_bytes(source: Source) -> bytes:
    """Render a document as DOCX."""
    document = new_docx()
    _docx_prune(document)
    _docx_properties(document, source)
    _docx_styles(document, source)
    document.add_heading(source.title, 0)
    for block in source.blocks:
        _docx_block(document, block)
    buffer = io.BytesIO()
    document.save(buffer)
    return _fixed_zip(buffer.getvalue())


def sidecar_text(source: Source) -> str:
    """Write the metadata a binary file cannot carry in plain sight; texts hold no double quote to escape."""
    return (
        f'title: "{source.title}"\n'
        f"language: {source.language}\n"
        f"kind: {source.kind}\n"
        f'provenance: "{PROVENANCE}"\n'
        "visibility: public\n"
    )


def outputs() -> dict[str, bytes]:
    """Return every generated file by name."""
    files: dict[str, bytes] = {}
    for source in SOURCES:
        make = pdf_bytes if source.name.endswith(".pdf") else docx_bytes
        files[source.name] = make(source)
        files[f"{source.name}.meta.yaml"] = sidecar_text(source).encode()
    return files


def differing(folder: Path, files: dict[str, bytes]) -> list[str]:
    """Name the files on disk that are missing or not what this script makes."""
    return [
        name for name, data in files.items() if not (folder / name).is_file() or (folder / name).read_bytes() != data
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with ``--check`` report which ones are stale."""
    parser = argparse.ArgumentParser(description="Build the PDF and DOCX files of the example corpus.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is stale")
    parser.add_argument("--out", type=Path, default=CORPUS, help="folder to write to (default: corpus/)")
    options = parser.parse_args(arguments)
    files = outputs()
    stale = differing(options.out, files)
    if not options.check:
        options.out.mkdir(parents=True, exist_ok=True)
        for name in stale:
            (options.out / name).write_bytes(files[name])
    for name in stale:
        print(f"{'stale' if options.check else 'written'}: {name}")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
