"""Answer → Markdown for chat clients that know nothing of citations: the text with its marks, the sources under a line.

Nothing of a document becomes markup here: the only links are permalinks of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.models import Answer, Citation, Statement, Support
from rag.proofs.wording import say
from rag.rendering import searched_line, source_line, status_line
from rag.wording import quoted, word

GAP = "\n\n"
LINE = f"{GAP}---{GAP}"  # between the answer and its sources
# An address that a document spells out is set as code, which no client makes a link of.
_ADDRESS = re.compile(r"((?:\b(?:https?|ftp)://|\bwww\.|\b[\w.+-]+@)[^\s`<>«»“”\"]*[^\s`<>«»“”\".,;:!?)\]])")
_NUMBERED = re.compile(r"^(\d{1,9})(?=[.)])")
_MARKUP = re.compile(r"[\\`*_~\[\]<>|]|&(?=#?\w+;)|^[#+=-]")


def pieces(answer: Answer, origin: str, told: int = 0) -> Iterator[str]:
    """The text in the pieces in which it is streamed; together they are all of it.

    `origin` is the address of this server that links begin with, as in "https://fonte.example"; of the statements,
    `told` have been streamed before the answer was there.
    """
    if answer.headline:
        yield f"**{plain(answer.headline)}**{_marks(tuple(c.number for c in answer.citations[:1]))}{GAP}"
    yield from spoken([s for s in answer.statements if s.support is not Support.UNSUPPORTED], told)
    for note in answer.notes:
        yield f"{GAP}{framed(note.text)}{_marks(note.citations)}"
    if answer.nearest:
        yield GAP + word(answer.language, "nearest")
        yield GAP + "\n".join(f"- {_source(c, answer, origin, with_quote=True)}" for c in answer.nearest)
    yield LINE
    quoted_already = {n for s in answer.statements if s.support is Support.QUOTED for n in s.citations}
    for citation in answer.citations:
        source = _source(citation, answer, origin, with_quote=citation.number not in quoted_already)
        yield f"[{citation.number}] {source}{GAP}"
    if answer.proof:
        yield f"[{say(answer.language, 'permalink')}]({origin}{answer.proof}){GAP}"
    yield f"{status_line(answer)} · {searched_line(answer)}"


def spoken(statements: Sequence[Statement], told: int) -> Iterator[str]:
    """The statements that come after the first `told` ones; a model's sentences run on, quotes stand by themselves."""
    for number, statement in enumerate(statements[told:], told):
        runs_on = number and statements[number - 1].support is statement.support is Support.VERIFIED
        gap = "" if number == 0 else " " if runs_on else GAP
        text = framed(statement.text) if statement.support is Support.FRAME else plain(statement.text)
        yield f"{gap}{text}{_marks(statement.citations)}"


def without_sources(text: str) -> str:
    """An earlier reply as a client sends it back: what it said, without what stood under the line."""
    return text.split(LINE, 1)[0]


def plain(text: str) -> str:
    """A document's words as Markdown that shows just them, in one line."""
    return _escaped(" ".join(text.split()))


def framed(text: str) -> str:
    """Fonte's own words, whose only markup is **bold**; a document's inside them stay words."""
    return "**".join(_escaped(piece) for piece in " ".join(text.split()).split("**"))


def _escaped(text: str) -> str:
    pieces = _ADDRESS.split(text)
    marked = "".join(f"`{piece}`" if n % 2 else _MARKUP.sub(r"\\\g<0>", piece) for n, piece in enumerate(pieces))
    return _NUMBERED.sub(r"\1\\", marked)


def _source(citation: Citation, answer: Answer, origin: str, with_quote: bool) -> str:
    quote = f"{plain(quoted(answer.language, citation.display))} — " if with_quote else ""
    return f"{quote}[{plain(source_line(citation, answer.language))}]({origin}{citation.url})"


def _marks(numbers: tuple[int, ...]) -> str:
    return "".join(f" [{n}]" for n in numbers)
