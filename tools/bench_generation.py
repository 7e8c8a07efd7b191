"""Count, sentence by sentence, what a written answer shows: python -m tools.bench_generation SET_DIR

By itself the model is a script, so that the truth of each sentence is known: of each row it writes
    a  the words of the row's gold evidence, each with a valid mark
    b  fluent nonsense with valid marks: gold sentences with another number, denied, of other people, and pure invention
    c  both, in turn
and what the answer shows is compared with that. With
    --claims DIR …      hand-written true, false and open sentences in other words and in the other language are checked
    --live N            the model of the FONTE_LLM settings answers N rows, a line of --out FILE for each sentence;
                        --labels FILE, in which a person says which are true, counts them
    --serve PORT MODE   the script is a server, for FONTE_LLM=openai-like:scripted
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag import offline
from rag.errors import RagError
from rag.evaluation.question_sets import load
from rag.evaluation.scoring import Row, judge
from rag.passages import read_text
from tools import bench_generation_claims as claims
from tools import bench_generation_live as live
from tools.bench_generation_counts import Tally, Watching, follow, report
from tools.bench_generation_scripts import MODES, Script, Written, app, asked, scripted, written

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.models import Answer, Draft
    from rag.writing.quoting import Part
    from rag.writing.verifying import Checker

NOWHERE = {"llm": "openai-like:none", "llm_base_url": "http://127.0.0.1:9/v1"}  # a script stands in its place
BATCH = 12  # sentences of one answer: a model that writes more is left


class Recorder:
    """Stands where a composer would, and keeps what it is given: one search and reading serve all modes."""

    model = "recorder"

    def compose(self, question: str, quotes: Answer, draft: Draft, parts: Sequence[Part], tell: Any) -> Answer:
        self.given = (question, quotes, draft, list(parts))
        return quotes


def run(assistant: Assistant, checker: Checker, script: Script, rows: Sequence[Row]) -> dict[str, Tally]:
    """Every row in quotes, and written by the script in each mode."""
    from rag.models import Status

    tallies = {name: Tally() for name in ("quotes", *MODES)}
    recorder = Recorder()
    assistant.composer = recorder  # type: ignore[assignment]
    for number, row in enumerate(rows, 1):
        quotes = assistant.ask(asked(row))
        _count(tallies["quotes"], row, quotes)
        for mode in MODES:
            items = script.sentences(row, mode)
            if quotes.status is Status.ANSWERED and items:
                _write(tallies[mode], row, items, recorder, checker)
            else:
                _count(tallies[mode], row, quotes)
        _progress(number, len(rows))
    return tallies


def _write(tally: Tally, row: Row, items: Sequence[Written], recorder: Recorder, checker: Checker) -> None:
    """One answer of these sentences. Those that it had no place for are written again, only to be counted."""
    from rag.writing.composing import Composer, passages
    from rag.writing.generation import Generator
    from rag.writing.streaming import Limits

    watching, limits = Watching(checker), Limits(context=16_000, answer=4000)
    question, _, draft, parts = recorder.given
    found = passages(draft, parts)
    given = Generator(scripted(""), "scripted", limits).fitting(question, found)
    texts = [read_text(hit.passage, hit.document) for hit in given]
    among = [read_text(hit.passage, hit.document) for hit in found]
    left = list(items)
    while left:
        batch = left[:BATCH]
        composer = Composer(Generator(scripted(written(batch, texts)), "scripted", limits), watching)
        answer = composer.compose(*recorder.given, lambda _: None)
        if len(left) == len(items):
            _count(tally, row, answer)
        unread = follow(tally, batch, answer, among)
        if len(unread) == len(batch):
            tally.unread += len(unread)
            unread = []
        left = [*unread, *left[BATCH:]]
    for look in watching.looks:
        tally.costs.add(look)


def _count(tally: Tally, row: Row, answer: Answer) -> None:
    if row.answerable:
        tally.rows += 1
        tally.correct += judge(row, answer).ok


def _progress(number: int, of: int) -> None:
    print(f"\r{number}/{of}", end="\n" if number == of else "", file=sys.stderr, flush=True)


@contextmanager
def opened(corpus: Path, data: Path | None, **settings: str) -> Iterator[Assistant]:
    """An assistant that is ready, over these documents; its index lies in `data`, or is thrown away."""
    from rag.composition import build_assistant
    from rag.settings import load_settings

    with tempfile.TemporaryDirectory(prefix="fonte-bench-", ignore_cleanup_errors=True) as folder:
        chosen = load_settings(corpus=str(corpus), data=data or Path(folder), **settings)
        assistant, loading = build_assistant(chosen)
        loading.run()
        yield assistant


# The ways to run


def _scripted(chosen: argparse.Namespace) -> dict[str, Any]:
    rows = load(chosen.set)
    script = Script(rows, chosen.set / "docs")
    with opened(chosen.set / "docs", chosen.data, **NOWHERE) as assistant:
        assert assistant.composer is not None
        tallies = run(assistant, assistant.composer.checker, script, rows[:: chosen.every])
    wrong = {name: {"shown": t.wrong, "lost": t.lost} for name, t in tallies.items()}
    return _told(chosen, report(tallies), wrong)


def _claims(chosen: argparse.Namespace) -> dict[str, Any]:
    counts = claims.Counts()
    for folder in chosen.claims:
        found = claims.load(folder)[:: chosen.every]
        with opened(folder / "docs", chosen.data and chosen.data / folder.name, **NOWHERE) as assistant:
            assert assistant.composer is not None
            checker = assistant.composer.checker
            for number, _ in enumerate(claims.run(assistant, checker, found, counts), 1):
                _progress(number, len(found))
    return _told(chosen, claims.report(counts), {"shown": counts.wrong, "lost": counts.lost})


def _told(chosen: argparse.Namespace, figures: dict[str, Any], wrong: dict[str, Any]) -> dict[str, Any]:
    if chosen.out:
        text = json.dumps({"figures": figures, **wrong}, indent=1, ensure_ascii=False)
        chosen.out.write_text(f"{text}\n", encoding="utf-8")
    return figures


def _live(chosen: argparse.Namespace) -> dict[str, Any]:
    done = live.finished(chosen.out)
    rows = [row for row in live.chosen(load(chosen.set), chosen.live) if row.id not in done]
    if rows:
        with opened(chosen.set / "docs", chosen.data) as assistant:
            for number, _ in enumerate(live.run(assistant, rows, chosen.out), 1):
                _progress(number, len(rows))
    return live.counted(chosen.out, live.labels(chosen.labels) if chosen.labels else {})


def _serve(chosen: argparse.Namespace) -> None:
    import uvicorn

    port, mode = chosen.serve
    rows = load(chosen.set)
    uvicorn.run(app(Script(rows, chosen.set / "docs"), rows, mode), host="127.0.0.1", port=int(port))


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path, nargs="?", help="folder with docs/ and questions.jsonl")
    parser.add_argument("--claims", type=Path, nargs="+", metavar="DIR", help="folders with docs/ and claims")
    parser.add_argument("--live", type=int, metavar="N", help="rows that the model of the settings answers")
    parser.add_argument("--labels", type=Path, help='lines of {"key": "q001#1", "true": false}')
    parser.add_argument("--serve", nargs=2, metavar=("PORT", "MODE"), help="serve the script a, b or c")
    parser.add_argument("--every", type=int, default=1, help="take each n-th row or claim")
    parser.add_argument("--data", type=Path, help="keep the index here; else it is temporary")
    parser.add_argument("--out", type=Path, help="write the figures and what went wrong; with --live its lines")
    chosen = parser.parse_args(arguments)
    if (chosen.set is None) is not bool(chosen.claims):
        parser.error("name either a set or --claims")
    if chosen.live and not chosen.out:
        parser.error("--live needs --out")
    if chosen.serve and not (chosen.serve[0].isdigit() and chosen.serve[1] in MODES):
        parser.error("--serve takes a port and a, b or c")
    return chosen


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = options(arguments)
    offline.switch_off(os.environ)
    if chosen.serve:
        _serve(chosen)
        return 0
    try:
        way = _claims if chosen.claims else _live if chosen.live else _scripted
        print(json.dumps(way(chosen), indent=1, ensure_ascii=False))
    except RagError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
