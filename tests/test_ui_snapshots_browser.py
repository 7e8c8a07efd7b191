"""Each form of an answer and each state of the page as people and screen readers meet it, in both languages.

Structure and words are compared with tests/snapshots; pictures are kept in artifacts/ui for whoever wants to look. A
snapshot that is not there is written, and its test fails: look at it, then run again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_pages import DESKTOP, PHONE, Open, Opened, ask
from chat_server import ChatServer
from playwright.sync_api import Browser, Locator, Page, expect
from staged_answers import FORMS, Staged, question

from rag.errors import Busy
from rag.models import Question

pytestmark = [pytest.mark.browser, pytest.mark.slow]
KEPT = Path(__file__).parent / "snapshots"
PICTURES = Path(__file__).parent.parent / "artifacts" / "ui"
LOCALES = {"it": "it-IT", "en": "en-GB"}
TOO_WIDE = """() => [...document.querySelectorAll('#fonte *')].filter(e => {
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  if (!box.width || e.closest('.unseen, .skip') || style.clipPath !== 'none') return false;
  const cut = style.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1;
  return cut || box.left < -1 || box.right > innerWidth + 1;
}).map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module", autouse=True)
def staged(server: ChatServer) -> None:
    server.answer = Staged(server.assistant)


def compare(shown: Locator, name: str) -> None:
    """The structure that a screen reader is told, without addresses: they hold hashes of the texts."""
    told = re.sub(r"\n +- /url:.*", "", shown.aria_snapshot()) + "\n"
    file = KEPT / f"{name}.yml"
    if not file.exists():
        file.parent.mkdir(exist_ok=True)
        file.write_text(told, encoding="utf-8")
        pytest.fail(f"{file} was not there and has been written: look at it, and run again")
    assert told == file.read_text(encoding="utf-8")


def pictured(page: Page, name: str) -> None:
    """Pictures on a desk and on a phone, light and dark; nothing may be cut or stand out of the page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert page.evaluate(TOO_WIDE) == [], f"{name}, {width}"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("language", LOCALES)
def test_an_answer_has_its_form(page: Open, language: str, form: str) -> None:
    shown = page(LOCALES[language], reduced_motion="reduce")
    turn = ask(shown, question(language, form))
    shown.locator("#question").blur()
    compare(turn, f"{form}-{language}")
    pictured(shown, f"{form}-{language}")


@pytest.mark.parametrize("language", LOCALES)
def test_the_page_before_the_first_question(page: Open, language: str) -> None:
    shown = page(LOCALES[language])
    expect(shown.locator("#filters fieldset").first).to_be_attached()
    compare(shown.locator("#fonte"), f"start-{language}")
    pictured(shown, f"start-{language}")


@pytest.mark.parametrize("language", LOCALES)
def test_the_page_while_fonte_starts(page: Open, server: ChatServer, language: str) -> None:
    with server.state("sync", done=3, total=8):
        shown = page(LOCALES[language])
        expect(shown.locator("#starting progress")).to_be_visible()
        compare(shown.locator("#starting"), f"loading-{language}")
        pictured(shown, f"loading-{language}")


@pytest.mark.parametrize("language", LOCALES)
def test_the_documents_while_they_are_brought_up_to_date(page: Open, server: ChatServer, language: str) -> None:
    with server.state("ready", syncing=True, done=2, total=5):
        shown = page(LOCALES[language], "#documents")
        expect(shown.locator("#syncing progress")).to_be_visible()
        compare(shown.locator("#syncing"), f"syncing-{language}")
        pictured(shown, f"syncing-{language}")


@pytest.mark.parametrize("language", LOCALES)
def test_a_full_house_says_when_to_come_back(page: Open, server: ChatServer, language: str) -> None:
    def full(_: Question) -> None:
        raise Busy("Too many questions are being answered.", retry_after=7)

    server.before = full
    shown = page(LOCALES[language])
    compare(ask(shown, question(language, "answered")), f"busy-{language}")
    pictured(shown, f"busy-{language}")


@pytest.mark.parametrize("language", LOCALES)
def test_a_question_that_is_too_long(page: Open, language: str) -> None:
    shown = page(LOCALES[language])
    shown.fill("#question", "Chi? " * 300)
    expect(shown.get_by_role("alert")).not_to_be_empty()
    pictured(shown, f"too-long-{language}")
    shown.fill("#question", "Chi? " * 300)
    compare(shown.get_by_role("alert"), f"too-long-{language}")


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    with ChatServer(tmp_path_factory.mktemp("empty"), {}) as running:
        yield running


@pytest.mark.parametrize("language", LOCALES)
def test_an_empty_corpus_says_what_to_do(browser: Browser, empty: ChatServer, language: str) -> None:
    opened = Opened(browser)
    shown = opened.page(empty.url, LOCALES[language])
    expect(shown.locator("#starting")).not_to_be_empty()
    compare(shown.locator("#starting"), f"empty-{language}")
    pictured(shown, f"empty-{language}")
    compare(ask(shown, "Rivian?"), f"empty-asked-{language}")
    opened.close()


@pytest.mark.parametrize("language", LOCALES)
def test_a_server_that_is_gone_leaves_the_question(browser: Browser, tmp_path: Path, language: str) -> None:
    opened = Opened(browser)
    with ChatServer(tmp_path, {}) as leaving:
        shown = opened.page(leaving.url, LOCALES[language])
    compare(ask(shown, "Rivian?"), f"gone-{language}")
    pictured(shown, f"gone-{language}")
    opened.close()
