"""`fonte proofs` and `fonte verify`: records of answers and checks taken out, erased, and checked again.

They work beside a running server; `verify` needs no server and no index, only the documents.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.commands import console
from rag.commands.feedback import Data, day
from rag.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from rag.proofs.recheck import Line
    from rag.proofs.store import ProofStore

commands = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The lasting records of answers and checks.")
_STYLES = {"verified": "green", "changed": "yellow", "failed": "bold red"}
EXITS = {"verified": 0, "changed": 3, "failed": 1}


@contextmanager
def _store(data: Path | None) -> Iterator[ProofStore]:
    from rag.proofs.store import store_of
    from rag.settings import load_settings

    store = store_of(load_settings(data=data))
    try:
        yield store
    finally:
        store.close()


@commands.command()
def export(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The end of its permalink.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it there instead of to stdout.")] = None,
    data: Data = None,
) -> None:
    """Take one proof out as JSON, which `fonte verify` reads; its page and the API give the other formats."""
    from rag.proofs.record import to_json

    with _store(data) as store:
        proof = store.get(id_)
    if proof is None:
        raise NotFound("There is no such proof.", "It was never kept, its time is over, or it was erased.")
    if out:
        out.write_bytes(to_json(proof))
    else:
        print(console.escaped(to_json(proof).decode()))


@commands.command()
def erase(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    before: Annotated[str | None, typer.Option(metavar="DAY", help="Those that were made before this day.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    data: Data = None,
) -> None:
    """Erase proofs for good: by id, --before a day (UTC), or --all."""
    if sum((bool(ids), before is not None, everything)) != 1:
        raise InvalidInput("It is not said which proofs to erase.", "Give ids, or --before 2026-01-31, or --all.")
    moment = dt.datetime.combine(day(before), dt.time(), dt.UTC) if before else None
    with _store(data) as store:
        erased = sum(store.erase(id_) for id_ in ids) if ids else store.erase_before(moment)
    print(f"{erased} erased")
    raise typer.Exit(1 if ids and erased < len(ids) else 0)


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="A proof, exported as JSON.")],
    corpus: Annotated[
        list[Path] | None,
        typer.Option("--corpus", metavar="DIR", help="Folder of documents; may be repeated. [FONTE_CORPUS]"),
    ] = None,
) -> None:
    """Check an exported proof against the documents: file hash, place and words of every quote.

    Exits with 0 if every quote is verified, 3 if some stand in documents that have changed since, 1 if any fails.
    """
    from rag.documents import roots
    from rag.proofs.recheck import outcome, recheck, untested
    from rag.proofs.record import from_json
    from rag.settings import load_settings

    settings = load_settings(corpus=tuple(corpus) if corpus else None)
    try:
        proof = from_json(file.read_bytes())
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read ({error.strerror}).", "Name a proof exported as JSON.") from error
    lines = recheck(proof, roots(settings.corpus), settings.max_file_mb * 2**20)
    _show(lines, untested(proof))
    raise typer.Exit(EXITS[outcome(lines).value])


def _show(lines: list[Line], untested: str) -> None:
    from rich.text import Text

    out = console.stdout()
    for line in lines:
        told = console.safe(f"  {line.what} {line.reason}")
        out.print(Text.assemble((f"{line.result.value:<8}", _STYLES[line.result.value]), told))
    counts = ", ".join(f"{sum(x.result.value == name for x in lines)} {name}" for name in EXITS)
    out.print(counts if lines else "This proof quotes nothing; there is nothing to verify.")
    if untested:
        out.print(untested)
