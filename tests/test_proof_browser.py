"""From an answer in the chat to its proof and a Word file that holds the quote, in a real Chromium."""

from __future__ import annotations

import io
import re

import pytest
from chat_pages import WHO, Open, ask
from docx import Document
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_an_answer_leads_to_its_proof_and_the_word_file_holds_the_quote(page: Open) -> None:
    shown = page()
    turn = ask(shown, WHO)
    quote = turn.locator(".quote span[lang]").first.inner_text()
    with shown.context.expect_page() as opened:
        turn.get_by_role("link", name="Prova di questa risposta").click()
    proof = opened.value
    expect(proof.locator("h1")).to_have_text("Prova di una risposta")
    expect(proof.locator(".finding h2")).to_have_text(WHO)
    expect(proof.locator(".finding > blockquote").first).to_contain_text(quote)
    expect(proof.locator(".sources .hash").last).to_have_text(re.compile(r"^[0-9a-f]{64}(\+[0-9a-f]{64})?$"))
    with proof.expect_download() as download:
        proof.get_by_role("link", name="Word").click()
    file = Document(io.BytesIO(download.value.path().read_bytes()))
    assert quote in "\n".join(paragraph.text for paragraph in file.paragraphs)
    proof.locator(".sources .open a").first.click()
    expect(proof.locator("mark.lit").first).to_be_visible()


def test_a_proof_is_whole_without_scripts_and_fits_a_narrow_window(page: Open) -> None:
    shown = page()
    turn = ask(shown, WHO)
    address = turn.get_by_role("link", name="Prova di questa risposta").get_attribute("href")
    browser = shown.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    narrow = context.new_page()
    narrow.goto(shown.url.rstrip("/") + str(address))
    expect(narrow.locator(".finding h2")).to_have_text(WHO)
    expect(narrow.locator(".exports a")).to_have_text(["Word", "HTML", "Markdown", "JSON"])
    narrow.emulate_media(media="print")
    expect(narrow.locator(".exports")).to_be_hidden()
    context.close()
