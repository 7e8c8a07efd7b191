"""What the command line prints: coloured and wrapped on a terminal, plain and unwrapped anywhere else.

Results go to stdout, everything about them to stderr. A document's words never reach a terminal as they are: an
escape sequence in one could rewrite what stands on the screen.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from rag.checking.rendering import aside_text, check_text, deciding_words
from rag.errors import RagError
from rag.models import Answer, CheckedText, Hit, Status, Verdict
from rag.rendering import answer_text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleRenderable
    from rich.text import Text

    from rag.commands.doctor import Finding

# Controls but for tab and line feed, and the marks that turn text around.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_STYLES = {Status.ANSWERED: "bold green", Status.PARTIAL: "bold yellow", Status.NOT_FOUND: "bold"}
_VERDICTS = {
    Verdict.SUPPORTED: "bold green",
    Verdict.REFUTED: "bold red",
    Verdict.NOT_ENOUGH_INFO: "bold yellow",
}
_STAGES = {"starting": "Starting", "model": "Loading the model", "sync": "Reading documents"}


class Stage(Protocol):
    """How far a start is; `rag.assistant.Progressing` is one."""

    stage: str
    done: int
    total: int
    source: str


def safe(text: str) -> str:
    """Text that a terminal shows and does not obey."""
    return _HARMFUL.sub("\N{REPLACEMENT CHARACTER}", text)


def as_json(value: object) -> str:
    """JSON with everything written out that a terminal might obey."""
    return escaped(json.dumps(value, ensure_ascii=False, indent=2))


def escaped(text: str) -> str:
    """JSON that a terminal shows and does not obey, the same for a program."""
    return _HARMFUL.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def stdout() -> Console:
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, soft_wrap=not sys.stdout.isatty())


def stderr() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=not sys.stderr.isatty())


def say(line: str, style: str = "dim") -> None:
    """One line about what goes on."""
    stderr().print(safe(line), style=style)


def complain(error: RagError) -> None:
    """What went wrong in one line, and what to do about it in another."""
    console = stderr()
    console.print(safe(f"fonte: {error.message}"), style="red")
    if error.hint:
        console.print(safe(f"       {error.hint}"))


def show_answer(answer: Answer) -> None:
    from rich.text import Text

    console = stdout()
    lines = safe(answer_text(answer)).splitlines()
    for number, line in enumerate(lines):
        text = Text(line, style=_STYLES[answer.status] if number == 0 else "")
        if re.match(r"\[\d+\] ", line) or line == lines[-1]:
            text.stylize("dim")
        console.print(_marked(text))


def show_checks(checked: CheckedText) -> None:
    """Every check with its quotes, the words that decide underlined; then what was set aside."""
    from rich.text import Text

    console = stdout()
    for check in checked.checks:
        first, *lines = safe(check_text(check)).splitlines()
        console.print(Text(first, style=_VERDICTS[check.verdict]))
        for line in lines:
            text = _marked(Text(line, style="dim" if line == lines[-1] or line.startswith("    ") else ""))
            text.highlight_words([w for w in map(safe, deciding_words(check)) if line.startswith("[")], "underline")
            console.print(text)
        console.print("")
    for line in safe(aside_text(checked, checked.checks[0].language if checked.checks else "it")).splitlines():
        console.print(Text(line, style="dim"))


def _marked(text: Text) -> Text:
    text.highlight_regex(r"\[\d+\]", "cyan")
    return text


def show_hits(hits: Sequence[Hit]) -> None:
    from rich.text import Text

    console = stdout()
    for number, hit in enumerate(hits, 1):
        document = hit.document
        parts = [document.title, hit.passage.heading, f"p. {hit.passage.page}" if hit.passage.page else ""]
        console.print(Text(safe(f"{number}. {' · '.join(p for p in parts if p)}"), style="bold"))
        console.print(Text(safe(" ".join(hit.passage.text.split()))))
        found = "+".join(sorted(hit.found_by))
        console.print(Text(safe(f"{document.source} · {found} · {hit.similarity:.2f}"), style="dim"), "")


def show_report(report: Mapping[str, Any]) -> None:
    """What a sync did, and each file that was left out with its reason."""
    counts = {name: report[name] if isinstance(report[name], int) else len(report[name]) for name in _COUNTED}
    done = ", ".join(f"{count} {name}" for name, count in counts.items())
    console = stdout()
    console.print(f"Documents: {done}; {report['passages']} passages indexed in {report['seconds']:.1f} s.")
    for skipped in report["skipped"]:
        hint = f" {skipped['hint']}" if skipped["hint"] else ""
        console.print(safe(f"Left out: {skipped['source']}: {skipped['reason']}{hint}"), style="yellow")


_COUNTED = ("added", "changed", "unchanged", "removed")


def table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Columns as wide as what they hold; all but the first to the right. The same on a terminal and in a file."""
    cells = [[str(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headers))]
    return "\n".join(
        "  ".join(
            c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


@contextmanager
def following(state: Stage) -> Iterator[None]:
    """A progress bar on stderr while a start or a sync is under way; nothing where stderr is no terminal."""
    console = stderr()
    if not console.is_terminal:
        yield
        return
    from rich.live import Live

    with Live(_Bar(state), console=console, refresh_per_second=8, transient=True):
        yield


class _Bar:
    """Drawn anew at each refresh, from a state that another thread may write."""

    def __init__(self, state: Stage) -> None:
        from rich.spinner import Spinner

        self._state = state
        self._spinner = Spinner("dots")

    def __rich__(self) -> ConsoleRenderable:
        from rich.columns import Columns
        from rich.progress_bar import ProgressBar
        from rich.text import Text

        state = self._state
        parts: list[Any] = [self._spinner, Text(_STAGES.get(state.stage, state.stage))]
        if state.total and state.stage != "model":
            counted = Text(f"{state.done}/{state.total} {safe(state.source)}", overflow="ellipsis", no_wrap=True)
            parts += [ProgressBar(total=state.total, completed=state.done, width=30), counted]
        return Columns(parts)


@contextmanager
def counting(name: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar for work whose steps are counted; gives what to call with the number done."""
    state = Counted(name, total=total)

    def count(done: int) -> None:
        state.done = done

    with following(state):
        yield count


@dataclass
class Counted:
    stage: str
    done: int = 0
    total: int = 0
    source: str = ""


def show_findings(findings: Sequence[Finding], json_wanted: bool) -> None:
    """The doctor's lines, each with what to do under it."""
    if json_wanted:
        print(as_json([asdict(finding) for finding in findings]))
        return
    from rich.text import Text

    console = stdout()
    for finding in findings:
        style = {"ok": "green", "warn": "yellow", "fail": "bold red"}[finding.level]
        line = Text.assemble((f"{finding.level:<4}", style), f"  {finding.check:<9}  {safe(finding.message)}")
        console.print(line)
        if finding.hint:
            console.print(Text(f"{'':17}→ {safe(finding.hint)}"))
