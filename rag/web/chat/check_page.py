"""The chat page's second tab: its frame in one language, and what it asks of the server, claim by claim."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError

from rag.checking.claims import claims
from rag.checking.desk import MAX_CLAIMS, MAX_TEXT
from rag.checking.wording import label
from rag.errors import Busy, NotReady, RagError
from rag.models import ClaimQuestion
from rag.rendering import escape
from rag.web.chat.check_html import aside_html, check_html
from rag.web.chat.shapes import Language
from rag.web.pool import Pool
from rag.web.shapes import Body, IsoDate, Text

WORDS = ("checking", "checking_all", "check_failed", "check_busy", "check_too_many", "check_starting", "check_done")


class Draft(Body):
    """A text, whose claims are to be found."""

    text: Annotated[Text, Field(max_length=MAX_TEXT)]
    page: Language = "it"


class Wanted(Body):
    """One claim of it, and the sentence before."""

    claim: Annotated[Text, Field(max_length=MAX_TEXT)]
    before: Annotated[Text, Field(max_length=MAX_TEXT)] = ""
    language: Language | None = None
    as_of: IsoDate | None = None


class CheckTab:
    """What the tab asks of the server. Each claim takes a place of its own in the pool, so that a long text does not
    keep others waiting."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def split(self, sent: object) -> dict[str, Any]:
        """The claims of a text, and the rest of it as HTML; or which fault it is."""
        try:
            draft = Draft.model_validate(sent)
        except ValidationError:
            return {"fault": "check_too_many"}
        found, aside = claims(draft.text)
        if len(found) > MAX_CLAIMS:
            return {"fault": "check_too_many"}
        return {
            "claims": [{"claim": c.text, "before": c.before, "language": c.language} for c in found],
            "aside": aside_html(aside, draft.page),
            "none": "" if found else escape(label(draft.page, "claims_none")),
        }

    async def check(self, sent: object) -> dict[str, str]:
        """One check as HTML, with its verdict; or which fault it is."""
        try:
            wanted = Wanted.model_validate(sent)
            checked = await self._pool.check(
                ClaimQuestion(wanted.claim, before=wanted.before, language=wanted.language, as_of=wanted.as_of)
            )
        except NotReady:
            return {"fault": "check_starting"}
        except Busy:
            return {"fault": "check_busy"}
        except (RagError, ValidationError):
            return {"fault": "check_failed"}
        return {"html": check_html(checked), "verdict": checked.verdict.value}


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
        f'<div id="set-aside"></div>{words}</section>'
    )
