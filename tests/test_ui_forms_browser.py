"""The rarer forms of an answer on the chat page, in both languages: each as it is told, one page for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chat_pages import LOCALES, MODEL_QUESTION, Open, ask, assert_told, colour, looked_at
from chat_server import ChatServer, dossier
from playwright.sync_api import Browser, expect
from staged_answers import RARE, Staged, question

from tools.screenshots import _answered

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TALL = 3200  # pixels: every answer of a page at once, none under the bar
DIARY = """---
title: {title}
date: 2025-04-25
kind: notice
---

{sentence}
"""
DATED = {
    "diario.md": DIARY.format(title="Diario di viaggio", sentence="Ieri la delegazione ha visitato Warren."),
    "diary.md": DIARY.format(title="Travel diary", sentence="Yesterday the delegation visited Warren."),
}
WARREN = {"it": "Quando la delegazione ha visitato Warren?", "en": "When was Warren visited by the delegation?"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    """The documents that ship, and two diaries that count days from their own."""
    with ChatServer(tmp_path_factory.mktemp("forms"), {**dossier(), **DATED}) as running:
        running.answer = Staged(running.assistant, running.answer)
        yield running


@pytest.mark.parametrize("language", LOCALES)
def test_a_rarer_answer_has_its_form(page: Open, language: str) -> None:
    """A day that is counted, one part of two, a page of a PDF, nothing near."""
    shown = page(LOCALES[language], reduced_motion="reduce")
    ask(shown, WARREN[language])
    for form in RARE:
        ask(shown, question(language, form))
    shown.locator("#question").blur()
    told = dict(zip(("counted", *RARE), shown.locator(".turn").all(), strict=True))
    for form, turn in told.items():
        assert_told(turn, f"{form}-{language}")
    expect(told["parts"].locator(".status")).to_have_css("color", colour(shown, "half"))
    expect(told["paged"].locator(".card .meta").first).to_contain_text("p. 2")
    expect(told["nothing"].locator(".nearest, .mark, .card")).to_have_count(0)
    expect(told["nothing"].locator(".sources")).to_be_hidden()
    looked_at(shown, "rarer", language, TALL)


def test_what_the_pictures_of_the_readme_show_is_an_answered_page(browser: Browser, server: ChatServer) -> None:
    """The way there of the script that takes them."""
    shown = _answered(browser, server.url.rstrip("/"), MODEL_QUESTION)
    expect(shown.locator(".turn h2")).to_have_text(MODEL_QUESTION)
    expect(shown.locator(".turn .status")).to_have_text("Partial answer")
    expect(shown.locator(".turn .card").first).to_be_visible()
    expect(shown.locator("#question")).not_to_be_focused()
    expect(shown.locator("#starting")).to_be_hidden()
    shown.context.close()
