"""The chat page as Gradio Blocks: Gradio brings the queue, the streams and the page's bones; the looks are our own.

Nothing here computes: questions wait for the pool that the API uses too, so that twenty at once all get their answers.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import gradio as gr
from fastapi import FastAPI
from pydantic import ValidationError
from starlette.routing import Mount

from rag.assistant import Assistant
from rag.errors import Busy, InvalidInput, NotReady, RagError
from rag.feedback import FILE, Feedback, Thumb
from rag.models import Answer, Evidenced, Question, Status, Turn
from rag.settings import Settings
from rag.text import words
from rag.web.assets import address, preloads
from rag.web.chat import documents as chat_documents
from rag.web.chat import page as chat_page
from rag.web.chat.check_page import CheckTab
from rag.web.chat.examples import Examples, judging
from rag.web.chat.framework import Narrowed
from rag.web.chat.growing import Growing
from rag.web.chat.html import pieces
from rag.web.chat.shapes import Asking, Judging
from rag.web.pool import Pool
from rag.web.stream import Channel
from rag.writing.answers import Tell

log = logging.getLogger("fonte.web")
LOOK = 60.0  # seconds between two looks at an answer about which nothing happens
BEAT = 0.06  # seconds between two sentences of an answer that is there as a whole
LISTEN = """// The page's scripts may come after the page. They ask through the queue by themselves: 'ask' is its name.
// The fonts are waited for, so that no line moves when they come.
const there = () => window.fonteChat && window.fonteCheck;
const begin = () => there() ? window.fonteChat.start({props, server}) : setTimeout(begin, 20);
const fonts = ["Serif", "Sans"].map((name) => document.fonts.load(`1rem "Fonte ${name}"`));
Promise.race([Promise.allSettled(fonts), new Promise((late) => setTimeout(late, 1500))]).then(begin);"""
PAPER = {"body_background_fill": "#fbfaf7", "body_background_fill_dark": "#171614"}  # as theme.css, before it is there


class Chat:
    """What the page asks of the server. `ask` runs on the event loop, the rest in a thread of Gradio's."""

    def __init__(self, assistant: Assistant, pool: Pool, feedback: Feedback, examples: Examples, limit: int) -> None:
        self._assistant = assistant
        self._pool = pool
        self._feedback = feedback
        self._limit = limit
        self._examples = examples

    async def ask(self, event: gr.EventData) -> AsyncIterator[str]:
        """The messages of one question, each holding all that came before it."""
        async for message in self.messages(event._data):
            yield json.dumps(message, ensure_ascii=False)

    async def messages(self, sent: object) -> AsyncIterator[dict[str, Any]]:
        turn = sent.get("turn") if isinstance(sent, dict) else None
        try:
            asked = Asking.model_validate(sent)
            yield {"turn": asked.turn, "stage": "searching"}
            channel = Channel()
            task = asyncio.ensure_future(self._answer(asked, channel.tell))
            grown = 0
            async for message in _growing(task, channel, asked.turn):
                grown = len(message.get("parts", ()))
                yield message
            async for message in _told(task.result(), asked.turn, grown):
                yield message
        except (RagError, ValidationError) as error:
            yield {"turn": turn, "stage": "fault", **_fault(error)}
        except Exception as error:
            log.error("unforeseen %s in the chat", type(error).__name__, exc_info=error)
            yield {"turn": turn, "stage": "fault", "fault": "failed"}

    async def _answer(self, asked: Asking, tell: Tell) -> Answer:
        if len(asked.question.strip()) > self._limit:
            raise Refused("too_long")
        documents = await asyncio.to_thread(self._assistant.documents) if self._assistant.state.ready else []
        if self._assistant.state.ready and not documents:
            raise Refused("empty")
        narrowed = asked.filters.narrowed(documents)
        if narrowed is not None and not narrowed:
            raise Refused("no_match")
        return await self._pool.ask(
            Question(
                text=asked.question,
                history=tuple(Turn(turn.role, turn.content) for turn in asked.history),
                language=asked.page if len(words(asked.question)) < 3 and not asked.history else None,
                documents=narrowed,
            ),
            tell,
        )

    def status(self, language: str) -> dict[str, Any]:
        """How the server is, and the questions to begin with (None while they are still looked for)."""
        spoken = _language(language)
        state = self._assistant.state
        found = self._examples.current() if state.ready else None
        own = [q for q in found or [] if q[0] == spoken]
        empty = state.ready and not self._assistant.documents()
        return {
            "ready": state.ready,
            "html": chat_documents.nothing(spoken) if empty else chat_page.starting(state, spoken),
            "syncing": chat_page.syncing(state, spoken) or chat_page.starting(state, spoken),
            "examples": None if found is None else chat_page.examples(own or found, spoken),
        }

    def documents(self, language: str) -> dict[str, str]:
        """The documents tab and the filters."""
        spoken = _language(language)
        found = self._assistant.documents()
        table = chat_documents.documents(
            found, self._assistant.index.manifest.counts(), self._assistant.skipped(), spoken
        )
        known = found or self._assistant.state.ready  # before, it is not known yet whether there are none
        return {"html": table if known else "", "filters": chat_documents.filters(found, spoken)}

    def judge(self, sent: object) -> bool:
        """Keep a thumb; False if it was malformed."""
        try:
            judged = Judging.model_validate(sent)
            allowed = chat_page.REASONS[judged.verdict]
            reason = "; ".join([*(r for r in judged.reasons if r in allowed), judged.more.strip()]).strip("; ")
            thumb = Thumb(judged.ballot, Status(judged.status), judged.verdict, reason, judged.question)
            self._feedback.keep(thumb)
        except (RagError, ValidationError):
            return False
        return True


class Refused(RagError):
    """A question that the chat itself turns down, for a reason that the page words."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


def _fault(error: RagError | ValidationError) -> dict[str, Any]:
    """Which of the page's designed faults an error is."""
    if isinstance(error, Refused):
        return {"fault": error.fault}
    if isinstance(error, NotReady):
        return {"fault": "not_ready"}
    if isinstance(error, Busy):
        return {"fault": "busy", "seconds": error.retry_after}
    return {"fault": "invalid" if isinstance(error, InvalidInput | ValidationError) else "failed"}


async def _growing(task: asyncio.Task[Answer], channel: Channel, turn: str) -> AsyncIterator[dict[str, Any]]:
    """What a model has written and was verified so far, until the answer is there; nobody left to read it ends it."""
    growing = Growing(turn)
    try:
        while True:
            happening = await channel.next(task, LOOK)
            if isinstance(happening, Evidenced) and happening.written_in:
                yield {"turn": turn, "stage": "writing"}
            if happening is not None and (made := await asyncio.to_thread(growing.after, happening)):
                yield {"turn": turn, "stage": "writing", "parts": made.parts, "sources": made.sources}
            elif happening is None and task.done():
                return
    finally:
        channel.close()
        task.cancel()


async def _told(answer: Answer, turn: str, shown: int = 0) -> AsyncIterator[dict[str, Any]]:
    """The answer sentence by sentence, its sources with the first, the rest at the end; `shown` parts are there."""
    made = await asyncio.to_thread(pieces, answer, turn)
    for count in range(shown + 1, len(made.parts)):
        yield {"turn": turn, "stage": "answering", "parts": made.parts[:count], "sources": made.sources}
        await asyncio.sleep(BEAT)
    yield {
        "turn": turn,
        "stage": "done",
        "parts": made.parts,
        "sources": made.sources,
        "status": answer.status.value,
        "state": made.status,
        "foot": made.foot,
        "answer": answer.id,
        "text": answer.text,
        "copy": {"text": made.copy_text, "html": made.copy_html},
        "said": made.said,
        "language": answer.language,
    }


def _language(language: str) -> str:
    return "en" if language == "en" else "it"


def blocks(chat: Chat, tab: CheckTab, frames: Mapping[str, str]) -> gr.Blocks:
    """The page. Its script asks through the queue by itself; `out` is never seen, and only names what comes back."""

    # Gradio marks the functions it serves, which a bound method does not let it do.
    def status(language: str) -> dict[str, Any]:
        return chat.status(language)

    def documents(language: str) -> dict[str, str]:
        return chat.documents(language)

    def judge(sent: object) -> bool:
        return chat.judge(sent)

    async def split(sent: object) -> dict[str, Any]:
        return await tab.split(sent)

    async def check(sent: object) -> dict[str, str]:
        return await tab.check(sent)

    async def keep(sent: object) -> dict[str, str]:
        return await tab.keep(sent)

    with gr.Blocks(title="Fonte", analytics_enabled=False, fill_width=True) as page:
        shown = gr.HTML(
            "",
            html_template='<div id="fonte"></div>',
            js_on_load=LISTEN,
            apply_default_css=False,
            server_functions=[status, documents, judge, split, check, keep],
            elem_id="page",
            it=frames["it"],
            en=frames["en"],
        )
        out = gr.HTML("", html_template="<i></i>", visible="hidden", elem_id="stream")
        shown.ask(chat.ask, None, out, show_progress="hidden", api_visibility="private", concurrency_limit=None)
    page.queue(max_size=None)
    assert isinstance(page, gr.Blocks)
    return page


def head() -> str:
    """Own style and script, by their content so that no browser keeps an old one."""
    names = ("theme.css", "chat.css", "check.css")
    sheets = "".join(f'<link rel="stylesheet" href="{address(name)}">' for name in names)
    scripts = "".join(f'<script src="{address(name)}"></script>' for name in ("chat.js", "check.js"))
    return (
        f"{preloads('site/')}{sheets}{scripts}"
        f'<link rel="icon" href="{address("mark.svg")}" type="image/svg+xml">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="same-origin">'
        '<meta name="description" content="">'  # told in the page's language
    )


def mount_chat(app: FastAPI, assistant: Assistant, pool: Pool, settings: Settings) -> FastAPI:
    """The API's app with the chat at its root; every route that is there already stays."""
    limit = settings.max_question
    examples = Examples(assistant, pool, settings.data / "examples.json", judging(settings))
    chat = Chat(assistant, pool, Feedback(settings.data / FILE), examples, limit)
    frames = {
        language: chat_page.Frame(
            language, limit, leaves=settings.staff_password is not None, days=settings.proof_days
        ).html()
        for language in ("it", "en")
    }
    app.state.has_chat = True  # the reading room leads to it
    page = blocks(chat, CheckTab(pool), frames)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        head=head(),
        theme=gr.themes.Base(font=["system-ui"], font_mono=["monospace"]).set(**PAPER),
    )
    mount = mounted.router.routes[-1]
    assert isinstance(mount, Mount)
    mount.app = Narrowed(mount.app, page.fns, page.blocks)
    return mounted
