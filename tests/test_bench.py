"""The bench: its documents, its tables, and a tiny run of what needs no model."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tools import bench, bench_widget
from tools.bench_documents import PASSAGES, Writer, documents
from tools.bench_parts import QuickEncoder, timed, written
from tools.bench_server import peak_mib
from tools.bench_streams import Heard, events


def test_the_same_seed_gives_the_same_documents() -> None:
    assert documents(3, 7) == documents(3, 7)
    assert documents(3, 7) != documents(3, 8)
    assert "{" not in "".join(documents(20, 1))
    assert len(list(Writer(1).questions(4))) == 4


def test_as_many_documents_are_written_as_the_passages_need(tmp_path: Path) -> None:
    assert len(list(written(tmp_path / "a", 3 * PASSAGES - 1, 1).iterdir())) == 3


def test_the_quick_encoder_is_as_large_as_the_model_and_may_have_no_tokens() -> None:
    encoding = QuickEncoder().encode_documents(["una riga di testo"])[0]
    assert (encoding.vector.shape, encoding.tokens.shape, encoding.offsets.shape) == ((384,), (4, 384), (4, 2))
    assert QuickEncoder(tokens=False).encode_query("una riga").tokens.shape == (0, 384)


def test_figures_are_told_under_dotted_names() -> None:
    assert bench.flat({"a": {"b": 1, "c": {"d": 2}}, "e": 3}) == [("a.b", 1), ("a.c.d", 2), ("e", 3)]
    assert timed(lambda: None) >= 0
    assert peak_mib(os.getpid()) is None or peak_mib(os.getpid()) > 10  # type: ignore[operator]


def test_a_part_that_is_not_known_is_refused() -> None:
    with pytest.raises(SystemExit):
        bench.options(["--only", "everything"])


def test_a_budget_that_is_missed_and_a_part_that_breaks_end_the_bench_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts: dict[str, Any] = {"ingest": {"budgets": {"at least 0.85": True}}, "server": {"ratios": {"a": 1}}}
    monkeypatch.setattr(bench, "measure", lambda _: {"parts": parts})
    run = ["--out", str(tmp_path / "bench.json")]
    assert bench.main(run) == 0
    parts["ingest"]["budgets"]["at least 0.85"] = False
    assert bench.main(run) == 1
    assert "ingest misses its budget: at least 0.85" in capsys.readouterr().err
    parts["ingest"] = {"error": "RuntimeError: it broke"}
    assert bench.main(run) == 1
    assert "ingest: RuntimeError: it broke" in capsys.readouterr().err


GOOD = {"streams": 400, "admitted": 210, "whole_and_their_own": 210, "refused_with_retry_after": 190, "p95_s": 99.5}


@pytest.mark.parametrize(
    "load, grown, missed",
    [
        ({}, 131, []),
        ({"p95_s": 99.7}, 131, ["p95 within (queue + 1) x alone"]),
        ({"whole_and_their_own": 209}, 131, ["every answer whole and its asker's own"]),
        ({"refused_with_retry_after": 189}, 131, ["everyone else told when to come back"]),
        (
            {"admitted": 199, "whole_and_their_own": 199, "refused_with_retry_after": 201},
            131,
            ["as many admitted as there are places"],
        ),
        ({}, 257, ["grown by at most 256 MiB"]),
    ],
)
def test_visitors_under_load_lose_nothing(load: dict[str, float], grown: float, missed: list[str]) -> None:
    """Two are answered at once, 198 wait: 199 answers of half a second take 99.5 s one after the other."""
    found = {"full": {**GOOD, **load}, "twice": {**GOOD, **load}, "alone_s": 0.5, "grown_mib": grown}
    kept = bench_widget.budgets(found, 200)
    assert {name.partition(": ")[2] or name for name, good in kept.items() if not good} == set(missed)


ALONE = [
    Heard(200, 0.5, 0, 0, [f"sources: «{n}»", f"statement: {n} a", f"statement: {n} b", f"done: {n} a {n} b"])
    for n in "12"
]
REFUSED = Heard(503, 0.1, 5, 0, [])


@pytest.mark.parametrize(
    "heard, whole, refused",
    [
        ([*ALONE, *ALONE, REFUSED], 4, 1),
        ([ALONE[0], replace(ALONE[1], told=ALONE[1].told[1:])], 1, 0),
        ([ALONE[0], replace(ALONE[1], told=[*ALONE[1].told[:2], ALONE[1].told[3]])], 1, 0),
        ([ALONE[0], replace(ALONE[1], told=ALONE[1].told[:3])], 1, 0),
        ([ALONE[1], ALONE[0]], 0, 0),
        ([*ALONE, replace(REFUSED, retry=0), replace(REFUSED, status=0)], 2, 0),
    ],
    ids=["all", "sources lost", "a sentence lost", "the end lost", "each other's", "not told when"],
)
def test_an_answer_is_whole_where_no_event_of_the_lone_run_is_missing(
    heard: list[Heard], whole: int, refused: int
) -> None:
    found = bench_widget.figures(heard, ALONE)
    assert (found["whole_and_their_own"], found["refused_with_retry_after"]) == (whole, refused)


def test_what_fails_alone_too_is_no_whole_answer() -> None:
    broken = [Heard(200, 0.5, 0, 0, ["error: None"])]
    assert bench_widget.figures(broken, broken)["whole_and_their_own"] == 0


def test_a_stream_is_heard_event_by_event_with_its_place_and_without_its_pings() -> None:
    lines = [
        "event: place\n", 'data: {"ahead": 3}\n', "\n", "event: place\n", 'data: {"ahead": 1}\n', "\n",
        "event: ping\n", "data: {}\n", "\n",
        "event: sources\n", 'data: {"sources": [{"quote": "«a»"}, {"quote": "«b»"}]}\n', "\n",
        "event: statement\n", 'data: {"text": "Perché sì."}\n', "\n", "event: done\n", 'data: {"text": "Perché sì."}\n',
    ]  # fmt: skip
    assert events(lines) == (3, ["sources: «a» «b»", "statement: Perché sì.", "done: Perché sì."])


def test_two_hundred_visitors_take_the_queue_that_the_readme_names() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    assert f"hundred at once take `FONTE_QUEUE={bench_widget.queue_for(200)}` with two workers" in readme


def test_a_tiny_run_writes_ratios_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "artifacts" / "bench.json"
    code = bench.main(["--only", "retrieval", "--passages", "60", "--questions", "3", "--out", str(out)])
    shown = capsys.readouterr().out
    part = json.loads(out.read_text(encoding="utf-8"))["parts"]["retrieval"]
    assert code == int(part["ratios"]["search / its budget (2 x + 10 ms)"] > 1), shown
    assert next(iter(part)) == "ratios"
    assert part["passages"] >= 60
    assert shown.index("search / Chroma + FTS5") < shown.index("search_ms.p50")
