"""Check → JSON and text; every interface shows the same."""

from __future__ import annotations

from typing import Any

from rag.checking.wording import label, stance_label, verdict_label
from rag.models import Check, CheckedText, SetAside, Stance, Testimony, Verdict
from rag.rendering import citation_json, note_json, searched_line_of, source_line
from rag.wording import long_date, quoted, word

GLYPHS = {Verdict.SUPPORTED: "✓", Verdict.REFUTED: "✗", Verdict.NOT_ENOUGH_INFO: "?"}


def testimony_json(testimony: Testimony) -> dict[str, Any]:
    """A citation with its stance, whether it only leans so, and the words that decide as offsets in the document."""
    text, citation = testimony.citation.quote, testimony.citation
    words = [
        {"start": s.start, "end": s.end, "text": text[s.start - citation.start : s.end - citation.start]}
        for s in testimony.deciding
    ]
    return {
        **citation_json(citation),
        "stance": testimony.stance.value,
        "leaning": testimony.leaning,
        "deciding": words,
    }


def check_json(check: Check) -> dict[str, Any]:
    """The reply of POST /api/v1/check for one claim."""
    return {
        "id": check.id,
        "claim": check.claim,
        "start": check.start,
        "end": check.end,
        "verdict": check.verdict.value,
        "explanation": check.explanation,
        "confidence": check.confidence,
        "language": check.language,
        "citations": [testimony_json(t) for t in check.testimonies],
        "nearest": [citation_json(c) for c in check.nearest],
        "notes": [note_json(n) for n in check.notes],
        "model": check.model,
        "searched": check.searched,
        "newest": check.newest.isoformat() if check.newest else None,
        "as_of": check.as_of.isoformat() if check.as_of else None,
        "timings_ms": check.timings_ms,
        "proof": check.proof,
    }


def set_aside_json(aside: SetAside) -> dict[str, Any]:
    return {"text": aside.text, "start": aside.start, "end": aside.end, "reason": aside.reason}


def checked_text_json(text: CheckedText) -> dict[str, Any]:
    """The reply of POST /api/v1/check for a text."""
    return {
        "checks": [check_json(check) for check in text.checks],
        "set_aside": [set_aside_json(aside) for aside in text.set_aside],
        "proof": text.proof,
    }


def sides(check: Check) -> list[list[Testimony]]:
    """The passages for and against a claim, and those that only bear on it: one list each that has any."""
    groups = [[t for t in check.testimonies if t.stance is stance and not t.leaning] for stance in Stance]
    groups.append([t for t in check.testimonies if t.leaning])
    return [told for told in groups if told]


def verdict_line(check: Check) -> str:
    return f"{GLYPHS[check.verdict]} {verdict_label(check.verdict, check.language)}"


def check_text(check: Check) -> str:
    """One check as plain text, for a terminal or a clipboard."""
    lines = [verdict_line(check), quoted(check.language, check.claim), check.explanation]
    for told in sides(check):
        lines += ["", stance_label(told[0], check.language)]
        lines += [f"[{t.citation.number}] {_told(t, check)}" for t in told]
    lines += [f"• {note.text} {''.join(f'[{n}]' for n in note.citations)}".rstrip() for note in check.notes]
    if check.nearest:
        lines += ["", word(check.language, "nearest")]
        lines += [f"  – {c.display} ({source_line(c, check.language)})" for c in check.nearest]
    lines += ["", searched_line_of(check.searched, check.newest, check.language)]
    if check.as_of:
        lines[-1] += f" {label(check.language, 'as_of', date=long_date(check.as_of, check.language))}."
    return "\n".join(lines).strip() + "\n"


def _told(testimony: Testimony, check: Check) -> str:
    citation = testimony.citation
    return f"{quoted(check.language, citation.display)}\n    {source_line(citation, check.language)}"


def deciding_words(check: Check) -> list[str]:
    """The words of its quotes that decide, as they stand in the documents."""
    return [words["text"] for t in check.testimonies for words in testimony_json(t)["deciding"]]


def aside_text(checked: CheckedText, language: str) -> str:
    """What was set aside of a text, and why; says so where it holds no claim at all."""
    lines = [] if checked.checks else [label(language, "claims_none")]
    if checked.set_aside:
        lines.append(label(language, "set_aside"))
        lines += [f"  – {label(language, a.reason)}: {a.text}" for a in checked.set_aside]
    return "\n".join(lines)
