"""Words broken at the ends of a PDF's lines, made whole again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_HYPHENS = "-\u2010"


def vocabulary(lines: Iterable[str]) -> frozenset[str]:
    """The words of a document, to tell "compo-nenti" from "medium-sized"."""
    return frozenset(word.lower() for line in lines for word in _WORD.findall(line))


def joined(lines: Sequence[str], words: frozenset[str]) -> tuple[str, list[int]]:
    """The lines as one, and where each begins in it."""
    parts: list[str] = []
    starts: list[int] = []
    at = 0
    for number, line in enumerate(lines):
        if number:
            head, gap = _seam(lines[number - 1], line, words)
            cut = len(lines[number - 1]) - len(head)
            parts[-1] = parts[-1][: len(parts[-1]) - cut] + gap
            at += len(gap) - cut
        starts.append(at)
        parts.append(line)
        at += len(line)
    return "".join(parts), starts


def _seam(line: str, following: str, words: frozenset[str]) -> tuple[str, str]:
    """The line as it stands before the following one, and what goes between: a hyphen goes if it only broke a word.

    It stays before a capital or a digit, in a word that the document also writes with it, and as a dash.
    """
    if not line or line[-1] not in _HYPHENS or line[-2:-1].isspace() or len(line) < 2:
        return line, " "
    if not following[:1].islower():
        return line, ""
    left, right = line[:-1].rsplit(maxsplit=1)[-1], following.split(maxsplit=1)[0]
    whole, hyphened = _bare(left + right), _bare(f"{left}-{right}")
    return (line, "") if hyphened in words and whole not in words else (line[:-1], "")


def _bare(word: str) -> str:
    found = _WORD.search(word)
    return found.group().lower() if found else ""
