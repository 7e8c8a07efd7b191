"""The hand-written sets that weights are chosen on and figures told of: what they quote stands in their documents."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from rag.evaluation.question_sets import load
from rag.models import Verdict

TRAINING = Path(__file__).resolve().parent.parent / "training"
SETS = sorted(p.parent for kind in ("acceptance", "calibration") for p in (TRAINING / kind).glob("*/questions.jsonl"))


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("folder", SETS, ids=lambda p: p.name)
def test_every_quote_stands_in_its_document(folder: Path) -> None:
    bodies = {p.name: p.read_text(encoding="utf-8").split("---", 2)[2] for p in (folder / "docs").glob("*.md")}
    for row in [*rows(folder / "questions.jsonl"), *rows(folder / "claims.jsonl")]:
        for quoted in [*row.get("evidence", []), *row.get("near_evidence", [])]:
            assert quoted["quote"] in bodies[quoted["doc"]], (row["id"], quoted)


@pytest.mark.parametrize("folder", SETS, ids=lambda p: p.name)
def test_a_row_has_evidence_where_something_settles_it_and_none_where_nothing_does(folder: Path) -> None:
    asked, claimed = load(folder), rows(folder / "claims.jsonl")
    assert {r.id for r in asked if bool(r.evidence) != r.answerable} == set()
    settled = {r["id"] for r in claimed if r["verdict"] != Verdict.NOT_ENOUGH_INFO}
    assert {r["id"] for r in claimed if r["evidence"]} == settled
    assert {r["verdict"] for r in claimed} <= set(Verdict)
    for ids in ([r.id for r in asked], [r["id"] for r in claimed]):
        assert max(Counter(ids).values()) == 1
