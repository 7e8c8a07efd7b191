"""Question sets → figures: the assistant is run in this process, and every reply judged by `rag.evaluation.scoring`.

The JSON lines that `write` makes are what `read_results` reads, to compare a later run with.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from rag.conversation import standalone
from rag.errors import InvalidInput, RagError
from rag.evaluation.question_sets import json_lines
from rag.evaluation.scoring import Row, Verdict, holds_answer, judge
from rag.models import Citation, Question, Status, Turn
from rag.writing.quoting import Thresholds

if TYPE_CHECKING:
    from rag.assistant import Assistant

NEAR, FAR = "unanswerable_near", "unanswerable_far"
ROUNDS = 2000  # of the bootstrap
NO_REPLY = Verdict(False, "error", False, False, False, False, 0, 0, 0)
CAUTIONS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Result:
    """One row and what came of it.

    probability: of the best evidence. would: whether its answer is, or would be, right, were it given.
    verbatim, exact: of the citations, those that stand in the file, and in the stored text at their offsets.
    """

    id: str
    type: str
    crossing: str  # language of the question → of the documents that hold its evidence
    answerable: bool
    question: str
    answer: str
    verdict: Verdict
    probability: float
    would: bool
    verbatim: int
    exact: int
    ms: float


# Running


def run(
    assistant: Assistant, rows: Sequence[Row], docs: Path, report: Callable[[int], None] = lambda _: None
) -> list[Result]:
    """Ask every row; an error of the assistant counts as a wrong reply. `report` gets the number of rows done."""
    languages = {PurePosixPath(d.source).name: d.language for d in assistant.documents()}
    found = []
    for number, row in enumerate(rows, 1):
        found.append(_ask(assistant, row, docs, crossing(row, languages)))
        report(number)
    return found


def _ask(assistant: Assistant, row: Row, docs: Path, crossed: str) -> Result:
    asked = Question(row.question, history=tuple(Turn(*turn) for turn in row.history))
    place = (row.id, row.type, crossed, row.answerable, row.question)
    try:
        answer = assistant.ask(asked)
        judged = assistant.judge(standalone(asked).text)
    except RagError as error:
        return Result(*place, str(error), NO_REPLY, 0.0, would=False, verbatim=0, exact=0, ms=0.0)
    verdict = judge(row, answer)
    best = judged.evidence[0].text if judged.evidence else ""
    return Result(
        *place,
        answer.text,
        verdict,
        judged.best,
        would=verdict.ok if answer.status is Status.ANSWERED else row.answerable and holds_answer(best, row),
        verbatim=sum(is_verbatim(c, docs) for c in answer.citations),
        exact=sum(is_exact(c, assistant) for c in answer.citations),
        ms=answer.timings_ms["total"],
    )


def crossing(row: Row, languages: Mapping[str, str]) -> str:
    """Language of the question → of the documents with its evidence: "en→it", "it→en+it", "it→–" without any."""
    found = sorted({languages.get(gold.doc, "?") for gold in row.evidence or row.near})
    return f"{row.language}→{'+'.join(found) or '–'}"


def is_verbatim(citation: Citation, docs: Path) -> bool:
    """Whether a quote stands in its file, white space folded; a file that is not text is not looked into."""
    try:
        text = (docs / citation.document.source).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = citation.document.text
    return " ".join(citation.quote.split()) in " ".join(text.split())


def is_exact(citation: Citation, assistant: Assistant) -> bool:
    """Whether the stored text of that version holds the quote between the citation's offsets."""
    stored = assistant.document(citation.document.id, citation.document.version)
    return stored.text[citation.start : citation.end] == citation.quote


# Figures


def share(values: Iterable[object]) -> float | None:
    """Percentage of what is true; None of nothing."""
    found = [bool(value) for value in values]
    return round(100 * sum(found) / len(found), 1) if found else None


def abstained(result: Result) -> bool:
    return result.verdict.status in (Status.PARTIAL, Status.NOT_FOUND)


def summary(results: Sequence[Result]) -> dict[str, float | None]:
    """The figures of a set or of a part of it, in percent unless named otherwise."""
    can = [r for r in results if r.answerable]
    cannot = [r for r in results if not r.answerable]
    cited = sum(r.verdict.citations for r in results)
    times = sorted(r.ms for r in results if r.verdict.status != "error")
    return {
        "answerable_correct": share(r.verdict.ok for r in can),
        "answerable_cited": share(r.verdict.cited for r in can),
        "false_abstention": share(abstained(r) for r in can),
        "unanswerable_abstained": share(r.verdict.ok for r in cannot),
        "near_abstained": share(r.verdict.ok for r in cannot if r.type == NEAR),
        "far_abstained": share(r.verdict.ok for r in cannot if r.type == FAR),
        "citation_precision": _part(sum(r.verdict.precise for r in results), cited),
        "citation_verbatim": _part(sum(r.verbatim for r in results), cited),
        "citation_exact": _part(sum(r.exact for r in results), cited),
        "citations_per_reply": round(cited / len(results), 2) if results else None,
        "median_words": statistics.median(r.verdict.words for r in results) if results else None,
        "latency_p50_ms": quantile(times, 0.5),
        "latency_p95_ms": quantile(times, 0.95),
    }


def _part(count: int, of: int) -> float | None:
    return round(100 * count / of, 1) if of else None


def quantile(values: Sequence[float], at: float) -> float | None:
    return round(float(np.quantile(values, at)), 1) if values else None


def grouped(results: Sequence[Result], by: str) -> dict[str, dict[str, float | None]]:
    """`summary` of each type, or of each crossing, with the number of rows."""
    names = sorted({getattr(r, by) for r in results})
    groups = {name: [r for r in results if getattr(r, by) == name] for name in names}
    return {name: {"n": len(group), **summary(group)} for name, group in groups.items()}


def auc(right: Sequence[float], wrong: Sequence[float]) -> tuple[float, float, float] | None:
    """(area under the ROC curve, and the 95 % interval of a stratified bootstrap); None without two sides.

    The area is the chance that one of `right` lies above one of `wrong`, ties counting half.
    """
    if not right or not wrong:
        return None
    a, b = np.asarray(right)[:, None], np.asarray(wrong)[None, :]
    wins = (a > b) + 0.5 * (a == b)
    random = np.random.default_rng(20250424)
    drawn = [
        wins[np.ix_(random.integers(0, len(right), len(right)), random.integers(0, len(wrong), len(wrong)))].mean()
        for _ in range(ROUNDS)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(wins.mean()), float(low), float(high)


def separation(results: Sequence[Result], kind: str) -> tuple[float, float, float] | None:
    """`auc` of the best probability: answerable rows against unanswerable ones of one type."""
    right = [r.probability for r in results if r.answerable]
    return auc(right, [r.probability for r in results if r.type == kind and not r.answerable])


def risk_coverage(results: Sequence[Result], steps: int = 10) -> list[tuple[float, float, float]]:
    """(coverage, accuracy, lowest probability) when only the surest share of the rows is answered, in `steps` steps.

    Rows of one probability are answered together. Answering an unanswerable row is wrong.
    """
    ranked = sorted(results, key=lambda r: -r.probability)
    points: dict[float, tuple[float, float, float]] = {}
    for step in range(1, steps + 1):
        at = ranked[max(0, -(-len(ranked) * step // steps) - 1)].probability
        covered = [r for r in ranked if r.probability >= at]
        points[at] = (len(covered) / len(ranked), sum(r.would for r in covered) / len(covered), at)
    return list(points.values())


def cautions(results: Sequence[Result]) -> list[tuple[float, float, float | None, float | None]]:
    """(FONTE_CAUTION, its threshold, coverage %, accuracy % of what is answered there), as far as it can be told from
    one run: the best evidence alone decides."""
    rows = []
    for caution in CAUTIONS:
        at = Thresholds.cautious(caution).answer
        covered = [r for r in results if r.probability >= at]
        rows.append((caution, at, _part(len(covered), len(results)), share(r.would for r in covered)))
    return rows


# Results of another run


def write(results: Iterable[Result], path: Path) -> None:
    lines = (json.dumps(asdict(result), ensure_ascii=False) for result in results)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def read_results(path: Path) -> list[Result]:
    """What `write` wrote. Raises InvalidInput for anything else."""
    names = {field.name for field in fields(Result)}
    found = []
    for place, raw in json_lines(path):
        try:
            verdict = Verdict(**raw["verdict"])
            found.append(Result(**{n: raw[n] for n in names - {"verdict"}}, verdict=verdict))
        except (KeyError, TypeError) as error:
            raise InvalidInput(f"{place} is no result ({error}).", "Compare with a file that --out wrote.") from error
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """Rows, by id, whose reply became right or wrong, and those whose status changed without either."""

    better: tuple[str, ...]
    worse: tuple[str, ...]
    status: tuple[str, ...]
    missing: tuple[str, ...]


def compare(now: Sequence[Result], before: Sequence[Result]) -> Change:
    old = {r.id: r for r in before}
    both = [(r, old[r.id]) for r in now if r.id in old]
    return Change(
        better=tuple(r.id for r, was in both if r.verdict.ok and not was.verdict.ok),
        worse=tuple(r.id for r, was in both if was.verdict.ok and not r.verdict.ok),
        status=tuple(
            r.id for r, was in both if r.verdict.ok == was.verdict.ok and r.verdict.status != was.verdict.status
        ),
        missing=tuple(sorted({r.id for r in now} ^ old.keys())),
    )
