"""Measure Fonte: `make bench`, or `python tools/bench.py [--only PART,…]`; writes artifacts/bench.json.

    ingest     a sync's throughput against the bare model's
    retrieval  a search over 10,000 passages against Chroma's and FTS5's own queries
    answers    a whole answer and each step, and one query embedding
    server     `python ui.py`: page up, ready, memory; twenty people at once against one alone
    widget     200 visitors' streams open at once, and twice as many as there are places

Ratios come first: both sides of one are measured in the same run, so a busy machine spoils them least. It ends with 1
where a part breaks or misses a budget that the documentation states, and names it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rag import offline  # noqa: E402

PARTS = ("ingest", "retrieval", "answers", "server", "widget")


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--out", type=Path, default=ROOT / "artifacts" / "bench.json")
    parser.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    parser.add_argument("--passages", type=int, default=10_000, help="of the index that is searched")
    parser.add_argument("--embedded", type=int, default=600, help="passages embedded by the model")
    parser.add_argument("--questions", type=int, default=60, help="searches that are timed")
    parser.add_argument("--repeat", type=int, default=2, help="rounds of whole answers")
    parser.add_argument("--streams", type=int, default=200, help="visitors of the widget at the same time")
    found = parser.parse_args(arguments)
    unknown = set(found.only.split(",")) - set(PARTS)
    if unknown:
        parser.error(f"--only knows {', '.join(PARTS)}, not {', '.join(sorted(unknown))}")
    return found


def machine() -> dict[str, Any]:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"python": platform.python_version(), "system": platform.platform(), "cpus": os.cpu_count(), "load": load}


def parts(chosen: argparse.Namespace, work: Path) -> Mapping[str, Callable[[], dict[str, Any]]]:
    from tools import bench_parts, bench_server, bench_widget

    return {
        "ingest": lambda: bench_parts.ingest(work, _embedder(), chosen.embedded),
        "retrieval": lambda: bench_parts.retrieval(work, chosen.passages, chosen.questions),
        "answers": lambda: bench_parts.answers(work, chosen.corpus, chosen.repeat),
        "server": lambda: bench_server.server(work, chosen.corpus, bench_parts.CORPUS_QUESTIONS),
        "widget": lambda: bench_widget.widget(
            work / "widget", chosen.corpus, bench_parts.CORPUS_QUESTIONS, chosen.streams
        ),
    }


def _embedder() -> Any:
    from rag.composition import build_embedder
    from rag.settings import load_settings

    embedder = build_embedder(load_settings())
    embedder.load()
    return embedder


def measure(chosen: argparse.Namespace) -> dict[str, Any]:
    """The figures of each part chosen; one that breaks says so and stops no other."""
    found: dict[str, Any] = {"machine": machine(), "parts": {}}
    with tempfile.TemporaryDirectory(prefix="fonte-bench-", ignore_cleanup_errors=True) as folder:
        for name, part in parts(chosen, Path(folder)).items():
            if name not in chosen.only.split(","):
                continue
            print(f"{name} …", file=sys.stderr, flush=True)
            started = time.perf_counter()
            try:
                figures = part()
            except Exception as error:
                figures = {"error": f"{type(error).__name__}: {error}"}
            found["parts"][name] = {**figures, "took_s": round(time.perf_counter() - started, 1)}
    return found


def shown(found: Mapping[str, Any]) -> str:
    """Ratios of all parts, then everything else, the budgets last."""
    from rag.commands.console import table

    ratios = [
        [name, ratio, value] for name, part in found["parts"].items() for ratio, value in part.get("ratios", {}).items()
    ]
    absolute = [
        [name, key, value]
        for name, part in found["parts"].items()
        for key, value in flat({k: v for k, v in part.items() if k != "ratios"})
    ]
    return "\n\n".join(
        table(["part", what, "value"], rows) for what, rows in (("ratio", ratios), ("figure", absolute)) if rows
    )


def flat(figures: Mapping[str, Any], above: str = "") -> list[tuple[str, object]]:
    """Nested figures under dotted names."""
    found: list[tuple[str, object]] = []
    for name, value in figures.items():
        found += flat(value, f"{above}{name}.") if isinstance(value, Mapping) else [(above + name, value)]
    return found


def missed(found: Mapping[str, Any]) -> list[str]:
    """What went wrong: parts that broke, and budgets that were not kept."""
    told = [f"{name}: {part['error']}" for name, part in found["parts"].items() if "error" in part]
    for name, part in found["parts"].items():
        told += [f"{name} misses its budget: {budget}" for budget, kept in part.get("budgets", {}).items() if not kept]
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = options(arguments)
    offline.switch_off(os.environ)
    found = measure(chosen)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(shown(found))
    print(f"\n{chosen.out}", file=sys.stderr)
    for told in missed(found):
        print(told, file=sys.stderr)
    return 1 if missed(found) else 0


if __name__ == "__main__":
    sys.exit(main())
