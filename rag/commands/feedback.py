"""`fonte feedback`: what people thought of answers, and its erasure. It works beside a running server."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from rag.commands import console
from rag.errors import InvalidInput

commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The thumbs that readers gave, and their end.")
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Folder of the index. [FONTE_DATA]", show_default=False)
]


@commands.command("list")
def show(data: Data = None, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every verdict, oldest first; a question stands there only where its reader agreed."""
    from rag.feedback import kept_in
    from rag.settings import load_settings

    with kept_in(load_settings(data=data).data) as feedback:
        thumbs = list(feedback.all())
    if json:
        print(console.as_json({"feedback": [{**asdict(t), "status": t.status.value} for t in thumbs]}))
        return
    rows = [(t.date, t.verdict, t.status.value, t.reason, t.question or "") for t in thumbs]
    print(console.safe(console.table(["day", "verdict", "status", "reason", "question"], rows)))


@commands.command()
def erase(
    before: Annotated[str | None, typer.Option(metavar="DAY", help="Only those of before this day.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    data: Data = None,
) -> None:
    """Erase verdicts: --before a day, or --all."""
    from rag.feedback import kept_in
    from rag.settings import load_settings

    if everything == (before is not None):
        raise InvalidInput("It is not said which verdicts to erase.", "Give --before 2026-01-31, or --all.")
    with kept_in(load_settings(data=data).data) as feedback:
        print(f"{feedback.erase(day(before) if before else None)} erased")


def day(text: str) -> dt.date:
    """A day of an option. Raises InvalidInput if it is none."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is no day.", "Write it as 2026-01-31.") from None
