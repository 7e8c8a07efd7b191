"""`fonte`: the command line. Everything heavy is imported inside the commands, so that help is there at once.

Exit codes: 0 done, and for `ask` an answer · 1 it failed, or `doctor` found a fault · 2 the command, a setting or
the question must change · 3 a partial answer, or a claim that the documents do not settle · 4 nothing found · 5 a claim
that they refute · 130 interrupted. `verify` exits with 3 for documents that have changed since. With --json, `ask`,
`check` and `search` exit with 0 whatever they found: the reply itself says it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from rag import __version__, offline
from rag.commands import console
from rag.commands import widgets as widget_cli
from rag.commands.feedback import commands as feedback
from rag.commands.feedback import day
from rag.commands.proofs import commands as proofs
from rag.commands.proofs import verify
from rag.embedding import weights
from rag.errors import ConfigurationError, InvalidInput, RagError
from rag.evaluation.question_sets import load
from rag.from_json import answer_from_json, check_from_json, checked_text_from_json, hits_from_json
from rag.models import CheckedText
from rag.rendering import report_json
from rag.web.widget.snippet import announcement

if TYPE_CHECKING:
    from rag.assistant import Assistant, Loading
    from rag.commands.service import Server, Service
    from rag.settings import Settings

Corpus = Annotated[
    list[Path] | None,
    typer.Option("--corpus", metavar="DIR", help="Folder of documents; may be repeated. [FONTE_CORPUS]"),
]
Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Folder of the index. [FONTE_DATA]", show_default=False)
]
Prune = Annotated[bool, typer.Option("--prune", help="Go on even if more than half of the documents are gone.")]
AsOf = Annotated[str | None, typer.Option(metavar="DATE", help="Leave out documents of a later date.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, as HTTP v1 has it.")]
EXITS = {"answered": 0, "partial": 3, "not_found": 4, "refuted": 5, "not_enough_info": 3}
INTERRUPTED = 130


def _build(settings: Settings, prune: bool) -> tuple[Assistant, Loading]:
    from rag.composition import build_assistant

    return build_assistant(settings, prune)


@dataclass(frozen=True)
class Parts:
    """What commands are made with; a test brings its own through `obj`."""

    build: Callable[[Settings, bool], tuple[Assistant, Loading]] = _build


class Commands(TyperGroup):
    """The one place where an error becomes a line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except RagError as error:
            known = error
        except (TyperException, typer.Exit, typer.Abort):
            raise
        except KeyboardInterrupt:
            console.say("fonte: interrupted")
            raise typer.Exit(INTERRUPTED) from None
        except Exception as error:
            if ctx.params.get("traceback"):
                raise
            known = RagError(f"{type(error).__name__}: {error}", "`fonte --traceback …` shows where it broke.")
        if ctx.params.get("traceback"):
            raise known
        console.complain(known)
        raise typer.Exit(known.exit_code)


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Answers over mission documents, every sentence traceable to an exact quote.",
    epilog="Exit codes: 0 done, answered or supported, 1 failed, 2 wrong command or setting, 3 partial answer or not "
    "enough information, 4 nothing found, 5 refuted. With --json, ask, check and search exit with 0 whatever is found.",
)
model = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The packaged embedding model.")
app.add_typer(model, name="model")
app.add_typer(widget_cli.app, name="widget")
app.add_typer(feedback, name="feedback")
app.add_typer(proofs, name="proofs")
app.command()(verify)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"fonte {__version__}")
        raise typer.Exit


@app.callback()
def common(
    ctx: typer.Context,
    traceback: Annotated[bool, typer.Option("--traceback", help="Show where an error came from.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    ctx.obj = ctx.obj or Parts()


def _settings(corpus: list[Path] | None = None, data: Path | None = None, **others: object) -> Settings:
    """The settings, telemetry off before anything that might send some is imported."""
    from rag.settings import load_settings, wants_hub

    settings = load_settings(corpus=tuple(corpus) if corpus else None, data=data, **others)
    offline.switch_off(os.environ, hub=wants_hub(settings))
    return settings


def _started(parts: Parts, settings: Settings, prune: bool = False) -> Assistant:
    assistant, loading = parts.build(settings, prune)
    with console.following(assistant.state):
        loading.run()
    return assistant


def _synced(parts: Parts, settings: Settings, prune: bool) -> dict[str, Any]:
    report = _started(parts, settings, prune).last_report
    assert report is not None  # a start that did not sync has raised
    return report_json(report)


def _service(parts: Parts, settings: Settings) -> Service:
    from rag.commands.service import Here

    server = _server(settings)
    if server:
        return server
    from rag.proofs.archive import Archive
    from rag.proofs.store import store_of

    assistant = _started(parts, settings)
    return Here(assistant, Archive(assistant, store_of(settings)))


def _server(settings: Settings) -> Server | None:
    """The server that owns the data folder, if one does; it answers from its own corpus folders."""
    from rag.commands.service import Server, serving

    address = serving(settings.data)
    if address is None:
        return None
    console.say(f"Handed over to the server at {address}, which owns {settings.data} and has its own corpus folders.")
    return Server(address, settings)


@app.command()
def ask(  # noqa: PLR0913, PLR0917 - each is an option of the command
    ctx: typer.Context,
    question: Annotated[str, typer.Argument(metavar="QUESTION")],
    language: Annotated[str | None, typer.Option(metavar="it|en", help="Language of the reply.")] = None,
    as_of: AsOf = None,
    corpus: Corpus = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Answer a question with quotes. Exits with 3 if the answer is partial, 4 if there is none."""
    body = {"question": question, **({"language": language} if language else {})}
    if as_of:
        body["as_of"] = day(as_of).isoformat()
    reply = _service(ctx.obj, _settings(corpus, data)).ask(body)
    if json:
        print(console.as_json(reply))
        return
    answer = answer_from_json(reply)
    console.show_answer(answer)
    _tell_proof(answer.proof)
    raise typer.Exit(EXITS.get(reply["status"], 1))


@app.command()
def check(  # noqa: PLR0913, PLR0917 - each is an option of the command
    ctx: typer.Context,
    claim: Annotated[str | None, typer.Argument(metavar="[CLAIM]")] = None,
    file: Annotated[Path | None, typer.Option(metavar="DRAFT", help="Check every claim of a text; - reads it.")] = None,
    as_of: AsOf = None,
    corpus: Corpus = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Check a claim, or every claim of a text, against the documents. Exits with 5 if one is refuted, else with 3 if
    the documents do not settle one, or a text holds none."""
    if (claim is None) == (file is None):
        raise InvalidInput("It is not said what to check.", 'Give a claim, or --file draft.md: fonte check "…"')
    body = {"claim": claim} if file is None else {"text": _draft(file)}
    if as_of:
        body["as_of"] = day(as_of).isoformat()
    reply = _service(ctx.obj, _settings(corpus, data)).check(body)
    if json:
        print(console.as_json(reply))
        return
    found = CheckedText((check_from_json(reply),), ()) if file is None else checked_text_from_json(reply)
    console.show_checks(found)
    _tell_proof(reply["proof"])
    verdicts = {c.verdict.value for c in found.checks} or {"not_enough_info"}
    raise typer.Exit(next((EXITS[v] for v in ("refuted", "not_enough_info") if v in verdicts), 0))


def _tell_proof(path: str | None) -> None:
    """Where what was shown is kept, if it is."""
    if path:
        console.say(f"Kept as {path}; `fonte proofs export {path.rpartition('/')[2]}` takes it out.")


def _draft(file: Path) -> str:
    """The text of a file, or of stdin for "-". Raises InvalidInput for one that cannot be read as text."""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{file} cannot be read as text ({type(error).__name__}).", "Save it as UTF-8.") from error


@app.command()
def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many passages.")] = 10,
    corpus: Corpus = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Show the passages nearest to a query. Exits with 4 if there are none."""
    reply = _service(ctx.obj, _settings(corpus, data)).search({"query": query, "limit": limit})
    if json:
        print(console.as_json(reply))
        return
    console.show_hits(hits_from_json(reply))
    raise typer.Exit(0 if reply["hits"] else EXITS["not_found"])


@app.command()
def ingest(
    ctx: typer.Context,
    prune: Prune = False,
    corpus: Corpus = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make the index hold what the corpus folders hold."""
    settings = _settings(corpus, data)
    server = _server(settings)
    report = server.sync(prune) if server else _synced(ctx.obj, settings, prune)
    if json:
        print(console.as_json(report))
    else:
        console.show_report(report)


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [FONTE_HOST]")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one. [FONTE_PORT]")] = None,
    prune: Prune = False,
    corpus: Corpus = None,
    data: Data = None,
) -> None:
    """Serve the API and the documents, without the chat (`python ui.py` has both)."""
    settings = _settings(corpus, data, host=host, port=port)
    from rag.web.serve import serve as listen

    def build() -> Any:
        from rag.api import create_app

        assistant, loading = ctx.obj.build(settings, prune)
        application = create_app(assistant, settings, home=True)
        loading.start()
        return application

    listen(build, settings, lambda address: print(announcement(settings, address), flush=True))


@app.command()
def evaluate(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="SET_DIR", help="Folder with docs/ and questions.jsonl.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write one JSON line a question.")] = None,
    compare: Annotated[Path | None, typer.Option(metavar="FILE", help="Results of an earlier run (--out).")] = None,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Keep the index here; else it is temporary.")] = None,
    json: Json = False,
) -> None:
    """Score the answers to a question set."""
    from rag.evaluation import report as evaluation_report
    from rag.evaluation import running as evaluation

    rows = load(folder)
    before = evaluation.read_results(compare) if compare else None
    with tempfile.TemporaryDirectory(prefix="fonte-evaluate-", ignore_cleanup_errors=True) as temporary:
        settings = _settings([folder / "docs"], data or Path(temporary))
        assistant = _started(ctx.obj, settings)
        with console.counting("Asking", len(rows)) as report:
            results = evaluation.run(assistant, rows, folder / "docs", report)
    if out:
        evaluation.write(results, out)
    change = evaluation.compare(results, before) if before is not None else None
    if json:
        print(console.as_json(evaluation_report.as_values(results, change)))
    else:
        print(console.safe(evaluation_report.as_text(results, change)))


@app.command()
def doctor(corpus: Corpus = None, data: Data = None, json: Json = False) -> None:
    """Check the installation, the settings and the folders. Exits with 1 if something is wrong."""
    from rag.commands import doctor as checks

    try:
        settings = _settings(corpus, data)
        found = [checks.Finding("settings", checks.Level.OK, "every FONTE_ name is known"), *checks.examine(settings)]
    except ConfigurationError as error:  # without settings there is nothing else to look at
        found = [checks.Finding("settings", checks.Level.FAIL, error.message, error.hint)]
    console.show_findings(found, json)
    raise typer.Exit(1 if any(f.level is checks.Level.FAIL for f in found) else 0)


@model.command()
def export(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    """Write the model to a file, for FONTE_MODEL_ARCHIVE on a machine without a network."""
    settings = _settings()
    weights.export_archive(settings.cache, file)
    console.say(f"{file}: {file.stat().st_size / 1e6:.0f} MB. Elsewhere, set FONTE_MODEL_ARCHIVE to it.")


@model.command("path")
def model_path() -> None:
    """Print the model's folder; it is made first if need be."""
    settings = _settings()
    print(weights.ensure_model(settings.cache, settings.model_archive))


def main() -> None:
    """The entry point of `fonte`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a sign must not end the command
    app(prog_name="fonte")


if __name__ == "__main__":
    main()
