"""Answer → the pieces of the chat page, as escaped HTML, and as text for the clipboard.

Pure functions. Whatever stands in a document or in a question goes through `escape`; a quote carries the language of
its document, everything else that of the answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rag.models import Answer, Citation, Document, Note, Statement, Status, Support
from rag.rendering import (
    emphasised,
    escape,
    searched_line,
    source_line,
    status_line,
)
from rag.web.chat.foot import foot
from rag.web.chat.labels import label
from rag.web.surroundings import surroundings
from rag.wording import QUOTES, long_date, quoted, word

ORIGIN = "{origin}"  # the page puts its own address here: copied links must work elsewhere


@dataclass(frozen=True, slots=True)
class Pieces:
    """An answer in the order in which it is put on the page; `parts` and `sources` are only ever appended to."""

    status: str
    parts: tuple[str, ...]
    sources: tuple[str, ...]
    foot: str
    copy_text: str
    copy_html: str
    said: str  # what a screen reader announces, once


def pieces(answer: Answer, turn: str) -> Pieces:
    """Everything of one answer; `turn` makes its anchors unlike those of other answers on the page."""
    parts = [*_headline(answer, turn), *_statements(answer, turn), *(_note(answer, n, turn) for n in answer.notes)]
    return Pieces(
        status=status(answer.status, answer.language),
        parts=(*parts, *_nearest(answer)),
        sources=_sources(answer, turn),
        foot=foot(answer),
        copy_text=answer_text(answer),
        copy_html=answer_html(answer),
        said=_said(answer),
    )


def status(value: Status, language: str) -> str:
    """The outcome as a shape and a word; colour comes on top of both."""
    drawn = {
        Status.ANSWERED: '<circle cx="8" cy="8" r="6.5" fill="currentColor"/>',
        Status.PARTIAL: '<circle cx="8" cy="8" r="6.5"/><path d="M8 1.5a6.5 6.5 0 0 0 0 13z" fill="currentColor"/>',
        Status.NOT_FOUND: '<circle cx="8" cy="8" r="6.5"/>',
    }[value]
    return (
        f'<span class="status {value.value}" lang="{language}">'
        f'<svg viewBox="0 0 16 16" aria-hidden="true">{drawn}</svg>'
        f"{escape(word(language, f'{value.value}_label'))}</span>"
    )


def _marks(numbers: tuple[int, ...], answer: Answer, turn: str) -> str:
    return "".join(
        f'\u00a0<a class="mark" href="#{turn}-{n}" data-n="{n}" lang="{answer.language}"'
        f' aria-label="{escape(label(answer.language, "to_source", number=n))}">[{n}]</a>'
        for n in numbers
    )


def _headline(answer: Answer, turn: str) -> list[str]:
    if not answer.headline:
        return []
    cited = answer.citations[:1]
    language = cited[0].document.language if cited else answer.language
    marks = _marks(tuple(c.number for c in cited), answer, turn)
    return [f'<p class="headline"><strong lang="{language}">{escape(answer.headline)}</strong>{marks}</p>']


def _statements(answer: Answer, turn: str) -> list[str]:
    """Fonte's own words as text, quotes as quotes; what nothing supports is not shown."""
    found: list[str] = []
    for statement in answer.statements:
        if statement.support is Support.UNSUPPORTED:
            continue
        if statement.support is Support.QUOTED:
            found.append(_quote(statement, answer, turn))
            continue
        marks = _marks(statement.citations, answer, turn)
        kind = "frame" if statement.support is Support.FRAME else "said"
        found.append(f'<p class="{kind}" lang="{answer.language}">{emphasised(statement.text)}{marks}</p>')
    return found


def _quote(statement: Statement, answer: Answer, turn: str) -> str:
    languages = {c.document.language for c in answer.citations if c.number in statement.citations}
    language = languages.pop() if len(languages) == 1 else answer.language
    foreign = (
        f' <span class="foreign">({label(answer.language, f"in_{language}")})</span>'
        if language != answer.language
        else ""
    )
    return (
        f'<blockquote class="quote"><p><span lang="{language}">{escape(statement.text)}</span>'
        f"{_marks(statement.citations, answer, turn)}{foreign}</p></blockquote>"
    )


def _note(answer: Answer, note: Note, turn: str) -> str:
    cited = [c for c in answer.citations if c.number in note.citations]
    text = tagged(note.text, cited, answer.language)
    return f'<p class="note" lang="{answer.language}">{text}{_marks(note.citations, answer, turn)}</p>'


def tagged(told: str, cited: Sequence[Citation], language: str) -> str:
    """A sentence of Fonte's own in `language`, its titles and quotes in the language of the document they come from;
    a shortened quote comes from the document that was named last."""
    known = {quoted(language, text): c.document.language for c in cited for text in (c.display, c.document.title)}
    opening, closing = QUOTES[language]
    anything = f"{opening}[^{opening}{closing}]*{closing}"
    inside = re.compile(f"({'|'.join([*map(re.escape, known), anything])})")
    spoken = cited[0].document.language if cited else language
    pieces: list[str] = []
    for n, piece in enumerate(inside.split(told)):
        spoken = known.get(piece, spoken)
        pieces.append(f'<span lang="{spoken}">{escape(piece)}</span>' if n % 2 else escape(piece))
    return "".join(pieces)


def _nearest(answer: Answer) -> list[str]:
    if not answer.nearest:
        return []
    items = "".join(
        f'<li><blockquote lang="{c.document.language}">{escape(quoted(answer.language, c.display))}</blockquote>'
        f'<a href="{escape(c.url)}" target="_blank" rel="noopener">{described(c, answer.language)}</a></li>'
        for c in answer.nearest
    )
    title = escape(word(answer.language, "nearest"))
    return [f'<div class="nearest" lang="{answer.language}"><p>{title}</p><ul>{items}</ul></div>']


def described(citation: Citation, language: str) -> str:
    """The source line, its title in the language of its document."""
    title, rest = citation.document.title, source_line(citation, language)[len(citation.document.title) :]
    return f'<cite lang="{citation.document.language}">{escape(title)}</cite>{escape(rest)}'


# Sources


def _sources(answer: Answer, turn: str) -> tuple[str, ...]:
    """A card for each citation; documents that go back to one origin say so once, above the first of them."""
    shared = Counter({c.document.id: c.document.provenance for c in answer.citations}.values())
    told: set[str] = set()
    found: list[str] = []
    for citation in answer.citations:
        origin = citation.document.provenance
        if origin and origin not in told:
            told.add(origin)
            found.append(_origin(origin, shared[origin], citation.document.language, answer.language))
        found.append(_card(citation, answer, turn))
    return tuple(found)


def _origin(origin: str, count: int, language: str, spoken: str) -> str:
    title = label(spoken, "one_origin", count=count) if count > 1 else label(spoken, "origin")
    return (
        f'<li class="origin"><p><b lang="{spoken}">{escape(title)}</b> <span lang="{language}">{escape(origin)}</span>'
        "</p></li>"
    )


def _card(citation: Citation, answer: Answer, turn: str) -> str:
    document, language = citation.document, answer.language
    number = citation.number
    back = escape(label(language, "to_answer", number=number))
    return (
        f'<li class="card" id="{turn}-{number}" data-n="{number}" tabindex="-1" lang="{language}"'
        f' data-text="{escape(quote_text(citation, language))}" data-html="{escape(quote_html(citation, language))}">'
        '<div class="named">'
        f'<button class="back" data-do="back" data-n="{number}" aria-label="{back}">[{number}]</button>'
        f'<h4><cite lang="{document.language}">{escape(document.title)}</cite></h4></div>'
        f'<p class="meta">{_facts(citation, language)}</p>{_passage(citation, language)}'
        f'<div class="tools" data-slot="card" data-href="{escape(_opening(citation, answer))}"></div></li>'
    )


def _passage(citation: Citation, language: str) -> str:
    """The quote where it stands: the heading above it, and in grey the words around it."""
    found = surroundings(citation)
    before, after = (f'<span class="near">{escape(w)}</span>' if w else "" for w in (found.before, found.after))
    is_title = found.heading.casefold() in ("", citation.document.title.casefold())
    heading = "" if is_title else f'<p class="meta">§ {escape(found.heading)}</p>'
    quote = f"<span>{escape(quoted(language, citation.display))}</span>"
    return f'<blockquote lang="{citation.document.language}">{heading}<p>{before}{quote}{after}</p></blockquote>'


def _opening(citation: Citation, answer: Answer) -> str:
    """Where a passage opens in its document, with the others of this answer that stand there beside it."""
    version = citation.document.id, citation.document.version
    spans = [(c.start, c.end) for c in answer.citations if (c.document.id, c.document.version) == version]
    beside = "".join(f"&cite={start}-{end}" for start, end in spans) if len(spans) > 1 else ""
    return citation.url.partition("#")[0] + beside + "#quote"


def _facts(citation: Citation, language: str) -> str:
    return " · ".join(
        escape(fact)
        for fact in (
            citation.document.publisher,
            shown_date(citation.document, language),
            word(language, "page", page=citation.page) if citation.page else None,
        )
        if fact
    )


def shown_date(document: Document, language: str) -> str:
    return long_date(document.date, language) if document.date else word(language, "undated")


# The clipboard


def quote_text(citation: Citation, language: str) -> str:
    """Quote, title, publisher, date, page and link: what a journalist pastes."""
    lines = [quoted(language, citation.display), source_line(citation, language), ORIGIN + citation.url]
    return "\n".join(lines)


def quote_html(citation: Citation, language: str) -> str:
    line = f'<a href="{ORIGIN}{escape(citation.url)}">{described(citation, language)}</a>'
    quote = f'<p lang="{citation.document.language}">{escape(quoted(language, citation.display))}</p>'
    return f"<blockquote>{quote}</blockquote><p>{line}</p>"


def answer_text(answer: Answer) -> str:
    lines = [answer.question, "", status_line(answer), answer.text.replace("**", "")]
    lines += map(_noted, answer.notes)
    for c in answer.citations:
        lines += ["", f"[{c.number}] {source_line(c, answer.language)}", ORIGIN + c.url]
    if answer.nearest:
        lines += ["", word(answer.language, "nearest")]
        lines += [f"– {quoted(answer.language, c.display)} ({source_line(c, answer.language)})" for c in answer.nearest]
    return "\n".join([*lines, "", searched_line(answer)])


def answer_html(answer: Answer) -> str:
    sources = "".join(
        f'<li value="{c.number}"><a href="{ORIGIN}{escape(c.url)}">{described(c, answer.language)}</a></li>'
        for c in answer.citations
    )
    body = "".join(f"<p>{emphasised(line)}</p>" for line in answer.text.split("\n"))
    notes = "".join(f"<p>{escape(_noted(n))}</p>" for n in answer.notes)
    listed = f"<ol>{sources}</ol>" if sources else ""
    near = "".join(f"<li>{quote_html(c, answer.language)}</li>" for c in answer.nearest)
    nearest = f"<p>{escape(word(answer.language, 'nearest'))}</p><ul>{near}</ul>" if near else ""
    return (
        f"<p><b>{escape(answer.question)}</b></p><p>{escape(status_line(answer))}</p>"
        f"{body}{notes}{listed}{nearest}<p><small>{escape(searched_line(answer))}</small></p>"
    )


def _noted(note: Note) -> str:
    return " ".join((note.text, *(f"[{n}]" for n in note.citations)))


def _said(answer: Answer) -> str:
    """Status, the words that answer or the first sentence, and how many sources: short enough to be listened to."""
    shown = [s.text for s in answer.statements if s.support is not Support.UNSUPPORTED]
    first = answer.headline or (shown[0].replace("**", "") if shown else "")
    count = len(answer.citations)
    key = "said_sources_one" if count == 1 else "said_sources_many"
    sources = label(answer.language, key, count=count) if count else ""
    return f"{word(answer.language, f'{answer.status.value}_label')}. {first} {sources}".strip()
