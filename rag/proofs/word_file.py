"""Proof → a Word file that a person can attach to a story."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

from rag.proofs.sheet import Entry, Line, Section, Sheet, runs
from rag.proofs.wording import say
from rag.wording import quoted

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")  # in XML
_LOCALES = {"it": "it-IT", "en": "en-GB"}


def word_file(sheet: Sheet, made: dt.datetime) -> bytes:
    """The file's bytes; `made` is the date that it bears."""
    from docx import Document

    file = Document()
    core = file.core_properties
    core.title, core.author, core.language = sheet.title, "Fonte", _LOCALES[sheet.language]
    core.created = core.modified = made.replace(tzinfo=None)
    file.add_heading(sheet.title, 0)
    if sheet.text:
        file.add_heading(say(sheet.language, "draft"), 1)
        _paragraph(file, [(sheet.text, False)])
    for section in sheet.sections:
        _section(file, section, sheet.language)
    if sheet.set_aside:
        file.add_heading(say(sheet.language, "set_aside"), 1)
        for text in sheet.set_aside:
            _paragraph(file, [(text, False)], "List Bullet")
    for name, value in (*sheet.facts, (say(sheet.language, "permalink"), sheet.address)):
        _paragraph(file, [(f"{name}: ", True), (value, False)])
    buffer = io.BytesIO()
    file.save(buffer)
    return buffer.getvalue()


def _paragraph(file: Any, pieces: list[tuple[str, bool]], style: str | None = None) -> None:
    paragraph = file.add_paragraph(style=style)
    for text, bold in pieces:
        paragraph.add_run(_UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)).bold = bold or None


def _section(file: Any, section: Section, language: str) -> None:
    file.add_heading(_UNWRITABLE.sub(" ", f"{section.label}: {section.asked}"), 1)
    _paragraph(file, [(section.outcome, True)])
    if section.headline:
        _paragraph(file, [(section.headline.text, True), (_marks(section.headline), False)])
    for line in section.lines:
        if line.kind == "quote":
            _paragraph(file, [(line.text, False), (_marks(line), False)], "Quote")
        else:
            _paragraph(file, [*runs(line), (_marks(line), False)])
    if section.entries:
        file.add_heading(say(language, "sources"), 2)
    for entry in section.entries:
        _entry(file, entry, language)
    if section.nearest:
        file.add_heading(say(language, "nearest"), 2)
    for entry in section.nearest:
        _entry(file, entry, language)
    _paragraph(file, [(section.foot, False)])


def _marks(line: Line) -> str:
    return "".join(f" [{mark}]" for mark in line.marks)


def _entry(file: Any, entry: Entry, language: str) -> None:
    number = f"[{entry.mark}] " if entry.mark else ""
    stance = f" ({entry.stance})" if entry.stance else ""
    opening, closing = quoted(language, "\0").split("\0")
    _paragraph(file, [(f"{number}{entry.title}", True), (f"{stance} · {entry.about}", False)])
    _paragraph(file, [(opening, False), *entry.pieces, (closing, False)], "Quote")
    if entry.change:
        _paragraph(file, [(entry.change.told, True)])
        if entry.change.now:
            now = f"{say(language, 'now')}: {quoted(language, entry.change.now)}"
            _paragraph(file, [(now, False)], "Quote")
    _paragraph(file, [("; ".join(f"{name}: {value}" for name, value in entry.facts), False)])
    _paragraph(file, [(f"{say(language, 'open')}: {entry.path}", False)])
