"""Proof → what every export and the page show, in order and in words: the one place where that is decided.

Nothing here is escaped: each writer does that in its own way. Fonte's own words may hold **bold**.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.checking.wording import REASONS, label
from rag.models import SetAside, Span, Support
from rag.proofs.record import Finding, Proof, Quote, Source
from rag.proofs.standing import Standing, State
from rag.proofs.wording import counted, say
from rag.rendering import lit
from rag.wording import long_date, quoted

TITLES = 8  # of the documents that a search was narrowed to are named


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence with the marks of its sources: Fonte's own words, a document's, or a note that mixes both."""

    text: str
    marks: tuple[str, ...]
    language: str
    kind: Literal["own", "quote", "note"]


@dataclass(frozen=True, slots=True)
class Change:
    """How a quote's document differs today: in words, and what stands there now with its address."""

    told: str
    now: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One source of a section. `mark` is "" for a nearest passage; `pieces` are those of `quote`, each with whether it
    decided."""

    mark: str
    quote: str
    language: str
    title: str
    about: str
    facts: tuple[tuple[str, str], ...]
    path: str
    stance: str
    pieces: tuple[tuple[str, bool], ...]
    change: Change | None


@dataclass(frozen=True, slots=True)
class Section:
    """One question or claim."""

    label: str
    asked: str
    outcome: str
    headline: Line | None
    lines: tuple[Line, ...]
    entries: tuple[Entry, ...]
    nearest: tuple[Entry, ...]
    foot: str


@dataclass(frozen=True, slots=True)
class Sheet:
    language: str
    title: str
    text: str  # the draft, where several claims of it were checked
    sections: tuple[Section, ...]
    set_aside: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    address: str


def sheet(
    proof: Proof, origin: str = "", standings: Mapping[Quote, Standing] | None = None, language: str | None = None
) -> Sheet:
    """What is shown of a proof, its own words in `language` (the proof's if left out).

    `origin` ("https://host") makes its addresses whole; `standings` says how its quotes stand today.
    """
    spoken = language or proof.language
    writer = _Writer(spoken, origin, standings or {}, several=len(proof.findings) > 1)
    called = say(spoken, "asked" if proof.kind == "answer" else "claim")
    return Sheet(
        language=spoken,
        title=say(spoken, proof.kind),
        text=proof.text if len(proof.findings) > 1 or proof.set_aside else "",
        sections=tuple(writer.section(called, n, finding) for n, finding in enumerate(proof.findings, 1)),
        set_aside=tuple(_aside(aside, spoken) for aside in proof.set_aside),
        facts=_facts(proof, spoken),
        address=origin + proof.path,
    )


def _aside(aside: SetAside, language: str) -> str:
    return f"{aside.text} ({label(language, aside.reason)})" if aside.reason in REASONS else aside.text


def _facts(proof: Proof, language: str) -> tuple[tuple[str, str], ...]:
    made = proof.made.astimezone(dt.UTC)
    with_ = proof.circumstances
    return (
        (say(language, "made"), moment(made, language)),
        (say(language, "model"), with_.model or say(language, "no_model")),
        (say(language, "index"), with_.index),
        (say(language, "program"), f"Fonte {with_.fonte}"),
    )


def moment(made: dt.datetime, language: str) -> str:
    return say(language, "moment", date=long_date(made.date(), language), time=f"{made:%H:%M}")


@dataclass(frozen=True, slots=True)
class _Writer:
    language: str
    origin: str
    standings: Mapping[Quote, Standing]
    several: bool

    def section(self, called: str, number: int, finding: Finding) -> Section:
        marks = {q.number: f"{number}.{q.number}" if self.several else str(q.number) for q in finding.quotes}
        return Section(
            label=f"{called} {number}" if self.several else called,
            asked=finding.asked,
            outcome=say(self.language, finding.outcome),
            headline=self._headline(finding, marks),
            lines=(*self._lines(finding, marks), *self._notes(finding, marks)),
            entries=tuple(self._entry(quote, marks[quote.number]) for quote in finding.quotes),
            nearest=tuple(self._entry(quote, "") for quote in finding.nearest),
            foot=self._foot(finding),
        )

    def _headline(self, finding: Finding, marks: Mapping[int, str]) -> Line | None:
        if not finding.headline or not finding.quotes:
            return None
        first = finding.quotes[0]
        return Line(finding.headline, (marks[first.number],), first.source.language, "quote")

    def _lines(self, finding: Finding, marks: Mapping[int, str]) -> list[Line]:
        tongues = {quote.number: quote.source.language for quote in finding.quotes}
        return [
            Line(
                text=s.text,
                marks=tuple(marks[n] for n in s.citations if n in marks),
                language=next((tongues[n] for n in s.citations if n in tongues), self.language)
                if s.support is Support.QUOTED
                else self.language,
                kind="quote" if s.support is Support.QUOTED else "own",
            )
            for s in finding.statements
            if s.support is not Support.UNSUPPORTED
        ]

    def _notes(self, finding: Finding, marks: Mapping[int, str]) -> list[Line]:
        return [
            Line(note.text, tuple(marks[n] for n in note.citations if n in marks), self.language, "note")
            for note in finding.notes
        ]

    def _entry(self, quote: Quote, mark: str) -> Entry:
        return Entry(
            mark=mark,
            quote=quote.display,
            language=quote.source.language,
            title=quote.source.title,
            about=self._about(quote),
            facts=self._places(quote),
            path=self.origin + quote.path,
            stance=self._stance(quote),
            pieces=_pieces(quote),
            change=self._change(quote),
        )

    def _stance(self, quote: Quote) -> str:
        if quote.stance is None:
            return ""
        return say(self.language, "leaning" if quote.leaning else quote.stance.value)

    def _about(self, quote: Quote) -> str:
        source = quote.source
        date = long_date(source.date, self.language) if source.date else say(self.language, "undated")
        page = say(self.language, "page", page=quote.page) if quote.page else ""
        publisher = source.publisher or say(self.language, "no_publisher")
        return " · ".join(part for part in (publisher, date, page) if part)

    def _places(self, quote: Quote) -> tuple[tuple[str, str], ...]:
        place = say(self.language, "place", start=quote.start, end=quote.end)
        return (
            (quote.source.source, place),
            (say(self.language, "version"), quote.source.version),
            (say(self.language, "hash"), quote.source.content_hash),
        )

    def _change(self, quote: Quote) -> Change | None:
        found = self.standings.get(quote)
        if found is None or found.state is State.SAME:
            return None
        path = self.origin + _present(quote.source, found.document.version, found.span) if found.document else ""
        return Change(say(self.language, found.state.value), found.words, path)

    def _foot(self, finding: Finding) -> str:
        line = counted(self.language, "searched", finding.searched)
        if finding.newest:
            line += "; " + say(self.language, "newest", date=long_date(finding.newest, self.language))
        if finding.as_of:
            line += ". " + say(self.language, "as_of", date=long_date(finding.as_of, self.language))
        if finding.understood:
            line += ". " + say(self.language, "understood", question=quoted(self.language, finding.understood))
        if finding.within:
            line += ". " + say(self.language, "within", titles=self._titles(finding.within))
        return line + "."

    def _titles(self, titles: Sequence[str]) -> str:
        shown = "; ".join(quoted(self.language, title) for title in titles[:TITLES])
        more = len(titles) - TITLES
        return f"{shown} {say(self.language, 'more', count=more)}" if more > 0 else shown


def _present(source: Source, version: str, span: Span | None) -> str:
    place = f"&start={span.start}&end={span.end}#quote" if span else ""
    return f"/documents/{source.id}?version={version}{place}"


def runs(line: Line) -> list[tuple[str, bool]]:
    """The line in pieces, each with whether it is bold; only in Fonte's own words do asterisks mean that."""
    if line.kind != "own":
        return [(line.text, False)]
    return [(piece, n % 2 == 1) for n, piece in enumerate(line.text.split("**")) if piece]


def _pieces(quote: Quote) -> tuple[tuple[str, bool], ...]:
    """The quote in pieces, each with whether it decided; without places, every copy of the words may have."""
    places = quote.places or tuple(
        Span(*found.span())
        for word in quote.deciding
        if word.strip()
        for found in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", quote.quote)
    )
    return tuple(lit(quote.quote, quote.display, places))
