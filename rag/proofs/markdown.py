"""Proof → Markdown with footnotes. What a document or a person wrote stays text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.proofs.sheet import Change, Entry, Line, Section, Sheet, runs
from rag.proofs.wording import say
from rag.wording import quoted

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$&^=])")
_LINKS = re.compile(r"(?<=\w)(://|@)|\b(www)(\.)", re.IGNORECASE)


def markdown(sheet: Sheet) -> str:
    """The whole proof; footnotes at its end."""
    lines = [f"# {sheet.title}", ""]
    if sheet.text:
        lines += [f"**{say(sheet.language, 'draft')}:** {plain(sheet.text)}", ""]
    for section in sheet.sections:
        lines += _section(section, sheet.language)
    if sheet.set_aside:
        lines += [f"**{say(sheet.language, 'set_aside')}:**", "", *(f"- {plain(t)}" for t in sheet.set_aside), ""]
    lines += [f"- {plain(name)}: {plain(value)}" for name, value in sheet.facts]
    lines += [f"- {say(sheet.language, 'permalink')}: <{_address(sheet.address)}>", ""]
    for section in sheet.sections:
        lines += [_footnote(entry, sheet.language) for entry in section.entries]
    return "\n".join(lines).rstrip() + "\n"


def plain(text: str) -> str:
    """Text on one line that no Markdown reader takes for markup, a link or HTML."""
    folded = _MARKUP.sub(r"\\\1", " ".join(text.split()))
    safe = _LINKS.sub(lambda m: f"{m[2] or ''}\\{m[1] or m[3]}", folded)
    return re.sub(r"^(\d{1,9})([.)])|^([-+])", lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", safe)


def _section(section: Section, language: str) -> list[str]:
    lines = [f"## {plain(section.label)}: {plain(section.asked)}", "", f"**{plain(section.outcome)}**", ""]
    if section.headline:
        lines += [f"**{plain(section.headline.text)}**{_notes(section.headline)}", ""]
    for line in section.lines:
        body = plain(line.text) if line.kind == "quote" else _strong(runs(line))
        lines += [f"{'> ' if line.kind == 'quote' else ''}{body}{_notes(line)}", ""]
    if section.nearest:
        lines += [f"{say(language, 'nearest')}:", ""]
        lines += [f"- {plain(quoted(language, e.quote))} — {_named(e)}" for e in section.nearest]
        lines += [""]
    return [*lines, plain(section.foot), ""]


def _strong(pieces: Sequence[tuple[str, bool]]) -> str:
    """Emphasis holds only where no space stands inside its marks."""
    found = []
    for text, strong in pieces:
        inner = plain(text)
        left, right = (" " if text[:1].isspace() else ""), (" " if text[-1:].isspace() else "")
        found.append(f"{left}**{inner}**{right}" if strong and inner else f"{left}{inner}{right}")
    return "".join(found)


def _notes(line: Line) -> str:
    return "".join(f"[^{mark}]" for mark in line.marks)


def _named(entry: Entry) -> str:
    return f"{plain(entry.title)} · {plain(entry.about)}. <{_address(entry.path)}>"


def _footnote(entry: Entry, language: str) -> str:
    opening, closing = quoted(language, "\0").split("\0")
    stance = f"({plain(entry.stance)}) " if entry.stance else ""
    facts = "; ".join(f"{plain(name)}: {plain(value)}" for name, value in entry.facts)
    changed = f" {_changed(entry.change, language)}" if entry.change else ""
    return f"[^{entry.mark}]: {stance}{opening}{_strong(entry.pieces)}{closing} — {_named(entry)} {facts}.{changed}"


def _changed(change: Change, language: str) -> str:
    now = f" {say(language, 'now')}: {plain(quoted(language, change.now))}" if change.now else ""
    return f"**{plain(change.told)}**{now}"


def _address(path: str) -> str:
    """Inside <…>; a bare path is no autolink, and stays readable."""
    return path.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
