"""An answer on the chat page grows, quote by quote or as a model writes it, and says how it came about."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llm_server import LLMServer, Reply, Request, says
from loops import run_alone
from standins import open_assistant
from writing import MET, TRUE, VISIT, WHO, open_writer

from rag.assistant import Assistant
from rag.feedback import Feedback
from rag.models import Evidenced, Question, Stated, Statement, Support
from rag.web.chat.blocks import Chat
from rag.web.chat.examples import Examples
from rag.web.chat.growing import Growing
from rag.web.chat.html import pieces
from rag.web.pool import Pool

COMPANIES = {
    f"{n}.md": f"# Incontri, {n}\n\nLa delegazione ha incontrato le aziende {who}.\n"
    for n, who in enumerate(("Ford e Webasto a Detroit", "Rivian e Stellantis ad Auburn", "Toyota e Honda a Lansing"))
}


def chat_of(assistant: Assistant, folder: Path) -> Chat:
    pool = Pool(assistant, 1, 1)
    examples = Examples(assistant, pool, folder / "examples.json", "")
    return Chat(assistant, pool, Feedback(folder / "feedback.sqlite"), examples, 1000)


@pytest.fixture(scope="module")
def llm() -> Iterator[LLMServer]:
    with LLMServer() as running:
        yield running


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory, llm: LLMServer) -> Assistant:
    return open_writer(tmp_path_factory.mktemp("growing"), llm, {"visit.md": VISIT})


def test_quotes_do_not_grow() -> None:
    growing = Growing("t1")
    assert growing.after(Evidenced(())) is None
    assert growing.after(Stated(Statement("A sentence.", (), Support.QUOTED))) is None


def test_an_answer_in_quotes_is_told_quote_by_quote(tmp_path: Path) -> None:
    """Each message holds one more than the one before it; the sources stand there from the first quote on."""
    chat = chat_of(open_assistant(tmp_path, COMPANIES), tmp_path)
    asked = {"turn": "t1", "question": "Quali aziende ha incontrato la delegazione?", "history": [], "filters": {}}

    async def heard() -> list[dict[str, Any]]:
        return [message async for message in chat.messages(asked)]

    searching, *growing, done = run_alone(asyncio.wait_for(heard(), 60))
    assert searching == {"turn": "t1", "stage": "searching"}
    assert [message["stage"] for message in (*growing, done)] == ["answering", "answering", "done"]
    assert [message["parts"] for message in growing] == [done["parts"][:1], done["parts"][:2]]
    assert len(done["parts"]) == 3
    assert all(part.startswith("<blockquote") for part in done["parts"])
    assert [message["sources"] for message in growing] == [done["sources"]] * 2


def test_what_a_model_writes_grows_and_is_never_taken_back(writer: Assistant, llm: LLMServer) -> None:
    llm.script = says(f"{TRUE} [1]. The mission cost 12 million euros and lasted five days [1].")
    growing, seen = Growing("t1"), []
    answer = writer.ask(Question(WHO), lambda happening: seen.append(growing.after(happening)))
    final = pieces(answer, "t1").parts
    grown = [made.parts for made in seen if made is not None]
    assert [len(parts) for parts in grown] == [1, 2]
    assert all(parts == final[: len(parts)] for parts in grown)


def test_the_sources_of_what_grows_keep_their_rows(tmp_path: Path, llm: LLMServer) -> None:
    """A row may say more in the end (how many documents go back to one origin), but it stays where it is."""
    llm.script = lambda asked: Reply(
        tuple(f"{line} [{asked.number_of(line[-9:])}]. " for text in MET.values() for line in _sentences(text))
    )
    growing, seen = Growing("t1"), []
    with_model = open_writer(tmp_path, llm, dict(MET))
    answer = with_model.ask(Question("Who did the delegation meet?"), lambda h: seen.append(growing.after(h)))
    final = [_row(source) for source in pieces(answer, "t1").sources]
    grown = [[_row(source) for source in made.sources] for made in seen if made is not None]
    assert final == ["origin", "t1-1", "t1-2", "t1-3"]
    assert len(grown) == 3
    assert all(rows == final[: len(rows)] for rows in grown)


def _sentences(text: str) -> list[str]:
    return [line.rstrip(".") for line in text.splitlines() if line.startswith("On ")]


def _row(source: str) -> str:
    """Which row of the sources it is: a card by its anchor, or an origin."""
    found = re.match(r'<li class="(?:card" id="([^"]+)"|(origin))', source)
    assert found is not None
    return found[1] or found[2]


def test_a_badge_says_how_the_answer_came_about(writer: Assistant, llm: LLMServer) -> None:
    llm.script = says(f"{TRUE} [1].")
    assert "verified against the documents" in pieces(writer.ask(Question(WHO)), "t").foot
    assert "exact quotes" in pieces(writer.ask(Question(WHO, mode="quotes")), "t").foot


def test_the_page_gets_the_first_sentence_while_the_model_writes(
    writer: Assistant, llm: LLMServer, tmp_path: Path
) -> None:
    hold = threading.Event()

    def script(_: Request) -> Reply:
        return Reply((f"{TRUE} [1]. The", " end."), hold=hold)

    llm.script = script
    chat = chat_of(writer, tmp_path)

    async def asked() -> list[dict[str, Any]]:
        found = []
        async for message in chat.messages({"turn": "t1", "question": WHO, "history": [], "page": "en", "filters": {}}):
            found.append(message)
            if "parts" in message:
                hold.set()  # only now may the model go on
        return found

    messages = run_alone(asyncio.wait_for(asked(), 60))
    assert [m["stage"] for m in messages][:3] == ["searching", "writing", "writing"]
    assert "parts" not in messages[1], "it is said before there is a sentence"
    assert messages[-1]["stage"] == "done"
    assert TRUE in messages[-1]["text"]
