"""Every state of the check tab in both languages: the verdicts side by side, what goes wrong, and the keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from chat_pages import LOCALES, SIDEWAYS, TOO_WIDE, Open, assert_told, looked_at
from chat_server import ChatServer
from playwright.sync_api import Page, expect

from rag.checking.desk import MAX_CLAIMS
from rag.checking.wording import label, verdict_label
from rag.errors import Busy, NotFound, NotReady, RagError
from rag.models import Check, CheckedText, ClaimQuestion, Verdict

pytestmark = [pytest.mark.browser, pytest.mark.slow]
FILES: dict[str, str | bytes] = {
    "verbale.md": "---\ntitle: Verbale di maggio\ndate: 2025-06-24\nkind: minutes\n---\n\n"
    "La delegazione in viaggio contava 38 imprese.\n\nIl forno della **vecchia** acciaieria si accende a giugno.\n",
    "note.md": "---\ntitle: A note on the trip\nlanguage: en\nkind: notice\n---\n\n"
    "The mission brought 38 companies to Detroit.\n\nThe furnace of the old steelworks starts in June.\n",
}
DRAFTS = {
    "it": "Buongiorno! La delegazione in viaggio contava 41 imprese. La delegazione in viaggio contava 52 imprese. "
    "Il forno della vecchia acciaieria si accende a giugno. Il gatto del custode mangia soltanto pesce. Chi lo sapeva?",
    "en": "Good morning! The mission brought 41 companies to Detroit. The mission brought 52 companies to Detroit. "
    "The furnace of the old steelworks starts in June. The keeper's cat only eats fish. Who knew?",
}
VERDICTS = (Verdict.REFUTED, Verdict.REFUTED, Verdict.SUPPORTED, Verdict.NOT_ENOUGH_INFO)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatServer]:
    with ChatServer(tmp_path_factory.mktemp("checks"), FILES) as running:
        yield running


def check(page: Page, text: str) -> None:
    page.locator("[data-view=check]").click()
    page.locator("#draft").fill(text)
    page.locator("#checker button").click()


def done(language: str, count: int) -> str:
    return label(language, "check_done", count=str(count))


@pytest.mark.parametrize("language", LOCALES)
def test_a_draft_with_every_verdict_is_told_and_fits_a_narrow_window(page: Open, language: str) -> None:
    shown = page(LOCALES[language])
    check(shown, DRAFTS[language])
    expect(shown.locator("#checking")).to_have_text(done(language, 4))
    expect(shown.locator(".verdict strong")).to_have_text([verdict_label(v, language) for v in VERDICTS])
    assert_told(shown.locator("#check"), f"verdicts-{language}")
    looked_at(shown, "verdicts", language, tall=2400)
    shown.set_viewport_size({"width": 320, "height": 700})
    assert (shown.evaluate(TOO_WIDE), shown.evaluate(SIDEWAYS)) == ([], False)


def test_titles_and_quotes_in_the_tab_are_in_the_language_that_they_say_they_are(page: Open) -> None:
    """An English draft on the Italian page: what was found is told in English, the page's own words are not."""
    shown = page()
    check(shown, DRAFTS["en"])
    expect(shown.locator("#checking")).to_have_text(done("it", 4))
    spoken = "nodes => nodes.map(node => node.closest('[lang]').lang)"
    quotes = shown.locator("#checks :is(.side, .nearest) :is(blockquote, cite)")
    languages = ["it" if re.search("maggio|delegazione|forno", text) else "en" for text in quotes.all_inner_texts()]
    assert quotes.evaluate_all(spoken) == languages
    assert set(languages) == {"it", "en"}
    assert set(shown.locator("#checks article").evaluate_all(spoken)) == {"en"}
    assert shown.locator(".aside li span").evaluate_all(spoken) == ["en", "en"]
    assert shown.locator("#checking").evaluate("node => node.closest('[lang]').lang") == "it"


@pytest.mark.parametrize("language", LOCALES)
def test_what_goes_wrong_with_a_check_is_told(
    page: Open, server: ChatServer, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    faults: list[RagError] = [NotReady("loading"), Busy("full"), NotFound("no document")]
    made = server.assistant.check

    def failing(claim: ClaimQuestion) -> Check:
        if faults:
            raise faults.pop(0)
        return made(claim)

    async def lost(_: CheckedText, __: ClaimQuestion) -> CheckedText:
        raise NotFound("no room for a proof")

    monkeypatch.setattr(server.assistant, "check", failing)
    monkeypatch.setattr(server.app.state.pool, "keep_text", lost)
    shown = page(LOCALES[language])
    check(shown, DRAFTS[language])
    expect(shown.locator("#check-proof .fault")).to_be_visible()
    expect(shown.locator("#check .fault")).to_have_count(4)
    assert_told(shown.locator("#check"), f"check-faults-{language}")
    looked_at(shown, "check-faults", language, tall=1600)
    check(shown, " ".join(f"Nel {1900 + n} la delegazione contava {n} imprese." for n in range(MAX_CLAIMS + 1)))
    expect(shown.locator("#checking")).to_have_text(label(language, "check_too_many"))
    expect(shown.locator("#check .fault")).to_have_count(0)
    assert_told(shown.locator("#checking"), f"check-too-many-{language}")


def test_the_tab_is_walked_by_keyboard_in_the_order_in_which_it_reads(page: Open) -> None:
    shown = page()
    keys = shown.keyboard
    shown.locator("[data-view=check]").press("Enter")
    reached = [_tab(shown) for _ in range(4)]
    assert reached == ["Documenti", "Italiano", "English", "draft"]
    keys.type(DRAFTS["it"])
    while (at := _tab(shown)) == "as_of":  # a date has several fields
        pass
    assert at == "Verifica"
    keys.press("Enter")
    expect(shown.locator("#checking")).to_have_text(done("it", 4))
    links = [_tab(shown) for _ in range(shown.locator("#checks a").count() + 1)]
    assert links == [*(a.strip() for a in shown.locator("#checks a").all_inner_texts()), label("it", "proof")]
    keys.press("Enter")
    expect(shown.get_by_role("heading", name="Prova di una verifica")).to_be_visible()


def _tab(page: Page) -> str:
    """The name of what the next Tab reaches; its focus must be seen, of a date's button in the browser's own way."""
    page.keyboard.press("Tab")
    found, is_own, outline = page.evaluate(
        "(e => [e.ariaLabel || e.id || e.name || e.textContent.trim(), e.matches(':focus'),"
        " getComputedStyle(e).outlineStyle + getComputedStyle(e).boxShadow])(document.activeElement)"
    )
    assert not is_own or outline != "nonenone", f"no visible focus on {found}"
    return str(found)
