"""A written answer in Chromium, while a scripted model writes it: order, sources, badge, and that nothing moves."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from chat_pages import (
    DESKTOP,
    LOCALES,
    PHONE,
    Opened,
    assert_nothing_moved,
    assert_told,
    looked_at,
    pictured,
    watch_places,
)
from chat_server import ChatServer
from llm_server import LLMServer, Reply, Request
from playwright.sync_api import expect
from writing import MET, writes_with

from rag.web.chat.labels import label

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SENTENCES = {
    "Laura Brandt": "On 24 April the delegation met Laura Brandt at the General Motors centre in Warren",
    "Paul Mason": "On 25 April the delegation met Paul Mason at the Ford centre in Dearborn",
    "Ann Larsson": "On 26 April the delegation met Ann Larsson at the Webasto centre in Auburn",
}

VISIT = {
    "it": "---\ntitle: Visita in Michigan\ndate: 2025-04-30\n---\n# Visita in Michigan\n\n"
    "Il 24 aprile la delegazione ha incontrato Laura Brandt, capo della ricerca, al centro General Motors di Warren.\n",
    "en": MET["first.md"],
}
TRUE = {
    "it": "Il 24 aprile la delegazione ha incontrato Laura Brandt al centro General Motors di Warren",
    "en": "On 24 April the delegation met Laura Brandt at the General Motors centre in Warren",
}
FALSE = {"it": "La delegazione ha incontrato Elon Musk a Detroit", "en": "The delegation met Elon Musk in Detroit"}
WHO = {"it": "Chi ha incontrato la delegazione a Warren?", "en": "Who did the delegation meet in Warren?"}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_sentences_come_one_by_one_and_what_they_change_in_the_sources_is_told_at_the_end(
    opened: Opened, llm: LLMServer, tmp_path: Path, size: tuple[int, int]
) -> None:
    hold = threading.Event()

    def script(asked: Request) -> Reply:
        first, *rest = (f"{said} [{asked.number_of(name)}]." for name, said in SENTENCES.items())
        return Reply((f"{first} On", " ".join(rest).removeprefix("On")), hold=hold)

    llm.script = script
    with ChatServer(tmp_path, dict(MET)) as server:
        writes_with(server.assistant, llm)
        shown = opened.page(server.url, "en-GB", size=size, reduced_motion="reduce")
        expect(shown.locator("#filter")).to_be_visible()
        watch_places(shown)
        shown.locator("#question").press_sequentially("Who did the delegation meet?")
        shown.keyboard.press("Enter")
        turn = shown.locator(".turn")
        expect(turn.locator(".said")).to_have_count(1)
        expect(turn.locator(".status")).to_have_text("Writing and checking")
        expect(turn.locator(".origin b")).to_have_text("Origin")
        opens = turn.locator(".card a.open").first
        assert "cite=" not in str(opens.get_attribute("href"))
        hold.set()
        expect(turn.locator(".status")).to_have_text("Answer found")
        expect(turn.locator(".said")).to_contain_text(list(SENTENCES.values()))
        expect(turn.locator(".badge")).to_have_text("verified against the documents")
        expect(turn.locator(".card")).to_have_count(3)
        expect(turn.locator(".origin b")).to_have_text("2 documents, one single origin")
        assert str(opens.get_attribute("href")).count("cite=") == 2, "the way to the next passage"
        assert_nothing_moved(shown)
        if size == DESKTOP:
            pictured(shown, "written-en")
        shown.context.close()


@pytest.mark.parametrize("language", LOCALES)
def test_a_written_answer_grows_leaves_out_what_is_not_verified_and_gives_way_to_quotes(
    opened: Opened, llm: LLMServer, tmp_path: Path, language: str
) -> None:
    hold = threading.Event()
    begun, rest = FALSE[language].split(" ", 1)
    llm.script = lambda _: Reply((f"{TRUE[language]} [1]. {begun}", f" {rest} [1]."), hold=hold)
    with ChatServer(tmp_path, {"visit.md": VISIT[language]}) as server:
        writes_with(server.assistant, llm, llm_timeout=300.0)  # the looks take longer than a model may
        shown = opened.page(server.url, LOCALES[language], reduced_motion="reduce")
        shown.fill("#question", WHO[language])
        shown.press("#question", "Enter")
        turn = shown.locator(".turn")
        expect(turn.locator(".said")).to_have_count(1)
        assert_told(turn, f"writing-{language}")
        looked_at(shown, "writing", language)
        hold.set()
        expect(turn).to_have_attribute("data-stage", "done")
        turn.locator(".foot summary").click()
        assert_told(turn, f"written-{language}")
        looked_at(shown, "written-dropped", language, tall=1800)
        llm.script = lambda _: Reply(status=500, error="broken")
        turn.get_by_role("button", name=label(language, "again")).click()
        expect(turn.locator(".note")).to_be_visible()
        expect(turn).to_have_attribute("data-stage", "done")
        assert_told(turn, f"written-broken-{language}")
        looked_at(shown, "written-broken", language)
        shown.context.close()
