"""Check → the pieces of the chat page's second tab, as escaped HTML: the verdict, the passages for and against side by
side with the words that decide marked, and what was set aside.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.checking.rendering import GLYPHS, sides
from rag.checking.wording import label, stance_label, verdict_label
from rag.language.detection import detect
from rag.models import Check, Citation, Note, SetAside, Span, Testimony
from rag.rendering import escape, lit, searched_line_of
from rag.web.chat.html import described, tagged
from rag.wording import QUOTES, long_date, quoted, word


def check_html(check: Check) -> str:
    """One check as an article; its claim stands above the verdict."""
    spoken = check.language
    shown = "".join(_side(told, spoken) for told in sides(check))
    notes = "".join(_note(note, check) for note in check.notes)
    return (
        f'<article class="check {check.verdict.value}" lang="{spoken}"><h3 lang="{spoken}">{escape(check.claim)}</h3>'
        f'<p class="verdict"><span aria-hidden="true">{GLYPHS[check.verdict]}</span> '
        f"<strong>{escape(verdict_label(check.verdict, spoken))}</strong></p>"
        f'<p class="reason">{tagged(check.explanation, [t.citation for t in check.testimonies], spoken)}</p>'
        f'{notes}<div class="sides">{shown}</div>{_nearest(check)}<p class="small">{_small(check)}</p></article>'
    )


def _note(note: Note, check: Check) -> str:
    """A note with its marks, each a way into the document."""
    cited = [t.citation for t in check.testimonies if t.citation.number in note.citations]
    marks = "".join(f' <a href="{escape(c.url)}#quote">[{c.number}]</a>' for c in cited)
    return f'<p class="note">{tagged(note.text, cited, check.language)}{marks}</p>'


def _side(told: Sequence[Testimony], language: str) -> str:
    named = escape(stance_label(told[0], language))
    kind = "leaning" if told[0].leaning else told[0].stance.value
    cards = "".join(_card(t, language) for t in told)
    return f'<div class="side {kind}"><h4>{named}</h4><ol>{cards}</ol></div>'


def _card(testimony: Testimony, language: str) -> str:
    citation = testimony.citation
    opening, closing = QUOTES[language]
    return (
        f'<li><blockquote lang="{citation.document.language}">{opening}{_marked(testimony)}{closing}</blockquote>'
        f"{_source(citation, language)}</li>"
    )


def _source(citation: Citation, language: str) -> str:
    link = f'<a href="{escape(citation.url)}#quote">{escape(word(language, "open"))}</a>'
    number = f"[{citation.number}] " if citation.number else ""
    return f'<p class="meta">{number}{described(citation, language)} · {link}</p>'


def _marked(testimony: Testimony) -> str:
    """The quote as people read it, with the words that decide lit; where the whole decides, nothing is."""
    citation = testimony.citation
    places = (Span(s.start - citation.start, s.end - citation.start) for s in testimony.deciding)
    pieces = lit(citation.quote, citation.display, places)
    return "".join(f'<mark class="decides">{escape(p)}</mark>' if decides else escape(p) for p, decides in pieces)


def _nearest(check: Check) -> str:
    if not check.nearest:
        return ""
    items = "".join(
        f'<li><blockquote lang="{c.document.language}">{escape(quoted(check.language, c.display))}</blockquote>'
        f"{_source(c, check.language)}</li>"
        for c in check.nearest
    )
    return f'<div class="nearest"><p>{escape(word(check.language, "nearest"))}</p><ul>{items}</ul></div>'


def _small(check: Check) -> str:
    """The small print: how far was searched, and as of when."""
    line = searched_line_of(check.searched, check.newest, check.language)
    if check.as_of:
        line += f" {label(check.language, 'as_of', date=long_date(check.as_of, check.language))}."
    return escape(line)


def proof_html(address: str, language: str) -> str:
    """The way to the proof of everything that was checked in a text."""
    return f'<a class="proof" href="{escape(address)}">{escape(label(language, "proof"))}</a>'


def aside_html(aside: Sequence[SetAside], language: str, written_in: str) -> str:
    """What of a text is no claim, and why; "" where all of it is. `written_in` is the language of the text."""
    if not aside:
        return ""
    items = "".join(
        f"<li><b>{escape(label(language, a.reason))}</b>"
        f' <span lang="{detect(a.text, written_in)}">{escape(a.text)}</span></li>'
        for a in aside
    )
    return f'<div class="aside"><h3>{escape(label(language, "set_aside"))}</h3><ul>{items}</ul></div>'
