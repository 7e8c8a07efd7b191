"""Results of a question set as tables for people and as values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rag.commands.console import table
from rag.evaluation.running import FAR, NEAR, Change, Result, cautions, grouped, risk_coverage, separation, summary

_COLUMNS = {
    "n": "n",
    "answerable_correct": "correct",
    "answerable_cited": "cited",
    "false_abstention": "false abst.",
    "unanswerable_abstained": "abstained",
    "citation_precision": "precise",
    "citations_per_reply": "citations",
    "median_words": "words",
    "latency_p50_ms": "p50 ms",
    "latency_p95_ms": "p95 ms",
}


def as_values(results: Sequence[Result], change: Change | None) -> dict[str, Any]:
    return {
        "questions": len(results),
        "summary": summary(results),
        "by_type": grouped(results, "type"),
        "by_crossing": grouped(results, "crossing"),
        "auc": {kind: _named(("auc", "low", "high"), separation(results, kind)) for kind in (NEAR, FAR)},
        "risk_coverage": [_named(("coverage", "accuracy", "probability"), point) for point in risk_coverage(results)],
        "cautions": [_named(("caution", "threshold", "coverage", "accuracy"), row) for row in cautions(results)],
        "change": asdict(change) if change else None,
    }


def _named(names: Sequence[str], values: Sequence[float | None] | None) -> dict[str, float | None] | None:
    return dict(zip(names, values, strict=True)) if values is not None else None


def as_text(results: Sequence[Result], change: Change | None) -> str:
    parts = [
        _grouped(results, "type"),
        _grouped(results, "crossing"),
        _cautions(results),
        _curve(results),
        "\n".join(_separations(results)),
        table(
            ["all questions", str(len(results))], [[name, _shown(value)] for name, value in summary(results).items()]
        ),
    ]
    return "\n\n".join([*parts, *([_change(change)] if change else [])])


def _grouped(results: Sequence[Result], by: str) -> str:
    rows = [[name, *(_shown(figures[column]) for column in _COLUMNS)] for name, figures in grouped(results, by).items()]
    return table([by, *_COLUMNS.values()], rows)


def _cautions(results: Sequence[Result]) -> str:
    rows = [[f"{c:.2f}", f"{at:.2f}", _shown(covered), _shown(right)] for c, at, covered, right in cautions(results)]
    return table(["FONTE_CAUTION", "threshold", "answered %", "right of these %"], rows)


def _curve(results: Sequence[Result]) -> str:
    rows = [[f"{100 * c:.0f} %", f"{100 * a:.1f}", f"{p:.3f}"] for c, a, p in risk_coverage(results)]
    return table(["surest", "right %", "probability from"], rows)


def _separations(results: Sequence[Result]) -> list[str]:
    lines = []
    for kind in (NEAR, FAR):
        found = separation(results, kind)
        if found:
            lines.append(f"AUC answerable : {kind} = {found[0]:.3f} (95 %: {found[1]:.3f} to {found[2]:.3f})")
    return lines


def _change(change: Change) -> str:
    kinds = (("better", change.better), ("worse", change.worse), ("other status", change.status))
    lines = [f"{name}: {len(ids)} {' '.join(ids)}".rstrip() for name, ids in kinds]
    if change.missing:
        lines.append(f"in one run only: {len(change.missing)} {' '.join(change.missing)}")
    return "\n".join(lines)


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.1f}"
