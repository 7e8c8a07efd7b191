"""An exported proof checked again against documents: each quote by file hash, place and words, without any server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from rag.checking.wording import shortened
from rag.citations import display
from rag.documents import Root, SourceFile, read, walk
from rag.errors import UnreadableDocument
from rag.models import Document, Evidence, Hit, Span, Support
from rag.passages import passages
from rag.proofs.record import Finding, Proof, Quote, Source
from rag.proofs.standing import Standing, State, standing
from rag.wording import QUOTES, quoted, unquoted


class Result(StrEnum):
    VERIFIED = "verified"
    CHANGED = "changed"  # the words stand in the document, which is not the file that was cited
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Line:
    result: Result
    what: str
    reason: str


_TOLD: Mapping[State, tuple[Result, str]] = {
    State.SAME: (Result.VERIFIED, "word for word in {source}, characters {start}–{end}; the file is unchanged"),
    State.DETAILS: (
        Result.CHANGED,
        "word for word in {source}, characters {start}–{end}; the file has changed, its text has not",
    ),
    State.READ_ANEW: (
        Result.VERIFIED,
        "word for word in {source}, now characters {now_start}–{now_end}; the file is unchanged, and was read anew",
    ),
    State.READ_OTHERWISE: (Result.FAILED, "{source} is unchanged; as it is read now, the words are not in it"),
    State.MOVED: (Result.CHANGED, "{source} has changed; the words stand in it, at {now_start}–{now_end}"),
    State.REWORDED: (Result.FAILED, "{source} has changed, and the words with it; now: {now}"),
    State.GONE: (Result.FAILED, "{source} has changed; the words are not in it"),
    State.REMOVED: (Result.FAILED, "{source} is not in the corpus folders"),
    State.FALSE: (Result.FAILED, "{source} is unchanged; these words are not at {start}–{end} in it"),
}


SUPERSEDED = "superseded"  # the kind of note that ends in a quote
_SAME_TEXT = (State.SAME, State.DETAILS, State.READ_ANEW)


def recheck(proof: Proof, roots: Iterable[Root], max_bytes: int) -> list[Line]:
    """One line for each quote, and one for each statement or note that is not what it quotes.

    The roots are corpus folders; files larger than `max_bytes` are not read.
    """
    documents = _documents({q.source for f in proof.findings for q in (*f.quotes, *f.nearest)}, roots, max_bytes)
    several = len(proof.findings) > 1
    return [
        line
        for number, finding in enumerate(proof.findings, 1)
        for line in _finding(finding, documents, f"{number}." if several else "")
    ]


def untested(proof: Proof) -> str:
    """What a proof says that no document alone can bear out, in a sentence; "" where it says nothing of the kind."""
    if proof.kind == "check":
        return "Verdicts and reasons, and which side a quote is on, are not re-checked."
    if any(s.support is not Support.QUOTED for f in proof.findings for s in f.statements):
        return "The status, and what is said in other words than a document's, are not re-checked."
    return ""


def outcome(lines: Iterable[Line]) -> Result:
    """The worst of all; what quotes nothing holds."""
    results = {line.result for line in lines}
    return next((r for r in (Result.FAILED, Result.CHANGED) if r in results), Result.VERIFIED)


def _documents(wanted: set[Source], roots: Iterable[Root], max_bytes: int) -> dict[Source, Document]:
    """The documents by their place in the corpus; a folder of another name holds the file with the same hash."""
    ids, hashes = {s.id for s in wanted}, {s.content_hash for s in wanted}
    files = [f for root in roots for f in walk(root, max_bytes) if isinstance(f, SourceFile)]
    by_id = {f.id: d for f in files if f.id in ids and (d := _read(f))}
    by_hash = {f.content_hash: d for f in files if f.content_hash in hashes and (d := _read(f))}
    found = {source: by_id.get(source.id) or by_hash.get(source.content_hash) for source in wanted}
    return {source: document for source, document in found.items() if document}


def _read(file: SourceFile) -> Document | None:
    try:
        return read(file)
    except UnreadableDocument:
        return None


def _finding(finding: Finding, documents: Mapping[Source, Document], prefix: str) -> list[Line]:
    lines = [_quote(q, documents.get(q.source), f"[{prefix}{q.number}]") for q in finding.quotes]
    lines += [_quote(q, documents.get(q.source), f"[{prefix}nearest]") for q in finding.nearest]
    shown = {q.number: q.display for q in finding.quotes}
    for statement in finding.statements:
        if statement.support is not Support.QUOTED:
            continue
        if not any(unquoted(statement.text) in shown.get(n, "") for n in statement.citations):
            lines.append(Line(Result.FAILED, "statement", f"these are not the words of its quote: {statement.text}"))
    for note in finding.notes:
        told = [shown[n] for n in note.citations if n in shown]
        if note.kind == SUPERSEDED and not any(_quotes(note.text, text) for text in told):
            lines.append(Line(Result.FAILED, "note", f"these are not the words of its quote: {note.text}"))
    if finding.headline and not any(finding.headline in text for text in shown.values()):
        lines.append(Line(Result.FAILED, "headline", f"no quote holds it: {finding.headline}"))
    return lines


def _quotes(text: str, shown: str) -> bool:
    """Whether a note ends in these words, as a quote of it; a long one is cut short in a check's."""
    told = text.removesuffix(".")
    return any(told.endswith(quoted(language, words)) for language in QUOTES for words in (shown, shortened(shown)))


def _quote(quote: Quote, now: Document | None, mark: str) -> Line:
    found = standing(quote, now)
    result, reason = _TOLD[found.state]
    if found.span and found.state in _SAME_TEXT and (wrong := _untrue(quote, found)):
        return Line(Result.FAILED, mark, f"{quote.source.source}: {wrong}")
    return Line(result, mark, reason.format(**_places(quote, found)))


def _places(quote: Quote, found: Standing) -> dict[str, object]:
    span = found.span or Span(0, 0)
    places = {"start": quote.start, "end": quote.end, "now_start": span.start, "now_end": span.end}
    return {"source": quote.source.source, "now": " ".join(found.words.split()), **places}


def _untrue(quote: Quote, found: Standing) -> str:
    """What the proof says of an unchanged text and is not so, or ""."""
    document, place = found.document, found.span
    assert document is not None
    assert place is not None
    of_file = ("title", "publisher", "date", "kind") if document.content_hash == quote.source.content_hash else ()
    for name in of_file:
        said, is_ = getattr(quote.source, name), getattr(document, name)
        if said != is_:
            return f"the proof says {name} {said}, the document {is_}"
    around = next((p for p in passages(document) if p.start <= place.start and place.end <= p.end), None)
    if around is None:
        return f"no passage holds characters {place.start}–{place.end}"
    if display(Evidence(Hit(around, document, 0.0), place.start, place.end, 0.0)) != quote.display:
        return "the words shown are not those of the quote"
    lit = tuple(quote.quote[place.start : place.end] for place in quote.places)
    if any(word not in quote.quote for word in quote.deciding) or (quote.places and lit != quote.deciding):
        return "the deciding words are not in the quote"
    return ""
