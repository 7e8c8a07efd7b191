"""The reading room: any document, any offsets, and nothing of a document ever live."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from lxml import etree
from lxml.html import HtmlElement, document_fromstring
from starlette.testclient import TestClient
from texts import document, pieces
from web_builders import MISSION, client, document_id, open_app

from rag import markup
from rag.models import Page, Span
from rag.web.body_html import Body
from rag.web.inline_html import Pen

PAGE = {"Accept": "text/html"}
HOSTILE = """---
title: '<script>alert("t")</script>'
publisher: '"><img src=x onerror=alert(1)>'
provenance: </p><iframe src=//evil.example></iframe>
url: https://example.org/"onmouseover="alert(1)
kind: <b>x</b>
---

# Titolo <img src=x onerror=alert(1)>

<script>alert(2)</script> <a href="javascript:alert(3)">clic</a> [qui](javascript:alert(4)) ![x](https://evil.example/p.png)

&lt;script&gt;alert(5)&lt;/script&gt; <style>body{display:none}</style> <form action=//evil.example><input></form>

| <b onclick=alert(6)>a</b> | b |
|---|---|
| <svg onload=alert(7)> | "quoted" |

```
</code></pre><script>alert(8)</script>
```
"""
FILES = {"missione.md": MISSION, "ostile.md": HOSTILE}
INLINE = ["\\|", "**", "*", "_", "`", "~~", "<br>", "<b>", "&amp;", "[x](y)", "Il Piemonte. ", "<script>", '"']
TEXTS = st.lists(pieces(*INLINE), max_size=25).map("".join)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return open_app(tmp_path_factory.mktemp("viewer"), FILES)[0]


@pytest.fixture
def web(app: FastAPI) -> TestClient:
    return client(app, Accept="text/html", Accept_Language="it")


def shown(web: TestClient, source: str = "missione.md", **query: str) -> HtmlElement:
    reply = web.get(f"/documents/{document_id(web, source)}", params=query)
    assert reply.status_code == 200
    return document_fromstring(reply.text)


def place(words: str) -> dict[str, str]:
    at = MISSION.index(words)
    return {"start": str(at), "end": str(at + len(words))}


def lit(page: HtmlElement) -> str:
    """The words that are lit, without what is said to those who do not see them."""
    for unseen in page.xpath("//*[@class='unseen']"):
        unseen.drop_tree()
    return " ".join("".join(mark.text_content() for mark in page.xpath("//mark[@class='lit']")).split())


def drawn(text: str, format_: str, main: Span | None, pages: tuple[Page, ...] = ()) -> tuple[str, Pen]:
    pen = Pen(document(text, format_, pages), main, (), "it")
    return Body(pen, "it").write(), pen


# The passage


def test_the_quote_of_an_answer_is_lit_at_the_address_of_its_citation(web: TestClient) -> None:
    asked = {"question": "Chi ha incontrato la delegazione a Detroit?"}
    cited = web.post("/api/v1/ask", json=asked).json()["citations"][0]
    page = document_fromstring(web.get(cited["url"]).text)
    assert lit(page) == cited["display"]
    assert len(page.xpath("//mark[@id='quote']")) == 1


def test_a_passage_is_lit_across_blocks(web: TestClient) -> None:
    span = {"start": place("Anna Bianchi")["start"], "end": place("cinque giorni")["end"]}
    words = lit(shown(web, **span))
    assert words.startswith("Anna Bianchi alla fiera di Detroit.")
    assert words.endswith("cinque giorni")


def test_a_table_row_is_lit_without_its_pipes(web: TestClient) -> None:
    page = shown(web, **place("| Visita | Warren **Technical** Center |"))
    assert lit(page) == "VisitaWarren Technical Center"
    assert page.xpath("//td/strong/mark")


@pytest.mark.parametrize(
    "query",
    [
        {"start": "5", "end": "2"}, {"start": "a", "end": "b"}, {"start": "-1", "end": "9"},
        {"start": "0", "end": "99999999"},
        {"start": "1"}, {"end": "9"}, {"start": "9" * 5000, "end": "1"}, {"start": "³", "end": "٤"}, {"cite": "x"},
        {"start": "0", "end": "5"}, {"cite": "5-2"}, {"start": "", "end": ""},
    ],
)  # fmt: skip
def test_offsets_that_are_not_of_the_text_light_nothing_and_say_so(web: TestClient, query: dict[str, str]) -> None:
    page = shown(web, **query)
    assert not page.xpath("//mark")
    assert page.xpath("//*[@class='notice']")
    assert "Anna Bianchi" in page.text_content()


def test_several_citations_are_walked_from_one_to_the_next(web: TestClient) -> None:
    cites = [place("Anna Bianchi"), place("12 milioni"), place("cinque giorni")]
    query: list[tuple[str, str | int | float | bool | None]] = [("start", cites[1]["start"]), ("end", cites[1]["end"])]
    query += [("cite", f"{c['start']}-{c['end']}") for c in cites]
    page = document_fromstring(web.get(f"/documents/{document_id(web)}", params=query).text)
    nav = page.xpath("//nav[@class='passages']")[0]
    assert "2 di 3" in nav.text_content()
    before, after = nav.xpath(".//a/@href")
    assert f"start={cites[0]['start']}&" in before
    assert f"start={cites[2]['start']}&" in after
    assert all("cite=" in link and link.endswith("#quote") for link in (before, after))
    assert document_fromstring(web.get(after).text).xpath("//mark[@id='quote']")


# The page


def test_what_is_known_is_shown_and_what_is_not_is_not_guessed(web: TestClient) -> None:
    words = shown(web).text_content()
    assert "Tutto deriva da un solo articolo." in words
    assert "Regione · 24 aprile 2025" in words
    assert "data non indicata" in shown(web, "ostile.md").text_content()


def test_the_page_speaks_the_readers_language_and_the_text_keeps_its_own(web: TestClient) -> None:
    for query, header, language in (({}, "en;q=0.9,it;q=0.1", "en"), ({"lang": "it"}, "en", "it"), ({}, "fr", "it")):
        reply = web.get(f"/documents/{document_id(web)}", params=query, headers={"Accept-Language": header})
        page = document_fromstring(reply.text)
        assert page.get("lang") == language
        assert page.xpath("//article/@lang") == ["it"]


def test_headings_lists_tables_and_the_title_are_what_they_are(web: TestClient) -> None:
    page = shown(web)
    assert [h.text_content() for h in page.xpath("//h1")] == ["La missione a Detroit"]
    assert len(page.xpath("//article//ul/li")) == 2
    assert [h.text_content() for h in page.xpath("//table/thead//th")] == ["Tappa", "Luogo"]


def test_an_older_text_says_that_it_is_old_and_leads_to_the_present(tmp_path: Path) -> None:
    app, assistant = open_app(tmp_path, FILES)
    web = client(app, Accept="text/html")
    old = web.get(f"/api/v1/documents/{document_id(web)}").json()["version"]
    (tmp_path / "corpus" / "missione.md").write_text("Nuovo inizio.\n\n" + MISSION.split("---\n")[2])
    assistant.sync()
    page = shown(web, version=old, **place("cinque giorni"))
    link = page.xpath("//*[@class='notice']//a/@href")[0]
    assert lit(page) == "cinque giorni"
    assert lit(document_fromstring(web.get(link).text)) == "cinque giorni"


@pytest.mark.slow
def test_the_original_is_offered_only_while_it_is_what_was_read(tmp_path: Path) -> None:
    """Not beside an older text, nor once the file has changed: the link would lead to a refusal."""
    app, assistant = open_app(tmp_path, FILES)
    web = client(app, Accept="text/html")
    offered = shown(web).xpath("//a[contains(@href, '/original')]/@href")[0]
    assert web.get(offered).content == (tmp_path / "corpus" / "missione.md").read_bytes()
    old = web.get(f"/api/v1/documents/{document_id(web)}").json()["version"]
    (tmp_path / "corpus" / "missione.md").write_text("Nuovo inizio.\n\n" + MISSION.split("---\n")[2])
    assert shown(web).xpath("//a[contains(@href, '/original')]") == []
    assistant.sync()
    assert len(shown(web).xpath("//a[contains(@href, '/original')]")) == 1
    assert shown(web, version=old).xpath("//a[contains(@href, '/original')]") == []


def test_a_removed_document_is_still_shown_at_its_version(tmp_path: Path) -> None:
    app, assistant = open_app(tmp_path, FILES)
    web = client(app, Accept="text/html")
    id_ = document_id(web)
    version = web.get(f"/api/v1/documents/{id_}").json()["version"]
    (tmp_path / "corpus" / "missione.md").unlink()
    assistant.sync()
    kept = web.get(f"/documents/{id_}", params={"version": version, **place("cinque giorni")})
    assert (kept.status_code, 'id="quote"' in kept.text, "/original" in kept.text) == (200, True, False)
    assert web.get(f"/documents/{id_}").status_code == 404


def test_an_unknown_document_is_a_page_for_people_and_json_for_programs(web: TestClient) -> None:
    assert "<h1>Documento non trovato</h1>" in web.get("/documents/none").text
    reply = web.get("/documents/none", headers={"Accept": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "not_found")
    assert web.get(f"/documents/{document_id(web)}?version=none").status_code == 404


def test_the_list_leads_to_every_document(web: TestClient) -> None:
    page = document_fromstring(web.get("/documents").text)
    for link in page.xpath("//ul[@class='shelf']//a/@href"):
        assert web.get(link).status_code == 200


# Nothing is live


def test_nothing_of_a_hostile_document_is_live(web: TestClient) -> None:
    for page in (shown(web, "ostile.md"), document_fromstring(web.get("/documents").text)):
        assert set(page.xpath("//script/@src")) <= {"/site/reading.js", "/site/selecting.js"}
        assert not page.xpath("//script[not(@src)] | //img | //iframe | //svg | //style | //article//form")
        assert not page.xpath("//@*[starts-with(name(), 'on')] | //@style")
        assert not page.xpath("//article//@href")
        assert not [href for href in page.xpath("//@href") if href.lower().startswith(("javascript", "//"))]


def test_a_question_comes_back_as_text_in_json_only(web: TestClient) -> None:
    reply = web.post("/api/v1/ask", json={"question": "<script>alert(1)</script> chi ha incontrato?"})
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["x-content-type-options"] == "nosniff"


# Any text at all


@examples(max_examples=150, deadline=None)
@given(TEXTS, st.sampled_from(["md", "txt", "html"]), st.data())
def test_any_text_and_passage_make_well_formed_html(text: str, format_: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, max(0, len(text) - 1)))
    end = data.draw(st.integers(start, len(text)))
    page, _ = drawn(
        text, format_, Span(start, end) if end > start else None, (Page(1, 0, start), Page(2, start, len(text)))
    )
    tree = etree.fromstring(
        f"<r>{page.replace('<br>', '<br/>').replace('<hr>', '<hr/>').replace(' tabindex', ' t')}</r>"
    )
    assert len(tree.xpath("//mark[@id='quote']")) <= 1
    assert not tree.xpath("//ul/ul | //ul/ol | //p//p | //script")


@examples(max_examples=150, deadline=None)
@given(TEXTS)
def test_the_words_shown_are_those_that_a_quote_displays(text: str) -> None:
    page, _ = drawn(text, "md", None)
    seen = html.unescape(re.sub(r"<[^>]*>", "", page))
    kept = [b for b in markup.blocks(text, markup.body_start(text)) if b.kind is markup.BlockKind.PARAGRAPH]
    for block in kept:
        said = markup.plain(text[block.start : block.end])
        assert "".join(said.split()) in "".join(seen.split())
