"""The chat page around the answers: its frame in one language, how far the start is, the examples.

Pure functions to escaped HTML. The script fills the frame; every word that it shows stands here, in templates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.assistant import Progressing
from rag.checking.wording import label as check_label
from rag.rendering import escape
from rag.web.chat import check_page
from rag.web.chat.labels import label

FAULTS = ("gone", "busy", "too_long", "empty", "no_match", "invalid", "signed_out", "failed")
REASONS: Mapping[str, tuple[str, ...]] = {
    "up": ("right", "clear", "honest"),
    "down": ("wrong", "missing", "quote", "refused"),
}
_ICONS: Mapping[str, str] = {
    "edit": "M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19z",
    "copy": "M9 9h10v11H9zM15 9V4H5v11h4",
    "open": "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
    "up": "M7 11v9H4v-9zM7 11l4-8a2 2 0 0 1 2.5 2.200L13 9h5.500a1.7 1.7 0 0 1 1.7 2l-1.3 7.500A1.8 1.8 0 0 1 17 20H7",
    "down": "M7 13V4H4v9zM7 13l4 8a2 2 0 0 0 2.5-2.200L13 15h5.500a1.7 1.7 0 0 0 1.7-2l-1.3-7.500A1.8 1.8 0 0 0 17 4H7",
    "new": "M12 5v14M5 12h14",
    "ask": "M12 19V6M6 11l6-6 6 6",
    "stop": "M7 7h10v10H7z",
    "filter": "M4 7h16M7 12h10M10 17h4",
}


def icon(name: str) -> str:
    return f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{_ICONS[name]}"/></svg>'


class Frame:
    """The page in one language, before anything was asked."""

    def __init__(self, language: str, limit: int, leaves: bool = False, days: int = 0) -> None:
        self._language = language
        self._limit = limit
        self._leaves = leaves  # whether there is an access to sign out of
        self._days = days  # that questions and answers are kept

    def say(self, key: str, **values: object) -> str:
        return escape(label(self._language, key, **values))

    def html(self) -> str:
        return "".join(
            (
                f'<a class="skip" href="#question" data-do="skip">{self.say("skip")}</a>',
                self._top(),
                self._asking(),
                f'<section id="documents" aria-label="{self.say("documents_tab")}" hidden>'
                '<div id="syncing" class="starting" hidden></div><div id="documents-body"></div></section>',
                check_page.section(self._language),
                '<div class="unseen" id="said" role="status" aria-live="polite"></div>',
                self._templates(),
            )
        )

    def button(self, do: str, key: str, drawn: str = "", seen: bool = True, extra: str = "") -> str:
        """A button with its name, shown beside its icon or only spoken."""
        name = f"<span>{self.say(key)}</span>" if seen else ""
        spoken = "" if seen else f' aria-label="{self.say(key)}" title="{self.say(key)}"'
        return f'<button type="button" data-do="{do}"{spoken} {extra}>{icon(drawn) if drawn else ""}{name}</button>'

    def _top(self) -> str:
        languages = "".join(
            f'<button type="button" data-do="lang" data-lang="{code}" lang="{code}" aria-label="{name}"'
            f' aria-pressed="{str(code == self._language).lower()}">{code.upper()}</button>'
            for code, name in (("it", "Italiano"), ("en", "English"))
        )
        leave = (
            f'<form method="post" action="sign-out"><input type="hidden" name="lang" value="{self._language}">'
            f'<button type="submit">{self.say("sign_out")}</button></form>'
        )
        return (
            f'<div class="top"><h1>Fonte</h1><nav aria-label="{self.say("sections")}">'
            f'<a href="#ask" data-view="ask">{self.say("ask_tab")}</a>'
            f'<a href="#check" data-view="check">{escape(check_label(self._language, "check_tab"))}</a>'
            f'<a href="#documents" data-view="documents">{self.say("documents_tab")}</a></nav>'
            f'<div class="own">{self.button("new", "new", "new", extra="hidden")}'
            f'<div class="languages" role="group" aria-label="{self.say("language")}">{languages}</div>'
            f"{leave if self._leaves else ''}</div></div>"
        )

    def _asking(self) -> str:
        return (
            f'<section id="ask" aria-label="{self.say("ask_tab")}">'
            f'<div class="welcome"><h2>{self.say("welcome")}</h2><p>{self.say("promise")}</p>'
            f'</div><ol id="thread" aria-label="{self.say("conversation")}"></ol>{self._composer()}'
            '<div id="starting" hidden></div><div id="examples" hidden></div></section>'
        )

    def _composer(self) -> str:
        key = "kept_one" if self._days == 1 else "kept_many"
        kept = f'<p id="kept" class="small">{self.say(key, days=self._days)}</p>' if self._days else ""
        return (
            '<form id="composer" autocomplete="off"><div class="inner"><div id="editing" hidden>'
            f"<span>{self.say('editing')}</span>{self.button('unedit', 'cancel')}</div>"
            f'<label class="unseen" for="question">{self.say("question")}</label>'
            f'<div class="field"><textarea id="question" name="question" rows="1" aria-describedby="keys excess"'
            f' placeholder="{self.say("placeholder")}"></textarea>'
            f'<button id="go" type="submit" class="main">'
            f'<span class="on">{icon("ask")}<span>{self.say("ask")}</span></span>'
            f'<span class="off">{icon("stop")}<span>{self.say("stop")}</span></span></button></div>'
            f'<p id="excess" role="alert" data-limit="{self._limit}" data-text="{self.say("too_long_by")}"></p>'
            f'<div class="under"><details id="filter"><summary>{icon("filter")}<span>{self.say("filter")}: '
            f'<b data-all="{self.say("filter_all")}" data-some="{self.say("filter_some")}">{self.say("filter_all")}</b>'
            f'</span></summary><div id="filters"></div></details><span id="keys">{self.say("keys")}</span></div>'
            f"{kept}</div></form>"
        )

    # Templates: what the script puts in, in the page's language

    def _templates(self) -> str:
        made = {
            "turn": self._turn(),
            "card": self._card(),
            "acts": self._acts(),
            "again": self.button("again", "again", extra='class="main"'),
            "tagline": self.say("tagline"),
            "copied": self.say("copied"),
            "not-copied": self.say("not_copied"),
            "thanks": self.say("thanks"),
            "searching": f'<span class="status busy">{self.say("searching")}</span>',
            "waiting": f'<span class="status busy">{self.say("waiting")}</span>',
            "writing": f'<span class="status busy">{self.say("writing")}</span>',
            "stopped": self._fault("stopped"),
            **{f"reasons-{verdict}": self._reasons(verdict) for verdict in REASONS},
            **{f"fault-{name}": self._fault(name) for name in FAULTS},
        }
        return "".join(f'<template id="t-{name}">{body}</template>' for name, body in made.items())

    def _turn(self) -> str:
        return (
            '<li class="turn"><div class="asked"><h2 tabindex="-1"></h2>'
            f"{self.button('edit', 'edit', 'edit', seen=False)}</div>"
            '<div class="answer"><div class="state"></div><div class="body"></div><div class="foot"></div></div>'
            f'<div class="sources" role="group" hidden aria-label="{self.say("sources")}">'
            f"<h3>{self.say('sources')}</h3>"
            '<ol class="cards"></ol></div></li>'
        )

    def _card(self) -> str:
        return (
            self.button("copy", "copy_quote", "copy")
            + f'<a class="open" target="_blank" rel="noopener">{icon("open")}<span>{self.say("open")}</span></a>'
        )

    def _acts(self) -> str:
        thumbs = "".join(
            self.button("thumb", key, verdict, seen=False, extra=f'data-verdict="{verdict}" aria-pressed="false"')
            for verdict, key in (("up", "helpful"), ("down", "unhelpful"))
        )
        return (
            f'<div class="tools">{self.button("copy", "copy_answer", "copy")}{self.button("again", "again")}'
            f'<span class="thumbs" role="group" aria-label="{self.say("rate")}">{thumbs}</span></div>'
            '<div class="why" tabindex="-1"></div>'
        )

    def _reasons(self, verdict: str) -> str:
        boxes = "".join(
            f'<label class="chip"><input type="checkbox" name="reason" value="{name}">'
            f"<span>{self.say(f'reason_{name}')}</span></label>"
            for name in REASONS[verdict]
        )
        legend = self.say("reason_up_legend" if verdict == "up" else "reason_legend")
        return (
            f'<form data-form="why"><fieldset><legend>{legend}</legend><div class="chips">{boxes}</div></fieldset>'
            f'<label class="line"><span>{self.say("reason_more")}</span>'
            '<input type="text" name="more" maxlength="500"></label>'
            f'<label class="tick"><input type="checkbox" name="consent"><span>{self.say("consent")}</span></label>'
            f'<p class="small">{self.say("consent_note")}</p>'
            f'<button type="submit" class="main"><span>{self.say("send")}</span></button><output></output></form>'
        )

    def _fault(self, name: str) -> str:
        hint = self.say(f"{name}_hint").replace("{limit}", str(self._limit))
        return (
            f'<div class="fault" data-fault="{name}"><p><strong>{self.say(name)}</strong></p><p>{hint}</p>'
            f"{self.button('again', 'again', extra='class=main')}</div>"
        )


# What the server tells the page


def starting(state: Progressing, language: str) -> str:
    """How far the start is; "" once questions are answered."""
    if state.ready:
        return ""
    if state.stage == "failed":
        detail = escape(" ".join(p for p in (state.error, state.hint) if p))
        return (
            f"<p><strong>{escape(label(language, 'start_failed'))}</strong></p>"
            f'<p>{escape(label(language, "start_failed_hint"))}</p><p class="small" lang="en">{detail}</p>'
        )
    return (
        _progress(state, state.stage, "starting", language)
        + f'<p class="small">{escape(label(language, "starting_hint"))}</p>'
    )


def syncing(state: Progressing, language: str) -> str:
    """How far a sync of later is, while questions are answered; "" when there is none."""
    if not (state.ready and state.syncing):
        return ""
    hint = f'<p class="small">{escape(label(language, "syncing_hint"))}</p>'
    return _progress(state, "sync", "syncing", language) + hint


def _progress(state: Progressing, stage: str, title: str, language: str) -> str:
    counted = stage == "sync" and state.total > 0
    key = "stage_sync_start" if stage == "sync" and not counted else f"stage_{stage}"
    text = escape(label(language, key, done=state.done, total=state.total))
    value = f' value="{state.done}" max="{state.total}"' if counted else ""
    return (
        f"<p><strong>{escape(label(language, title))}</strong> {text}</p>"
        f'<progress aria-label="{text}"{value}></progress>{_why_all(state, language)}'
    )


def _why_all(state: Progressing, language: str) -> str:
    """Why every document is read again, when the embedding model is another."""
    if state.change is None:
        return ""
    told = label(language, "model_changed", was=state.change.was, now=state.change.now)
    return f'<p class="small">{escape(told)}</p>'


def examples(questions: Sequence[tuple[str, str]], language: str) -> str:
    """Questions of the corpus, (language, question), as buttons that ask them."""
    items = "".join(
        f'<li><button type="button" data-do="example" lang="{spoken}">{escape(question)}</button></li>'
        for spoken, question in questions
    )
    return f"<h3>{escape(label(language, 'examples'))}</h3><ul>{items}</ul>" if items else ""
