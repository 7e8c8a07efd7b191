"""The reading room in Chromium, on the PDF that ships: what is lit, what is found, and what is left without script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from chat_pages import DESKTOP, PHONE, PICTURES, Open, assert_accessible
from chat_server import ChatServer
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SOURCE = "07-mission-brief.pdf"
IN_VIEW = "e => { const b = e.getBoundingClientRect(); return b.top >= 0 && b.bottom <= innerHeight && b.height > 0; }"
Read = Callable[..., Page]


@pytest.fixture
def read(page: Open, server: ChatServer) -> Read:
    """Opens the PDF at its last sentence about Michigan, with its first one cited too."""
    document = next(d for d in server.assistant.documents() if d.source == SOURCE)
    places = [m.start() for m in re.finditer("Michigan", document.text)]
    spans = [(at, at + len("Michigan")) for at in (places[1], places[-1])]
    cites = "".join(f"&cite={start}-{end}" for start, end in spans)
    where = f"documents/{document.id}?start={spans[1][0]}&end={spans[1][1]}{cites}"
    return lambda **options: page(options.pop("language", "en-GB"), where, **options)


def test_the_passage_is_lit_and_in_view_and_the_way_to_the_others_is_there(read: Read) -> None:
    shown = read()
    lit = shown.locator("mark.lit")
    expect(lit).to_contain_text("Michigan")
    assert lit.evaluate(IN_VIEW)
    shown.get_by_role("link", name="Previous passage").click()
    expect(shown.get_by_role("navigation", name="Quoted passages")).to_contain_text("Passage 1 of 2")
    assert lit.evaluate(IN_VIEW)
    shown.get_by_role("link", name="Next passage").click()
    expect(shown.get_by_role("navigation", name="Quoted passages")).to_contain_text("Passage 2 of 2")


def test_the_search_goes_from_one_place_to_the_next(read: Read, server: ChatServer) -> None:
    shown = read()
    count = shown.locator("#text").inner_text().count("Michigan")
    shown.get_by_role("searchbox", name="Search the text").fill("michigan")
    told = shown.locator("#find output")
    expect(told).to_have_text(f"1 / {count}")
    shown.get_by_role("button", name="Next match").click()
    expect(told).to_have_text(f"2 / {count}")
    shown.get_by_role("button", name="Previous match").click()
    expect(told).to_have_text(f"1 / {count}")


def test_single_keys_belong_to_the_reader_s_own_tools(read: Read) -> None:
    shown = read()
    shown.keyboard.press("/")
    expect(shown.locator("#find input")).not_to_be_focused()


def test_pages_are_told(read: Read) -> None:
    second = read(size=PHONE).locator("#page-2")
    expect(second).to_be_visible()
    expect(second).to_have_accessible_name("page 2")
    beside = read().locator("#page-2")
    assert beside.evaluate("e => parseFloat(getComputedStyle(e, '::before').width)") > 50, "in the margin"


def test_without_script_the_text_and_its_passage_are_there(read: Read) -> None:
    shown = read(java_script_enabled=False)
    expect(shown.locator("#text")).to_contain_text("Michigan")
    expect(shown.locator("mark.lit")).to_be_visible()
    expect(shown.locator("#find")).to_be_hidden()


def test_on_paper_there_is_only_the_document(read: Read) -> None:
    shown = read()
    shown.emulate_media(media="print")
    for aside in (".bar", ".passages", "#find"):
        expect(shown.locator(aside)).to_be_hidden()
    expect(shown.locator("mark.lit")).to_be_visible()


@pytest.mark.parametrize("ending", ["md", "txt", "html", "docx", "pdf"])
def test_a_document_of_each_format_reads_on_a_desk_and_on_a_phone(page: Open, server: ChatServer, ending: str) -> None:
    """Pictures of both, light and dark, beside those of the chat; and at every width nothing stands out."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    document = next(d for d in server.assistant.documents() if d.source.endswith(ending))
    start = document.text.index("Michigan", document.body_start)
    where = f"documents/{document.id}?start={start}&end={start + len('Michigan')}"
    shown = page("it-IT", where, reduced_motion="reduce")
    for width, size in (("desktop", DESKTOP), ("half", (640, 860)), ("phone", PHONE), ("narrow", (320, 700))):
        shown.set_viewport_size({"width": size[0], "height": size[1]})
        assert shown.evaluate("document.documentElement.scrollWidth") <= size[0], width
        expect(shown.locator("mark").first).to_contain_text("Michigan")
        for scheme in ("light", "dark") if size in (DESKTOP, PHONE) else ():
            shown.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            shown.screenshot(path=PICTURES / f"reading-{ending}-{width}-{scheme}.png")
            assert_accessible(shown, f"{document.source}, {width}, {scheme}")
