"""The chat page's second tab: its frame in one language, and what it asks of the server, claim by claim."""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, ValidationError

from rag.checking.claims import Found, claims
from rag.checking.desk import MAX_CLAIMS, MAX_TEXT
from rag.checking.wording import label
from rag.errors import Busy, NotReady, RagError
from rag.models import Check, CheckedText, ClaimQuestion, SetAside
from rag.rendering import escape
from rag.web.chat.check_html import aside_html, check_html, proof_html
from rag.web.chat.shapes import Language
from rag.web.pool import Pool
from rag.web.shapes import Body, IsoDate, Text

MAX_RUNS = 64  # texts that are checked at once
LASTS = 3600.0  # seconds after which a text is forgotten whose proof nobody asked for
WORDS = (
    "checking", "checking_all", "check_failed", "check_busy", "check_too_many", "check_starting", "check_done",
    "check_some", "proof_failed",
)  # fmt: skip


class Draft(Body):
    """A text, whose claims are to be found and checked."""

    text: Annotated[Text, Field(max_length=MAX_TEXT)]
    page: Language = "it"
    as_of: IsoDate | None = None


class Wanted(Body):
    """One claim of a text that was split before."""

    run: str
    number: Annotated[int, Field(ge=0)]


class Done(Body):
    """A text whose claims have been checked."""

    run: str


@dataclass(frozen=True, slots=True)
class Run:
    """A text on its way: its claims, and the checks made of them so far, by number."""

    draft: Draft
    claims: tuple[Found, ...]
    aside: tuple[SetAside, ...]
    checks: dict[int, Check] = field(default_factory=dict)

    def question(self, number: int) -> ClaimQuestion:
        claim = self.claims[number]
        return ClaimQuestion(claim.text, claim.start, claim.end, claim.before, claim.language, as_of=self.draft.as_of)

    def checked(self) -> CheckedText:
        """What was checked, and among what was set aside the claims that could not be."""
        text = self.draft.text
        failed = [c for number, c in enumerate(self.claims) if number not in self.checks]
        left = (SetAside(text[c.start : c.end], c.start, c.end, "failed") for c in failed)
        aside = sorted((*self.aside, *left), key=lambda a: a.start)
        return CheckedText(tuple(self.checks[number] for number in sorted(self.checks)), tuple(aside))


class CheckTab:
    """What the tab asks of the server. Each claim takes a place of its own in the pool, so that a long text does not
    keep others waiting; at the end one proof is kept of all. Texts that nobody ends are forgotten after `lasts`
    seconds, of too many the oldest first."""

    def __init__(self, pool: Pool, lasts: float = LASTS) -> None:
        self._pool = pool
        self._lasts = lasts
        self._runs: OrderedDict[str, Run] = OrderedDict()

    async def split(self, sent: object) -> dict[str, Any]:
        """The claims of a text, and the rest of it as HTML; or which fault it is."""
        try:
            draft = Draft.model_validate(sent)
        except ValidationError:
            return {"fault": "check_too_many"}
        found, aside = await asyncio.to_thread(claims, draft.text)
        if len(found) > MAX_CLAIMS:
            return {"fault": "check_too_many"}
        written_in = found[0].language if found else draft.page
        return {
            "run": self._begin(Run(draft, found, aside)) if found else "",
            "claims": [{"claim": c.text, "language": c.language} for c in found],
            "aside": await asyncio.to_thread(aside_html, aside, draft.page, written_in),
            "none": "" if found else escape(label(draft.page, "claims_none")),
        }

    def _begin(self, run: Run) -> str:
        """The name under which a run goes on, which nobody guesses."""
        name = secrets.token_urlsafe(12)
        self._runs[name] = run
        asyncio.get_running_loop().call_later(self._lasts, self._runs.pop, name, None)
        while len(self._runs) > MAX_RUNS:
            self._runs.popitem(last=False)
        return name

    async def check(self, sent: object) -> dict[str, str]:
        """One check as HTML, with its verdict; or which fault it is."""
        try:
            wanted = Wanted.model_validate(sent)
            run = self._runs[wanted.run]
            question = run.question(wanted.number)
            checked = await self._pool.run(lambda: self._pool.assistant.check(question))
        except NotReady:
            return {"fault": "check_starting"}
        except Busy:
            return {"fault": "check_busy"}
        except (RagError, ValidationError, LookupError):
            return {"fault": "check_failed"}
        run.checks[wanted.number] = checked
        return {"html": check_html(checked), "verdict": checked.verdict.value}

    async def keep(self, sent: object) -> dict[str, str]:
        """The way to the proof of what was checked of a text, as HTML, "" where none is kept; or which fault it is.
        After "check_busy" it can be asked for again."""
        try:
            name = Done.model_validate(sent).run
            run = self._runs[name]
            kept = await self._pool.keep_text(run.checked(), ClaimQuestion(run.draft.text))
        except Busy:
            return {"fault": "check_busy"}
        except (RagError, ValidationError, LookupError):
            return {"fault": "proof_failed"}
        self._runs.pop(name, None)
        return {"html": proof_html(kept.proof, run.draft.page) if kept.proof else ""}


def section(language: str) -> str:
    """The tab before anything was checked; the script fills it."""

    def say(key: str) -> str:
        return escape(label(language, key))

    words = "".join(f'<template data-word="{key}">{say(key)}</template>' for key in WORDS)
    return (
        f'<section id="check" aria-label="{say("check_tab")}" hidden><h2>{say("check_title")}</h2>'
        f'<p class="intro">{say("check_intro")}</p><form id="checker" autocomplete="off">'
        f'<label class="unseen" for="draft">{say("check_field")}</label>'
        f'<textarea id="draft" name="text" rows="5" maxlength="{MAX_TEXT}"'
        f' placeholder="{say("check_placeholder")}"></textarea>'
        f'<div class="under"><label class="asof">{say("as_of_field")} <input type="date" name="as_of"></label>'
        f'<button type="submit" class="main">{say("check_do")}</button></div></form>'
        '<p id="checking" class="small" role="status" aria-live="polite"></p><ol id="checks"></ol>'
        '<div id="check-proof" class="small"></div>'
        f'<div id="set-aside"></div>{words}</section>'
    )
