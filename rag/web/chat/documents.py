"""The documents tab of the chat page, and the filters that narrow a search: pure functions to escaped HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.models import Document, Skipped
from rag.rendering import escape
from rag.web.chat.html import shown_date
from rag.web.chat.labels import KINDS, kind_name, label
from rag.web.skips import reason_in

MANY = 12  # chips; more of them get a field that finds them


def documents(found: Sequence[Document], counts: Mapping[str, int], skipped: Sequence[Skipped], language: str) -> str:
    """The documents tab."""
    if not found:
        return nothing(language) + _skipped(skipped, language)
    total = sum(counts.get(d.id, 0) for d in found)
    key = "documents_one" if len(found) == 1 else "documents_many"
    columns = ("title", "kind", "date", "doc_language", "passages")
    head = "".join(f'<th scope="col">{escape(label(language, c))}</th>' for c in columns)
    origins = list(dict.fromkeys(d.provenance for d in found if d.provenance))
    rows = "".join(_row(d, counts.get(d.id, 0), origins, language) for d in sorted(found, key=lambda d: d.source))
    return (
        f"<h2>{escape(label(language, 'documents'))}</h2>"
        f"<p>{escape(label(language, key, count=len(found), passages=total))}</p>{_origins(found, origins, language)}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{_skipped(skipped, language)}"
    )


def nothing(language: str) -> str:
    """What stands where there is no document at all."""
    title, hint = label(language, "no_documents"), label(language, "no_documents_hint")
    return f'<div class="fault calm"><p><strong>{escape(title)}</strong></p><p>{escape(hint)}</p></div>'


def _origins(found: Sequence[Document], origins: Sequence[str], language: str) -> str:
    """Each origin once, with how many documents go back to it: many papers of one article are one source."""
    items = []
    for number, origin in enumerate(origins, 1):
        of_it = [d for d in found if d.provenance == origin]
        key = "one_origin" if len(of_it) > 1 else "origin"
        title = escape(label(language, key, count=len(of_it)))
        mark = f"<sup>{number}</sup> " if len(origins) > 1 else ""
        items.append(f'<li>{mark}<b>{title}</b> <span lang="{of_it[0].language}">{escape(origin)}</span></li>')
    return f'<ul class="origins">{"".join(items)}</ul>' if items else ""


def _row(document: Document, passages: int, origins: Sequence[str], language: str) -> str:
    several = len(origins) > 1 and document.provenance
    mark = f" <sup>{origins.index(document.provenance) + 1}</sup>" if several and document.provenance else ""
    publisher = f'<span class="meta">{escape(document.publisher)}</span>' if document.publisher else ""
    cells = (
        ("kind", kind_name(language, document.kind), kind_language(language, document)),
        ("date", shown_date(document, language), language),
        ("doc_language", label(language, f"lang_{document.language}"), language),
        ("passages", str(passages), language),
    )
    return (
        f'<tr><th scope="row"><a href="/documents/{escape(document.id)}" lang="{document.language}">'
        f'{escape(document.title)}</a>{mark}{publisher}<span class="meta file">{escape(document.source)}</span></th>'
        + "".join(
            f'<td data-label="{escape(label(language, key))}"><span lang="{spoken}">{escape(value)}</span></td>'
            for key, value, spoken in cells
        )
        + "</tr>"
    )


def kind_language(language: str, document: Document) -> str:
    """The language of a kind's name: a kind that is not ours is taken for a word of its document's language."""
    return language if document.kind.replace(" ", "_") in KINDS["it"] else document.language


def _skipped(skipped: Sequence[Skipped], language: str) -> str:
    if not skipped:
        return ""
    items = "".join(
        f"<dt>{escape(s.source)}</dt><dd>{reason_in(language, s.reason)} {reason_in(language, s.hint)}</dd>"
        for s in skipped
    )
    return f'<h2>{escape(label(language, "skipped"))} ({len(skipped)})</h2><dl class="skipped">{items}</dl>'


def filters(found: Sequence[Document], language: str) -> str:
    """What a search may be narrowed to; only what tells documents apart is offered."""
    kinds = {d.kind: kind_name(language, d.kind) for d in found}
    spoken = {d.language: label(language, f"lang_{d.language}") for d in found}
    titles = {d.id: d.title for d in sorted(found, key=lambda d: d.title.casefold())}
    period = "".join(
        f'<label><span>{escape(label(language, f"filter_{end}"))}</span> <input type="date" name="{end}"></label>'
        for end in ("since", "until")
    )
    dated = (
        f'<fieldset><legend>{escape(label(language, "filter_period"))}</legend><div class="chips">{period}</div>'
        f'<p class="small">{escape(label(language, "filter_period_note"))}</p></fieldset>'
        if any(d.date for d in found)
        else ""
    )
    return (
        _choices("filter_kind", "kinds", kinds, language, {d.kind: kind_language(language, d) for d in found})
        + _choices("filter_language", "languages", spoken, language)
        + dated
        + _choices("filter_documents", "documents", titles, language, {d.id: d.language for d in found})
        + f'<button type="button" data-do="unfilter">{escape(label(language, "filter_clear"))}</button>'
    )


def _choices(
    legend: str, name: str, values: Mapping[str, str], language: str, spoken: Mapping[str, str] | None = None
) -> str:
    if len(values) < 2:
        return ""
    boxes = "".join(
        f'<label class="chip"><input type="checkbox" name="{name}" value="{escape(value)}">'
        f'<span lang="{(spoken or {}).get(value, language)}">{escape(shown)}</span></label>'
        for value, shown in values.items()
    )
    named = escape(label(language, "filter_sift"))
    sift = f'<input type="search" aria-label="{named}" placeholder="{named}">' if len(values) > MANY else ""
    title = escape(label(language, legend))
    return f'<fieldset><legend>{title}</legend>{sift}<div class="chips">{boxes}</div></fieldset>'
