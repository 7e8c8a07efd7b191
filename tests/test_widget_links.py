"""Where a visitor may read a quote on, and the lines that put the assistant on a page."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from widget_server import House

from rag.models import Citation, Document, Visibility
from rag.settings import Settings
from rag.web.widget.links import at_place, fragment, reading
from rag.web.widget.register import Widget
from rag.web.widget.snippet import announcement

SITE = "https://www.regione.example"
HOME = "http://127.0.0.1:7860"
LONG = "uno due tre quattro cinque sei sette otto nove dieci undici dodici"


def citation(
    quote: str = "Anna Bianchi guida.", url: str | None = f"{SITE}/a", format_: str = "html", page: int | None = None
) -> Citation:
    document = Document(
        id="d", source="a.md", title="T", language="it", text=quote, version="v", content_hash="h", format=format_,
        url=url, visibility=Visibility.PUBLIC,
    )  # fmt: skip
    return Citation(1, document, "p", quote, quote, quote, 0, len(quote), page, 1.0)


@pytest.mark.parametrize(
    "cited, place",
    [
        (citation(format_="pdf", page=7), f"{SITE}/a#page=7"),
        (citation(format_="pdf"), f"{SITE}/a"),
        (citation(format_="pdf", page=7, url=f"{SITE}/a#tavola"), f"{SITE}/a#tavola"),
        (citation(), f"{SITE}/a#:~:text=Anna%20Bianchi%20guida."),
        (citation(url=f"{SITE}/a#capo-2"), f"{SITE}/a#capo-2:~:text=Anna%20Bianchi%20guida."),
        (citation(url=f"{SITE}/a?n=1"), f"{SITE}/a?n=1#:~:text=Anna%20Bianchi%20guida."),
    ],
)
def test_a_quote_is_opened_at_its_page_or_at_its_words(cited: Citation, place: str) -> None:
    assert at_place(cited) == place


@pytest.mark.parametrize(
    "quote, looked_for",
    [
        ("Il vice-capo, ieri & oggi", "Il%20vice%2Dcapo%2C%20ieri%20%26%20oggi"),
        (LONG, "uno%20due%20tre%20quattro%20cinque,otto%20nove%20dieci%20undici%20dodici"),
        (LONG.removesuffix(" dodici"), LONG.removesuffix(" dodici").replace(" ", "%20")),
        ("| Visita | Warren **Technical** Center | 3 |", "Warren%20Technical%20Center"),
        ("La visita | a Warren", "La%20visita%20%7C%20a%20Warren"),
    ],
)
def test_a_browser_looks_for_words_as_they_are_shown(quote: str, looked_for: str) -> None:
    assert fragment(citation(quote)) == looked_for


@given(st.text(min_size=1, max_size=200))
def test_nothing_in_a_quote_changes_what_is_looked_for(quote: str) -> None:
    """A comma parts the first words from the last, and only where the quote is long."""
    cited = citation(quote.encode("utf-8", "ignore").decode())
    pieces = fragment(cited).split(",")
    assert len(pieces) <= 2
    assert not set("".join(pieces)) & set("-&#\"'<> ")
    if not cited.quote.lstrip().startswith("|") and len(pieces) == 1:
        assert unquote(pieces[0]).split() == cited.display.replace("*", "").split()


def test_a_document_without_an_address_is_read_at_the_widget_and_another_widgets_nowhere() -> None:
    told = reading(citation(url=None), "prova", Widget(), "en")
    assert told == {"href": "/embed/prova/documents/d?version=v&start=0&end=19&lang=en#quote", "place": "here"}
    assert reading(citation(url="javascript:alert(1)"), "prova", Widget(), "en") == told
    assert reading(citation(), "prova", Widget(languages=("en",)), "en") is None


@pytest.mark.parametrize("language, words", [("it", "Documento non trovato"), ("en", "Document not found")])
def test_a_link_to_a_document_that_is_not_told_leads_to_a_page_and_not_to_the_staffs(
    tmp_path: Path, language: str, words: str
) -> None:
    """One and the same for what was withdrawn, for what is out of reach and for a widget that is off."""
    house = House(tmp_path, f"[widgets.prova]\norigins = ['{SITE}']\n[widgets.spento]\nenabled = false\n")
    ids = {d.source: d.id for d in house.server.assistant.documents()}
    places = (
        f"prova/documents/mai-visto?lang={language}",
        f"prova/documents/{ids['riservato.md']}?lang={language}",
        f"prova/documents/{ids['missione.md']}?version=mai-vista&lang={language}",
        f"spento/documents/{ids['missione.md']}?lang={language}",
    )
    told = set()
    for place in places:
        page = house.web.get(f"/embed/{place}", headers={"Accept": "text/html"})
        assert page.headers["content-type"].startswith("text/html")
        told.add((page.status_code, page.text.partition("<body>")[2].partition('<main class="message">')[2]))
        assert 'href="/"' not in page.text
    (status, text), *more = told
    assert (status, more) == (404, [])
    assert f"<h1>{words}</h1>" in text


def test_the_start_says_where_fonte_is_and_what_to_paste(tmp_path: Path) -> None:
    settings = Settings(corpus=(tmp_path,), data=tmp_path)
    shown = f"For a web page ({HOME}/demo shows it):\n  "
    line = '<script src="http://127.0.0.1:7860/widget.js" data-widget="{}" defer></script>'
    assert announcement(settings, HOME) == f"Fonte: {HOME}\n{shown}{line.format('demo')}"
    (tmp_path / "widgets.toml").write_text(f"[widgets.a]\norigins = ['{SITE}']", encoding="utf-8")
    reachable = Settings(corpus=(tmp_path,), data=tmp_path, host="0.0.0.0", staff_password="una password lunga")
    assert announcement(reachable, HOME) == f"Fonte: {HOME}\nFor a web page:\n  {line.format('a')}"


def test_a_start_without_a_widget_says_how_to_come_by_one(tmp_path: Path) -> None:
    settings = Settings(corpus=(tmp_path,), data=tmp_path, host="0.0.0.0", staff_password="una password lunga")
    assert "fonte widget add NAME" in announcement(settings, HOME)
